package placed

import (
	"bytes"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
)

// inTurn are the ids of the needs of a case, in the person's order.
func inTurn(list []client.Need, label string) (ids []posada.NeedID) {
	for _, n := range client.InOrder(list, label) {
		ids = append(ids, n.ID)
	}
	return ids
}

// TestTheOrderOfNeedsIsThePersons does at random what there is to do with the needs of a
// case, and holds the order against a list that is moved by hand: a new one goes last, what
// is asked anew stays where it was, and what is named goes first.
func TestTheOrderOfNeedsIsThePersons(t *testing.T) {
	t.Parallel()
	for seed := range *seeds {
		w := newWorld(t, 1, 1, seed)
		ngo := w.order[0]
		var want []posada.NeedID
		for range 40 {
			w.now = w.now.Add(time.Duration(w.random.IntN(2)) * time.Second)
			at := 0
			if len(want) > 0 {
				at = w.random.IntN(len(want))
			}
			switch n := w.random.IntN(4); {
			case len(want) == 0 || n == 0 && len(want) < 8:
				want = append(want, w.posts(ngo))
			case n == 1:
				p := must(ngo.needs.Preview(t.Context(), ngo.by, need.Draft{Instead: want[at], Profile: need.Profile{Priority: posada.PriorityNormal, Services: need.Placing()}}))
				want[at] = must(ngo.needs.Post(t.Context(), ngo.by, p.Digest, "")).ID
			default:
				first := slices.Clone(want)
				w.random.Shuffle(len(first), func(i, j int) { first[i], first[j] = first[j], first[i] })
				first = first[:at]
				must(ngo.needs.Order(t.Context(), ngo.by, "wren-19", first))
				want = append(first, slices.DeleteFunc(want, func(id posada.NeedID) bool { return slices.Contains(first, id) })...)
			}
			var list []client.Need
			for _, v := range must(ngo.needs.List(t.Context(), ngo.by)) {
				list = append(list, client.Need{ID: v.ID, Case: v.Case, Turn: v.Turn, Posted: v.Posted, Anew: v.Anew})
			}
			if got := inTurn(list, "wren-19"); !slices.Equal(got, want) {
				t.Fatalf("seed %d: the needs stand as %v; want %v", seed, got, want)
			}
		}
	}
}

// TestWhatIsNotOfTheCaseChangesNothingOfItsOrder: another case's need, one that there is
// not, and one that was asked anew are all nothing there; and whoever does not work on the
// case changes nothing in it.
func TestWhatIsNotOfTheCaseChangesNothingOfItsOrder(t *testing.T) {
	t.Parallel()
	p := plan(1, 1)
	p.Agencies[0].Staff = append(p.Agencies[0].Staff, town.Person{Name: "Invented Coordinator", Roles: []posada.StaffRole{posada.RoleCoordinator}})
	w := start(t, p, town.Options{Poll: 300 * time.Millisecond, Skip: []string{"shelter0"}})
	ngo := ask(t, w, "ngo0")
	one, elsewhere := asking(t, ngo, man(), ""), asking(t, ngo, man(), "")
	in := man()
	in.Case = one.Case
	before := asking(t, ngo, in, "")
	again := man()
	again.Instead = before.ID
	two := asking(t, ngo, again, "")
	order := func(ids ...posada.NeedID) error {
		_, err := ngo.OrderNeeds(t.Context(), client.NewNeedOrder{Case: one.Case, Needs: ids})
		return err
	}
	for what, id := range map[string]posada.NeedID{"of another case": elsewhere.ID, "of none": "aaaaaaaaaaaaaaaaaaaaaaaaaa", "asked anew": before.ID} {
		if err := order(two.ID, id); faultOf(err) != "nothing_there" {
			t.Errorf("one %s: %v", what, err)
		}
	}
	if got := inTurn(must(ngo.Needs(t.Context())), one.Case); !slices.Equal(got, []posada.NeedID{one.ID, two.ID}) {
		t.Errorf("they stand as %v", got)
	}
	lead := client.New(w.API("ngo0"), string(bytes.TrimSpace(must(os.ReadFile(w.TokenFile("ngo0")+"-2")))), "en")
	if list := inTurn(must(lead.Needs(t.Context())), one.Case); len(list) != 2 {
		t.Fatalf("whoever leads sees %d", len(list))
	}
	if _, err := lead.OrderNeeds(t.Context(), client.NewNeedOrder{Case: one.Case, Needs: []posada.NeedID{two.ID}}); faultOf(err) != "not_assigned" {
		t.Errorf("whoever only sees it: %v", err)
	}
	if err := order(two.ID); err != nil {
		t.Error(err)
	}
	if got := inTurn(must(ngo.Needs(t.Context())), one.Case); !slices.Equal(got, []posada.NeedID{two.ID, one.ID}) {
		t.Errorf("they stand as %v", got)
	}
}
