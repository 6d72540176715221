package post

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/vault"
)

// receiveUntil empties the mailbox whenever the bell rings, and from time to
// time, until ctx ends.
func (p *Post) receiveUntil(ctx context.Context, bell <-chan struct{}) {
	for {
		if err := p.receiveAll(ctx); err != nil && ctx.Err() == nil {
			p.c.Log.Info("the mailbox could not be emptied; it will be tried again", obs.Reason(err, named()...))
		}
		select {
		case <-ctx.Done():
			return
		case <-bell:
		case <-time.After(p.c.Poll):
		}
	}
}

// receiveAll collects until the mailbox is empty. What was taken in is
// acknowledged with the next collection.
func (p *Post) receiveAll(ctx context.Context) error {
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
			return nil
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
		if len(done) == 0 && !more {
			return nil // nothing of it could be taken in now
		}
		if len(done) == 0 {
			return errors.New("nothing that was collected could be taken in")
		}
	}
}

// decideAgain decides on everything held, once after each start: this may be
// the first moment under a newer policy. It waits for the hub's first answer,
// before which nothing counts as known.
func (p *Post) decideAgain(ctx context.Context) error {
	if p.decidedAgain {
		return nil
	}
	err := p.c.Vault.Update(func(tx *vault.Tx) error { return p.reconsider(ctx, tx, "") })
	p.decidedAgain = err == nil
	return err
}

// receive takes one envelope in, or puts it aside. It reports the message id
// and whether the hub may forget it: an envelope that failed for a reason of
// ours is offered again.
func (p *Post) receive(ctx context.Context, wire []byte) (id posada.MessageID, done bool) {
	e, err := envelope.Parse(wire)
	if err != nil {
		if h, err := envelope.ParseHeader(wire); err == nil {
			id = h.Message
		}
		return id, p.putAside(id, err)
	}
	id = e.Header().Message
	opened, err := p.open(e)
	if err != nil {
		return id, p.putAside(id, err)
	}
	p.step(StepOpened)
	stored, err := p.takeIn(ctx, opened)
	if err != nil {
		p.c.Count.Add("not taken in")
		p.c.Log.Alarm("an envelope could not be taken in; it stays at the hub", obs.Reason(err, named()...))
		return id, false
	}
	p.step(StepTaken)
	if stored > 0 {
		p.step(StepCleared)
	}
	p.c.Count.Add("taken in")
	return id, true
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
		Agency: p.c.Agency, Mailbox: p.c.Mailbox, Identities: p.epoch.identity,
		Members: p.c.Members, Now: p.c.Now(),
	})
}

// putAside notes an envelope that is not what it must be. Nothing of it is
// kept but what was wrong: it was not authenticated.
func (p *Post) putAside(id posada.MessageID, why error) bool {
	p.c.Count.Add("put aside")
	p.c.Log.Alarm("an envelope was put aside", obs.Reason(why, named()...))
	err := p.c.Vault.Update(func(tx *vault.Tx) error {
		return noteAside(tx, aside{At: p.c.Now().UTC(), Code: codeOf(why), Message: id})
	})
	return err == nil && id != posada.MessageID{}
}

// keptAside bounds how many unauthenticated envelopes leave a record: anybody
// who reaches the mailbox can send them.
const keptAside = 10_000

func noteAside(tx *vault.Tx, a aside) error {
	if n, _, err := asideLog.Last(tx); err == nil && n > keptAside {
		return nil
	}
	if _, err := asideLog.Append(tx, vault.KeyID{}, a); err != nil {
		return fmt.Errorf("put aside: %w", err)
	}
	return nil
}

// takeIn handles every statement of an envelope in one transaction, and queues
// one receipt for all of them. A statement seen before is receipted again and
// does nothing else. It returns how many of our own events the envelope
// receipted.
func (p *Post) takeIn(ctx context.Context, o seal.Opened) (cleared int, err error) {
	err = p.c.Vault.Update(func(tx *vault.Tx) error {
		cleared = 0
		var stored []posada.EventID
		for _, s := range o.Statements() {
			n, err := p.take(ctx, tx, o.Sender(), s)
			if err != nil {
				return err
			}
			cleared += n
			if s.Type().Sequenced() {
				stored = append(stored, s.ID())
			}
		}
		if len(stored) == 0 {
			return nil
		}
		// What came may be what something held was waiting for.
		if err := p.reconsider(ctx, tx, o.Sender()); err != nil {
			return err
		}
		receipt, err := event.Receipt(p.c.Random, stored, p.c.Now())
		if err != nil {
			return err
		}
		return p.Enqueue(tx, o.Sender(), receipt, vault.KeyID{})
	})
	return cleared, err
}

