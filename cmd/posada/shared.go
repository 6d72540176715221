package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/signing"
)

// spoken is an account of what is known of a person: read aloud to them, or printed.
type spoken interface {
	Text(i18n.Language) (string, error)
	HTML(i18n.Language) (string, error)
}

// toPerson makes a command that gives a person such an account of a case, in their language,
// by --lang; printed says that it was written for the printer.
func (c *cli) toPerson(use string, printed i18n.Key, of func(ctx context.Context, node *client.Client, label string) (spoken, error)) *cobra.Command {
	var file string
	cmd := c.command(use, "posada", "case")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&file, "page", "", c.Text("flag.page"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := c.unwritten(file); err != nil {
			return err
		}
		node, err := c.ask()
		if err != nil {
			return err
		}
		account, err := of(cmd.Context(), node, args[0])
		if err != nil {
			return err
		}
		if file != "" {
			return c.forPrinter(account, file, printed)
		}
		text, err := account.Text(c.Language())
		if err != nil {
			return err
		}
		return c.print(account, func(p *page) { p.line(strings.TrimSpace(text)) })
	}
	return cmd
}

func (c *cli) forPrinter(account spoken, file string, printed i18n.Key) error {
	text, err := account.HTML(c.Language())
	if err != nil {
		return err
	}
	if err := config.WriteSecret(file, []byte(text)); err != nil {
		return err
	}
	return c.print(written{Page: file, Language: c.Language()}, func(p *page) { p.say(printed, "page", file) })
}

// caseShared says what left about one person.
func (c *cli) caseShared() *cobra.Command {
	return c.toPerson("shared CASE", "shared.page", func(ctx context.Context, node *client.Client, label string) (spoken, error) {
		return c.gather(ctx, node, label)
	})
}

// gather asks for everything that was sent of a case. An account that would
// leave something out is none.
func (c *cli) gather(ctx context.Context, node *client.Client, label string) (papers.Shared, error) {
	of, err := findCase(ctx, node, label)
	if err != nil {
		return papers.Shared{}, err
	}
	list, err := node.Referrals(ctx)
	if err != nil {
		return papers.Shared{}, err
	}
	consents, err := node.Consents(ctx)
	if err != nil {
		return papers.Shared{}, err
	}
	shared := papers.Shared{At: time.Now(), Lines: []papers.SharedLine{}}
	for _, r := range slices.Backward(list) { // the oldest first
		if r.Side != referral.Source || r.Case != of.Label {
			continue
		}
		whole, err := node.Referral(ctx, r.ID)
		if err != nil {
			return papers.Shared{}, err
		}
		if whole.More {
			c.subject = of.Label
			return papers.Shared{}, errNotShared
		}
		shared.Lines = append(shared.Lines, signing.SharedLine(whole, consents, time.Local))
	}
	return shared, nil
}
