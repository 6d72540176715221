package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
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
			p.imported(out.Imported)
			if len(out.TakenOver)+len(out.Imported) == 0 {
				p.say("own.none")
				p.line("  " + command("case", "take-over") + " " + p.Text("arg.REFERRAL") + " " + p.Text("arg.FILE") + " --case " + quoted(out.Case))
				return
			}
			p.takenOver(out)
		})
	}
	return cmd
}

// imported writes what was brought in from another program of this agency.
func (p *page) imported(list []client.Imported) {
	for _, i := range list {
		p.heading("own.imported", "mapping", i.Mapping, "at", moment(i.At))
		if len(i.Carried) > 0 {
			showCarried(p, i.Carried)
		}
		switch {
		case i.Confirm:
			p.say("referral.confirm")
		case i.More:
			p.say("referral.more_roles")
		}
	}
}

// takenOver writes what was taken over, each with whence, when and until when.
func (p *page) takenOver(r client.OwnRecord) {
	for _, o := range r.TakenOver {
		p.heading("own.from", "agency", o.From.Name, "at", moment(o.At), "purpose", p.Term("purpose", string(o.Purpose)))
		p.say("own.until", "until", moment(o.Until), "consent", posada.Brief(o.Consent))
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

// ours reports whether a consent is to what this agency keeps in its own record.
func ours(k client.Consent) bool {
	return len(k.Allow) == 1 && k.Allow[0].To.Self
}

// renewal is the consent of a list that renews one, and counts.
func renewal(list []client.Consent, of client.Consent) (client.Consent, bool) {
	i := slices.IndexFunc(list, func(k client.Consent) bool { return k.Renews == of.ID && k.Status == posada.ConsentRenewed })
	if i < 0 {
		return client.Consent{}, false
	}
	return list[i], true
}

// keepsOurs reports whether something is kept in our own record under a consent of a
// list: it counts, and was not renewed since.
func keepsOurs(k client.Consent, list []client.Consent) bool {
	counts := k.Status == posada.ConsentGiven || k.Status == posada.ConsentRenewed
	return ours(k) && counts && !k.Allow[0].Withdrawn && !slices.ContainsFunc(list, func(r client.Consent) bool { return r.Renews == k.ID })
}

// narrows reports whether a file that renews a consent names less than that does.
func narrows(k client.Consent, in client.NewConsent) bool {
	return len(in.Allow) == 1 && len(in.Allow[0].Share) < len(k.Allow[0].Share)
}

// counselAsked wants counsel asked before our own record of a case is destroyed in which
// a paper came. It is a question, as for the case (noPaper).
func (c *cli) counselAsked(ctx context.Context, node *client.Client, label string) error {
	err := c.noPaper(ctx, node, label)
	if errors.Is(err, errPaperCame) {
		return fault.New(fault.Conflict, fault.OwnPaperCame, "case", label)
	}
	return err
}

// renewed says what was recorded and, of what we keep, what becomes of it.
func (p *page) renewed(out client.Consent, file, ageBand string) {
	if !ours(out) {
		p.consented(out, file, ageBand)
		return
	}
	p.say("own.renewed", "case", out.Case, "until", moment(out.Expires))
	showConsent(p, out)
	p.mayTell(out, ageBand)
	p.remindOfDuty(ageBand)
	p.heading("own.means")
	p.line("  " + command("case", "show", out.Case))
	p.line("  " + command("withdraw", out.Case))
}
