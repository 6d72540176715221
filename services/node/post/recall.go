package post

import (
	"context"
	"errors"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Review makes the outbox decide again, soon, on everything in it, also on what
// the hub has already: after a transaction that may have made less permitted.
func (p *Post) Review() {
	p.review.Store(true)
	p.Wake()
}

// ReviewLater does it when the transaction that is under way is committed: a unit
// took something in that permits less.
func (p *Post) ReviewLater() { p.less.Store(true) }

// committed is called when what came was taken in.
func (p *Post) committed() {
	if p.less.Swap(false) {
		p.Review()
		p.lessens()
	}
}

// lessens tells whoever destroys what nothing waits for any more.
func (p *Post) lessens() {
	if p.c.Less != nil {
		p.c.Less()
	}
}

// reviewOutbox ends what may no longer be sent. What may still be is left as it
// is, and so is what cannot be decided on: it is not sent either.
func (p *Post) reviewOutbox(ctx context.Context) error {
	var stopped []posada.EventID
	undecided := 0
	err := p.c.Vault.View(func(tx *vault.Tx) error {
		return outbox.Each(tx, func(name string, w waiting) (err error) {
			w.id = posada.EventID(name)
			if w.read, err = event.Restore(w.Event); err != nil {
				return nil // sendDue tells of it
			}
			verdict, err := p.verdict(ctx, tx, w)
			switch {
			case err != nil:
				undecided++
			case verdict == handoff.Stop:
				stopped = append(stopped, w.id)
			}
			return nil
		})
	})
	for _, id := range stopped {
		// A zero message only stops, or puts off.
		d := decided{}
		if err := p.c.Vault.Update(func(tx *vault.Tx) error {
			return p.decide(ctx, tx, id, posada.MessageID{}, &d)
		}); err != nil {
			undecided++
		}
	}
	if undecided > 0 {
		p.c.Log.Alarm("events could not be decided on again", obs.Count(undecided))
	}
	if len(stopped) > 0 {
		run.Poke(p.back)
		p.lessens()
	}
	return err
}

// recallUntil takes back, until ctx ends, what may lie at the hub and should
// not. It keeps nothing else waiting: not what is sent, and not one envelope
// behind another.
func (p *Post) recallUntil(ctx context.Context) {
	for pause := recallAgain; ; {
		wait := longest
		if p.recallAll(ctx) {
			pause = recallAgain
		} else {
			wait, pause = pause, min(2*pause, notNow)
		}
		select {
		case <-ctx.Done():
			return
		case <-p.back:
		case <-time.After(wait):
		}
	}
}

// recallAll takes back all there is to take back, and reports whether it could.
func (p *Post) recallAll(ctx context.Context) bool {
	back := map[posada.AgencyID]map[posada.MessageID]bool{}
	err := p.c.Vault.View(func(tx *vault.Tx) error {
		return outbox.Each(tx, func(_ string, w waiting) error {
			for _, id := range w.Back {
				if back[w.To] == nil {
					back[w.To] = map[posada.MessageID]bool{}
				}
				back[w.To][id] = true
			}
			return nil
		})
	})
	whole := err == nil
	for to, ids := range back {
		whole = p.takeBack(ctx, to, ids) && whole
	}
	return whole
}

// takeBack takes envelopes back that may still lie in an agency's mailbox, and
// reports whether all of them are gone.
func (p *Post) takeBack(ctx context.Context, to posada.AgencyID, ids map[posada.MessageID]bool) bool {
	var done []posada.MessageID
	agency, err := p.c.Members.Get().Agency(to)
	for id := range ids {
		if err == nil {
			err := p.c.Hub.Recall(ctx, agency.Mailbox, id)
			if errors.Is(err, mail.ErrBusy) || errors.Is(err, broker.ErrUnreachable) || ctx.Err() != nil {
				break // it would say the same of the others
			}
			if err != nil {
				continue
			}
		}
		// Of who is no member any more there is no mailbox to take it from.
		done = append(done, id)
	}
	if len(done) < len(ids) && ctx.Err() == nil {
		p.c.Log.Info("envelopes could not be taken back; it will be tried again", obs.Count(len(ids)-len(done)))
	}
	if len(done) > 0 {
		if err := p.c.Vault.Update(func(tx *vault.Tx) error { return gone(tx, to, done...) }); err != nil {
			return false
		}
		p.Wake()
	}
	return len(done) == len(ids)
}

// gone notes that envelopes for an agency do not lie at the hub. What shared
// one with an event that was stopped goes again at once.
func gone(tx *vault.Tx, to posada.AgencyID, ids ...posada.MessageID) error {
	return outbox.Each(tx, func(name string, w waiting) error {
		if w.To != to || !w.Concerns(ids...) {
			return nil
		}
		var due bool
		if w.Way, due = w.Gone(ids...); due {
			w.Next = time.Time{}
		}
		return outbox.Put(tx, name, w.Key, w)
	})
}
