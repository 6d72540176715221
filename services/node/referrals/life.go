package referrals

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// sentLife is a referral's life at its source when it has just been sent.
func sentLife(at time.Time) referral.Life {
	at = at.Truncate(time.Second)
	return referral.Life{Source: []referral.Mark{
		{State: posada.StateDrafted, N: 1, At: at}, {State: posada.StateConsented, N: 2, At: at}, {State: posada.StateSent, N: 3, At: at},
	}}
}

// targetLife is the same referral's life at its target: the last of those
// marks came with it.
func targetLife(at time.Time) referral.Life {
	all := sentLife(at).Source
	return referral.Life{Source: all[len(all)-1:]}
}

func (r *Referrals) view(k kept) referral.View {
	v := referral.View{
		ID: k.ID, Side: k.Side, Peer: k.Peer, Case: k.Case, Consent: k.Consent, Alias: k.Alias, Purpose: k.Purpose,
		State: k.Life.State(), Life: k.Life, Sent: k.Sent, Delivered: k.Delivered,
		Content: k.Content, Obligations: k.Obligations,
	}
	for _, s := range posada.Members[posada.ReferralState]() {
		if s == posada.StateWithdrawnBySurvivor {
			continue // see Set
		}
		if _, _, err := k.Life.Add(k.Side, sample(s)); err == nil {
			v.May = append(v.May, s)
		}
	}
	if answer := k.Content.Priority.Answer(); answer > 0 {
		v.AnswerBy = k.Sent.Add(answer)
		v.Overdue = referral.Unanswered(v.State) && r.c.Now().After(v.AnswerBy)
	}
	return v
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

// List is every referral, the newest first, without content.
func (r *Referrals) List() (list []referral.View, err error) {
	err = r.c.Vault.View(func(tx *vault.Tx) error {
		return table.Each(tx, func(_ string, k kept) error {
			if r.over(k) {
				return nil
			}
			v := r.view(k)
			v.Content.Records = nil
			list = append(list, v)
			return nil
		})
	})
	slices.SortFunc(list, func(a, b referral.View) int { return b.Sent.Compare(a.Sent) })
	return list, err
}

// Show is one referral with its content. That somebody looked is noted.
func (r *Referrals) Show(by posada.StaffID, id posada.ReferralID) (v referral.View, err error) {
	err = r.c.Vault.Update(func(tx *vault.Tx) error {
		k, err := r.find(tx, id)
		if err != nil {
			return err
		}
		v = r.view(k)
		return audit.Append(tx, audit.Entry{
			At: r.c.Now(), By: by, Act: audit.ReferralLookedAt, Referral: id, Shared: k.Content.Categories(),
		})
	})
	return v, err
}

func (r *Referrals) find(tx *vault.Tx, id posada.ReferralID) (kept, error) {
	k, err := table.Get(tx, string(id))
	if vault.Gone(err) || err == nil && r.over(k) {
		return kept{}, fault.New(fault.Withheld, fault.NothingThere).Because(err)
	}
	return k, err
}

// Set sets a state on our side and tells the other. Withdrawing is more than a
// state, it ends the consent and destroys what was given; until it does all of
// that it cannot be set, so that nobody is told that it was done.
func (r *Referrals) Set(_ context.Context, by posada.StaffID, id posada.ReferralID, m referral.Mark) (v referral.View, err error) {
	if m.State == posada.StateWithdrawnBySurvivor {
		return v, fault.New(fault.Conflict, fault.NoWithdrawalYet)
	}
	now := r.c.Now().UTC().Truncate(time.Second)
	err = r.c.Vault.Update(func(tx *vault.Tx) error {
		k, err := r.find(tx, id)
		if err != nil {
			return err
		}
		set := m
		set.At = now
		life, set, err := k.Life.Add(k.Side, set)
		if err != nil {
			return mayNot(err, k, m)
		}
		k.Life = life
		told, err := event.Mark(r.c.Random, id, set, now)
		if err != nil {
			return err
		}
		// Closed words and an id: it outlives what may be kept of her.
		if err := r.c.Post.Enqueue(tx, k.Peer, told, vault.KeyID{}); err != nil {
			return err
		}
		if err := table.Put(tx, string(id), k.Key, k); err != nil {
			return err
		}
		v = r.view(k)
		return audit.Append(tx, audit.Entry{At: now, By: by, Act: audit.StateSet, Referral: id, Peer: k.Peer, State: m.State})
	})
	if err != nil {
		return referral.View{}, err
	}
	r.c.Post.Review() // it may have been taken back
	return v, nil
}

// mayNot says why a state cannot be set, in words a person can act on.
func mayNot(err error, k kept, m referral.Mark) error {
	if errors.Is(err, referral.ErrNeedReason) {
		return fault.New(fault.Invalid, fault.NeedsReason, "state", string(m.State)).Because(err)
	}
	return fault.New(fault.Conflict, fault.NotFromHere, "from", string(k.Life.State()), "to", string(m.State)).Because(err)
}
