package pdp

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// OwnLayer is the condition that an agency's own policy lets something be, whatever the
// network lets. It is the third layer's one condition, and in no rule: the same rules ask
// the agency's table, and what they lack beyond the network's is this.
const OwnLayer posada.Condition = "L1"

// ErrOwn says that a text is no policy of an agency's own.
var ErrOwn = errors.New("the agency's own policy does not fit its schema")

// Own is what an agency adds for itself to the network's table: cells that ask for more
// than the network does, fewer days, and roles that see less. A cell or a role that is not
// there is as the network has it. The zero value adds nothing.
type Own struct {
	Limits struct {
		RetainDays int `json:"retain_days,omitzero"` // 0: as the network has it
	} `json:"limits,omitzero"`
	View  matrix.View  `json:"view,omitzero"`
	Cells matrix.Cells `json:"cells,omitzero"`
}

// ReadOwn reads an agency's own table, and holds it against the schema of the network's:
// the same words count in both.
func ReadOwn(text []byte) (own Own, err error) {
	if err := json.Unmarshal(text, &own, json.RejectUnknownMembers(true)); err != nil {
		return Own{}, fmt.Errorf("%w: %w", ErrOwn, err)
	}
	whole := matrix.Table{Limits: matrix.Limits{RetainDays: cmp.Or(own.Limits.RetainDays, matrix.MaxDays)}, View: own.View}.With(1, own.Cells)
	table, err := whole.Write()
	if err == nil {
		_, err = ReadTable(table)
	}
	if err != nil {
		return Own{}, fmt.Errorf("%w: %w", ErrOwn, err)
	}
	return own, nil
}

// Text writes the table as ReadOwn reads it: the same table, the same text.
func (o Own) Text() ([]byte, error) {
	text, err := json.Marshal(o, json.Deterministic(true), jsontext.Multiline(true))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOwn, err)
	}
	return text, nil
}

// At is what the table says in a cell; empty: nothing.
func (o Own) At(c matrix.Cell) posada.Mode { return o.Cells[c.Class][c.Purpose][c.Category] }

// Empty reports whether the table adds nothing.
func (o Own) Empty() bool {
	return o.Limits.RetainDays == 0 && len(o.View) == 0 && len(o.Cells.List()) == 0
}

// Wider is the cells of an agency's own table that ask for less than the network's of e. One
// that asks for something else is none: then both are asked for.
func (e *Engine) Wider(o Own) (cells []matrix.Cell) {
	for _, c := range o.Cells.List() {
		if own, network := o.At(c), e.table.Cells.Mode(c); own.Covers(network) && !network.Covers(own) {
			cells = append(cells, c)
		}
	}
	return cells
}

// WiderView is what an agency's own table would show a role, and the network's does not.
func (e *Engine) WiderView(o Own) []matrix.Look { return o.View.Minus(e.table.Sees()) }

// Hides is what the network's table of e shows a role, and the agency's own policy does not.
func (e *Engine) Hides() []matrix.Look {
	network := e.table.Sees()
	return network.Minus(network.Least(e.said.View))
}

// Sees is what each role may look at by the network's table, said or not.
func (e *Engine) Sees() matrix.View { return e.table.Sees() }

// Cells is the network's table of e, which is not to be changed.
func (e *Engine) Cells() matrix.Cells { return e.table.Cells }

// Saying is an engine of the same rules, and all else of the same policy, over other cells.
func (e *Engine) Saying(ctx context.Context, cells matrix.Cells) (*Engine, error) {
	table := e.table
	table.Cells = cells
	text, err := table.Write()
	if err != nil {
		return nil, err
	}
	return e.With(ctx, text)
}

// Mode is what the network's table says in a cell; never where it says nothing.
func (e *Engine) Mode(c matrix.Cell) posada.Mode { return e.table.Cells.Mode(c) }

// Own is what the agency's own policy says that is in e.
func (e *Engine) Own() Own { return e.said }

// Network is e without the agency's own policy.
func (e *Engine) Network() *Engine {
	if e.network == nil {
		return e
	}
	return e.network
}

// Least is a network's cells, each the lesser of what it says and what an agency's own
// table says there; of two of which neither is, the agency's.
func Least(network, own matrix.Cells) matrix.Cells {
	least := matrix.Table{Cells: network}.With(0, nil).Cells
	for _, c := range own.List() {
		if says := own[c.Class][c.Purpose][c.Category]; network.Mode(c).Gives() && (!says.Covers(network.Mode(c))) {
			least.Set(c, says)
		}
	}
	return least
}

// Under is an engine in which an agency's own table counts as well as the network's of e:
// what it permits, both layers permit, and what it shows, both show. Each cell of the
// agency's layer is the least of the two, so that no table widens anything there; and
// because both are asked, none can anyhow. It remembers nothing of e's answers.
func (e *Engine) Under(ctx context.Context, o Own) (*Engine, error) {
	network := e.Network()
	if o.Empty() {
		return network, nil
	}
	least := network.table
	least.Cells, least.View = Least(network.table.Cells, o.Cells), network.table.Sees().Least(o.View)
	if o.Limits.RetainDays > 0 {
		least.Limits.RetainDays = min(least.Limits.RetainDays, o.Limits.RetainDays)
	}
	text, err := least.Write()
	if err != nil {
		return nil, err
	}
	own, err := network.With(ctx, text)
	if err != nil {
		return nil, err
	}
	said, err := o.Text()
	if err != nil {
		return nil, err
	}
	both := sha256.Sum256(bytes.Join([][]byte{[]byte(network.digest), said}, []byte{0}))
	return &Engine{
		table: network.table, digest: hex.EncodeToString(both[:]), rules: network.rules, minors: network.minors,
		compiler: network.compiler, store: network.store, queries: network.queries,
		network: network, own: own, said: o,
	}, nil
}

// under is what both layers permit of what was asked. What only the agency's own lacks is
// said as its one condition.
func (p Permit) under(own Permit, asked posada.Set[posada.Category]) Permit {
	both := Permit{permitted: p.permitted.And(own.permitted), unmet: map[posada.Category][]posada.Condition{}, retainDays: min(p.retainDays, own.retainDays)}
	for _, c := range asked.List() {
		lacks := slices.Clone(p.unmet[c])
		more := func(l posada.Condition) bool { return !slices.Contains(lacks, l) }
		if slices.ContainsFunc(own.unmet[c], more) {
			lacks = append(lacks, OwnLayer)
		}
		if len(lacks) > 0 {
			both.unmet[c] = lacks
		}
	}
	return both
}
