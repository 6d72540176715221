package pdp

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/silence"
)

// matrix is a network policy as stewards write it, read whole: another field is
// an error, so that nothing can be added that Wider does not compare.
type matrix struct {
	Version uint64 `json:"version"`
	Limits  struct {
		RetainDays int `json:"retain_days"`
	} `json:"limits"`
	Silence silence.Table `json:"silence,omitzero"`
	Cells   Cells         `json:"cells"`
}

// Cells is a table, or part of one, as people write it: what each cell says.
type Cells map[posada.AgencyClass]map[posada.Purpose]map[posada.Category]string

const never = "never"

// rank orders what a cell may say by how little it asks for; whatever is not
// known, and a cell that is not there, is never.
func rank(mode string) int {
	switch mode {
	case "consent":
		return 3
	case "consent_cosigned":
		return 2
	case "ceremony":
		return 1
	}
	return 0
}

func readMatrix(text []byte) (m matrix, err error) {
	if err := checkMatrix(text); err != nil {
		return m, fmt.Errorf("%w: %w", ErrMatrix, err)
	}
	if err := json.Unmarshal(text, &m, json.RejectUnknownMembers(true)); err != nil {
		return m, fmt.Errorf("%w: %w", ErrMatrix, err)
	}
	if err := m.Silence.Check(); err != nil {
		return m, fmt.Errorf("%w: silence: %w", ErrMatrix, err)
	}
	return m, nil
}

// Wider reports whether next allows anything, or anything for longer, that old
// did not. It errs towards yes: what it cannot read is wider.
func Wider(old, next []byte) bool {
	before, errOld := readMatrix(old)
	after, errNext := readMatrix(next)
	if errOld != nil || errNext != nil || after.Limits.RetainDays > before.Limits.RetainDays {
		return true
	}
	return len(opens(before.Cells, after.Cells)) > 0
}

// Opens lists the cells of next that give what old did not, or on less: who could newly
// have what. Both must be tables.
func Opens(old, next []byte) ([]Cell, error) {
	before, errOld := readMatrix(old)
	after, errNext := readMatrix(next)
	return opens(before.Cells, after.Cells), errors.Join(errOld, errNext)
}

func opens(before, after Cells) (cells []Cell) {
	for c, mode := range after.each() {
		if rank(mode) > rank(before.at(c)) {
			cells = append(cells, c)
		}
	}
	slices.SortFunc(cells, Cell.compare)
	return cells
}

// Amend is a network policy under another number, in which some cells say something
// else. What it then says is held against nothing: whoever is asked to sign or to run it
// does that.
func Amend(text []byte, version uint64, cells Cells) ([]byte, error) {
	m, err := readMatrix(text)
	if err != nil {
		return nil, err
	}
	m.Version = version
	for c, mode := range cells.each() {
		m.set(c, mode)
	}
	return m.write()
}

func (m *matrix) set(c Cell, mode string) {
	if m.Cells == nil {
		m.Cells = Cells{}
	}
	if m.Cells[c.Class] == nil {
		m.Cells[c.Class] = map[posada.Purpose]map[posada.Category]string{}
	}
	if m.Cells[c.Class][c.Purpose] == nil {
		m.Cells[c.Class][c.Purpose] = map[posada.Category]string{}
	}
	m.Cells[c.Class][c.Purpose][c.Category] = mode
}

func (m *matrix) write() ([]byte, error) {
	text, err := json.Marshal(m, json.Deterministic(true), jsontext.Multiline(true))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMatrix, err)
	}
	return text, nil
}

// Cell is one cell of the table.
type Cell struct {
	Class    posada.AgencyClass
	Purpose  posada.Purpose
	Category posada.Category
}

func (c Cell) compare(o Cell) int {
	return cmp.Or(cmp.Compare(c.Class, o.Class), cmp.Compare(c.Purpose, o.Purpose), cmp.Compare(c.Category, o.Category))
}

// says is what stands in a cell, and whether anything does.
func (c Cells) says(at Cell) (string, bool) {
	mode, says := c[at.Class][at.Purpose][at.Category]
	return mode, says
}

// at is what a cell says; one that is not there says never.
func (c Cells) at(cell Cell) string {
	if mode, says := c.says(cell); says {
		return mode
	}
	return never
}

// With is a copy in which one cell says something else.
func (c Cells) With(at Cell, mode string) Cells {
	m := matrix{Cells: Cells{}}
	for cell, said := range c.each() {
		m.set(cell, said)
	}
	m.set(at, mode)
	return m.Cells
}

// each gives every cell and what it says, in no order that means anything.
func (c Cells) each() iter.Seq2[Cell, string] {
	return func(yield func(Cell, string) bool) {
		for class, purposes := range c {
			for purpose, categories := range purposes {
				for category, mode := range categories {
					if !yield(Cell{class, purpose, category}, mode) {
						return
					}
				}
			}
		}
	}
}

// Never is a network policy with some cells set to never, its version the same.
// A cell that is not in it is never already.
func Never(text []byte, cells ...Cell) ([]byte, error) {
	m, err := readMatrix(text)
	if err != nil {
		return nil, err
	}
	changed := false
	for _, c := range cells {
		if rank(m.Cells[c.Class][c.Purpose][c.Category]) > 0 {
			m.Cells[c.Class][c.Purpose][c.Category], changed = never, true
		}
	}
	if !changed {
		return text, nil
	}
	return m.write()
}
