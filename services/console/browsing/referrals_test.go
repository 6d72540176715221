package browsing

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestAReferralGoesItsWayInPages, without a script and with one: a case is opened and its consent talked
// through; somebody refers from it, goes back from the preview with everything still there, sends exactly
// what was shown; somebody at the other agency takes it on and accepts; the person takes it back by a word.
// What either browser asks of another origin on the way fails it (open), and so does a page on the way that
// not everybody can use (strict). The sentences are looked for in English.
func TestAReferralGoesItsWayInPages(t *testing.T) {
	for _, how := range []ways{{language: "en", width: 320}, {language: "es", width: 320, script: true}} {
		t.Run(how.String(), func(t *testing.T) { in(t).mainWay(t, how) })
	}
}

func (w *world) mainWay(t *testing.T, how ways) {
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	b := open(t, w.Console("ngo"))
	b.look(how)
	b.signIn(w.tokens[posada.RoleAdvocate])
	b.scripted(how.script)
	b.strict = true
	label := b.agreesTo(how, idOf(t, ngo, "Invented Legal Aid"))
	b.goes(`main a.main[href$="/refer"]`)
	id := b.refer(ngo, label)

	legal := client.New(w.API("legal"), w.paralegal(t), "en")
	until(t, func() bool { r, err := ngo.Referral(t.Context(), id); return err == nil && !r.Delivered.IsZero() })
	l := open(t, w.Console("legal"))
	l.look(how)
	l.signIn(w.paralegal(t))
	l.strict = true
	l.takesOn(id)
	if r, err := legal.Referral(t.Context(), id); err != nil || r.State != posada.StateAccepted || !carries(r, "+15550177") {
		t.Fatalf("the lawyer's node: %+v, %v", r, err)
	}
	until(t, func() bool {
		r, err := ngo.Referral(t.Context(), id)
		return err == nil && r.State == posada.StateAccepted
	})
	b.takesBack(ngo, id)
	l.visit("/referrals/" + string(id))
	if text := l.text("main"); strings.Contains(text, "+15550177") || strings.Contains(text, "Una inventada") {
		t.Errorf("what was taken back is still read: %s", text)
	}
}

// scripted fails the test where the page has its script and should not, or should and has not.
func (b *tab) scripted(want bool) {
	b.t.Helper()
	if got := read[bool](b, `performance.getEntriesByType("resource").some(e => e.name.includes("/static/app.js") && e.responseStatus === 200)`); got != want {
		b.t.Fatalf("the script is there: %t, and should be: %t", got, want)
	}
}

// agreesTo opens a case, talks its consent through and records it; it gives the case's label.
func (b *tab) agreesTo(how ways, to string) (label string) {
	b.t.Helper()
	b.visit("/cases")
	b.follow(`form[action="/cases"] button`)
	words := strings.Fields(b.heading()) // Case heron-12, Caso heron-12
	label = words[len(words)-1]
	b.follow(`a.main[href$="/consent"]`)
	b.consented(how, to, "given")
	b.tick(`[name=signed]`)
	b.follow(`button[value=record]`)
	return label
}

// takesBack takes back by a word, at the agency that collected it: there, and one more press.
func (b *tab) takesBack(node *client.Client, id posada.ReferralID) {
	b.t.Helper()
	b.visit("/referrals/" + string(id))
	b.goes(`main a[href$="/withdraw"]`)
	b.told("HAS LOOKED") // before anything is done
	b.press(`main form[action$="/withdraw"] button.main`)
	b.told("72 hours", "Invented Legal Aid")
	until(b.t, func() bool {
		r, err := node.Referral(b.t.Context(), id)
		return err == nil && r.State == posada.StateWithdrawnBySurvivor && r.Shredded != nil && r.Shredded.Read
	})
	b.visit("/referrals/" + string(id))
	b.told("had read it")
}

// told fails the test where the page does not say something. What is said in Spanish is the same
// sentence of the catalogue: only English is looked at here.
func (b *tab) told(wants ...string) {
	b.t.Helper()
	if b.how.language != "en" {
		return
	}
	text := read[string](b, `document.querySelector("main").textContent`) // what unfolds, too
	for _, want := range wants {
		if !strings.Contains(text, want) {
			b.t.Errorf("%s does not say %q: %s", b.path(), want, text)
		}
	}
}

// TestWordsTakeBackWhereNothingIsKnown: eight words with a letter wrong, said to somebody
// who knows nothing of the person, are read back as they were meant and count; words that
// are nobody's get the same page; those that are no code are asked for again.
func TestWordsTakeBackWhereNothingIsKnown(t *testing.T) {
	for _, how := range []ways{{language: "en", width: 320}, {language: "es", width: 320, dark: true}} {
		t.Run(how.String(), func(t *testing.T) { in(t).wordsTakeBack(t, how) })
	}
}

