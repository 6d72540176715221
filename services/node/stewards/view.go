package stewards

import (
	"context"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
)

// Knowledge is what this node knows of its network.
type Knowledge struct {
	View   trust.View
	Roster trust.Activation
	Policy trust.Activation
	Age    posada.Staleness
	Held   Held // what was signed and does not count here
	// Frozen is a member that runs what the hub never showed here; empty: none.
	Frozen posada.AgencyID
	// Dispute is what disagrees about the time; nil: nothing.
	Dispute *trust.DisputeError
	Member  bool // the roster has this node's agency, in good standing
}

// Knowledge is what this node knows now.
func (s *Stewards) Knowledge() Knowledge {
	k := Knowledge{Age: s.Staleness(), Dispute: s.Dispute()}
	s.mu.Lock()
	defer s.mu.Unlock()
	k.View, k.Roster, k.Policy, k.Held, k.Frozen = s.view, s.decided.Roster, s.decided.Policy, s.held, s.frozen()
	k.Member = s.base.Standing(s.c.Agency) == posada.StandingActive
	return k
}

// Waiting is the policy that enough stewards signed and that does not run yet, less what
// brakes hold of it now; version 0: there is none.
func (s *Stewards) Waiting() (trust.Edition, []byte) {
	s.mu.Lock()
	view, waits := s.view, s.decided.Policy.Candidate
	s.mu.Unlock()
	if waits.Version == 0 || waits.Version != view.PolicyEdition.Version {
		return trust.Edition{}, nil
	}
	text, err := braked(view.Policy, view, s.now(view))
	if err != nil {
		return waits, view.Policy // whoever asks it finds what is wrong with it
	}
	return waits, text
}

// Directory is the sealed directory that stewards signed last, and which edition it is;
// version 0: there is none. It counts as soon as it is known; what it permits waits (Counts).
func (s *Stewards) Directory(ctx context.Context) (trust.Edition, []byte, error) {
	edition := s.listed()
	if edition.Version == 0 {
		return edition, nil, nil
	}
	all, err := s.client.InForce(ctx)
	return edition, all[trust.RoleDirectory].Target, err
}

// Counts reports whether something that an edition of the directory permits of one agency,
// read here since a moment, counts now: never while nobody knows what time it is.
func (s *Stewards) Counts(of trust.Edition, agency posada.AgencyID, since time.Time) bool {
	now, err := s.c.Clock.Now()
	if err != nil {
		return false
	}
	s.mu.Lock()
	view := s.view
	s.mu.Unlock()
	return trust.Counts(of, agency, since, trust.Sighting{Practice: view.Practice, Brakes: view.Brakes, Now: now})
}

func (s *Stewards) listed() trust.Edition {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view.Directory
}

// InForce is what stewards signed last, by role.
func (s *Stewards) InForce(ctx context.Context) (map[trust.Role]trust.Proposal, error) {
	return s.client.InForce(ctx)
}

// Tables are the network's table as stewards signed it: the one that runs here, which is
// empty while none was decided, and the one that waits, if any does.
func (s *Stewards) Tables() (running, waiting []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.decided.Policy.Candidate; c.Version != 0 && c == s.view.PolicyEdition {
		waiting = s.view.Policy
	}
	return s.decided.PolicyText, waiting
}
