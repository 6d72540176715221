// Package need is a need without a person in it, and whether a place fits it: the
// profile that goes to every shelter, what in it may point at somebody, and the
// rules and free beds that a shelter holds against it on its own machine.
//
// Guarantee: a profile has no field for a name, a date, a number that is somebody's,
// an address or free text; all it says is words of closed lists, languages and a
// region. Saying less never loses a place that would have fitted (rules.go). Limit:
// a rare combination points at somebody all the same; what is said of that is a
// warning, never a number of people who look alike.
package need

import (
	"errors"
	"fmt"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Errors of a profile. They name what is wrong, never what was said.
var (
	ErrNoService  = errors.New("a need asks for a place: one of the services that give one")
	ErrNoPriority = errors.New("a need says how soon")
	ErrLanguage   = errors.New("a language is three small letters (ISO 639-3)")
	ErrTooMany    = errors.New("too many are named")
	ErrTwice      = errors.New("it is named twice")
	ErrRegion     = errors.New("a region is a country or a part of one (ISO 3166, in small letters)")
	ErrAlone      = errors.New("somebody is with the person, and the household is one")
)

// Most of what a profile lists.
const (
	maxLanguages = 4
	maxWishes    = 4
)

// Language is a language's code of ISO 639-3, such as spa, eng or mam.
type Language string

// Region is a country or a part of one in the spelling of ISO 3166, in small letters:
// mx, us-tx. Nothing smaller has a spelling.
type Region string

// Profile is all that a shelter sees before it offers. What is empty is not said.
type Profile struct {
	Priority     posada.Priority                  `json:"priority"`
	Services     posada.Set[posada.ServiceType]   `json:"services"`
	Gender       posada.Gender                    `json:"gender,omitempty"`
	Age          posada.AgeBand                   `json:"age,omitempty"`
	Size         posada.HouseholdSize             `json:"size,omitempty"`
	With         posada.Set[posada.HouseholdKind] `json:"with,omitzero"`
	Exploitation posada.ExploitationKind          `json:"exploitation,omitempty"`
	Languages    []Language                       `json:"languages,omitempty"`
	Interpreter  bool                             `json:"interpreter,omitzero"` // one is needed where none of the languages is spoken
	Access       posada.Set[posada.AccessNeed]    `json:"access,omitzero"`
	Pets         bool                             `json:"pets,omitzero"`
	Region       Region                           `json:"region,omitempty"` // where a place is looked for
	Nights       posada.Nights                    `json:"nights,omitempty"`
	Wishes       []posada.Wish                    `json:"wishes,omitempty"` // in the person's order
}

// String hides a profile from every log line and error.
func (Profile) String() string { return "(redacted)" }

// GoString hides a profile from %#v.
func (Profile) GoString() string { return "(redacted)" }

// Placing are the services that give a place to be.
func Placing() posada.Set[posada.ServiceType] {
	return posada.SetOf(posada.ServiceShelterEmergency, posada.ServiceShelterTransitional,
		posada.ServiceHousingLongTerm, posada.ServiceHotelVoucher)
}

// Check holds a profile against what may be said. All that is wrong is joined.
func (p Profile) Check() error {
	var wrong []error
	is := func(what string, err error) { wrong = append(wrong, fmt.Errorf("%s: %w", what, err)) }
	if p.Services.Empty() || !Placing().Covers(p.Services) {
		is("services", ErrNoService)
	}
	if p.Priority == "" {
		is("priority", ErrNoPriority)
	}
	for _, word := range []struct {
		what  string
		known bool
	}{
		{"priority", p.Priority == "" || posada.Known(p.Priority)}, {"gender", p.Gender == "" || posada.Known(p.Gender)},
		{"age", p.Age == "" || posada.Known(p.Age)}, {"size", p.Size == "" || posada.Known(p.Size)},
		{"exploitation", p.Exploitation == "" || posada.Known(p.Exploitation)}, {"nights", p.Nights == "" || posada.Known(p.Nights)},
	} {
		if !word.known {
			is(word.what, posada.ErrUnknownWord)
		}
	}
	if p.Size == posada.HouseholdOne && !p.With.Empty() {
		is("with", ErrAlone)
	}
	if err := p.Region.check(); p.Region != "" && err != nil {
		is("region", err)
	}
	wrong = append(wrong, listed("languages", p.Languages, maxLanguages, Language.check), listed("wishes", p.Wishes, maxWishes, func(w posada.Wish) error {
		if !posada.Known(w) {
			return posada.ErrUnknownWord
		}
		return nil
	}))
	return errors.Join(wrong...)
}

// listed holds a list against its length, against what each may be, and against
// naming one twice.
func listed[T comparable](what string, list []T, most int, check func(T) error) error {
	if len(list) > most {
		return fmt.Errorf("%s: %w (at most %d)", what, ErrTooMany, most)
	}
	seen := map[T]bool{}
	for _, one := range list {
		if err := check(one); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if seen[one] {
			return fmt.Errorf("%s: %w", what, ErrTwice)
		}
		seen[one] = true
	}
	return nil
}

func (l Language) check() error {
	if !l.Spelled() {
		return ErrLanguage
	}
	return nil
}

func (r Region) check() error {
	if !r.Spelled() {
		return ErrRegion
	}
	return nil
}

// Spelled reports whether it is three small letters. Whether such a language is spoken
// anywhere it does not know.
func (l Language) Spelled() bool { return len(l) == 3 && small(string(l)) }

// Spelled reports whether a region is a country, two letters, or a part of one:
// a hyphen and two or three letters or figures more.
func (r Region) Spelled() bool {
	if len(r) < 2 || !small(string(r[:2])) {
		return false
	}
	if len(r) == 2 {
		return true
	}
	if r[2] != '-' || len(r) < 5 || len(r) > 6 {
		return false
	}
	for _, c := range []byte(r[3:]) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9') {
			return false
		}
	}
	return true
}

// covers reports whether one region holds the other: a country its parts.
func (r Region) covers(o Region) bool { return r == o || len(r) == 2 && len(o) > 2 && r == o[:2] }

func small(s string) bool {
	for _, c := range []byte(s) {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}
