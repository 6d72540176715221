package decision

import (
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Beside is what a policy that waits would have answered since it does.
type Beside struct {
	Version   uint64 `json:"version"`
	Digest    string `json:"digest"`    // of its file
	Decisions int    `json:"decisions"` // that were made since, each kind once a day
	Differ    int    `json:"differ"`    // it would have permitted something else
	Failed    int    `json:"failed"`    // it gave no answer
}

// Own is an agency's own policy beside the network's.
type Own struct {
	RetainDays int // 0: as the network has it
	Cells      []OwnCell
	Hides      []matrix.Look // what the network shows a role, and this does not
	Text       []byte        // as it is set
}

// OwnCell is a cell of it, and what the network says there.
type OwnCell struct {
	Cell         matrix.Cell
	Network, Own posada.Mode
	Idle         bool // the network's asks for as much by itself, or for more
}

// OwnOf is the agency's own policy that is in an engine.
func OwnOf(e *pdp.Engine) (out Own, err error) {
	own := e.Own()
	out.RetainDays, out.Hides = own.Limits.RetainDays, e.Hides()
	least := pdp.Least(e.Cells(), own.Cells)
	for _, c := range own.Cells.List() {
		out.Cells = append(out.Cells, OwnCell{c, e.Mode(c), own.At(c), least.Mode(c) == e.Mode(c)})
	}
	out.Text, err = own.Text()
	return out, err
}
