package browsing

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestAReferralGoesItsWayInPages: without a script somebody refers from a case, goes back
// from the preview with everything still there, sends exactly what was shown; somebody at
// the other agency takes it on and accepts; the person takes it back by a word, and
// another's is taken back by eight words that were misheard, at an agency that has
// nothing of hers.
func TestAReferralGoesItsWayInPages(t *testing.T) {
	w := in(t)
	how := ways{language: "en", width: 1280}
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	label := w.caseWithConsent(t, ngo)

	b := open(t, w.Console("ngo"))
	b.look(how)
	b.signIn(w.tokens[posada.RoleAdvocate])
	id := b.refer(w, ngo, label)

	legal := client.New(w.API("legal"), w.paralegal(t), "en")
	until(t, func() bool { r, err := ngo.Referral(t.Context(), id); return err == nil && !r.Delivered.IsZero() })
	l := open(t, w.Console("legal"))
	l.look(how)
	token := w.paralegal(t)
	l.signIn(token)
	l.takesOn(id)
	if r, err := legal.Referral(t.Context(), id); err != nil || r.State != posada.StateAccepted || !carries(r, "+15550177") {
		t.Fatalf("the lawyer's node: %+v, %v", r, err)
	}
	until(t, func() bool {
		r, err := ngo.Referral(t.Context(), id)
		return err == nil && r.State == posada.StateAccepted
	})

	// By a word, at the agency that collected it: here, and one more press.
	b.visit("/referrals/" + string(id))
	b.goes(`main a[href$="/withdraw"]`)
	if text := b.text("main"); !strings.Contains(text, "HAS LOOKED") {
		t.Errorf("that it was read is not said before: %s", text)
	}
	b.press(`main form[action$="/withdraw"] button.main`)
	if text := b.text("main"); !strings.Contains(text, "72 hours") || !strings.Contains(text, "Invented Legal Aid") {
		t.Errorf("what was done is not said: %s", text)
	}
	until(t, func() bool {
		r, err := ngo.Referral(t.Context(), id)
		return err == nil && r.State == posada.StateWithdrawnBySurvivor && r.Shredded != nil && r.Shredded.Read
	})
	b.visit("/referrals/" + string(id))
	if text := b.text("main"); !strings.Contains(text, "had read it") {
		t.Errorf("that it had been read is not said: %s", text)
	}
}

// TestWordsTakeBackWhereNothingIsKnown: eight words with a letter wrong, said to somebody
// who knows nothing of the person, are read back as they were meant and count; words that
// are nobody's get the same page; those that are no code are asked for again.
func TestWordsTakeBackWhereNothingIsKnown(t *testing.T) {
	w := in(t)
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	label := w.caseWithConsent(t, ngo)
	p, err := ngo.Preview(t.Context(), newPreview(label))
	if err != nil {
		t.Fatal(err)
	}
	sent, err := ngo.Send(t.Context(), client.NewSend{Digest: p.Digest})
	if err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { r, err := ngo.Referral(t.Context(), sent.ID); return err == nil && !r.Delivered.IsZero() })
	code, err := ngo.Words(t.Context(), client.NewWords{Case: label})
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, w.Console("shelter"))
	b.look(ways{language: "en", width: 320})
	token, err := w.Token("shelter")
	if err != nil {
		t.Fatal(err)
	}
	b.signIn(token)
	b.visit("/withdraw")
	b.say("these are not eight words")
	if text := b.text("main"); !strings.Contains(text, "That is 5") {
		t.Errorf("what is wrong with five words: %s", text)
	}
	shelter := client.New(w.API("shelter"), token, "en")
	before, err := shelter.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(code.English)
	misheard := append([]string{words[0] + "x"}, words[1:]...)
	b.say("1. " + strings.Join(misheard, ", "))
	if text := b.text("main"); !strings.Contains(text, words[0]) || !strings.Contains(text, "you wrote: "+words[0]+"x") {
		t.Errorf("the words are not read back: %s", text)
	}
	if after, err := shelter.Status(t.Context()); err != nil || after.Audit.Entries != before.Audit.Entries {
		t.Errorf("something was done before anybody said yes: %v", err)
	}
	b.press(`form[action="/withdraw/now"] button`)
	counts := b.text("main")
	until(t, func() bool {
		r, err := ngo.Referral(t.Context(), sent.ID)
		return err == nil && r.State == posada.StateWithdrawnBySurvivor
	})
	// The same words are nobody's now: nothing on the page says so.
	b.visit("/withdraw")
	b.say(code.Spanish)
	b.press(`form[action="/withdraw/now"] button`)
	if nobodys := b.text("main"); nobodys != counts {
		t.Errorf("words that are nobody's get another page:\n%s\n%s", counts, nobodys)
	}
	for _, asked := range b.asked {
		if strings.Contains(asked, words[1]) {
			t.Errorf("a word stands in a URL: %s", asked)
		}
	}
}

