package hub

import (
	"context"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/services/hub/relay"
)

// connections are a relay's three connections to the bus.
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

// connections dials with each key: within the process where the broker is in
// it, else where the configuration says it is.
func (h *Hub) connections(keys ServiceKeys) (connections, error) {
	c := connections{of: map[pdp.ConnectionKind]*broker.Conn{}, changed: make(chan struct{}, 1)}
	for kind, seed := range keys {
		conn, err := h.dial(seed, func(bool) {
			select {
			case c.changed <- struct{}{}:
			default:
			}
		})
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
	return broker.Dial(broker.Dialing{URL: h.config.NATS, Pins: h.parts.Members.Hub().Pins, Seed: seed, Changed: changed})
}

// runRelay gives the relay its three connections. A broker elsewhere is waited
// for, and when it was away and is back, the relay makes its streams again: it
// may have come back without them.
func (h *Hub) runRelay(ctx context.Context, keys ServiceKeys, ready func()) error {
	c, err := h.connections(keys)
	if err != nil {
		return err
	}
	defer c.close()
	if !h.reached(ctx, c) {
		return nil
	}
	r := relay.New(relay.Config{
		Answers: c.of[pdp.KindRelay], Store: c.of[pdp.KindRelayStore], Doorbell: c.of[pdp.KindDoorbell],
		Members: h.parts.Members, Key: h.parts.ReceiptKey, Now: h.parts.Clock, Relays: h.config.Relays,
		Shards: h.config.Shards, PerSecond: h.config.PerSecond, Burst: h.config.Burst, MaxBytes: h.config.MaxBytes,
		Count: h.admin.Counters("relay_total", "Requests of members, by kind and outcome."),
	})
	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	defer func() { stop(); <-watched }()
	started := make(chan struct{})
	go func() { defer close(watched); h.watch(watching, c, r, started) }()
	return r.Run(ctx, func() { close(started); ready() })
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

// watch says whether the relay can work, as its connections come and go, and
// makes its streams again when they are back.
func (h *Hub) watch(ctx context.Context, c connections, r *relay.Relay, started <-chan struct{}) {
	select {
	case <-started:
	case <-ctx.Done():
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.changed:
		}
		whole := c.all()
		for whole && ctx.Err() == nil {
			if err := r.Restore(ctx); err == nil {
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
		h.admin.Ready(whole)
	}
}
