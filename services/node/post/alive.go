package post

import (
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Times of keep-alives.
const (
	aliveEach = 8 * time.Hour    // each member is told
	aliveRare = 24 * time.Hour   // one that was not heard as long is
	aliveAnew = 10 * time.Minute // one that is not at the hub by then is made anew
	askEach   = time.Minute      // the least between two questions, and two answers
)

// passed reports whether that much time went by since. A time that is yet to come
// is of a clock that was wrong.
func passed(since, now time.Time, d time.Duration) bool {
	return now.Sub(since) >= d || since.After(now)
}

// aliveEach is how often a member is told. Of one that is not there the mailbox
// fills: what tells it that others are is not to take the room of what others say.
func (o *peer) aliveEach(now time.Time) time.Duration {
	if passed(o.Newest, now, aliveRare) && passed(o.Ahead.At, now, aliveRare) {
		return aliveRare
	}
	return aliveEach
}

// Ask asks an agency soon how far what it said to us goes: somebody wants to know more
// than is known. It may be called in any transaction, and in one that fails; whoever
// still wants to know asks again.
func (p *Post) Ask(to posada.AgencyID) {
	p.mu.Lock()
	p.asking[to] = true
	p.mu.Unlock()
	p.Wake()
}

// toAsk are the agencies that are to be asked; they are no more.
func (p *Post) toAsk() map[posada.AgencyID]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.asking
	p.asking = map[posada.AgencyID]bool{}
	return list
}

// mayBeAsked reports whether it may be asked again: once a minute, and where it has said
// nothing since, less often. The question lies in its mailbox.
func (o *peer) mayBeAsked(now time.Time) bool {
	if o.Heard.Before(o.Asked) {
		return passed(o.Asked, now, aliveAnew)
	}
	return passed(o.Asked, now, askEach)
}

