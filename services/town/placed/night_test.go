package placed

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/processes"
)

// night is the first story's town: who takes women only, who has a cot, who has a
// voucher fund, and the police, on line all night.
func night(t testing.TB, o town.Options) *town.Town {
	t.Helper()
	return start(t, town.Plan{Operator: "Invented Hub Cooperative", Host: processes.Host(), Stretch: processes.Unstretched, Agencies: []town.Agency{
		agency("girasol", "Casa Girasol", posada.ClassNGO, posada.RoleAdvocate),
		agency("luna", "Albergue Luna Nueva", posada.ClassShelter, posada.RoleCoordinator),
		agency("mesquite", "Refugio Mesquite", posada.ClassShelter, posada.RoleVolunteerScreener),
		agency("fund", "Fondo Puente", posada.ClassNGO, posada.RoleAdvocate),
		agency("condado", "Condado Demo PD", posada.ClassLawEnforcement, posada.RoleAdvocate),
	}}, o)
}

// TestAManWhomNobodyTakesFindsABed plays the first story: the women's shelter never sees
// the need, he refuses the cot for a reason that only the asking agency knows, the fund's
// voucher is held, and the police have nothing.
func TestAManWhomNobodyTakesFindsABed(t *testing.T) {
	t.Parallel()
	w := night(t, town.Options{Poll: 50 * time.Millisecond})
	girasol, luna, fund := ask(t, w, "girasol"), ask(t, w, "luna"), ask(t, w, "fund")
	mesquite, condado := ask(t, w, "mesquite"), ask(t, w, "condado")
	two, one := 2, 1
	must(luna.DescribePlace(t.Context(), client.NewPlace{Place: "dorm", Services: []string{"shelter_emergency"}, Genders: []string{"woman"}, Exploitation: []string{"sexual"}, Interpreters: true, Free: &two}))
	must(fund.DescribePlace(t.Context(), client.NewPlace{Place: "voucher", Services: []string{"hotel_voucher"}, Interpreters: true, Meet: "in_public", Free: &one}))
	// Who is on at night there answers, and does not say whom the place takes.
	if _, err := mesquite.DescribePlace(t.Context(), client.NewPlace{Place: "cot", Services: []string{"shelter_emergency"}}); faultOf(err) != "not_your_role" {
		t.Errorf("a volunteer describes a place: %v", err)
	}
	preview := must(girasol.PreviewNeed(t.Context(), man()))
	var asks []string
	for _, a := range preview.Asks {
		asks = append(asks, a.Name)
	}
	slices.Sort(asks)
	if want := []string{"Albergue Luna Nueva", "Fondo Puente", "Refugio Mesquite"}; !slices.Equal(asks, want) {
		t.Fatalf("would ask %v", asks)
	}
	if _, err := girasol.PostNeed(t.Context(), client.NewPosting{Digest: preview.Digest}); faultOf(err) != "need_permission" {
		t.Errorf("without permission: %v", err)
	}
	n := must(girasol.PostNeed(t.Context(), client.NewPosting{Digest: preview.Digest, Permission: true, Note: "the night guard's cousin"}))
	show := func() client.Need { return must(girasol.Need(t.Context(), n.ID)) }
	// Nothing is described there, so all of it is shown; the women's shelter sees nothing.
	eventually(t, "the need is at the others", func() bool {
		all := must(luna.Placements(t.Context(), true))
		return len(all) == 1 && len(must(mesquite.Placements(t.Context(), false))) == 1 && len(must(fund.Placements(t.Context(), false))) == 1
	})
	if list := must(luna.Placements(t.Context(), false)); len(list) != 0 {
		t.Errorf("the women's shelter is shown %d needs", len(list))
	}
	if _, err := condado.Placements(t.Context(), true); err != nil {
		t.Error(err)
	}
	if list := must(condado.Placements(t.Context(), true)); len(list) != 0 {
		t.Errorf("the police have %d needs", len(list))
	}
	if _, err := mesquite.Offer(t.Context(), n.ID, client.NewOffer{Place: "cot"}); faultOf(err) != "unknown_place" {
		t.Errorf("an offer of no place: %v", err)
	}
	must(fund.Offer(t.Context(), n.ID, client.NewOffer{Place: "voucher"}))
	must(luna.Decline(t.Context(), n.ID, client.NewDecline{Reason: "eligibility_gender"}))
	must(mesquite.Decline(t.Context(), n.ID, client.NewDecline{Reason: "lack_of_capacity"}))
	eventually(t, "the offer is there", func() bool { return show().State == posada.NeedOffersOpen })
	eventually(t, "the others' answers are", func() bool {
		return line(show(), "Refugio Mesquite").Reason == posada.DeclineLackOfCapacity && line(show(), "Albergue Luna Nueva").Reason == posada.DeclineEligibilityGender
	})
	if l := line(show(), "Fondo Puente"); l.Meet != "" {
		t.Errorf("before it was chosen it says how to meet: %s", l.Meet)
	}
	must(girasol.ChooseOffer(t.Context(), n.ID, client.NewChoice{Agency: "Fondo Puente"}))
	eventually(t, "the place is held", func() bool { return line(show(), "Fondo Puente").State == posada.AskedHolds })
	if l := line(show(), "Fondo Puente"); l.Meet != posada.MeetInPublic {
		t.Errorf("it is held, and how to meet is %q", l.Meet)
	}
	eventually(t, "the others are told that it is closed", func() bool {
		return must(luna.Placement(t.Context(), n.ID)).State == posada.PlacementClosed && must(mesquite.Placement(t.Context(), n.ID)).State == posada.PlacementClosed
	})
	if p := must(luna.Placement(t.Context(), n.ID)); p.Profile.Gender != "" || len(p.Profile.Services) != 0 {
		t.Errorf("of a closed need something is left: %+v", p)
	}
	must(fund.Arrived(t.Context(), n.ID))
	eventually(t, "the person is there", func() bool { return show().State == posada.NeedFilled })
	if p := must(fund.Placement(t.Context(), n.ID)); p.State != posada.PlacementArrived {
		t.Errorf("at the fund it is %s", p.State)
	}
	if counts := must(girasol.NeedCounts(t.Context())); len(counts) != 1 || counts[0].Ended != posada.NeedFilled || counts[0].Needs != 1 {
		t.Errorf("%+v", counts)
	}
}

