package event

import (
	"io"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Reach is a keep-alive's data: how far the sequence from its sender to its
// recipient goes at the time it was made. Whoever has everything up to Seq, and
// there Last, knows that nothing was said to it until then that it does not have: no
// withdrawal among it.
type Reach struct {
	Seq  uint64         `json:"seq,omitzero"`  // the last place given; zero: nothing was said yet
	Last posada.EventID `json:"last,omitzero"` // what has that place
	// Open is the lowest place of which the sender has no receipt; zero: there is
	// none. Who took the place of a node that was lost has not what that one
	// receipted, and misses nothing of it.
	Open uint64 `json:"open,omitzero"`
	Ask  bool   `json:"ask,omitzero"` // the sender asks for one in return
}

// Sound reports whether a sequence can be as r says.
func (r Reach) Sound() bool {
	return (r.Last != "") == (r.Seq > 0) && r.Open <= r.Seq && r.Seq <= maxSeq
}

// Alive tells an agency how far what was said to it goes. It has no place, and
// nobody receipts it.
func Alive(random io.Reader, r Reach, at time.Time) (Event, error) {
	if !r.Sound() {
		return Event{}, ErrShape
	}
	return notice(random, TypeAlive, "", r, at)
}

// Reach is what a keep-alive says; nothing, of anything else.
func (e Event) Reach() (r Reach) {
	if e.typ != TypeAlive || read(e.data, &r) != nil {
		return Reach{}
	}
	return r
}
