package hsds

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/oncall"
)

// Out is what is written beside the book.
type Out struct {
	Now      time.Time
	Readings []directory.Reading // of what is free; Told decides which are written
	Locate   Locate              // needed where there are hours: what their clock is from UTC now
	// Say names a word of a kind for people, as in "service", "food". Nil: by the word.
	Say func(kind, word string) string
}

// Export writes the services of a book as a page of HSDS services, each with its
// organization. An agency without services is not in it. The same is written as the same
// bytes.
func Export(b directory.Book, o Out) ([]byte, error) {
	if err := b.Check(); err != nil {
		return nil, fmt.Errorf("write HSDS: %w", err)
	}
	told := directory.Told(o.Readings, o.Now)
	contents := []service{}
	for _, e := range b.Entries {
		of := o.organization(e)
		for _, s := range e.Services {
			out := o.service(e, s)
			out.Organization = of
			hours, err := o.schedules(s, e.Zone)
			if err != nil {
				return nil, fmt.Errorf("write HSDS: %s: %w", e.ID, err)
			}
			out.Schedules = hours
			if r, is := told[s.ID]; is {
				out.Capacities = []serviceCapacity{o.capacity(s, r)}
			}
			contents = append(contents, out)
		}
	}
	return json.Marshal(page{len(contents), 1, 1, len(contents), true, true, len(contents) == 0, contents}, jsontext.Multiline(true), json.Deterministic(true))
}

func (o Out) say(w word) string {
	if o.Say != nil {
		return o.Say(w.kind, w.word)
	}
	return strings.ReplaceAll(w.word, "_", " ")
}

func (o Out) organization(e directory.Entry) organization {
	out := organization{ID: e.ID, Name: e.Name.EN, Description: e.Name.EN, Email: e.Email}
	confidential := word{kindConfidential, no}
	if e.Confidential {
		confidential.word = yes
	}
	out.Attributes = []attribute{o.attribute(e.ID, confidential)}
	if e.Name.ES != e.Name.EN {
		out.AlternateName, out.Description = e.Name.ES, e.Name.EN+" / "+e.Name.ES
		out.Attributes = append(out.Attributes, o.attribute(e.ID, word{kindName, spanish}))
	}
	for _, p := range e.Phones {
		id := derived(string(e.ID), "phone", p.Number, fmt.Sprint(p.Extension))
		out.Phones = append(out.Phones, phone{id, p.Number, p.Extension, "voice", languages(id, p.Languages)})
	}
	return out
}

func (o Out) service(e directory.Entry, s directory.Service) service {
	out := service{ID: s.ID, Name: o.say(word{kindService, string(s.Type)}), Status: active, Languages: languages(s.ID, s.Languages)}
	var said []string
	for _, w := range words(s) {
		out.Attributes = append(out.Attributes, o.attribute(s.ID, w))
		if w.kind != kindService && w.kind != kindInterpreters {
			said = append(said, w.kind+": "+o.say(w))
		}
	}
	out.Eligibility = strings.Join(said, "; ")
	out.MinimumAge, out.MaximumAge = ages(s.For.Ages)
	if s.Interpreters {
		out.Interpretation = o.say(word{kindInterpreters, yes})
	}
	for _, r := range s.Regions {
		id := derived(string(s.ID), kindRegion, string(r))
		out.Areas = append(out.Areas, serviceArea{id, strings.ToUpper(string(r)), []attribute{o.attribute(id, word{kindRegion, string(r)})}})
	}
	// Check holds it already. It is asked once more where an address would be written.
	if e.Address != (directory.Address{}) && !e.Confidential && !e.GivesPlace() {
		a := e.Address
		at := derived(string(e.ID), "location")
		out.AtLocations = []serviceAtLocation{{derived(string(s.ID), "location"), location{at, physical, []address{{
			derived(string(at), "address"), a.Street, a.City, a.State, a.Postal, a.Country, physical,
		}}}}}
	}
	return out
}

// schedules writes hours as weekly rules (RFC 5545). Their ends are what the clock on the
// wall shows, and how far that is from UTC now; the zone is beside it, since the other half
// of the year it is another.
func (o Out) schedules(s directory.Service, zone directory.Zone) (list []schedule, err error) {
	if len(s.Hours) == 0 {
		return nil, nil
	}
	if o.Locate == nil {
		return nil, ErrClock
	}
	at, err := o.Locate(string(zone))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrClock, err)
	}
	offset := o.Now.In(at).Format("-07:00")
	for _, h := range s.Hours {
		id := derived(string(s.ID), "schedule", byDay(h), h.From.String(), h.Until.String())
		list = append(list, schedule{id, weekly, byDay(h), h.From.String() + offset, h.Until.String() + offset, []attribute{o.attribute(id, word{kindZone, string(zone)})}})
	}
	return list, nil
}

// byDay are the days of RFC 5545: the first two letters of ours, in capitals.
func byDay(h oncall.Hours) string {
	var days []string
	for _, d := range h.Days.List() {
		days = append(days, strings.ToUpper(string(d[:2])))
	}
	return strings.Join(days, ",")
}

// capacity writes a band: its least number, and the band in words. What there is at the
// most is not written.
func (o Out) capacity(s directory.Service, r directory.Reading) serviceCapacity {
	id := derived(string(s.ID), "capacity")
	in := "place"
	if need.Placing().Has(s.Type) {
		in = "bed"
	}
	w := word{kindAvailability, string(r.Free)}
	return serviceCapacity{id, unit{derived("unit", in), in}, r.Free.Least(), o.say(w), r.At.UTC().Format(time.RFC3339), []attribute{o.attribute(id, w)}}
}

func languages(of directory.ID, codes []need.Language) (list []language) {
	for _, l := range codes {
		list = append(list, language{derived(string(of), "language", string(l)), string(l)})
	}
	return list
}

func (o Out) attribute(of directory.ID, w word) attribute {
	code := w.kind + ":" + w.word
	return attribute{derived(string(of), "attribute", code), w.kind, taxonomyTerm{derived("term", code), code, o.say(w), Taxonomy + ", " + w.kind + ": " + w.word, Taxonomy}}
}

// Words of the standard's own lists.
const (
	active   = "active"
	weekly   = "WEEKLY"
	physical = "physical"
)
