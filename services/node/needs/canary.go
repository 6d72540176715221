package needs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Canary asks whoever may be asked nothing for a place, through the real path, under as
// wide a permission as there can be, and expects that nobody is. Whatever happens, nothing
// is kept: the transaction never commits.
func (n *Needs) Canary(ctx context.Context) error {
	canary := New(n.c)
	canary.c.Cases, canary.c.Consents = aviary{}, aviary{}
	canary.c.Decide = n.c.Policy // nobody would ask why
	by := handoff.Asker{ID: posada.IDFrom[posada.StaffID]([16]byte{}), Roles: posada.SetOf(posada.RoleAdvocate)}
	refused := errors.New("refused")
	err := n.c.Vault.Update(func(tx *vault.Tx) error {
		for _, to := range handoff.Forbidden(n.c.Members.Get()) {
			_, err := canary.begin(ctx, tx, by, shown{
				Profile: need.Profile{Priority: posada.PriorityTonight, Services: need.Placing()}, Asks: []posada.AgencyID{to}, By: by.ID, Until: n.c.Now().Add(time.Hour),
			})
			if fault.From(err).Key != fault.NobodyToAsk {
				return fmt.Errorf("%w: %w", handoff.ErrCanary, errors.Join(err, errAsked))
			}
		}
		return refused
	})
	if errors.Is(err, refused) {
		return nil
	}
	return err
}

var errAsked = errors.New("somebody was asked who may not be")

// aviary is where the canary lives: a case of nobody's, in which nobody is excluded.
type aviary struct{}

func (aviary) Open(*vault.Tx, handoff.Asker) (handoff.Case, error) { return handoff.Case{}, nil }
func (aviary) Of(*vault.Tx, string) (handoff.Case, error)          { return handoff.Case{}, nil }
func (aviary) Seen(context.Context, *vault.Tx, handoff.Asker, string) (handoff.Case, error) {
	return handoff.Case{}, nil
}

func (aviary) Work(context.Context, *vault.Tx, handoff.Asker, string) (handoff.Case, error) {
	return handoff.Case{}, nil
}
func (aviary) Feared(*vault.Tx, string) ([]posada.AgencyID, error) { return nil, nil }
