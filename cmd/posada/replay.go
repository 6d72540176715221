package main

import (
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/i18n"
)

func (c *cli) policyReplay() *cobra.Command {
	var in client.NewReplay
	cmd := c.command("replay [FILE]", "posada", "policy")
	cmd.Args = commandline.Between(c.Printer, 0, 1)
	cmd.Flags().BoolVar(&in.Waiting, "waiting", false, c.Text("flag.waiting"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if in.Waiting == (len(args) == 1) {
			return errReplayWhat
		}
		node, err := c.ask()
		if err != nil {
			return err
		}
		if !in.Waiting {
			c.subject = args[0]
			text, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			in.Policy = string(text)
		}
		out, err := node.Replay(cmd.Context(), in)
		if err != nil {
			return err
		}
		if err := c.print(out, func(p *page) { showReplay(p, out) }); err != nil || out.Changed == 0 {
			return err
		}
		return errWouldChange
	}
	return cmd
}

// showReplay writes what would be another answer, now beside then, the same change once.
func showReplay(p *page, r client.Replay) {
	if r.Decisions == 0 {
		p.say("replay.none")
		p.line("  " + command("policy", "replay", "--waiting"))
		return
	}
	if r.Changed == 0 {
		p.say("replay.same", "decisions", r.Decisions, "version", r.Version, "first", r.First)
		return
	}
	p.say("replay.sum", "changed", r.Changed, "decisions", r.Decisions, "version", r.Version, "first", r.First)
	p.line("")
	var rows [][]string
	for _, g := range r.Groups {
		now, then := p.Text("replay.yes"), p.Text("replay.no", "why", refusedFor(p, g))
		if g.Permits {
			now, then = p.Text("replay.no", "why", refusedFor(p, g)), p.Text("replay.yes")
		}
		rows = append(rows, []string{strconv.Itoa(g.Count) + " ×", questionOf(p, g.Entry, g.Cell), p.Term("category", string(g.Cell.Category)), now, then})
	}
	p.table([]i18n.Key{"column.count", "column.question", "column.category", "column.now", "column.then"}, rows)
	p.heading("replay.why")
	p.line("  " + command("policy", "explain", string(r.Groups[0].Example)))
}

// refusedFor is what is lacking by the policy that refuses.
func refusedFor(p *page, g client.ReplayGroup) string {
	var why []string
	for _, c := range client.Telling(g.Lacks) {
		why = append(why, p.Term("rule", string(c)))
	}
	return strings.Join(why, "; ")
}
