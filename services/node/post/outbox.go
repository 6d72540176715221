package post

import (
	"fmt"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Enqueue puts an event into the outbox, in the caller's transaction, sealed
// under the caller's key. It takes the next place in the sequence to that agency;
// a disclosure and a need take one when they go (attempt.go), so that while one may not go
// nothing is missing there. Call Wake when the transaction is done.
func (p *Post) Enqueue(tx *vault.Tx, to posada.AgencyID, e event.Event, key vault.KeyID) error {
	stored, err := e.Store()
	if err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	w := waiting{To: to, Event: stored, Key: key, Queued: p.c.Now().UTC(), Quiet: e.Type() == event.TypeAlive}
	place := event.Place{Seq: 1} // some, of what takes its own later
	if !e.Type().PlacedLate() {
		if w.Place, err = give(tx, to, e); err != nil {
			return fmt.Errorf("enqueue: %w", err)
		}
		place = w.Place
	}
	// Make sure that it can be said at all before anything is kept.
	if _, err := e.In(p.c.Agency, place); err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	return outbox.Put(tx, string(e.ID()), key, w)
}

// Holds reports whether something waits here that is sealed under a key: to be sent,
// or to be taken back.
func (p *Post) Holds(tx *vault.Tx, key vault.KeyID) (holds bool, err error) {
	return holds, outbox.Each(tx, func(_ string, w waiting) error {
		holds = holds || w.Key == key
		return nil
	})
}

// AtHub reports whether an event came as far as the hub: it lies there, or is no longer
// here because its recipient receipted it.
func (p *Post) AtHub(tx *vault.Tx, id posada.EventID) (bool, error) {
	w, err := outbox.Get(tx, string(id))
	if vault.Gone(err) {
		return true, nil
	}
	return w.AtHub, err
}

// Status is what the outbox and the mailbox look like from outside.
type Status struct {
	Waiting int // not yet at the hub
	AtHub   int // at the hub, not yet receipted
	Aside   int // envelopes that could not be opened
	Held    int // statements that were not admitted
	Missing int // places in others' sequences that have not come
	Doubted []Doubted
	Oldest  time.Time
}

// Doubted is an agency whose sequence is not believed: nobody knows what of it did not
// come, and nothing new of it is opened.
type Doubted struct {
	Agency posada.AgencyID
	Ours   bool // it is this node's store that is one of before
}

// doubts are the agencies whose sequences are not believed. With another identity key
// one begins anew.
func (p *Post) doubts(tx *vault.Tx) (list []Doubted, err error) {
	return list, peers.Each(tx, func(name string, other peer) error {
		if id := posada.AgencyID(name); !other.believed() && other.Identity == identityOf(p.c.Members.Get(), id) {
			list = append(list, Doubted{id, other.Behind})
		}
		return nil
	})
}

// Status counts what waits. A keep-alive waits for nobody.
func (p *Post) Status(tx *vault.Tx) (Status, error) {
	var s Status
	err := outbox.Each(tx, func(_ string, w waiting) error {
		switch {
		case w.Quiet:
			return nil
		case w.AtHub:
			s.AtHub++
		default:
			s.Waiting++
		}
		if s.Oldest.IsZero() || w.Queued.Before(s.Oldest) {
			s.Oldest = w.Queued
		}
		return nil
	})
	if err != nil {
		return s, err
	}
	err = peers.Each(tx, func(_ string, other peer) error {
		s.Missing += other.missing()
		s.Held += len(other.Held)
		return nil
	})
	if err != nil {
		return s, err
	}
	if s.Doubted, err = p.doubts(tx); err != nil {
		return s, err
	}
	return s, asides.Each(tx, func(_ string, a aside) error { s.Aside += int(a.Count); return nil })
}

// Quarantined is what came and was not taken in.
type Quarantined struct {
	At    time.Time       // the last of it
	Code  string          // pkg/i18n says what it means: aside.*
	From  posada.AgencyID // empty where it was not authenticated
	Count int
}

// Quarantine lists what came and was not taken in: what could not be opened, by
// reason, then what was not admitted, one by one.
func (p *Post) Quarantine(tx *vault.Tx) ([]Quarantined, error) {
	var list []Quarantined
	err := asides.Each(tx, func(code string, a aside) error {
		list = append(list, Quarantined{At: a.Last, Code: code, Count: int(a.Count)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	doubts, err := p.doubts(tx)
	if err != nil {
		return nil, err
	}
	return list, heldTable.Each(tx, func(_ string, h held) error {
		list = append(list, Quarantined{At: h.At, Code: h.now(doubts), From: h.From, Count: 1})
		return nil
	})
}

// now is why something is held now: no call to who is not believed admits what waits to
// hear of them.
func (h held) now(doubts []Doubted) string {
	i := slices.IndexFunc(doubts, func(d Doubted) bool { return h.Unheard && d.Agency == h.From })
	switch {
	case i < 0:
		return h.Code
	case doubts[i].Ours:
		return codeBehind
	}
	return codeDoubted
}
