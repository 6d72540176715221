package browsing

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestReferralPictures takes pictures of these pages on their way, where a folder for them is named.
func TestReferralPictures(t *testing.T) {
	if *screenshots == "" {
		return
	}
	w := in(t)
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	token := w.paralegal(t)
	for _, how := range []ways{
		{language: "en", width: 1280, script: true}, {language: "es", width: 1280, dark: true, script: true},
		{language: "es", width: 320, dark: true, script: true}, {language: "en", width: 320, script: true},
	} {
		label := w.caseWithConsent(t, ngo)
		b := open(t, w.Console("ngo"))
		b.look(how)
		b.signIn(w.tokens[posada.RoleAdvocate])
		at := w.casePath(b, label)
		b.picture(how, "/referrals")
		b.picture(how, "/referrals/sent")
		b.visit(at + "/refer")
		b.keep(how, "refer-whom")
		b.goes(`.choice a.main`)
		b.keep(how, "refer-form")
		b.do(chromedp.SetValue(chromedp.CSS(`[name="survivor.psd_PreferredName"]`), "Una inventada"),
			chromedp.SetValue(chromedp.CSS(`[name="survivor.prs_MobilePhone"]`), "+15550177"))
		b.click(`[name="priority"][value="tonight"]`)
		b.press(`form[action*="/refer/"] button.main`)
		b.keep(how, "refer-preview")
		b.press(`form[action$="/send"] button`)
		b.keep(how, "referral-sent")
		id := strings.TrimPrefix(b.path(), "/referrals/")
		until(t, func() bool {
			r, err := ngo.Referral(t.Context(), posada.ReferralID(id))
			return err == nil && !r.Delivered.IsZero()
		})
		l := open(t, w.Console("legal"))
		l.look(how)
		l.signIn(token)
		l.visit("/")
		l.keep(how, "today-legal")
		l.visit("/referrals")
		l.keep(how, "inbox")
		l.visit("/referrals/" + id)
		l.keep(how, "referral-came")
		l.press(`form[action$="/marks/acknowledged"] button`)
		l.keep(how, "referral-taken-on")
		for page, name := range map[string]string{"/marks/declined": "decline", "/assign": "assign", "/pass-on": "pass-on", "/withdraw": "withdraw-here"} {
			l.visit("/referrals/" + id + page)
			l.keep(how, name)
		}
		until(t, func() bool {
			r, err := ngo.Referral(t.Context(), posada.ReferralID(id))
			return err == nil && r.State == posada.StateAcknowledged
		})
		b.visit("/referrals/" + id)
		b.keep(how, "referral-source")
		b.visit("/referrals/" + id + "/marks/entered_in_error")
		b.keep(how, "error")
		b.visit(at + "/withdraw")
		b.keep(how, "withdraw-case")
		code, err := ngo.Words(t.Context(), client.NewWords{Case: label})
		if err != nil {
			t.Fatal(err)
		}
		b.press(`main form[action$="/withdraw"] button.main`)
		b.keep(how, "withdrawn-case")
		until(t, func() bool {
			r, err := ngo.Referral(t.Context(), posada.ReferralID(id))
			return err == nil && r.Shredded != nil
		})
		b.visit("/referrals/" + id)
		b.keep(how, "referral-shredded")
		b.picture(how, "/withdraw")
		b.say("palabras que no son xyzzyqwert")
		b.keep(how, "words-wrong")
		b.say(code.English + "x")
		b.keep(how, "words-heard")
		b.press(`form[action="/withdraw/now"] button`)
		b.keep(how, "words-done")
		b.picture(how, "/waiting")
	}
}
