package need

import (
	"maps"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Held is what one need holds of a shelter's beds.
type Held struct {
	Beds  int       `json:"beds"`
	Until time.Time `json:"until,omitzero"` // zero: they are there
}

// Beds are the beds of one place at a shelter and who holds which. They change in one
// transaction with the answer that goes out, so that what is answered is so. Methods
// never change the beds that they are called on.
type Beds struct {
	Total int                    `json:"total"`
	Held  map[posada.NeedID]Held `json:"held,omitempty"`
	Over  map[posada.NeedID]bool `json:"over,omitempty"` // needs that are over here: they hold nothing again
}

// Free is how many beds nobody holds at a time. It is below zero where there are fewer
// than were promised.
func (b Beds) Free(now time.Time) int {
	free := b.Total
	for _, h := range b.Held {
		if h.at(now) {
			free -= h.Beds
		}
	}
	return free
}

// Hold holds beds for a need until a time, and says until when; zero where they are
// gone. Asked again it says the same again.
func (b Beds) Hold(id posada.NeedID, beds int, now time.Time) (Beds, time.Time) {
	if h, is := b.Held[id]; is && h.at(now) {
		return b, h.Until
	}
	_, lapsed := b.Held[id]
	if lapsed || b.Over[id] || beds < 1 || b.Free(now) < beds {
		return b, time.Time{}
	}
	until := now.Add(HoldLasts)
	b.Held = put(b.Held, id, Held{Beds: beds, Until: until})
	return b, until
}

// Arrive keeps what a need holds for whoever came, and reports whether it still held
// it.
func (b Beds) Arrive(id posada.NeedID, now time.Time) (Beds, bool) {
	h, is := b.Held[id]
	if !is || !h.at(now) {
		return b, false
	}
	b.Held = put(b.Held, id, Held{Beds: h.Beds})
	return b, true
}

// Release gives back what a need holds, and what it asks for later it does not get. The
// beds of whoever came stay theirs until somebody counts.
func (b Beds) Release(id posada.NeedID) Beds {
	b.Held, b.Over = maps.Clone(b.Held), put(b.Over, id, true)
	if h := b.Held[id]; !h.Until.IsZero() {
		delete(b.Held, id)
	}
	return b
}

// Count are the beds after somebody counted how many are free: nobody is in them, and
// nobody is promised them. Whoever came before is among those that are not.
func (b Beds) Count(free int, now time.Time) Beds {
	b.Held = maps.Clone(b.Held)
	maps.DeleteFunc(b.Held, func(_ posada.NeedID, h Held) bool { return h.Until.IsZero() })
	b.Total = free
	for _, h := range b.Held {
		if h.at(now) {
			b.Total += h.Beds
		}
	}
	return b
}

// Forget are the beds without what is known of a need that can no longer ask for one.
func (b Beds) Forget(id posada.NeedID) Beds {
	b.Held, b.Over = maps.Clone(b.Held), maps.Clone(b.Over)
	if h, is := b.Held[id]; is && !h.Until.IsZero() {
		delete(b.Held, id)
	}
	delete(b.Over, id)
	return b
}

func (h Held) at(now time.Time) bool { return h.Until.IsZero() || now.Before(h.Until) }
