package browsing

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// follow presses what a selector finds, and looks at the page it leads to.
func (b *tab) follow(selector string) {
	b.t.Helper()
	b.press(selector)
	if !b.strict { // else it was looked at closely
		b.fit("“"+b.heading()+"”", b.how, false)
	}
}

// tick ticks, or unticks, each box that a selector finds.
func (b *tab) tick(selectors ...string) {
	b.t.Helper()
	for _, s := range selectors {
		if n := read[int](b, fmt.Sprintf(`(list => { for (const e of list) e.click(); return list.length })([...document.querySelectorAll(%q)])`, s)); n == 0 {
			b.t.Fatalf("there is nothing to tick at %s on %q", s, b.heading())
		}
	}
}

// put fills a field in.
func (b *tab) put(name, value string) {
	b.t.Helper()
	b.do(chromedp.SetValue(chromedp.CSS(`main [name="`+name+`"]`), value))
}

func (b *tab) heading() string { return read[string](b, `document.querySelector('h1').innerText`) }

// keep takes a picture of the page that is open, where a folder for them is named.
func (b *tab) keep(how ways, name string) {
	b.t.Helper()
	if *screenshots == "" {
		return
	}
	shot := run(b, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(*screenshots, name+"."+how.String()+".png"), shot, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

const onward = `button.main[value=next]`

// consented goes through the conversation to its last page.
func (b *tab) consented(how ways, to, answer string) {
	b.t.Helper()
	step := func(name string) {
		b.t.Helper()
		b.keep(how, "consent-"+name)
		b.follow(onward)
	}
	step("1-before")
	b.follow(onward) // nothing was said yet: it is said at the fields
	b.keep(how, "consent-2-wrong")
	b.put("to-0", to)
	b.put("purpose-0", "legal")
	b.tick(`[name=services][value=legal_immigration]`)
	step("2-who")
	b.tick(`[name=share-0][value=needs]`, `[name=share-0][value=safe_contact]`, `[name=share-0][value=identity]`)
	b.follow(`button[value=back]`)
	b.follow(onward) // what was ticked is still ticked
	step("3-what")
	b.tick(`[name=informed]`)
	step("4-told")
	b.tick(`[name=answer][value=` + answer + `]`)
	step("5-answer")
	if answer != "given" {
		b.keep(how, "consent-7-asked")
		return
	}
	b.tick(`[name=age_band][value="25-39"]`, `[name=given_by][value=self]`, `[name=method][value=written]`, `[name=condition]`)
	step("6-how")
	b.keep(how, "consent-7-check")
}

// TestAConsentIsTalkedThroughWithoutScript: a case is opened, what may be shared is gone
// through page by page, and what the node then has is what was said; no is recorded too, and
// stops what was agreed to.
func TestAConsentIsTalkedThroughWithoutScript(t *testing.T) {
	w := in(t)
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	members, err := ngo.Agencies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	legal := ""
	for _, a := range members {
		if a.Class == posada.ClassLegalAid {
			legal = string(a.ID)
		}
	}
	b := open(t, w.Console("ngo"))
	how := ways{language: "en", width: 1280}
	b.look(how)
	b.signIn(w.tokens[posada.RoleAdvocate])
	b.visit("/cases")
	b.keep(how, "cases")
	b.follow(`form[action="/cases"] button`)
	label := strings.TrimPrefix(b.heading(), "Case ")
	b.keep(how, "case-new")
	b.follow(`a.main[href$="/consent"]`)
	b.consented(how, legal, "given")
	b.tick(`[name=signed]`)
	b.follow(`button[value=record]`)
	b.keep(how, "consent-recorded")
	given := w.consentsOf(t, ngo, label)
	if len(given) != 1 || given[0].Status != posada.ConsentGiven || len(given[0].Lacks) > 0 || !slices.Equal(given[0].Allow[0].Share, []posada.Category{"needs", "safe_contact", "identity"}) {
		t.Fatalf("the node has %+v", given)
	}
	b.follow(`.crumb a`)
	b.keep(how, "case")
	b.follow(`a[href$="/consent"]`)
	b.consented(how, legal, "refused")
	b.follow(`button[value=record]`)
	b.keep(how, "consent-refused")
	after := w.consentsOf(t, ngo, label)
	if len(after) != 2 || after[0].Status != posada.ConsentRefused || !after[1].Allow[0].NoMore {
		t.Fatalf("after a no the node has %+v", after)
	}
	b.follow(`.crumb a`)
	b.follow(`a[href$="/destroy"]`)
	b.keep(how, "case-destroy")
	b.tick(`[name=really]`)
	b.follow(`button.grave`)
	b.keep(how, "case-destroyed")
	if left := w.consentsOf(t, ngo, label); len(left) != 0 {
		t.Errorf("of a destroyed case there is left %+v", left)
	}
}

func (w *world) consentsOf(t *testing.T, node *client.Client, label string) (list []client.Consent) {
	t.Helper()
	all, err := node.Consents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range all {
		if k.Case == label {
			list = append(list, k)
		}
	}
	return list
}

// idOf is a member of the network, as a page names it.
func idOf(t *testing.T, node *client.Client, name string) string {
	t.Helper()
	list, err := node.Agencies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if a.Name == name {
			return string(a.ID)
		}
	}
	t.Fatalf("nobody is called %s", name)
	return ""
}

// TestWhatWasAskedIsAnsweredAndWhatEndsIsRenewed: a question that was put off becomes a
// consent with what was asked, and a consent a new one, with less; what is printed is what
// the last page read back.
func TestWhatWasAskedIsAnsweredAndWhatEndsIsRenewed(t *testing.T) {
	for _, how := range []ways{{language: "en", width: 320}, {language: "es", width: 320, dark: true}} {
		t.Run(how.String(), func(t *testing.T) { in(t).askedAndRenewed(t, how) })
	}
}

func (w *world) askedAndRenewed(t *testing.T, how ways) {
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	once := true
	asked, err := ngo.AddConsent(t.Context(), client.NewConsent{
		Status: "requested", Services: []string{"shelter_emergency"},
		Allow: []client.NewAllowance{{To: "Invented Shelter", Purpose: "shelter", Share: []string{"needs", "household"}, SingleUse: &once}},
	})
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, w.Console("ngo"))
	b.look(how)
	b.signIn(w.tokens[posada.RoleAdvocate])
	b.strict = true
	b.visit("/consents/" + string(asked.ID))
	b.keep(how, "consent-question")
	b.follow(`input[value=deferred] + button`)
	b.follow(`a[href$="/answer"]`)
	b.converse("answer", nil)
	list := w.consentsOf(t, ngo, asked.Case)
	if len(list) != 1 || list[0].Status != posada.ConsentGiven || len(list[0].Lacks) > 0 || len(list[0].Allow[0].Share) != 2 {
		t.Fatalf("the node has %+v", list)
	}
	b.visit("/consents/" + string(asked.ID))
	b.follow(`a[href$="/renew"]`)
	b.follow(onward)
	b.tick(`[name=share-0][value=household]`)
	b.converse("renew", nil)
	list = w.consentsOf(t, ngo, asked.Case)
	if len(list) != 2 || list[0].Renews != asked.ID || !slices.Equal(list[0].Allow[0].Share, []posada.Category{"needs"}) {
		t.Fatalf("renewed, the node has %+v", list)
	}
	b.follow(`a[href$="/end"]`)
	b.keep(how, "consent-end")
	b.tick(`[name=how][value=withdrawn]`)
	b.follow(`button.grave`)
	if list = w.consentsOf(t, ngo, asked.Case); list[0].Status != posada.ConsentWithdrawn {
		t.Errorf("ended, it is %s", list[0].Status)
	}
}

