package decisions

import (
	"context"
	"errors"

	"github.com/posada-exchange/posada/pkg/decision"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Explain tells of a decision that is kept. It is for this agency's own people: somebody
// elsewhere is told nothing of any (G7). It can take a moment, and decides nothing.
func (d *Decisions) Explain(ctx context.Context, id posada.DecisionID) (decision.Explanation, error) {
	var r record
	err := d.look(func(tx *vault.Tx) (err error) {
		r, err = records.Get(tx, string(id))
		return err
	})
	if vault.Gone(err) {
		return decision.Explanation{}, fault.New(fault.Withheld, fault.NothingThere).Because(err)
	}
	if err != nil {
		return decision.Explanation{}, err
	}
	kept, err := r.as(id)
	if err != nil {
		return decision.Explanation{}, err
	}
	return decision.Explain(ctx, d.c.Policy.Get(), kept)
}

// Replay asks another network policy, with the agency's own under it, what was decided
// here.
func (d *Decisions) Replay(ctx context.Context, text []byte) (decision.Replay, error) {
	e, err := d.another(ctx, text)
	if errors.Is(err, pdp.ErrMatrix) {
		return decision.Replay{}, fault.New(fault.Invalid, fault.ReplayPolicy).Because(err)
	}
	if err != nil {
		return decision.Replay{}, err
	}
	return d.replay(ctx, e)
}

// ReplayWaiting is the same of the policy that waits.
func (d *Decisions) ReplayWaiting(ctx context.Context) (decision.Replay, error) {
	edition, text := d.c.Waiting()
	if edition.Version == 0 {
		return decision.Replay{}, fault.New(fault.Conflict, fault.ReplayNone)
	}
	e, err := d.waitingEngine(ctx, edition, text)
	if err != nil {
		return decision.Replay{}, err
	}
	return d.replay(ctx, e)
}

func (d *Decisions) replay(ctx context.Context, other *pdp.Engine) (decision.Replay, error) {
	var kept []decision.Kept
	if err := d.look(func(tx *vault.Tx) error {
		return records.Each(tx, func(id string, r record) error {
			k, err := r.as(posada.DecisionID(id))
			kept = append(kept, k)
			return err
		})
	}); err != nil {
		return decision.Replay{}, err
	}
	return decision.Again(ctx, d.c.Policy.Get(), other, kept)
}

// look looks at what is kept, what was decided just now among it.
func (d *Decisions) look(fn func(*vault.Tx) error) error {
	if err := d.write(); err != nil {
		return err
	}
	return d.c.Vault.View(fn)
}
