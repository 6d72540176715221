// Package matrix is the network's table as stewards write it: which kind of agency may have
// what, for which purpose, and what it takes; and which role inside an agency may look at
// what. It is read whole, with where each mistake stands, and held against another: who could
// newly have what, and newly see what.
//
// Guarantee: a table that Read gives fits the schema that nodes hold it against (a test asks
// both of the same texts), and a Difference is complete: two tables between which it says
// nothing decide alike, which pkg/prove holds against the rules themselves. Limit: whether a
// table is wise is for those who sign it. Nothing here is a security control; a node looks
// for itself.
package matrix

import (
	"cmp"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/silence"
)

// MaxDays is the longest anybody may keep anything, whatever a table says (G6).
const MaxDays = 90

// Table is a network's policy.
type Table struct {
	Version uint64        `json:"version"` // a newer one is higher; from 1
	Limits  Limits        `json:"limits"`
	Silence silence.Table `json:"silence,omitzero"`
	View    View          `json:"view,omitzero"` // who sees what inside each agency
	Cells   Cells         `json:"cells"`
}

// Limits are those of every cell.
type Limits struct {
	RetainDays int `json:"retain_days"` // the longest a recipient may keep it: 1 to MaxDays
}

// Cells is a table's cells, or some of them, as people write them. A cell that is not there
// is never.
type Cells map[posada.AgencyClass]map[posada.Purpose]map[posada.Category]posada.Mode

// Cell names one cell.
type Cell struct {
	Class    posada.AgencyClass `json:"class"`
	Purpose  posada.Purpose     `json:"purpose"`
	Category posada.Category    `json:"category"`
}

// Mode is what a cell says.
func (c Cells) Mode(of Cell) posada.Mode {
	if mode := c[of.Class][of.Purpose][of.Category]; mode.Gives() {
		return mode
	}
	return posada.ModeNever
}

// List is every cell that is written down, in the order of the vocabularies.
func (c Cells) List() []Cell {
	var list []Cell
	for class, purposes := range c {
		for purpose, categories := range purposes {
			for category := range categories {
				list = append(list, Cell{class, purpose, category})
			}
		}
	}
	slices.SortFunc(list, Cell.compare)
	return list
}

// Asks reports whether a need may go to a class at all: needs for a place to be, by consent
// alone (policy/ask).
func (c Cells) Asks(class posada.AgencyClass) bool {
	return slices.ContainsFunc([]posada.Purpose{posada.PurposeShelter, posada.PurposeImmediateSafety}, func(p posada.Purpose) bool {
		return c.Mode(Cell{class, p, posada.CategoryNeeds}) == posada.ModeConsent
	})
}

// With is a table in which some cells say something else, under another number. The table
// itself stays as it is.
func (t Table) With(version uint64, cells Cells) Table {
	next := Cells{}
	for _, from := range []Cells{t.Cells, cells} {
		for _, cell := range from.List() {
			next.Set(cell, from[cell.Class][cell.Purpose][cell.Category])
		}
	}
	t.Version, t.Cells = version, next
	return t
}

// With is a copy in which one cell says something else.
func (c Cells) With(cell Cell, mode posada.Mode) Cells {
	one := Cells{}
	one.Set(cell, mode)
	return Table{Cells: c}.With(0, one).Cells
}

// Set writes a cell down.
func (c Cells) Set(cell Cell, mode posada.Mode) {
	if c[cell.Class] == nil {
		c[cell.Class] = map[posada.Purpose]map[posada.Category]posada.Mode{}
	}
	if c[cell.Class][cell.Purpose] == nil {
		c[cell.Class][cell.Purpose] = map[posada.Category]posada.Mode{}
	}
	c[cell.Class][cell.Purpose][cell.Category] = mode
}

// Write writes a table as stewards read it: a line a cell, always in the same order.
func (t Table) Write() ([]byte, error) {
	return json.Marshal(t, json.Deterministic(true), jsontext.WithIndent("  "))
}

// compare orders cells as the vocabularies do.
func (c Cell) compare(o Cell) int {
	return cmp.Or(
		cmp.Compare(slices.Index(posada.Members[posada.AgencyClass](), c.Class), slices.Index(posada.Members[posada.AgencyClass](), o.Class)),
		cmp.Compare(slices.Index(posada.Members[posada.Purpose](), c.Purpose), slices.Index(posada.Members[posada.Purpose](), o.Purpose)),
		cmp.Compare(slices.Index(posada.Members[posada.Category](), c.Category), slices.Index(posada.Members[posada.Category](), o.Category)),
	)
}
