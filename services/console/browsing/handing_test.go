package browsing

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// unasked has the browser send forms without asking for what is missing, as an old one does.
func (b *tab) unasked() {
	b.t.Helper()
	read[bool](b, `document.querySelectorAll("form").forEach(f => { f.noValidate = true }), true`)
}

// TestACaseIsGivenToAColleagueAndHandedOver: too, and then instead. Who handed it over reads nothing of it any more.
func TestACaseIsGivenToAColleagueAndHandedOver(t *testing.T) {
	w := in(t)
	ngo := w.as(posada.RoleAdvocate)
	k, err := ngo.AddConsent(t.Context(), newConsent())
	if err != nil {
		t.Fatal(err)
	}
	whose := func() []string {
		t.Helper()
		list, err := w.as(posada.RoleCoordinator).Cases(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return list[slices.IndexFunc(list, func(c client.Case) bool { return c.Label == k.Case })].Assigned
	}
	const me, colleague = "Invented advocate", "Invented legal"
	b := open(t, w.Console("ngo"))
	b.look(ways{language: "en", width: 320})
	b.signIn(w.tokens[posada.RoleAdvocate])
	b.strict = true
	b.visit("/consents/" + string(k.ID))
	b.follow(`.crumb a`)
	give := func(to, how string) int64 {
		t.Helper()
		b.follow(`a[href$="/people"]`)
		b.unasked()
		b.put("to", to)
		b.tick(`[name=how][value=` + how + `]`)
		return b.press(`form[action$="/people"] button.main`)
	}
	if status := give("Nobody Of This Name", "too"); status < 400 || !slices.Equal(whose(), []string{me}) {
		t.Errorf("given to nobody: %d, it is the work of %q", status, whose())
	}
	if b.value("to") != "Nobody Of This Name" {
		t.Errorf("what was typed is %q", b.value("to"))
	}
	b.visit("/consents/" + string(k.ID))
	b.follow(`.crumb a`)
	if give(colleague, "too"); !slices.Equal(sorted(whose()), []string{me, colleague}) {
		t.Fatalf("given, it is the work of %q: %s", whose(), b.text("main"))
	}
	if give(colleague, "instead"); !slices.Equal(whose(), []string{colleague}) {
		t.Errorf("handed over, it is the work of %q", whose())
	}
	b.visit("/consents/" + string(k.ID))
	if text := b.text("main"); strings.Contains(text, "Invented Legal Aid") {
		t.Errorf("who handed it over still reads what was agreed to: %s", text)
	}
}

// TestAReferralIsGivenToAColleagueAndHandedOver: the same of one that came in.
func TestAReferralIsGivenToAColleagueAndHandedOver(t *testing.T) {
	w := in(t)
	legal := client.New(w.API("legal"), w.paralegal(t), "en")
	id := w.sent(t, w.as(posada.RoleAdvocate), func(*client.NewConsent) {})
	const me, colleague = "Invented Paralegal", "Invented Lawyer"
	whose := func() []string {
		t.Helper()
		r, err := legal.Referral(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return sorted(r.Assigned)
	}
	b := open(t, w.Console("legal"))
	b.look(ways{language: "en", width: 320, dark: true})
	b.signIn(w.paralegal(t))
	b.strict = true
	b.visit("/referrals/" + string(id))
	b.press(`form[action$="/marks/acknowledged"] button`)
	if text := b.text("main"); !strings.Contains(text, "+15550100") {
		t.Fatalf("whoever took it on does not read it: %s", text)
	}
	give := func(to, how string) int64 {
		t.Helper()
		b.follow(`main a[href$="/assign"]`)
		b.put("to", to)
		b.tick(`[name=how][value=` + how + `]`)
		return b.press(`form[action$="/assign"] button.main`)
	}
	if status := give("Nobody Of This Name", "too"); status < 400 || status == http.StatusNotFound || !slices.Equal(whose(), []string{me}) {
		t.Errorf("given to nobody: %d, it is the work of %q", status, whose())
	}
	b.visit("/referrals/" + string(id))
	if give(colleague, "too"); !slices.Equal(whose(), []string{colleague, me}) {
		t.Errorf("given, it is the work of %q", whose())
	}
	if give(colleague, "instead"); b.path() != "/referrals" {
		t.Errorf("handed over, one is at %s", b.path())
	}
	b.visit("/referrals/" + string(id))
	if text := b.text("main"); strings.Contains(text, "+15550100") {
		t.Errorf("who handed it over still reads it: %s", text)
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }
