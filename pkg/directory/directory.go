// Package directory is what agencies say of themselves to each other: how they are
// called and reached, what they do, for whom, in which languages and when.
//
// Guarantee: a Book that Check finds right has no address of any agency that gives people
// a place to be, none of any other that is confidential, and no field of any for a
// number of places, a person's name or coordinates, and a class of none that is a member. A
// distrusted class is given a book without entries, in as many bytes as everybody's (sheet.go). Limit: what an
// agency writes into its name is its own doing; of a confidential one figures that may be
// a house's are refused, and no more. A landline, or a region together with a clock, may
// tell a town: us-tx by Denver's clock is El Paso. An agency for which that is too much
// says the country alone and a mobile number.
package directory

import (
	"errors"

	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Errors of an entry. They name what is wrong, never what was written.
var (
	ErrName         = errors.New("an agency has a name in both languages, the same where it has only one")
	ErrText         = errors.New("not a line of text: 1 to 120 bytes of UTF-8, nothing that hides, no space at its ends")
	ErrFigures      = errors.New("three figures in the name of a confidential agency, which may be an address")
	ErrConfidential = errors.New("who gives people a place to be is confidential")
	ErrAddress      = errors.New("a confidential agency has no address here")
	ErrCountry      = errors.New("a country is two capital letters (ISO 3166)")
	ErrPhone        = errors.New("a telephone number is + and 8 to 15 figures, with the country's code (E.164)")
	ErrEmail        = errors.New("not an address for mail")
	ErrNoPhone      = errors.New("an agency without a node is called, so it has a telephone number")
	ErrNoZone       = errors.New("hours are told by a clock: the entry names its zone")
	ErrNoDays       = errors.New("hours begin on a day of the week")
	ErrTooMany      = errors.New("too many are listed")
	ErrTwice        = errors.New("it is listed twice")
	ErrClass        = errors.New("a member's class is in the roster")
)

// Most of what an entry lists.
const (
	MaxPhones    = 8
	MaxServices  = 40
	MaxLanguages = 40
	MaxRegions   = 40
	MaxHours     = 21 // three times a day
	MaxText      = 120
)

// Entry is one agency.
type Entry struct {
	ID ID `json:"id"`
	// Member is the agency in the roster. Empty: it has no node and is telephoned.
	Member posada.AgencyID `json:"member,omitempty"`
	// Class is what kind of agency one without a node is, as stewards say who sign the book:
	// what an agency says of itself makes nobody trust it, so no list that is read in has one.
	// Empty: they do not, and it is told of nobody. A member's is in the roster.
	Class posada.AgencyClass `json:"class,omitempty"`
	Name  Name               `json:"name"`
	// Confidential agencies have no address anywhere. Who gives a place to be is one.
	Confidential bool      `json:"confidential,omitempty"`
	Address      Address   `json:"address,omitzero"`
	Phones       []Phone   `json:"phones,omitempty"` // of its front desk
	Email        string    `json:"email,omitempty"`  // of its front desk
	Zone         Zone      `json:"zone,omitempty"`   // the clock that hours are told by
	Services     []Service `json:"services,omitempty"`
}

// ByPhone reports whether the agency has no node, so that somebody calls it.
func (e Entry) ByPhone() bool { return e.Member == "" }

// GivesPlace reports whether any of its services gives people a place to be.
func (e Entry) GivesPlace() bool {
	for _, s := range e.Services {
		if need.Placing().Has(s.Type) {
			return true
		}
	}
	return false
}

// Name is what people call an agency, in both languages.
type Name struct {
	EN string `json:"en"`
	ES string `json:"es"`
}

// Address is where an agency that is not confidential receives people.
type Address struct {
	Street  string `json:"street"` // with the number; at most 120 bytes, as all of it
	City    string `json:"city"`
	State   string `json:"state"` // state or province, as it is written there
	Postal  string `json:"postal"`
	Country string `json:"country"` // ISO 3166, two capital letters
}

// Phone is a number of the front desk.
type Phone struct {
	Number    string          `json:"number"`              // E.164: +19155550100
	Extension uint32          `json:"extension,omitzero"`  // zero: none
	Languages []need.Language `json:"languages,omitempty"` // spoken there; none: not said
}

// Service is one service of an agency.
type Service struct {
	ID           ID                 `json:"id"`
	Type         posada.ServiceType `json:"type"`
	For          Eligibility        `json:"for,omitzero"`
	Languages    []need.Language    `json:"languages,omitempty"`    // spoken there; none: not said
	Interpreters bool               `json:"interpreters,omitempty"` // there is one by telephone for any other language
	Regions      []need.Region      `json:"regions,omitempty"`      // where people are taken from; none: not said
	Hours        []oncall.Hours     `json:"hours,omitempty"`        // each week, by the entry's clock; none: not said
}

// Eligibility is for whom a service is, as far as the agency publishes it. What is empty
// is not said. A shelter's rules, which are its own, may be narrower (need.Rules).
type Eligibility struct {
	Genders      posada.Set[posada.Gender]           `json:"genders,omitzero"`
	Ages         posada.Set[posada.AgeBand]          `json:"ages,omitzero"`
	With         posada.Set[posada.HouseholdKind]    `json:"with,omitzero"`
	Exploitation posada.Set[posada.ExploitationKind] `json:"exploitation,omitzero"`
	Access       posada.Set[posada.AccessNeed]       `json:"access,omitzero"`
	Pets         bool                                `json:"pets,omitempty"`
	Longest      posada.Nights                       `json:"longest,omitempty"` // how long somebody may stay
}