// take handles one statement.
func (p *Post) take(ctx context.Context, tx *vault.Tx, from posada.AgencyID, s event.Statement) (cleared int, err error) {
	switch s.Type() {
	case event.TypeFiller:
		return 0, nil
	case event.TypeReceipt:
		return p.clear(tx, from, s)
	}
	name := seenName(from, s.ID())
	if _, err := seenTable.Get(tx, name); err == nil {
		p.c.Count.Add("duplicate")
		return 0, nil
	} else if !errors.Is(err, vault.ErrNotFound) {
		return 0, err
	}
	if err := p.place(tx, from, s); err != nil {
		return 0, err
	}
	if err := p.handle(ctx, tx, from, s); err != nil {
		return 0, err
	}
	return 0, seenTable.Put(tx, name, vault.KeyID{}, seen{At: p.c.Now().UTC()})
}

// handle lets the unit of a statement's type take it in, or holds it where it
// may not be.
func (p *Post) handle(ctx context.Context, tx *vault.Tx, from posada.AgencyID, s event.Statement) error {
	if s.Type() == event.TypeVoid {
		return nil
	}
	err := handoff.Refuse("unknown_type", nil)
	if unit, ok := p.units[s.Type()]; ok {
		err = unit.Handle(ctx, tx, handoff.Incoming{From: from, Statement: s})
	}
	if !errors.Is(err, handoff.ErrNotAdmitted) {
		return err
	}
	p.c.Count.Add("not admitted")
	p.c.Log.Alarm("a statement was not admitted", obs.Reason(err, named()...), obs.EventID(s.ID()))
	return p.hold(tx, from, s, err)
}

// hold keeps a statement whole, under a key of its own, to be decided again.
func (p *Post) hold(tx *vault.Tx, from posada.AgencyID, s event.Statement, why error) error {
	text, err := jose.Marshal(s)
	if err != nil {
		return err
	}
	key, err := tx.NewKey()
	if err != nil {
		return err
	}
	h := held{At: p.c.Now().UTC(), Code: codeOf(why), From: from, Statement: text, Key: key, Policy: p.c.Policy}
	if err := heldTable.Put(tx, seenName(from, s.ID()), key, h); err != nil {
		return err
	}
	return audit.Append(tx, audit.Entry{At: p.c.Now(), Act: audit.Quarantined, Event: s.ID(), Peer: from})
}

// reconsider decides again on what is held of an agency's, or of everybody's
// where from is empty: a newer policy, or something that came since, may admit
// it.
func (p *Post) reconsider(ctx context.Context, tx *vault.Tx, from posada.AgencyID) error {
	return heldTable.Each(tx, func(name string, h held) error {
		if from != "" && h.From != from {
			return nil
		}
		var s event.Statement
		if err := jose.Unmarshal(h.Statement, &s); err != nil {
			return err
		}
		unit, ok := p.units[s.Type()]
		if !ok {
			return nil
		}
		err := unit.Handle(ctx, tx, handoff.Incoming{From: h.From, Statement: s})
		if errors.Is(err, handoff.ErrNotAdmitted) {
			return nil
		}
		if err != nil {
			return err
		}
		p.c.Count.Add("admitted later")
		return heldTable.Delete(tx, name)
	})
}

// place notes a statement's place in its sender's sequence. A gap is counted
// and told of; it never refuses anything.
func (p *Post) place(tx *vault.Tx, from posada.AgencyID, s event.Statement) error {
	other, err := peerOf(tx, from)
	if err != nil {
		return err
	}
	seq := s.Place().Seq
	switch {
	case seq > other.InSeq:
		if seq == other.InSeq+1 && s.Place().Prev != other.InLast {
			p.c.Log.Alarm("a sender's sequence does not continue the one we saw", obs.EventID(s.ID()))
		}
		const most = 1024
		for missing := other.InSeq + 1; missing < seq && len(other.Missing) < most; missing++ {
			other.Missing = append(other.Missing, missing)
		}
		if seq > other.InSeq+1 {
			p.c.Log.Alarm("statements are missing from a sender's sequence", obs.Count(int(min(seq-other.InSeq-1, most))))
		}
		other.InSeq, other.InLast = seq, s.ID()
	default:
		other.Missing = slices.DeleteFunc(other.Missing, func(m uint64) bool { return m == seq })
	}
	return peers.Put(tx, string(from), vault.KeyID{}, other)
}

// clear lets go of the events a receipt names, if they were for its sender.
func (p *Post) clear(tx *vault.Tx, from posada.AgencyID, s event.Statement) (int, error) {
	var r event.Receipted
	if err := s.Read(&r); err != nil {
		return 0, nil // signed nonsense of a member; nothing to do with it
	}
	cleared := 0
	for _, id := range r.Stored {
		w, err := outbox.Get(tx, string(id))
		if errors.Is(err, vault.ErrNotFound) || errors.Is(err, vault.ErrErased) || err == nil && w.To != from {
			continue
		}
		if err != nil {
			return cleared, err
		}
		e, err := event.Restore(w.Event)
		if err != nil {
			return cleared, err
		}
		if unit, ok := p.units[e.Type()]; ok {
			if err := unit.Settled(tx, from, e, handoff.Receipted); err != nil {
				return cleared, err
			}
		}
		if err := outbox.Delete(tx, string(id)); err != nil {
			return cleared, err
		}
		cleared++
	}
	return cleared, nil
}
