// Package stewards follows what the stewards decided: who the members are and
// which policy is in force, and what time it is.
//
// Holds: what stewards signed, all public, and how far this node followed it.
// May reach: the hub's registry. If compromised: this node could run a roster
// and a policy that nobody decided.
//
// The registry is believed for nothing (pkg/trust). What only takes away runs
// at once; what is wider waits a day from when this node first saw it. While
// the hub has signed nothing for a day, or somebody runs what it never showed
// here, or nobody knows what time it is, knowledge is stale: nothing is opened
// or disclosed, and all work is kept.
package stewards

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Registry is what the unit asks of the hub's registry: its files, and to take
// in what stewards signed.
//
//  1. Publish returns nil when the registry has published all of it.
//  2. Restore returns nil when the registry has taken back what it had lost.
//  3. mail.ErrRefused from either: it will not.
type Registry interface {
	trust.Fetcher
	Publish(ctx context.Context, proposals ...trust.Proposal) error
	Restore(ctx context.Context, files map[string][]byte) error
}

// Config is what the unit needs.
type Config struct {
	Agency   posada.AgencyID
	Vault    *vault.Vault
	Anchor   trust.Anchor
	Registry Registry
	Clock    *trust.Clock
	Ticks    func() time.Duration // monotonic time since any moment
	Policy   *pdp.Current         // begins with the shipped rules and policy; is kept up to date
	// Prepare makes the engine of a network policy; nil: of the rules that Policy begins with.
	Prepare func(ctx context.Context, matrix []byte) (*pdp.Engine, error)
	Every   time.Duration
	Log     obs.Log
	// Changed is called with the roster that counts now, when it is another, when
	// the policy or the directory is, and when knowledge that was stale is not any more.
	Changed func(*roster.Roster)
}

// Stewards is the unit. It is safe for concurrent use.
type Stewards struct {
	c      Config
	client *trust.Client
	wake   chan struct{} // ask now
	told   chan struct{} // ask soon: the hub says that something was decided

	one   sync.Mutex // one refresh at a time
	pulse []byte     // the timestamp that was verified last

	mu      sync.Mutex // never held over a transaction
	view    trust.View
	decided decided
	base    *roster.Roster
	policy  []byte
	held    Held
	kept    trust.ClockState
	asked   time.Duration // when Known may ask again
	confirm confirmation
}

const (
	longest = time.Minute // how long one refresh may take
	// together is within what time all who were told of a decision ask for it, each at a
	// moment of its own; and so how often a hub that tells them again and again is asked.
	together = time.Second
)

// New reads how far this node followed its network, and sets Policy to what
// runs.
func New(ctx context.Context, c Config) (*Stewards, error) {
	if c.Prepare == nil {
		c.Prepare = c.Policy.Get().With
	}
	s := &Stewards{
		c: c, client: trust.NewClient(store{c.Vault}, c.Anchor.Root, ""), wake: make(chan struct{}, 1), told: make(chan struct{}, 1),
	}
	var err error
	if s.decided, err = readDecided(c.Vault); err != nil {
		return nil, fmt.Errorf("stewards: %w", err)
	}
	if s.view, err = s.client.Last(ctx); err != nil && !errors.Is(err, trust.ErrAbsent) {
		return nil, fmt.Errorf("stewards: %w", err)
	}
	if err == nil {
		if err := s.asJoined(s.view); err != nil {
			return nil, err
		}
	}
	if s.base, err = c.Anchor.Roster(); err != nil {
		return nil, fmt.Errorf("stewards: %w", err)
	}
	if _, err := s.compose(ctx); err != nil {
		return nil, fmt.Errorf("stewards: %w", err)
	}
	return s, nil
}

// Base is the roster that counts now, without what its members announced.
func (s *Stewards) Base() *roster.Roster {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.base
}

// Run follows until ctx ends. It is ready when the hub was asked once, whether
// or not it answered.
func (s *Stewards) Run(ctx context.Context, ready func()) error {
	failed := 0
	for first := true; ; first = false {
		if failed++; s.try(ctx) {
			failed = 0
		}
		if first {
			ready()
		}
		select {
		case <-ctx.Done():
			return s.keepClock()
		case <-s.wake:
		case <-s.told:
			select {
			case <-ctx.Done():
			case <-time.After(together - run.Within(together/2)):
			}
		case <-time.After(run.Again(failed, s.c.Every)):
		}
	}
}

// try refreshes, and reports whether the hub answered; that it did not is no reason to
// stop, and what it answered is no reason to ask it again before the time.
func (s *Stewards) try(ctx context.Context) (answered bool) {
	err := s.Refresh(ctx)
	if err != nil && ctx.Err() == nil {
		s.c.Log.Info("what the stewards decided could not be followed; it will be tried again", obs.Reason(err, named()...))
	}
	return !errors.Is(err, mail.ErrBusy) && !errors.Is(err, broker.ErrUnreachable) && !errors.Is(err, trust.ErrUnreachable)
}

