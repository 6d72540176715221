package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

func (c *cli) referral() *cobra.Command {
	group := c.group("referral", "posada")
	group.AddCommand(c.referralPreview(), c.referralSend(), c.referralList(), c.referralShow(),
		c.referralAccept(), c.referralDecline(), c.referralStatus())
	return group
}

func (c *cli) referralPreview() *cobra.Command {
	var label, to string
	var leaveOut []string
	cmd := c.command("preview FILE", "posada", "referral")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&label, "case", "", c.Text("flag.case_of"))
	cmd.Flags().StringVar(&to, "to", "", c.Text("flag.to"))
	cmd.Flags().StringSliceVar(&leaveOut, "leave-out", nil, c.Text("flag.leave_out"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(args[0])
		if err != nil {
			return err
		}
		in, err := client.ReadReferral(text)
		if err != nil {
			return fmt.Errorf("%s: %w", args[0], err)
		}
		in.Case, in.To = or(label, in.Case), or(to, in.To)
		in.LeaveOut = append(in.LeaveOut, leaveOut...)
		out, err := node.Preview(cmd.Context(), in)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { showPreview(p, in, out) })
	}
	return cmd
}

// showPreview writes exactly what would be shared, and what may not be.
func showPreview(p *page, in client.NewPreview, out client.Preview) {
	p.say("preview.title", "agency", out.To.Name, "class", p.Term("class", string(out.To.Class)), "purpose", p.Term("purpose", in.Purpose))
	if len(out.Carried) > 0 {
		if len(out.Uncovered) > 0 {
			p.heading("preview.covered")
		} else {
			p.heading("preview.carried")
		}
		showCarried(p, out.Carried)
	}
	if len(out.Uncovered) > 0 {
		p.heading("preview.uncovered")
		var rows [][]string
		for _, u := range out.Uncovered {
			for i, lack := range u.Lacks {
				row := []string{u.Place, p.Term("category", string(u.Category)), p.Text(i18n.Key("rule." + lack))}
				if i > 0 {
					row[0], row[1] = "", ""
				}
				rows = append(rows, row)
			}
		}
		p.table([]i18n.Key{"column.field", "column.category", "column.lacks"}, rows)
		p.heading("preview.not_ready")
		return
	}
	showObligations(p, out)
	p.heading("preview.ready", "until", moment(out.Until))
	p.line("  posada referral send " + out.Digest)
}

func showObligations(p *page, out client.Preview) {
	if o := out.Obligations; o != nil {
		p.heading("preview.obligations")
		writeObligations(p, *o)
	}
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
			p.say("referral.sent", "agency", out.Peer.Name, "id", brief(out.ID))
			p.line("  posada referral show " + brief(out.ID))
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
				rows = append(rows, []string{brief(r.ID), p.Term("side", string(r.Side)), r.Peer.Name, p.Term("purpose", string(r.Purpose)), state, moment(r.Sent), moment(r.AnswerBy)})
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
		node, err := c.ask()
		if err != nil {
			return err
		}
		id, err := findReferral(cmd, node, args[0])
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
		return c.mark(cmd, args[0], client.NewMark{State: args[1], Outcome: outcome})
	}
	return cmd
}

// mark sets a state and says what the other side will hear.
func (c *cli) mark(cmd *cobra.Command, typed string, m client.NewMark) error {
	node, err := c.ask()
	if err != nil {
		return err
	}
	id, err := findReferral(cmd, node, typed)
	if err != nil {
		return err
	}
	out, err := node.Mark(cmd.Context(), id, m)
	if err != nil {
		return err
	}
	return c.print(out, func(p *page) {
		p.say("referral.marked", "id", brief(out.ID), "state", p.Term("state", string(out.State)), "agency", out.Peer.Name)
	})
}

// findReferral finds the one referral an id, or the beginning of one, means.
func findReferral(cmd *cobra.Command, node *client.Client, typed string) (posada.ReferralID, error) {
	list, err := node.Referrals(cmd.Context())
	if err != nil {
		return "", err
	}
	found, err := only(list, func(r client.Referral) bool { return begins(r.ID, typed) })
	return found.ID, err
}
