package browsing

import (
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestAVolunteerRecordsAConsentAndReadsNothingBack: who opened the case and nobody took it on since. The node
// has what was said; none of it, of the case or of what others recorded, is on a page of theirs afterwards.
func TestAVolunteerRecordsAConsentAndReadsNothingBack(t *testing.T) {
	w := in(t)
	ngo := w.as(posada.RoleCoordinator)
	others, err := w.as(posada.RoleAdvocate).AddConsent(t.Context(), newConsent())
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, w.Console("ngo"))
	b.look(ways{language: "en", width: 320})
	b.signIn(w.tokens[posada.RoleVolunteerScreener])
	b.strict = true
	b.visit("/")
	b.press(`form[action="/screen"] button`)
	label, back := strings.TrimPrefix(b.heading(), "Case "), b.path()
	b.follow(`main a.main[href$="/consent"]`)
	at := b.path()
	b.converse("volunteer", map[string]func(){
		"who":  b.names(idOf(t, ngo, "Invented Legal Aid"), "legal", "legal_immigration"),
		"what": func() { b.tick(`[name=share-0][value=needs]`, `[name=share-0][value=identity]`) },
	})
	if b.path() != back {
		t.Errorf("after it was recorded one is at %s: %s", b.path(), b.text("main"))
	}
	b.told("Recorded in " + label)
	if _, err := ngo.AssignCase(t.Context(), client.NewCaseAssignment{Case: label, NewAssignment: client.NewAssignment{To: "Invented coordinator"}}); err != nil {
		t.Fatal(err)
	}
	list := w.consentsOf(t, ngo, label)
	if len(list) != 1 || list[0].Status != posada.ConsentGiven || !slices.Equal(list[0].Allow[0].Share, []posada.Category{"needs", "identity"}) {
		t.Fatalf("the node has %+v", list)
	}
	b.strict = false
	for _, path := range []string{"/", "/cases", "/referrals", back, strings.TrimSuffix(at, "/consent"), at, "/consents/" + string(list[0].ID), "/consents/" + string(list[0].ID) + "/renew", "/consents/" + string(others.ID)} {
		b.visit(path)
		html := read[string](b, `document.documentElement.outerHTML`)
		for _, kept := range []string{others.Case, string(list[0].ID), "\"share-0\""} {
			if strings.Contains(html, kept) {
				t.Errorf("%s shows %q to whoever is to read nothing back", path, kept)
			}
		}
	}
	// Once somebody has taken the case on, a volunteer adds nothing to it any more.
	b.visit(at)
	b.converse("late", map[string]func(){
		"who":   b.names(idOf(t, ngo, "Invented Legal Aid"), "legal", "legal_immigration"),
		"what":  func() { b.tick(`[name=share-0][value=needs]`) },
		"check": nil,
	})
	if after := w.consentsOf(t, ngo, label); len(after) != 1 {
		t.Errorf("after somebody took it on the node has %d consents", len(after))
	}
}
