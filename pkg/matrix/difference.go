package matrix

import (
	"maps"
	"slices"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Change is a cell that says something else.
type Change struct {
	Cell
	Before posada.Mode `json:"before"`
	After  posada.Mode `json:"after"`
}

// Opens reports whether somebody may have it who could not.
func (c Change) Opens() bool { return !c.Before.Covers(c.After) }

// Shuts reports whether somebody may no longer have it who could. Where a second signature
// is followed by a ceremony, or a ceremony by a second signature, a change does both.
func (c Change) Shuts() bool { return !c.After.Covers(c.Before) }

// Difference is all that another table changes of who may have what, and who sees what. What
// is written otherwise and means the same is not in it.
type Difference struct {
	Changes []Change `json:"changes"` // in the order of the vocabularies

	// Asked and Unasked are the classes to which needs begin to go, or no longer do.
	Asked   []posada.AgencyClass `json:"asked"`
	Unasked []posada.AgencyClass `json:"unasked"`

	// Seen and Unseen are what a role inside each agency may newly look at, or no longer.
	// Where nothing is, it is not written, so that what was signed before tables spoke of it
	// has the digest it had.
	Seen   []Look `json:"seen,omitempty"`
	Unseen []Look `json:"unseen,omitempty"`

	// Days is how long a recipient may keep anything, before and after; Silence is whose
	// steps when nobody answers are others: nobody is given anything by those.
	Days    [2]int            `json:"days"`
	Silence []posada.Priority `json:"silence"`
}

// Compare is what changes where one table is followed by another.
func Compare(before, after Table) Difference {
	d := Difference{
		Changes: []Change{}, Asked: []posada.AgencyClass{}, Unasked: []posada.AgencyClass{}, Silence: []posada.Priority{},
		Days: [2]int{before.Limits.RetainDays, after.Limits.RetainDays},
		Seen: after.Sees().Minus(before.Sees()), Unseen: before.Sees().Minus(after.Sees()),
	}
	cells := append(before.Cells.List(), after.Cells.List()...)
	slices.SortFunc(cells, Cell.compare)
	for _, cell := range slices.Compact(cells) {
		if c := (Change{cell, before.Cells.Mode(cell), after.Cells.Mode(cell)}); c.Before != c.After {
			d.Changes = append(d.Changes, c)
		}
	}
	for _, class := range posada.Members[posada.AgencyClass]() {
		switch was, is := before.Cells.Asks(class), after.Cells.Asks(class); {
		case is && !was:
			d.Asked = append(d.Asked, class)
		case was && !is:
			d.Unasked = append(d.Unasked, class)
		}
	}
	for _, p := range posada.Members[posada.Priority]() {
		if !maps.Equal(before.Silence[p], after.Silence[p]) {
			d.Silence = append(d.Silence, p)
		}
	}
	return d
}

// Opened are the changes by which somebody may have what they could not.
func (d Difference) Opened() []Change {
	return slices.DeleteFunc(slices.Clone(d.Changes), func(c Change) bool { return !c.Opens() })
}

// Shut are those by which somebody may no longer have what they could.
func (d Difference) Shut() []Change {
	return slices.DeleteFunc(slices.Clone(d.Changes), func(c Change) bool { return !c.Shuts() })
}

// Counts is how many cells open, and how many shut, those of who sees what among them.
func (d Difference) Counts() (opened, shut int) {
	return len(d.Opened()) + len(d.Seen), len(d.Shut()) + len(d.Unseen)
}

// Label says in a word what a change comes to.
type Label string

// Labels.
const (
	None     Label = "none"     // who may have what, and who sees what, stays as it is
	Stricter Label = "stricter" // nobody may have or see anything more
	Wider    Label = "wider"    // nobody may have or see anything less
	Mixed    Label = "mixed"    // both
)

// Labels lists them.
func Labels() []Label { return []Label{None, Stricter, Wider, Mixed} }

// Label is the difference's. That something may be kept longer is wider, and shorter
// stricter.
func (d Difference) Label() Label {
	opened, shut := d.Counts()
	wider := opened > 0 || d.Days[1] > d.Days[0]
	stricter := shut > 0 || d.Days[1] < d.Days[0]
	switch {
	case wider && stricter:
		return Mixed
	case wider:
		return Wider
	case stricter:
		return Stricter
	}
	return None
}

// Group is changes that one sentence says: every one of the classes, for every one of the
// purposes, may have every one of the categories on other terms.
type Group struct {
	Classes    []posada.AgencyClass
	Purposes   []posada.Purpose
	Categories []posada.Category
	Before     posada.Mode
	After      posada.Mode
}

// Groups puts changes into as few sentences as come of joining, in turn, categories,
// purposes and classes that share all the rest. Together they say the changes, each once.
func Groups(changes []Change) (groups []Group) {
	for _, c := range changes {
		groups = append(groups, Group{[]posada.AgencyClass{c.Class}, []posada.Purpose{c.Purpose}, []posada.Category{c.Category}, c.Before, c.After})
	}
	groups = join(groups, func(g *Group) *[]posada.Category { return &g.Categories })
	groups = join(groups, func(g *Group) *[]posada.Purpose { return &g.Purposes })
	return join(groups, func(g *Group) *[]posada.AgencyClass { return &g.Classes })
}

// join puts together groups that differ in one part alone.
func join[T any](groups []Group, part func(*Group) *[]T) (joined []Group) {
	for _, g := range groups {
		i := slices.IndexFunc(joined, func(o Group) bool {
			*part(&o) = *part(&g)
			return o.same(g)
		})
		if i < 0 {
			joined = append(joined, g)
			continue
		}
		*part(&joined[i]) = append(*part(&joined[i]), *part(&g)...)
	}
	return joined
}

func (g Group) same(o Group) bool {
	return g.Before == o.Before && g.After == o.After &&
		slices.Equal(g.Classes, o.Classes) && slices.Equal(g.Purposes, o.Purposes) && slices.Equal(g.Categories, o.Categories)
}

// Each gives the changes that a group says.
func (g Group) Each() (changes []Change) {
	for _, class := range g.Classes {
		for _, purpose := range g.Purposes {
			for _, category := range g.Categories {
				changes = append(changes, Change{Cell{class, purpose, category}, g.Before, g.After})
			}
		}
	}
	return changes
}
