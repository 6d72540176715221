package console

import (
	"cmp"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
)

// cameRow is what stewards are asked to sign, as it came to this node or was sent from here.
type cameRow struct {
	ID       posada.MotionID
	From     string
	Came     time.Time
	Proposes string
	Signed   string
	Lacks    int
	Table    bool   // a table is proposed in it, which a page can show
	Fetch    string // the command that writes its file
}

// came is all that is not decided yet, the newest first.
func (v *visit) came() (rows []cameRow, err error) {
	list, err := v.node.Motions(v.ctx())
	if err != nil || len(list.Motions) == 0 {
		return nil, err
	}
	called, err := v.called()
	if err != nil {
		return nil, err
	}
	name := func(id posada.AgencyID) string { return cmp.Or(called(id), v.Text("console.network.not_member")) }
	for _, m := range list.Motions {
		row := cameRow{ID: m.ID, From: name(m.From), Came: m.Came, Lacks: m.Lacks, Fetch: "posada network fetch " + string(m.ID)}
		var proposes, signed []string
		for _, p := range m.Proposes {
			if p.Role == string(trust.RolePolicy) {
				row.Table = true
				proposes = append(proposes, v.Text("console.past.table", "version", p.Version))
			} else {
				proposes = append(proposes, v.Term("console.review.also", p.Role))
			}
		}
		for _, agency := range m.Signed {
			signed = append(signed, name(agency))
		}
		row.Proposes, row.Signed = strings.Join(proposes, "; "), strings.Join(signed, ", ")
		rows = append(rows, row)
	}
	return rows, nil
}

// pickMotion shows what came to this node, with every signature that came of it.
func pickMotion(v *visit) (view, error) {
	id, err := posada.ParseID[posada.MotionID](v.value("motion"))
	if err != nil {
		return view{}, errNothing
	}
	file, err := v.node.Motion(v.ctx(), id)
	if err != nil {
		return view{}, err
	}
	if _, err := v.node.Review(v.ctx(), client.NewReview{Motion: string(file.Motion)}); err != nil {
		return view{}, err
	}
	if err := v.keepDraft(motionName, keptMotion{Text: string(file.Motion), Motion: id}); err != nil {
		return view{}, err
	}
	return goTo("/rules/review", ""), nil
}
