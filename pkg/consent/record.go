// Package consent is what a survivor agreed to, as facts: the record that
// stays where it was collected, the grant that one recipient gets, and the
// reduction of both to finite words that a policy decides on.
//
// Guarantee: nothing in this package says whether a consent suffices; it
// reports what was recorded, and whatever is missing, unknown or out of its
// time appears as such in the facts, where the policy refuses it. A grant to
// one agency holds nothing of another. Limit: a record is as true as the
// conversation it was made in.
package consent

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Times of a consent. The hard maximum is guard rule G6; "reasonably
// time-limited" is the requirement of US victim-confidentiality law (VAWA, 34
// U.S.C. 12291(b)(2)).
const (
	DefaultLife = 30 * 24 * time.Hour
	MaxLife     = 90 * 24 * time.Hour
	// CoolingOff is how long an opt-in for a law-enforcement purpose rests
	// before it counts.
	CoolingOff = 24 * time.Hour
	// ClocksDiffer is how far two agencies' clocks may be apart.
	ClocksDiffer = posada.ClocksDiffer
)

// Errors of a record that contradicts itself. Whether an honest record permits
// anything is not decided here.
var (
	ErrNobodyNamed   = errors.New("the consent names no agency")
	ErrNothingShared = errors.New("the consent shares no category")
	ErrTimes         = errors.New("a consent begins when it was given or later, ends after it begins, and ends within 90 days of being given")
	ErrNamedTwice    = errors.New("one agency is named twice for one purpose")
	ErrBoth          = errors.New("what is excluded cannot also be shared")
	ErrIncomplete    = errors.New("the record lacks a fact")
)

// Allowance is one line of a consent: one agency, one purpose, what it may
// have and to whom it may pass that on (nobody, unless named).
type Allowance struct {
	To         posada.AgencyID             `json:"to"`
	Purpose    posada.Purpose              `json:"purpose"`
	Categories posada.Set[posada.Category] `json:"categories"`
	Onward     []posada.AgencyID           `json:"onward,omitempty"`
	// SingleUse means one disclosure uses the line up.
	SingleUse bool `json:"single_use"`
	// UsedBy is the disclosure that used it; a disclosure that is sealed
	// again is the same one.
	UsedBy posada.EventID `json:"used_by,omitempty"`
}

// StatusChange is one step of a record's history.
type StatusChange struct {
	Status posada.ConsentStatus `json:"status"`
	At     time.Time            `json:"at"`
	By     posada.StaffID       `json:"by,omitempty"` // empty: her word came from elsewhere
}

// OptInRecord is what is recorded of the ceremony a law-enforcement purpose
// needs: that she asked for it herself, when, that counsel was there, and who
// heard it.
type OptInRecord struct {
	AskedAt time.Time      `json:"asked_at,omitzero"`
	Counsel bool           `json:"counsel"`
	By      posada.StaffID `json:"by,omitempty"`
}

// Counts is when the opt-in counts; zero where there was none with counsel.
func (o OptInRecord) Counts() time.Time {
	if o.AskedAt.IsZero() || !o.Counsel {
		return time.Time{}
	}
	return o.AskedAt.Add(CoolingOff)
}

// Record is a consent as it was collected. It never leaves the collecting
// agency.
type Record struct {
	ID   posada.ConsentID `json:"id"`
	Case posada.CaseID    `json:"case"`

	Allowances       []Allowance                    `json:"allowances"`
	Excluded         posada.Set[posada.Category]    `json:"excluded"`
	ExcludedAgencies []posada.AgencyID              `json:"excluded_agencies,omitempty"`
	Services         posada.Set[posada.ServiceType] `json:"services"`

	// Given is when she said what the record says: yes, no, or not now; and of a
	// question she has not answered, when it was asked.
	Given     time.Time `json:"given"`
	NotBefore time.Time `json:"not_before"`
	Expires   time.Time `json:"expires"`

	// What follows, to the protocol pack, is of a consent that was given: a question
	// has none of it.

	GivenBy posada.GivenBy `json:"given_by,omitempty"`
	AgeBand posada.AgeBand `json:"age_band,omitempty"`
	// Jurisdiction is where a minor was who consented alone.
	Jurisdiction posada.Jurisdiction         `json:"jurisdiction,omitempty"`
	Assent       posada.Assent               `json:"assent,omitempty"`
	Conflict     posada.ConflictCheck        `json:"conflict,omitempty"`
	CoSigned     posada.Set[posada.CoSigner] `json:"co_signed"`
	OptIn        OptInRecord                 `json:"opt_in"`

	Method      posada.ConsentMethod        `json:"method,omitempty"`
	Language    string                      `json:"language"` // ISO 639-3
	Interpreter bool                        `json:"interpreter"`
	Informed    posada.Set[posada.Informed] `json:"informed"`
	Condition   posada.ServiceCondition     `json:"condition,omitempty"`

	Form         Digest `json:"form"`          // SHA-256 of the signed form, which stays on paper or at the agency
	TextVersion  string `json:"text_version"`  // of the text that was read aloud
	ProtocolPack Digest `json:"protocol_pack"` // SHA-256 of the protocol pack in force

	// Renews is the record whose lines are agreed to again in this one.
	Renews  posada.ConsentID `json:"renews,omitempty"`
	History []StatusChange   `json:"history"`
}

