package roster

import "sync/atomic"

// Current is the roster as it stands. Whoever decides takes one with Get and
// keeps to it until the decision is made. It is safe for concurrent use.
type Current struct{ now atomic.Pointer[Roster] }

// NewCurrent begins with a roster.
func NewCurrent(r *Roster) *Current {
	c := &Current{}
	c.now.Store(r)
	return c
}

// Get is the roster now.
func (c *Current) Get() *Roster { return c.now.Load() }

// Set puts another in its place.
func (c *Current) Set(r *Roster) { c.now.Store(r) }
