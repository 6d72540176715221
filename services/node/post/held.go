package post

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
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
	h := held{
		At: p.c.Now().UTC(), Code: codeOf(why), From: from, Statement: text, Key: key,
		Until: p.heldUntil(s), Waits: waits(why), Unheard: unheard(why),
	}
	p.wantsWord(from, why)
	other.Held, other.Bytes = append(other.Held, s.ID()), other.Bytes+len(text)
	if err := errors.Join(heldTable.Put(tx, seenName(from, s.ID()), key, h), peers.Put(tx, string(from), vault.KeyID{}, other)); err != nil {
		return err
	}
	return audit.Append(tx, audit.Entry{At: p.c.Now(), Act: audit.Quarantined, Event: s.ID(), Peer: from})
}

// heldFor is how long what was not admitted is held at most.
const heldFor = 30 * 24 * time.Hour

// heldUntil is the end of what a disclosure's obligations allow (G6), and never
// later than heldFor.
func (p *Post) heldUntil(s event.Statement) time.Time {
	until := p.c.Now().Add(heldFor).UTC()
	if retain := s.Obligations().RetainUntil; retain > 0 {
		until = minTime(until, time.Unix(retain, 0).UTC())
	}
	return until
}

func waits(why error) bool {
	r, ok := errors.AsType[*handoff.Refusal](why)
	return ok && r.Waits
}

func unheard(why error) bool {
	r, ok := errors.AsType[*handoff.Refusal](why)
	return ok && r.Unheard
}

// wantsWord asks an agency that something waits to hear of.
func (p *Post) wantsWord(from posada.AgencyID, why error) {
	if unheard(why) {
		p.unheard[from] = true
		p.Ask(from)
	}
}

// askUnheard asks again the agencies that something is held of until they are heard.
func (p *Post) askUnheard() error {
	if len(p.unheard) == 0 {
		return nil
	}
	return p.c.Vault.View(func(tx *vault.Tx) error {
		for from := range p.unheard {
			switch other, err := peerOf(tx, from); {
			case err != nil:
				return err
			case len(other.Held) == 0:
				delete(p.unheard, from)
			case other.mayBeAsked(p.c.Now()):
				p.Ask(from)
			}
		}
		return nil
	})
}

// decideAgain decides on what is held: on everything once after each start and
// each decision of the stewards; after that on what waits for something, of
// agencies something was admitted of since.
func (p *Post) decideAgain(ctx context.Context) error {
	senders, all := p.admittedOf, p.reconsidering.Swap(false)
	if all {
		senders = map[posada.AgencyID]bool{}
		err := p.c.Vault.View(func(tx *vault.Tx) error {
			return peers.Each(tx, func(name string, other peer) error {
				senders[posada.AgencyID(name)] = len(other.Held) > 0
				return nil
			})
		})
		if err != nil {
			p.reconsidering.Store(true)
			return err
		}
	}
	p.admittedOf = map[posada.AgencyID]bool{}
	for from, some := range senders {
		if some {
			p.reconsider(ctx, from, all)
		}
	}
	return p.askUnheard()
}

// reconsider decides again on what is held of an agency's, on each thing by
// itself: what cannot be decided on stays, and keeps nothing else.
func (p *Post) reconsider(ctx context.Context, from posada.AgencyID, all bool) {
	delete(p.unheard, from)
	var ids []posada.EventID
	err := p.c.Vault.View(func(tx *vault.Tx) error {
		other, err := peerOf(tx, from)
		for _, id := range other.Held {
			if h, err := heldTable.Get(tx, seenName(from, id)); err == nil && (all || h.Waits) {
				ids = append(ids, id)
			}
		}
		return err
	})
	for _, id := range ids {
		err := p.c.Vault.Update(func(tx *vault.Tx) error { return p.admitHeld(ctx, tx, from, id) })
		p.committed()
		p.wantsWord(from, err)
		switch {
		case err == nil:
			p.admittedOf[from] = true // something else may have waited for it
		case !errors.Is(err, handoff.ErrNotAdmitted) && !vault.Gone(err):
			p.c.Log.Alarm("something held could not be decided on again", obs.Reason(err, named()...), obs.EventID(id))
		}
	}
	if err != nil {
		p.c.Log.Alarm("what is held could not be looked through", obs.Reason(err, named()...))
	}
}

