package main

import (
	"context"
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
	cmd := c.command("end ID", "posada", "consent")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&how, "as", string(posada.ConsentWithdrawn), c.Text("flag.ending"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		if isLabel(args[0]) && how == string(posada.ConsentWithdrawn) {
			return c.takeBack(cmd.Context(), node, client.NewWithdrawal{Case: args[0]})
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
		ended, err := endAll(cmd.Context(), node, found, how)
		if len(ended) == 0 {
			return err
		}
		return errors.Join(err, c.print(ended, func(p *page) {
			for _, k := range ended {
				p.say("consent.ended", "case", k.Case, "id", brief(k.ID), "status", p.Term("consent", string(k.Status)))
			}
			p.say("consent.ended_means")
			p.line("  " + command("referral", "list"))
		}))
	}
	return cmd
}

// endAll ends each of several consents. One that does not end keeps none of the others
// standing.
func endAll(ctx context.Context, node *client.Client, list []client.Consent, how string) (ended []client.Consent, failed error) {
	for _, k := range list {
		out, err := node.EndConsent(ctx, k.ID, client.NewEnding{How: how})
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		ended = append(ended, out)
	}
	return ended, failed
}
