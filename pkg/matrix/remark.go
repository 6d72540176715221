package matrix

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Remark is something that a table may say, and that is perhaps not meant.
type Remark struct {
	Cell
	Why RemarkWhy `json:"why"`
}

// RemarkWhy is what is remarked.
type RemarkWhy string

// Remarks.
const (
	// RemarkNoNeeds: a class may have something for a purpose and not what is needed, so
	// nobody can be referred there for it.
	RemarkNoNeeds RemarkWhy = "no_needs"
	// RemarkWhere: where she is now, for a purpose that gives nobody a place to be.
	RemarkWhere RemarkWhy = "where"
	// RemarkUnneeded: what only somebody who acts for her in law has a use for, for
	// a purpose of no law.
	RemarkUnneeded RemarkWhy = "unneeded"
)

// RemarkWhys lists them.
func RemarkWhys() []RemarkWhy { return []RemarkWhy{RemarkNoNeeds, RemarkWhere, RemarkUnneeded} }

// Remarks are what a second reader might ask about, in the order of the vocabularies.
func (t Table) Remarks() []Remark {
	remarks := []Remark{}
	for _, cell := range t.Cells.List() {
		if !t.Cells.Mode(cell).Gives() {
			continue
		}
		needs := Cell{cell.Class, cell.Purpose, posada.CategoryNeeds}
		if remark := (Remark{needs, RemarkNoNeeds}); !t.Cells.Mode(needs).Gives() && !slices.Contains(remarks, remark) {
			remarks = append(remarks, remark)
		}
		switch {
		case cell.Category == posada.CategoryLocationCurrent && cell.Purpose != posada.PurposeShelter && cell.Purpose != posada.PurposeImmediateSafety:
			remarks = append(remarks, Remark{cell, RemarkWhere})
		case ofLaw(cell.Category) && !lawful(cell.Purpose):
			remarks = append(remarks, Remark{cell, RemarkUnneeded})
		}
	}
	return remarks
}

// ofLaw are categories that only somebody who acts for her in law has a use for.
func ofLaw(c posada.Category) bool {
	return c == posada.CategoryImmigrationStatus || c == posada.CategoryArrestHistory || c == posada.CategoryOfficialPerpetrator
}

// lawful are purposes of law.
func lawful(p posada.Purpose) bool {
	switch p {
	case posada.PurposeLegal, posada.PurposeImmigrationTVisa, posada.PurposeImmigrationUVisa, posada.PurposeImmigrationAsylum,
		posada.PurposeImmigrationContinuedPresence:
		return true
	}
	return p.OfLawEnforcement()
}
