package post

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/run"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

// breath is the least time between two looks into the mailbox: a bell can be
// rung by anybody on the bus.
const breath = 50 * time.Millisecond

// receiveUntil empties the mailbox whenever the bell rings, and from time to
// time, until ctx ends.
func (p *Post) receiveUntil(ctx context.Context, bell <-chan struct{}) {
	failed := 0
	for {
		next := time.After(breath)
		err := p.receiveAll(ctx)
		if failed++; err == nil {
			failed = 0
		} else if ctx.Err() == nil {
			p.c.Log.Info("the mailbox could not be emptied; it will be tried again", obs.Reason(err, named()...))
		}
		select {
		case <-ctx.Done():
			return
		case <-bell:
		case <-time.After(lookAgain(p.c.Poll, failed)):
		}
		select {
		case <-ctx.Done():
			return
		case <-next:
		}
	}
}

// lookAgain is when the mailbox is looked into again without a bell, after so many
// looks in a row that failed. A hub that was away knows no bell until it is asked: it
// is asked a second later, then two, up to what is always waited.
func lookAgain(poll time.Duration, failed int) time.Duration {
	if failed == 0 {
		return poll
	}
	return run.Doubled(failed-1, poll)
}

// receiveAll collects until the mailbox is empty. What was taken in is
// acknowledged with the next collection. While what is known of the network is
// stale all of it stays at the hub.
func (p *Post) receiveAll(ctx context.Context) error {
	if p.Staleness() == posada.StalenessStale {
		return nil
	}
	var done []posada.MessageID
	for {
		list, more, err := p.c.Hub.Collect(ctx, done)
		if err != nil {
			return err
		}
		p.answered()
		if err := p.decideAgain(ctx); err != nil {
			return err
		}
		if len(done) > 0 {
			p.step(StepAcknowledged)
		}
		if len(list) == 0 {
			return p.c.Keys.Drained(p.c.Now())
		}
		p.step(StepCollected)
		done = nil
		for _, wire := range list {
			id, taken := p.receive(ctx, wire)
			if taken {
				done = append(done, id)
			}
		}
		p.Wake() // receipts wait
		if len(done) == 0 && (!more || p.Staleness() == posada.StalenessStale) {
			return nil // nothing of it could be taken in now
		}
		if len(done) == 0 {
			return errors.New("nothing that was collected could be taken in")
		}
	}
}

// maxFailed is how often an envelope is tried that fails for a reason of ours:
// what stands at the head of the mailbox must not keep what is behind it away.
const (
	maxFailed  = 3
	maxCounted = 4096 // envelopes that is counted of
)

// receive takes one envelope in, or puts it aside. It reports the message id
// and whether the hub may forget it. An envelope that failed for a reason of
// ours is offered again, a few times; then its sender, who has no receipt,
// sends it again in another.
func (p *Post) receive(ctx context.Context, wire []byte) (id posada.MessageID, done bool) {
	e, err := envelope.Parse(wire)
	if err != nil {
		if h, err := envelope.ParseHeader(wire); err == nil {
			id = h.Message
		}
		return id, p.putAside(err)
	}
	id = e.Header().Message
	opened, err := p.open(e)
	if errors.Is(err, roster.ErrUnknownKey) || errors.Is(err, roster.ErrKeysExpired) {
		// Its sender may have announced the key since we last asked.
		asked, answered := p.ask(ctx)
		if !answered && !p.triedEnough(ctx, id, asked) {
			return id, false
		}
		opened, err = p.open(e)
	}
	if err != nil {
		return id, p.putAside(err)
	}
	if !p.c.Network.Known(ctx, opened.Sender(), trust.Versions{Roster: opened.Roster(), Policy: opened.Policy()}) {
		return id, false
	}
	p.step(StepOpened)
	t, err := p.takeIn(ctx, opened)
	p.committed()
	if errors.Is(err, vault.ErrPanicked) {
		return id, p.putAside(errPanicked)
	}
	if err != nil {
		p.c.Count.Add("not taken in")
		p.c.Log.Alarm("an envelope could not be taken in; it stays at the hub", obs.Reason(err, named()...))
		if !p.triedEnough(ctx, id, true) {
			return id, false
		}
		return id, p.putAside(errNotTakenIn)
	}
	delete(p.failed, id)
	p.step(StepTaken)
	if t.admitted > 0 || t.nearer {
		// What came may be what something held was waiting for.
		p.admittedOf[opened.Sender()] = true
	}
	if t.asked {
		p.owed.Store(true)
	}
	if t.cleared > 0 {
		p.step(StepCleared)
	}
	p.c.Count.Add("taken in")
	return id, true
}

