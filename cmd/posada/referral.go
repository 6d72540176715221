package main

import (
	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

func (c *cli) referral() *cobra.Command {
	group := c.group("referral", "posada")
	group.AddCommand(c.referralPreview(), c.referralPassOn(), c.referralSend(), c.referralPrint(), c.referralList(), c.referralShow(),
		c.referralAccept(), c.referralDecline(), c.referralStatus(), c.referralAsk(), c.referralAnswer(),
		c.referralGive("assign", false), c.referralGive("hand-over", true))
	return group
}

func (c *cli) referralSend() *cobra.Command {
	cmd := c.command("send DIGEST", "posada", "referral")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		out, err := node.Send(cmd.Context(), client.NewSend{Digest: args[0]})
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			p.say("referral.sent", "agency", out.Peer.Name, "id", posada.Brief(out.ID))
			p.line("  " + command("referral", "show", posada.Brief(out.ID)))
			p.decided(out.Decision)
		})
	}
	return cmd
}

func (c *cli) referralList() *cobra.Command {
	cmd := c.command("list", "posada", "referral")
	cmd.Args = c.exactly(0)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		list, err := node.Referrals(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(list, func(p *page) {
			if len(list) == 0 {
				p.say("referral.none")
				return
			}
			var rows [][]string
			for _, r := range list {
				state := p.Term("state", string(r.State))
				if r.Overdue {
					state = p.Text("referral.overdue", "state", state)
				}
				rows = append(rows, []string{posada.Brief(r.ID), p.Term("side", string(r.Side)), r.Peer.Name, p.purpose(r), state, moment(r.Sent), moment(r.AnswerBy)})
			}
			p.table([]i18n.Key{"column.id", "column.side", "column.with", "column.purpose", "column.state", "column.sent", "column.answer_by"}, rows)
		})
	}
	return cmd
}

func (c *cli) referralShow() *cobra.Command {
	cmd := c.command("show ID", "posada", "referral")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, id, err := c.atReferral(cmd, args[0])
		if err != nil {
			return err
		}
		out, err := node.Referral(cmd.Context(), id)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { showReferral(p, out) })
	}
	return cmd
}

func (c *cli) referralAccept() *cobra.Command {
	cmd := c.command("accept ID", "posada", "referral")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.mark(cmd, args[0], client.NewMark{State: string(posada.StateAccepted)})
	}
	return cmd
}

func (c *cli) referralDecline() *cobra.Command {
	var reason string
	cmd := c.command("decline ID", "posada", "referral")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&reason, "reason", "", c.Text("flag.reason"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.mark(cmd, args[0], client.NewMark{State: string(posada.StateDeclined), Reason: reason})
	}
	return cmd
}

func (c *cli) referralStatus() *cobra.Command {
	var outcome string
	cmd := c.command("status ID STATE", "posada", "referral")
	cmd.Args = c.exactly(2)
	cmd.Flags().StringVar(&outcome, "outcome", "", c.Text("flag.outcome"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if args[1] == string(posada.StateDeclined) {
			// Declining takes a reason, and so it has a command of its own.
			c.subject = args[0]
			return errUseDecline
		}
		return c.mark(cmd, args[0], client.NewMark{State: args[1], Outcome: outcome})
	}
	return cmd
}

// referralGive gives a referral that came in to a colleague: to her too, or
// instead of whoever gives.
func (c *cli) referralGive(verb string, instead bool) *cobra.Command {
	cmd := c.command(verb+" ID NAME", "posada", "referral")
	cmd.Args = c.exactly(2)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, id, err := c.atReferral(cmd, args[0])
		if err != nil {
			return err
		}
		out, err := node.AssignReferral(cmd.Context(), id, client.NewAssignment{To: args[1], Instead: instead})
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.say("referral.assigned", "id", posada.Brief(out.ID), "names", p.workOf(out.Assigned)) })
	}
	return cmd
}

// mark sets a state and says what the other side will hear.
func (c *cli) mark(cmd *cobra.Command, typed string, m client.NewMark) error {
	node, id, err := c.atReferral(cmd, typed)
	if err != nil {
		return err
	}
	out, err := node.Mark(cmd.Context(), id, m)
	if err != nil {
		return err
	}
	return c.print(out, func(p *page) {
		p.say("referral.marked", "id", posada.Brief(out.ID), "state", p.Term("state", string(out.State)), "agency", out.Peer.Name)
	})
}

// atReferral is the node that is asked, and the one referral an id, or the beginning of one,
// means there.
func (c *cli) atReferral(cmd *cobra.Command, typed string) (*client.Client, posada.ReferralID, error) {
	node, err := c.ask()
	if err != nil {
		return nil, "", err
	}
	id, err := findReferral(cmd, node, typed)
	return node, id, err
}

// findReferral finds the one referral an id, or the beginning of one, means.
func findReferral(cmd *cobra.Command, node *client.Client, typed string) (posada.ReferralID, error) {
	list, err := node.Referrals(cmd.Context())
	return meant(list, err, typed, func(r client.Referral) posada.ReferralID { return r.ID }, posada.ParseID)
}
