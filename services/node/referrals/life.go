package referrals

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/page"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/silence"
	"github.com/posada-exchange/posada/pkg/vault"
)

func (r *Referrals) view(k kept) referral.View {
	v := referral.View{
		ID: k.ID, Side: k.Side, Peer: k.Peer, Case: k.Case, Consent: k.Consent, Alias: k.Alias, Purpose: k.Purpose,
		State: k.Life.State(), Life: k.Life, Sent: k.Sent, Delivered: k.Delivered, Paper: k.Paper,
		Content: k.Content, Obligations: k.Obligations, Shredded: k.Shredded, Unconfirmed: r.unconfirmed(k), Of: k.Of,
	}
	if r.holding(k) == posada.HoldingHeld {
		for _, o := range k.Given.Onward {
			if k.naming(o.Agency) == posada.Named {
				v.Onward = append(v.Onward, o.Agency)
			}
		}
	}
	for _, s := range posada.Members[posada.ReferralState]() {
		if s == posada.StateWithdrawnBySurvivor {
			continue // see Set
		}
		if _, _, err := k.Set(sample(s)); err == nil {
			v.May = append(v.May, s)
		}
	}
	if answer := k.Content.Priority.Answer(); answer > 0 {
		v.AnswerBy = k.Sent.Add(answer)
		v.Overdue = referral.Unanswered(v.State) && r.c.Now().After(v.AnswerBy)
	}
	v.Silence = r.silence(k)
	return v
}

// silence is how far it is with what was sent and nobody took up. To look further away, or
// to pay for a room, answers no referral.
func (r *Referrals) silence(k kept) silence.Standing {
	if k.Side != referral.Source || !referral.Unanswered(k.Life.State()) {
		return silence.Standing{}
	}
	steps := []posada.SilenceStep{posada.SilenceReminder, posada.SilenceCoordinator}
	return r.c.Policy.Get().Silence().At(k.Content.Priority, k.Sent, r.c.Now(), steps)
}

// sample is a mark with whatever its state needs, to ask whether it may be
// set.
func sample(s posada.ReferralState) referral.Mark {
	m := referral.Mark{State: s}
	if s == posada.StateDeclined {
		m.Reason = posada.DeclineOther
	}
	if s == posada.StateCompleted {
		m.Outcome = posada.OutcomeSuccessful
	}
	return m
}

// List is every referral she is to know of, the newest first, without content.
func (r *Referrals) List(ctx context.Context, by handoff.Asker) (list []referral.View, err error) {
	all, err := r.Page(ctx, by, page.Asked{})
	return all.Rows, err
}

// Page is a part of that list.
func (r *Referrals) Page(ctx context.Context, by handoff.Asker, a page.Asked) (part page.Of[referral.View], err error) {
	err = r.c.Vault.View(func(tx *vault.Tx) error {
		all, err := table.All(tx)
		if err != nil {
			return err
		}
		part, err = page.Take(all, kept.place, a, func(k kept) (referral.View, bool, error) {
			v, err := r.look(ctx, tx, by, k)
			if notThere(err) {
				return referral.View{}, false, nil
			}
			v.Content.Records, v.Questions, v.Asks, v.More, v.Unheard, v.Confirm = nil, nil, nil, false, false, false
			return v, true, err
		})
		return err
	})
	return part, err
}

func (k kept) place() page.Place { return page.Place{At: k.Sent, ID: string(k.ID)} }

// Waiting counts what came in, waits for an answer and is to have one before the day is over.
func (r *Referrals) Waiting() (count int, err error) {
	return count, r.c.Vault.View(func(tx *vault.Tx) error {
		return table.Each(tx, func(_ string, k kept) error {
			here := k.Side == referral.Target && k.Of == "" && !k.Gone && k.Content.Priority.Soon() && referral.Unanswered(k.Life.State())
			if here || r.silence(k).Fresh(r.c.Now(), silence.ToldWithin) {
				count++
			}
			return nil
		})
	})
}

// Show is one referral with what of its content she may see. That she looked,
// and at which categories, is noted.
func (r *Referrals) Show(ctx context.Context, by handoff.Asker, id posada.ReferralID) (v referral.View, err error) {
	err = r.c.Vault.Update(func(tx *vault.Tx) error {
		k, err := find(tx, id)
		if err != nil {
			return err
		}
		if v, err = r.look(ctx, tx, by, k); err != nil {
			return err
		}
		if v.Unheard {
			if err := r.askIssuer(tx, k); err != nil {
				return err
			}
		}
		if err := r.noteLook(tx, k); err != nil {
			return err
		}
		return audit.Append(tx, audit.Entry{
			At: r.c.Now(), By: by.ID, Act: audit.ReferralLookedAt, Referral: id, Shared: v.Content.Categories().Or(answersIn(v)), Policy: r.c.Policy.Get().Digest(),
		})
	})
	return v, err
}

