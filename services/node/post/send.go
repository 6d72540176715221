package post

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Times of the outbox.
const (
	again     = time.Hour        // without a receipt, the next attempt
	firstTry  = time.Second      // after a failed attempt, doubled each time
	longest   = 10 * time.Minute // between failed attempts
	notNow    = time.Minute      // after a unit said Wait
	forgotten = 30 * 24 * time.Hour
)

// maxBundle is how many bytes of stored events share an envelope: what is over
// goes into another. The largest class holds more.
const maxBundle = 128 << 10

// sendUntil attempts what is due until ctx ends.
func (p *Post) sendUntil(ctx context.Context) {
	for {
		next, err := p.sendDue(ctx)
		if err != nil && ctx.Err() == nil {
			p.c.Log.Alarm("the outbox could not be worked on", obs.Reason(err, named()...))
		}
		pause := time.Minute
		if !next.IsZero() {
			pause = min(max(next.Sub(p.c.Now()), 10*time.Millisecond), pause)
		}
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		case <-time.After(pause):
		}
	}
}

// sendDue attempts everything that is due, one envelope after another, and
// gives the time of the next attempt. While the hub has not answered for a day
// (or ever, since the start) it attempts nothing: it only keeps.
func (p *Post) sendDue(ctx context.Context) (next time.Time, err error) {
	if p.Staleness() == posada.StalenessStale {
		return next, nil // nothing may leave; the hub's next answer wakes us
	}
	var ready []waiting
	err = p.c.Vault.View(func(tx *vault.Tx) (err error) {
		ready, next, err = due(tx, p.c.Now())
		return err
	})
	if err != nil {
		return next, err
	}
	if len(ready) > 0 {
		p.step(StepQueued)
	}
	soonest := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for _, bundle := range bundles(ready) {
		if ctx.Err() != nil {
			return next, nil
		}
		at, err := p.attempt(ctx, bundle)
		if err != nil {
			return next, err
		}
		soonest(at)
	}
	return next, nil
}

// bundles groups what waits for one agency into lists that fit an envelope, in
// the order of their places; what has no place comes first.
func bundles(ready []waiting) [][]waiting {
	slices.SortFunc(ready, func(a, b waiting) int {
		return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(a.Place.Seq, b.Place.Seq), cmp.Compare(a.id, b.id))
	})
	var out [][]waiting
	size := 0
	for _, w := range ready {
		last := len(out) - 1
		if last < 0 || out[last][0].To != w.To || len(out[last]) == seal.MaxStatements || size+len(w.Event) > maxBundle {
			out, size, last = append(out, nil), 0, last+1
		}
		out[last] = append(out[last], w)
		size += len(w.Event)
	}
	return out
}

