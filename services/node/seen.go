package node

import (
	"context"

	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/node/webhooks"
)

// seen is what somebody would be shown of what the units hold, asked of each of them.
type seen struct{ u *units }

var _ webhooks.Seen = seen{}

// Referral asks for a referral.
func (s seen) Referral(ctx context.Context, by handoff.Asker, id posada.ReferralID) (string, error) {
	return s.u.referrals.Known(ctx, by, id)
}

// Need asks for a need of a case here.
func (s seen) Need(ctx context.Context, by handoff.Asker, id posada.NeedID) (string, error) {
	v, err := s.u.needs.Show(ctx, by, id)
	return v.Case, err
}

// Placement asks for a need that another agency asked.
func (s seen) Placement(by handoff.Asker, from posada.AgencyID, id posada.NeedID) (posada.NeedID, bool, error) {
	return s.u.places.Known(by, from, id)
}

// Placed asks for one by what people here call it.
func (s seen) Placed(by handoff.Asker, called posada.NeedID) error {
	_, err := s.u.places.Show(by, called)
	return err
}

// Fitting asks for those that wait and fit.
func (s seen) Fitting(by handoff.Asker) (ids []posada.NeedID, err error) {
	list, err := s.u.places.List(by, false)
	for _, r := range list {
		if r.State == posada.PlacementAsked {
			ids = append(ids, r.ID)
		}
	}
	return ids, err
}
