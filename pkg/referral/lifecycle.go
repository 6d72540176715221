package referral

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Side is which end of a referral somebody stands at.
type Side string

// The sides. A source collected the consent and sends; a target receives and
// serves.
const (
	Source Side = "source"
	Target Side = "target"
)

func (s Side) other() Side {
	if s == Source {
		return Target
	}
	return Source
}

// Errors of setting a state.
var (
	ErrNotYours   = errors.New("this state is the other side's to set")
	ErrNotFrom    = errors.New("a referral does not go from its present state to this one")
	ErrNeedReason = errors.New("declined needs a reason, completed an outcome, and nothing else has either")
	ErrOldMark    = errors.New("this mark was seen before")
	ErrCount      = errors.New("this mark counts marks that were never set, or too many")
)

// MaxMarks is how many marks one side may set.
const MaxMarks = 200

// Mark is one state that one side set. Each side counts its own marks from 1;
// Seen is how many of the other side's marks it had seen when it set this one.
// So any two marks are ordered, or known to have been set without knowledge of
// each other.
type Mark struct {
	State   posada.ReferralState `json:"state"`
	Reason  posada.DeclineReason `json:"reason,omitempty"`
	Outcome posada.Outcome       `json:"outcome,omitempty"`
	N       uint32               `json:"n"`
	Seen    uint32               `json:"seen"`
	At      time.Time            `json:"at"`
}

// Life is a referral's marks, each side's in the order it set them.
type Life struct {
	Source []Mark `json:"source,omitempty"`
	Target []Mark `json:"target,omitempty"`
}

// unanswered lists the states in which the source waits for the target's word.
func unanswered() []posada.ReferralState {
	return []posada.ReferralState{posada.StateSent, posada.StateAcknowledged, posada.StateReopened}
}

// Unanswered reports whether a referral in this state waits for an answer.
func Unanswered(s posada.ReferralState) bool { return slices.Contains(unanswered(), s) }

// underWay lists the states in which the target serves.
func underWay() []posada.ReferralState {
	return []posada.ReferralState{
		posada.StateAccepted, posada.StateScheduled, posada.StateArrived,
		posada.StateNoShow, posada.StateInService, posada.StateOnHold,
	}
}

// GoesOn reports whether a referral in this state waits for an answer or is being served:
// there is something to ask about it.
func GoesOn(s posada.ReferralState) bool {
	return slices.Contains(append(unanswered(), underWay()...), s)
}

// from lists, for each state, the side that may set it and the states it may
// be set from. withdrawn_by_survivor is not here: either side, from anywhere.
func from(to posada.ReferralState) (Side, []posada.ReferralState) {
	underWay := underWay()
	waiting := unanswered()
	ended := []posada.ReferralState{
		posada.StateDeclined, posada.StateCompleted, posada.StateExpired,
		posada.StateNoPlacementFound, posada.StateLostToFollowUp,
	}
	switch to {
	case posada.StateDrafted:
		return Source, []posada.ReferralState{""}
	case posada.StateConsented:
		return Source, []posada.ReferralState{posada.StateDrafted}
	case posada.StateSent:
		return Source, []posada.ReferralState{posada.StateConsented}
	case posada.StateRecalled:
		return Source, []posada.ReferralState{posada.StateSent}
	case posada.StateExpired:
		return Source, append(waiting, posada.StateConsented)
	case posada.StateNoPlacementFound:
		return Source, append(waiting, posada.StateDeclined, posada.StateExpired)
	case posada.StateLostToFollowUp:
		return Source, append(underWay, waiting...)
	case posada.StateEnteredInError:
		return Source, slices.Concat([]posada.ReferralState{posada.StateDrafted, posada.StateConsented, posada.StateRecalled}, waiting, underWay, ended)
	case posada.StateReopened:
		return Source, ended
	case posada.StateAcknowledged:
		return Target, []posada.ReferralState{posada.StateSent, posada.StateReopened}
	case posada.StateAccepted, posada.StateDeclined:
		return Target, waiting
	case posada.StateScheduled, posada.StateArrived, posada.StateNoShow,
		posada.StateInService, posada.StateOnHold, posada.StateCompleted:
		return Target, underWay
	}
	return "", nil
}

