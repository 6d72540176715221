package pdp

import (
	"context"
	"sync"
	"sync/atomic"
)

// Current is the engine that decides now: stewards' decisions replace it while
// others ask, and the agency's own policy narrows whatever they decide. A decision is
// made by one engine from beginning to end.
type Current struct {
	now atomic.Pointer[Engine]

	mu  sync.Mutex // of whoever replaces it
	own Own
}

// NewCurrent begins with an engine.
func NewCurrent(e *Engine) *Current {
	c := &Current{own: e.Own()}
	c.now.Store(e)
	return c
}

// Get is the engine now.
func (c *Current) Get() *Engine { return c.now.Load() }

// Set goes over to another network policy. Where the agency's own cannot be laid under it
// nothing changes.
func (c *Current) Set(ctx context.Context, network *Engine) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lay(ctx, network, c.own)
}

// Narrow goes over to another policy of the agency's own: the zero value is none. Whether it
// is wider than the network's is for whoever asks to look at first (Engine.Wider): what
// the network permits less of since is no reason to refuse it.
func (c *Current) Narrow(ctx context.Context, own Own) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lay(ctx, c.now.Load(), own)
}

func (c *Current) lay(ctx context.Context, network *Engine, own Own) error {
	e, err := network.Under(ctx, own)
	if err != nil {
		return err
	}
	c.own = own
	c.now.Store(e)
	return nil
}

// Of is another engine with the agency's own policy under it: what would decide, were
// the network's policy that.
func (c *Current) Of(ctx context.Context, network *Engine) (*Engine, error) {
	return network.Under(ctx, c.now.Load().Own())
}

// Disclose is what the engine that decides now says.
func (c *Current) Disclose(ctx context.Context, d Disclosure) (Permit, error) {
	return c.Get().Disclose(ctx, d)
}

// Onward is what the engine that decides now says.
func (c *Current) Onward(ctx context.Context, p Passing) (Permit, error) {
	return c.Get().Onward(ctx, p)
}

// Ask is what the engine that decides now says.
func (c *Current) Ask(ctx context.Context, a Asking) (Permit, error) { return c.Get().Ask(ctx, a) }

// Receive is what the engine that decides now says.
func (c *Current) Receive(ctx context.Context, r Reception) (Admission, error) {
	return c.Get().Receive(ctx, r)
}
