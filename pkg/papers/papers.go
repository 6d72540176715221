// Package papers is what is handed to the person a case is about, on paper or
// on her telephone, in her language.
//
// Guarantee: a paper is made of what the caller gives and nothing else; there
// is no I/O, clock or randomness here, and a page asks nothing of any network.
// The withdrawal card bears the eight words and nothing else. Limit: what is on
// paper can be found, read and photographed by whoever stands near.
package papers

import (
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Shared is the facts of "what was shared": everything that left for others
// about one case, the oldest first. Times are UTC; a zero time has not happened
// or is not known.
type Shared struct {
	At    time.Time // when the facts were gathered
	Lines []SharedLine
}

// SharedLine is one disclosure to one agency.
type SharedLine struct {
	To         string // the agency's name, as a person says it
	Purpose    posada.Purpose
	Categories posada.Set[posada.Category]
	Sent       time.Time // when it left
	Ends       time.Time // when the recipient must destroy it, withdrawn or not
	Consent    posada.ConsentID
	Given      time.Time // when that consent was given
	// Read is when a person there is known to have looked: it cannot be taken
	// back. Zero does not promise that nobody looked.
	Read      time.Time
	Withdrawn time.Time // when sharing with this agency was withdrawn
	Recalled  time.Time // when it was taken back before it was collected
	Shredded  time.Time // when the recipient says, signed, that its key is gone
	Receipt   time.Time // when that receipt came here
}
