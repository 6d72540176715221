package post

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// maxLying is how many envelopes of one event may lie at the hub, as far as we
// know: before one more they are taken back.
const maxLying = 16

// Review makes the outbox decide again, soon, on everything in it, also on what
// the hub has already: after a transaction that may have made less permitted.
func (p *Post) Review() {
	p.review.Store(true)
	p.Wake()
}

// reviewOutbox ends what may no longer be sent. What may still be is left as it
// is.
func (p *Post) reviewOutbox(ctx context.Context) error {
	return p.c.Vault.Update(func(tx *vault.Tx) error {
		return outbox.Each(tx, func(name string, w waiting) (err error) {
			w.id = posada.EventID(name)
			if w.read, err = event.Restore(w.Event); err != nil {
				return nil // sendDue tells of it
			}
			verdict, err := p.verdict(ctx, tx, w)
			if err != nil || verdict != handoff.Stop {
				return err
			}
			return p.stop(tx, w)
		})
	})
}

// release lets other events go again at once that share an envelope with one
// that is about to be taken back.
func release(tx *vault.Tx, with waiting, now time.Time) error {
	if len(with.Lying) == 0 {
		return nil
	}
	return outbox.Each(tx, func(name string, w waiting) error {
		if name == string(with.id) || !w.AtHub || !slices.Contains(with.Lying, w.Lying[len(w.Lying)-1]) {
			return nil
		}
		w.AtHub, w.Next = false, now
		return outbox.Put(tx, name, w.Key, w)
	})
}

// takeBack takes envelopes back that may still lie at the hub.
func (p *Post) takeBack(ctx context.Context, to posada.MailboxID, ids []posada.MessageID) error {
	done := map[posada.MessageID]bool{}
	for _, id := range ids {
		if done[id] {
			continue
		}
		done[id] = true
		if err := p.c.Hub.Recall(ctx, to, id); err != nil {
			return fmt.Errorf("take an envelope back: %w", err)
		}
	}
	return nil
}

// noteTakenBack notes that of the envelopes of these events only the last may
// lie at the hub.
func noteTakenBack(tx *vault.Tx, d decided, last posada.MessageID) error {
	if len(d.then) == 0 && len(d.first) == 0 {
		return nil
	}
	for _, w := range d.going {
		present, err := outbox.Get(tx, string(w.id))
		if errors.Is(err, vault.ErrNotFound) || errors.Is(err, vault.ErrErased) {
			continue
		}
		if err != nil {
			return err
		}
		present.Lying = []posada.MessageID{last}
		if err := outbox.Put(tx, string(w.id), present.Key, present); err != nil {
			return err
		}
	}
	return nil
}
