package consent

import (
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Errors of a step that a record does not take.
var (
	ErrOver     = errors.New("the consent is over already")
	ErrNoEnding = errors.New("not a way for a consent to end")
	ErrNoAnswer = errors.New("not an answer to the question whether somebody consents")
	ErrNotGiven = errors.New("the consent was asked for and not given")
	ErrGiven    = errors.New("the consent was given already")
)

// nothing is where a record stands before its first step.
const nothing posada.ConsentStatus = ""

// steps is every step there is: what may follow each status. Whatever is not in it
// does not happen. Running out is no step, for nobody takes it; unknown and expired
// are never written, and a record that holds one can only end.
func steps() map[posada.ConsentStatus][]posada.ConsentStatus {
	asked := []posada.ConsentStatus{posada.ConsentDeferred, posada.ConsentRefused, posada.ConsentGiven}
	return map[posada.ConsentStatus][]posada.ConsentStatus{
		nothing:                   append([]posada.ConsentStatus{posada.ConsentRequested, posada.ConsentRenewed}, asked...),
		posada.ConsentRequested:   append(Endings(), asked...),
		posada.ConsentDeferred:    append(append(Endings(), asked...), posada.ConsentRequested),
		posada.ConsentGiven:       Endings(),
		posada.ConsentRenewed:     Endings(),
		posada.ConsentUnknown:     Endings(),
		posada.ConsentExpired:     Endings(),
		posada.ConsentRefused:     nil,
		posada.ConsentWithdrawn:   nil,
		posada.ConsentRevoked:     nil,
		posada.ConsentInvalidated: nil,
	}
}

// Endings are the ways a person can end a consent, in DPV's words: withdrawn by
// whoever gave it, revoked by somebody who may for her, invalidated because it
// never should have counted. Running out is no act of anybody's.
func Endings() []posada.ConsentStatus {
	return []posada.ConsentStatus{posada.ConsentWithdrawn, posada.ConsentRevoked, posada.ConsentInvalidated}
}

// Questions are how a record stands that was asked about and not given: nothing
// said yet, not now, no. No is for ever; who agrees later gives a new consent.
func Questions() []posada.ConsentStatus {
	return []posada.ConsentStatus{posada.ConsentRequested, posada.ConsentDeferred, posada.ConsentRefused}
}

// permits reports whether a status can permit anything.
func permits(s posada.ConsentStatus) bool {
	return s == posada.ConsentGiven || s == posada.ConsentRenewed
}

// over reports whether nothing follows a status.
func over(s posada.ConsentStatus) bool { return len(steps()[s]) == 0 }

// Over reports whether a record that stands so has ended: nothing can be said of it
// any more, nor can it be ended again.
func Over(s posada.ConsentStatus) bool { return over(s) }

// step is the only way a status changes. Its time is after the one before, though
// the clock went back: no word of hers is refused for that.
func (r Record) step(to posada.ConsentStatus, at time.Time, by posada.StaffID) (Record, error) {
	from := nothing
	if n := len(r.History); n > 0 {
		last := r.History[n-1]
		from = last.Status
		if !at.After(last.At) {
			at = last.At.Add(time.Microsecond)
		}
	}
	switch {
	case slices.Contains(steps()[from], to):
	case over(from):
		return Record{}, ErrOver
	case permits(from):
		return Record{}, ErrGiven
	default:
		return Record{}, ErrNoAnswer
	}
	r.History = append(slices.Clone(r.History), StatusChange{Status: to, At: at, By: by})
	return r, nil
}

// Ask is the record after she was asked, and said nothing yet, not now, or no. What
// she said counts from then; to be asked again takes nothing back of what she said.
func (r Record) Ask(said posada.ConsentStatus, at time.Time, by posada.StaffID) (Record, error) {
	if !slices.Contains(Questions(), said) {
		return Record{}, ErrNoAnswer
	}
	first := len(r.History) == 0
	r, err := r.step(said, at, by)
	if err == nil && (first || said != posada.ConsentRequested) {
		r.Given = r.History[len(r.History)-1].At
	}
	return r, err
}

// Give is the record after she agreed: for life from its beginning, which is now
// unless the record says later; a zero life is the default one. Nothing of a ceremony
// that was brought along or held before is left: it is a step of its own, afterwards.
func (r Record) Give(at time.Time, life time.Duration, by posada.StaffID) (Record, error) {
	return r.give(posada.ConsentGiven, at, life, by)
}

func (r Record) give(how posada.ConsentStatus, at time.Time, life time.Duration, by posada.StaffID) (Record, error) {
	r, err := r.step(how, at, by)
	if err != nil {
		return Record{}, err
	}
	r.Given, r.OptIn = r.History[len(r.History)-1].At, OptInRecord{}
	if r.NotBefore.IsZero() {
		r.NotBefore = r.Given
	}
	if life == 0 {
		life = DefaultLife
	}
	r.Expires = r.NotBefore.Add(life)
	return r, nil
}

// End is the record after a person ended it. A record ends once and never
// begins again: who agrees anew gives a new one. One that ran out can still be
// withdrawn, for what was shared under it is there; so can a question, which then
// needs no answer any more.
func (r Record) End(how posada.ConsentStatus, at time.Time, by posada.StaffID) (Record, error) {
	if !slices.Contains(Endings(), how) {
		return Record{}, ErrNoEnding
	}
	return r.step(how, at, by)
}
