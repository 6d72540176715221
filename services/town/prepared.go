package town

import (
	"context"
	"sync"

	"github.com/posada-exchange/posada/pkg/pdp"
)

// prepared is what a town's nodes decide by, each table made ready once for all of them. An
// engine changes no more when it is made.
type prepared struct {
	rules *pdp.Engine

	mu sync.Mutex
	of map[string]*pdp.Engine // by the table
}

func (p *prepared) prepare(ctx context.Context, matrix []byte) (*pdp.Engine, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e, made := p.of[string(matrix)]; made {
		return e, nil
	}
	e, err := p.rules.With(ctx, matrix)
	if err == nil {
		p.of[string(matrix)] = e
	}
	return e, err
}
