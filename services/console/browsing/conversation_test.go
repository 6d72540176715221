package browsing

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
)

// advocateOpens is somebody at the NGO who just opened a case and begins to talk about a consent.
func (w *world) advocateOpens(t *testing.T, how ways) (b *tab, label string) {
	t.Helper()
	b = open(t, w.Console("ngo"))
	b.look(how)
	b.signIn(w.tokens[posada.RoleAdvocate])
	b.visit("/cases")
	b.follow(`form[action="/cases"] button`)
	words := strings.Fields(b.heading())
	b.strict = true
	b.follow(`a.main[href$="/consent"]`)
	return b, words[len(words)-1]
}

// names says who may have something, and for what.
func (b *tab) names(to, purpose, service string) func() {
	return func() {
		b.put("to-0", to)
		b.put("purpose-0", purpose)
		b.tick(`[name=services][value=` + service + `]`)
	}
}

// TestWhatMayBePassedOnAndWhatNeverMayAreRecorded: both are said at what may be shared. What is both shared
// and never shared is asked about, not guessed.
func TestWhatMayBePassedOnAndWhatNeverMayAreRecorded(t *testing.T) {
	w := in(t)
	ngo := w.as(posada.RoleAdvocate)
	b, label := w.advocateOpens(t, ways{language: "en", width: 320, dark: true})
	shelter := idOf(t, ngo, "Invented Shelter")
	b.converse("onward", map[string]func(){
		"who": b.names(idOf(t, ngo, "Invented Legal Aid"), "legal", "legal_immigration"),
		"what": func() {
			b.tick(`[name=share-0][value=needs]`, `[name=share-0][value=identity]`, `[name=withhold][value=identity]`, `[name=withhold][value=medical]`, `[name=onward-0][value="`+shelter+`"]`)
			if status := b.press(onward); status != http.StatusUnprocessableEntity || b.value("step") != "what" {
				t.Errorf("something is shared and never shared: %d, at %q", status, b.value("step"))
			}
			b.tick(`[name=withhold][value=identity]`)
		},
	})
	list := w.consentsOf(t, ngo, label)
	if len(list) != 1 || !slices.Equal(list[0].Withhold, []posada.Category{"medical"}) {
		t.Fatalf("never shared is %+v", list)
	}
	if on := list[0].Allow[0].Onward; len(on) != 1 || string(on[0].ID) != shelter {
		t.Errorf("it may be passed on to %+v", on)
	}
}

// TestAGuardianSaysItWithTheYoungPerson: a guardian who was not looked into, or for whom the young person
// does not speak, is asked about on the page; with both said, the node takes it as theirs together.
func TestAGuardianSaysItWithTheYoungPerson(t *testing.T) {
	w := in(t)
	ngo := w.as(posada.RoleAdvocate)
	b, label := w.advocateOpens(t, ways{language: "es", width: 320})
	b.converse("guardian", map[string]func(){
		"before": func() { b.tick(`[name=age_band][value="12-15"]`) },
		"who":    b.names(idOf(t, ngo, "Invented Legal Aid"), "legal", "legal_immigration"),
		"what":   func() { b.tick(`[name=share-0][value=needs]`) },
		"how": func() {
			b.tick(`[name=given_by][value=guardian_and_minor]`, `[name=method][value=written]`, `[name=condition]`)
			if status := b.press(onward); status != http.StatusUnprocessableEntity || b.value("step") != "how" {
				t.Errorf("nobody looked into the guardian or asked the young person: %d, at %q", status, b.value("step"))
			}
			b.tick(`[name=assent][value=given]`, `[name=conflict][value=none_found]`)
		},
	})
	list := w.consentsOf(t, ngo, label)
	if len(list) != 1 || list[0].GivenBy != posada.GivenByGuardianAndMinor || list[0].Status != posada.ConsentGiven || len(list[0].Lacks) > 0 {
		t.Fatalf("the node has %+v", list)
	}
}

// TestLawEnforcementIsAskedForWithCounselThere: without both ticks nothing is recorded; with them it is, and
// counts a day later.
func TestLawEnforcementIsAskedForWithCounselThere(t *testing.T) {
	w := in(t)
	ngo := w.as(posada.RoleAdvocate)
	in := newConsent()
	in.Allow[0].Purpose = "survivor_report"
	k, err := ngo.AddConsent(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	said := func() *client.OptIn {
		t.Helper()
		list := w.consentsOf(t, ngo, k.Case)
		if len(list) != 1 {
			t.Fatalf("there is %+v", list)
		}
		return list[0].OptIn
	}
	b := open(t, w.Console("ngo"))
	b.look(ways{language: "en", width: 320})
	b.signIn(w.tokens[posada.RoleAdvocate])
	b.strict = true
	b.visit("/consents/" + string(k.ID))
	b.follow(`a[href$="/opt-in"]`)
	for _, one := range []string{"asked", "counsel"} {
		b.unasked()
		b.tick(`[name=` + one + `]`)
		if status := b.press(`form[action$="/opt-in"] button`); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest || said() != nil {
			t.Errorf("with %q alone: %d, and recorded is %+v", one, status, said())
		}
		if !read[bool](b, `document.querySelector('[name=`+one+`]').checked`) {
			t.Errorf("what was ticked is gone: %s", one)
		}
		b.tick(`[name=` + one + `]`)
	}
	b.tick(`[name=asked]`, `[name=counsel]`)
	b.follow(`form[action$="/opt-in"] button`)
	if o := said(); o == nil || !o.Counsel || o.Counts.Sub(o.Asked) != consent.CoolingOff {
		t.Fatalf("recorded is %+v", o)
	}
	if read[int](b, `document.querySelectorAll('a[href$="/opt-in"]').length`) != 0 {
		t.Error("it is asked for again")
	}
}
