package roster

import (
	"slices"
	"sync/atomic"
)

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

// Change puts another in its place, made of the one that is there. f may be
// called more than once.
func (c *Current) Change(f func(*Roster) *Roster) {
	for {
		old := c.now.Load()
		if c.now.CompareAndSwap(old, f(old)) {
			return
		}
	}
}

// Carrying is the roster with what the members of another announced, as far as
// it counts in this one.
func (r *Roster) Carrying(from *Roster) *Roster {
	list := make([]Announcement, 0, len(from.announced))
	for _, a := range from.announced {
		list = append(list, a)
	}
	return r.With(list...)
}

// Same reports whether two rosters say the same of everybody, whatever their
// members announced.
func Same(a, b *Roster) bool {
	x, y := a.snapshot, b.snapshot
	return x.Network == y.Network && x.Version == y.Version && x.Hub.Operator == y.Hub.Operator &&
		x.Hub.Receipt.ID() == y.Hub.Receipt.ID() && slices.Equal(x.Hub.Pins, y.Hub.Pins) &&
		slices.EqualFunc(x.Agencies, y.Agencies, func(m, n Agency) bool {
			return m.ID == n.ID && m.Class == n.Class && m.Standing == n.Standing && m.Mailbox == n.Mailbox && m.Identity.ID() == n.Identity.ID()
		})
}