// State is where the referral stands, a function of the marks alone: of the
// last mark of each side. A mark set in knowledge of the other supersedes it;
// of two set without knowledge of each other the one that takes more back
// wins: withdrawn, then entered in error, then recalled, then the target's
// word, then the source's. Withdrawn and entered in error are never left.
func (l Life) State() posada.ReferralState {
	for _, final := range []posada.ReferralState{posada.StateWithdrawnBySurvivor, posada.StateEnteredInError} {
		if l.has(final) {
			return final
		}
	}
	s, t := last(l.Source), last(l.Target)
	switch {
	case t.State == "" || s.Seen >= t.N:
		return s.State
	case s.State == "" || t.Seen >= s.N:
		return t.State
	case s.State == posada.StateRecalled:
		return s.State
	default:
		return t.State
	}
}

// Add is the life with one more state, set by side now. It refuses what that
// side may not set from here.
func (l Life) Add(side Side, m Mark) (Life, Mark, error) {
	if err := l.may(side, m); err != nil {
		return l, Mark{}, err
	}
	m.N, m.Seen = last(l.marks(side)).N+1, last(l.marks(side.other())).N
	return l.with(side, m), m, nil
}

// Merge is the life with a mark that side set elsewhere. It checks whose state
// it is; from where it was set was the setter's to know, who may have seen
// marks that have not come here yet. A mark seen before is ErrOldMark. One that
// claims to have seen more of the other side's marks than are here is ErrCount:
// it is told to the side that set those, and would beat whatever that sets next.
func (l Life) Merge(side Side, m Mark) (Life, error) {
	if m.N == 0 || slices.ContainsFunc(l.marks(side), func(o Mark) bool { return o.N == m.N }) {
		return l, ErrOldMark
	}
	// That she took it back counts whatever its setter had seen and however full
	// its side is.
	if m.State != posada.StateWithdrawnBySurvivor && (m.N > MaxMarks || m.Seen > last(l.marks(side.other())).N) || m.N > MaxMarks+1 {
		return l, ErrCount
	}
	if owner, _ := from(m.State); owner != side && m.State != posada.StateWithdrawnBySurvivor {
		return l, ErrNotYours
	}
	if !m.complete() {
		return l, ErrNeedReason
	}
	return l.with(side, m), nil
}

func (l Life) may(side Side, m Mark) error {
	now := l.State()
	if m.State == posada.StateWithdrawnBySurvivor {
		if now == posada.StateWithdrawnBySurvivor {
			return ErrNotFrom
		}
		return nil
	}
	owner, states := from(m.State)
	switch {
	case owner != side:
		return ErrNotYours
	case !slices.Contains(states, now) || last(l.marks(side)).N >= MaxMarks:
		return ErrNotFrom
	case !m.complete():
		return ErrNeedReason
	}
	return nil
}

// complete reports whether a declined mark has its reason, a completed one its
// outcome, and no other either.
func (m Mark) complete() bool {
	return (m.Reason != "") == (m.State == posada.StateDeclined) &&
		(m.Outcome != "") == (m.State == posada.StateCompleted)
}

func (l Life) has(state posada.ReferralState) bool {
	is := func(m Mark) bool { return m.State == state }
	return slices.ContainsFunc(l.Source, is) || slices.ContainsFunc(l.Target, is)
}

func (l Life) marks(side Side) []Mark {
	if side == Source {
		return l.Source
	}
	return l.Target
}

// with copies before it adds: lives are values.
func (l Life) with(side Side, m Mark) Life {
	marks := append(slices.Clone(l.marks(side)), m)
	slices.SortFunc(marks, func(a, b Mark) int { return cmp.Compare(a.N, b.N) })
	if side == Source {
		l.Source = marks
	} else {
		l.Target = marks
	}
	return l
}

func last(marks []Mark) Mark {
	if len(marks) == 0 {
		return Mark{}
	}
	return marks[len(marks)-1]
}