// Wake asks again now: the hub is back.
func (s *Stewards) Wake() { run.Poke(s.wake) }

// Told asks soon: the hub says that something was decided. It is believed no more for it.
func (s *Stewards) Told() { run.Poke(s.told) }

// Refresh asks the hub what is newest, and lets run what may. What is known
// goes on taking effect when the hub does not answer: a wait that is over, a
// brake that has ended.
func (s *Stewards) Refresh(ctx context.Context) error {
	s.one.Lock()
	defer s.one.Unlock()
	stale, listed := s.Staleness() == posada.StalenessStale, s.listed()
	followed := s.follow(ctx)
	changed, applied := s.step(ctx)
	if changed || s.listed() != listed || stale && s.Staleness() != posada.StalenessStale {
		s.c.Changed(s.Base())
	}
	return errors.Join(followed, applied, s.keepClock())
}

// follow asks the hub, and tells the clock what time it signed.
func (s *Stewards) follow(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	pulse, err := s.c.Registry.Fetch(ctx, trust.PulseName, trust.MaxPulse)
	if err != nil {
		return fmt.Errorf("stewards: %w", err)
	}
	if bytes.Equal(pulse, s.pulse) {
		return nil
	}
	view, err := s.client.Refresh(ctx, trust.Showing(s.c.Registry, pulse), s.c.Clock.Reference())
	var ahead *trust.AheadError
	if errors.As(err, &ahead) {
		s.c.Clock.Heard(time.Unix(ahead.Signed, 0))
	}
	if errors.Is(err, trust.ErrChain) || errors.Is(err, trust.ErrRollback) {
		s.giveBack(ctx)
	}
	if err != nil {
		return fmt.Errorf("stewards: %w", err)
	}
	if err := s.asJoined(view); err != nil {
		return err
	}
	s.c.Clock.Heard(view.SignedAt)
	s.pulse = pulse
	s.mu.Lock()
	news := view.PolicyEdition != s.view.PolicyEdition
	s.view = view
	s.mu.Unlock()
	if news {
		s.cannotRun(view)
	}
	return nil
}

// cannotRun says once of a policy that enough stewards signed, and a hub let through,
// that no node runs it: whoever signed must hear that it came to nothing.
func (s *Stewards) cannotRun(view trust.View) {
	if _, err := pdp.MatrixVersion(view.Policy); err != nil {
		s.c.Log.Alarm("enough stewards signed a policy that does not fit the rules; this node goes on with the one before. Tell a steward", obs.Version(view.PolicyEdition.Version), obs.Reason(err, named()...))
	}
}

// giveBack offers the hub what it published and shows no more: it may have lost
// it. One that was set back on purpose refuses, and goes on being refused.
func (s *Stewards) giveBack(ctx context.Context) {
	files, err := s.client.Files(ctx)
	if err == nil {
		err = s.c.Registry.Restore(ctx, files)
	}
	if err != nil {
		s.c.Log.Alarm("the hub shows less than it published, and did not take it back; nothing of what it shows is followed", obs.Reason(err, named()...))
		return
	}
	s.c.Log.Info("the hub had lost what it published, and was given it back")
	s.Wake()
}

// asJoined refuses a network that is practice where the join code said that it
// is real, and the other way round: who joined would share the wrong data.
func (s *Stewards) asJoined(view trust.View) error {
	if view.Practice != s.c.Anchor.Practice {
		return fmt.Errorf("stewards: practice and a real network: %w", trust.ErrNetwork)
	}
	return nil
}

// Staleness is how old what is known is (trust.Fresh); while nobody knows what
// time it is, and while the hub is frozen, it is stale.
func (s *Stewards) Staleness() posada.Staleness {
	now, err := s.c.Clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || s.view.SignedAt.IsZero() || s.frozen() != "" {
		return posada.StalenessStale
	}
	return trust.Fresh(s.view.SignedAt, now)
}

// Versions are the newest that the hub has shown, whether they run or not.
func (s *Stewards) Versions() trust.Versions {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view.Versions()
}

// Publish brings what stewards signed to the hub, and follows it. It returns
// nil when the hub has it, whatever becomes of it here.
func (s *Stewards) Publish(ctx context.Context, proposals ...trust.Proposal) error {
	if err := s.c.Registry.Publish(ctx, proposals...); err != nil {
		return err
	}
	s.try(ctx)
	return nil
}

// named lists the errors whose fixed text may stand in a log line.
func named() []error {
	return append(trust.Errors(), trust.ErrDisputed, broker.ErrUnreachable, mail.ErrBusy, mail.ErrAnswer, mail.ErrRefused, pdp.ErrMatrix, pdp.ErrPolicy, vault.ErrClosed, vault.ErrDamaged)
}
