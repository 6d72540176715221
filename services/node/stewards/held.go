package stewards

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// Held is what enough stewards signed last and this node does not let count, whatever time
// goes by. The zero value: nothing.
type Held struct {
	Policy  uint64            // the number of a policy that does not fit the rules; 0: it fits
	Roster  uint64            // the number of a roster of which not all counts; 0: all of it does, or will
	Members []posada.AgencyID // whose rows in that roster do not
}

// held is what is held back of a view, beside the roster that runs: pure.
func (d decided) held(running roster.Snapshot, view trust.View) (h Held) {
	if _, err := pdp.MatrixVersion(view.Policy); err != nil {
		h.Policy = view.PolicyEdition.Version
	}
	counts := running
	if d.Roster.Running.Version != view.RosterEdition.Version {
		counts = trust.Taken(running, view.Roster, d.widerPolicy(view)) // when its time has come
	}
	if h.Members = differ(view.Roster, counts); len(h.Members) > 0 {
		h.Roster = view.RosterEdition.Version
	}
	return h
}

// differ lists whose row is another in two rosters, or is in one of them alone.
func differ(a, b roster.Snapshot) (ids []posada.AgencyID) {
	for _, one := range [][2]roster.Snapshot{{a, b}, {b, a}} {
		for _, row := range one[0].Agencies {
			same := func(other roster.Agency) bool {
				return other.ID == row.ID && other.Class == row.Class && other.Standing == row.Standing
			}
			if !slices.ContainsFunc(one[1].Agencies, same) && !slices.Contains(ids, row.ID) {
				ids = append(ids, row.ID)
			}
		}
	}
	return ids
}
