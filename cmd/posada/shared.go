package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/signing"
)

// caseShared says what left about one person, to be read to her or printed: in
// her language, by --lang.
func (c *cli) caseShared() *cobra.Command {
	var file string
	cmd := c.command("shared CASE", "posada", "case")
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
		shared, err := c.gather(cmd.Context(), node, args[0])
		if err != nil {
			return err
		}
		if file != "" {
			return c.printShared(shared, file)
		}
		text, err := shared.Text(c.Language())
		if err != nil {
			return err
		}
		return c.print(shared, func(p *page) { p.line(strings.TrimSpace(text)) })
	}
	return cmd
}

// printShared writes what was shared for the printer.
func (c *cli) printShared(shared papers.Shared, file string) error {
	text, err := shared.HTML(c.Language())
	if err != nil {
		return err
	}
	if err := config.WriteSecret(file, []byte(text)); err != nil {
		return err
	}
	return c.print(written{Page: file, Language: c.Language()}, func(p *page) { p.say("shared.page", "page", file) })
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
