package hsds

import (
	"slices"
	"strings"
	"time"

	iso "golang.org/x/text/language"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

// service takes in one service of a file. Its organization is taken in whatever becomes of
// the service.
func (f *found) service(n node) {
	a := f.agency(n)
	if a == nil {
		return
	}
	id, err := directory.ParseID(strings.ToLower(n.text("id")))
	for _, at := range n.list("service_at_locations", "service_at_location") {
		if l, is := at.inner("location", "location"); is {
			a.locations = append(a.locations, l)
		}
	}
	f.phones(a, n)
	s := directory.Service{ID: id}
	types := f.types(n, &s)
	status := n.text("status")
	before := len(a.entry.Services)
	defer func() { a.secret = a.secret || len(a.entry.Services) == before }()
	switch {
	case err != nil:
		n.leave("id", err, "")
	case f.services[id]:
		n.leave("id", directory.ErrTwice, "")
	case status != active:
		n.leave("status", ErrNotActive, status)
	case len(types) == 0:
		f.leave(n.path, ErrNoType, n.text("name"))
	default:
		f.services[id] = true
		f.details(n, a, &s)
		f.add(n, a, s, types)
	}
}

// add adds a service, once for each of its types: the first has its id, each other one
// that is made from it.
func (f *found) add(n node, a *agency, s directory.Service, types []posada.ServiceType) {
	capacities := n.list("capacities", "service_capacity")
	if len(types) > 1 && len(capacities) > 0 {
		n.leave("capacities", ErrSeveral, "")
		capacities = nil
	}
	for i, t := range types {
		one := s
		one.Type = t
		if i > 0 {
			one.ID = derived(string(s.ID), string(t))
		}
		if err := one.Check(a.entry.Zone); err != nil {
			f.leave(n.path, err, string(t))
			continue
		}
		a.entry.Services = append(a.entry.Services, one)
		f.capacities(a, one, capacities)
	}
}

// types are the services that a service is, and what else our own terms say of it.
func (f *found) types(n node, s *directory.Service) (types []posada.ServiceType) {
	own, others := n.terms()
	for _, path := range sorted(own) {
		w := own[path]
		if w.kind != kindService {
			if err := set(s, w); err != nil {
				f.leave(path, ErrTerm, w.kind+":"+w.word)
			}
			continue
		}
		t, err := posada.Parse[posada.ServiceType](w.word)
		if err != nil {
			f.leave(path, ErrTerm, w.kind+":"+w.word)
			continue
		}
		types = append(types, t)
	}
	for _, path := range sorted(others) {
		t, known := f.in.Terms[others[path]]
		if !known {
			f.leave(path, ErrTerm, others[path].Taxonomy+" "+others[path].Code)
			continue
		}
		types = append(types, t)
	}
	return posada.SetOf(types...).List()
}

// details takes in what a service says in the standard's own fields.
func (f *found) details(n node, a *agency, s *directory.Service) {
	f.ages(n, s)
	s.Languages = f.languages(n)
	for _, area := range n.list("service_areas", "service_area") {
		codes := area.only(kindRegion)[kindRegion]
		if len(codes) == 0 {
			f.leave(area.path, ErrArea, area.text("name"))
		}
		for _, code := range codes {
			switch r := need.Region(code); {
			case !r.Spelled():
				f.leave(area.path, need.ErrRegion, code)
			case !slices.Contains(s.Regions, r):
				s.Regions = append(s.Regions, r)
			}
		}
		area.text("name")
	}
	f.hours(n, a, s)
	// Said in our own terms, these say nothing more.
	if s.Interpreters {
		n.text("interpretation_services")
	}
	if s.For != (directory.Eligibility{}) {
		n.text("eligibility_description")
	}
	n.text("name")
}

// ages takes in an age that is written as a number, where our own terms say none.
func (f *found) ages(n node, s *directory.Service) {
	youngest, from := n.number("minimum_age")
	oldest, to := n.number("maximum_age")
	if !s.For.Ages.Empty() || !from && !to {
		return
	}
	if !to {
		oldest = -1
	}
	whole, partly := banded(youngest, oldest)
	s.For.Ages = whole
	for _, a := range partly {
		f.leave(n.path, ErrAges, string(a))
	}
}

// languages are those of a service or of a telephone.
func (f *found) languages(n node) (list []need.Language) {
	for _, l := range n.list("languages", "language") {
		code := strings.ToLower(l.text("code"))
		name := l.text("name")
		if len(code) == 2 {
			if base, err := iso.ParseBase(code); err == nil {
				code = base.ISO3()
			}
		}
		switch one := need.Language(code); {
		case !one.Spelled():
			f.leave(l.path, ErrLanguage, code+" "+name)
		case !slices.Contains(list, one):
			list = append(list, one)
		}
	}
	return list
}

// phones takes in the numbers that a service or an organization says it answers.
func (f *found) phones(a *agency, n node) {
	for _, p := range n.list("phones", "phone") {
		number, ok := f.number(p.text("number"))
		one := directory.Phone{Number: number, Languages: f.languages(p)}
		if extension, is := p.number("extension"); is {
			one.Extension = uint32(max(0, min(extension, 1<<31)))
			ok = ok && float64(one.Extension) == extension
		}
		switch kind := p.text("type"); {
		case kind != "" && kind != "voice" && kind != "cell":
			f.leave(p.path, ErrNotVoice, kind)
		case !ok || one.Check() != nil:
			f.leave(p.path, ErrPhone, "")
		default:
			if !slices.ContainsFunc(a.entry.Phones, func(o directory.Phone) bool { return o.Number == one.Number && o.Extension == one.Extension }) {
				a.entry.Phones = append(a.entry.Phones, one)
			}
		}
	}
}

// number is a telephone number without what people write between its figures, with its
// country's code where a person said which that is.
func (f *found) number(text string) (string, bool) {
	text = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "\u00a0", "").Replace(text)
	if !strings.HasPrefix(text, "+") {
		if strings.HasPrefix(text, "0") {
			return "", false // how it is called from within its country, which is another number
		}
		text = f.in.Country + text
	}
	return text, true
}

// capacities takes in how much is free, as a band.
func (f *found) capacities(a *agency, s directory.Service, list []node) {
	for _, c := range list {
		var called string
		if unit, is := c.inner("unit", "unit"); is {
			called = strings.ToLower(unit.text("name"))
			unit.text("id")
		}
		at, err := time.Parse(time.RFC3339, c.text("updated"))
		free, counted := c.number("available")
		said := c.only(kindAvailability)[kindAvailability]
		of := posada.AvailabilityOf(int(max(-1, min(free, 1000))))
		switch {
		case !slices.Contains([]string{"bed", "beds", "place", "places"}, called):
			f.leave(c.path, ErrUnit, called)
			continue
		case err != nil:
			c.leave("updated", ErrWhen, "")
			continue
		case len(said) == 1:
			if of, err = posada.Parse[posada.Availability](said[0]); err != nil {
				f.leave(c.path, ErrTerm, said[0])
				continue
			}
			if counted && posada.AvailabilityOf(int(max(-1, min(free, 1000)))) != of {
				f.leave(c.path, ErrSeveral, said[0])
				continue
			}
		case len(said) > 1:
			f.leave(c.path, ErrSeveral, "")
			continue
		case !counted:
			c.leave("available", ErrMissing, "")
			continue
		}
		if len(said) == 1 {
			c.text("description")
		}
		a.readings = append(a.readings, directory.Reading{Service: s.ID, Free: of, At: at})
	}
}
