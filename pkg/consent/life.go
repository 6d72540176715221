package consent

import (
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Reminder is how long before its end a consent should be asked about again.
const Reminder = 7 * 24 * time.Hour

// ErrNoOptIn says that there is nothing to opt into.
var ErrNoOptIn = errors.New("the consent is for no purpose of law enforcement")

// StatusAt is the record's status at a moment: what was said of it last, and
// expired where nothing ended it before its time did.
func (r Record) StatusAt(now time.Time) posada.ConsentStatus {
	s := r.Status()
	if permits(s) && !now.Before(r.Expires) {
		return posada.ConsentExpired
	}
	return s
}

// IsQuestion reports whether the record is of a question that she did not say yes to.
func (r Record) IsQuestion() bool { return slices.Contains(Questions(), r.Status()) }

// WasGiven reports whether she ever agreed to it.
func (r Record) WasGiven() bool {
	return slices.ContainsFunc(r.History, func(s StatusChange) bool { return permits(s.Status) })
}

// Lives reports whether a record permits anything at a moment: nobody ended it,
// and its time has not.
func (r Record) Lives(now time.Time) bool {
	return permits(r.StatusAt(now))
}

// speaks reports whether she ever said anything of it. That she was asked, and that
// she was asked by mistake, is nothing she said.
func (r Record) speaks() bool {
	return len(r.History) == 0 || slices.ContainsFunc(r.History, func(s StatusChange) bool {
		return s.Status != posada.ConsentRequested && s.Status != posada.ConsentInvalidated
	})
}

// OptInto is the record after she asked, with counsel, that it may be used for its
// purposes of law enforcement. It counts CoolingOff later. Said again it begins
// anew: what she is asked about each time is whether she still wants it.
func (r Record) OptInto(at time.Time, by posada.StaffID) (Record, error) {
	switch {
	case r.IsQuestion() && !over(r.Status()):
		return Record{}, ErrNotGiven
	case over(r.Status()) || !at.Before(r.Expires):
		return Record{}, ErrOver
	case !slices.ContainsFunc(r.Allowances, func(a Allowance) bool { return a.Purpose.OfLawEnforcement() }):
		return Record{}, ErrNoOptIn
	}
	r.OptIn = OptInRecord{AskedAt: at, Counsel: true, By: by}
	return r, nil
}

// Due reports whether it is time to ask again: one of a case's records permits
// something at now, ends within Reminder, and in no later one she says anything of
// all it allows.
func Due(r Record, all []Record, now time.Time) bool {
	if !permits(r.StatusAt(now)) || now.Before(r.Expires.Add(-Reminder)) {
		return false
	}
	return slices.ContainsFunc(r.Allowances, func(a Allowance) bool {
		return !slices.ContainsFunc(all, func(later Record) bool {
			_, says := later.Allowance(a.To, a.Purpose)
			return says && later.speaks() && later.Given.After(r.Given)
		})
	})
}
