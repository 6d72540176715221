package story

import (
	"context"
	"path/filepath"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/node/stewards"
	"github.com/posada-exchange/posada/services/town"
)

// careless stands between a node and the hub's registry. Once it is turned, the node has
// to do with a registry that lets through whatever enough stewards signed.
type careless struct {
	stewards.Registry
	mu     sync.Mutex
	turned *trust.Repository
	now    func() time.Time
}

func (c *careless) is() *trust.Repository {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.turned
}

func (c *careless) Fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	if r := c.is(); r != nil {
		return r.Fetch(ctx, name, limit)
	}
	return c.Registry.Fetch(ctx, name, limit)
}

func (c *careless) Publish(ctx context.Context, signed ...trust.Proposal) error {
	if r := c.is(); r != nil {
		return r.Publish(ctx, c.now(), signed...)
	}
	return c.Registry.Publish(ctx, signed...)
}

// turn has it stand for a registry with the real one's key and history, which looks into
// no policy.
func (c *careless) turn(ctx context.Context, of town.Laid, now func() time.Time) error {
	seed, err := config.ReadSeed(filepath.Join(of.Dir, "hub", "online.key"))
	if err != nil {
		return err
	}
	online, err := jose.KeyFromSeed(seed)
	if err != nil {
		return err
	}
	r := trust.NewRepository(invented.NewBlobs(), online, trust.Policy{Fits: func(uint64, []byte) error { return nil }})
	var begun []trust.Proposal
	for _, role := range []trust.Role{trust.RoleRoot, trust.RoleTargets, trust.RoleRoster, trust.RolePolicy} {
		begun = append(begun, of.Council.InForce[role])
	}
	if err := r.Publish(ctx, now(), begun...); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turned, c.now = r, now
	return nil
}