// admitHeld lets a unit take in what was held, and then lets it go here.
func (p *Post) admitHeld(ctx context.Context, tx *vault.Tx, from posada.AgencyID, id posada.EventID) error {
	h, err := heldTable.Get(tx, seenName(from, id))
	if err != nil {
		return err
	}
	var s event.Statement
	if err := jose.Unmarshal(h.Statement, &s); err != nil {
		return err
	}
	unit, ok := p.units[s.Type()]
	if !ok {
		return handoff.ErrNotAdmitted
	}
	if err := unit.Handle(ctx, tx, handoff.Incoming{From: h.From, Statement: s, Came: h.At}); err != nil {
		return err
	}
	if h, err = heldTable.Get(tx, seenName(from, id)); vault.Gone(err) {
		return nil // what it said was taken back, and itself with that
	}
	return errors.Join(err, letGo(tx, id, h))
}

// Discard lets go of what is held and was taken back: which says of a statement
// whether it was.
func (p *Post) Discard(tx *vault.Tx, which func(from posada.AgencyID, s event.Statement) bool) error {
	type one struct {
		id posada.EventID
		held
	}
	var back []one
	err := heldTable.Each(tx, func(name string, h held) error {
		var s event.Statement
		if err := jose.Unmarshal(h.Statement, &s); err != nil {
			return err
		}
		if which(h.From, s) {
			back = append(back, one{s.ID(), h})
		}
		return nil
	})
	for _, b := range back {
		err = errors.Join(err, letGo(tx, b.id, b.held), audit.Append(tx, audit.Entry{At: p.c.Now(), Act: audit.HeldErased, Event: b.id, Peer: b.From}))
	}
	return err
}

// letGo removes what was held, and gives up its key.
func letGo(tx *vault.Tx, id posada.EventID, h held) error {
	other, err := peerOf(tx, h.From)
	if err != nil {
		return err
	}
	other.Held = slices.DeleteFunc(other.Held, func(held posada.EventID) bool { return held == id })
	other.Bytes -= len(h.Statement)
	if len(other.Held) == 0 {
		other.Bytes = 0
	}
	err = errors.Join(peers.Put(tx, string(h.From), vault.KeyID{}, other), heldTable.Delete(tx, seenName(h.From, id)))
	if (h.Key == vault.KeyID{}) {
		return err
	}
	return errors.Join(err, tx.Erase(h.Key))
}

// seenFor is how long it is remembered that a statement was seen. A disclosure
// said again after that comes under a grant that has ended, and a mark under a
// number that was used.
const seenFor = consent.MaxLife + 30*24*time.Hour

// Sweep lets go of what was held as long as it may be, and once a day of what
// was seen long ago. What of it cannot be let go keeps nothing else.
func (p *Post) Sweep() error {
	now := p.c.Now()
	var err error
	if today := posada.EpochAt(now); today != p.forgot {
		if err = p.forget(now); err == nil {
			p.forgot = today
		}
	}
	return errors.Join(err, p.sweepHeld(now))
}

func (p *Post) forget(now time.Time) error {
	return p.c.Vault.Update(func(tx *vault.Tx) error {
		return seenTable.Each(tx, func(name string, s seen) error {
			if now.Sub(s.At) < seenFor {
				return nil
			}
			return seenTable.Delete(tx, name)
		})
	})
}

func (p *Post) sweepHeld(now time.Time) error {
	var over []held
	var ids []posada.EventID
	unread := 0
	err := p.c.Vault.View(func(tx *vault.Tx) error {
		return peers.Each(tx, func(name string, other peer) error {
			for _, id := range other.Held {
				h, err := heldTable.Get(tx, seenName(posada.AgencyID(name), id))
				switch {
				case vault.Gone(err):
					h = held{From: posada.AgencyID(name)} // only its place is left
				case err != nil:
					unread++
					continue
				}
				if !now.Before(h.Until) {
					over, ids = append(over, h), append(ids, id)
				}
			}
			return nil
		})
	})
	if unread > 0 {
		p.c.Log.Alarm("statements that are held cannot be read; they stay", obs.Count(unread))
	}
	for i, h := range over {
		err = errors.Join(err, p.c.Vault.Update(func(tx *vault.Tx) error {
			return errors.Join(letGo(tx, ids[i], h), audit.Append(tx, audit.Entry{At: now, Act: audit.HeldErased, Event: ids[i], Peer: h.From}))
		}))
	}
	return err
}
