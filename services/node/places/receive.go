package places

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Why something is not admitted, as people are told it (pkg/i18n, aside.*).
const (
	refusedLetter = "need_letter"
	refusedNeed   = "unknown_need"
	refusedMany   = "need_many"
	refusedPolicy = "not_covered"
)

// mostOpen is how many needs of one agency are open here at once. A night's surge is
// fewer; somebody who asks for more is counting beds.
const mostOpen = 512

// remembered is how long a need that is over is known here after its time: nothing of it can
// come then any more.
const remembered = 24 * time.Hour

// late is how long after an offer lapsed a choice of it is still answered with a place,
// should there be one: it was made in time and was on its way.
const late = 5 * time.Minute

// Handle takes in a need, that we were chosen, or that a need is closed.
func (p *Places) Handle(ctx context.Context, tx *vault.Tx, in handoff.Incoming) error {
	if in.Statement.Type() == event.TypeNeed {
		return p.takeNeed(ctx, tx, in)
	}
	var about need.About
	if err := in.Statement.Read(&about); err != nil || about.Need == "" {
		return handoff.Refuse(refusedLetter, err)
	}
	a, err := of(tx, in.From, about.Need)
	if err != nil && !vault.Gone(err) {
		return err
	}
	now := p.c.Now().UTC()
	switch {
	case in.Statement.Type() == event.TypeClosed && err != nil:
		return p.closeFirst(ctx, tx, asked{
			ID: about.Need, From: in.From, Came: in.Came, Until: now.Add(posada.PriorityNormal.Answer()), State: posada.PlacementClosed,
		})
	case in.Statement.Type() == event.TypeClosed:
		return p.close(tx, a, now)
	case err != nil:
		return handoff.Await(refusedNeed, err)
	}
	return p.hold(ctx, tx, a, now)
}

// closeFirst notes that a need is closed that did not come yet: it is known when it does. Of
// whom no need would be taken in nothing is noted, nor more than one agency may have open.
func (p *Places) closeFirst(ctx context.Context, tx *vault.Tx, a asked) error {
	permit, err := p.permits(ctx, a.From, need.Profile{Services: need.Placing()})
	if err != nil || !permit.Covers(posada.SetOf(posada.CategoryNeeds)) {
		return err
	}
	notes := 0
	err = needs.Each(tx, func(_ string, b asked) error {
		if b.From == a.From && b.State == posada.PlacementClosed {
			notes++
		}
		return nil
	})
	if err != nil || notes >= mostOpen {
		return err
	}
	return begin(tx, a)
}

// takeNeed takes a need in where the policy lets it be between the two of us.
func (p *Places) takeNeed(ctx context.Context, tx *vault.Tx, in handoff.Incoming) error {
	var n need.Posting
	if err := in.Statement.Read(&n); err != nil {
		return handoff.Refuse(refusedLetter, err)
	}
	if err := n.Check(); err != nil {
		return handoff.Refuse(refusedLetter, err)
	}
	switch _, err := of(tx, in.From, n.Need); {
	case err == nil:
		return nil // closed before it came
	case !vault.Gone(err):
		return err
	}
	now := p.c.Now().UTC()
	until := earlier(now.Add(n.Profile.Priority.Answer()), n.Until)
	if !now.Before(until) {
		return nil // it is over: nothing of it is kept
	}
	permit, err := p.permits(ctx, in.From, n.Profile)
	if err != nil {
		return err
	}
	if !permit.Covers(posada.SetOf(posada.CategoryNeeds)) {
		return handoff.Refuse(refusedPolicy, nil)
	}
	switch many, err := p.many(tx, in.From, now); {
	case err != nil:
		return err
	case many:
		return handoff.Refuse(refusedMany, nil)
	}
	key, err := tx.NewKey()
	if err != nil {
		return err
	}
	a := asked{ID: n.Need, From: in.From, Came: now, Until: until, Profile: n.Profile, State: posada.PlacementAsked, Key: key}
	return errors.Join(begin(tx, a), audit.Append(tx, audit.Entry{
		At: now, Act: audit.NeedCame, Need: a.ID, Event: in.Statement.ID(), Peer: in.From,
		Shared: posada.SetOf(posada.CategoryNeeds), Policy: p.c.Policy.Get().Digest(),
	}))
}

// many reports whether an agency has as many open needs here as one may have.
func (p *Places) many(tx *vault.Tx, from posada.AgencyID, now time.Time) (bool, error) {
	open := 0
	err := needs.Each(tx, func(_ string, a asked) error {
		if a.From == from && !a.at(now).State.Over() {
			open++
		}
		return nil
	})
	return open >= mostOpen, err
}

