package needs

import (
	"context"
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
	if err := n.keep(tx, &k, now); err != nil {
		return err
	}
	return audit.Append(tx, audit.Entry{At: now, Act: audit.PlaceAnswered, Case: k.CaseID, Need: k.ID, Event: in.Statement.ID(), Peer: in.From})
}

// Recheck decides again before each attempt. A question goes only while it is still
// open for that agency and may still be asked of it; that it is chosen, only while it
// is; that it is closed may always be told to a member.
func (n *Needs) Recheck(ctx context.Context, tx *vault.Tx, to posada.AgencyID, e event.Event) (handoff.Verdict, error) {
	if e.Type() == event.TypeClosed {
		return n.whenReached(to), nil
	}
	k, err := table.Get(tx, string(e.Concerns()))
	if vault.Gone(err) {
		return handoff.Stop, nil
	}
	if err != nil {
		return handoff.Stop, err
	}
	now := n.c.Now()
	life := k.Life.At(now)
	if life.State.Over() || slices.Contains(k.Told, to) || slices.Contains(life.Closed(), to) {
		return handoff.Stop, nil
	}
	if e.Type() == event.TypeChosen {
		if life.Chosen != to {
			return handoff.Stop, nil
		}
		return n.whenReached(to), nil
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

// whenReached lets what says nothing of anybody go to a member when it can be reached.
func (n *Needs) whenReached(to posada.AgencyID) handoff.Verdict {
	switch n.c.Members.Get().Standing(to) {
	case posada.StandingActive:
		return handoff.Send
	case posada.StandingSuspended:
		return handoff.Wait
	}
	return handoff.Stop
}

// Settled notes that a question never reached an agency: it is not told that what it
// never heard of is closed. One that was read after all is.
func (n *Needs) Settled(tx *vault.Tx, to posada.AgencyID, e event.Event, how handoff.Ending) error {
	if e.Type() != event.TypeNeed {
		return nil
	}
	k, err := table.Get(tx, string(e.Concerns()))
	if vault.Gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	k.Missed = slices.DeleteFunc(k.Missed, func(a posada.AgencyID) bool { return a == to })
	if how == handoff.Ended {
		k.Missed = append(k.Missed, to)
	}
	return n.keep(tx, &k, n.c.Now().UTC())
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
				return table.Delete(tx, name)
			}
			return n.pass(tx, k, now)
		})
	})
	n.c.Post.Wake()
	return err
}

// pass is one need's step by time.
func (n *Needs) pass(tx *vault.Tx, k kept, now time.Time) error {
	before := k.Life.State
	k.Life = k.Life.At(now)
	if k.Life.State == before {
		return nil
	}
	if err := n.keep(tx, &k, now); err != nil || !k.Life.State.Over() {
		return err
	}
	return audit.Append(tx, audit.Entry{At: now, Act: audit.NeedEnded, Case: k.CaseID, Need: k.ID})
}
