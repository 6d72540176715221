package main

import (
	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

func (c *cli) policyExplain() *cobra.Command {
	cmd := c.command("explain ID", "posada", "policy")
	cmd.Args = c.exactly(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		e, err := node.Explain(cmd.Context(), posada.DecisionID(args[0]))
		if err != nil {
			return err
		}
		return c.print(e, func(p *page) { showExplanation(p, e) })
	}
	return cmd
}

// decided says how to ask why something was decided so.
func (p *page) decided(id posada.DecisionID) {
	if id != "" {
		p.heading("decision.named", "id", id)
	}
}

// showExplanation writes a decision in sentences: what was asked, and of each category the
// answer, the rules it lacks, what the tables say, and what would change it.
func showExplanation(p *page, e client.Explanation) {
	p.say("decision.told", "day", e.Day, "version", e.Version)
	if len(e.Parts) == 0 {
		return
	}
	p.line(questionOf(p, e.Entry, e.Parts[0].Cell))
	if e.Since {
		p.say("decision.since")
	}
	for _, part := range e.Parts {
		category := p.Term("category", string(part.Cell.Category))
		if part.Permitted {
			p.heading("decision.permitted", "category", category)
		} else {
			p.heading("decision.refused", "category", category)
		}
		for _, c := range client.Telling(part.Lacks) {
			p.line("  " + p.Term("rule", string(c)))
		}
		showTables(p, part)
		if e.Since && part.Now {
			p.line("  " + p.Text("decision.now_yes"))
		} else if e.Since {
			p.line("  " + p.Text("decision.now_no"))
		}
		if !part.Now {
			showWays(p, part)
		}
	}
}

// questionOf is what a decision was about.
func questionOf(p *page, entry string, at matrix.Cell) string {
	return p.Text(i18n.Key("decision.entry."+entry), "class", p.Term("class", string(at.Class)), "purpose", p.Term("purpose", string(at.Purpose)))
}

func showTables(p *page, part client.DecisionPart) {
	p.line("  " + p.Text("decision.cell", "mode", p.Term("cell", string(part.Network))))
	if part.Own != "" {
		p.line("  " + p.Text("decision.own", "mode", p.Term("cell", string(part.Own))))
	}
}

// showWays writes what would change an answer: each way is enough. Ways that are the same
// fact with another word are one.
func showWays(p *page, part client.DecisionPart) {
	if len(part.Ways) == 0 {
		p.line("  " + p.Text("decision.no_way"))
		return
	}
	p.line("  " + p.Text("decision.ways"))
	for i, way := range client.Ways(part.Ways) {
		if i > 0 {
			p.line("  " + p.Text("decision.or"))
		}
		for _, f := range way {
			what := p.Text(i18n.Key("fact."+f.Fact), "word", i18n.Terms(p.Printer, client.FamilyOf(f.Fact), f.Words))
			p.line("    " + p.Text("decision.way", "what", what))
		}
	}
}
