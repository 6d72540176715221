package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/signing"
)

// referralPassOn shows exactly what would be passed on of a referral that came in.
func (c *cli) referralPassOn() *cobra.Command {
	var in client.NewPassing
	cmd := c.command("pass-on REFERRAL", "posada", "referral")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&in.To, "to", "", c.Text("flag.pass_on_to"))
	cmd.Flags().StringSliceVar(&in.Categories, "categories", nil, c.Text("flag.pass_on_categories"))
	cmd.Flags().StringSliceVar(&in.Services, "services", nil, c.Text("flag.pass_on_services"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if in.To == "" {
			return c.needs("--to", c.Text("arg.AGENCY"))
		}
		node, id, err := c.atReferral(cmd, args[0])
		if err != nil {
			return err
		}
		out, err := node.PassOn(cmd.Context(), id, in)
		if err != nil {
			return err
		}
		if err := c.print(out, func(p *page) { showPassing(p, out) }); err != nil || out.Digest != "" {
			return err
		}
		return errNotCovered
	}
	return cmd
}

// showPassing writes exactly what would be passed on, and what may not be.
func showPassing(p *page, out client.Preview) {
	p.say("preview.title", "agency", out.To.Name, "class", p.Term("class", string(out.To.Class)), "purpose", p.Term("purpose", string(out.Purpose)))
	if out.Digest == "" {
		showUncovered(p, out.Uncovered)
		showJoining(p, out.To)
		p.heading("onward.not_ready")
		return
	}
	showReady(p, out)
}

// showOnward writes to whom something that came in may be passed on, and of what a
// referral was passed on.
func showOnward(p *page, r client.Referral) {
	if r.Of != "" {
		p.say("onward.of", "id", posada.Brief(r.Of))
	}
	if len(r.Onward) == 0 {
		return
	}
	p.heading("onward.may")
	for _, a := range r.Onward {
		p.line("  " + command("referral", "pass-on", posada.Brief(r.ID), "--to", a.Name))
	}
}

// names are what people call agencies.
func names(list []client.Agency) (names []string) {
	for _, a := range list {
		names = append(names, a.Name)
	}
	return names
}

// passings are, by the id of an agency, the names of those who may still pass on to it
// what they were sent of a case.
func passings(ctx context.Context, node *client.Client, label string) (map[posada.AgencyID][]string, error) {
	consents, err := node.Consents(ctx)
	if err != nil {
		return nil, err
	}
	referrals, err := node.Referrals(ctx)
	return signing.Passings(label, consents, referrals), err
}

// stillPassed says who may still pass something of a case on to an agency that is to
// have nothing of it, and what ends that.
func (p *page) stillPassed(label string, to client.Agency, by []string) {
	if len(by) == 0 {
		return
	}
	p.heading("onward.still", "agency", to.Name, "names", strings.Join(by, ", "))
	p.line("  " + command("withdraw", label, "--from", to.Name))
}

// maybePassed says the same where it cannot be seen: whoever may exclude an agency, or
// hear a no, need not be one who sees what was shared. It is no failure, for what was
// asked was done.
func (p *page) maybePassed(label, to string) {
	p.heading("onward.maybe", "agency", to)
	p.line("  " + command("withdraw", label, "--from", to))
}