func (w *world) wordsTakeBack(t *testing.T, how ways) {
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	sent, err := ngo.Referral(t.Context(), w.sent(t, ngo, func(*client.NewConsent) {}))
	if err != nil {
		t.Fatal(err)
	}
	code, err := ngo.Words(t.Context(), client.NewWords{Case: sent.Case})
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, w.Console("shelter"))
	b.look(how)
	token, err := w.Token("shelter")
	if err != nil {
		t.Fatal(err)
	}
	b.signIn(token)
	b.strict = true
	b.visit("/withdraw")
	b.say("these are not eight words")
	b.told("That is 5")
	shelter := client.New(w.API("shelter"), token, "en")
	before, err := shelter.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(code.English)
	wrong := misheard(words)
	b.say("1. " + strings.Join(append([]string{wrong}, words[1:]...), ", "))
	b.told(words[0], "you wrote: "+wrong)
	if text := b.text("main"); !strings.Contains(text, words[0]) {
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

// misheard is the first of some words with a letter more, by which still only these can be meant: of one
// code in a hundred two can, and then it is asked for again.
func misheard(words []string) string {
	for letter := 'z'; letter > 'a'; letter-- {
		wrong := words[0] + string(letter)
		if _, err := consent.ReadCode(strings.Join(append([]string{wrong}, words[1:]...), " ")); err == nil {
			return wrong
		}
	}
	return words[0] + "x"
}

// refer goes from the page that asks to whom to a sent referral, and back once on the way.
func (b *tab) refer(ngo *client.Client, label string) posada.ReferralID {
	b.t.Helper()
	b.goes(`.choice a.main`)
	b.do(chromedp.SetValue(chromedp.CSS(`[name="survivor.psd_PreferredName"]`), "Una inventada"),
		chromedp.SetValue(chromedp.CSS(`[name="survivor.prs_MobilePhone"]`), "+15550177"),
		chromedp.SetValue(chromedp.CSS(`[name="survivor.psd_Priorities"]`), "Sleep, then a call to 915-555-0142"))
	read[bool](b, `document.querySelectorAll("form").forEach(f => { f.noValidate = true }), true`) // as an old browser does
	b.press(`form[action*="/refer/"] button.main`)
	b.told("Choose one") // a time is asked for
	if b.value("survivor.prs_MobilePhone") != "+15550177" {
		b.t.Error("what was typed is gone")
	}
	b.click(`[name="priority"][value="urgent"]`)
	b.press(`form[action*="/refer/"] button.main`)
	shown := read[string](b, `document.querySelector("main").textContent`) // what unfolds, too
	if !strings.Contains(shown, "Una inventada") || !strings.Contains(shown, "+15550177") {
		b.t.Errorf("the preview does not show what was typed: %s", shown)
	}
	b.told("This leaves, and nothing else", "immigration status")
	if text := b.text("#warning"); !strings.Contains(text, "915-555-0142") || strings.Contains(text, "inventada") || strings.Contains(text, "+15550177") {
		b.t.Errorf("a number in words of one's own is said, and what its own field takes is not: %s", text)
	}
	b.goes(`.actions a.button`)
	if b.value("survivor.psd_PreferredName") != "Una inventada" || b.value("survivor.prs_MobilePhone") != "+15550177" {
		b.t.Error("what was typed is gone when one goes back")
	}
	b.press(`form[action*="/refer/"] button.main`)
	preview := b.path()
	b.follow(`a[href^="/decisions/"]`)
	b.keep(b.how, "decision")
	b.told("May this be given to", "The network's table says here", "words that name nobody")
	b.visit(preview)
	before, err := ngo.Referrals(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	b.press(`form[action$="/send"] button`)
	after, err := ngo.Referrals(b.t.Context())
	i := slices.IndexFunc(after, func(r client.Referral) bool {
		return r.Case == label && !slices.ContainsFunc(before, func(was client.Referral) bool { return was.ID == r.ID })
	})
	if err != nil || i < 0 {
		b.t.Fatalf("%d referrals before and %d after, %v", len(before), len(after), err)
	}
	return after[i].ID
}

// takesOn finds a referral among what came in, takes it on and accepts it.
func (b *tab) takesOn(id posada.ReferralID) {
	b.t.Helper()
	b.visit("/referrals")
	b.goes(`a[href="/referrals/` + string(id) + `"]`)
	b.told("It carries more")
	if text := b.text("main"); strings.Contains(text, "+15550177") {
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
	for deadline := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("something did not happen within %s", patience)
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
