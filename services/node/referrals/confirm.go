package referrals

import (
	"context"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
)

// heldBack reports whether something of what asks is about, which is what she would ask
// once she has confirmed, is not shown to somebody only because she has not. Whether its
// issuer was heard is another question.
func (r *Referrals) heldBack(ctx context.Context, by handoff.Asker, asks pdp.Viewing) (bool, error) {
	if asks.Asked.And(by.AfterConfirming).Empty() {
		return false, nil
	}
	asks.Issuer = posada.StalenessLive
	would, err := r.c.Policy.Get().View(ctx, asks)
	return !would.Categories().And(by.AfterConfirming).Empty(), err
}

// confirmedFirst refuses to copy or pass on what she would be shown only after
// confirming: less than she asked for would go, and she would not see what.
func (r *Referrals) confirmedFirst(ctx context.Context, by handoff.Asker, asks pdp.Viewing) error {
	held, err := r.heldBack(ctx, by, asks)
	if err == nil && held {
		err = fault.New(fault.Refused, fault.ConfirmFirst)
	}
	return err
}

// shownOf is of what somebody sent what they are shown now, and whether that is less for
// want of confirming: it may have been previewed while they had.
func shownOf(by handoff.Asker, sent referral.Content) (referral.Content, bool) {
	carried := sent.Categories()
	if carried.And(by.AfterConfirming).Empty() {
		return sent, false
	}
	shown, _ := redact.Narrow(sent, carried.Minus(by.AfterConfirming))
	return shown, true
}
