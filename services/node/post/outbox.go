package post

import (
	"fmt"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Enqueue puts an event into the outbox, in the caller's transaction, sealed
// under the caller's key. It takes the next place in the sequence to that agency;
// a disclosure takes one when it goes (attempt.go), so that while it may not go nothing
// is missing there. Call Wake when the transaction is done.
func (p *Post) Enqueue(tx *vault.Tx, to posada.AgencyID, e event.Event, key vault.KeyID) error {
	stored, err := e.Store()
	if err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	w := waiting{To: to, Event: stored, Key: key, Queued: p.c.Now().UTC(), Quiet: e.Type() == event.TypeAlive}
	place := event.Place{Seq: 1} // some, of what takes its own later
	if e.Type() != event.TypeReferral {
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

// Status is what the outbox and the mailbox look like from outside.
type Status struct {
	Waiting int // not yet at the hub
	AtHub   int // at the hub, not yet receipted
	Aside   int // envelopes that could not be opened
	Held    int // statements that were not admitted
	Missing int // places in others' sequences that have not come
	Oldest  time.Time
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
	return list, heldTable.Each(tx, func(_ string, h held) error {
		list = append(list, Quarantined{At: h.At, Code: h.Code, From: h.From, Count: 1})
		return nil
	})
}
