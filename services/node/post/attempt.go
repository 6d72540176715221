package post

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/vault"
)

// attempt decides again on each event, seals those that may go, and submits
// them. It gives the time of the next attempt of those that remain.
func (p *Post) attempt(ctx context.Context, bundle []waiting) (time.Time, error) {
	to := bundle[0].To
	message, err := p.newMessage()
	if err != nil {
		return time.Time{}, err
	}
	members := p.c.Members.Get()
	address, err := p.address(members, to)
	sender, noKey := p.sender(members)
	if err = errors.Join(err, noKey); err != nil {
		p.notWritten(bundle, err)
		message = posada.MessageID{}
	}
	var d decided
	err = p.c.Vault.Update(func(tx *vault.Tx) error {
		d = decided{later: p.c.Now().Add(again)}
		for _, w := range bundle {
			if err := p.decide(ctx, tx, w.id, message, &d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return d.later, err
	}
	if d.back {
		run.Poke(p.back)
	}
	if len(d.going) == 0 {
		return d.later, nil
	}
	p.step(StepDecided)
	slices.SortFunc(d.going, inOrder)
	statements := make([]event.Statement, len(d.going))
	for i, w := range d.going {
		if statements[i], err = w.read.In(p.c.Agency, w.Place); err != nil {
			return d.later, fmt.Errorf("attempt: %w", err)
		}
	}
	sealed, err := seal.Seal(sender, address, message, p.c.Now(), statements)
	if err != nil {
		return d.later, fmt.Errorf("attempt: %w", err)
	}
	p.step(StepSealed)
	return p.submit(ctx, sealed, d)
}

// notWritten tells that an agency cannot be written to, unless all there is for it
// is that we are there.
func (p *Post) notWritten(bundle []waiting, why error) {
	if slices.ContainsFunc(bundle, func(w waiting) bool { return !w.Quiet }) {
		p.c.Log.Alarm("an agency cannot be written to; what is for it waits", obs.Reason(why, named()...), obs.Count(len(bundle)))
	}
}

// decided is what came of deciding on a bundle.
type decided struct {
	going []waiting // to be sealed now
	back  bool      // something is to be taken back
	later time.Time // when to look at the rest
}

// decide notes an attempt of one event, puts it off, or ends it. A zero
// message puts it off.
func (p *Post) decide(ctx context.Context, tx *vault.Tx, id posada.EventID, message posada.MessageID, d *decided) error {
	w, err := outbox.Get(tx, string(id))
	if vault.Gone(err) {
		return nil // receipted meanwhile, or shredded
	}
	if err != nil {
		return err
	}
	w.id = id
	if w.read, err = event.Restore(w.Event); err != nil {
		return err
	}
	now := p.c.Now()
	verdict, err := p.verdict(ctx, tx, w)
	switch {
	case err != nil:
		// It is this event's trouble; the others of its bundle go on.
		p.c.Log.Alarm("an event could not be decided on; it will be tried again", obs.Reason(err, named()...), obs.EventID(id))
		w.Next = now.Add(notNow)
	case verdict == handoff.Stop:
		d.later, d.back = now, true
		return p.stop(tx, w)
	case verdict == handoff.Wait || message == posada.MessageID{}:
		w.Next = now.Add(notNow)
	default:
		var goes bool
		if w.Way, goes = w.Attempt(message); !goes {
			w.Next, d.back = now.Add(recallAgain), true
			break
		}
		if err := p.goes(tx, &w); err != nil {
			return err
		}
		w.For, w.Next = identityOf(p.c.Members.Get(), w.To), now.Add(run.Doubled(w.Tries, longest))
		d.going = append(d.going, w)
	}
	d.later = minTime(d.later, w.Next)
	return outbox.Put(tx, string(id), w.Key, w)
}

// goes gives what goes for the first time its place, where it has none, and makes a keep-alive
// say how far the sequence goes now.
func (p *Post) goes(tx *vault.Tx, w *waiting) (err error) {
	switch {
	case w.Quiet:
		w.read, err = p.asOfNow(tx, w.To, w.read)
	case w.read.Type().PlacedLate() && w.Place == (event.Place{}):
		w.Place, err = give(tx, w.To, w.read)
	}
	return err
}

func (p *Post) verdict(ctx context.Context, tx *vault.Tx, w waiting) (handoff.Verdict, error) {
	t := w.read.Type()
	switch {
	case t == event.TypeAlive && p.c.Members.Get().Standing(w.To) != posada.StandingActive:
		return handoff.Stop, nil
	case t == event.TypeAlive && (p.unsure.Load() || p.hushed.Load()):
		return handoff.Wait, nil
	case t == event.TypeAlive:
		return handoff.Send, nil
	case t == event.TypeReceipt || t == event.TypeVoid:
		// Without a void there is a hole in the sequence for ever, and nothing of ours is
		// opened there: only who is gone misses nothing.
		forget := t == event.TypeReceipt || p.c.Members.Get().Standing(w.To) == posada.StandingUnknown
		if forget && p.c.Now().Sub(w.Queued) > forgotten && len(w.Back) == 0 {
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

// stop ends an event that may no longer be sent. Its envelopes that may still
// lie at the hub are taken back, and then a void takes its place in the
// sequence; what has no place, as a disclosure that never went, and a void that nobody
// receipts, just goes.
func (p *Post) stop(tx *vault.Tx, w waiting) error {
	if !w.Quiet {
		p.c.Count.Add("stopped")
	}
	if t := w.read.Type(); !t.Sequenced() || t == event.TypeVoid {
		return outbox.Delete(tx, string(w.id))
	}
	if unit, ok := p.units[w.read.Type()]; ok {
		if err := unit.Settled(tx, w.To, w.read, handoff.Ended); err != nil {
			return err
		}
	}
	if w.Place == (event.Place{}) {
		return outbox.Delete(tx, string(w.id))
	}
	stored, err := event.Void(w.id, p.c.Now()).Store()
	if err != nil {
		return err
	}
	w.Way = w.Stopped(w.read.Type())
	w.Event, w.Key, w.Queued, w.Next = stored, vault.KeyID{}, p.c.Now().UTC(), p.c.Now()
	return outbox.Put(tx, string(w.id), w.Key, w)
}

// submit hands an envelope to the hub and notes its receipt. A failure leaves
// the attempt as it was noted: it is due again soon.
func (p *Post) submit(ctx context.Context, sealed envelope.Envelope, d decided) (time.Time, error) {
	if err := p.c.Hub.Submit(ctx, sealed); err != nil {
		p.c.Count.Add("submit failed")
		p.c.Log.Info("an envelope could not be submitted; it will be tried again", obs.Reason(err, named()...), obs.Count(len(d.going)))
		if errors.Is(err, mail.ErrRefused) {
			// It was looked at and is not there.
			return d.later, p.c.Vault.Update(func(tx *vault.Tx) error { return gone(tx, d.going[0].To, sealed.Header().Message) })
		}
		return d.later, nil
	}
	p.answered()
	p.step(StepSubmitted)
	h := sealed.Header()
	next := minTime(p.c.Now().Add(again), h.Epoch.End())
	err := p.c.Vault.Update(func(tx *vault.Tx) error {
		for _, w := range d.going {
			if err := p.noteAtHub(tx, w, next); err != nil {
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
	if slices.ContainsFunc(d.going, func(w waiting) bool { return len(w.Lying) > 1 }) {
		run.Poke(p.back)
	}
	return minTime(d.later, next), nil
}

// noteAtHub notes that the hub holds an event's envelope. What nobody receipts
// has done its work with that.
func (p *Post) noteAtHub(tx *vault.Tx, w waiting, next time.Time) error {
	if !w.read.Type().Sequenced() {
		return outbox.Delete(tx, string(w.id))
	}
	present, err := outbox.Get(tx, string(w.id))
	if vault.Gone(err) {
		return nil // its receipt was faster
	}
	if err != nil {
		return err
	}
	present.Way, present.Next, present.Lies = present.Submitted(), next, p.c.Now()
	return outbox.Put(tx, string(w.id), present.Key, present)
}
