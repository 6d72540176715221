package needs

import (
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Why a reply is not admitted, as people are told it (pkg/i18n, aside.*).
const (
	refusedReply = "need_reply"
	refusedNeed  = "unknown_need"
)

// Handle takes in what an agency answered.
func (n *Needs) Handle(_ context.Context, tx *vault.Tx, in handoff.Incoming) error {
	var r need.Reply
	if err := in.Statement.Read(&r); err != nil {
		return handoff.Refuse(refusedReply, err)
	}
	if err := r.Check(); err != nil {
		return handoff.Refuse(refusedReply, err)
	}
	k, err := table.Get(tx, string(r.Need))
	if vault.Gone(err) {
		return handoff.Refuse(refusedNeed, err)
	}
	if err != nil {
		return err
	}
	now := n.c.Now().UTC()
	after, err := k.Life.Take(in.From, r, now)
	if err != nil {
		return handoff.Refuse(refusedNeed, err)
	}
	k.Life = after
	k.Missed = without(k.Missed, in.From) // it had the question after all
	if err := n.keep(tx, &k, now); err != nil {
		return err
	}
	return audit.Append(tx, audit.Entry{At: now, Act: audit.PlaceAnswered, Case: k.CaseID, Need: k.ID, Event: in.Statement.ID(), Peer: in.From})
}

// Recheck decides again before each attempt. A question goes only while it is still
// open for that agency and may still be asked of it; that it is chosen, only while it
// is; that it is closed may always be told to a member.
func (n *Needs) Recheck(ctx context.Context, tx *vault.Tx, to posada.AgencyID, e event.Event) (handoff.Verdict, error) {
	k, err := table.Get(tx, string(e.Concerns()))
	switch {
	case e.Type() == event.TypeClosed && (vault.Gone(err) || err == nil && !slices.Contains(k.Missed, to)):
		return n.whenReached(to), nil
	case vault.Gone(err) || err == nil && e.Type() == event.TypeClosed:
		return handoff.Stop, nil // what it never heard of is not closed to it
	case err != nil:
		return handoff.Stop, err
	}
	now := n.c.Now()
	life := k.Life.At(now)
	if life.State.Over() || slices.Contains(k.Told, to) || slices.Contains(life.Closed(), to) {
		return handoff.Stop, nil
	}
	if e.Type() == event.TypeChosen && life.Chosen != to {
		return handoff.Stop, nil
	}
	feared, err := n.c.Consents.Feared(tx, k.Case)
	if err != nil {
		return handoff.Stop, err
	}
	allowed := permission{named: life.Asked, feared: feared, from: k.Posted, until: life.Until}
	permit, err := n.ask(ctx, to, k.Profile, allowed)
	switch {
	case err != nil:
		return handoff.Stop, err
	case permit.Covers(posada.SetOf(posada.CategoryNeeds)):
		return handoff.Send, nil
	case slices.Equal(permit.Unmet(posada.CategoryNeeds), []posada.Condition{"A.fresh"}):
		return handoff.Wait, nil
	}
	return handoff.Stop, nil
}

// whenReached lets what says nothing of anybody go to a member when it can be reached; one
// that is to be feared by now hears nothing more.
func (n *Needs) whenReached(to posada.AgencyID) handoff.Verdict {
	switch standing := n.c.Members.Get().Standing(to); {
	case n.c.Members.Get().Class(to).Distrusted():
		return handoff.Stop
	case standing == posada.StandingActive || standing == posada.StandingJoining:
		return handoff.Send
	case standing == posada.StandingSuspended:
		return handoff.Wait
	}
	return handoff.Stop
}

// Settled notes that a question never reached an agency: it is not told that what it
// never heard of is closed. One that was read after all is.
func (n *Needs) Settled(tx *vault.Tx, to posada.AgencyID, e event.Event, how handoff.Ending) error {
	id, err := letters.Get(tx, string(e.ID()))
	question := err == nil
	if !question && e.Type() == event.TypeClosed {
		id, err = e.Concerns(), nil
	}
	if vault.Gone(err) {
		return nil
	}
	k, err := table.Get(tx, string(id))
	if vault.Gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case question && how == handoff.Ended:
		k.Missed = append(without(k.Missed, to), to)
	case question:
		k.Missed = without(k.Missed, to)
	case how == handoff.Ended:
		k.Told = without(k.Told, to) // should it have had the question after all
		return table.Put(tx, string(k.ID), k.Key, k)
	}
	return n.keep(tx, &k, n.c.Now().UTC())
}

// without is a list of agencies without one.
func without(list []posada.AgencyID, a posada.AgencyID) []posada.AgencyID {
	return slices.DeleteFunc(slices.Clone(list), func(b posada.AgencyID) bool { return a == b })
}

// Sweep takes the step that time alone takes: offers lapse, holds and needs end, and
// whoever is to know is told. What is over for long is forgotten.
func (n *Needs) Sweep() error {
	now := n.c.Now().UTC()
	err := n.c.Vault.Update(func(tx *vault.Tx) error {
		err := previews.Each(tx, func(digest string, s shown) error {
			if now.Before(s.Until) {
				return nil
			}
			return previews.Delete(tx, digest)
		})
		if err != nil {
			return err
		}
		return table.Each(tx, func(name string, k kept) error {
			if !k.Counted.IsZero() && now.Sub(k.Counted) > remembered {
				return forget(tx, name, k)
			}
			return n.pass(tx, k, now)
		})
	})
	n.c.Post.Wake()
	return err
}

// forget forgets a need that is over for long.
func forget(tx *vault.Tx, name string, k kept) error {
	for _, id := range k.Letters {
		if err := letters.Delete(tx, string(id)); err != nil {
			return err
		}
	}
	return table.Delete(tx, name)
}

// pass is one need's step by time, and by whom the person excluded since.
func (n *Needs) pass(tx *vault.Tx, k kept, now time.Time) error {
	before := k.Life
	k.Life = k.Life.At(now)
	if err := n.refuseFeared(tx, &k, now); err != nil || reflect.DeepEqual(k.Life, before) {
		return err
	}
	if err := n.keep(tx, &k, now); err != nil || !k.Life.State.Over() {
		return err
	}
	return audit.Append(tx, audit.Entry{At: now, Act: audit.NeedEnded, Case: k.CaseID, Need: k.ID})
}
