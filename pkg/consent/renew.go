package consent

import (
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// ErrWider says that somebody agreed to more than was asked, or than is renewed.
var ErrWider = errors.New("more is agreed to than was asked")

// Anew is the record with what is said of it now: who consents, what they were told
// and how, the form, the times. Its lines stay, or become the narrower ones that
// were said (what was asked for one use stays for one); what is excluded now is
// excluded as well. No use of them is left.
func (r Record) Anew(said Record) (Record, error) {
	lines := slices.Clone(said.Allowances)
	if len(lines) == 0 {
		lines = slices.Clone(r.Allowances)
	}
	for i, line := range lines {
		asked, ok := r.Allowance(line.To, line.Purpose)
		if !ok || !line.within(asked) {
			return Record{}, ErrWider
		}
		lines[i].UsedBy, lines[i].SingleUse = "", line.SingleUse || asked.SingleUse
	}
	services := said.Services
	if services.Empty() {
		services = r.Services
	}
	if !r.Services.Empty() && !r.Services.Covers(services) {
		return Record{}, ErrWider
	}
	said.ID, said.Case, said.History, said.Renews = r.ID, r.Case, r.History, r.Renews
	said.Allowances, said.Services = lines, services
	said.Excluded = said.Excluded.Or(r.Excluded)
	for _, id := range r.ExcludedAgencies {
		if !slices.Contains(said.ExcludedAgencies, id) {
			said.ExcludedAgencies = append(slices.Clone(said.ExcludedAgencies), id)
		}
	}
	return said, nil
}

// within reports whether a line gives no more than another for the same.
func (a Allowance) within(wider Allowance) bool {
	further := func(id posada.AgencyID) bool { return !slices.Contains(wider.Onward, id) }
	return wider.Categories.Covers(a.Categories) && !slices.ContainsFunc(a.Onward, further)
}

// Renew is a new record, given now, of what she agreed to in this one, which stays
// as it is. It has no id yet. It is asked anew: said is what she was told now, and
// may narrow. What she has said no to since in any of the case's records (all, as
// they count) does not come back by it. A record that is over is not renewed; one
// that ran out is.
func (r Record) Renew(said Record, all []Record, at time.Time, life time.Duration, by posada.StaffID) (Record, error) {
	switch s := r.Status(); {
	case permits(s):
	case over(s):
		return Record{}, ErrOver
	default:
		return Record{}, ErrNotGiven
	}
	old := r.ID
	r = r.left(all)
	if len(r.Allowances) == 0 {
		return Record{}, ErrOver
	}
	r.ID, r.Renews, r.History = "", old, nil
	r, err := r.Anew(said)
	if err != nil {
		return Record{}, err
	}
	return r.give(posada.ConsentRenewed, at, life, by)
}

// left is a record without what she said no to since.
func (r Record) left(all []Record) Record {
	var lines []Allowance
	for _, a := range passedOn(r, all) {
		last := Governing(all, a.To, a.Purpose)
		if !permits(last.Status()) || last.Naming(a.To) == posada.Excluded {
			continue
		}
		r.Excluded = r.Excluded.Or(last.Excluded)
		// What she agreed to since for the same is less, or it does not count here.
		now, _ := last.Allowance(a.To, a.Purpose)
		a.Categories, a.SingleUse = a.Categories.And(now.Categories), a.SingleUse || now.SingleUse
		a.Onward = slices.DeleteFunc(slices.Clone(a.Onward), func(id posada.AgencyID) bool { return !slices.Contains(now.Onward, id) })
		lines = append(lines, a)
	}
	r.Allowances = nil
	for _, a := range lines {
		if a.Categories = a.Categories.Minus(r.Excluded); !a.Categories.Empty() {
			r.Allowances = append(r.Allowances, a)
		}
	}
	return r
}