// Known is what keeps an order beside a referral: the case it is of, or itself. Nothing of it
// is shown, so nothing is noted. fault.NothingThere: she is not to know of it.
func (r *Referrals) Known(ctx context.Context, by handoff.Asker, id posada.ReferralID) (of string, err error) {
	return of, r.c.Vault.View(func(tx *vault.Tx) error {
		k, err := find(tx, id)
		if err != nil {
			return err
		}
		of = cmp.Or(k.Case, string(cmp.Or(k.Of, k.ID)))
		_, err = r.look(ctx, tx, by, k)
		return err
	})
}

// noteLook keeps that somebody saw what came in: whoever shared it is told so, should
// she take it back.
func (r *Referrals) noteLook(tx *vault.Tx, k kept) error {
	looked := k.Looked()
	if looked.Read == k.Read {
		return nil
	}
	k.Copy = looked
	return table.Put(tx, string(k.ID), k.Key, k)
}

// find is a referral, whoever may see it.
func find(tx *vault.Tx, id posada.ReferralID) (kept, error) {
	k, err := table.Get(tx, string(id))
	if vault.Gone(err) {
		return kept{}, nothing()
	}
	return k, err
}

// nothing is what is said of a referral that is not there, and of one that
// somebody is not to know of.
func nothing() error { return fault.New(fault.Withheld, fault.NothingThere) }

func notThere(err error) bool { return fault.From(err).Key == fault.NothingThere }

// look is a referral as somebody sees it, reduced to what the policy lets her
// look at. Of one whose need she may not see she is not to know.
func (r *Referrals) look(ctx context.Context, tx *vault.Tx, by handoff.Asker, k kept) (referral.View, error) {
	if k.Unseen {
		return referral.View{}, nothing()
	}
	assigned, err := r.assigned(tx, k)
	if err != nil {
		return referral.View{}, err
	}
	t, err := talkOf(tx, k)
	if err != nil {
		return referral.View{}, err
	}
	carried := k.Content.Categories()
	all := carried.With(posada.CategoryNeeds).Or(t.Categories())
	asks := by.Confirmed().LooksAtOwn(assigned, all)
	if (k.Side == referral.Target || k.Of != "") && !k.Gone {
		window := posada.WindowWithin
		if r.over(k) {
			window = posada.WindowAfter
		}
		of, err := r.shared(tx, k, window)
		if err != nil {
			return referral.View{}, err
		}
		asks = by.Confirmed().LooksAtReceived(assigned, of, all)
	}
	shown := asks
	shown.Asked = asks.Asked.Minus(by.AfterConfirming)
	sight, err := r.c.Policy.Get().View(ctx, shown)
	if err != nil {
		return referral.View{}, err
	}
	if !sight.Categories().Has(posada.CategoryNeeds) {
		return referral.View{}, nothing()
	}
	v := r.view(k)
	v.Assigned, v.More = assigned, !sight.Categories().Covers(carried)
	v.Content, _ = redact.Narrow(k.Content, sight.Categories())
	r.showTalk(&v, by, k, t, sight.Categories())
	if v.Confirm, err = r.heldBack(ctx, by, asks); err != nil {
		return referral.View{}, err
	}
	// Whether it is there to be shown then is told too, and asked.
	v.Unheard, err = r.unheard(ctx, asks, sight)
	return v, err
}

// assigned are those whose work a referral is. What was sent of a case goes with
// the case.
func (r *Referrals) assigned(tx *vault.Tx, k kept) ([]posada.StaffID, error) {
	if k.Side == referral.Target {
		return k.Assigned, nil
	}
	if k.Of != "" { // as what it is part of
		of, err := table.Get(tx, string(k.Of))
		if vault.Gone(err) {
			return nil, nil
		}
		return of.Assigned, err
	}
	of, err := r.c.Cases.Of(tx, k.Case)
	if handoff.NotHers(err) {
		return nil, nil
	}
	return of.Assigned, err
}

