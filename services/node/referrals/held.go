package referrals

import (
	"context"
	"errors"
	"strings"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Held is what of a referral that came in may be copied from it now: it is her work,
// its source did not take it back, its time is not over, and she may look at every
// category asked. All of it or nothing.
func (r *Referrals) Held(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.ReferralID, asked posada.Set[posada.Category]) (handoff.Received, error) {
	k, err := r.live(ctx, tx, by, id)
	if err != nil {
		return handoff.Received{}, err
	}
	of, err := r.shared(tx, k, posada.WindowWithin)
	if err != nil {
		return handoff.Received{}, err
	}
	if err := r.confirmedFirst(ctx, by, by.Confirmed().LooksAtReceived(k.Assigned, of, asked)); err != nil {
		return handoff.Received{}, err
	}
	sight, err := r.c.Policy.Get().View(ctx, by.LooksAtReceived(k.Assigned, of, asked))
	if err != nil {
		return handoff.Received{}, err
	}
	if unseen := asked.Minus(sight.Categories()); !unseen.Empty() {
		return handoff.Received{}, fault.New(fault.Refused, fault.TakeOverUnseen, "categories", listed(unseen.List()))
	}
	content, _, err := redact.Reduce(k.Content, sight.Categories())
	if errors.Is(err, redact.ErrNothingLeft) {
		return handoff.Received{}, fault.New(fault.Invalid, fault.TakeOverNothing).Because(err)
	}
	if err != nil {
		return handoff.Received{}, err
	}
	return handoff.Received{Referral: id, From: k.Peer, Alias: k.Alias, Content: content}, r.noteLook(tx, k)
}

// live is a referral that came in, is her work, and counts.
func (r *Referrals) live(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.ReferralID) (kept, error) {
	k, err := find(tx, id)
	if err != nil {
		return kept{}, err
	}
	if _, err := r.look(ctx, tx, by, k); err != nil {
		return kept{}, err
	}
	if k.Side == referral.Source {
		return kept{}, fault.New(fault.Conflict, fault.TakeOverSent)
	}
	switch by.Assignment(k.Assigned) {
	case posada.AssignedToNobody:
		return kept{}, fault.New(fault.Conflict, fault.TakeOverNobodys)
	case posada.AssignedToOthers:
		return kept{}, fault.New(fault.Conflict, fault.NotYours)
	}
	// What she took back is gone, and what is over is shown to nobody.
	if !k.Lives() {
		return kept{}, fault.New(fault.Conflict, fault.TakeOverBack)
	}
	return k, nil
}

// listed joins words, as errors carry them.
func listed[T ~string](words []T) string {
	var texts []string
	for _, w := range words {
		texts = append(texts, string(w))
	}
	return strings.Join(texts, ", ")
}