// refer goes from a case to a sent referral, and back once on the way.
func (b *tab) refer(w *world, ngo *client.Client, label string) posada.ReferralID {
	b.t.Helper()
	b.visit(w.casePath(b, label) + "/refer")
	b.goes(`.choice a.main`)
	b.do(chromedp.SetValue(chromedp.CSS(`[name="survivor.psd_PreferredName"]`), "Una inventada"),
		chromedp.SetValue(chromedp.CSS(`[name="survivor.prs_MobilePhone"]`), "+15550177"))
	read[bool](b, `document.querySelectorAll("form").forEach(f => { f.noValidate = true }), true`) // as an old browser does
	b.press(`form[action*="/refer/"] button.main`)
	if text := b.text("main"); !strings.Contains(text, "Choose one") || b.value("survivor.prs_MobilePhone") != "+15550177" {
		b.t.Errorf("without a time it is taken, or what was typed is gone: %s", text)
	}
	b.do(chromedp.Click(chromedp.CSS(`[name="priority"][value="urgent"]`)))
	b.press(`form[action*="/refer/"] button.main`)
	shown := read[string](b, `document.querySelector("main").textContent`) // what unfolds, too
	for _, want := range []string{"Una inventada", "+15550177", "This leaves, and nothing else", "immigration status"} {
		if !strings.Contains(shown, want) {
			b.t.Errorf("the preview does not say %q: %s", want, shown)
		}
	}
	b.goes(`.actions a.button`)
	if b.value("survivor.psd_PreferredName") != "Una inventada" || b.value("survivor.prs_MobilePhone") != "+15550177" {
		b.t.Error("what was typed is gone when one goes back")
	}
	b.press(`form[action*="/refer/"] button.main`)
	before, err := ngo.Referrals(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	b.press(`form[action$="/send"] button`)
	after, err := ngo.Referrals(b.t.Context())
	if err != nil || len(after) != len(before)+1 || after[0].Case != label {
		b.t.Fatalf("%d referrals before and %d after, %v", len(before), len(after), err)
	}
	return after[0].ID
}

// takesOn finds a referral among what came in, takes it on and accepts it.
func (b *tab) takesOn(id posada.ReferralID) {
	b.t.Helper()
	b.visit("/referrals")
	b.goes(`a[href="/referrals/` + string(id) + `"]`)
	if text := b.text("main"); strings.Contains(text, "+15550177") || !strings.Contains(text, "It carries more") {
		b.t.Errorf("before somebody takes it on: %s", text)
	}
	b.press(`form[action$="/marks/acknowledged"] button`)
	if text := b.text("main"); !strings.Contains(text, "+15550177") {
		b.t.Errorf("who took it on does not see it: %s", text)
	}
	b.press(`form[action$="/marks/accepted"] button`)
}

// say types words and has them read back.
func (b *tab) say(words string) {
	b.t.Helper()
	b.do(chromedp.SetValue(chromedp.CSS(`#code`), words))
	b.press(`form[action="/withdraw"] button`)
}

// casePath is where a case's page is, for whoever is signed in: a referral of it leads there.
func (w *world) casePath(b *tab, label string) string {
	b.t.Helper()
	return "/cases/" + w.handleOf(b, label)
}

func carries(r client.Referral, value string) bool {
	for _, c := range r.Carried {
		if c.Value == value {
			return true
		}
	}
	return false
}

func until(t testing.TB, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("something did not happen within 30 s")
		}
	}
}

// caseWithConsent is a new case whose person agreed to something.
func (w *world) caseWithConsent(t testing.TB, ngo *client.Client) string {
	t.Helper()
	agreed, err := ngo.AddConsent(context.WithoutCancel(t.Context()), newConsent())
	if err != nil {
		t.Fatal(err)
	}
	return agreed.Case
}
