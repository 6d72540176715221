// Package post carries events between agencies: an outbox that keeps each one
// until its recipient's signed receipt, and a mailbox that takes each one in
// once.
//
// Holds: what is not yet receipted, which statements were seen; it signs and
// opens with the agency's keys (keys). May reach: the hub. If compromised: everything
// under way from and to this agency can be read, and anything said in its name
// until its signing key is revoked.
//
// It knows no meaning: an event's type names the unit that decides again
// before each attempt to send it and that takes it in on the other side. The
// promise is in steps.go: killed between any two steps, nothing is lost and
// nothing happens twice.
package post

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Keys are this agency's own, as post needs them.
//
//  1. Signer is the key to sign with at a moment.
//  2. Identity is the private key of an epoch, until it is destroyed.
//  3. Drained notes that the mailbox was seen empty at a moment.
type Keys interface {
	Signer(now time.Time) (jose.PrivateKey, error)
	Identity(posada.Epoch) (seal.Identity, bool)
	Drained(now time.Time) error
}

// Network is what post goes by of what stewards decided.
//
//  1. Staleness is how old what is known of it is. While it is stale nothing is
//     collected, opened or sent.
//  2. Versions are the newest that are known; they go with each envelope.
//  3. Known reports whether what a sender runs is known here, having asked for
//     it. What comes of a sender that runs more stays at the hub.
type Network interface {
	Staleness() posada.Staleness
	Versions() trust.Versions
	Known(ctx context.Context, from posada.AgencyID, theirs trust.Versions) bool
}

// Config is what post needs.
type Config struct {
	Agency  posada.AgencyID
	Mailbox posada.MailboxID
	Keys    Keys
	Vault   *vault.Vault
	Hub     Hub
	Members *roster.Current
	Network Network
	// Again says that this node took the place of one that was lost: what others
	// said to that one is not missing here.
	Again  bool
	Now    func() time.Time
	Random io.Reader
	Log    obs.Log
	Count  obs.Counters
	// Refresh asks what members announced since: somebody is unknown.
	Refresh func(ctx context.Context) error
	// Less is called when something was taken in that permits less, or destroys
	// something here, and when something was stopped.
	Less func()
	// Poll is how often the mailbox is looked into where no bell rings.
	Poll time.Duration
	// Step is called between the steps of steps.go; tests set it.
	Step func(Step)
}

// Post is a running outbox and mailbox.
type Post struct {
	c     Config
	units map[event.Type]handoff.Unit
	wake  chan struct{}
	back  chan struct{} // something is to be taken back
	// less is set in a transaction that permits less, or destroys something.
	less atomic.Bool
	// review is set when everything in the outbox is to be decided on again.
	review atomic.Bool
	// reachable is set when somebody may be reachable who was not: what waits
	// to be submitted is tried now.
	reachable atomic.Bool
	// reconsidering is set when everything that is held is to be decided on
	// again.
	reconsidering atomic.Bool
	// hushed is set while nothing is sent, unsure while nothing is said of how far what
	// was said goes (Hush, Speak).
	hushed, unsure atomic.Bool
	// owed is set when somebody asked how far what we said to them goes.
	owed atomic.Bool
	// failed counts, by envelope, how often it could not be taken in for a
	// reason of ours; only the receiving goroutine looks at it.
	failed map[posada.MessageID]int
	// asked is when Refresh was last called, answeredLast whether it was answered;
	// the same goroutine's.
	asked        time.Time
	answeredLast bool
	// forgot is the day on which Sweep last looked at what was seen; only its
	// caller looks at it.
	forgot posada.Epoch
	// admittedOf are the agencies something was admitted of, or that are known up to a
	// later time, and whose held statements were not looked at since; the same
	// goroutine's.
	admittedOf map[posada.AgencyID]bool

	// unheard are the agencies of which something is held until they are heard; the same
	// goroutine's.
	unheard map[posada.AgencyID]bool

	// toldAgain is when it is next looked whom to tell that this agency is there; only
	// the sending goroutine looks at it.
	toldAgain time.Time

	mu     sync.Mutex
	asking map[posada.AgencyID]bool      // who is to be asked how far what they said goes
	heard  time.Time                     // when the hub last answered
	there  time.Time                     // since when it is there (Returned)
	parsed map[posada.AgencyID]recipient // recipient keys, parsed once each
}

// New makes a post. Units are registered before it runs.
func New(c Config) *Post {
	p := &Post{
		c: c, units: map[event.Type]handoff.Unit{}, wake: make(chan struct{}, 1), back: make(chan struct{}, 1), failed: map[posada.MessageID]int{},
		admittedOf: map[posada.AgencyID]bool{}, unheard: map[posada.AgencyID]bool{}, asking: map[posada.AgencyID]bool{}, parsed: map[posada.AgencyID]recipient{},
	}
	p.review.Store(true) // what was permitted may have become less while we were away
	p.reconsidering.Store(true)
	p.there = c.Now()
	return p
}

// Register gives a type its unit.
func (p *Post) Register(t event.Type, u handoff.Unit) { p.units[t] = u }

// Run sends and receives until ctx ends.
func (p *Post) Run(ctx context.Context, ready func()) error {
	bell, err := p.c.Hub.Listen(ctx)
	if err != nil {
		return err
	}
	ready()
	var all sync.WaitGroup
	all.Go(func() { p.sendUntil(ctx) })
	all.Go(func() { p.recallUntil(ctx) })
	all.Go(func() { p.receiveUntil(ctx, bell) })
	all.Wait()
	return nil
}

// Staleness is how old what is known of the network is.
func (p *Post) Staleness() posada.Staleness { return p.c.Network.Staleness() }

// Heard is when the hub last answered; zero where it has not since the start.
func (p *Post) Heard() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard
}

// answered notes that the hub answered.
func (p *Post) answered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard = p.c.Now()
}

// Returned says that the hub is there again. What lay there before it may have lost.
func (p *Post) Returned() {
	p.mu.Lock()
	p.there = p.c.Now()
	p.mu.Unlock()
	p.Wake()
}

// thereSince is when the hub was last there again, or this node was.
func (p *Post) thereSince() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.there
}

// Reachable tries now to submit what waits: members' keys are others.
func (p *Post) Reachable() {
	p.reachable.Store(true)
	p.Wake()
}

// Decided decides again on what waits, here and of others: what stewards decided
// is another, or this agency's own policy.
func (p *Post) Decided() {
	p.reconsidering.Store(true)
	p.review.Store(true)
	p.Reachable()
}

// Hush sends nothing until Speak: what was handed in while the node was locked is not
// known yet, and somebody may take something back in it.
func (p *Post) Hush() { p.hushed.Store(true) }

// Speak ends that. Where not all that was handed in could be carried out, nothing is said
// of how far what was said goes: it would say that nothing more was taken back.
func (p *Post) Speak(all bool) {
	p.unsure.Store(!all)
	p.hushed.Store(false)
	p.Wake()
}

// Wake makes the outbox look for work now: after a transaction that queued
// something.
func (p *Post) Wake() { run.Poke(p.wake) }

func (p *Post) step(s Step) {
	if p.c.Step != nil {
		p.c.Step(s)
	}
}