// keepAlive queues what tells other agencies how far what was said to them goes: each
// active member every eight hours, whatever was said to it; who is to be asked the same;
// and who asked. Whom it told and when is kept, so that a restart tells nothing anew.
func (p *Post) keepAlive(membersChanged bool) error {
	if p.unsure.Load() {
		return nil
	}
	now, asked, owed := p.c.Now(), p.toAsk(), p.owed.Swap(false)
	if !membersChanged && !owed && len(asked) == 0 && now.Before(p.toldAgain) && !p.toldAgain.After(now.Add(aliveAnew)) {
		return nil
	}
	p.toldAgain = time.Time{} // until it is done
	var due []telling
	var next time.Time
	if err := p.c.Vault.View(func(tx *vault.Tx) (err error) {
		due, next, err = p.untold(tx, now, asked)
		return err
	}); err != nil {
		return err
	}
	if len(due) > 0 {
		err := p.c.Vault.Update(func(tx *vault.Tx) error {
			open, err := openPlaces(tx)
			for _, t := range due {
				if err == nil {
					err = p.tell(tx, t, open[t.to])
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	p.toldAgain = next
	return nil
}

// telling is a keep-alive that is to be made.
type telling struct {
	to   posada.AgencyID
	asks bool
}

// untold are the members that are to be told now, and when there may be others. Who
// has no key to seal to is told when it has.
func (p *Post) untold(tx *vault.Tx, now time.Time, asked map[posada.AgencyID]bool) (due []telling, next time.Time, err error) {
	members := p.c.Members.Get()
	next = now.Add(aliveAnew)
	for _, a := range members.Agencies() {
		if a.ID == p.c.Agency || a.Standing != posada.StandingActive {
			continue
		}
		other, err := peerOf(tx, a.ID)
		if err != nil {
			return nil, next, err
		}
		t := telling{a.ID, asked[a.ID] && other.mayBeAsked(now)}
		tell := t.asks || passed(other.Kept, now, other.aliveEach(now)) || other.Owes && passed(other.Answered, now, askEach)
		if !tell {
			next = minTime(next, other.Kept.Add(other.aliveEach(now)))
			if other.Owes {
				next = minTime(next, other.Answered.Add(askEach))
			}
			if tell, err = waitsLong(tx, other.Alive, now); err != nil {
				return nil, next, err
			}
		}
		if _, err := p.address(members, a.ID); tell && err == nil {
			due = append(due, t)
		}
	}
	return due, next, nil
}

// waitsLong reports whether a keep-alive has waited in the outbox too long.
func waitsLong(tx *vault.Tx, id posada.EventID, now time.Time) (bool, error) {
	if id == "" {
		return false, nil
	}
	w, err := outbox.Get(tx, string(id))
	if vault.Gone(err) {
		return false, nil
	}
	return passed(w.Queued, now, aliveAnew), err
}

// openPlaces is, for each agency, the lowest place of which it has not sent a
// receipt.
func openPlaces(tx *vault.Tx) (map[posada.AgencyID]uint64, error) {
	open := map[posada.AgencyID]uint64{}
	return open, outbox.Each(tx, func(_ string, w waiting) error {
		if seq := w.Place.Seq; seq > 0 && (open[w.To] == 0 || seq < open[w.To]) {
			open[w.To] = seq
		}
		return nil
	})
}

// tell queues a keep-alive, and notes what it is for.
func (p *Post) tell(tx *vault.Tx, t telling, open uint64) error {
	other, err := peerOf(tx, t.to)
	if err != nil {
		return err
	}
	now := p.c.Now()
	if passed(other.Kept, now, other.aliveEach(now)) {
		other.Kept = now.UTC()
	}
	if t.asks {
		other.Asked = now.UTC()
	}
	if other.Owes {
		other.Owes, other.Answered = false, now.UTC()
	}
	return p.sayAlive(tx, t.to, other, open, t.asks)
}

// sayAlive queues a keep-alive in the place of one that was not sent. What that one
// asked, it asks.
func (p *Post) sayAlive(tx *vault.Tx, to posada.AgencyID, other peer, open uint64, ask bool) error {
	if other.Alive != "" {
		w, err := outbox.Get(tx, string(other.Alive))
		switch {
		case vault.Gone(err):
		case err != nil:
			return err
		default:
			if before, err := event.Restore(w.Event); err == nil {
				ask = ask || before.Reach().Ask
			}
			if err := outbox.Delete(tx, string(other.Alive)); err != nil {
				return err
			}
		}
	}
	e, err := event.Alive(p.c.Random, event.Reach{Seq: other.OutSeq, Last: other.OutLast, Open: open, Ask: ask}, p.c.Now())
	if err != nil {
		return err
	}
	other.Alive = e.ID()
	if err := peers.Put(tx, string(to), vault.KeyID{}, other); err != nil {
		return err
	}
	return p.Enqueue(tx, to, e, vault.KeyID{})
}

// asOfNow is a keep-alive that waits, and says how far the sequence goes now: places may
// have been given since it was made. Those have no receipts yet.
func (p *Post) asOfNow(tx *vault.Tx, to posada.AgencyID, e event.Event) (event.Event, error) {
	other, err := peerOf(tx, to)
	if err != nil {
		return event.Event{}, err
	}
	r := e.Reach()
	if r.Open == 0 && r.Seq < other.OutSeq {
		r.Open = r.Seq + 1
	}
	r.Seq, r.Last = other.OutSeq, other.OutLast
	return event.Alive(p.c.Random, r, p.c.Now())
}

// takeAlive notes how far another agency says that its sequence goes, and that it is
// to be answered where it asks.
func (p *Post) takeAlive(tx *vault.Tx, from posada.AgencyID, s event.Statement, sealed time.Time, t *taken) error {
	var r event.Reach
	if err := s.Read(&r); err != nil || !r.Sound() {
		return nil // signed nonsense of a member; nothing to do with it
	}
	now := p.c.Now()
	nearer, err := p.hears(tx, from, func(other *peer) error {
		before := other.missing()
		switch continues := other.reach(r, minTime(s.Time(), sealed), now, p.c.Again); {
		case other.Behind:
			p.c.Log.Alarm("a member has our receipt of what is not here: this node's store is one of before", obs.EventID(s.ID()))
		case !continues:
			p.c.Log.Alarm("a sender's sequence does not continue the one we saw", obs.EventID(s.ID()))
		}
		if more := other.missing() - before; more > 0 {
			p.c.Log.Info("a sender said more than has come", obs.Count(more))
		}
		other.Owes = other.Owes || r.Ask
		return nil
	})
	t.nearer, t.asked = t.nearer || nearer, t.asked || r.Ask
	return err
}
