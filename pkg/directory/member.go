package directory

import (
	"crypto/sha256"
	"fmt"

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

// Called is how an agency is called, by name and by number, as one text to compare.
func (e Entry) Called() string {
	called := fmt.Sprintf("%q %q", e.Name.EN, e.Name.ES)
	for _, p := range e.Phones {
		called += fmt.Sprintf(" %s/%d", p.Number, p.Extension)
	}
	return called
}