// hold answers whoever chose us: the place is held from now, or it is gone. Of whoever is
// here already nothing changes, whatever comes; nor of what is over, but that it is said so.
func (p *Places) hold(ctx context.Context, tx *vault.Tx, a asked, now time.Time) error {
	r := need.Reply{Need: a.ID, Says: posada.ReplyGone}
	switch st := a.at(now).State; {
	case st == posada.PlacementArrived:
		return nil
	case st == posada.PlacementDeclined || st.Over():
		return p.reply(tx, a, r, now)
	}
	permit, err := p.permits(ctx, a.From, a.Profile)
	if err != nil {
		return err
	}
	offered := a.State == posada.PlacementOffered && now.Before(a.Lasts.Add(late)) || a.State == posada.PlacementHeld
	if offered && permit.Covers(posada.SetOf(posada.CategoryNeeds)) {
		at, err := table.Get(tx, a.Place)
		if err != nil && !vault.Gone(err) {
			return err
		}
		if err == nil {
			at.Beds, r.Until = at.Beds.Hold(a.Name, a.Beds, now)
			if !r.Until.IsZero() {
				r.Meet = at.Rules.Meet
			}
			if err := table.Put(tx, a.Place, vault.KeyID{}, at); err != nil {
				return err
			}
		}
	}
	act := audit.PlaceGone
	a.State = posada.PlacementGone
	if !r.Until.IsZero() {
		act, a.State, a.Lasts, a.Held, r.Says = audit.PlaceHeld, posada.PlacementHeld, r.Until, true, posada.ReplyHeld
	}
	return errors.Join(p.reply(tx, a, r, now), keep(tx, a), audit.Append(tx, audit.Entry{At: now, Act: act, Need: a.ID, Peer: a.From}))
}

// close lets go of what a need holds and of all that it said. Whoever is here already
// stays: a stay is nothing that a letter ends.
func (p *Places) close(tx *vault.Tx, a asked, now time.Time) error {
	if a.State == posada.PlacementArrived || a.State == posada.PlacementClosed {
		return nil
	}
	if err := p.release(tx, a); err != nil {
		return err
	}
	if a.Key != (vault.KeyID{}) {
		if err := tx.Erase(a.Key); err != nil {
			return err
		}
	}
	a = a.over(posada.PlacementClosed)
	return errors.Join(keep(tx, a), audit.Append(tx, audit.Entry{At: now, Act: audit.NeedClosed, Need: a.ID, Peer: a.From}))
}

// release gives back the beds that a need holds; what it asks for later it does not get.
func (p *Places) release(tx *vault.Tx, a asked) error {
	if a.Place == "" {
		return nil
	}
	at, err := table.Get(tx, a.Place)
	if vault.Gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	at.Beds = at.Beds.Release(a.Name)
	return table.Put(tx, a.Place, vault.KeyID{}, at)
}

func (p *Places) reply(tx *vault.Tx, a asked, r need.Reply, now time.Time) error {
	e, err := event.Reply(p.c.Random, r, now)
	if err != nil {
		return err
	}
	return p.c.Post.Enqueue(tx, a.From, e, vault.KeyID{})
}

// Recheck: an answer goes to whoever asked, when it can be reached and as long as it may ask:
// one that is to be feared since would hear where a bed is. An offer that lapsed on the way,
// or that was taken back, does not go.
func (p *Places) Recheck(ctx context.Context, tx *vault.Tx, to posada.AgencyID, e event.Event) (handoff.Verdict, error) {
	r, ok := e.Reply()
	if !ok {
		return handoff.Stop, nil
	}
	permit, err := p.permits(ctx, to, need.Profile{Services: need.Placing()})
	if err != nil {
		return handoff.Stop, err
	}
	if !permit.Covers(posada.SetOf(posada.CategoryNeeds)) {
		lacks := permit.Unmet(posada.CategoryNeeds)
		if !slices.ContainsFunc(lacks, func(c posada.Condition) bool { return c != "A.fresh" && c != "A.asker" }) &&
			p.c.Members.Get().Standing(to) != posada.StandingUnknown {
			return handoff.Wait, nil // stale, or suspended
		}
		return handoff.Stop, nil
	}
	if r.Says != posada.ReplyOffer {
		return handoff.Send, nil
	}
	a, err := of(tx, to, r.Need)
	if vault.Gone(err) || err == nil && (a.State != posada.PlacementOffered || !p.c.Now().Before(r.Until)) {
		return handoff.Stop, nil
	}
	if err != nil {
		return handoff.Stop, err
	}
	return handoff.Send, nil
}

// Settled has nothing to note.
func (*Places) Settled(*vault.Tx, posada.AgencyID, event.Event, handoff.Ending) error { return nil }

// Sweep destroys what was said of needs that are over, and forgets them when nothing of
// them can come any more.
func (p *Places) Sweep() error {
	now := p.c.Now().UTC()
	return p.c.Vault.Update(func(tx *vault.Tx) error {
		return needs.Each(tx, func(name string, a asked) error {
			after := a.at(now)
			forgotten := after.State.Over() && now.Sub(a.Until) > remembered
			if !forgotten && (after.State == a.State || !after.State.Over()) {
				return nil
			}
			if a.Key != (vault.KeyID{}) {
				if err := tx.Erase(a.Key); err != nil {
					return err
				}
			}
			if forgotten {
				return errors.Join(p.forget(tx, a), needs.Delete(tx, name), named.Delete(tx, namedBy(a.From, a.ID)))
			}
			return keep(tx, after.over(after.State))
		})
	})
}

// over is a need of which nothing is left but that there was one, and where it was offered.
func (a asked) over(state posada.PlacementState) asked {
	return asked{ID: a.ID, Name: a.Name, From: a.From, Came: a.Came, Until: a.Until, State: state, Place: a.Place, Held: a.Held}
}

// forget forgets a need in the place that it was offered.
func (p *Places) forget(tx *vault.Tx, a asked) error {
	at, err := table.Get(tx, a.Place)
	if a.Place == "" || vault.Gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	at.Beds = at.Beds.Forget(a.Name)
	return table.Put(tx, a.Place, vault.KeyID{}, at)
}
