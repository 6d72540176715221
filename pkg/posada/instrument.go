package posada

import (
	"errors"
	"time"
)

// Instrument is what kind of paper wants something of a person that an agency
// knows. What counts is who signed it: whatever no judge signed is stopped at,
// however it is headed, until counsel has read it.
type Instrument string

// Instruments, and where it stands who signs each and what it can compel.
const (
	// InstrumentCourtOrder is an order that a judge signed. In Mexico: of a
	// judicial authority, in writing (Constitution, art. 16).
	InstrumentCourtOrder Instrument = "court_order"
	// InstrumentSearchWarrant is a warrant that a judge or magistrate signed
	// (Fed. R. Crim. P. 41(b), (e)); in Mexico an orden de cateo, which only a
	// judicial authority gives, naming the place and what is looked for
	// (Constitution, art. 16; CNPP, arts. 282 and 283).
	InstrumentSearchWarrant Instrument = "search_warrant"
	// InstrumentSubpoena is signed by a clerk or by a party's lawyer (Fed. R. Civ.
	// P. 45(a)(3), Fed. R. Crim. P. 17(a)). Counsel objects to it or asks a judge
	// to quash it (Fed. R. Civ. P. 45(d)(2)(B), (d)(3)).
	InstrumentSubpoena Instrument = "subpoena"
	// InstrumentImmigrationSubpoena is signed by an officer of immigration (Form
	// I-138, 8 CFR 287.4(a)). It takes an order of a district court to enforce it
	// (8 U.S.C. 1225(d)(4)(B)).
	InstrumentImmigrationSubpoena Instrument = "immigration_subpoena"
	// InstrumentAdministrativeWarrant is signed by an officer of immigration:
	// Forms I-200 (8 CFR 236.1(b)) and I-205 (8 CFR 241.2), issued by those whom
	// 8 CFR 287.5(e) lists. It lets nobody into a place that is not open to all.
	InstrumentAdministrativeWarrant Instrument = "administrative_warrant"
	// InstrumentCivilDemand is a civil investigative demand or a request to examine
	// by an attorney general (Tex. Bus. & Com. Code 17.61; Tex. Bus. Orgs. Code
	// 12.151). Whoever it is addressed to may ask a court.
	InstrumentCivilDemand Instrument = "civil_investigative_demand"
	// InstrumentProsecutorRequest is a request of a prosecutor's own, such as an
	// oficio of a Ministerio Público. One can bind (CNPP, art. 215); counsel answers
	// it, in its time.
	InstrumentProsecutorRequest Instrument = "prosecutor_request"
	// InstrumentLetter is a letter, a call, a form, a word at the door.
	InstrumentLetter Instrument = "letter_or_request"
	// InstrumentUnsure is a paper of which nobody here can tell what it is.
	InstrumentUnsure Instrument = "unsure"
)

func (Instrument) members() []Instrument {
	return []Instrument{
		InstrumentCourtOrder, InstrumentSearchWarrant, InstrumentSubpoena, InstrumentImmigrationSubpoena, InstrumentAdministrativeWarrant,
		InstrumentCivilDemand, InstrumentProsecutorRequest, InstrumentLetter, InstrumentUnsure,
	}
}

// UnmarshalText reads an instrument and refuses any other text.
func (i *Instrument) UnmarshalText(text []byte) error { return decode(i, text) }

// Judicial reports whether a judge signed it. Of anything else, and of a word
// nobody knows, none did.
func (i Instrument) Judicial() bool {
	return i == InstrumentCourtOrder || i == InstrumentSearchWarrant
}

// ErrBadDate says that a text is not a day of the calendar.
var ErrBadDate = errors.New("not a date: want YYYY-MM-DD")

// Date is a day of the calendar, as papers name one: YYYY-MM-DD. Two compare as
// their texts do. Empty is none.
type Date string

// ReadDate reads a day as it is written in papers.
func ReadDate(text string) (Date, error) {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return "", ErrBadDate
	}
	return Date(text), nil
}

// DateOf is the day it is at a moment, in the moment's own zone.
func DateOf(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// UnmarshalText reads a day and refuses any other text, the empty one too.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ReadDate(string(text))
	return err
}