// Filed is a record with the label people call its case by, and how it stands.
type Filed struct {
	Label  string
	Record Record
	Status posada.ConsentStatus // now
	Due    bool                 // it is time to ask again
	// Withdrawn are agencies the record names that she took it back from since.
	Withdrawn []posada.AgencyID
	NoMore    []Allowance // what a later record of the case says no to
}

// String hides the record from every log line and error.
func (Record) String() string { return "(redacted)" }

// GoString hides the record from %#v.
func (Record) GoString() string { return "(redacted)" }

// Status is the last status of the history; unknown where there is none.
func (r Record) Status() posada.ConsentStatus {
	if len(r.History) == 0 {
		return posada.ConsentUnknown
	}
	return r.History[len(r.History)-1].Status
}

// Allowance finds the line for one agency and purpose.
func (r Record) Allowance(to posada.AgencyID, purpose posada.Purpose) (Allowance, bool) {
	i := slices.IndexFunc(r.Allowances, func(a Allowance) bool { return a.To == to && a.Purpose == purpose })
	if i < 0 {
		return Allowance{}, false
	}
	return r.Allowances[i], true
}

// Own is the line of a record that is about this agency alone: what it may take
// over into a record of its own, once, for one purpose, to pass on to nobody.
func (r Record) Own(self posada.AgencyID) (Allowance, bool) {
	if len(r.Allowances) != 1 || r.Allowances[0].To != self || len(r.Allowances[0].Onward) > 0 || self == "" {
		return Allowance{}, false
	}
	return r.Allowances[0], true
}

// Onward is whom a recipient may pass on to what it has for a purpose: the
// agencies its line names, each once and not itself, minus those the record excludes.
func (r Record) Onward(to posada.AgencyID, purpose posada.Purpose) []posada.AgencyID {
	line, _ := r.Allowance(to, purpose)
	list := []posada.AgencyID{}
	for _, id := range line.Onward {
		if id != to && !slices.Contains(list, id) && !slices.Contains(r.ExcludedAgencies, id) {
			list = append(list, id)
		}
	}
	return list
}

// Used is the record after a disclosure under the line for (to, purpose): a
// single-use line remembers which one. The same disclosure again changes
// nothing.
func (r Record) Used(to posada.AgencyID, purpose posada.Purpose, by posada.EventID) Record {
	r.Allowances = slices.Clone(r.Allowances)
	for i, a := range r.Allowances {
		if a.To == to && a.Purpose == purpose && a.SingleUse && a.UsedBy == "" {
			r.Allowances[i].UsedBy = by
		}
	}
	return r
}

// Check refuses a record that contradicts itself or lacks a fact. All that is
// wrong is joined. Of a question there need only be what was asked, and who heard
// the answer.
func (r Record) Check() error {
	var wrong []error
	if len(r.Allowances) == 0 {
		wrong = append(wrong, ErrNobodyNamed)
	}
	seen := map[string]bool{}
	for _, a := range r.Allowances {
		if a.To == "" || !posada.Known(a.Purpose) || slices.Contains(a.Onward, "") {
			wrong = append(wrong, fmt.Errorf("%w: allow", ErrIncomplete))
		}
		if a.Categories.Empty() {
			wrong = append(wrong, ErrNothingShared)
		}
		excluded := func(id posada.AgencyID) bool { return slices.Contains(r.ExcludedAgencies, id) }
		if !a.Categories.And(r.Excluded).Empty() || excluded(a.To) || slices.ContainsFunc(a.Onward, excluded) {
			wrong = append(wrong, ErrBoth)
		}
		line := string(a.To) + " " + string(a.Purpose)
		if seen[line] {
			wrong = append(wrong, ErrNamedTwice)
		}
		seen[line] = true
	}
	if !r.IsQuestion() && (r.NotBefore.Before(r.Given) || !r.Expires.After(r.NotBefore) || r.Expires.Sub(r.Given) > MaxLife) {
		wrong = append(wrong, ErrTimes)
	}
	return errors.Join(append(wrong, r.missing()...)...)
}

// fact is whether a record has one.
type fact struct {
	name  string
	known bool
}

func (r Record) missing() []error {
	var missing []error
	facts := []fact{
		{"history", len(r.History) > 0 && !slices.ContainsFunc(r.History, func(s StatusChange) bool { return s.By == "" })},
		{"exclude", !slices.Contains(r.ExcludedAgencies, "")},
	}
	if !r.IsQuestion() {
		facts = append(facts, r.agreement()...)
	}
	for _, fact := range facts {
		if !fact.known {
			missing = append(missing, fmt.Errorf("%w: %s", ErrIncomplete, fact.name))
		}
	}
	return missing
}

// agreement is what there has to be of a consent that was given.
func (r Record) agreement() []fact {
	return []fact{
		{"given_by", posada.Known(r.GivenBy)},
		{"age_band", posada.Known(r.AgeBand)},
		{"jurisdiction", r.GivenBy != posada.GivenByMinorAlone || posada.Known(r.Jurisdiction)},
		{"assent", posada.Known(r.Assent)},
		{"conflict", posada.Known(r.Conflict)},
		{"method", posada.Known(r.Method)},
		{"condition", posada.Known(r.Condition)},
		{"language", len(r.Language) == len("spa")},
		{"form", r.Form != Digest{}},
		{"text_version", r.TextVersion != ""},
		{"renews", (r.Renews != "") == (r.Status() == posada.ConsentRenewed)},
	}
}
