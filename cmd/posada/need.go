package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// need asks other agencies for a place, for somebody whom none of them learns of.
func (c *cli) need() *cobra.Command {
	group := c.group("need", "posada")
	group.AddCommand(c.needPreview(), c.needPost(), c.needList(), c.needShow(), c.needChoose(), c.needRefuse(), c.needEnd(), c.needCall(), c.needOrder(), c.needCounts())
	return group
}

func (c *cli) needPost() *cobra.Command {
	var in client.NewPosting
	cmd := c.command("post DIGEST", "posada", "need")
	cmd.Args = c.exactly(1)
	cmd.Flags().BoolVar(&in.Permission, "permission", false, c.Text("flag.permission"))
	cmd.Flags().StringVar(&in.Note, "note", "", c.Text("flag.note"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		in.Digest = args[0]
		out, err := node.PostNeed(cmd.Context(), in)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			p.say("need.posted", "count", len(out.Asked), "id", posada.Brief(out.ID), "case", out.Case, "until", moment(out.Until))
			p.line("  " + command("need", "show", posada.Brief(out.ID)))
		})
	}
	return cmd
}

func (c *cli) needList() *cobra.Command {
	var of string
	cmd := c.command("list", "posada", "need")
	cmd.Args = c.exactly(0)
	cmd.Flags().StringVar(&of, "case", "", c.Text("flag.need_case"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, err := node.Needs(cmd.Context())
		if err != nil {
			return err
		}
		if of != "" {
			list = client.InOrder(list, of)
		}
		return c.print(list, func(p *page) {
			switch {
			case len(list) == 0 && of != "":
				p.say("need.none_of", "case", of)
				return
			case len(list) == 0:
				p.say("need.none")
				p.line("  " + command("need", "preview", "--priority", "tonight", "--service", "shelter_emergency"))
				return
			case of != "":
				p.inOrder(list)
				return
			}
			var rows [][]string
			for _, n := range list {
				rows = append(rows, []string{posada.Brief(n.ID), n.Case, p.needState(n), p.Term("priority", string(n.Profile.Priority)), moment(n.Posted), moment(n.Until)})
			}
			p.table([]i18n.Key{"column.id", "column.case", "column.state", "column.how_soon", "column.asked", "column.until"}, rows)
		})
	}
	return cmd
}

func (c *cli) needShow() *cobra.Command {
	cmd := c.command("show ID", "posada", "need")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		id, err := findNeed(cmd, node, args[0])
		if err != nil {
			return err
		}
		out, err := node.Need(cmd.Context(), id)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { showNeed(p, out) })
	}
	return cmd
}

// needCounts shows how often which kind of need ended how.
func (c *cli) needCounts() *cobra.Command {
	cmd := c.command("counts", "posada", "need")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, err := node.NeedCounts(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(list, func(p *page) {
			if len(list) == 0 {
				p.say("need.no_counts")
				return
			}
			var rows [][]string
			for _, n := range list {
				minor := ""
				if n.Minor {
					minor = p.Text("need.minor")
				}
				rows = append(rows, []string{
					n.Month, p.Term("service", string(n.Service)), orDash(p.termOf("gender", string(n.Gender))), orDash(minor),
					orDash(p.termOf("exploitation", string(n.Exploitation))), p.Term("need_state", string(n.Ended)), strconv.Itoa(n.Needs),
				})
			}
			p.table([]i18n.Key{"column.month", "column.looked_for", "column.gender", "column.age", "column.exploitation", "column.ended", "column.needs"}, rows)
			p.heading("need.counts_stay")
		})
	}
	return cmd
}

// findNeed finds the one need an id, or the beginning of one, means.
func findNeed(cmd *cobra.Command, node *client.Client, typed string) (posada.NeedID, error) {
	list, err := node.Needs(cmd.Context())
	return meant(list, err, typed, func(n client.Need) posada.NeedID { return n.ID }, posada.ParseID)
}
