package directory

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Mistake is one thing that is wrong, and where: entries[1].services[0].hours.
type Mistake struct {
	Where string
	Why   error // one of this package, of pkg/need, pkg/oncall or pkg/posada
}

func (m *Mistake) Error() string { return m.Where + ": " + m.Why.Error() }
func (m *Mistake) Unwrap() error { return m.Why }

// Mistakes are all that a Check or Read found, one by one.
func Mistakes(err error) (list []Mistake) {
	switch e := err.(type) {
	case *Mistake:
		return []Mistake{*e}
	case interface{ Unwrap() []error }:
		for _, each := range e.Unwrap() {
			list = append(list, Mistakes(each)...)
		}
	case interface{ Unwrap() error }:
		return Mistakes(e.Unwrap())
	}
	return list
}

// wrong collects what is wrong, each with where.
type wrong []error

func (w *wrong) is(where string, err error) {
	inner := Mistakes(err)
	for _, m := range inner {
		*w = append(*w, &Mistake{where + "." + m.Where, m.Why})
	}
	if err != nil && len(inner) == 0 {
		*w = append(*w, &Mistake{where, err})
	}
}

// Check holds an entry against what may be listed. All that is wrong is joined, each
// with where it stands, as in services[1].hours.
func (e Entry) Check() error {
	var w wrong
	w.is("id", well(e.ID))
	if e.Member != "" {
		_, err := posada.ParseID[posada.AgencyID](string(e.Member))
		w.is("member", err)
	}
	switch {
	case e.Class != "" && !e.ByPhone():
		w.is("class", ErrClass)
	case e.Class != "" && !posada.Known(e.Class):
		w.is("class", posada.ErrUnknownWord)
	}
	w.is("name", e.Name.Check(e.Confidential))
	if e.GivesPlace() && !e.Confidential {
		w.is("confidential", ErrConfidential)
	}
	if e.Address != (Address{}) {
		w.is("address", e.Address.Check())
		if e.Confidential || e.GivesPlace() {
			w.is("address", ErrAddress)
		}
	}
	if e.ByPhone() && len(e.Phones) == 0 {
		w.is("phones", ErrNoPhone)
	}
	w.is("phones", distinct(e.Phones, MaxPhones, func(p Phone) string { return fmt.Sprint(p.Number, p.Extension) }))
	for i, p := range e.Phones {
		w.is(fmt.Sprintf("phones[%d]", i), p.Check())
	}
	if e.Email != "" {
		w.is("email", CheckEmail(e.Email))
	}
	if e.Zone != "" && !e.Zone.Known() {
		w.is("zone", ErrZone)
	}
	w.is("services", distinct(e.Services, MaxServices, func(s Service) ID { return s.ID }))
	for i, s := range e.Services {
		w.is(fmt.Sprintf("services[%d]", i), s.Check(e.Zone))
	}
	return errors.Join(w...)
}

// Check holds a name against what it may be; a confidential agency's has no three figures
// in a row.
func (n Name) Check(confidential bool) error {
	if n.EN == "" || n.ES == "" {
		return ErrName
	}
	for _, name := range []string{n.EN, n.ES} {
		if !line(name) {
			return ErrText
		}
		if confidential && figures(name) >= 3 {
			return ErrFigures
		}
	}
	return nil
}

// Check holds an address against what one is made of. Whose may be listed, Entry.Check
// knows.
func (a Address) Check() error {
	for _, part := range []string{a.Street, a.City, a.State, a.Postal} {
		if !line(part) {
			return ErrText
		}
	}
	if len(a.Country) != 2 || strings.Trim(a.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return ErrCountry
	}
	return nil
}

// Check holds a number against its spelling. Whether anybody answers it does not know.
func (p Phone) Check() error {
	figures, plus := strings.CutPrefix(p.Number, "+")
	if !plus || len(figures) < 8 || len(figures) > 15 || figures[0] == '0' || strings.Trim(figures, "0123456789") != "" {
		return ErrPhone
	}
	return spoken(p.Languages)
}

// Check holds a service, whose hours are told by the clock of a zone, against what may be
// listed. All that is wrong is joined.
func (s Service) Check(zone Zone) error {
	var w wrong
	w.is("id", well(s.ID))
	if !posada.Known(s.Type) {
		w.is("type", posada.ErrUnknownWord)
	}
	if s.For.Longest != "" && !posada.Known(s.For.Longest) {
		w.is("for.longest", posada.ErrUnknownWord)
	}
	w.is("languages", spoken(s.Languages))
	w.is("regions", distinct(s.Regions, MaxRegions, func(r need.Region) need.Region { return r }))
	for _, r := range s.Regions {
		if !r.Spelled() {
			w.is("regions", need.ErrRegion)
		}
	}
	w.is("hours", distinct(s.Hours, MaxHours, func(h oncall.Hours) oncall.Hours { return h }))
	if len(s.Hours) > 0 && zone == "" {
		w.is("hours", ErrNoZone)
	}
	for _, h := range s.Hours {
		switch {
		case h.Days.Empty():
			w.is("hours", ErrNoDays)
		case !clock(h.From) || !clock(h.Until):
			w.is("hours", oncall.ErrBadClock)
		}
	}
	return errors.Join(w...)
}

func well(id ID) error {
	_, err := ParseID(string(id))
	return err
}

func clock(c oncall.Clock) bool { return c >= 0 && c < 24*60 }

func spoken(list []need.Language) error {
	for _, l := range list {
		if !l.Spelled() {
			return need.ErrLanguage
		}
	}
	return distinct(list, MaxLanguages, func(l need.Language) need.Language { return l })
}

// distinct holds a list against its length and against listing one twice.
func distinct[T any, K comparable](list []T, most int, key func(T) K) error {
	if len(list) > most {
		return fmt.Errorf("%w (at most %d)", ErrTooMany, most)
	}
	seen := map[K]bool{}
	for _, one := range list {
		if seen[key(one)] {
			return ErrTwice
		}
		seen[key(one)] = true
	}
	return nil
}

// line reports whether a text is one line that shows all it holds.
func line(s string) bool {
	return s != "" && len(s) <= MaxText && utf8.ValidString(s) && strings.TrimSpace(s) == s && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Cf, unicode.Co)
	})
}

// figures is the longest run of figures in a text.
func figures(s string) (longest int) {
	run := 0
	for _, r := range s {
		if run++; !unicode.IsNumber(r) {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

// CheckEmail holds a text against what an address for mail is: ASCII, one at sign, a domain
// of two names. That anybody reads there it does not know.
func CheckEmail(s string) error {
	local, domain, at := strings.Cut(s, "@")
	if !at || local == "" || len(s) > 254 || strings.Contains(domain, "@") || !strings.Contains(strings.Trim(domain, "."), ".") || strings.Trim(domain, ".") != domain {
		return ErrEmail
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' || strings.IndexByte(`"(),:;<>[\]`, c) >= 0 {
			return ErrEmail
		}
	}
	return nil
}
