package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// policyAgency is what this agency asks for beyond the network's policy.
func (c *cli) policyAgency() *cobra.Command {
	group := c.group("agency", "posada", "policy")
	group.AddCommand(c.policyAgencySet(), c.policyAgencyShow(), c.policyAgencyClear())
	return group
}

func (c *cli) policyAgencyShow() *cobra.Command {
	cmd := c.command("show", "posada", "policy", "agency")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		out, err := node.OwnPolicy(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { showOwnPolicy(p, out) })
	}
	return cmd
}

func (c *cli) policyAgencySet() *cobra.Command {
	cmd := c.command("set FILE", "posada", "policy", "agency")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c.subject = args[0]
		node, err := c.ask()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		out, err := node.SetOwnPolicy(cmd.Context(), client.NewOwnPolicy{Policy: string(text)})
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			showOwnPolicy(p, out)
			p.heading("own_policy.set")
		})
	}
	return cmd
}

func (c *cli) policyAgencyClear() *cobra.Command {
	cmd := c.command("clear", "posada", "policy", "agency")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		out, err := node.ClearOwnPolicy(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.say("own_policy.cleared") })
	}
	return cmd
}

// showOwnPolicy writes it beside what the network says.
func showOwnPolicy(p *page, own client.OwnPolicy) {
	if len(own.Cells) == 0 && len(own.Hides) == 0 && own.RetainDays == 0 {
		p.say("own_policy.none")
		p.line(`  {"cells": {"legal_aid": {"legal": {"arrest_history": "never"}}}}`)
		p.line("  " + command("policy", "agency", "set", "ours.json"))
		return
	}
	p.say("own_policy.title")
	if own.RetainDays > 0 {
		p.say("own_policy.days", "days", own.RetainDays)
	}
	if len(own.Hides) > 0 {
		p.looks("own_policy.hides", "view.hidden", own.Hides)
	}
	if len(own.Cells) == 0 {
		return
	}
	p.line("")
	var rows [][]string
	for _, c := range own.Cells {
		ours := p.Term("cell", string(c.Own))
		if c.Idle {
			ours = p.Text("own_policy.idle", "own", ours)
		}
		rows = append(rows, []string{
			p.Term("class", string(c.Class)), p.Term("purpose", string(c.Purpose)), p.Term("category", string(c.Category)), p.Term("cell", string(c.Network)), ours,
		})
	}
	p.table([]i18n.Key{"column.class", "column.purpose", "column.category", "column.network", "column.ours"}, rows)
}
