package console

import (
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// replayPart is what another table would have answered of what was decided here: nothing of
// whom, and nothing of what was said.
type replayPart struct {
	Says string
	Rows []replayRow
}

// replayRow is the same change, so many times: what is answered now beside what would be.
type replayRow struct {
	Count              int
	Question, Category string
	Now, Then          string
	Example            posada.DecisionID
}

// replayOf asks another table what was decided here.
func (v *visit) replayOf(table string) (*replayPart, error) {
	out, err := v.node.Replay(v.ctx(), client.NewReplay{Policy: table})
	if err != nil {
		return nil, err
	}
	p := &replayPart{}
	switch {
	case out.Decisions == 0:
		return p, nil
	case out.Changed == 0:
		p.Says = v.Text("console.replay.same", "decisions", out.Decisions, "first", out.First)
	default:
		p.Says = v.Text("console.replay.sum", "changed", out.Changed, "decisions", out.Decisions, "first", out.First)
	}
	for _, g := range out.Groups {
		yes, no := v.Text("replay.yes"), v.Text("replay.no", "why", strings.Join(v.rules(client.Telling(g.Lacks)), "; "))
		row := replayRow{
			Count: g.Count, Question: v.question(g.Entry, g.Cell), Category: v.Term("category", string(g.Cell.Category)), Now: yes, Then: no, Example: g.Example,
		}
		if g.Permits {
			row.Now, row.Then = no, yes
		}
		p.Rows = append(p.Rows, row)
	}
	return p, nil
}
