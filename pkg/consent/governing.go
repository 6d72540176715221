package consent

import (
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// TakenBack is that a survivor takes back what she agreed to in a case.
type TakenBack struct {
	Label string          // of the case
	From  posada.AgencyID // from one agency; from all where it is empty
	By    posada.StaffID  // who heard her; empty where that was elsewhere
	// Said is when: what she agreed to later is not meant.
	Said time.Time
	// Former is set where it was by a code that had been used: the present one
	// stays.
	Former bool
}

// Third is an agency to which something may have been passed on, and the secret by
// which it knows that it was taken back.
type Third struct {
	Agency posada.AgencyID
	Secret [32]byte
}

// SaidElsewhere is when, by the clock here, something was said at the latest whose
// time is by another's: what she agreed to shortly after is taken back as well
// rather than not.
func SaidElsewhere(at, now time.Time) time.Time {
	if latest := at.Add(ClocksDiffer); latest.Before(now) {
		return latest
	}
	return now
}

// Withdrawals is when a survivor took back, by agency, what she had agreed it may
// have. What she said of it before then counts no more; what she says later does.
type Withdrawals map[posada.AgencyID]time.Time

// With is what she took back and, at a time, from one agency more. What she said of
// it later stays.
func (w Withdrawals) With(from posada.AgencyID, said time.Time) Withdrawals {
	after := Withdrawals{from: said.UTC()}
	for id, at := range w {
		if id != from || at.After(said) {
			after[id] = at
		}
	}
	return after
}

// Left is what counts of a record: without the lines and the passing on to
// agencies she took it back from since.
func (w Withdrawals) Left(r Record) Record {
	gone := func(id posada.AgencyID) bool {
		at, ok := w[id]
		return ok && !r.Given.After(at)
	}
	var left []Allowance
	for _, a := range r.Allowances {
		if gone(a.To) {
			continue
		}
		a.Onward = slices.DeleteFunc(slices.Clone(a.Onward), gone)
		left = append(left, a)
	}
	r.Allowances = left
	return r
}

// Governing is the record that speaks of a recipient and purpose among all of
// one case: the newest that names both, else the newest, with what the others
// exclude. An agency that any record excludes is excluded (G14), and a category
// that the same or a later one withholds is withheld: whoever says "not that any
// more" while speaking of somebody else has said it for everybody. Without
// records it is the zero record, which permits nothing.
func Governing(records []Record, to posada.AgencyID, purpose posada.Purpose) Record {
	var found Record
	named := false
	for _, r := range records {
		_, names := r.Allowance(to, purpose)
		if names && !named || names == named && r.Given.After(found.Given) {
			found, named = r, names
		}
	}
	found.ExcludedAgencies = nil
	for _, r := range records {
		found.ExcludedAgencies = append(found.ExcludedAgencies, r.ExcludedAgencies...)
		if !r.Given.Before(found.Given) {
			found.Excluded = found.Excluded.Or(r.Excluded)
		}
	}
	return found
}