// Assign gives a referral that came in to somebody, as her work too; instead of
// by where instead is. Whoever sees it may.
func (r *Referrals) Assign(ctx context.Context, by handoff.Asker, id posada.ReferralID, to handoff.Asker, instead bool) (v referral.View, err error) {
	if !to.WorksCases() {
		return referral.View{}, fault.New(fault.Invalid, fault.CannotAssign)
	}
	act := audit.ReferralAssigned
	if instead {
		act = audit.ReferralHanded
	}
	err = r.c.Vault.Update(func(tx *vault.Tx) error {
		k, err := find(tx, id)
		if err != nil {
			return err
		}
		if v, err = r.look(ctx, tx, by, k); err != nil {
			return err
		}
		if k.Of != "" {
			return fault.New(fault.Conflict, fault.OfItsReferral, "referral", posada.Brief(k.Of))
		}
		if k.Side == referral.Source {
			return fault.New(fault.Conflict, fault.OfItsCase, "case", k.Case)
		}
		k.Assigned, k.Copy = handoff.Assign(k.Assigned, by.ID, to.ID, instead), k.Looked()
		v.Assigned, v.Content.Records, v.Questions, v.Asks, v.Confirm = k.Assigned, nil, nil, nil, false
		return errors.Join(table.Put(tx, string(id), k.Key, k), audit.Append(tx, audit.Entry{
			At: r.c.Now(), By: by.ID, Act: act, Referral: id, Staff: to.ID,
		}))
	})
	return v, err
}

// Set sets a state on our side and tells the other. Whoever sets one of a
// referral that nobody has taken on takes it on, unless she declines it.
// Withdrawing is more than a state: it ends the consent and destroys what was
// given (withdraw.go).
func (r *Referrals) Set(ctx context.Context, by handoff.Asker, id posada.ReferralID, m referral.Mark) (v referral.View, err error) {
	if m.State == posada.StateWithdrawnBySurvivor {
		return v, fault.New(fault.Conflict, fault.UseWithdraw)
	}
	now := r.c.Now().UTC().Truncate(time.Second)
	err = r.c.Vault.Update(func(tx *vault.Tx) error {
		k, err := find(tx, id)
		if err != nil {
			return err
		}
		if k, err = r.takeOn(ctx, tx, by, k, m.State); err != nil {
			return err
		}
		set := m
		set.At = now
		c, set, err := k.Set(set)
		if err != nil {
			return mayNot(err, k, m)
		}
		k.Copy = c
		if !k.Lives() {
			if k, err = r.endTalk(tx, k); err != nil {
				return err
			}
		}
		if err := errors.Join(r.tell(tx, by.ID, k, set), table.Put(tx, string(id), k.Key, k)); err != nil {
			return err
		}
		v, err = r.look(ctx, tx, by, k)
		return err
	})
	if err != nil {
		return referral.View{}, err
	}
	// What she looks at is asked for, and noted.
	v.Content.Records, v.Questions, v.Asks, v.Unheard, v.Confirm = nil, nil, nil, false, false
	r.c.Post.Review() // it may have been taken back
	return v, nil
}

// takeOn is a referral whose state somebody may set: it is her work, or it came
// in and is nobody's.
func (r *Referrals) takeOn(ctx context.Context, tx *vault.Tx, by handoff.Asker, k kept, set posada.ReferralState) (kept, error) {
	seen, err := r.look(ctx, tx, by, k)
	if err != nil {
		return kept{}, err
	}
	k.Copy = k.Looked()
	switch by.Assignment(seen.Assigned) {
	case posada.AssignedToAsker:
		return k, nil
	case posada.AssignedToNobody:
		if k.Side != referral.Target {
			break
		}
		if set == posada.StateDeclined {
			return k, nil
		}
		k.Assigned = []posada.StaffID{by.ID}
		return k, audit.Append(tx, audit.Entry{At: r.c.Now(), By: by.ID, Act: audit.ReferralAssigned, Referral: k.ID, Staff: by.ID})
	}
	return kept{}, fault.New(fault.Conflict, fault.NotYours)
}

// mayNot says why a state cannot be set, in words a person can act on.
func mayNot(err error, k kept, m referral.Mark) error {
	if errors.Is(err, referral.ErrNeedReason) {
		return fault.New(fault.Invalid, fault.NeedsReason, "state", string(m.State)).Because(err)
	}
	return fault.New(fault.Conflict, fault.NotFromHere, "from", string(k.Life.State()), "to", string(m.State)).Because(err)
}