// converse goes through what is left of a conversation, to its record. What is said on a step is what say
// has for it; elsewhere it is what most say, and on the steps before that what stands there.
func (b *tab) converse(name string, say map[string]func()) {
	b.t.Helper()
	for range 8 {
		step := b.value("step")
		if f := say[step]; f != nil {
			f()
		} else {
			switch step {
			case "told":
				b.tick(`[name=informed]`)
			case "answer":
				b.tick(`[name=answer][value=given]`)
			case "how":
				b.tick(`[name=age_band][value="25-39"]`, `[name=given_by][value=self]`, `[name=method][value=written]`, `[name=condition]`)
			}
		}
		b.keep(b.how, "consent-"+name+"-"+step)
		if step == "check" {
			if read[int](b, `document.querySelectorAll('[name=signed]').length`) > 0 {
				b.tick(`[name=signed]`)
			}
			b.follow(`button[value=record]`)
			return
		}
		b.follow(onward)
	}
	b.t.Fatal("the conversation does not end")
}

// TestWhatIsPrintedIsWhatIsReadBack holds that the form that is printed bears the mark of
// the one on the page, and is a page of its own.
func TestWhatIsPrintedIsWhatIsReadBack(t *testing.T) {
	w := in(t)
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	b := open(t, w.Console("ngo"))
	how := ways{language: "en", width: 320}
	b.look(how)
	b.signIn(w.tokens[posada.RoleAdvocate])
	b.visit("/cases")
	b.follow(`form[action="/cases"] button`)
	b.follow(`a.main[href$="/consent"]`)
	b.follow(`button[value=say-es]`)
	b.consented(how, idOf(t, ngo, "Invented Legal Aid"), "given")
	shown := read[string](b, `document.querySelector('.aloud').innerText`)
	read[any](b, `document.querySelector('form[target]').target = '', null`)
	b.press(`form[action$="/form"] button`)
	mark := read[string](b, `document.querySelector('.mark').innerText`)
	if !strings.HasPrefix(mark, "posada-1 · ") || !strings.Contains(shown, mark) || read[string](b, `document.documentElement.lang`) != "es" {
		t.Errorf("printed is %q, and read back was another", mark)
	}
	if n := read[int](b, `document.querySelectorAll('form, script, link, a').length`); n != 0 {
		t.Errorf("the printed page has %d things of ours on it", n)
	}
	b.keep(how, "consent-form-printed")
}

