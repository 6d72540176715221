package referral

import (
	"errors"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Copy is one side's copy of a referral, as far as taking it back goes: its marks,
// and what became of what it holds. Its steps are pure. Whoever keeps a copy keeps
// what a step returns and does what it asks, in one transaction.
type Copy struct {
	Side Side `json:"side"`
	Life Life `json:"life"`

	// Paper says that it was read out or printed for an agency without a node: nothing can be
	// told to whoever has it, and nothing taken back from them.
	Paper     bool         `json:"paper,omitempty"`    // source
	Delivered time.Time    `json:"delivered,omitzero"` // source: when its receipt came; of paper, when it was made
	Shredded  ShredReceipt `json:"shredded,omitzero"`  // source: the target's word
	Read      bool         `json:"read,omitempty"`     // target: somebody looked at it
	// Gone says that it was taken back, or may be kept no longer: what it held is
	// destroyed, and what stays is that there was something. Confirmed: its source
	// was told.
	Gone      bool `json:"gone,omitempty"`
	Unseen    bool `json:"unseen,omitempty"` // it never was here, and is shown to nobody
	Confirmed bool `json:"confirmed,omitempty"`
}

// Do is what a step asks for beside keeping the copy.
type Do struct {
	// Tell is a mark of ours for the other side; none where it has no state.
	Tell Mark
	// Shred gives up the key of what the copy held, with all that waits of it.
	Shred bool
	// TakeBack ends what was agreed with the target before then; zero: nothing is.
	TakeBack time.Time
}

// ErrNothingTakenBack says that a shred receipt came for what, as far as is known
// here, nobody took back.
var ErrNothingTakenBack = errors.New("nothing was taken back that could be destroyed")

// Sent is a source's copy of what it just sent.
func Sent(at time.Time) Copy {
	at = at.UTC().Truncate(time.Second)
	return Copy{Side: Source, Life: Life{Source: []Mark{
		{State: posada.StateDrafted, N: 1, At: at}, {State: posada.StateConsented, N: 2, At: at}, {State: posada.StateSent, N: 3, At: at},
	}}}
}

// OnPaper is a source's copy of what it just printed, or read out.
func OnPaper(at time.Time) Copy {
	c := Sent(at).Arrived(at)
	c.Paper = true
	return c
}

// Set is the copy with one more state that is set here now. What an agency without a node
// says, it says on the telephone, so its states are set here too; its paper is not recalled.
func (c Copy) Set(m Mark) (Copy, Mark, error) {
	side := c.Side
	if owner, _ := from(m.State); c.Paper && owner != "" {
		side = owner
	}
	if c.Paper && m.State == posada.StateRecalled {
		return c, Mark{}, ErrNotFrom
	}
	life, set, err := c.Life.Add(side, m)
	if err == nil {
		c.Life = life
	}
	return c, set, err
}

// Received is the target's copy of it: the last of those marks came with it.
func Received(at time.Time) Copy {
	all := Sent(at).Life.Source
	return Copy{Side: Target, Life: Life{Source: all[len(all)-1:]}}
}

// Never is the target's copy of what did not come and is taken back already.
func Never() Copy { return Copy{Side: Target, Unseen: true} }

// Took is the target's copy of what comes after it is known to be taken back.
func Took(sent, back time.Time) (Copy, Do, error) {
	c := Received(sent)
	c.Unseen = true
	return c.TakenBack(back)
}

// TakenBack is the copy after it was heard on this side, or by a code, that she
// took it back. At the target what it held goes with that. What was said before is
// not said again.
func (c Copy) TakenBack(said time.Time) (Copy, Do, error) {
	var do Do
	if c.Life.Withdrawn().IsZero() {
		mark := Mark{State: posada.StateWithdrawnBySurvivor, At: said.UTC().Truncate(time.Second)}
		var err error
		if c.Life, do.Tell, err = c.Life.Add(c.Side, mark); err != nil {
			return Copy{}, Do{}, err
		}
	}
	if c.Side == Target && !c.Gone {
		do.Shred, c = true, c.Erased()
	}
	return c, do, nil
}

// Told is the copy after the other side told a mark. That she took it back leads
// the target to destroy what it holds, and the source to share nothing more there.
// One that is told again is asked to say again that it destroyed it.
func (c Copy) Told(m Mark) (Copy, Do, error) {
	again := !c.Life.Withdrawn().IsZero()
	life, err := c.Life.Merge(c.Side.other(), m)
	if err != nil {
		return Copy{}, Do{}, err
	}
	c.Life = life
	var do Do
	switch {
	case m.State != posada.StateWithdrawnBySurvivor:
	case c.Side == Source && !again && !c.Gone:
		do.TakeBack = m.At
	case c.Side == Source:
	case c.Gone:
		c.Confirmed = false
	default:
		do.Shred, c = true, c.Erased()
	}
	return c, do, nil
}

// Looked is the copy after somebody saw what it holds.
func (c Copy) Looked() Copy {
	c.Read = c.Read || c.Side == Target && !c.Gone
	return c
}

// ToConfirm reports whether a source is still to be told that what was taken
// back is destroyed.
func (c Copy) ToConfirm() bool { return c.Side == Target && c.Gone && !c.Confirmed }

// Confirm is the copy after its source was told so, when the key is destroyed.
func (c Copy) Confirm(at time.Time) (Copy, ShredReceipt) {
	c.Confirmed = true
	return c, ShredReceipt{At: at, Read: c.Read}
}

// Shred is a source's copy after its target said that it destroyed it.
// ErrNothingTakenBack: as long as nobody took it back.
func (c Copy) Shred(r ShredReceipt) (Copy, error) {
	if c.Life.Withdrawn().IsZero() {
		return Copy{}, ErrNothingTakenBack
	}
	if c.Shredded.At.IsZero() {
		c.Shredded = r
	}
	return c, nil
}

// Over is a target's copy after its time ended. That there was something, and
// whether it was read, is asked when she takes it back later; nobody is told before.
func (c Copy) Over() Copy {
	c = c.Erased()
	c.Unseen, c.Confirmed = true, true
	return c
}

// Lives reports whether the copy counts: what it held is there, and neither side took
// the referral back. Of one that does not, nothing is sent, copied or passed on,
// whatever consent and policy say.
func (c Copy) Lives() bool {
	switch c.Life.State() {
	case posada.StateRecalled, posada.StateWithdrawnBySurvivor, posada.StateEnteredInError:
		return false
	}
	return !c.Gone
}

// Arrived is a source's copy after its target's receipt.
func (c Copy) Arrived(at time.Time) Copy {
	c.Delivered = at.UTC().Truncate(time.Second)
	return c
}

// Ended is a source's copy after its event was stopped before it was receipted. It
// may have arrived after all.
func (c Copy) Ended(at time.Time) Copy {
	if life, _, err := c.Life.Add(Source, Mark{State: posada.StateExpired, At: at.UTC()}); err == nil {
		c.Life = life
	}
	return c
}

// Erased is the copy when what it is about is destroyed: without reasons and
// outcomes.
func (c Copy) Erased() Copy {
	c.Gone, c.Life = true, c.Life.Bare()
	return c
}
