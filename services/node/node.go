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
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/registry"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/consents"
	"github.com/posada-exchange/posada/services/node/gateway"
	"github.com/posada-exchange/posada/services/node/keys"
	"github.com/posada-exchange/posada/services/node/members"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/node/referrals"
	"github.com/posada-exchange/posada/services/node/staff"
)

// How often the canary sings, and how often what may no longer be kept goes.
const (
	canaryEvery = time.Minute
	sweepEvery  = time.Minute
)

// Parts is what a node runs on besides its configuration. Clock and Random
// enter here and nowhere else.
type Parts struct {
	Members   *roster.Roster
	Directory roster.Directory
	Policy    *pdp.Engine
	Clock     func() time.Time
	Random    io.Reader
	Log       obs.Log
	// Step and Hub are for tests: the first is told of each step of post, the
	// second may stand between post and the hub.
	Step func(post.Step)
	Hub  func(post.Hub) post.Hub
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
	API   net.Addr
	Admin net.Addr
}

// New makes a node. It has no side effects.
func New(c Config, p Parts) *Node { return &Node{config: c, parts: p, admin: obs.NewAdmin()} }

// Where is where the node listens; it is known when Run has called ready.
func (n *Node) Where() Where { return n.where }

// Run runs the node until ctx ends, or until the canary is not refused. A node
// that asks for its passphrase is ready when it is locked and can be asked
// (door.go).
func (n *Node) Run(ctx context.Context, ready func()) error {
	d := newDoor(n)
	err := run.Run(ctx, ready,
		run.Unit{Name: "admin", Run: n.runAdmin},
		run.Unit{Name: "vault", Run: d.run},
		run.Unit{Name: "api", Run: d.listen},
	)
	n.admin.Ready(false)
	return err
}

// units is the node's units, wired.
type units struct {
	keys      *keys.Keys
	line      *broker.Line
	bus       *post.Bus
	members   *members.Members
	post      *post.Post
	referrals *referrals.Referrals
	gateway   *gateway.Gateway
	wired     atomic.Bool // all of them are made
}

// ErrNotMember says that the roster does not have this node's agency, or has it
// with other keys.
var ErrNotMember = errors.New("this node's agency is not in the roster as it is here")

// units makes the node's units and wires them.
func (n *Node) units(v *vault.Vault) (u *units, err error) {
	p := n.parts
	u = &units{}
	if u.keys, err = keys.New(v, p.Random); err != nil {
		return u, err
	}
	me := u.keys.Member()
	if member, err := p.Members.Agency(me.ID); err != nil || u.keys.Network() != p.Members.Network() || member.Identity.ID() != me.Identity.ID() {
		return u, ErrNotMember
	}
	connection, err := u.keys.Connection(p.Clock())
	if err != nil {
		return u, err
	}
	if u.line, err = broker.NewLine(broker.Dialing{
		URL: n.config.Hub, Pins: roster.Pinned(p.Members.Hub().Pins...), Agency: me.ID, Seed: connection.Seed, Statement: connection.Statement, Changed: u.reconnected,
	}); err != nil {
		return u, err
	}
	u.bus = post.NewBus(u.line, p.Members.Network(), p.Members.Hub().Receipt)
	hub := post.Hub(u.bus)
	if p.Hub != nil {
		hub = p.Hub(hub)
	}
	current := roster.NewCurrent(p.Members)
	u.members, err = members.New(members.Config{
		Agency: me.ID, Vault: v, Registry: registry.New(u.line), Own: u.keys, Base: p.Members, Current: current,
		Now: p.Clock, Log: p.Log, Every: n.config.Sync, Connect: func(ctx context.Context) { n.connect(ctx, u) }, Changed: func() { u.post.Reachable() },
	})
	if err != nil {
		return u, err
	}
	u.post = post.New(post.Config{
		Agency: me.ID, Mailbox: me.Mailbox, Keys: u.keys, Vault: v, Hub: hub, Members: current, Policy: p.Policy.Version(),
		Now: p.Clock, Random: p.Random, Log: p.Log, Poll: n.config.Poll, Step: p.Step, Refresh: u.members.Refresh,
		Count: n.admin.Counters("post_total", "Envelopes and statements, by what became of them."),
	})
	kept := consents.New(consents.Config{Agency: me.ID, Keys: u.keys, Vault: v, Members: current, Now: p.Clock, Random: p.Random, Changed: u.post.Review})
	u.referrals = referrals.New(referrals.Config{
		Agency: me.ID, Vault: v, Members: current, Policy: p.Policy, Consents: kept, Post: u.post, Now: p.Clock, Random: p.Random,
	})
	u.post.Register(event.TypeReferral, u.referrals)
	u.post.Register(event.TypeMark, u.referrals)
	u.gateway = gateway.New(gateway.Config{
		Agency: me.ID, Members: current, Directory: p.Directory, Policy: p.Policy,
		Staff: people{staff.New(v, p.Random, p.Clock)}, Consents: kept, Referrals: u.referrals,
		Health: health{vault: v, post: u.post, line: u.line}, Log: p.Log,
	})
	u.wired.Store(true)
	return u, nil
}

// reconnected asks for keys and for mail when the hub is there again. The first
// time may be before the units are made; they ask at their start.
func (u *units) reconnected(connected bool) {
	if connected && u.wired.Load() {
		u.members.Wake()
		u.bus.Ring()
	}
}

// connect goes over to the key that is to be connected with now.
func (n *Node) connect(ctx context.Context, u *units) {
	connection, err := u.keys.Connection(n.parts.Clock())
	if err == nil {
		err = u.line.Rekey(ctx, connection.Seed, connection.Statement)
	}
	if err != nil {
		n.parts.Log.Alarm("the key to connect with could not be turned over; it will be tried again", obs.Reason(err, keys.ErrNoKey, broker.ErrUnreachable))
	}
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

// runCanary sings before anything else is ready, and every minute. If it is
// not refused the node stops: better nothing is sent than what must not be.
func (n *Node) runCanary(ctx context.Context, r *referrals.Referrals, ready func()) error {
	for first := true; ; first = false {
		if err := r.Canary(ctx); err != nil && ctx.Err() == nil {
			n.parts.Log.Alarm("the canary was not refused; the node stops", obs.Reason(err, referrals.ErrCanary))
			return err
		}
		if first {
			ready()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(canaryEvery):
		}
	}
}

// runSweep lets go of what may no longer be kept, at the start and every
// minute. What could not be let go is not shown, and is tried again.
func (n *Node) runSweep(ctx context.Context, ready func(), sweeps ...func() error) error {
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
		case <-time.After(sweepEvery):
		}
	}
}