// TestNobodyOffersIsCounted: no placement found is an end like another.
func TestNobodyOffersIsCounted(t *testing.T) {
	t.Parallel()
	w := night(t, town.Options{Poll: 50 * time.Millisecond, Skip: []string{"condado", "fund"}})
	girasol, luna := ask(t, w, "girasol"), ask(t, w, "luna")
	n := asking(t, girasol, man("Fondo Puente"), "")
	if line(n, "Fondo Puente").State != "" {
		t.Error("it was asked though it was to be left out")
	}
	eventually(t, "the need came", func() bool { return len(must(luna.Placements(t.Context(), true))) == 1 })
	ended := must(girasol.EndNeed(t.Context(), n.ID, client.NewNeedEnd{How: "no_placement_found"}))
	if ended.State != posada.NeedNoPlacementFound {
		t.Fatalf("%s", ended.State)
	}
	if _, err := girasol.EndNeed(t.Context(), n.ID, client.NewNeedEnd{How: "withdrawn"}); faultOf(err) != "need_over" {
		t.Errorf("it ends twice: %v", err)
	}
	eventually(t, "it is closed there", func() bool { return must(luna.Placement(t.Context(), n.ID)).State == posada.PlacementClosed })
	counts := must(girasol.NeedCounts(t.Context()))
	if len(counts) != 1 || counts[0].Ended != posada.NeedNoPlacementFound || counts[0].Gender != posada.GenderMan || counts[0].Minor {
		t.Errorf("%+v", counts)
	}
}

// TestWhomThePersonExcludedIsNotAsked, not when it is posted, not when the person says so
// while it waits, and not by telephone; and is told of nothing.
func TestWhomThePersonExcludedIsNotAsked(t *testing.T) {
	t.Parallel()
	w := night(t, town.Options{Poll: 50 * time.Millisecond, Skip: []string{"condado"}})
	girasol, luna, mesquite := ask(t, w, "girasol"), ask(t, w, "luna"), ask(t, w, "mesquite")
	of := must(girasol.OpenCase(t.Context()))
	must(girasol.Exclude(t.Context(), client.NewExclusion{Case: of.Label, Agency: "Refugio Mesquite"}))
	in := man()
	in.Case = of.Label
	p := must(girasol.PreviewNeed(t.Context(), in))
	if len(p.Excluded) != 1 || p.Excluded[0].Name != "Refugio Mesquite" || slices.ContainsFunc(p.Asks, func(a client.Agency) bool { return a.Name == "Refugio Mesquite" }) {
		t.Errorf("asks %v, excluded %v", p.Asks, p.Excluded)
	}
	// What is shown is asked of fewer where the person excludes another before it is posted.
	must(girasol.Exclude(t.Context(), client.NewExclusion{Case: of.Label, Agency: "Fondo Puente"}))
	n := must(girasol.PostNeed(t.Context(), client.NewPosting{Digest: p.Digest, Permission: true}))
	if len(n.Asked) != 1 || n.Asked[0].Agency.Name != "Albergue Luna Nueva" {
		t.Errorf("asked %+v", n.Asked)
	}
	if _, err := girasol.RecordCall(t.Context(), n.ID, client.NewCall{Agency: "Refugio Mesquite", Answer: "offer"}); faultOf(err) != "need_excluded" {
		t.Errorf("it was called: %v", err)
	}
	eventually(t, "the other has it", func() bool { return len(must(luna.Placements(t.Context(), true))) == 1 })
	must(girasol.EndNeed(t.Context(), n.ID, client.NewNeedEnd{How: "withdrawn"}))
	eventually(t, "it is closed there", func() bool { return must(luna.Placement(t.Context(), n.ID)).State == posada.PlacementClosed })
	if list := must(mesquite.Placements(t.Context(), true)); len(list) != 0 {
		t.Errorf("whom the person excluded has %d needs", len(list))
	}
}

