package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
)

// consentEnd ends the one record an id means, or all of a case that are not over.
// Whoever takes back all of a case takes back what was shared, too.
func (c *cli) consentEnd() *cobra.Command {
	var how string
	var asked bool
	cmd := c.command("end ID", "posada", "consent")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&how, "as", string(posada.ConsentWithdrawn), c.Text("flag.ending"))
	cmd.Flags().BoolVar(&asked, "counsel-asked", false, c.Text("flag.own_counsel_asked"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		if isLabel(args[0]) && how == string(posada.ConsentWithdrawn) {
			return c.takeBack(cmd.Context(), node, client.NewWithdrawal{Case: args[0], AskCounsel: !asked})
		}
		list, err := node.Consents(cmd.Context())
		if err != nil {
			return err
		}
		found := slices.DeleteFunc(slices.Clone(list), func(k client.Consent) bool {
			return !strings.EqualFold(k.Case, args[0]) || consent.Over(k.Status)
		})
		if len(found) == 0 {
			one, err := only(list, func(k client.Consent) bool { return begins(k.ID, args[0]) })
			if err != nil {
				return err
			}
			found = append(found, one)
		}
		ended, err := endAll(found, func(k client.Consent) (client.Consent, error) {
			if keepsOurs(k, list) && !asked {
				if err := c.counselAsked(cmd.Context(), node, k.Case); err != nil {
					return client.Consent{}, err
				}
			}
			return node.EndConsent(cmd.Context(), k.ID, client.NewEnding{How: how})
		})
		if len(ended) == 0 {
			return err
		}
		return errors.Join(err, c.print(ended, func(p *page) { p.ended(ended, list) }))
	}
	return cmd
}

// ended says what was ended, of the consents there were before, and what of it is still
// to be done.
func (p *page) ended(ended, before []client.Consent) {
	others := false
	for _, k := range ended {
		p.say("consent.ended", "case", k.Case, "id", posada.Brief(k.ID), "status", p.Term("consent", string(k.Status)))
		others = others || !ours(k)
		was, err := only(before, func(b client.Consent) bool { return b.ID == k.ID })
		if err == nil && keepsOurs(was, before) {
			p.say("own.ended", "case", k.Case)
		}
		again, renewed := renewal(before, k)
		if renewed && !slices.ContainsFunc(ended, func(e client.Consent) bool { return e.ID == again.ID }) {
			p.heading("consent.goes_on")
			p.line("  " + command("consent", "end", posada.Brief(again.ID)))
		}
	}
	if others {
		p.say("consent.ended_means")
		p.line("  " + command("referral", "list"))
	}
}

// endAll ends each of several consents. One that does not end keeps none of the others
// standing.
func endAll(list []client.Consent, end func(client.Consent) (client.Consent, error)) (ended []client.Consent, failed error) {
	for _, k := range list {
		out, err := end(k)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		ended = append(ended, out)
	}
	return ended, failed
}
