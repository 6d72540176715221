package stewards

import (
	"context"
	"time"

	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
)

// askAgain is the least time between two questions because of what somebody
// claims: any member can claim anything.
const askAgain = 5 * time.Second

// Known reports whether the hub has shown this node what a sender runs. Where
// it has not, the hub is asked at once; where it then still has not, it is
// frozen, for this node at least: knowledge is stale until it shows it, and
// what came waits at the hub.
//
// A member who lies about it can stop this node so. Its envelope says who it
// is, status says it too, and one steward's brake ends it: what a suspended
// member claims does not count, nor what a member of a distrusted class does,
// whom nobody would suspend for it.
func (s *Stewards) Known(ctx context.Context, from posada.AgencyID, theirs trust.Versions) bool {
	if !trust.Behind(s.Versions(), theirs) || !s.counts(from) {
		return true
	}
	s.mu.Lock()
	ask := s.c.Ticks() >= s.asked
	if ask {
		s.asked = s.c.Ticks() + askAgain
	}
	s.mu.Unlock()
	if !ask {
		return false // nothing is said of a hub that was not asked
	}
	s.try(ctx)
	if !trust.Behind(s.Versions(), theirs) {
		return true
	}
	if ctx.Err() != nil {
		return false // the hub had no time to answer: that says nothing of it, nor that it may be believed
	}
	s.claim(from, theirs)
	return false
}

// claim writes down that a member runs what this node was never shown.
func (s *Stewards) claim(from posada.AgencyID, theirs trust.Versions) {
	s.one.Lock()
	defer s.one.Unlock()
	s.mu.Lock()
	next, known := s.decided.with(from, theirs), s.decided.Claims[from] == theirs
	s.mu.Unlock()
	if known {
		return
	}
	s.c.Log.Alarm("a member runs what the hub never showed this node: the hub is frozen, or the member lies; nothing is opened or sent until it shows it. posada status names the member; tell a steward")
	if err := next.write(s.c.Vault); err != nil {
		s.c.Log.Alarm("that the hub is frozen could not be kept", obs.Reason(err, named()...))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decided = next
}

// counts reports whether what a member claims counts.
func (s *Stewards) counts(from posada.AgencyID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.claimCounts(from)
}

func (s *Stewards) claimCounts(from posada.AgencyID) bool {
	member, err := s.base.Agency(from)
	return err == nil && member.Standing == posada.StandingActive && !member.Class.Distrusted()
}

// frozen is a member whose claim counts and is not met; empty where there is
// none. The caller holds mu.
func (s *Stewards) frozen() posada.AgencyID {
	for from, claimed := range s.decided.Claims {
		if s.claimCounts(from) && trust.Behind(s.view.Versions(), claimed) {
			return from
		}
	}
	return ""
}
