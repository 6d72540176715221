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
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
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
		shared.Lines = append(shared.Lines, sharedLine(whole, consents))
	}
	return shared, nil
}

// sharedLine is one referral we sent, as the facts of a paper.
func sharedLine(r client.Referral, consents []client.Consent) papers.SharedLine {
	line := papers.SharedLine{To: r.Peer.Name, Purpose: r.Purpose, Sent: local(r.Sent), Arrived: local(r.Delivered)}
	for _, f := range r.Carried {
		line.Categories = line.Categories.With(f.Category)
	}
	for _, k := range consents {
		if k.ID == r.Consent {
			line.Given, line.Status, line.Onward = local(k.Given), k.Status, names(onwardOf(k, r))
		}
	}
	for _, m := range r.Marks {
		switch {
		case m.State == posada.StateWithdrawnBySurvivor:
			line.Withdrawn = earlier(line.Withdrawn, m.At)
		case m.By == referral.Target: // whoever answers has looked, and has it
			line.Seen = earlier(line.Seen, m.At)
		}
	}
	if line.Arrived.IsZero() {
		line.Arrived = line.Seen
	}
	line.Stopped = line.Arrived.IsZero() && !referral.Unanswered(r.State)
	if o := r.Obligations; o != nil {
		line.Ends = time.Unix(o.RetainUntil, 0)
	}
	if r.Shredded != nil {
		line.Destroyed, line.ReadBefore = local(r.Shredded.At), r.Shredded.Read
	}
	return line
}

// earlier is the earlier of two times, of which the first may not be known.
func earlier(known, t time.Time) time.Time {
	if known.IsZero() || t.Before(known) {
		return local(t)
	}
	return known
}

// local is a time in the reader's zone; none stays none.
func local(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Local()
}