// triedEnough counts, if it was tried, that an envelope could not be taken in
// for a reason of ours, and reports whether it is no longer kept at the hub.
func (p *Post) triedEnough(ctx context.Context, id posada.MessageID, tried bool) bool {
	if len(p.failed) > maxCounted {
		clear(p.failed)
	}
	if tried {
		p.failed[id]++
	}
	if p.failed[id] < maxFailed || ctx.Err() != nil {
		return false
	}
	delete(p.failed, id)
	return true
}

// askAgain is the least time between two questions for who is unknown: anybody
// can send what nobody signed.
const askAgain = 5 * time.Second

// ask asks what members announced since, unless that was asked a moment ago. It
// reports whether it asked, and whether the last question was answered.
func (p *Post) ask(ctx context.Context) (asked, answered bool) {
	if now := p.c.Now(); now.Sub(p.asked) < askAgain && !now.Before(p.asked) {
		return false, p.answeredLast
	}
	p.answeredLast = p.c.Refresh(ctx) == nil
	p.asked = p.c.Now() // when it was answered: one that hangs holds up once, not each time
	return true, p.answeredLast
}

// open opens an envelope. A panic in a parser is that envelope's problem
// alone.
func (p *Post) open(e envelope.Envelope) (o seal.Opened, err error) {
	defer func() {
		if recover() != nil {
			o, err = seal.Opened{}, errPanicked
		}
	}()
	return seal.Open(e, seal.Receiver{
		Agency: p.c.Agency, Mailbox: p.c.Mailbox, Identities: p.c.Keys.Identity,
		Members: p.c.Members.Get(), Now: p.c.Now(),
	})
}

// putAside counts an envelope that is not what it must be, and reports whether
// the hub may forget it.
func (p *Post) putAside(why error) bool {
	p.c.Count.Add("put aside")
	p.c.Log.Alarm("an envelope was put aside", obs.Reason(why, named()...))
	return p.c.Vault.Update(func(tx *vault.Tx) error { return countAside(tx, codeOf(why), p.c.Now()) }) == nil
}

func countAside(tx *vault.Tx, code string, now time.Time) error {
	a, err := asides.Get(tx, code)
	if err != nil && !errors.Is(err, vault.ErrNotFound) {
		return fmt.Errorf("put aside: %w", err)
	}
	return asides.Put(tx, code, vault.KeyID{}, aside{Count: a.Count + 1, Last: now.UTC()})
}

// taken is what came of one envelope's statements.
type taken struct {
	receipt  event.Receipted
	admitted int  // statements a unit took in
	cleared  int  // events of ours that were receipted
	nearer   bool // its sender is known without a gap up to a later time
	asked    bool // its sender asked how far what we said goes
}

// takeIn handles every statement of an envelope in one transaction, and queues
// one receipt for all of them. A statement seen before is receipted again and
// does nothing else.
func (p *Post) takeIn(ctx context.Context, o seal.Opened) (t taken, err error) {
	err = p.c.Vault.Update(func(tx *vault.Tx) error {
		t = taken{}
		for _, s := range o.Statements() {
			if err := p.take(ctx, tx, o, s, &t); err != nil {
				return err
			}
		}
		if len(t.receipt.Stored)+len(t.receipt.Void) == 0 {
			return nil
		}
		receipt, err := event.Receipt(p.c.Random, t.receipt, p.c.Now())
		if err != nil {
			return err
		}
		return p.Enqueue(tx, o.Sender(), receipt, vault.KeyID{})
	})
	return t, err
}

