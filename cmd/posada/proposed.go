package main

import (
	"context"
	"errors"

	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/policy"
)

var errRefuted = errors.New("the proposed policy gives what the guard refuses")

// proven holds a proposed policy against the rules before a steward signs: no hub takes and
// no node runs what does not pass, and she is told why while it is only her file. It is no
// security control: each node looks for itself.
func (c *cli) proven(ctx context.Context, m enrol.Motion) error {
	for i, e := range m.Examined() {
		if e.Role != trust.RolePolicy {
			continue
		}
		table := m.Proposals[i].Target
		rules, err := pdp.New(ctx, policy.Files)
		if err != nil {
			return err
		}
		if err := c.refuted(ctx, rules, table); err != nil {
			return err
		}
		if _, err := pdp.MatrixVersion(table); err != nil {
			return err
		}
	}
	return nil
}
