package console

import (
	"net/http"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// decisionPages tell why a decision was as it was, to whoever here was given its name.
func decisionPages() []page {
	return []page{{method: http.MethodGet, pattern: "/decisions/{id}", title: "console.why.title", do: explain}}
}

// explainPage is a decision in sentences.
type explainPage struct {
	ID       posada.DecisionID
	Told     string
	Question string
	Since    bool
	Parts    []explainPart
}

// explainPart is the answer for one kind of data: what it lacks, what the tables say, and
// what would change it.
type explainPart struct {
	Says   string
	Lacks  []string
	Tables []string
	Now    string
	Ways   [][]string
	NoWay  bool
}

func explain(v *visit) (view, error) {
	e, err := v.node.Explain(v.ctx(), posada.DecisionID(v.path("id")))
	if err != nil {
		return view{}, err
	}
	p := explainPage{ID: e.ID, Told: v.Text("decision.told", "day", e.Day, "version", e.Version), Since: e.Since}
	if len(e.Parts) > 0 {
		p.Question = v.question(e.Entry, e.Parts[0].Cell)
	}
	for _, part := range e.Parts {
		p.Parts = append(p.Parts, v.explainPart(e.Since, part))
	}
	return show("decision", p), nil
}

// question is what a decision was about.
func (v *visit) question(entry string, at matrix.Cell) string {
	return v.Text(i18n.Key("decision.entry."+entry), "class", v.Term("class", string(at.Class)), "purpose", v.Term("purpose", string(at.Purpose)))
}

func (v *visit) explainPart(since bool, part client.DecisionPart) explainPart {
	key := i18n.Key("decision.refused")
	if part.Permitted {
		key = "decision.permitted"
	}
	p := explainPart{
		Says:   v.Text(key, "category", v.Term("category", string(part.Cell.Category))),
		Lacks:  v.rules(client.Telling(part.Lacks)),
		Tables: []string{v.Text("decision.cell", "mode", v.Term("cell", string(part.Network)))},
	}
	if part.Own != "" {
		p.Tables = append(p.Tables, v.Text("decision.own", "mode", v.Term("cell", string(part.Own))))
	}
	switch {
	case since && part.Now:
		p.Now = v.Text("decision.now_yes")
	case since:
		p.Now = v.Text("decision.now_no")
	}
	if part.Now {
		return p
	}
	for _, way := range client.Ways(part.Ways) {
		var facts []string
		for _, f := range way {
			facts = append(facts, v.Text(i18n.Key("fact."+f.Fact), "word", i18n.Terms(v.Printer, client.FamilyOf(f.Fact), f.Words)))
		}
		p.Ways = append(p.Ways, facts)
	}
	p.NoWay = len(p.Ways) == 0
	return p
}
