package post

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// maxLying is how many envelopes of one event may lie at the hub, as far as we
// know: before there is one more they are taken back.
const maxLying = 16

// Review makes the outbox decide again, soon, on everything in it, also on what
// the hub has already: after a transaction that may have made less permitted.
func (p *Post) Review() {
	p.review.Store(true)
	p.Wake()
}

// reviewOutbox ends what may no longer be sent. What may still be is left as it
// is, and so is what cannot be decided on: it is not sent either.
func (p *Post) reviewOutbox(ctx context.Context) error {
	undecided := 0
	err := p.c.Vault.Update(func(tx *vault.Tx) error {
		undecided = 0
		return outbox.Each(tx, func(name string, w waiting) (err error) {
			w.id = posada.EventID(name)
			if w.read, err = event.Restore(w.Event); err != nil {
				return nil // sendDue tells of it
			}
			switch verdict, err := p.verdict(ctx, tx, w); {
			case err != nil:
				undecided++
				return nil
			case verdict == handoff.Stop:
				return p.stop(tx, w)
			}
			return nil
		})
	})
	if undecided > 0 {
		p.c.Log.Alarm("events could not be decided on again", obs.Count(undecided))
	}
	return err
}

// mostBack is how many envelopes of one agency are taken back at once.
const mostBack = 64

// takeBack takes envelopes back that may still lie in an agency's mailbox, and
// reports whether all of them are gone.
func (p *Post) takeBack(ctx context.Context, to posada.AgencyID, ids []posada.MessageID) bool {
	agency, err := p.c.Members.Agency(to)
	if err != nil {
		p.c.Log.Alarm("envelopes cannot be taken back: their agency is no member any more", obs.Count(len(ids)))
		return p.c.Vault.Update(func(tx *vault.Tx) error { return gone(tx, to, ids...) }) == nil
	}
	slices.SortFunc(ids, func(a, b posada.MessageID) int { return bytes.Compare(a[:], b[:]) })
	ids = slices.Compact(ids)
	whole := len(ids) <= mostBack
	var done []posada.MessageID
	for _, id := range ids[:min(len(ids), mostBack)] {
		if err := p.c.Hub.Recall(ctx, agency.Mailbox, id); err != nil {
			p.c.Log.Info("an envelope could not be taken back; it will be tried again", obs.Reason(err, named()...))
			whole = false
			break
		}
		done = append(done, id)
	}
	if len(done) == 0 {
		return whole
	}
	p.Wake()
	return p.c.Vault.Update(func(tx *vault.Tx) error { return gone(tx, to, done...) }) == nil && whole
}

// gone notes that envelopes for an agency do not lie at the hub. What shared
// one with an event that was stopped goes again at once.
func gone(tx *vault.Tx, to posada.AgencyID, ids ...posada.MessageID) error {
	is := func(id posada.MessageID) bool { return slices.Contains(ids, id) }
	return outbox.Each(tx, func(name string, w waiting) error {
		if w.To != to || !slices.ContainsFunc(w.Lying, is) && !slices.ContainsFunc(w.Back, is) {
			return nil
		}
		if w.AtHub && len(w.Lying) > 0 && is(w.Lying[len(w.Lying)-1]) {
			w.AtHub, w.Next = false, time.Time{}
		}
		w.Lying, w.Back = slices.DeleteFunc(w.Lying, is), slices.DeleteFunc(w.Back, is)
		if w.Was != "" && len(w.Back) == 0 && !w.AtHub {
			w.Next = time.Time{} // its void may go
		}
		return outbox.Put(tx, name, w.Key, w)
	})
}
