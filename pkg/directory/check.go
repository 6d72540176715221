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

// wrong collects what is wrong, each with where.
type wrong []error

func (w *wrong) is(where string, err error) {
	if err != nil {
		*w = append(*w, fmt.Errorf("%s: %w", where, err))
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
	w.is("name", e.checkName())
	if e.GivesPlace() && !e.Confidential {
		w.is("confidential", ErrConfidential)
	}
	if e.Address != (Address{}) {
		w.is("address", e.checkAddress())
	}
	if e.ByPhone() && len(e.Phones) == 0 {
		w.is("phones", ErrNoPhone)
	}
	w.is("phones", distinct(e.Phones, MaxPhones, func(p Phone) string { return fmt.Sprint(p.Number, p.Extension) }))
	for i, p := range e.Phones {
		w.is(fmt.Sprintf("phones[%d]", i), p.check())
	}
	if e.Email != "" && !mailable(e.Email) {
		w.is("email", ErrEmail)
	}
	if e.Zone != "" && !e.Zone.Known() {
		w.is("zone", ErrZone)
	}
	w.is("services", distinct(e.Services, MaxServices, func(s Service) ID { return s.ID }))
	for i, s := range e.Services {
		w.is(fmt.Sprintf("services[%d]", i), s.check(e.Zone))
	}
	return errors.Join(w...)
}

func (e Entry) checkName() error {
	if e.Name.EN == "" || e.Name.ES == "" {
		return ErrName
	}
	for _, name := range []string{e.Name.EN, e.Name.ES} {
		if !line(name) {
			return ErrText
		}
		if e.Confidential && figures(name) >= 3 {
			return ErrFigures
		}
	}
	return nil
}

func (e Entry) checkAddress() error {
	if e.Confidential || e.GivesPlace() {
		return ErrAddress
	}
	a := e.Address
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

func (p Phone) check() error {
	figures, plus := strings.CutPrefix(p.Number, "+")
	if !plus || len(figures) < 8 || len(figures) > 15 || figures[0] == '0' || strings.Trim(figures, "0123456789") != "" {
		return ErrPhone
	}
	return spoken(p.Languages)
}

func (s Service) check(zone Zone) error {
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

// mailable reports whether a text can be an address for mail: ASCII, one at sign, a
// domain of two names. That anybody reads there it does not know.
func mailable(s string) bool {
	local, domain, at := strings.Cut(s, "@")
	if !at || local == "" || len(s) > 254 || strings.Contains(domain, "@") || !strings.Contains(strings.Trim(domain, "."), ".") || strings.Trim(domain, ".") != domain {
		return false
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' || strings.IndexByte(`"(),:;<>[\]`, c) >= 0 {
			return false
		}
	}
	return true
}
