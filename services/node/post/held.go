package post

import (
	"context"
	"errors"
	"slices"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// How much of one sender's is held. What is over is counted and not kept.
const (
	maxHeld      = 256
	maxHeldBytes = 8 << 20
)

// hold keeps a statement whole, under a key of its own, to be decided again.
func (p *Post) hold(tx *vault.Tx, from posada.AgencyID, s event.Statement, why error) error {
	text, err := jose.Marshal(s)
	if err != nil {
		return err
	}
	other, err := peerOf(tx, from)
	if err != nil {
		return err
	}
	if len(other.Held) >= maxHeld || other.Bytes+len(text) > maxHeldBytes {
		return countAside(tx, "too_many_held", p.c.Now())
	}
	key, err := tx.NewKey()
	if err != nil {
		return err
	}
	h := held{At: p.c.Now().UTC(), Code: codeOf(why), From: from, Statement: text, Key: key, Policy: p.c.Policy}
	other.Held, other.Bytes = append(other.Held, s.ID()), other.Bytes+len(text)
	if err := errors.Join(heldTable.Put(tx, seenName(from, s.ID()), key, h), peers.Put(tx, string(from), vault.KeyID{}, other)); err != nil {
		return err
	}
	return audit.Append(tx, audit.Entry{At: p.c.Now(), Act: audit.Quarantined, Event: s.ID(), Peer: from})
}

// decideAgain decides on everything held, once after each start: this may be
// the first moment under a newer policy. It waits for the hub's first answer,
// before which nothing counts as known. What of one sender cannot be decided on
// keeps nobody else's.
func (p *Post) decideAgain(ctx context.Context) error {
	if p.decidedAgain {
		return nil
	}
	var senders []posada.AgencyID
	err := p.c.Vault.View(func(tx *vault.Tx) error {
		return peers.Each(tx, func(name string, other peer) error {
			if len(other.Held) > 0 {
				senders = append(senders, posada.AgencyID(name))
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	for _, from := range senders {
		if err := p.c.Vault.Update(func(tx *vault.Tx) error { return p.reconsider(ctx, tx, from) }); err != nil {
			p.c.Log.Alarm("what is held could not be decided on again", obs.Reason(err, named()...))
		}
	}
	p.decidedAgain = true
	return nil
}

// reconsider decides again on what is held of an agency's: a newer policy, or
// something that came since, may admit it.
func (p *Post) reconsider(ctx context.Context, tx *vault.Tx, from posada.AgencyID) error {
	other, err := peerOf(tx, from)
	if err != nil || len(other.Held) == 0 {
		return err
	}
	for _, id := range slices.Clone(other.Held) {
		name := seenName(from, id)
		h, err := heldTable.Get(tx, name)
		if err != nil {
			return err
		}
		admitted, err := p.admitHeld(ctx, tx, h)
		if err != nil {
			return err
		}
		if !admitted {
			continue
		}
		p.c.Count.Add("admitted later")
		other.Held = slices.DeleteFunc(other.Held, func(held posada.EventID) bool { return held == id })
		other.Bytes -= len(h.Statement)
		if err := errors.Join(heldTable.Delete(tx, name), tx.Erase(h.Key)); err != nil {
			return err
		}
	}
	return peers.Put(tx, string(from), vault.KeyID{}, other)
}

// admitHeld lets a unit take in what was held. What cannot be read stays held.
func (p *Post) admitHeld(ctx context.Context, tx *vault.Tx, h held) (bool, error) {
	var s event.Statement
	if err := jose.Unmarshal(h.Statement, &s); err != nil {
		return false, nil
	}
	unit, ok := p.units[s.Type()]
	if !ok {
		return false, nil
	}
	err := unit.Handle(ctx, tx, handoff.Incoming{From: h.From, Statement: s})
	if errors.Is(err, handoff.ErrNotAdmitted) {
		return false, nil
	}
	return err == nil, err
}
