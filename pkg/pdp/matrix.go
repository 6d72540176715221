package pdp

import (
	"fmt"

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
	Silence silence.Table                                                        `json:"silence,omitzero"`
	Cells   map[posada.AgencyClass]map[posada.Purpose]map[posada.Category]string `json:"cells"`
}

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
	for class, purposes := range after.Cells {
		for purpose, categories := range purposes {
			for category, mode := range categories {
				if rank(mode) > rank(before.Cells[class][purpose][category]) {
					return true
				}
			}
		}
	}
	return false
}

// Cell is one cell of the table.
type Cell struct {
	Class    posada.AgencyClass
	Purpose  posada.Purpose
	Category posada.Category
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
	narrowed, err := json.Marshal(m, json.Deterministic(true), jsontext.Multiline(true))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMatrix, err)
	}
	return narrowed, nil
}