// TestALawyerTakesOverWhatMustBeKept: from a referral that came in, under a consent to that
// alone, into a case of its own.
func TestALawyerTakesOverWhatMustBeKept(t *testing.T) {
	for _, how := range []ways{{language: "en", width: 320, dark: true}, {language: "es", width: 320}} {
		t.Run(how.String(), func(t *testing.T) { in(t).takenOver(t, how) })
	}
}

func (w *world) takenOver(t *testing.T, how ways) {
	token := w.paralegal(t)
	legal := client.New(w.API("legal"), token, "en")
	came := w.sent(t, client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en"), func(*client.NewConsent) {})
	if _, err := legal.Mark(t.Context(), came, client.NewMark{State: string(posada.StateAcknowledged)}); err != nil {
		t.Fatal(err)
	}
	before, err := legal.Cases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, w.Console("legal"))
	b.look(how)
	b.signIn(token)
	b.strict = true
	b.visit("/referrals/" + string(came) + "/take-over")
	b.keep(how, "keep-before")
	b.follow(onward)
	b.tick(`[name=share-0][value=needs]`, `[name=services]`)
	b.converse("keep", nil)
	b.keep(how, "keep-case")
	b.follow(`form[action$="/record"] button`)
	b.keep(how, "keep-record")
	cases, err := legal.Cases(t.Context())
	cases = slices.DeleteFunc(cases, func(k client.Case) bool {
		return slices.ContainsFunc(before, func(was client.Case) bool { return was.Label == k.Label })
	})
	if err != nil || len(cases) != 1 {
		t.Fatal(len(cases), err)
	}
	own, err := legal.OwnRecord(t.Context(), client.NewLook{Case: cases[0].Label})
	if err != nil || len(own.TakenOver) != 1 {
		t.Errorf("taken over was %+v, %v", own.TakenOver, err)
	}
}

// TestAMinorWhoAgreesAloneHearsWhomItMayBeTold: nobody under 18 says yes as an adult does,
// and what the law lets those tell who help stands in what is read aloud.
func TestAMinorWhoAgreesAloneHearsWhomItMayBeTold(t *testing.T) {
	w := in(t)
	ngo := client.New(w.API("ngo"), w.tokens[posada.RoleAdvocate], "en")
	b := open(t, w.Console("ngo"))
	how := ways{language: "en", width: 1280}
	b.look(how)
	b.signIn(w.tokens[posada.RoleAdvocate])
	b.visit("/cases")
	b.follow(`form[action="/cases"] button`)
	b.follow(`a.main[href$="/consent"]`)
	b.tick(`[name=age_band][value="16-17"]`)
	b.follow(onward)
	b.put("to-0", idOf(t, ngo, "Invented Legal Aid"))
	b.put("purpose-0", "legal")
	b.tick(`[name=services][value=substance_use]`)
	b.follow(onward)
	b.tick(`[name=share-0][value=needs]`)
	b.follow(onward)
	b.tick(`[name=informed]`)
	b.follow(onward)
	b.tick(`[name=answer][value=given]`)
	b.follow(onward)
	if n := read[int](b, `document.querySelectorAll('[name=given_by][value=self]').length`); n != 0 {
		t.Error("somebody under 18 may say yes as an adult does")
	}
	b.tick(`[name=given_by][value=minor_alone]`, `[name=method][value=written]`, `[name=condition]`)
	b.follow(onward) // the place is missing
	b.keep(how, "minor-how")
	b.put("jurisdiction", "us-tx")
	b.follow(onward)
	b.keep(how, "minor-check")
	if read := read[string](b, `document.querySelector('.aloud').innerText`); !strings.Contains(read, "the provider may tell a parent or guardian") {
		t.Errorf("nobody says whom it may be told: %s", read)
	}
}
