// Package node is an agency's own program: the table of its units, and their
// order.
//
// Holds: everything this agency was told and tells, sealed under keys that can
// be destroyed; its own keys. May reach: the hub; staff reach it on this
// machine. If compromised: what this agency knows, and what it may still
// receive until it is suspended. Other agencies' survivors are not in it.
package node

import (
	"context"
	"io"
	"net"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/node/stewards"
)

// How often the canary sings, and how often what may no longer be kept goes.
const (
	canaryEvery = time.Minute
	sweepEvery  = time.Minute
)

// Parts is what a node runs on besides its configuration. Clocks and Random
// enter here and nowhere else.
type Parts struct {
	Anchor    trust.Anchor
	Directory roster.Directory
	Book      directory.Book       // how agencies are reached
	Policy    *pdp.Engine          // the shipped rules and policy, until the stewards' is known
	Clock     func() time.Time     // the machine's, which is not believed by itself
	Ticks     func() time.Duration // monotonic time since any moment, sleep included; nil: this process's
	Random    io.Reader
	Log       obs.Log
	// Step, Hub and Registry are for tests and the demo: the first is told of each step
	// of post, the second may stand between post and the hub, the third between what
	// follows the stewards and the hub's registry, which is believed for nothing.
	Step     func(post.Step)
	Hub      func(post.Hub) post.Hub
	Registry func(stewards.Registry) stewards.Registry
	// Prepare makes the engine of a network policy of Policy's rules; nil: each node its own.
	// Many nodes in one process need not prepare the same one each.
	Prepare func(ctx context.Context, matrix []byte) (*pdp.Engine, error)
	// Stretch is consent.Code.Secret where it is nil. Every node of a network needs the
	// same, so no configuration names it: only a test of something else has another.
	Stretch consent.Stretch
}

// Node is a node that can run once.
type Node struct {
	config Config
	parts  Parts
	admin  *obs.Admin
	where  Where
}

// Where is where a running node listens.
type Where struct {
	API     net.Addr
	Admin   net.Addr
	Console string // the address people open; empty: there are no pages
}

// New makes a node. It has no side effects.
func New(c Config, p Parts) *Node {
	if p.Ticks == nil {
		p.Ticks = ticks()
	}
	if p.Stretch == nil {
		p.Stretch = consent.Code.Secret
	}
	return &Node{config: c, parts: p, admin: obs.NewAdmin()}
}

// ticks is monotonic time, by the machine's clock that goes on while it sleeps,
// or else by this process's.
func ticks() func() time.Duration {
	begun := time.Now()
	return func() time.Duration {
		if t, ok := sinceBoot(); ok {
			return t
		}
		return time.Since(begun)
	}
}

// Where is where the node listens; it is known when Run has called ready.
func (n *Node) Where() Where { return n.where }

// Run runs the node until ctx ends, or until the canary is not refused. A node
// that asks for its passphrase is ready when it is locked and can be asked
// (door.go).
func (n *Node) Run(ctx context.Context, ready func()) error {
	d := newDoor(n)
	units := append([]run.Unit{
		{Name: "admin", Run: n.runAdmin},
		{Name: "vault", Run: d.run},
		{Name: "api", Run: d.listen},
	}, n.consoles()...)
	err := run.Run(ctx, ready, units...)
	n.admin.Ready(false)
	return err
}

func (n *Node) runAdmin(ctx context.Context, ready func()) error {
	listener, err := net.Listen("tcp", n.config.Admin)
	if err != nil {
		return err
	}
	n.where.Admin = listener.Addr()
	ready()
	return obs.Serve(ctx, listener, n.admin.Handler())
}

// runCanary sings before anything can leave, whenever stewards decided
// something, and every minute. If it is not refused the node stops: better
// nothing is sent than what must not be.
func (n *Node) runCanary(ctx context.Context, u *units, ready func()) error {
	for first := true; ; first = false {
		err := u.referrals.Canary(ctx)
		if err == nil {
			err = u.needs.Canary(ctx)
		}
		if err != nil && ctx.Err() == nil {
			n.parts.Log.Alarm("the canary was not refused; the node stops", obs.Reason(err, handoff.ErrCanary))
			return err
		}
		if first {
			ready()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-u.sing:
		case <-time.After(canaryEvery):
		}
	}
}

// runSweep lets go of what may no longer be kept, at the start, when something was
// taken back, and every minute. What could not be let go is not shown, and is tried again.
func (n *Node) runSweep(ctx context.Context, now <-chan struct{}, ready func(), sweeps ...func() error) error {
	for first := true; ; first = false {
		for _, sweep := range sweeps {
			if err := sweep(); err != nil && ctx.Err() == nil {
				n.parts.Log.Alarm("what may no longer be kept could not be let go; it will be tried again", obs.Reason(err, vault.ErrClosed))
			}
		}
		if first {
			ready()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-now:
		case <-time.After(sweepEvery):
		}
	}
}
