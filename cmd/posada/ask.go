package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// consentAsk records that somebody was asked, so that nobody asks again in an hour,
// and what they said if they did not say yes.
func (c *cli) consentAsk() *cobra.Command {
	var label, said string
	cmd := c.command("ask FILE", "posada", "consent")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&label, "case", "", c.Text("flag.case"))
	cmd.Flags().StringVar(&said, "answer", string(posada.ConsentRequested), c.Text("flag.answer"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		c.subject = args[0]
		in, err := readAsked(args[0])
		if err != nil {
			return err
		}
		if label != "" {
			in.Case = label
		}
		in.Status = said
		out, err := node.AddConsent(cmd.Context(), in)
		if err != nil {
			return err
		}
		return c.recorded(cmd.Context(), node, out, args[0], in.AgeBand)
	}
	return cmd
}

// consentAnswer records what somebody says to what they were asked. A yes needs all
// that a consent needs, and so a file.
func (c *cli) consentAnswer() *cobra.Command {
	var form string
	cmd := c.command("answer ID ANSWER [FILE]", "posada", "consent")
	cmd.Args = commandline.Between(c.Printer, 2, 3)
	cmd.Flags().StringVar(&form, "form", "", c.Text("flag.form"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		in, file, band := client.NewAnswer{Answer: args[1]}, c.Text("arg.FILE"), ""
		switch {
		case len(args) == 3:
			c.subject, file = args[2], args[2]
			agreed, err := readConsent(file, form, 0)
			if err != nil {
				return err
			}
			in.Agreed, band = &agreed, agreed.AgeBand
		case in.Answer == string(posada.ConsentGiven):
			return commandline.UsageError(c.Text("consent.needs_file", "command", command("consent", "answer", args[0], args[1], file)))
		}
		id, err := findConsent(cmd, node, args[0])
		if err != nil {
			return err
		}
		out, err := node.AnswerConsent(cmd.Context(), id, in)
		if err != nil {
			return err
		}
		return c.recorded(cmd.Context(), node, out, file, band)
	}
	return cmd
}

// recorded shows what was recorded. Where it is no, or not now, it says too who may
// still pass something on to whom that was said of.
func (c *cli) recorded(ctx context.Context, node *client.Client, out client.Consent, file, ageBand string) error {
	var by map[posada.AgencyID][]string
	var unseen error
	if out.Status == posada.ConsentRefused || out.Status == posada.ConsentDeferred {
		by, unseen = passings(ctx, node, out.Case)
	}
	return c.print(out, func(p *page) {
		p.consented(out, file, ageBand)
		for _, to := range namedIn(out) {
			if unseen != nil {
				p.maybePassed(out.Case, to.Name)
				continue
			}
			p.stillPassed(out.Case, to, by[to.ID])
		}
	})
}

// consentRenew records that somebody agrees again, asked anew.
func (c *cli) consentRenew() *cobra.Command {
	var form string
	var days int
	var asked bool
	cmd := c.command("renew ID FILE", "posada", "consent")
	cmd.Args = c.exactly(2)
	cmd.Flags().StringVar(&form, "form", "", c.Text("flag.form"))
	cmd.Flags().IntVar(&days, "days", 0, c.Text("flag.days"))
	cmd.Flags().BoolVar(&asked, "counsel-asked", false, c.Text("flag.own_counsel_asked"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		c.subject = args[1]
		in, err := readConsent(args[1], form, days)
		if err != nil {
			return err
		}
		list, err := node.Consents(cmd.Context())
		id, err := meant(list, err, args[0], func(k client.Consent) posada.ConsentID { return k.ID }, posada.ParseID)
		if err != nil {
			return err
		}
		for _, k := range list {
			if k.ID == id && !asked && keepsOurs(k, list) && narrows(k, in) {
				if err := c.counselAsked(cmd.Context(), node, k.Case); err != nil {
					return err
				}
			}
		}
		out, err := node.RenewConsent(cmd.Context(), id, in)
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.renewed(out, args[1], in.AgeBand) })
	}
	return cmd
}

