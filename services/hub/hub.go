// Package hub is the blind hub: the table of its units, and their order.
//
// Holds: sealed envelopes of four sizes, the members' public keys, and the key
// that signs receipts.
// May reach: its members on the bus; nothing else.
// If compromised: who connects and when can be seen, and mail can be dropped
// or delayed; nothing can be read, and nothing forged that a member would take
// in. The binary links nothing that opens an envelope; a test holds that.
package hub

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/broker/embedded"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/services/hub/connect"
	"github.com/posada-exchange/posada/services/hub/relay"
)

// Parts is what a hub runs on besides its configuration. Clock is asked for
// the time wherever the hub needs it.
type Parts struct {
	Members    *roster.Roster
	ReceiptKey jose.PrivateKey
	Policy     *pdp.Engine
	Clock      func() time.Time
	Log        obs.Log
}

// Hub is a hub that can run once.
type Hub struct {
	config Config
	parts  Parts
	admin  *obs.Admin
	server *embedded.Server
	where  Where
}

// Where is where a running hub listens.
type Where struct {
	Bus   string // nats://…
	Admin net.Addr
}

// New makes a hub. It has no side effects.
func New(c Config, p Parts) *Hub {
	if p.Clock == nil {
		p.Clock = time.Now
	}
	return &Hub{config: c, parts: p, admin: obs.NewAdmin()}
}

// Where is where the hub listens; it is known when Run has called ready.
func (h *Hub) Where() Where { return h.where }

// Run runs the hub until ctx ends.
func (h *Hub) Run(ctx context.Context, ready func()) error {
	keys, err := newServiceKeys()
	if err != nil {
		return fmt.Errorf("hub: %w", err)
	}
	err = run.Run(ctx, func() {
		h.admin.Ready(true)
		h.parts.Log.Info("hub is ready", obs.Version(h.parts.Members.Version()))
		ready()
	},
		run.Unit{Name: "admin", Run: h.runAdmin},
		run.Unit{Name: "broker", Run: func(ctx context.Context, ready func()) error { return h.runBroker(ctx, keys, ready) }},
		run.Unit{Name: "relay", Run: func(ctx context.Context, ready func()) error { return h.runRelay(ctx, keys, ready) }},
	)
	h.admin.Ready(false)
	return err
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
func (h *Hub) runBroker(ctx context.Context, keys serviceKeys, ready func()) error {
	listen, err := netip.ParseAddrPort(h.config.Listen)
	if err != nil {
		return err
	}
	gate := connect.New(connect.Config{
		Policy: h.parts.Policy, Members: h.parts.Members, Own: keys.kinds(),
		Count: h.admin.Counters("connections_total", "Connections asked for, by outcome."),
	})
	h.server, err = embedded.Start(embedded.Config{Listen: listen, StoreDir: h.config.Store, Gate: gate})
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

// runRelay gives the relay its three connections.
func (h *Hub) runRelay(ctx context.Context, keys serviceKeys, ready func()) error {
	connections := map[pdp.ConnectionKind]*broker.Conn{}
	defer func() {
		for _, c := range connections {
			c.Close()
		}
	}()
	for kind, key := range keys {
		c, err := h.server.Dial(key.seed)
		if err != nil {
			return err
		}
		connections[kind] = c
	}
	return relay.New(relay.Config{
		Answers: connections[pdp.KindRelay], Store: connections[pdp.KindRelayStore], Doorbell: connections[pdp.KindDoorbell],
		Members: h.parts.Members, Key: h.parts.ReceiptKey, Now: h.parts.Clock,
		Shards: h.config.Shards, PerSecond: h.config.PerSecond, Burst: h.config.Burst, MaxBytes: h.config.MaxBytes,
		Count: h.admin.Counters("relay_total", "Requests of members, by kind and outcome."),
	}).Run(ctx, ready)
}

// serviceKeys are the hub's own connection keys. They are made at each start
// and never leave the process: there is nothing to steal between starts.
type serviceKeys map[pdp.ConnectionKind]serviceKey

type serviceKey struct {
	seed   []byte
	public string
}

func newServiceKeys() (serviceKeys, error) {
	keys := serviceKeys{}
	var problems []error
	for _, kind := range []pdp.ConnectionKind{pdp.KindRelay, pdp.KindRelayStore, pdp.KindDoorbell} {
		seed, public, err := broker.NewKey()
		problems = append(problems, err)
		keys[kind] = serviceKey{seed: seed, public: public}
	}
	return keys, errors.Join(problems...)
}

func (k serviceKeys) kinds() map[string]pdp.ConnectionKind {
	own := map[string]pdp.ConnectionKind{}
	for kind, key := range k {
		own[key.public] = kind
	}
	return own
}