// take handles one statement.
func (p *Post) take(ctx context.Context, tx *vault.Tx, o seal.Opened, s event.Statement, t *taken) error {
	from := o.Sender()
	switch s.Type() {
	case event.TypeFiller:
		return nil
	case event.TypeReceipt:
		return p.receipted(tx, from, s, t)
	case event.TypeAlive:
		return p.takeAlive(tx, from, s, o.SignedAt(), t)
	}
	name := seenName(from, s.ID())
	before, err := seenTable.Get(tx, name)
	switch {
	case err == nil:
		p.c.Count.Add("duplicate")
	case !errors.Is(err, vault.ErrNotFound):
		return err
	default:
		before = seen{At: p.c.Now().UTC(), Void: s.Type() == event.TypeVoid}
		nearer, err := p.place(tx, from, s, o.SignedAt())
		if err != nil {
			return err
		}
		t.nearer = t.nearer || nearer
		admitted, err := p.handle(ctx, tx, from, s)
		if err != nil {
			return err
		}
		if admitted {
			t.admitted++
		}
		if err := seenTable.Put(tx, name, vault.KeyID{}, before); err != nil {
			return err
		}
	}
	// A void that comes after what it voids is a duplicate: what was stored
	// is told, so that its sender knows that it was too late.
	if before.Void {
		t.receipt.Void = append(t.receipt.Void, s.ID())
	} else {
		t.receipt.Stored = append(t.receipt.Stored, s.ID())
	}
	return nil
}

// handle lets the unit of a statement's type take it in, or holds it where it
// may not be.
func (p *Post) handle(ctx context.Context, tx *vault.Tx, from posada.AgencyID, s event.Statement) (admitted bool, err error) {
	if s.Type() == event.TypeVoid {
		return false, nil
	}
	err = handoff.Refuse("unknown_type", nil)
	if unit, ok := p.units[s.Type()]; ok {
		err = unit.Handle(ctx, tx, handoff.Incoming{From: from, Statement: s, Came: p.c.Now().UTC()})
	}
	if !errors.Is(err, handoff.ErrNotAdmitted) {
		return err == nil, err
	}
	p.c.Count.Add("not admitted")
	p.c.Log.Alarm("a statement was not admitted", obs.Reason(err, named()...), obs.EventID(s.ID()))
	return false, p.hold(tx, from, s, err)
}

// receipted lets go of the events a receipt names, if they were for its sender.
func (p *Post) receipted(tx *vault.Tx, from posada.AgencyID, s event.Statement, t *taken) error {
	var r event.Receipted
	if err := s.Read(&r); err != nil {
		return nil // signed nonsense of a member; nothing to do with it
	}
	for _, id := range r.Stored {
		if err := p.clearOne(tx, from, id, false, t); err != nil {
			return err
		}
	}
	for _, id := range r.Void {
		if err := p.clearOne(tx, from, id, true, t); err != nil {
			return err
		}
	}
	return nil
}

// clearOne lets go of one event. One that was stopped and is said to be stored
// was read before it could be taken back, and its unit is told.
func (p *Post) clearOne(tx *vault.Tx, from posada.AgencyID, id posada.EventID, void bool, t *taken) error {
	w, err := outbox.Get(tx, string(id))
	if vault.Gone(err) || err == nil && w.To != from {
		return nil
	}
	if err != nil {
		return err
	}
	e, err := event.Restore(w.Event)
	if err != nil {
		return err
	}
	if !w.Receipted(void) {
		return nil
	}
	was := cmp.Or(w.Was, e.Type())
	if unit, ok := p.units[was]; ok && !void {
		if err := unit.Settled(tx, from, e, handoff.Receipted); err != nil {
			return err
		}
	}
	t.cleared++
	return outbox.Delete(tx, string(id))
}
