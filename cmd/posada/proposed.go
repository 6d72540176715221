package main

import (
	"context"
	"errors"

	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/trust"
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
		rules, err := pdp.Shipped()
		if err != nil {
			return err
		}
		if err := c.refuted(ctx, rules, table); err != nil {
			return err
		}
		if _, err := pdp.MatrixVersion(table); err != nil {
			return err
		}
		if err := asSaid(ctx, rules, m); err != nil {
			return err
		}
	}
	return nil
}

var errNotAsSigned = errors.New("what would be signed of the policy is not what it comes to here")

// asSaid computes anew what stewards sign of a proposed table. It is held against the table
// that came in the file; whether that one is in force the registry looks.
func asSaid(ctx context.Context, rules *pdp.Engine, m enrol.Motion) error {
	text, signed, proposes := m.Table()
	if !proposes {
		return nil
	}
	if _, err := matrix.Read(m.Policy); err != nil || signed == nil {
		return errNotAsSigned
	}
	own, err := enrol.Says(ctx, rules, m.Policy, text)
	if err == nil && *signed != own {
		err = errNotAsSigned
	}
	return err
}
