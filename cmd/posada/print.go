package main

import (
	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// referralPrint writes what was previewed for an agency without a node, to be read out over
// the telephone or printed. It writes no file: what becomes of the text is up to whoever asked.
func (c *cli) referralPrint() *cobra.Command {
	cmd := c.command("print DIGEST", "posada", "referral")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		out, err := node.Print(cmd.Context(), client.NewSend{Digest: args[0]})
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { printed(p, out.Referral) })
	}
	return cmd
}

// printed is the text: for whom and for what, what was agreed to, and what binds them.
func printed(p *page, r client.Referral) {
	p.say("print.title", "agency", r.Peer.Name, "class", p.Term("class", string(r.Peer.Class)), "purpose", p.purpose(r))
	p.say("print.call", "phone", r.Peer.Phone)
	p.heading("print.carried")
	showCarried(p, r.Carried)
	if r.Obligations != nil {
		p.heading("print.keeps", "agency", r.Peer.Name)
		writeObligations(p, *r.Obligations)
	}
	p.heading("print.noted")
	p.line("  " + command("referral", "show", posada.Brief(r.ID)))
}
