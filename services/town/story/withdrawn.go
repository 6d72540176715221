package story

import (
	"context"
	"fmt"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// withdrawn: he says his eight words to a shelter that never met him. What the
// lawyer had is destroyed, and who collected it hears that it was read; the shelter
// learns nothing.
func (s *Story) withdrawn(ctx context.Context) error {
	words, err := s.asks[ngo].Words(ctx, client.NewWords{Case: s.consent.Case})
	if err != nil {
		return err
	}
	his := words.English
	if s.c.Printer.Language() == i18n.Spanish {
		his = words.Spanish
	}
	s.told.fact(s.c.Printer.Text("story.words"), his)
	if _, err := s.asks[other].Withdraw(ctx, client.NewWithdrawal{Code: his}); err != nil {
		return err
	}
	begun := s.c.Now()
	err = eventually(ctx, func() (bool, error) {
		r, err := s.asks[ngo].Referral(ctx, s.referral.ID)
		return err == nil && r.Shredded != nil && r.Shredded.Read && r.State == posada.StateWithdrawnBySurvivor, err
	})
	if err != nil {
		return err
	}
	s.told.fact(s.c.Printer.Text("story.confirmed"), fmt.Sprintf("%.1f", s.c.Now().Sub(begun).Seconds()))
	left, err := s.asks[legal].Referral(ctx, s.referral.ID)
	if err != nil {
		return err
	}
	there, err := s.asks[other].Referrals(ctx)
	if err != nil {
		return err
	}
	s.told.fact(s.c.Printer.Text("story.left"), fmt.Sprint(len(left.Carried)))
	return must(len(left.Carried) == 0 && len(there) == 0, "%d fields are left, and the shelter knows of %d referrals", len(left.Carried), len(there))
}
