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
	// Spares is this agency where it keeps its own record of the case meanwhile: a paper
	// came, and counsel was not asked yet.
	Spares posada.AgencyID
}

// Third is an agency to which something may have been passed on, and the secret by
// which it knows that it was taken back.
type Third struct {
	Agency posada.AgencyID
	Secret [32]byte
}

// Means reports whether what was agreed to at a time is taken back, and with it all
// that was shared under it, also since.
func (b TakenBack) Means(given time.Time) bool { return !given.After(b.Said) }

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
// one case: the newest that names both and in which she said something, else the
// newest, with what the others exclude. That somebody asked her takes nothing from
// what she said before; that she said no, or not now, does, and to whom she said it
// nobody passes anything on for that purpose. An agency that any record excludes is
// excluded (G14), and a category that the same or a later one withholds is withheld:
// whoever says "not that any more" while speaking of somebody else has said it for
// everybody. Without records it is the zero record, which permits nothing.
func Governing(records []Record, to posada.AgencyID, purpose posada.Purpose) Record {
	found, _ := newest(records, to, purpose)
	found.Allowances = passedOn(found, records)
	found.ExcludedAgencies = nil
	for _, r := range records {
		found.ExcludedAgencies = append(found.ExcludedAgencies, r.ExcludedAgencies...)
		if !r.Given.Before(found.Given) {
			found.Excluded = found.Excluded.Or(r.Excluded)
		}
	}
	return found
}

// newest is the newest record that names both and in which she said something, and
// that there is one; else the newest that names both, else the newest.
func newest(records []Record, to posada.AgencyID, purpose posada.Purpose) (found Record, says bool) {
	best := -1
	for _, r := range records {
		rank := 0
		if _, names := r.Allowance(to, purpose); names {
			rank = 1
			if r.speaks() {
				rank = 2
			}
		}
		if rank > best || rank == best && r.Given.After(found.Given) {
			found, best = r, rank
		}
	}
	return found, best == 2
}

// saidNo reports whether the last thing she said of an agency and purpose is no, or
// not now, or over, and she said it after a moment.
func saidNo(records []Record, to posada.AgencyID, purpose posada.Purpose, since time.Time) bool {
	last, says := newest(records, to, purpose)
	return says && last.Given.After(since) && !permits(last.Status())
}

// passedOn are a record's lines without the passing on to agencies she said no to
// since, for the same purpose.
func passedOn(r Record, records []Record) []Allowance {
	lines := slices.Clone(r.Allowances)
	for i, a := range lines {
		lines[i].Onward = slices.DeleteFunc(slices.Clone(a.Onward), func(id posada.AgencyID) bool {
			return saidNo(records, id, a.Purpose, r.Given)
		})
	}
	return lines
}

// NoMore are the lines of a record that a later one of the case says no to: refused,
// put off, or over.
func NoMore(r Record, all []Record) (lines []Allowance) {
	for _, a := range r.Allowances {
		if saidNo(all, a.To, a.Purpose, r.Given) {
			lines = append(lines, a)
		}
	}
	return lines
}
