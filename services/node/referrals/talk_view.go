package referrals

import (
	"context"

	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/question"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// showTalk adds to a view what was asked and answered that somebody may see, by category
// like what the referral carries, and what she may ask. Of what she may not see she is
// told that there is more.
func (r *Referrals) showTalk(v *referral.View, by handoff.Asker, k kept, t question.Talk, sees posada.Set[posada.Category]) {
	if !r.talks(k) {
		return // it goes with the next sweep
	}
	goesOn := r.asksOf(k)
	for _, a := range t {
		category := question.Category(a.Asks)
		if !sees.Has(category) {
			v.More = true
			continue
		}
		v.Questions = append(v.Questions, referral.Question{Asked: a, Category: category, Covered: k.Content.Categories().Has(category)})
		if goesOn && a.Open() {
			v.Open++
		}
	}
	if !goesOn || k.Side != referral.Target || by.Assignment(v.Assigned) != posada.AssignedToAsker {
		return
	}
	for _, q := range posada.Members[posada.Question]() {
		if _, err := t.Ask(question.Asking{ID: posada.QuestionID(k.ID), Asks: q}, r.c.Now()); err == nil {
			v.Asks = append(v.Asks, q)
		}
	}
}

// answersIn is what the answers that a view shows tell.
func answersIn(v referral.View) (set posada.Set[posada.Category]) {
	for _, q := range v.Questions {
		if q.Says != "" {
			set = set.With(question.Tells(q.Asks, q.Says))
		}
	}
	return set
}

// Asked counts the questions that wait and somebody sees: here for an answer of ours, and
// elsewhere for theirs.
func (r *Referrals) Asked(ctx context.Context, by handoff.Asker) (here, there int, err error) {
	return here, there, r.c.Vault.View(func(tx *vault.Tx) error {
		list, err := those(tx, func(k kept) bool { return k.Talk != (vault.KeyID{}) && r.asksOf(k) })
		if err != nil {
			return err
		}
		for _, k := range list {
			v, err := r.look(ctx, tx, by, k)
			switch {
			case notThere(err):
			case err != nil:
				return err
			case k.Side == referral.Source:
				here += v.Open
			default:
				there += v.Open
			}
		}
		return nil
	})
}

// AskedSoon counts what was asked here of referrals that are to be answered before the day
// is over.
func (r *Referrals) AskedSoon() (count int, err error) {
	return count, r.c.Vault.View(func(tx *vault.Tx) error {
		list, err := those(tx, func(k kept) bool {
			return k.Side == referral.Source && k.Talk != (vault.KeyID{}) && k.Content.Priority.Soon() && r.asksOf(k)
		})
		for _, k := range list {
			t, wrong := talkOf(tx, k)
			if wrong != nil {
				return wrong
			}
			count += t.Open()
		}
		return err
	})
}
