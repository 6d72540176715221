package stewards

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// step lets run of the newest what may, and composes what counts: the base that
// runs minus every brake. It reports whether anything is another than before.
func (s *Stewards) step(ctx context.Context) (changed bool, err error) {
	s.mu.Lock()
	view, before := s.view, s.decided
	s.mu.Unlock()
	if view.RosterEdition.Version == 0 {
		return false, nil // nothing was heard of yet
	}
	next, err := advance(before, view, s.now(view), s.settled())
	if err != nil {
		return false, err
	}
	if !next.same(before) {
		if err := next.write(s.c.Vault); err != nil {
			return false, fmt.Errorf("stewards: %w", err)
		}
		s.mu.Lock()
		s.decided = next
		s.mu.Unlock()
		if next.Roster.Running != before.Roster.Running {
			s.takenApart(next, view)
		}
	}
	return s.compose(ctx)
}

// takenApart says of a roster that begins to run that not all of it does.
func (s *Stewards) takenApart(d decided, view trust.View) {
	running, err := d.running()
	if err != nil || d.Roster.Running.Version != view.RosterEdition.Version || running.Same(view.Roster) {
		return
	}
	s.c.Log.Alarm("enough stewards signed a list of members of which not all counts here: somebody leaves a distrusted class together with something else that is allowed more, somebody distrusted was left out, or nobody speaks for who joins. Tell a steward", obs.Version(view.RosterEdition.Version))
}

// settled reports whether what is wider may begin to run: not while nobody
// knows what time it is.
func (s *Stewards) settled() bool {
	_, err := s.c.Clock.Now()
	return err == nil
}

// now is the trusted time; while there is none, the time the hub signed last,
// by which a clock that was moved ends no brake.
func (s *Stewards) now(view trust.View) time.Time {
	if now, err := s.c.Clock.Now(); err == nil {
		return now
	}
	return view.SignedAt
}

// advance is what runs after a look at a view: pure.
func advance(d decided, view trust.View, now time.Time, settled bool) (decided, error) {
	var err error
	if d.Roster, d.RosterText, err = d.roster(view, now, settled); err != nil {
		return d, err
	}
	d.Policy, d.PolicyText = d.policy(view, now, settled)
	for from, claimed := range d.Claims {
		if !trust.Behind(view.Versions(), claimed) {
			d = d.without(from)
		}
	}
	return d, nil
}

func (d decided) roster(view trust.View, now time.Time, settled bool) (trust.Activation, []byte, error) {
	wider, newest := d.Roster.Running.Version == 0, view.Roster
	if !wider {
		running, err := d.running()
		if err != nil {
			return d.Roster, d.RosterText, err
		}
		newest = trust.Taken(running, newest, d.widerPolicy(view))
		wider = trust.Wider(running, newest)
	}
	next := step(d.Roster, trust.Sighting{Newest: view.RosterEdition, Wider: wider, Practice: view.Practice, Brakes: view.Brakes, Now: now}, settled)
	if next.Running == d.Roster.Running {
		return next, d.RosterText, nil
	}
	text, err := roster.Write(newest)
	return next, text, err
}

// widerPolicy reports whether the newest policy, if it is one, allows more than
// the one that runs.
func (d decided) widerPolicy(view trust.View) bool {
	_, err := pdp.MatrixVersion(view.Policy)
	return err == nil && d.Policy.Running.Version != 0 && d.allowsMore(view.Policy)
}

// allowsMore reports whether a policy allows more than the one that runs. At most looks it
// is the same one.
func (d decided) allowsMore(text []byte) bool {
	return !bytes.Equal(d.PolicyText, text) && pdp.Wider(d.PolicyText, text)
}

func (d decided) policy(view trust.View, now time.Time, settled bool) (trust.Activation, []byte) {
	if _, err := pdp.MatrixVersion(view.Policy); err != nil {
		return d.Policy, d.PolicyText // stewards signed what is no policy of ours: it never runs
	}
	wider := d.Policy.Running.Version == 0 || d.allowsMore(view.Policy)
	next := step(d.Policy, trust.Sighting{Newest: view.PolicyEdition, Wider: wider, Practice: view.Practice, Brakes: view.Brakes, Now: now}, settled)
	if next.Running == d.Policy.Running {
		return next, d.PolicyText
	}
	return next, view.Policy
}

// step is trust's, but that nothing wider begins to run while the clock is
// disputed. At first contact there is nothing yet to be wider than.
func step(a trust.Activation, s trust.Sighting, settled bool) trust.Activation {
	next := a.Step(s)
	if !settled && s.Wider && a.Running.Version != 0 && next.Running != a.Running {
		return a
	}
	return next
}

// compose makes what counts of what runs, and lets it count.
func (s *Stewards) compose(ctx context.Context) (changed bool, err error) {
	s.mu.Lock()
	view, d, base, policy := s.view, s.decided, s.base, s.policy
	s.mu.Unlock()
	if d.Roster.Running.Version == 0 || d.Policy.Running.Version == 0 {
		return false, nil
	}
	now := s.now(view)
	running, err := d.running()
	if err != nil {
		return false, err
	}
	members, err := roster.New(trust.Compose(d.joining(running, view, now), view.Brakes, now))
	if err != nil {
		return false, fmt.Errorf("stewards: %w", err)
	}
	matrix, err := braked(d.PolicyText, view, now)
	if err != nil {
		return false, fmt.Errorf("stewards: %w", err)
	}
	held := d.held(running, view)
	if !bytes.Equal(matrix, policy) {
		engine, err := s.c.Prepare(ctx, matrix)
		if err != nil {
			return false, fmt.Errorf("stewards: %w", err)
		}
		if err := s.c.Policy.Set(ctx, engine); err != nil {
			return false, fmt.Errorf("stewards: %w", err)
		}
		changed = true
	}
	if !members.Same(base) {
		changed = true
		s.c.Log.Info("the roster is another now", obs.Version(members.Version()))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base, s.policy, s.held = members, matrix, held
	return changed, nil
}

// joining is the roster that runs, and in it whoever joins by the one that waits: until that
// runs, they are asked and given nothing. Nobody is where somebody objects to it.
func (d decided) joining(running roster.Snapshot, view trust.View, now time.Time) roster.Snapshot {
	waits := d.Roster.Candidate
	if waits.Version == 0 || waits != view.RosterEdition || trust.Objected(view.Brakes, waits.Digest, now) {
		return running
	}
	return trust.Joining(running, view.Roster)
}

// braked is a network policy less what brakes hold of it.
func braked(text []byte, view trust.View, now time.Time) ([]byte, error) {
	return pdp.Never(text, trust.Nevers(view.Brakes, now)...)
}

var errNothingRuns = errors.New("no roster runs yet")

// running is the roster that runs, before brakes.
func (d decided) running() (roster.Snapshot, error) {
	if d.Roster.Running.Version == 0 {
		return roster.Snapshot{}, errNothingRuns
	}
	r, err := roster.Read(d.RosterText)
	if err != nil {
		return roster.Snapshot{}, fmt.Errorf("the roster that runs: %w", err)
	}
	return r.Snapshot(), nil
}
