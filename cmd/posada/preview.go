package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// typed is how a preview was asked for.
type typed struct {
	file, label, to string
	leaveOut        []string
}

func (c *cli) referralPreview() *cobra.Command {
	var t typed
	cmd := c.command("preview FILE", "posada", "referral")
	cmd.Args = c.exactly(1)
	cmd.Flags().StringVar(&t.label, "case", "", c.Text("flag.case_of"))
	cmd.Flags().StringVar(&t.to, "to", "", c.Text("flag.to"))
	cmd.Flags().StringSliceVar(&t.leaveOut, "leave-out", nil, c.Text("flag.leave_out"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		t.file, c.subject = args[0], args[0]
		node, err := c.ask()
		if err != nil {
			return err
		}
		in, err := t.read()
		if err != nil {
			return err
		}
		out, err := node.Preview(cmd.Context(), in)
		if err != nil {
			return err
		}
		if err := c.print(out, func(p *page) { showPreview(p, t, in, out) }); err != nil {
			return err
		}
		if err := c.warnOfRecords(cmd.Context(), node, in, out.To.ID); err != nil || out.Digest != "" {
			return err
		}
		return errNotCovered
	}
	return cmd
}

// read reads the draft, with what was typed over it.
func (t typed) read() (client.NewPreview, error) {
	text, err := os.ReadFile(t.file)
	if err != nil {
		return client.NewPreview{}, err
	}
	in, err := client.ReadReferral(text)
	if err != nil {
		return in, fmt.Errorf("%s: %w", t.file, err)
	}
	in.Case, in.To = or(t.label, in.Case), or(t.to, in.To)
	in.LeaveOut = append(in.LeaveOut, t.leaveOut...)
	if in.Case == "" {
		return in, errNoCase
	}
	return in, nil
}

// showPreview writes exactly what would be shared, and what may not be.
func showPreview(p *page, t typed, in client.NewPreview, out client.Preview) {
	p.say("preview.title", "agency", out.To.Name, "class", p.Term("class", string(out.To.Class)), "purpose", p.Term("purpose", in.Purpose))
	if out.Digest == "" {
		if len(out.Carried) > 0 {
			p.heading("preview.covered")
			showCarried(p, out.Carried)
		}
		showUncovered(p, out.Uncovered)
		t.showWayOut(p, out)
	} else {
		showReady(p, out)
	}
	p.decided(out.Decision)
}

// showReady writes what can be sent as it is, and how.
func showReady(p *page, out client.Preview) {
	if len(out.Carried) > 0 {
		p.heading("preview.carried")
		showCarried(p, out.Carried)
	}
	if o := out.Obligations; o != nil {
		p.heading("preview.obligations")
		writeObligations(p, *o)
	}
	if out.Paper {
		p.heading("preview.ready_paper", "until", moment(out.Until), "agency", out.To.Name, "phone", out.To.Phone)
		p.line("  " + command("referral", "print", out.Digest))
		return
	}
	p.heading("preview.ready", "until", moment(out.Until))
	p.line("  " + command("referral", "send", out.Digest))
}

// showUncovered writes what may not be shared and why. What is the same for
// all of it is said once.
func showUncovered(p *page, list []client.Uncovered) {
	p.heading("preview.uncovered")
	lacks := make([][]posada.Condition, len(list))
	for i, u := range list {
		lacks[i] = client.Telling(u.Lacks)
	}
	var same []posada.Condition
	if len(list) > 1 {
		same = slices.DeleteFunc(slices.Clone(lacks[0]), func(c posada.Condition) bool {
			return slices.ContainsFunc(lacks, func(l []posada.Condition) bool { return !slices.Contains(l, c) })
		})
	}
	for _, c := range same {
		p.say("preview.same", "why", p.Text(i18n.Key("rule."+string(c))))
	}
	headings := []i18n.Key{"column.field", "column.category"}
	var rows [][]string
	for i, u := range list {
		place, _ := p.Field(u.Place, "")
		row := []string{place, p.Term("category", string(u.Category))}
		own := slices.DeleteFunc(lacks[i], func(c posada.Condition) bool { return slices.Contains(same, c) })
		for _, c := range own {
			headings = []i18n.Key{"column.field", "column.category", "column.lacks"}
			rows = append(rows, append(row, p.Text(i18n.Key("rule."+string(c)))))
			row = []string{"", ""}
		}
		if len(own) == 0 {
			rows = append(rows, row)
		}
	}
	p.table(headings, rows)
}

// showWayOut writes the command that leaves out all that is not covered. Where
// what is needed is itself not covered there is none: every referral says it.
func (t typed) showWayOut(p *page, out client.Preview) {
	names := slices.Clone(t.leaveOut)
	for _, u := range out.Uncovered {
		names = append(names, u.Place)
	}
	if len(out.Carried) == 0 || slices.Contains(names, "priority") {
		p.heading("preview.no_way_out")
		return
	}
	words := []string{"referral", "preview", t.file}
	if t.label != "" {
		words = append(words, "--case", t.label)
	}
	if t.to != "" {
		words = append(words, "--to", t.to)
	}
	p.heading("preview.not_ready")
	p.line("  " + command(append(words, "--leave-out", strings.Join(names, ","))...))
}
