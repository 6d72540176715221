package directory

import (
	"crypto/sha256"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Agency is the id that an entry's agency has within this network: of a member the roster's,
// of one without a node one that is made of its entry's.
func (e Entry) Agency() posada.AgencyID {
	if e.Member != "" {
		return e.Member
	}
	sum := sha256.Sum256([]byte("posada directory " + string(e.ID)))
	return posada.IDFrom[posada.AgencyID]([16]byte(sum[:16]))
}

// Of finds the entry of an agency.
func (b Book) Of(id posada.AgencyID) (Entry, bool) {
	for _, e := range b.Entries {
		if e.Agency() == id {
			return e, true
		}
	}
	return Entry{}, false
}

// Telephoned reports whether an agency is one without a node.
func (b Book) Telephoned(id posada.AgencyID) bool {
	e, listed := b.Of(id)
	return listed && e.ByPhone()
}
