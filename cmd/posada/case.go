package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
)

func (c *cli) cases() *cobra.Command {
	group := c.group("case", "posada")
	group.AddCommand(c.caseOpen(), c.caseList(), c.caseGive("assign", false), c.caseGive("hand-over", true), c.caseExclude(), c.caseTakeOver(), c.caseShow(), c.caseShared(), c.caseCompelled(), c.caseWords(), c.caseErase())
	return group
}

func (c *cli) caseOpen() *cobra.Command {
	cmd := c.command("open", "posada", "case")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		out, err := node.OpenCase(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			p.say("case.opened", "case", out.Label)
			p.next("case.next")
			p.line("  " + command("case", "exclude", out.Label, p.Text("arg.AGENCY")))
			p.line("  " + command("consent", "add", p.Text("arg.FILE"), "--case", out.Label))
			p.heading("duty.begins")
			p.line("  " + command("duty"))
		})
	}
	return cmd
}

func (c *cli) caseList() *cobra.Command {
	cmd := c.command("list", "posada", "case")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, err := node.Cases(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(list, func(p *page) {
			if len(list) == 0 {
				p.say("case.none")
				return
			}
			var rows [][]string
			for _, k := range list {
				work := p.workOf(k.Assigned)
				if !k.Erasing.IsZero() {
					work = p.Text("case.erasing", "at", moment(k.Erasing))
				}
				rows = append(rows, []string{k.Label, moment(k.Opened), work, strings.Join(names(k.Exclude), ", ")})
			}
			p.table([]i18n.Key{"column.case", "column.opened", "column.work_of", "column.excludes"}, rows)
			p.toTell(list)
		})
	}
	return cmd
}

// findCase is a case by its label.
func findCase(ctx context.Context, node *client.Client, label string) (client.Case, error) {
	list, err := node.Cases(ctx)
	if err != nil {
		return client.Case{}, err
	}
	return only(list, func(k client.Case) bool { return strings.EqualFold(k.Label, label) })
}

// workOf says whose work something is.
func (p *page) workOf(names []string) string {
	return or(strings.Join(names, ", "), p.Text("case.nobodys"))
}

// caseGive gives a case to a colleague: to her too, or instead of whoever gives.
func (c *cli) caseGive(verb string, instead bool) *cobra.Command {
	cmd := c.command(verb+" CASE NAME", "posada", "case")
	cmd.Args = c.exactly(2)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		out, err := node.AssignCase(cmd.Context(), client.NewCaseAssignment{
			Case: args[0], NewAssignment: client.NewAssignment{To: args[1], Instead: instead},
		})
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.say("case.assigned", "case", out.Label, "names", p.workOf(out.Assigned)) })
	}
	return cmd
}

func (c *cli) caseExclude() *cobra.Command {
	cmd := c.command("exclude CASE AGENCY", "posada", "case")
	cmd.Args = c.exactly(2)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		out, err := node.Exclude(cmd.Context(), client.NewExclusion{Case: args[0], Agency: args[1]})
		if err != nil {
			return err
		}
		by, unseen := passings(cmd.Context(), node, out.Label)
		return c.print(out, func(p *page) {
			p.say("case.excluded", "case", out.Label, "agency", args[1])
			if unseen != nil {
				p.maybePassed(out.Label, args[1])
				return
			}
			for _, a := range out.Exclude {
				if string(a.ID) == args[1] || strings.EqualFold(a.Name, strings.TrimSpace(args[1])) {
					p.stillPassed(out.Label, a, by[a.ID])
				}
			}
		})
	}
	return cmd
}
