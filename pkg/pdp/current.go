package pdp

import "sync/atomic"

// Current is the engine that decides now: stewards' decisions replace it while
// others ask. A decision is made by one engine from beginning to end.
type Current struct{ now atomic.Pointer[Engine] }

// NewCurrent begins with an engine.
func NewCurrent(e *Engine) *Current {
	c := &Current{}
	c.now.Store(e)
	return c
}

// Get is the engine now.
func (c *Current) Get() *Engine { return c.now.Load() }

// Set replaces it.
func (c *Current) Set(e *Engine) { c.now.Store(e) }
