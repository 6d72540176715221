package enrol

import (
	"context"
	"fmt"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/pkg/trust"
)

// Says is what stewards sign of a table beside it: what follows what, all that changes, and
// that these rules refuse nothing of it.
func Says(ctx context.Context, rules *pdp.Engine, before, after []byte) (s trust.Said, err error) {
	if s.Follows, s.Difference, err = prove.Differs(before, after); err != nil {
		return s, err
	}
	s.Proof, err = prove.Passes(ctx, rules, after)
	return s, err
}

// Under is the motion held against what is in force, whatever its file says of that: whose
// signatures count is not for whoever wrote the file to say. One that founds a network
// stands under nothing, and ErrNetwork is said of one of another.
func (m Motion) Under(f InForce) (Motion, error) {
	charter, err := trust.ReadCharter(f.Root)
	if err != nil {
		return m, err
	}
	if m.Founds() || m.Charter().Network != charter.Network {
		return m, fmt.Errorf("motion: %w", ErrNetwork)
	}
	m.Root, m.Base, m.Policy, m.Hub = f.Root, f.Roster.Target, nil, ""
	if m, err = NewMotion(m); err != nil {
		return m, err
	}
	if _, _, proposes := m.Table(); proposes {
		m.Policy = f.Policy.Target
	}
	return m, nil
}
