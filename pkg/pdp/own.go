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

	"github.com/posada-exchange/posada/pkg/posada"
)

// OwnLayer is the condition that an agency's own policy lets something be, whatever the
// network lets. It is the third layer's one condition, and in no rule: the same rules ask
// the agency's table, and what they lack beyond the network's is this.
const OwnLayer posada.Condition = "L1"

// mostDays is the longest that anything may be kept (G6).
const mostDays = 90

// ErrOwn says that a text is no policy of an agency's own.
var ErrOwn = errors.New("the agency's own policy does not fit its schema")

// Own is what an agency adds for itself to the network's table: cells that ask for more
// than the network does, and fewer days. A cell that is not there is as the network has
// it. The zero value adds nothing.
type Own struct {
	Limits struct {
		RetainDays int `json:"retain_days,omitzero"` // 0: as the network has it
	} `json:"limits,omitzero"`
	Cells Cells `json:"cells,omitzero"`
}

// ReadOwn reads an agency's own table, and holds it against the schema of the network's:
// the same words count in both.
func ReadOwn(text []byte) (own Own, err error) {
	if err := json.Unmarshal(text, &own, json.RejectUnknownMembers(true)); err != nil {
		return Own{}, fmt.Errorf("%w: %w", ErrOwn, err)
	}
	whole := matrix{Version: 1, Cells: own.Cells}
	if whole.Cells == nil {
		whole.Cells = Cells{}
	}
	whole.Limits.RetainDays = cmp.Or(own.Limits.RetainDays, mostDays)
	table, err := whole.write()
	if err == nil {
		err = checkMatrix(table)
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
func (o Own) At(c Cell) string {
	mode, _ := o.Cells.says(c)
	return mode
}

// Empty reports whether the table adds nothing.
func (o Own) Empty() bool { return o.Limits.RetainDays == 0 && len(o.List()) == 0 }

// List is the table's cells in order.
func (o Own) List() []Cell {
	var cells []Cell
	for c := range o.Cells.each() {
		cells = append(cells, c)
	}
	slices.SortFunc(cells, Cell.compare)
	return cells
}

// Wider is the cells that ask for less than the network's table of e.
func (e *Engine) Wider(o Own) []Cell { return opens(e.table.Cells, o.Cells) }

// Cells is the network's table of e, which is not to be changed.
func (e *Engine) Cells() Cells { return e.table.Cells }

// Saying is an engine of the same rules, and all else of the same policy, over other cells.
func (e *Engine) Saying(ctx context.Context, cells Cells) (*Engine, error) {
	table := e.table
	table.Cells = cells
	text, err := table.write()
	if err != nil {
		return nil, err
	}
	return e.With(ctx, text)
}

// Mode is what the network's table says in a cell; never where it says nothing.
func (e *Engine) Mode(c Cell) string { return e.table.Cells.at(c) }

// Own is what the agency's own policy says that is in e.
func (e *Engine) Own() Own { return e.said }

// Network is e without the agency's own policy.
func (e *Engine) Network() *Engine {
	if e.network == nil {
		return e
	}
	return e.network
}

// Least is a network's cells, each the least of what it says and what an agency's own
// table says there.
func Least(network, own Cells) Cells {
	least := matrix{Cells: Cells{}}
	for c, mode := range network.each() {
		if said, says := own.says(c); says && rank(said) < rank(mode) {
			mode = said
		}
		least.set(c, mode)
	}
	return least.Cells
}

// Under is an engine in which an agency's own table counts as well as the network's of e:
// what it permits, both layers permit. Each cell of the agency's layer is the least of the
// two, so that no table widens anything there; and because both are asked, none can
// anyhow. It remembers nothing of e's answers.
func (e *Engine) Under(ctx context.Context, o Own) (*Engine, error) {
	network := e.Network()
	if o.Empty() {
		return network, nil
	}
	least := network.table
	least.Cells = Least(network.table.Cells, o.Cells)
	if o.Limits.RetainDays > 0 {
		least.Limits.RetainDays = min(least.Limits.RetainDays, o.Limits.RetainDays)
	}
	text, err := least.write()
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
