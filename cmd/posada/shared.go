package main

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// caseShared says what left about one person, to be read to her or printed: in
// her language, by --lang.
func (c *cli) caseShared() *cobra.Command {
	cmd := c.command("shared CASE", "posada", "case")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		cases, err := node.Cases(cmd.Context())
		if err != nil {
			return err
		}
		of, err := only(cases, func(k client.Case) bool { return strings.EqualFold(k.Label, args[0]) })
		if err != nil {
			return err
		}
		list, err := node.Referrals(cmd.Context())
		if err != nil {
			return err
		}
		shared := []client.Referral{}
		for _, r := range slices.Backward(list) { // the oldest first
			if r.Side != referral.Source || r.Case != of.Label {
				continue
			}
			whole, err := node.Referral(cmd.Context(), r.ID)
			if err != nil {
				return err
			}
			if whole.More {
				c.subject = of.Label
				return errNotShared
			}
			shared = append(shared, whole)
		}
		consents, err := node.Consents(cmd.Context())
		if err != nil {
			return err
		}
		return c.print(shared, func(p *page) { p.shared(time.Now(), shared, consents) })
	}
	return cmd
}

// shared is what was shared, said to the person it is about.
func (p *page) shared(now time.Time, list []client.Referral, consents []client.Consent) {
	p.say("shared.title", "at", moment(now))
	if len(list) == 0 {
		p.say("shared.none")
		return
	}
	for _, r := range list {
		p.heading("shared.line", "agency", r.Peer.Name, "purpose", p.Term("purpose", string(r.Purpose)), "sent", moment(r.Sent))
		p.say("shared.what", "what", or(i18n.Terms(p.Printer, "category", categories(r)), p.Text("shared.destroyed")))
		for _, k := range consents {
			if k.ID == r.Consent {
				p.say("shared.agreed", "given", moment(k.Given), "status", p.Term("consent", string(k.Status)))
			}
		}
		switch {
		case r.Shredded != nil && r.Shredded.Read:
			p.say("shared.shredded_read", "at", moment(r.Shredded.At))
		case r.Shredded != nil:
			p.say("shared.shredded", "at", moment(r.Shredded.At))
		case r.State == posada.StateWithdrawnBySurvivor && !r.Delivered.IsZero():
			p.say("shared.told", "at", moment(r.Delivered))
		case !r.Delivered.IsZero():
			p.say("shared.theirs", "at", moment(r.Delivered))
		case referral.Unanswered(r.State):
			p.say("shared.waits")
		default:
			p.say("shared.stopped")
		}
		if o := r.Obligations; o != nil && !r.Delivered.IsZero() && r.Shredded == nil {
			p.say("shared.until", "until", moment(time.Unix(o.RetainUntil, 0)))
		}
	}
	p.heading("shared.more")
}

// categories are the kinds of things a referral carried, each once.
func categories(r client.Referral) (list []posada.Category) {
	for _, f := range r.Carried {
		if f.Category != "" && !slices.Contains(list, f.Category) {
			list = append(list, f.Category)
		}
	}
	return list
}
