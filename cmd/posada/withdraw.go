package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/words"
)

// withdraw is her three doors in one command: her word in a case of one's own,
// her word about what came in, or her code.
func (c *cli) withdraw() *cobra.Command {
	var in client.NewWithdrawal
	var asked bool
	cmd := c.command("withdraw [CASE|ID]", "posada")
	cmd.Args = commandline.Between(c.Printer, 0, 1)
	cmd.Flags().StringVar(&in.From, "from", "", c.Text("flag.withdraw_from"))
	cmd.Flags().BoolVar(&asked, "counsel-asked", false, c.Text("flag.own_counsel_asked"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		switch {
		case len(args) == 0:
			if in.Code, err = c.hear(); err != nil {
				return err
			}
		case isLabel(args[0]):
			in.Case, in.AskCounsel = args[0], !asked
		default:
			id, err := findReferral(cmd, node, args[0])
			if err != nil {
				return err
			}
			in.Referral = string(id)
		}
		return c.takeBack(cmd.Context(), node, in)
	}
	return cmd
}

func (c *cli) takeBack(ctx context.Context, node *client.Client, in client.NewWithdrawal) error {
	out, err := node.Withdraw(ctx, in)
	if _, later := errors.AsType[*client.Kept](err); later && in.AskCounsel {
		fmt.Fprintln(c.err, c.Text("own.handed_in", "command", command("case", "show", strings.ToLower(in.Case))))
	}
	if err != nil {
		return err
	}
	return c.print(out, func(p *page) { p.withdrawn(in, out) })
}

// isLabel reports whether a text has a case's form: a bird and a number.
func isLabel(text string) bool {
	return regexp.MustCompile(`^[A-Za-z]+-[0-9]+$`).MatchString(strings.TrimSpace(text))
}

// mostHeard is more than eight words take, however they are written down.
const mostHeard = 4 << 10

// hear reads her words: a line that is typed, or all of a file that is piped in.
// They are shown as they are typed, for whoever types reads them back to her.
func (c *cli) hear() (string, error) {
	in := io.LimitReader(c.in, mostHeard)
	if file, ok := c.in.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		fmt.Fprint(c.err, c.Text("withdraw.prompt")+" ")
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil && line == "" {
			return "", fmt.Errorf("read the words: %w", err)
		}
		return line, nil
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return "", fmt.Errorf("read the words: %w", err)
	}
	return string(text), nil
}

// withdrawn says what was taken back, and what is still to be done by telephone.
func (p *page) withdrawn(in client.NewWithdrawal, out client.Withdrawal) {
	if in.Code != "" {
		p.say("withdraw.passed_on")
		p.say("withdraw.passed_on_blind")
		return
	}
	switch {
	case in.Case != "" && in.From != "":
		p.say("withdraw.of_case_from", "case", strings.ToLower(in.Case), "agency", in.From)
	case in.Case != "":
		p.say("withdraw.of_case", "case", strings.ToLower(in.Case))
	}
	if out.Own > 0 {
		p.say("own.destroyed", "case", strings.ToLower(in.Case), "count", out.Own)
	}
	if out.Kept > 0 {
		p.say("own.not_yet", "case", strings.ToLower(in.Case), "count", out.Kept)
		p.line("  " + command("withdraw", strings.ToLower(in.Case), "--counsel-asked"))
	}
	for _, a := range out.Thirds {
		p.say("onward.told", "agency", a.Name)
	}
	if len(out.Back) == 0 {
		if len(out.Thirds) == 0 {
			p.say("withdraw.nothing_shared")
		}
		return
	}
	ours := ""
	for _, r := range out.Back {
		p.back(r)
		if r.Side == "source" {
			ours = r.Case
		}
	}
	p.remain(out.Remain)
	p.say("withdraw.no_service")
	if ours != "" {
		p.next("withdraw.next")
		p.line("  " + command("case", "shared", ours))
	}
}

// back says what became of one referral that was taken back now.
func (p *page) back(r client.Referral) {
	switch {
	case r.Side == "target":
		p.say("withdraw.here", "agency", r.Peer.Name, "id", posada.Brief(r.ID))
	case r.Paper:
		p.say("referral.paper_back", "agency", r.Peer.Name, "phone", r.Peer.Phone)
	case r.Delivered.IsZero():
		p.say("withdraw.not_there", "agency", r.Peer.Name, "id", posada.Brief(r.ID))
	default:
		p.say("withdraw.there", "agency", r.Peer.Name, "id", posada.Brief(r.ID), "at", moment(r.Delivered))
	}
}

// caseWords shows the words a case is withdrawn by, to be handed over.
func (c *cli) caseWords() *cobra.Command {
	var file string
	cmd := c.command("words CASE", "posada", "case")
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
		out, err := node.Words(cmd.Context(), client.NewWords{Case: args[0]})
		if err != nil {
			return err
		}
		own := out.English
		if words.Language(c.Language()) == words.Spanish {
			own = out.Spanish
		}
		if file != "" {
			return c.card(file, own)
		}
		return c.print(out, func(p *page) {
			p.say("words.title", "case", strings.ToLower(args[0]))
			p.line("")
			p.line("  " + own)
			p.line("")
			p.say("words.keep")
			p.say("words.handed")
			p.heading("words.to_print")
			p.line("  " + command("case", "words", strings.ToLower(args[0]), "--page", p.Text("arg.PAGE")))
		})
	}
	return cmd
}

// card writes the card for the printer, and says how it is handed over. The words
// are not shown: whoever stands near need not read them.
func (c *cli) card(file, own string) error {
	made, err := papers.NewCard(strings.Fields(own))
	if err != nil {
		return err
	}
	text, err := made.HTML()
	if err != nil {
		return err
	}
	say, err := papers.HandOver(c.Language())
	if err != nil {
		return err
	}
	if err := config.WriteSecret(file, []byte(text)); err != nil {
		return err
	}
	return c.print(written{Page: file}, func(p *page) {
		p.say("words.page", "page", file)
		p.line("")
		p.line(strings.TrimSpace(say))
	})
}

// caseErase destroys a case, with all that is here of it. The label is typed a
// second time, for nobody can undo it.
func (c *cli) caseErase() *cobra.Command {
	var again string
	var asked bool
	cmd := c.command("erase CASE", "posada", "case")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&again, "really", "", c.Text("flag.really"))
	cmd.Flags().BoolVar(&asked, "counsel-asked", false, c.Text("flag.counsel_asked"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !strings.EqualFold(again, args[0]) {
			return c.needs("--really", strings.ToLower(args[0]))
		}
		node, err := c.ask()
		if err != nil {
			return err
		}
		if err := c.noPaper(cmd.Context(), node, args[0]); err != nil && !asked {
			return err
		}
		out, err := node.EraseCase(cmd.Context(), client.NewErasure{Case: args[0]})
		if err != nil {
			return err
		}
		return c.print(out, func(p *page) { p.erased(out) })
	}
	return cmd
}

// erased is the receipt, to be read to the person.
func (p *page) erased(e client.Erasure) {
	if e.Done.IsZero() {
		p.say("erase.begun", "case", e.Case, "at", moment(e.Begun))
	} else {
		p.say("erase.done", "case", e.Case, "at", moment(e.Done), "consents", e.Consents, "referrals", e.Referrals)
	}
	if e.Own > 0 {
		p.say("own.destroyed", "case", e.Case, "count", e.Own)
	}
	for _, r := range e.Back {
		p.back(r)
	}
	p.say("erase.not_here")
}
