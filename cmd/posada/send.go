package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// networkSend has the node send a motion to the other stewards' agencies.
func (c *cli) networkSend() *cobra.Command {
	cmd := c.command("send FILE", "posada", "network")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		m, err := c.motion(args[0])
		if err != nil {
			return err
		}
		text, err := m.Write()
		if err != nil {
			return err
		}
		node, err := c.ask()
		if err != nil {
			return err
		}
		sent, err := node.SendMotion(cmd.Context(), text)
		if err != nil {
			return err
		}
		return c.print(sent, func(p *page) {
			p.practice(m.Charter().Practice)
			p.say("motions.sent", "count", sent.Agencies, "id", sent.ID)
			if m.Lacks() == 0 {
				c.sayNext(p, m, args[0])
			}
		})
	}
	return cmd
}

// networkMotions lists what is not decided yet.
func (c *cli) networkMotions() *cobra.Command {
	cmd := c.command("motions", "posada", "network")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		all, err := node.Motions(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(all, func(p *page) {
			if len(all.Motions) == 0 {
				p.say("motions.none")
				return
			}
			var rows [][]string
			for _, m := range all.Motions {
				rows = append(rows, []string{string(m.ID), proposes(p, m), posada.Brief(m.From), moment(m.Came), briefs(m.Signed), strconv.Itoa(m.Lacks)})
			}
			p.table([]i18n.Key{"column.motion", "column.proposes", "column.from", "column.came", "column.signed", "column.still_lacks"}, rows)
			p.line("  " + command("network", "fetch") + " " + p.Text("arg.NAME"))
		})
	}
	return cmd
}

func proposes(p *page, m client.Motion) string {
	var says []string
	for _, d := range m.Proposes {
		says = append(says, fmt.Sprintf("%s %d", p.Term("signed_role", d.Role), d.Version))
	}
	return strings.Join(says, ", ")
}

func briefs(agencies []posada.AgencyID) string {
	var out []string
	for _, a := range agencies {
		out = append(out, posada.Brief(a))
	}
	return strings.Join(out, ", ")
}

// networkFetch writes a motion as the node keeps it to a file.
func (c *cli) networkFetch() *cobra.Command {
	var out string
	cmd := c.command("fetch NAME", "posada", "network")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&out, "out", "", c.Text("flag.out_motion"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		file, err := node.Motion(cmd.Context(), posada.MotionID(args[0]))
		if err != nil {
			return err
		}
		m, err := enrol.ReadMotion(file.Motion)
		if err != nil {
			return err
		}
		first := m.Examined()[0]
		out = or(out, fmt.Sprintf("%s-motion-%d.json", first.Role, first.Version))
		if err := c.writeMotion(m, out); err != nil {
			return err
		}
		return c.print(c.shownOf(m), func(p *page) {
			p.say("motions.fetched", "file", out)
			c.showMotion(p, m)
			if m.Lacks() > 0 {
				p.toSign(out)
			} else {
				p.line("  " + command("network", "publish", out))
			}
		})
	}
	return cmd
}