// readAsked reads of a consent's file what was asked; a form there need not be.
func readAsked(file string) (client.NewConsent, error) {
	in, _, err := readUnsigned(file)
	return client.NewConsent{Case: in.Case, Allow: in.Allow, Exclude: in.Exclude, Withhold: in.Withhold, Services: in.Services}, err
}

// findConsent finds the one consent an id, or the beginning of one, means.
func findConsent(cmd *cobra.Command, node *client.Client, typed string) (posada.ConsentID, error) {
	list, err := node.Consents(cmd.Context())
	return meant(list, err, typed, func(k client.Consent) posada.ConsentID { return k.ID }, posada.ParseID)
}

// onlyAsked reports whether somebody was asked and never said yes: there is nothing
// that could end.
func onlyAsked(k client.Consent) bool { return k.Expires.IsZero() }

// open reports whether somebody was asked and may still say yes or no.
func open(k client.Consent) bool {
	return k.Status == posada.ConsentRequested || k.Status == posada.ConsentDeferred
}

// remindOfAsking says that somebody is to be asked again, and what with.
func (p *page) remindOfAsking(k client.Consent) {
	says := func(key i18n.Key, at time.Time, command string) {
		p.line("  " + k.Case + " · " + posada.Brief(k.ID) + " · " + p.Text(key, "at", moment(at)))
		p.line("    " + command)
	}
	switch {
	case k.Due && ours(k):
		says("own.due", k.Expires, command("consent", "renew", posada.Brief(k.ID), p.Text("arg.FILE")))
	case k.Due:
		says("consent.due", k.Expires, command("consent", "renew", posada.Brief(k.ID), p.Text("arg.FILE")))
	case open(k):
		says("consent.unanswered", k.History[len(k.History)-1].At, command("consent", "answer", posada.Brief(k.ID), "given", p.Text("arg.FILE")))
	}
}

// asked says what was noted of a question, and what to do next.
func (p *page) asked(k client.Consent) {
	switch k.Status {
	case posada.ConsentRefused:
		p.say("consent.refused_now", "case", k.Case)
	case posada.ConsentDeferred:
		p.say("consent.deferred_now", "case", k.Case)
	default:
		p.say("consent.requested_now", "case", k.Case)
	}
	p.question(k)
	if open(k) {
		p.heading("consent.when_they_answer")
		for _, said := range [][]string{{"given", p.Text("arg.FILE")}, {"deferred"}, {"refused"}} {
			p.line("  " + command(append([]string{"consent", "answer", posada.Brief(k.ID)}, said...)...))
		}
		return
	}
	p.heading("consent.take_back_too")
	for _, to := range namedIn(k) {
		p.line("  " + command("withdraw", k.Case, "--from", to.Name))
	}
}

// namedIn are the agencies that a consent's lines name, each once.
func namedIn(k client.Consent) (list []client.Agency) {
	for _, a := range k.Allow {
		if !slices.Contains(list, a.To) {
			list = append(list, a.To)
		}
	}
	return list
}

// question writes what somebody was asked, and what they said when.
func (p *page) question(k client.Consent) {
	var rows [][]string
	for _, a := range k.Allow {
		rows = append(rows, []string{a.To.Name, p.Term("purpose", string(a.Purpose)), i18n.Terms(p.Printer, "category", a.Share)})
	}
	p.heading("consent.was_asked")
	p.table([]i18n.Key{"column.to", "column.purpose", "column.shares"}, rows)
	for _, a := range k.Exclude {
		p.say("consent.excludes", "agency", a.Name)
	}
	if len(k.Withhold) > 0 {
		p.say("consent.withholds", "what", i18n.Terms(p.Printer, "category", k.Withhold))
	}
	for _, step := range k.History {
		p.line(moment(step.At) + "  " + p.Term("consent", string(step.Status)))
	}
}

// title is a consent in a line; what was only asked has no time to end.
func (p *page) title(k client.Consent) {
	if onlyAsked(k) {
		p.say("consent.question_title", "case", k.Case, "id", posada.Brief(k.ID), "status", standing(p, k), "at", moment(k.Given))
		return
	}
	p.say("consent.title", "case", k.Case, "id", posada.Brief(k.ID), "status", standing(p, k), "given", moment(k.Given), "until", moment(k.Expires))
}
