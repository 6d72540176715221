package referral

import (
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// ShredReceipt is what a target says once the key of what it was given is
// destroyed: that it is, and whether somebody had read it before. It is signed
// like everything it says.
type ShredReceipt struct {
	At   time.Time `json:"at"`
	Read bool      `json:"read"`
}

// Confirmation is how long a target has to say that it destroyed what was taken
// back, before somebody should call.
const Confirmation = 72 * time.Hour

// Bare is the life without reasons and outcomes: what is left of it when what it was
// about is destroyed.
func (l Life) Bare() Life {
	bare := func(marks []Mark) []Mark {
		marks = slices.Clone(marks)
		for i := range marks {
			marks[i].Reason, marks[i].Outcome = "", ""
		}
		return marks
	}
	return Life{Source: bare(l.Source), Target: bare(l.Target)}
}

// Withdrawn is when it was first said here that she took it back; zero where she
// did not.
func (l Life) Withdrawn() (at time.Time) {
	for _, m := range slices.Concat(l.Source, l.Target) {
		if m.State == posada.StateWithdrawnBySurvivor && (at.IsZero() || m.At.Before(at)) {
			at = m.At
		}
	}
	return at
}
