package main

import (
	"math"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// needOrder says which of the needs of a case the person wants first.
func (c *cli) needOrder() *cobra.Command {
	cmd := c.command("order CASE ID...", "posada", "need")
	cmd.Args = commandline.Between(c.Printer, 2, math.MaxInt)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, failed := node.Needs(cmd.Context())
		in := client.NewNeedOrder{Case: args[0]}
		for _, typed := range args[1:] {
			id, err := meant(client.InOrder(list, args[0]), failed, typed, func(n client.Need) posada.NeedID { return n.ID }, posada.ParseID)
			if err != nil {
				return err
			}
			in.Needs = append(in.Needs, id)
		}
		out, err := node.OrderNeeds(cmd.Context(), in)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.inOrder(out) })
	}
	return cmd
}

// inOrder writes the needs of one case in the person's order, with what became of each.
func (p *page) inOrder(list []client.Need) {
	var rows [][]string
	for i, n := range list {
		rows = append(rows, []string{
			strconv.Itoa(i + 1), posada.Brief(n.ID), i18n.Terms(p.Printer, "service", n.Profile.Services), p.needState(n),
			p.Term("priority", string(n.Profile.Priority)), moment(n.Posted), moment(n.Until),
		})
	}
	p.table([]i18n.Key{"column.turn", "column.id", "column.looked_for", "column.state", "column.how_soon", "column.asked", "column.until"}, rows)
	p.say("need.order_stays")
}

// needState is what became of a need, or that it did not leave.
func (p *page) needState(n client.Need) string {
	if n.NotSent {
		return p.Text("need.not_sent_state")
	}
	return p.Term("need_state", string(n.State))
}
