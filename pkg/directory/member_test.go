package directory

import (
	"testing"

	"github.com/posada-exchange/posada/pkg/posada"
)

// TestAnAgencyIsFoundByTheIdItHasHere: a member by the roster's, one without a node by one of
// its entry's own that stays the same, and no two by one.
func TestAnAgencyIsFoundByTheIdItHasHere(t *testing.T) {
	member := posada.IDFrom[posada.AgencyID]([16]byte{1})
	b := Book{Entries: []Entry{{ID: IDFrom([16]byte{1}, 4), Member: member}, {ID: IDFrom([16]byte{2}, 4)}, {ID: IDFrom([16]byte{3}, 4)}}}
	seen := map[posada.AgencyID]bool{}
	for i, e := range b.Entries {
		id := e.Agency()
		got, listed := b.Of(id)
		if !listed || got.ID != e.ID || seen[id] || b.Telephoned(id) != (i > 0) || id != e.Agency() {
			t.Errorf("%d: %s, %v", i, got.ID, listed)
		}
		seen[id] = true
	}
	if _, listed := b.Of(posada.IDFrom[posada.AgencyID]([16]byte{9})); listed || b.Telephoned(member) || b.Telephoned("") {
		t.Error("somebody is found who is not listed")
	}
}
