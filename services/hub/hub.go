// Package hub is the blind hub: the table of its units, and their order.
//
// Holds: sealed envelopes of four sizes, the members' public keys, the key that
// signs receipts and the TLS key that members have pinned.
// May reach: its members on the bus; nothing else.
// If compromised: who connects and when can be seen, and mail can be dropped
// or delayed; nothing can be read, and nothing forged that a member would take
// in. The binary links nothing that opens an envelope; a test holds that.
//
// The services run in one process, or broker and connect in one and any number
// of relays in others. A process holds only the keys its own services need.
package hub

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/posada-exchange/posada/pkg/broker/embedded"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/hub/connect"
)

// Parts is what a hub runs on besides its configuration. Clock is asked for
// the time wherever the hub needs it.
type Parts struct {
	Founding    trust.Founding        // what the network began with
	Members     *roster.Roster        // the newest roster that was followed; nil: the founding one
	Newest      string                // file to remember it in; empty: nowhere
	Announced   []roster.Announcement // the registry's, before it was told any
	OnlineKey   jose.PrivateKey       // the registry's
	TLSKey      ed25519.PrivateKey    // the broker's; without one it stays on loopback
	Services    Services              // let on by connect, besides those of this process
	Policy      *pdp.Engine           // connect's
	ReceiptKey  jose.PrivateKey       // the relay's
	ServiceKeys ServiceKeys           // of a process without the broker
	Clock       func() time.Time
	Log         obs.Log
}

// Hub is a hub that can run once.
type Hub struct {
	config  Config
	parts   Parts
	members *roster.Current
	admin   *obs.Admin
	server  *embedded.Server
	where   Where
	broken  atomic.Int32 // services that cannot work now
	// published rings when the registry of this process took something in.
	published chan struct{}
	// decided rings when the follower of this process saw something new; its relay tells members.
	decided chan struct{}
}

// Where is where a running hub listens.
type Where struct {
	Bus   string // tls://…
	Admin net.Addr
}

// New makes a hub. It has no side effects.
func New(c Config, p Parts) *Hub {
	if p.Clock == nil {
		p.Clock = time.Now
	}
	if p.Members == nil {
		p.Members = p.Founding.Roster()
	}
	return &Hub{config: c, parts: p, members: roster.NewCurrent(p.Members.With(p.Announced...)), admin: obs.NewAdmin(), published: make(chan struct{}, 1), decided: make(chan struct{}, 1)}
}

// Where is where the hub listens; it is known when Run has called ready.
func (h *Hub) Where() Where { return h.where }

// Run runs the hub until ctx ends.
func (h *Hub) Run(ctx context.Context, ready func()) error {
	units, err := h.units()
	if err != nil {
		return fmt.Errorf("hub: %w", err)
	}
	err = run.Run(ctx, func() {
		h.admin.Ready(true)
		h.parts.Log.Info("hub is ready", obs.Version(h.members.Get().Version()))
		ready()
	}, units...)
	h.admin.Ready(false)
	return err
}

// units is the table of this process's units, in their order.
func (h *Hub) units() ([]run.Unit, error) {
	process, err := h.config.process()
	if err != nil {
		return nil, err
	}
	keys := h.parts.ServiceKeys
	if process.broker {
		if keys, err = NewServiceKeys(process.apart()...); err != nil {
			return nil, err
		}
	}
	h.admin.Gauge("roster_version", "The version of the roster this process goes by.", func() float64 { return float64(h.members.Get().Version()) })
	units := []run.Unit{{Name: "admin", Run: h.runAdmin}}
	if process.broker {
		units = append(units, run.Unit{Name: "broker", Run: func(ctx context.Context, ready func()) error { return h.runBroker(ctx, keys, ready) }})
	}
	if process.registry {
		units = append(units, run.Unit{Name: "registry", Run: func(ctx context.Context, ready func()) error { return h.runRegistry(ctx, keys, ready) }})
	}
	units = append(units, run.Unit{Name: "follower", Run: func(ctx context.Context, ready func()) error { return h.runFollower(ctx, keys, ready) }})
	if process.relay {
		units = append(units, run.Unit{Name: "relay", Run: func(ctx context.Context, ready func()) error { return h.runRelay(ctx, keys, ready) }})
	}
	return units, nil
}

func (h *Hub) runAdmin(ctx context.Context, ready func()) error {
	listener, err := net.Listen("tcp", h.config.Admin)
	if err != nil {
		return err
	}
	h.where.Admin = listener.Addr()
	ready()
	return obs.Serve(ctx, listener, h.admin.Handler())
}

// runBroker runs the embedded server behind the gate.
func (h *Hub) runBroker(ctx context.Context, keys ServiceKeys, ready func()) error {
	listen, err := netip.ParseAddrPort(h.config.Listen)
	if err != nil {
		return err
	}
	own, err := keys.Public()
	if err != nil {
		return err
	}
	maps.Copy(own, h.parts.Services)
	gate := connect.New(connect.Config{
		Policy: h.parts.Policy, Members: h.members, Now: h.parts.Clock, Own: own,
		Count: h.admin.Counters("connections_total", "Connections asked for, by outcome."),
	})
	h.server, err = embedded.Start(embedded.Config{Listen: listen, Key: h.parts.TLSKey, StoreDir: h.config.Store, Gate: gate})
	if err != nil {
		return err
	}
	h.where.Bus = h.server.URL()
	ready()
	<-ctx.Done()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return h.server.Stop(grace)
}
