package need

import (
	"errors"
	"fmt"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// ErrLetter says that a letter lacks what it is about, or has more.
var ErrLetter = errors.New("a letter about a need lacks what it is about, or has more")

// Posting is all that is told to an agency that is asked for a place.
type Posting struct {
	Need    posada.NeedID `json:"need"`
	Until   time.Time     `json:"until"` // it is over then, if not before
	Profile Profile       `json:"profile"`
}

// Check holds a posting against what may be said.
func (p Posting) Check() error {
	if p.Need == "" || p.Until.IsZero() {
		return ErrLetter
	}
	return p.Profile.Check()
}

// Reply is all that an agency answers to whoever asked it. Nobody else is told, and of
// its rules and beds there is nothing in it.
type Reply struct {
	Need   posada.NeedID        `json:"need"`
	Says   posada.PlaceReply    `json:"says"`
	Until  time.Time            `json:"until,omitzero"`   // an offer, and a hold: it lasts until then
	Reason posada.DeclineReason `json:"reason,omitempty"` // why it declined
	Meet   posada.Meeting       `json:"meet,omitempty"`   // it is held: how one meets
}

// Check holds a reply against its kind.
func (r Reply) Check() error {
	lasts := r.Says == posada.ReplyOffer || r.Says == posada.ReplyHeld
	switch {
	case r.Need == "" || !posada.Known(r.Says), lasts == r.Until.IsZero():
		return ErrLetter
	case (r.Says == posada.ReplyDeclined) != (r.Reason != ""):
		return ErrLetter
	case r.Reason != "" && !posada.Known(r.Reason):
		return fmt.Errorf("reason: %w", posada.ErrUnknownWord)
	case r.Meet != "" && r.Says != posada.ReplyHeld:
		return ErrLetter
	case r.Meet != "" && !posada.Known(r.Meet):
		return fmt.Errorf("meet: %w", posada.ErrUnknownWord)
	}
	return nil
}

// About names a need and says nothing of it: that it was chosen, or is closed, is in
// the letter's type, and why is in nothing.
type About struct {
	Need posada.NeedID `json:"need"`
}

// Take takes in what an agency answered. A reply that comes late, twice or before what it
// answers changes nothing.
func (l Life) Take(from posada.AgencyID, r Reply, now time.Time) (Life, error) {
	switch r.Says {
	case posada.ReplyOffer:
		return l.Offer(from, r.Until, now)
	case posada.ReplyDeclined:
		return l.Decline(from, r.Reason, now)
	case posada.ReplyHeld:
		after := l.Hold(from, r.Until, now)
		if !after.Held.Equal(l.Held) {
			after.Meet = r.Meet
		}
		return after, nil
	case posada.ReplyGone:
		return l.Lose(from, now), nil
	case posada.ReplyArrived:
		return l.Arrive(from, now), nil
	}
	return l.At(now), ErrLetter
}
