package consent

import (
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Reminder is how long before its end a consent should be asked about again.
const Reminder = 7 * 24 * time.Hour

// Errors of ending a record.
var (
	ErrOver     = errors.New("the consent is over already")
	ErrNoEnding = errors.New("not a way for a consent to end")
	ErrNoOptIn  = errors.New("the consent is for no purpose of law enforcement")
)

// Endings are the ways a person can end a consent, in DPV's words: withdrawn by
// whoever gave it, revoked by somebody who may for her, invalidated because it
// never should have counted. Running out is no act of anybody's.
func Endings() []posada.ConsentStatus {
	return []posada.ConsentStatus{posada.ConsentWithdrawn, posada.ConsentRevoked, posada.ConsentInvalidated}
}

// StatusAt is the record's status at a moment: what was said of it last, and
// expired where nothing ended it before its time did.
func (r Record) StatusAt(now time.Time) posada.ConsentStatus {
	s := r.Status()
	if permits(s) && !now.Before(r.Expires) {
		return posada.ConsentExpired
	}
	return s
}

// Lives reports whether a record permits anything at a moment: nobody ended it,
// and its time has not.
func (r Record) Lives(now time.Time) bool { return permits(r.StatusAt(now)) }

// permits reports whether a status can permit anything.
func permits(s posada.ConsentStatus) bool {
	return s == posada.ConsentGiven || s == posada.ConsentRenewed
}

// End is the record after a person ended it. A record ends once and never
// begins again: who agrees anew gives a new one. One that ran out can still be
// withdrawn, for what was shared under it is there.
func (r Record) End(how posada.ConsentStatus, at time.Time, by posada.StaffID) (Record, error) {
	if !slices.Contains(Endings(), how) {
		return Record{}, ErrNoEnding
	}
	if slices.Contains(Endings(), r.Status()) {
		return Record{}, ErrOver
	}
	r.History = append(slices.Clone(r.History), StatusChange{Status: how, At: at, By: by})
	return r, nil
}

// OptInto is the record after she asked, with counsel, that it may be used for its
// purposes of law enforcement. It counts CoolingOff later. Said again it begins
// anew: what she is asked about each time is whether she still wants it.
func (r Record) OptInto(at time.Time, by posada.StaffID) (Record, error) {
	if slices.Contains(Endings(), r.Status()) || !at.Before(r.Expires) {
		return Record{}, ErrOver
	}
	if !slices.ContainsFunc(r.Allowances, func(a Allowance) bool { return a.Purpose.OfLawEnforcement() }) {
		return Record{}, ErrNoOptIn
	}
	r.OptIn = OptInRecord{AskedAt: at, Counsel: true, By: by}
	return r, nil
}

// Due reports whether it is time to ask again: one of a case's records, all of
// them given, permits something at now, ends within Reminder, and no later one
// says anything of all it allows.
func Due(r Record, all []Record, now time.Time) bool {
	if !permits(r.StatusAt(now)) || now.Before(r.Expires.Add(-Reminder)) {
		return false
	}
	return slices.ContainsFunc(r.Allowances, func(a Allowance) bool {
		return !slices.ContainsFunc(all, func(later Record) bool {
			_, says := later.Allowance(a.To, a.Purpose)
			return says && later.Given.After(r.Given)
		})
	})
}
