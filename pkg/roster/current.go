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
func (r *Roster) Same(other *Roster) bool { return r.snapshot.Same(other.snapshot) }

// Same reports whether two snapshots say the same of everybody.
func (s Snapshot) Same(other Snapshot) bool {
	return s.Network == other.Network && s.Version == other.Version && s.Hub.Operator == other.Hub.Operator &&
		s.Hub.Receipt.ID() == other.Hub.Receipt.ID() && slices.Equal(s.Hub.Pins, other.Hub.Pins) &&
		slices.EqualFunc(s.Agencies, other.Agencies, func(a, b Agency) bool {
			return a.ID == b.ID && a.Class == b.Class && a.Standing == b.Standing && a.Mailbox == b.Mailbox && a.Identity.ID() == b.Identity.ID() && a.Sponsors == b.Sponsors
		})
}
