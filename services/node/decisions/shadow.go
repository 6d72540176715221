package decisions

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/decision"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

var besides = vault.Table[decision.Beside]{Name: "decisions_beside", Version: 1}

const only = "this" // the one name in a table of one record

// atMost is how long the waiting policy may take for all that was decided in a moment.
const atMost = time.Minute

// shadow is the engine of the policy that waits, made once.
type shadow struct {
	mu     sync.Mutex
	of     trust.Edition
	under  string // digest of the policy that it was made under
	engine *pdp.Engine
	err    error
}

// beside lets a policy that waits answer what was just decided, and counts. Whatever goes
// wrong with it is its own: the decisions were made, and are kept.
func (d *Decisions) beside(lines []line) {
	edition, text := d.c.Waiting()
	if edition.Version == 0 || len(lines) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), atMost)
	defer cancel()
	add := decision.Beside{Decisions: len(lines)}
	for _, l := range lines {
		switch would, err := d.wouldAnswer(ctx, edition, text, l.asks.facts); {
		case err != nil:
			add.Failed++
		case would.Categories() != l.permit.Categories():
			add.Differ++
		}
	}
	if err := d.c.Vault.Update(func(tx *vault.Tx) error { return count(tx, edition, add) }); err != nil {
		d.c.Log.Info("what a policy that waits would have answered could not be counted", obs.Reason(err, vault.ErrClosed))
	}
}

// count adds to what was counted of the same edition.
func count(tx *vault.Tx, edition trust.Edition, b decision.Beside) error {
	sum, err := besides.Get(tx, only)
	if errors.Is(err, vault.ErrNotFound) || err == nil && !is(sum, edition) {
		sum, err = decision.Beside{Version: edition.Version, Digest: edition.Digest}, nil
	}
	if err != nil {
		return err
	}
	sum.Decisions, sum.Differ, sum.Failed = sum.Decisions+b.Decisions, sum.Differ+b.Differ, sum.Failed+b.Failed
	return besides.Put(tx, only, vault.KeyID{}, sum)
}

func is(b decision.Beside, e trust.Edition) bool {
	return b.Version == e.Version && b.Digest == e.Digest
}

// wouldAnswer asks the policy that waits, with the agency's own under it.
func (d *Decisions) wouldAnswer(ctx context.Context, edition trust.Edition, text []byte, f pdp.Facts) (pdp.Permit, error) {
	e, err := d.waitingEngine(ctx, edition, text)
	if err != nil {
		return pdp.Permit{}, err
	}
	return e.Decide(ctx, f)
}

func (d *Decisions) waitingEngine(ctx context.Context, edition trust.Edition, text []byte) (*pdp.Engine, error) {
	d.shadow.mu.Lock()
	defer d.shadow.mu.Unlock()
	s, now := &d.shadow, d.c.Policy.Get().Digest()
	if s.of == edition && s.under == now {
		return s.engine, s.err
	}
	s.of, s.under = edition, now
	if s.engine, s.err = d.another(ctx, text); s.err != nil && ctx.Err() != nil {
		s.of = trust.Edition{} // there was no time: it is made with the next
	} else if s.err != nil {
		d.c.Log.Alarm("a policy that waits could not be asked beside the one that runs; nothing is decided by it", obs.Version(edition.Version), obs.Reason(s.err, pdp.ErrMatrix, pdp.ErrPolicy))
	}
	return s.engine, s.err
}

// another is what would decide here, were a text the network's policy.
func (d *Decisions) another(ctx context.Context, text []byte) (*pdp.Engine, error) {
	network, err := d.c.Policy.Get().With(ctx, text)
	if err != nil {
		return nil, err
	}
	return d.c.Policy.Of(ctx, network)
}

// Beside is what the policy that waits would have answered; false where none does.
func (d *Decisions) Beside() (b decision.Beside, waits bool, err error) {
	edition, _ := d.c.Waiting()
	if edition.Version == 0 {
		return b, false, nil
	}
	b = decision.Beside{Version: edition.Version, Digest: edition.Digest}
	return b, true, d.c.Vault.View(func(tx *vault.Tx) error {
		sum, err := besides.Get(tx, only)
		if err == nil && is(sum, edition) {
			b = sum
		}
		if errors.Is(err, vault.ErrNotFound) {
			err = nil
		}
		return err
	})
}
