package post

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// waiting is an event in the outbox. The event is kept, not an envelope: each
// attempt decides and seals anew.
type waiting struct {
	To      posada.AgencyID  `json:"to"`
	Event   json.RawMessage  `json:"event"` // event.Store
	Place   event.Place      `json:"place"`
	Key     vault.KeyID      `json:"key"` // what it is sealed under here
	Queued  time.Time        `json:"queued"`
	Tries   int              `json:"tries"`
	Next    time.Time        `json:"next"`    // not before
	Message posada.MessageID `json:"message"` // of the last attempt
	AtHub   bool             `json:"at_hub"`  // the hub's receipt for that attempt is noted
	Epoch   posada.Epoch     `json:"epoch"`   // that attempt was sealed to

	id      posada.EventID   // the record's name
	read    event.Event      // Event, read
	earlier posada.MessageID // of the attempt before this one
}

// peer is what is known of the two sequences between us and another agency.
type peer struct {
	OutSeq  uint64         `json:"out_seq"` // the last place we gave
	OutLast posada.EventID `json:"out_last,omitempty"`
	InSeq   uint64         `json:"in_seq"` // the highest place we saw
	InLast  posada.EventID `json:"in_last,omitempty"`
	Missing []uint64       `json:"missing,omitempty"` // places below it that have not come
}

// seen is a statement that was taken in or put aside.
type seen struct {
	At time.Time `json:"at"`
}

// aside is an envelope that could not be opened. It was never authenticated,
// so all that is kept is what was wrong with it.
type aside struct {
	At      time.Time        `json:"at"`
	Code    string           `json:"code"`
	Message posada.MessageID `json:"message"`
}

// held is a statement that was authentic and not admitted, kept whole under a
// key of its own.
type held struct {
	At        time.Time       `json:"at"`
	Code      string          `json:"code"`
	From      posada.AgencyID `json:"from"`
	Statement json.RawMessage `json:"statement"`
	Key       vault.KeyID     `json:"key"`
	Policy    uint64          `json:"policy"` // that refused it
}

var (
	outbox    = vault.Table[waiting]{Name: "outbox", Version: 1}
	peers     = vault.Table[peer]{Name: "peers", Version: 1}
	seenTable = vault.Table[seen]{Name: "seen", Version: 1}
	asideLog  = vault.Table[aside]{Name: "aside", Version: 1}
	heldTable = vault.Table[held]{Name: "held", Version: 1}
)

func seenName(from posada.AgencyID, id posada.EventID) string { return string(from) + " " + string(id) }

func peerOf(tx *vault.Tx, id posada.AgencyID) (peer, error) {
	p, err := peers.Get(tx, string(id))
	if err != nil && !errors.Is(err, vault.ErrNotFound) {
		return peer{}, fmt.Errorf("peer: %w", err)
	}
	return p, nil
}

// due lists what the outbox may attempt now, and when the next of the others
// will be.
func due(tx *vault.Tx, now time.Time) (ready []waiting, next time.Time, err error) {
	err = outbox.Each(tx, func(name string, w waiting) error {
		if w.Next.After(now) {
			if next.IsZero() || w.Next.Before(next) {
				next = w.Next
			}
			return nil
		}
		w.id = posada.EventID(name)
		if w.read, err = event.Restore(w.Event); err != nil {
			return err
		}
		ready = append(ready, w)
		return nil
	})
	return ready, next, err
}