// attempt decides again on each event, seals those that may go, and submits
// them. It gives the time of the next attempt of those that remain.
func (p *Post) attempt(ctx context.Context, bundle []waiting) (time.Time, error) {
	to := bundle[0].To
	message, err := p.newMessage()
	if err != nil {
		return time.Time{}, err
	}
	address, err := p.address(to)
	if err != nil {
		p.c.Log.Alarm("an agency cannot be written to; what is for it waits", obs.Reason(err, named()...), obs.Count(len(bundle)))
		message = posada.MessageID{}
	}
	var d decided
	err = p.c.Vault.Update(func(tx *vault.Tx) error {
		d = decided{later: p.c.Now().Add(again)}
		for _, w := range bundle {
			if err := p.decide(ctx, tx, w.id, message, address.Epoch, &d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return d.later, err
	}
	// What may no longer be sent is taken back at once, if it still lies there.
	p.recallEarlier(ctx, address.Mailbox, d.stopped)
	if len(d.going) == 0 {
		return d.later, nil
	}
	p.step(StepDecided)
	statements := make([]event.Statement, len(d.going))
	for i, w := range d.going {
		if statements[i], err = w.read.In(p.c.Agency, w.Place); err != nil {
			return d.later, fmt.Errorf("attempt: %w", err)
		}
	}
	sealed, err := seal.Seal(p.sender(), address, message, p.c.Now(), statements)
	if err != nil {
		return d.later, fmt.Errorf("attempt: %w", err)
	}
	p.step(StepSealed)
	return p.submit(ctx, sealed, d)
}

// decided is what came of deciding on a bundle.
type decided struct {
	going   []waiting // to be sealed now
	stopped []waiting // never again
	later   time.Time // when to look at the rest
}

// decide notes an attempt of one event, puts it off, or ends it. A zero
// message puts it off.
func (p *Post) decide(ctx context.Context, tx *vault.Tx, id posada.EventID, message posada.MessageID, epoch posada.Epoch, d *decided) error {
	w, err := outbox.Get(tx, string(id))
	if errors.Is(err, vault.ErrNotFound) || errors.Is(err, vault.ErrErased) {
		return nil // receipted meanwhile, or shredded
	}
	if err != nil {
		return err
	}
	w.id = id
	if w.read, err = event.Restore(w.Event); err != nil {
		return err
	}
	verdict, err := p.verdict(ctx, tx, w)
	if err != nil {
		return err
	}
	w.earlier = w.Message
	now := p.c.Now()
	switch {
	case verdict == handoff.Stop:
		d.stopped = append(d.stopped, w)
		d.later = now
		return p.stop(tx, w)
	case verdict == handoff.Wait || message == posada.MessageID{}:
		w.Next = now.Add(notNow)
	default:
		w.Tries++
		w.Message, w.Epoch, w.AtHub = message, epoch, false
		w.Next = now.Add(min(firstTry<<min(w.Tries, 12), longest))
		d.going = append(d.going, w)
	}
	d.later = minTime(d.later, w.Next)
	return outbox.Put(tx, string(id), w.Key, w)
}

func (p *Post) verdict(ctx context.Context, tx *vault.Tx, w waiting) (handoff.Verdict, error) {
	t := w.read.Type()
	if t == event.TypeReceipt || t == event.TypeVoid {
		if p.c.Now().Sub(w.Queued) > forgotten {
			return handoff.Stop, nil
		}
		return handoff.Send, nil
	}
	unit, ok := p.units[t]
	if !ok {
		return handoff.Stop, nil
	}
	return unit.Recheck(ctx, tx, w.To, w.read)
}

// stop ends an event that may no longer be sent. A void takes its place in the
// sequence; what has no place, and a void that nobody receipts, just goes.
func (p *Post) stop(tx *vault.Tx, w waiting) error {
	p.c.Count.Add("stopped")
	if t := w.read.Type(); t == event.TypeReceipt || t == event.TypeVoid {
		return outbox.Delete(tx, string(w.id))
	}
	if unit, ok := p.units[w.read.Type()]; ok {
		if err := unit.Settled(tx, w.To, w.read, handoff.Ended); err != nil {
			return err
		}
	}
	stored, err := event.Void(w.id, p.c.Now()).Store()
	if err != nil {
		return err
	}
	w.Event, w.Tries, w.AtHub, w.Next, w.Key = stored, 0, false, p.c.Now(), vault.KeyID{}
	return outbox.Put(tx, string(w.id), w.Key, w)
}

// submit hands an envelope to the hub and notes its receipt. A failure leaves
// the attempt as it was noted: it is due again soon.
func (p *Post) submit(ctx context.Context, sealed envelope.Envelope, d decided) (time.Time, error) {
	if err := p.c.Hub.Submit(ctx, sealed); err != nil {
		p.c.Count.Add("submit failed")
		p.c.Log.Info("an envelope could not be submitted; it will be tried again", obs.Reason(err, named()...), obs.Count(len(d.going)))
		return d.later, nil
	}
	p.answered()
	p.step(StepSubmitted)
	h := sealed.Header()
	next := minTime(p.c.Now().Add(again), h.Epoch.End())
	err := p.c.Vault.Update(func(tx *vault.Tx) error {
		for _, w := range d.going {
			if err := noteAtHub(tx, w, next); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return d.later, fmt.Errorf("note a submission: %w", err)
	}
	p.c.Count.Add("submitted")
	p.step(StepNoted)
	p.recallEarlier(ctx, h.Mailbox, d.going)
	return minTime(d.later, next), nil
}

// noteAtHub notes that the hub holds an event's envelope. What nobody receipts
// has done its work with that.
func noteAtHub(tx *vault.Tx, w waiting, next time.Time) error {
	if !w.read.Type().Sequenced() {
		return outbox.Delete(tx, string(w.id))
	}
	present, err := outbox.Get(tx, string(w.id))
	if errors.Is(err, vault.ErrNotFound) || errors.Is(err, vault.ErrErased) {
		return nil // its receipt was faster
	}
	if err != nil {
		return err
	}
	present.AtHub, present.Next = true, next
	return outbox.Put(tx, string(w.id), present.Key, present)
}

// recallEarlier takes back the envelopes of earlier attempts. That it fails
// loses nothing: what is sent twice is taken in once.
func (p *Post) recallEarlier(ctx context.Context, to posada.MailboxID, events []waiting) {
	recalled := map[posada.MessageID]bool{{}: true}
	for _, w := range events {
		if !recalled[w.earlier] {
			recalled[w.earlier] = true
			_ = p.c.Hub.Recall(ctx, to, w.earlier)
		}
	}
}

func (p *Post) sender() seal.Sender {
	return seal.Sender{Agency: p.c.Agency, Key: p.c.Key, Roster: p.c.Members.Version(), Policy: p.c.Policy}
}

// address is where to reach an agency today.
func (p *Post) address(to posada.AgencyID) (seal.Address, error) {
	today := posada.EpochAt(p.c.Now())
	p.mu.Lock()
	known, ok := p.parsed[to]
	p.mu.Unlock()
	if ok && known.Epoch == today {
		return known, nil
	}
	agency, err := p.c.Members.Agency(to)
	if err != nil {
		return seal.Address{}, err
	}
	text, err := p.c.Members.Recipient(to, today)
	if err != nil {
		return seal.Address{}, err
	}
	recipient, err := seal.ParseRecipient(text)
	if err != nil {
		return seal.Address{}, err
	}
	address := seal.Address{Agency: to, Mailbox: agency.Mailbox, Epoch: today, Recipient: recipient}
	p.mu.Lock()
	p.parsed[to] = address
	p.mu.Unlock()
	return address, nil
}

func (p *Post) newMessage() (m posada.MessageID, err error) {
	if _, err := io.ReadFull(p.c.Random, m[:]); err != nil {
		return m, fmt.Errorf("draw a message id: %w", err)
	}
	return m, nil
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
