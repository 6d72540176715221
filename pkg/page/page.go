// Package page takes a part of a list that grows: whoever goes through the parts, one behind
// the other, sees each row that is there from the first part to the last, and none twice,
// whatever is added or destroyed meanwhile.
//
// That holds because a part begins behind a place, and not at a number. It does not hold of a
// row whose place changes, so a place is made of what never does: when the row began, and its id.
package page

import (
	"cmp"
	"slices"
	"time"
)

// Place is where a row stands in a list: the newest first, and of one moment by id.
type Place struct {
	At time.Time
	ID string
}

// compare is negative where p comes before q.
func (p Place) compare(q Place) int { return cmp.Or(q.At.Compare(p.At), cmp.Compare(p.ID, q.ID)) }

// Asked is which part somebody asks for: what stands behind After, of which the zero Place is the beginning,
// and of it at most Limit rows. A zero Limit is all of it.
type Asked struct {
	After Place
	Limit int
}

// Of is a part of a list. Next is the place of its last row where there is more behind it, and
// otherwise zero.
type Of[Row any] struct {
	Rows []Row
	Next Place
}

// Take takes the part that is asked for of records in any order. show gives a record as whoever
// asks is shown it, or false where it is not for her. It is asked of no record before the part,
// and of none behind it but until one more is found that is hers: that there is more is said
// of what she may know of alone.
func Take[Record, Row any](records []Record, place func(Record) Place, a Asked, show func(Record) (Row, bool, error)) (part Of[Row], err error) {
	if a.After != (Place{}) {
		records = slices.DeleteFunc(records, func(r Record) bool { return place(r).compare(a.After) <= 0 })
	}
	slices.SortFunc(records, func(x, y Record) int { return place(x).compare(place(y)) })
	var last Place
	for _, r := range records {
		row, hers, err := show(r)
		switch {
		case err != nil:
			return Of[Row]{}, err
		case !hers:
		case a.Limit > 0 && len(part.Rows) == a.Limit:
			part.Next = last
			return part, nil
		default:
			part.Rows, last = append(part.Rows, row), place(r)
		}
	}
	return part, nil
}
