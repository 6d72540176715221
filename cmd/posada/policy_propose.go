package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/trust"
)

// errNoPolicy is said of a file that proposes something else.
var errNoPolicy = errors.New("no policy is proposed in it")

func (c *cli) policyPropose() *cobra.Command {
	var out string
	cmd := c.command("propose FILE", "posada", "policy")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&out, "out", "", c.Text("flag.out_policy"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		t, _, err := c.ruled(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		return c.proposeTable(cmd.Context(), t, out)
	}
	return cmd
}

// policyRollback proposes what an older version said, under the next number: nothing goes
// back, and a node that compares numbers is not deceived.
func (c *cli) policyRollback() *cobra.Command {
	var out string
	cmd := c.command("rollback FILE", "posada", "policy")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&out, "out", "", c.Text("flag.out_policy"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		m, err := readFile(c, args[0], enrol.ReadMotion)
		if errors.Is(err, enrol.ErrMalformed) {
			t, _, err := c.ruled(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return c.proposeTable(cmd.Context(), t, out)
		}
		if err != nil {
			return err
		}
		for i, e := range m.Examined() {
			if e.Role != trust.RolePolicy {
				continue
			}
			t, err := matrix.Read(m.Proposals[i].Target)
			if err != nil {
				return err
			}
			return c.proposeTable(cmd.Context(), t, out)
		}
		return errNoPolicy
	}
	return cmd
}

// proposeTable writes what stewards are asked to sign: a table under the next number, and
// beside it the digests of all that it changes and of the proof.
func (c *cli) proposeTable(ctx context.Context, t matrix.Table, out string) error {
	s, err := c.position(ctx)
	if err != nil {
		return err
	}
	if t.Version, err = s.force.NextPolicy(); err != nil {
		return err
	}
	before, err := s.table()
	if err != nil {
		return err
	}
	if d := matrix.Compare(before, t); d.Label() == matrix.None && len(d.Silence) == 0 {
		return enrol.ErrUnchanged
	}
	text, err := t.Write()
	if err != nil {
		return err
	}
	rules, err := pdp.Shipped()
	if err != nil {
		return err
	}
	signed, err := enrol.Says(ctx, rules, s.force.Policy.Target, text)
	if err != nil {
		return err
	}
	m, err := s.force.Rule(text, signed, time.Now())
	if err != nil {
		return err
	}
	return c.propose(m, or(out, fmt.Sprintf("policy-motion-%d.json", t.Version)), func(*page) {})
}

// tabled reads a motion that proposes a policy.
func (c *cli) tabled(path string) (enrol.Motion, error) {
	m, err := c.motion(path)
	if err != nil {
		return m, err
	}
	if _, _, proposes := m.Table(); !proposes {
		return m, errNoPolicy
	}
	return m, nil
}

// policyReview says all that a proposed policy changes, computed here, and whether it is
// what would be signed.
func (c *cli) policyReview() *cobra.Command {
	cmd := c.command("review FILE", "posada", "policy")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		m, err := c.tabled(args[0])
		if err != nil {
			return err
		}
		if err := c.proven(cmd.Context(), m); err != nil {
			return err
		}
		_, signed, _ := m.Table()
		return c.print(c.shownOf(m), func(p *page) {
			c.showMotion(p, m)
			p.heading("policy.reviewed", "difference", signed.Difference[:16], "proof", signed.Proof[:16])
			p.line("  " + command("policy", "approve", args[0], "--key") + " " + p.Text("arg.NAME") + stewardSuffix)
			p.line("  " + command("policy", "object", args[0], "--key") + " " + p.Text("arg.NAME") + stewardSuffix)
		})
	}
	return cmd
}

// policyApprove signs a proposed policy.
func (c *cli) policyApprove() *cobra.Command {
	cmd := c.command("approve FILE", "posada", "policy")
	cmd.Args = c.exactly(1)
	k := c.keyFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := k.check(c); err != nil {
			return err
		}
		m, err := c.tabled(args[0])
		if err != nil {
			return err
		}
		return c.sign(cmd, m, args[0], *k)
	}
	return cmd
}
