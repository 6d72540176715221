package browsing

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// TestSomethingIsPassedOnInPages: without a script the shelter passes what was ticked, and
// nothing else, on to the agency that the person named, and it stands there.
func TestSomethingIsPassedOnInPages(t *testing.T) {
	w := in(t)
	legal := client.New(w.API("legal"), w.paralegal(t), "en")
	asked := newPreview("")
	asked.To, asked.Purpose, asked.Services = "Invented Shelter", "case_management", []string{"case_management"}
	asked.Records[0].Fields["psd_ServiceHistory"] = "invented history"
	delete(asked.Records[0].Fields, "psd_PreferredName")
	id := sentBy(t, legal, asked, func(c *client.NewConsent) {
		c.Services, c.Allow[0].To, c.Allow[0].Purpose = asked.Services, asked.To, asked.Purpose
		c.Allow[0].Share, c.Allow[0].Onward = []string{"needs", "safe_contact", "service_history"}, []string{"Casa Inventada"}
	})
	token, err := w.Token("shelter")
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, w.Console("shelter"))
	b.look(ways{language: "en", width: 320})
	b.signIn(token)
	b.visit("/referrals/" + string(id))
	b.press(`form[action$="/marks/acknowledged"] button`)
	b.goes(`main a[href$="/pass-on"]`)
	b.click(`[name="categories"][value="safe_contact"]`)
	b.press(`form[action$="/pass-on"] button`)
	if text := b.text("main"); !strings.Contains(text, "+15550100") || strings.Contains(text, "invented history") {
		t.Errorf("what would be passed on: %s", text)
	}
	b.press(`form[action$="/send"] button`)
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleCoordinator], "en")
	until(t, func() bool {
		list, err := ngo.Referrals(t.Context())
		return err == nil && slices.ContainsFunc(list, func(r client.Referral) bool { return r.Side == referral.Target && r.Peer.Name == "Invented Shelter" })
	})
}

// TestWhatMayNotLeaveIsSaidAndLeftOut: what the network lets nobody of that kind have is
// named with its reason, nothing can be sent until it is left out, and then the rest can.
func TestWhatMayNotLeaveIsSaidAndLeftOut(t *testing.T) {
	w := in(t)
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	id := w.sent(t, ngo, func(c *client.NewConsent) {
		c.Allow[0].Share = append(c.Allow[0].Share, "reproductive_health")
	})
	b := open(t, w.Console("ngo"))
	b.look(ways{language: "en", width: 1280})
	b.signIn(w.tokens[posada.RoleAdvocate])
	b.visit("/referrals/" + string(id))
	b.visit(b.attribute(`main a[href^="/cases/"]`, "href") + "/refer")
	b.goes(`.choice a.main`)
	b.do(chromedp.SetValue(chromedp.CSS(`[name="survivor.psd_ReproductiveHealth"]`), "something invented"))
	b.click(`[name="priority"][value="normal"]`)
	b.press(`form[action*="/refer/"] button.main`)
	text := b.text("main")
	if !strings.Contains(text, "does not let this kind of agency") || read[int](b, `document.querySelectorAll('form[action$="/send"]').length`) != 0 {
		t.Errorf("what may not leave: %s", text)
	}
	b.press(`form[action$="/without"] button`)
	if text := b.text("main"); strings.Contains(text, "something invented") || !strings.Contains(text, "This leaves") {
		t.Errorf("after it is left out: %s", text)
	}
	b.press(`form[action$="/send"] button`)
}

// TestADeclineNeedsAReason: one is asked for at its field, and the other agency hears it.
func TestADeclineNeedsAReason(t *testing.T) {
	w := in(t)
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	id := w.sent(t, ngo, func(*client.NewConsent) {})
	token := w.paralegal(t)
	l := open(t, w.Console("legal"))
	l.look(ways{language: "es", width: 320})
	l.signIn(token)
	l.visit("/referrals/" + string(id) + "/marks/declined")
	read[bool](l, `document.querySelectorAll("form").forEach(f => { f.noValidate = true }), true`)
	l.press(`form[action$="/marks/declined"] button`)
	if text := l.text("main"); !strings.Contains(text, "Elija una opción") {
		t.Errorf("without a reason: %s", text)
	}
	l.click(`[name="reason"][value="language"]`)
	l.press(`form[action$="/marks/declined"] button`)
	until(t, func() bool {
		r, err := ngo.Referral(t.Context(), id)
		return err == nil && r.State == posada.StateDeclined && r.Marks[len(r.Marks)-1].Reason == posada.DeclineReason("language")
	})
}

// sent is a referral that is at the lawyer's, under a consent as change makes it.
func (w *world) sent(t testing.TB, ngo *client.Client, change func(*client.NewConsent)) posada.ReferralID {
	t.Helper()
	return sentBy(t, ngo, newPreview(""), change)
}

// sentBy is a referral that arrived, under a consent as change makes it.
func sentBy(t testing.TB, node *client.Client, asked client.NewPreview, change func(*client.NewConsent)) posada.ReferralID {
	t.Helper()
	in := newConsent()
	change(&in)
	agreed, err := node.AddConsent(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	asked.Case = agreed.Case
	p, err := node.Preview(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := node.Send(t.Context(), client.NewSend{Digest: p.Digest})
	if err != nil {
		t.Fatalf("%v %+v", err, p.Uncovered)
	}
	until(t, func() bool { r, err := node.Referral(t.Context(), sent.ID); return err == nil && !r.Delivered.IsZero() })
	return sent.ID
}
