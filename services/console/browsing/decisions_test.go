package browsing

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestADraftIsTriedOnWhatWasDecidedHere: beside what a draft changes stands how many of this
// agency's decisions it would change, and one of them leads to why it was so.
func TestADraftIsTriedOnWhatWasDecidedHere(t *testing.T) {
	w := in(t)
	d := serve(t, w, "ngo")
	d.signIn(w.tokens[posada.RoleSteward])
	cell := url.Values{"cell/legal_aid/safe_contact": {"never"}, "go": {"changes"}}
	a := d.post("/rules/draft/legal", cell)
	text, err := w.running(t).With(9, matrix.Cells{posada.ClassLegalAid: {posada.PurposeLegal: {posada.CategorySafeContact: posada.ModeNever}}}).Write()
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.as(posada.RoleSteward).Replay(t.Context(), client.NewReplay{Policy: string(text)})
	if err != nil || out.Changed == 0 {
		t.Fatalf("nothing that was decided would change: %+v, %v", out, err)
	}
	if want := fmt.Sprintf("%d of the last %d decisions", out.Changed, out.Decisions); !a.says(want) || !a.says("by the draft") && !a.says("By the draft") {
		t.Errorf("it does not say %q: %s", want, a.body)
	}
	example := string(out.Groups[0].Example)
	if !a.says(`href="/decisions/` + example) {
		t.Error("no decision leads to why it was so")
	}
	if a := d.get("/decisions/" + example); a.StatusCode != http.StatusOK || !a.says("May this be given to") {
		t.Errorf("%s: %s", a.Status, a.body)
	}
	// A cell of which nothing was ever decided changes nothing that was.
	d.post("/rules/gone", nil)
	a = d.post("/rules/draft/education", url.Values{"cell/school/needs": {"consent"}, "go": {"changes"}})
	if !a.says("None of the last") {
		t.Errorf("it does not say that nothing would change: %s", a.body)
	}
	d.post("/rules/gone", nil)
}

// TestWhyIsToldToWhoeverHasADecisionsName: by what the node explains, to every role here; of
// a name that is none nothing is said.
func TestWhyIsToldToWhoeverHasADecisionsName(t *testing.T) {
	w := in(t)
	ngo := w.as(posada.RoleAdvocate)
	label := w.caseWithConsent(t, ngo)
	draft := newPreview(label)
	draft.Records[0].Fields["psd_ImmigrationStatus"] = "invented"
	preview, err := ngo.Preview(t.Context(), draft)
	if err != nil || len(preview.Uncovered) == 0 || preview.Decision == "" {
		t.Fatalf("nothing is refused: %+v, %v", preview, err)
	}
	e, err := ngo.Explain(t.Context(), preview.Decision)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, p := range e.Parts {
		if !p.Permitted {
			refused++
		}
	}
	for _, role := range []posada.StaffRole{posada.RoleAdvocate, posada.RoleVolunteerScreener, posada.RoleSteward} {
		d := serve(t, w, "ngo")
		d.signIn(w.tokens[role])
		a := d.get("/decisions/" + string(preview.Decision))
		if n := strings.Count(a.body, ": NO"); a.StatusCode != http.StatusOK || n != refused || refused == 0 {
			t.Errorf("%s: %s, %d refused of %d", role, a.Status, n, refused)
		}
		if strings.Contains(a.body, label) || strings.Contains(a.body, "Invented Legal Aid") {
			t.Errorf("%s: it says whose case it was", role)
		}
		none := d.get("/none-such")
		if a := d.get("/decisions/" + strings.Repeat("a", 26)); a.StatusCode != http.StatusNotFound || a.body != none.body {
			t.Errorf("%s: a name that is none: %s", role, a.Status)
		}
	}
}
