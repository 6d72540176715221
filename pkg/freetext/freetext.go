// Package freetext finds what points at somebody in a text that people type: names,
// telephone numbers, addresses, numbers of papers and the like, of the United States and
// of Mexico, in English and in Spanish.
//
// Guarantee: the same text and the same Known give the same finds, in time that grows with
// the text and not faster; nothing of the text is kept, written or sent, and a find holds
// places in it and no letter of it. Limit: it reads words, not meaning. A nickname that
// is no name, a scar, a village, the only Mam speaker of a county point at somebody and
// are not found; how much is, on invented lines, docs/performance.md says. So where
// nothing is found nothing is promised, and who typed it decides.
package freetext

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// MaxText is the longest text that is read, in bytes: four times the longest field of a
// referral.
const MaxText = 64 << 10

// ErrLong says that a text is longer than is read. Nothing was found in it, for nothing
// was looked for.
var ErrLong = errors.New("the text is longer than is searched")

// Kind is what kind of thing was found.
type Kind string

// The kinds, one word each.
const (
	Person      Kind = "person"
	Phone       Kind = "phone"
	Email       Kind = "email"
	Street      Kind = "street"
	Document    Kind = "document"
	Coordinates Kind = "coordinates"
	Birth       Kind = "birth"
	Link        Kind = "link"
	Shelter     Kind = "shelter"
)

// Kinds lists them.
func Kinds() []Kind {
	return []Kind{Person, Phone, Email, Street, Document, Coordinates, Birth, Link, Shelter}
}

// Reason is why something is taken for what it is taken for, one word each. In the
// catalogues it is a sentence.
type Reason string

// The reasons.
const (
	NameTitled    Reason = "name_titled"    // behind a title: Mrs., Lic.
	NameGiven     Reason = "name_given"     // a given name
	NameSur       Reason = "name_sur"       // a surname
	NameSaid      Reason = "name_said"      // behind words that a name follows: is called, her brother
	NameCapital   Reason = "name_capital"   // a word with a capital that is nothing known
	PhoneNumber   Reason = "phone_number"   // written as telephone numbers are
	PhoneSpelled  Reason = "phone_spelled"  // figure by figure, in words
	EmailAddress  Reason = "email_address"  // with an at-sign, or at and dot in words
	StreetNumber  Reason = "street_number"  // a number and a street
	StreetNamed   Reason = "street_named"   // a street, or a corner of two
	StreetPart    Reason = "street_part"    // a neighbourhood, a flat, a box or a postal code
	SSN           Reason = "ssn"            // as numbers of Social Security, and for taxpayers without one
	ANumber       Reason = "a_number"       // as the immigration service numbers people
	Passport      Reason = "passport"       // as passports are numbered
	CURP          Reason = "curp"           // a CURP, its last figure right
	CURPMistyped  Reason = "curp_mistyped"  // as a CURP, its last figure wrong
	RFC           Reason = "rfc"            // as the RFC of a person or of a company
	ClaveElector  Reason = "clave_elector"  // as the key of a voter's card
	I94           Reason = "i94"            // as admissions are numbered
	Receipt       Reason = "receipt"        // as the immigration service numbers applications
	OtherPaper    Reason = "other_paper"    // a number behind a paper's name, or as papers elsewhere are numbered
	LongNumber    Reason = "long_number"    // a number of nine figures, or of more than a telephone's
	Position      Reason = "position"       // degrees, or a code that is a place on a map
	BirthSaid     Reason = "birth_said"     // behind words that a birthday follows
	BirthOld      Reason = "birth_old"      // a full date of long ago
	WebAddress    Reason = "web_address"    // a page
	SocialAccount Reason = "social_account" // an account where people meet
	ShelterNamed  Reason = "shelter_named"  // as the directory calls it
	ShelterShort  Reason = "shelter_short"  // as people call it for short
)

// Reasons lists them.
func Reasons() []Reason {
	return []Reason{
		NameTitled, NameGiven, NameSur, NameSaid, NameCapital, PhoneNumber, PhoneSpelled, EmailAddress, StreetNumber, StreetNamed, StreetPart,
		SSN, ANumber, Passport, CURP, CURPMistyped, RFC, ClaveElector, I94, Receipt, OtherPaper, LongNumber,
		Position, BirthSaid, BirthOld, WebAddress, SocialAccount, ShelterNamed, ShelterShort,
	}
}

// Find is one thing that was found: text[Start:End].
type Find struct {
	Kind       Kind
	Why        Reason
	Start, End int // bytes
}

// Known is what is known beside the text. The zero value knows nothing.
type Known struct {
	Shelters Names     // of the directory
	Today    time.Time // full dates long before it are taken for birthdays; zero: none is
}

// In finds what points at somebody in a text, in the order of the text. Finds do not
// overlap: of two that would, the longer one counts, and of those as long the one that
// says more. ErrLong: the text is longer than MaxText.
func In(text string, k Known) ([]Find, error) {
	if len(text) > MaxText {
		return nil, ErrLong
	}
	t := plainOf(text)
	var all []span
	for _, look := range []func(plain) []span{links, documents, positions, phones, spelledPhones, streets} {
		all = append(all, look(t)...)
	}
	all = append(all, births(t, k.Today)...)
	all = append(all, k.Shelters.in(t)...)
	return t.finds(append(all, people(t)...)), nil
}

// span is a find by places in the plain text.
type span struct {
	kind       Kind
	why        Reason
	start, end int
}

// finds are spans as finds: none overlaps another.
func (t plain) finds(all []span) []Find {
	weight := func(s span) int {
		if s.why == NameCapital {
			return 0 // anything else says more
		}
		return s.end - s.start
	}
	// Stable: what was looked for first says more of what it is.
	slices.SortStableFunc(all, func(a, b span) int { return weight(b) - weight(a) })
	taken := make([]bool, len(t.text))
	var list []Find
	for _, s := range all {
		for s.end > s.start && strings.IndexByte(" .,;:", t.text[s.end-1]) >= 0 { // of the sentence
			s.end--
		}
		if s.start >= s.end || slices.Contains(taken[s.start:s.end], true) {
			continue
		}
		for i := s.start; i < s.end; i++ {
			taken[i] = true
		}
		list = append(list, Find{s.kind, s.why, t.at[s.start], t.at[s.end]})
	}
	slices.SortFunc(list, func(a, b Find) int { return a.Start - b.Start })
	return list
}
