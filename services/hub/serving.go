package hub

import (
	"context"
	"errors"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/hub/registry"
	"github.com/posada-exchange/posada/services/hub/relay"
)

// connections are a service's connections to the bus, one a kind.
type connections struct {
	of map[pdp.ConnectionKind]*broker.Conn
	// changed rings when one of them is lost or back.
	changed chan struct{}
}

func (c connections) close() {
	for _, conn := range c.of {
		conn.Close()
	}
}

func (c connections) all() bool {
	for _, conn := range c.of {
		if !conn.Connected() {
			return false
		}
	}
	return true
}

// connections dials as each kind: within the process where the broker is in
// it, else where the configuration says it is.
func (h *Hub) connections(keys ServiceKeys, kinds []pdp.ConnectionKind) (connections, error) {
	c := connections{of: map[pdp.ConnectionKind]*broker.Conn{}, changed: make(chan struct{}, 1)}
	for _, kind := range kinds {
		conn, err := h.dial(keys[kind], func(bool) { run.Poke(c.changed) })
		if err != nil {
			c.close()
			return c, err
		}
		c.of[kind] = conn
	}
	return c, nil
}

func (h *Hub) dial(seed []byte, changed func(bool)) (*broker.Conn, error) {
	if h.server != nil {
		return h.server.Dial(seed)
	}
	h.where.Bus = h.config.NATS
	pins := func() []roster.Pin { return h.members.Get().Hub().Pins }
	return broker.Dial(broker.Dialing{URL: h.config.NATS, Pins: pins, Seed: seed, Changed: changed})
}

// service is what answers members from streams of its own.
type service interface {
	Run(ctx context.Context, ready func()) error
	// Restore makes the streams again, where the broker came back without.
	Restore(ctx context.Context) error
}

var (
	_ service = (*relay.Relay)(nil)
	_ service = (*registry.Registry)(nil)
)

// runRelay gives the relay its connections.
func (h *Hub) runRelay(ctx context.Context, keys ServiceKeys, ready func()) error {
	return h.serve(ctx, keys, []pdp.ConnectionKind{pdp.KindRelay, pdp.KindRelayStore, pdp.KindDoorbell}, ready, func(of map[pdp.ConnectionKind]*broker.Conn) service {
		return relay.New(relay.Config{
			Answers: of[pdp.KindRelay], Store: of[pdp.KindRelayStore], Doorbell: of[pdp.KindDoorbell],
			Members: h.members, Decided: h.decided, Key: h.parts.ReceiptKey, Now: h.parts.Clock, Relays: h.config.Relays,
			Shards: h.config.Shards, PerSecond: h.config.PerSecond, Burst: h.config.Burst, MaxBytes: h.config.MaxBytes,
			Count: h.admin.Counters("relay_total", "Requests of members, by kind and outcome."),
		})
	})
}

// runRegistry gives the registry its connections.
func (h *Hub) runRegistry(ctx context.Context, keys ServiceKeys, ready func()) error {
	return h.serve(ctx, keys, []pdp.ConnectionKind{pdp.KindRegistry, pdp.KindRegistryStore}, ready, func(of map[pdp.ConnectionKind]*broker.Conn) service {
		return registry.New(registry.Config{
			Answers: of[pdp.KindRegistry], Store: of[pdp.KindRegistryStore], Members: h.members, Now: h.parts.Clock,
			Online: h.parts.OnlineKey, Founding: h.parts.Founding.Proposals, Policy: trust.Policy{Fits: policyFits, Wider: pdp.Wider, Says: policySays}, Renew: h.config.Renew,
			Log: h.parts.Log, Published: func() { run.Poke(h.published) },
			Count: h.admin.Counters("registry_total", "Questions of members, by outcome."),
		})
	})
}

// serve connects, runs a service, and watches over its connections. A broker
// elsewhere is waited for, and when it was away and is back, the service makes
// its streams again: it may have come back without them.
func (h *Hub) serve(ctx context.Context, keys ServiceKeys, kinds []pdp.ConnectionKind, ready func(), with func(map[pdp.ConnectionKind]*broker.Conn) service) error {
	c, err := h.connections(keys, kinds)
	if err != nil {
		return err
	}
	defer c.close()
	if !h.reached(ctx, c) {
		return nil
	}
	s := with(c.of)
	watching, stop := context.WithCancel(ctx)
	watched, started := make(chan struct{}), make(chan struct{})
	defer func() { stop(); <-watched }()
	go func() { defer close(watched); h.watch(watching, c, s, started) }()
	return s.Run(ctx, func() { close(started); ready() })
}

// reached waits until the bus has let all connections on; false is that ctx
// ended before.
func (h *Hub) reached(ctx context.Context, c connections) bool {
	for tick := 0; !c.all(); tick++ {
		if tick == 100 {
			h.parts.Log.Info("the broker does not answer yet, or does not know these service keys")
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(50 * time.Millisecond):
		}
	}
	return true
}

// watch says whether a service can work, as its connections come and go, and
// makes its streams again when they are back.
func (h *Hub) watch(ctx context.Context, c connections, s service, started <-chan struct{}) {
	select {
	case <-started:
	case <-ctx.Done():
		return
	}
	for was := true; ; {
		select {
		case <-ctx.Done():
			return
		case <-c.changed:
		}
		whole := c.all()
		for whole && ctx.Err() == nil {
			if err := s.Restore(ctx); err == nil {
				break
			} else if ctx.Err() == nil {
				h.parts.Log.Info("the streams could not be opened; it will be tried again", obs.Reason(err, broker.ErrUnreachable))
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
			whole = c.all()
		}
		if whole != was {
			h.broken.Add(map[bool]int32{true: -1, false: 1}[whole])
			was = whole
		}
		h.admin.Ready(h.broken.Load() == 0)
	}
}

// policySays holds what stewards signed of a policy against the difference it makes here.
func policySays(old, next []byte, said *trust.Said) error {
	follows, difference, err := prove.Differs(old, next)
	if err == nil && (said == nil || said.Follows != follows || said.Difference != difference) {
		err = errors.New("what is signed of the policy is not what it comes to")
	}
	return err
}

// policyFits holds a policy that stewards signed against the rules' schema.
func policyFits(version uint64, text []byte) error {
	got, err := pdp.MatrixVersion(text)
	if err == nil && got != version {
		err = errors.New("the policy has another version than its document")
	}
	return err
}
