package trust

import (
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Compose is what is allowed: the base minus every brake that holds. A
// suspended member stays in the roster, so that it is told and its withdrawals
// still count. It adds nobody and re-activates nobody.
func Compose(base roster.Snapshot, brakes []SeenBrake, now time.Time) roster.Snapshot {
	base.Agencies = slices.Clone(base.Agencies)
	for _, b := range unexpired(brakes, now) {
		for i, a := range base.Agencies {
			if (a.Standing == posada.StandingActive || a.Standing == posada.StandingJoining) && slices.Contains(b.Brake.Suspend, a.ID) {
				base.Agencies[i].Standing = posada.StandingSuspended
			}
		}
	}
	return base
}

// Suspended reports whether an unexpired brake suspends an agency, which need be no member.
func Suspended(brakes []SeenBrake, id posada.AgencyID, now time.Time) bool {
	return slices.ContainsFunc(unexpired(brakes, now), func(b SeenBrake) bool { return slices.Contains(b.Brake.Suspend, id) })
}

// Wider reports whether anything is allowed in next that old did not allow. It
// errs towards yes. Steps that are not wider never add up to one that is: if
// neither b is wider than a nor c than b, c is not wider than a.
func Wider(old, next roster.Snapshot) bool {
	if old.Network != next.Network || old.Hub.Operator != next.Hub.Operator || old.Hub.Receipt.ID() != next.Hub.Receipt.ID() {
		return true
	}
	// No pin at all is loopback alone, so any is more.
	if slices.ContainsFunc(next.Hub.Pins, func(p roster.Pin) bool { return !p.In(old.Hub.Pins) }) {
		return true
	}
	before, unique := byID(old)
	after, once := byID(next)
	if !once || !unique {
		return true
	}
	for id, a := range after {
		// A row is never nothing: in it a body that was left out could come back
		// as another than it was.
		if _, listed := before[id]; !listed || widerMember(before[id], a) {
			return true
		}
	}
	return len(Freed(old, next)) > 0
}

func byID(s roster.Snapshot) (map[posada.AgencyID]roster.Agency, bool) {
	members := make(map[posada.AgencyID]roster.Agency, len(s.Agencies))
	for _, a := range s.Agencies {
		members[a.ID] = a
	}
	return members, len(members) == len(s.Agencies)
}

// rank orders standings by what they allow.
func rank(s posada.Standing) int {
	switch s {
	case posada.StandingActive:
		return 2
	case posada.StandingSuspended:
		return 1
	}
	return 0
}

func widerMember(old, next roster.Agency) bool {
	switch {
	case rank(next.Standing) == 0:
		return false // nothing is left to it, whatever its row says
	case rank(next.Standing) > rank(old.Standing):
		return true
	case next.Class != old.Class && !next.Class.Distrusted():
		return true
	}
	return next.Identity.ID() != old.Identity.ID() || next.Mailbox != old.Mailbox
}
