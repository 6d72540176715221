package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
)

// caseTakeOver copies what a consent names of what came in into the agency's own
// record.
func (c *cli) caseTakeOver() *cobra.Command {
	cmd := c.command("take-over REFERRAL FILE", "posada", "case")
	cmd.Args = c.exactly(2)
	file := c.consentFile(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		in, err := file.read(c, args[1])
		if err != nil {
			return err
		}
		id, err := findReferral(cmd, node, args[0])
		if err != nil {
			return err
		}
		out, err := node.TakeOver(cmd.Context(), id, in)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			p.say("own.taken_over", "case", out.Case)
			p.takenOver(out)
			p.heading("own.means")
			p.line("  " + command("case", "show", out.Case))
			p.line("  " + command("withdraw", out.Case))
		})
	}
	return cmd
}

// caseShow shows the agency's own record of a case.
func (c *cli) caseShow() *cobra.Command {
	cmd := c.command("show CASE", "posada", "case")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		out, err := node.OwnRecord(cmd.Context(), client.NewLook{Case: args[0]})
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) {
			p.say("own.title", "case", out.Case, "names", p.workOf(out.Assigned))
			if len(out.TakenOver) == 0 {
				p.say("own.none")
				p.line("  " + command("case", "take-over") + " " + p.Text("arg.REFERRAL") + " " + p.Text("arg.FILE") + " --case " + quoted(out.Case))
				return
			}
			p.takenOver(out)
		})
	}
	return cmd
}

// takenOver writes what was taken over, each with whence, when and until when.
func (p *page) takenOver(r client.OwnRecord) {
	for _, o := range r.TakenOver {
		p.heading("own.from", "agency", o.From.Name, "at", moment(o.At), "purpose", p.Term("purpose", string(o.Purpose)))
		p.say("own.until", "until", moment(o.Until), "consent", brief(o.Consent))
		if len(o.Carried) > 0 {
			showCarried(p, o.Carried)
		}
		switch {
		case o.Confirm:
			p.say("referral.confirm")
		case o.More:
			p.say("referral.more_roles")
		}
	}
}

// remain says where something was taken over that a withdrawal does not reach.
func (p *page) remain(labels []string) {
	if len(labels) == 0 {
		return
	}
	p.heading("own.remains", "cases", strings.Join(labels, ", "))
	for _, label := range labels {
		p.line("  " + command("withdraw", label))
	}
}
