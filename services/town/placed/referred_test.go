package placed

import (
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
)

// agreed is a consent to refer a person to two shelters.
func agreed(label string) client.NewConsent {
	var allow []client.NewAllowance
	for _, to := range []string{"Invented Shelter 0", "Invented Shelter 1"} {
		allow = append(allow, client.NewAllowance{To: to, Purpose: "shelter", Share: []string{"needs", "safe_contact"}})
	}
	return client.NewConsent{
		Case: label, Allow: allow, Services: []string{"shelter_emergency"}, AgeBand: "25-39", GivenBy: "self", Language: "spa",
		Method: "written", Condition: "not_conditional", TextVersion: "1", Informed: posada.Texts(posada.Members[posada.Informed]()),
		Form: client.HashForm([]byte("an invented form")),
	}
}

// TestAReferralToWhoeverHoldsThePlaceNamesTheNeed, and to nobody else: before it is held
// there is nothing to name, another shelter gets none, and the preview shows it.
func TestAReferralToWhoeverHoldsThePlaceNamesTheNeed(t *testing.T) {
	t.Parallel()
	p := plan(1, 2)
	p.Agencies[1].Staff[0].Roles = []posada.StaffRole{posada.RoleCoordinator}
	w := start(t, p, town.Options{Poll: 50 * time.Millisecond})
	ngo, host := ask(t, w, "ngo0"), ask(t, w, "shelter0")
	opened := must(ngo.OpenCase(t.Context()))
	must(ngo.AddConsent(t.Context(), agreed(opened.Label)))
	preview := func(to string) (named string, shown client.Preview) {
		shown = must(ngo.Preview(t.Context(), client.NewPreview{
			Case: opened.Label, To: to, Purpose: "shelter", Services: []string{"shelter_emergency"}, Priority: "tonight",
			Records: []client.NewRecord{{Role: "survivor", Fields: map[string]string{"psd_SafeContact": "Before noon"}}},
		}))
		for _, c := range shown.Carried {
			if c.Place == "need" {
				named = c.Value
			}
		}
		return named, shown
	}
	in := man()
	in.Case = opened.Label
	n := asking(t, ngo, in, "")
	eventually(t, "the question came", func() bool { return len(must(host.Placements(t.Context(), false))) == 1 })
	if named, _ := preview("Invented Shelter 0"); named != "" {
		t.Errorf("nothing is held, and %q is named", named)
	}
	id := must(host.Placements(t.Context(), false))[0].ID
	must(ngo.RecordCall(t.Context(), n.ID, client.NewCall{Agency: "Invented Shelter 0", Answer: "held"}))
	if named, _ := preview("Invented Shelter 1"); named != "" {
		t.Errorf("to another shelter %q is named", named)
	}
	named, shown := preview("Invented Shelter 0")
	if named != string(n.ID) || id != n.ID {
		t.Fatalf("%q is named, %q is held", named, n.ID)
	}
	must(ngo.Send(t.Context(), client.NewSend{Digest: shown.Digest}))
	eventually(t, "it came", func() bool { return len(must(host.Referrals(t.Context()))) == 1 })
	came := must(host.Referrals(t.Context()))[0].ID
	must(host.Mark(t.Context(), came, client.NewMark{State: "accepted"}))
	r := must(host.Referral(t.Context(), came))
	found := false
	for _, c := range r.Carried {
		found = found || c.Place == "need" && c.Value == string(id)
	}
	if !found || posada.Purpose("shelter") != r.Purpose {
		t.Errorf("the shelter is not told whom the bed is for: %+v", r.Carried)
	}
}
