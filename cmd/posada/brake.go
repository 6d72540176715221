package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/trust"
)

// braking is what one steward stops alone with, as it is typed.
type braking struct {
	*signedWith
	hours int
}

func (c *cli) brakeFlags(cmd *cobra.Command) *braking {
	k := braking{signedWith: c.keyFlags(cmd)}
	cmd.Flags().IntVar(&k.hours, "hours", int(trust.BrakeLife.Hours()), c.Text("flag.hours"))
	return &k
}

func (k braking) check(c *cli) error {
	if err := k.signedWith.check(c); err != nil {
		return err
	}
	if most := int(trust.BrakeLife.Hours()); k.hours < 1 || k.hours > most {
		return commandline.UsageError(c.Text("suspend.hours", "most", most))
	}
	return nil
}

// brake signs one steward's brake and publishes it at once: what is taken away
// needs nobody else.
func (c *cli) brake(cmd *cobra.Command, s position, b trust.Brake, k braking, done func(p *page, until string)) error {
	claim, err := c.claimed(k.key)
	if err != nil {
		return err
	}
	by, err := s.charter.Steward(claim.Key)
	if err != nil || claim.Network != s.charter.Network {
		return enrol.ErrNotYours
	}
	now := time.Now()
	until := now.Add(time.Duration(k.hours) * time.Hour)
	b.Until = until.Unix()
	m, err := s.force.Stop(by, b, now)
	if err != nil {
		return err
	}
	if !c.output.ForPrograms() {
		shown := &page{Printer: c.Printer}
		shown.practice(s.charter.Practice)
		if b, ok := m.Braked(); ok {
			showBrake(shown, b)
		}
		fmt.Fprint(c.out, shown.text.String())
	}
	own, err := c.openSteward(cmd, k.key, k.file)
	if err != nil {
		return err
	}
	if m, err = m.Sign(own.Private); err != nil {
		return err
	}
	if err := s.node.Publish(cmd.Context(), decisions(m)); err != nil {
		return err
	}
	return c.print(c.shownOf(m), func(p *page) { done(p, moment(until)) })
}

// policyBrake sets cells of the table in force to never, for three days at most.
func (c *cli) policyBrake() *cobra.Command {
	cmd := c.command("brake", "posada", "policy")
	cmd.Args = c.exactly(0)
	of, k := c.someFlags(cmd), c.brakeFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := k.check(c); err != nil {
			return err
		}
		if len(of.classes)+len(of.purposes)+len(of.categories) == 0 {
			return c.needs("--class", "school")
		}
		cells, err := of.cells(c)
		if err != nil {
			return err
		}
		s, err := c.position(cmd.Context())
		if err != nil {
			return err
		}
		t, err := s.table()
		if err != nil {
			return err
		}
		var b trust.Brake
		for _, cell := range cells {
			if t.Cells.Mode(cell).Gives() {
				b.Never = append(b.Never, cell)
			}
		}
		if len(b.Never) == 0 {
			return enrol.ErrUnchanged
		}
		return c.brake(cmd, s, b, *k, func(p *page, until string) {
			p.heading("policy.braked", "count", len(b.Never), "until", until)
		})
	}
	return cmd
}

// policyObject holds up what others published, and what is wider in it, for three days at
// most: what is in a motion's file, or all that waits.
func (c *cli) policyObject() *cobra.Command {
	cmd := c.command("object [FILE]", "posada", "policy")
	cmd.Args = commandline.Between(c.Printer, 0, 1)
	k := c.brakeFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := k.check(c); err != nil {
			return err
		}
		s, err := c.position(cmd.Context())
		if err != nil {
			return err
		}
		var b trust.Brake
		for _, w := range s.network.Waiting {
			b.Object = append(b.Object, digestOf(s.network.InForce[w.Role].Target))
		}
		if len(args) > 0 {
			m, err := readFile(c, args[0], enrol.ReadMotion)
			if err != nil {
				return err
			}
			b.Object = nil
			for _, p := range m.Proposals {
				if len(p.Target) > 0 {
					b.Object = append(b.Object, digestOf(p.Target))
				}
			}
		}
		if len(b.Object) == 0 {
			return enrol.ErrUnchanged
		}
		return c.brake(cmd, s, b, *k, func(p *page, until string) { p.heading("policy.objected", "until", until) })
	}
	return cmd
}

func digestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