// TestAPhoneAgencyFeedsTheSameNeed: nothing is written to it, and the others are closed.
func TestAPhoneAgencyFeedsTheSameNeed(t *testing.T) {
	t.Parallel()
	// The one that is called has no node on line, and no letter to it need go.
	w := night(t, town.Options{Poll: 50 * time.Millisecond, Skip: []string{"condado", "fund"}})
	girasol, luna := ask(t, w, "girasol"), ask(t, w, "luna")
	n := asking(t, girasol, man("Fondo Puente"), "")
	// What had not left when the place is held would not leave any more.
	eventually(t, "the need came", func() bool { return len(must(luna.Placements(t.Context(), true))) == 1 })
	call := func(answer, reason string) (client.Need, error) {
		return girasol.RecordCall(t.Context(), n.ID, client.NewCall{Agency: "Fondo Puente", Answer: answer, Reason: reason})
	}
	if got := line(must(call("no_answer", "")), "Fondo Puente"); got.State != posada.AskedWaiting || !got.Phoned {
		t.Errorf("%+v", got)
	}
	if _, err := call("declined", ""); faultOf(err) != "missing_word" {
		t.Errorf("it declines for no reason: %v", err)
	}
	if got := line(must(call("declined", "lack_of_capacity")), "Fondo Puente"); got.State != posada.AskedDeclined {
		t.Errorf("%+v", got)
	}
	if got := must(call("offer", "")); got.State != posada.NeedOffersOpen {
		t.Errorf("%s", got.State)
	}
	must(girasol.ChooseOffer(t.Context(), n.ID, client.NewChoice{Agency: "Fondo Puente"}))
	if got := line(must(call("held", "")), "Fondo Puente"); got.State != posada.AskedHolds {
		t.Errorf("%+v", got)
	}
	eventually(t, "the others are closed", func() bool {
		list := must(luna.Placements(t.Context(), true))
		return len(list) == 1 && list[0].State == posada.PlacementClosed
	})
	if got := must(girasol.EndNeed(t.Context(), n.ID, client.NewNeedEnd{How: "filled"})); got.State != posada.NeedFilled {
		t.Errorf("%s", got.State)
	}
}

// TestAWatcherIsToldOfWhatFitsAndOfNothingElse.
func TestAWatcherIsToldOfWhatFitsAndOfNothingElse(t *testing.T) {
	t.Parallel()
	w := night(t, town.Options{Poll: 50 * time.Millisecond, Skip: []string{"condado", "fund"}})
	girasol, luna := ask(t, w, "girasol"), ask(t, w, "luna")
	two := 2
	must(luna.DescribePlace(t.Context(), client.NewPlace{Place: "dorm", Services: []string{"shelter_emergency"}, Genders: []string{"woman"}, Interpreters: true, Free: &two}))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	told := make(chan client.Placement, 8)
	ended := make(chan error, 1)
	go func() {
		ended <- luna.WatchPlacements(ctx, func(p client.Placement) error { told <- p; return nil })
	}()
	asking(t, girasol, man(), "")
	eventually(t, "the man's need came", func() bool { return len(must(luna.Placements(t.Context(), true))) == 1 })
	woman := man()
	woman.Gender = "woman"
	n := asking(t, girasol, woman, "")
	select {
	case p := <-told:
		if p.ID != n.ID || p.Profile.Gender != posada.GenderWoman || len(p.Fits) != 1 || p.Fits[0].Place != "dorm" {
			t.Errorf("told of %+v", p)
		}
	case <-time.After(3 * time.Minute):
		t.Fatal("told of nothing")
	}
	stop()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("%v", err)
	}
	if len(told) != 0 {
		t.Errorf("told of %d more", len(told))
	}
}

// TestACaseIsErasedThoughAnAgencyThatWasAskedIsAway: what is still to be told it says an id and
// no more, and keeps nothing from being destroyed.
func TestACaseIsErasedThoughAnAgencyThatWasAskedIsAway(t *testing.T) {
	t.Parallel()
	w := night(t, town.Options{Poll: 50 * time.Millisecond, Skip: []string{"condado", "fund"}})
	girasol, luna := ask(t, w, "girasol"), ask(t, w, "luna")
	of := must(girasol.OpenCase(t.Context()))
	in := man()
	in.Case = of.Label
	asking(t, girasol, in, "")
	eventually(t, "came", func() bool { return len(must(luna.Placements(t.Context(), true))) == 1 })
	must(girasol.EraseCase(t.Context(), client.NewErasure{Case: of.Label}))
	// What waits is looked through once a minute.
	eventually(t, "it is erased", func() bool { return len(must(girasol.Cases(t.Context()))) == 0 })
}
