package post

import (
	"encoding/json"
	"time"

	"github.com/posada-exchange/posada/pkg/delivery"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/pkg/vault"
)

// waiting is an event in the outbox. The event is kept, not an envelope: each
// attempt decides and seals anew.
type waiting struct {
	To     posada.AgencyID `json:"to"`
	Event  json.RawMessage `json:"event"` // event.Store
	Place  event.Place     `json:"place"`
	Key    vault.KeyID     `json:"key"` // what it is sealed under here
	Queued time.Time       `json:"queued"`
	Next   time.Time       `json:"next"`          // not before
	Lies   time.Time       `json:"lies,omitzero"` // since when the hub has what was attempted last
	For    jose.KeyID      `json:"for,omitzero"`  // the recipient's identity key at the last attempt
	// Quiet is a keep-alive: nobody waits for it, and it is not counted.
	Quiet bool `json:"quiet,omitzero"`
	delivery.Way

	id   posada.EventID // the record's name
	read event.Event    // Event, read
}

// seen is a statement that was taken in or held.
type seen struct {
	At   time.Time `json:"at"`
	Void bool      `json:"void,omitempty"` // it was a void
}

// aside counts the envelopes that could not be taken in, for one reason. They
// were never authenticated, and anybody who reaches the mailbox can send them,
// so nothing else is kept.
type aside struct {
	Count uint64    `json:"count"`
	Last  time.Time `json:"last"`
}

// held is a statement that was authentic and not admitted, kept whole under a
// key of its own.
type held struct {
	At        time.Time       `json:"at"`
	Code      string          `json:"code"`
	From      posada.AgencyID `json:"from"`
	Statement json.RawMessage `json:"statement"`
	Key       vault.KeyID     `json:"key"`
	Until     time.Time       `json:"until"` // it is let go
	// Waits is set where something else may come and admit it, without a
	// newer policy.
	Waits bool `json:"waits,omitempty"`
	// Unheard is set where it waits for its sender to be heard.
	Unheard bool `json:"unheard,omitempty"`
}

var (
	outbox    = vault.Table[waiting]{Name: "outbox", Version: 1}
	peers     = vault.Table[peer]{Name: "peers", Version: 1}
	seenTable = vault.Table[seen]{Name: "seen", Version: 1}
	asides    = vault.Table[aside]{Name: "aside", Version: 1}
	heldTable = vault.Table[held]{Name: "held", Version: 1}
)

func seenName(from posada.AgencyID, id posada.EventID) string { return string(from) + " " + string(id) }

// work is what the outbox has to do.
type work struct {
	ready  []waiting // may be attempted now
	next   time.Time // when the next of the others may be
	unread int       // events that cannot be read
}

// identityOf is a member's identity key; empty: it is none.
func identityOf(members *roster.Roster, id posada.AgencyID) jose.KeyID {
	a, err := members.Agency(id)
	if err != nil {
		return ""
	}
	return a.Identity.ID()
}

// nextAttempt is when it is attempted next. What the hub had before it was last away may have been
// lost with its disk: where no receipt comes when it is there again, it is not waited
// for as long; the oftener it was attempted, the longer.
func (w waiting) nextAttempt(there time.Time) time.Time {
	if !w.AtHub || !w.Lies.Before(there) {
		return w.Next
	}
	return minTime(w.Next, maxTime(there.Add(settled), w.Lies.Add(run.Doubled(w.Tries, longest))))
}

// due looks for work. Where somebody is reachable who was not, what is not at
// the hub is due, and what lies there sealed to keys that were lost with a node. The hub was last
// away until there.
func due(tx *vault.Tx, members *roster.Roster, now time.Time, reachable bool, there time.Time) (todo work, err error) {
	err = outbox.Each(tx, func(name string, w waiting) (err error) {
		lost := w.AtHub && w.For != identityOf(members, w.To)
		if next := w.nextAttempt(there); next.After(now) && (!reachable || w.AtHub && !lost) {
			if todo.next.IsZero() || next.Before(todo.next) {
				todo.next = next
			}
			return nil
		}
		w.id = posada.EventID(name)
		if w.read, err = event.Restore(w.Event); err != nil {
			todo.unread++
			return nil
		}
		todo.ready = append(todo.ready, w)
		return nil
	})
	return todo, err
}
