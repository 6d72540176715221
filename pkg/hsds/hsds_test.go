package hsds_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/hsds"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
)

const network = posada.NetworkID("nnnnnnnnnnnnnnnnnnnnnnnnna")

func now() time.Time { return time.Date(2026, 3, 5, 15, 20, 0, 0, time.UTC) }

func id(n int) directory.ID { return directory.ID(fmt.Sprintf("00000000-0000-4000-8000-%012x", n)) }

func some[T any](t *rapid.T, name string, of []T) (list []T) {
	which := rapid.IntRange(0, 1<<len(of)-1).Draw(t, name)
	for i, one := range of {
		if which&(1<<i) != 0 {
			list = append(list, one)
		}
	}
	return list
}

// hours draws hours of a week.
func hours(t *rapid.T) (list []oncall.Hours) {
	clock := rapid.IntRange(0, 24*60-1)
	for range rapid.IntRange(0, 2).Draw(t, "hours") {
		days := append(some(t, "day", posada.Members[posada.Weekday]()), posada.Sunday)
		h := oncall.Hours{Days: posada.SetOf(days...), From: oncall.Clock(clock.Draw(t, "from")), Until: oncall.Clock(clock.Draw(t, "until"))}
		if !slices.Contains(list, h) {
			list = append(list, h)
		}
	}
	return list
}

func service(t *rapid.T, n int) directory.Service {
	return directory.Service{
		ID: id(1000 + n), Type: rapid.SampledFrom(posada.Members[posada.ServiceType]()).Draw(t, "type"),
		Languages: some(t, "language", []need.Language{"spa", "eng", "mam"}), Interpreters: rapid.Bool().Draw(t, "interpreters"),
		Regions: some(t, "region", []need.Region{"us", "us-tx", "mx-chh"}), Hours: hours(t),
		For: directory.Eligibility{
			Genders: posada.SetOf(some(t, "gender", posada.Members[posada.Gender]())...), Ages: posada.SetOf(some(t, "age", posada.Members[posada.AgeBand]())...),
			With: posada.SetOf(some(t, "with", posada.Members[posada.HouseholdKind]())...), Exploitation: posada.SetOf(some(t, "exploitation", posada.Members[posada.ExploitationKind]())...),
			Access: posada.SetOf(some(t, "access", posada.Members[posada.AccessNeed]())...), Pets: rapid.Bool().Draw(t, "pets"),
			Longest: rapid.SampledFrom(append(posada.Members[posada.Nights](), "")).Draw(t, "longest"),
		},
	}
}

// entry draws an agency that may be listed. One that may have an address often has.
func entry(t *rapid.T, n int) directory.Entry {
	e := directory.Entry{
		ID: id(n), Member: posada.IDFrom[posada.AgencyID]([16]byte{1, byte(n)}), Confidential: rapid.Bool().Draw(t, "confidential"),
		Name:   directory.Name{EN: fmt.Sprintf("Invented %c", 'a'+n), ES: fmt.Sprintf("Inventada %c", 'a'+n)},
		Phones: some(t, "phone", []directory.Phone{{Number: "+19155550100"}, {Number: "+19155550100", Extension: 7}, {Number: "+525555550100", Languages: []need.Language{"spa"}}}),
		Email:  rapid.SampledFrom([]string{"", "puerta@mesquite.example"}).Draw(t, "email"),
	}
	if rapid.Bool().Draw(t, "one name") {
		e.Name.ES = e.Name.EN
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "services") {
		e.Services = append(e.Services, service(t, 10*n+i))
	}
	for _, s := range e.Services {
		if len(s.Hours) > 0 {
			e.Zone = rapid.SampledFrom([]directory.Zone{"America/Denver", "America/Tijuana", "America/Phoenix"}).Draw(t, "zone")
		}
	}
	e.Confidential = e.Confidential || e.GivesPlace()
	if !e.Confidential && rapid.Bool().Draw(t, "address") {
		e.Address = directory.Address{Street: "1 Invented Street", City: "Ejemplo", State: "TX", Postal: "00000", Country: "US"}
	}
	return e
}

func book(t *rapid.T) directory.Book {
	b := directory.Book{Network: network, Version: 1}
	for n := range rapid.IntRange(0, 3).Draw(t, "entries") {
		b.Entries = append(b.Entries, entry(t, n))
	}
	return b
}

// counted draws readings of every service, exact as a shelter has them before they are
// made coarse.
func counted(t *rapid.T, b directory.Book) (list []directory.Reading) {
	for _, e := range b.Entries {
		for _, s := range e.Services {
			if rapid.Bool().Draw(t, "counted") {
				ago := time.Duration(rapid.IntRange(0, 9*24*60).Draw(t, "ago")) * time.Minute
				list = append(list, directory.Reading{Service: s.ID, Free: posada.AvailabilityOf(rapid.IntRange(0, 40).Draw(t, "free")), At: now().Add(-ago)})
			}
		}
	}
	return list
}

func written(t testing.TB, b directory.Book, readings []directory.Reading) []byte {
	t.Helper()
	text, err := hsds.Export(b, hsds.Out{Now: now(), Readings: readings, Locate: time.LoadLocation})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func read(t testing.TB, text []byte) hsds.Taken {
	t.Helper()
	taken, err := hsds.Import(text, hsds.In{Now: now(), Locate: time.LoadLocation})
	if err != nil {
		t.Fatal(err)
	}
	return taken
}

func checked(t *testing.T, property func(*rapid.T, testing.TB)) {
	t.Helper()
	rapid.Check(t, func(r *rapid.T) { property(r, fatal{t, r}) })
}

// fatal fails the drawn case, not the whole test, so that it is made smaller.
type fatal struct {
	testing.TB
	r *rapid.T
}

func (f fatal) Helper()           {}
func (f fatal) Fatal(args ...any) { f.r.Fatal(args...) }

// TestWhatIsWrittenIsReadAgain: an entry that goes out and comes in is the same, but that
// which member it is stays here; and of what is free, the band at the moment that is told.
func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	checked(t, func(r *rapid.T, t testing.TB) {
		b := book(r)
		readings := counted(r, b)
		taken := read(t, written(t, b, readings))
		var want []directory.Entry
		for _, e := range b.Entries {
			e.Member = ""
			want = append(want, e)
		}
		if !reflect.DeepEqual(taken.Entries, want) || len(taken.Left) > 0 {
			r.Fatalf("%+v\n%+v\n%v", taken.Entries, want, taken.Left)
		}
		told := directory.Told(readings, now())
		if len(told) != len(taken.Readings) {
			r.Fatalf("%v, told are %v", taken.Readings, told)
		}
		for _, got := range taken.Readings {
			if got != told[got.Service] {
				r.Fatalf("%v, told is %v", got, told[got.Service])
			}
		}
		if next := b.With(taken.Entries...); !reflect.DeepEqual(next.Entries, b.Entries) {
			r.Fatal("in the book it is another entry")
		}
	})
}

// TestWhatIsWrittenIsAsTheStandardHas: required fields, enumerations, formats, types, and
// no field that is not in it.
func TestWhatIsWrittenIsAsTheStandardHas(t *testing.T) {
	checked(t, func(r *rapid.T, t testing.TB) {
		b := book(r)
		readings := counted(r, b)
		text := written(t, b, readings)
		if !bytes.Equal(text, written(t, b, readings)) {
			r.Fatal("written twice it is two things")
		}
		var page map[string]any
		if err := json.Unmarshal(text, &page); err != nil {
			r.Fatal(err)
		}
		contents, _ := page["contents"].([]any)
		services := 0
		for _, e := range b.Entries {
			services += len(e.Services)
		}
		if len(contents) != services || page["total_items"] != float64(services) || page["empty"] != (services == 0) {
			r.Fatalf("%d services of %d", len(contents), services)
		}
		named := map[any]any{}
		oneIDOneObject(r, page, named)
		ids := map[any]any{}
		for i, s := range contents {
			if wrong := asTheStandardHas("service", fmt.Sprintf("$.contents[%d]", i), s); wrong != nil {
				r.Fatal(strings.Join(wrong, "\n"))
			}
			if ids[s.(map[string]any)["id"]] != nil {
				r.Fatal("one id for two")
			}
			ids[s.(map[string]any)["id"]] = s
		}
	})
}

// oneIDOneObject finds an id that stands for two things. The same thing may stand there
// several times: an organization, a term.
func oneIDOneObject(t *rapid.T, value any, named map[any]any) {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			oneIDOneObject(t, one, named)
		}
	case map[string]any:
		if before, is := named[v["id"]]; v["id"] != nil && is && !reflect.DeepEqual(before, value) {
			t.Fatalf("%v is two things:\n%v\n%v", v["id"], before, value)
		}
		named[v["id"]] = value
		for _, one := range v {
			oneIDOneObject(t, one, named)
		}
	}
}

// TestOfAConfidentialAgencyNoPlaceIsWritten looks through every byte: nothing that names a
// location, an address or coordinates, no number but those of telephones, ages, hours and
// the least of a band; no member's id; and no time but the one that is told to all.
func TestOfAConfidentialAgencyNoPlaceIsWritten(t *testing.T) {
	counts := map[bool]int{}
	checked(t, func(r *rapid.T, t testing.TB) {
		b := book(r)
		secret := rapid.Bool().Draw(r, "all are confidential")
		for i := range b.Entries {
			if secret {
				b.Entries[i].Confidential, b.Entries[i].Address = true, directory.Address{}
			}
		}
		text := string(written(t, b, counted(r, b)))
		addresses := 0
		for _, e := range b.Entries {
			if e.Member != "" && strings.Contains(text, string(e.Member)) {
				r.Fatal("who is which member is written")
			}
			if e.Address != (directory.Address{}) {
				addresses++
			}
		}
		for _, never := range []string{"latitude", "longitude", `"maximum"`, "last_modified", "contacts", `"class"`} {
			if strings.Contains(text, never) {
				r.Fatalf("%s is written", never)
			}
		}
		for _, place := range []string{"location", "address", "postal", "city", "Invented Street", "Ejemplo", "state_province"} {
			if addresses == 0 && strings.Contains(text, place) {
				r.Fatalf("%s is written", place)
			}
		}
		counts[addresses > 0]++
		for _, n := range regexp.MustCompile(`"available": (\d+)`).FindAllStringSubmatch(text, -1) {
			if n[1] != "0" && n[1] != "1" && n[1] != "4" {
				r.Fatalf("%s are free: that is a number, not a band", n[1])
			}
		}
		for _, at := range regexp.MustCompile(`\d{4}-\d\d-\d\dT[^"]*`).FindAllString(text, -1) {
			if at != "2026-03-05T00:00:00Z" {
				r.Fatalf("%s is written", at)
			}
		}
	})
	if counts[true] == 0 || counts[false] == 0 {
		t.Errorf("addresses came up %v times", counts)
	}
}

// TestABookThatMayNotBeIsNotWritten: with a shelter's address in it, nothing is.
func TestABookThatMayNotBeIsNotWritten(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		e := entry(r, 1)
		e.Confidential = true
		e.Address = directory.Address{Street: "1 Invented Street", City: "Ejemplo", State: "TX", Postal: "00000", Country: "US"}
		text, err := hsds.Export(directory.Book{Network: network, Version: 1, Entries: []directory.Entry{e}}, hsds.Out{Now: now(), Locate: time.LoadLocation})
		if err == nil || text != nil {
			r.Fatalf("%v\n%s", err, text)
		}
	})
}

// mark stands in every text of a foreign file where a place could be; it must come out
// nowhere.
const mark = "Calle Prohibida"

// foreign draws a file of somebody else: services of three organizations, with marked
// addresses and coordinates wherever the standard has room for them.
// One in four is such that all addresses may be read: of what is drawn freely hardly any may.
func foreign(t *rapid.T) []byte {
	open := rapid.IntRange(0, 3).Draw(t, "all may be read") == 3
	drawn := func(label, plain string, others ...string) string {
		if open {
			return plain
		}
		return rapid.SampledFrom(append(others, plain)).Draw(t, label)
	}
	place := map[string]any{
		"id": id(7), "location_type": drawn("location", "physical", "postal", "virtual"),
		"name": mark, "description": mark, "latitude": 31.7619, "longitude": -106.485, "transportation": mark,
		"addresses": []any{map[string]any{
			"id": id(8), "address_1": mark, "address_2": mark, "city": mark, "state_province": mark, "postal_code": mark, "country": "US",
			"address_type": drawn("address", "physical", "postal"),
		}},
	}
	term := func(taxonomy, code string) map[string]any {
		return map[string]any{"id": id(9), "taxonomy_term": map[string]any{"id": id(10), "name": code, "description": code, "code": code, "taxonomy": taxonomy}}
	}
	var services []any
	for n := range rapid.IntRange(1, 5).Draw(t, "services") {
		org := map[string]any{"id": id(100 + n%3), "name": fmt.Sprintf("Foreign %c", 'a'+n%3), "description": mark, "locations": []any{place}, "phones": []any{map[string]any{"id": id(11), "number": "+1 (915) 555-0100"}}}
		if open || rapid.Bool().Draw(t, "says it is not confidential") {
			org["attributes"] = []any{term("posada", "confidential:no")}
		}
		code := drawn("term", "service:legal_wage_claim", "service:shelter_emergency", "service:refuge", "BH-1800")
		taxonomy := "posada"
		if code == "BH-1800" {
			taxonomy = "AIRS"
		}
		s := map[string]any{
			"id": id(200 + n), "name": mark, "description": mark, "status": "active", "organization": org, "alert": mark,
			"service_at_locations": []any{map[string]any{"id": id(12), "description": mark, "location": place}},
			"service_areas":        []any{map[string]any{"id": id(13), "name": mark, "extent": mark}},
			"contacts":             []any{map[string]any{"id": id(14), "name": "Nobody Real"}},
			"attributes":           []any{term(taxonomy, code)},
		}
		services = append(services, s)
	}
	text, err := json.Marshal(services)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestNoPlaceIsReadOfWhoMayGiveOne looks through every byte of what is taken: of an agency
// that does not say in our terms that it is not confidential, that gives a place, or of
// whose services one is not understood, no part of an address or a location is; and of
// nobody a description or a person.
func TestNoPlaceIsReadOfWhoMayGiveOne(t *testing.T) {
	kept := map[bool]int{}
	checked(t, func(r *rapid.T, t testing.TB) {
		text := foreign(r)
		taken := read(t, text)
		for _, e := range taken.Entries {
			said, err := json.Marshal(e)
			if err != nil {
				r.Fatal(err)
			}
			open := true
			public := false
			for _, s := range services(t, text) {
				if s.org == e.ID {
					open = open && s.code == "service:legal_wage_claim"
					public = public || s.public
				}
			}
			has := bytes.Contains(said, []byte(mark))
			if has && !(open && public) {
				r.Fatalf("a place was read of one that may be a shelter: %s", said)
			}
			kept[has]++
			for _, never := range []string{"31.7", "106.4", "Nobody Real"} {
				if bytes.Contains(said, []byte(never)) {
					r.Fatalf("%s was read: %s", never, said)
				}
			}
			e.Address = directory.Address{}
			if said, err := json.Marshal(e); err != nil || bytes.Contains(said, []byte(mark)) {
				r.Fatalf("a place stands elsewhere: %s, %v", said, err)
			}
		}
		for _, l := range taken.Left {
			if strings.Contains(l.Path+l.Why.Error(), mark) || l.Name != mark && strings.Contains(l.Name, mark) {
				r.Fatalf("what was left out is told: %s", l)
			}
		}
	})
	if kept[true] == 0 || kept[false] == 0 {
		t.Errorf("of so many an address was read: %v", kept)
	}
}

type plain struct {
	org    directory.ID
	code   string
	public bool
}

// services reads of a drawn file what the test needs, by itself.
func services(t testing.TB, text []byte) (list []plain) {
	var all []struct {
		Organization struct {
			ID         directory.ID
			Attributes []any
		}
		Attributes []struct {
			Term struct{ Code string } `json:"taxonomy_term"`
		}
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		list = append(list, plain{s.Organization.ID, s.Attributes[0].Term.Code, len(s.Organization.Attributes) > 0})
	}
	return list
}

// TestNothingIsTakenFromAFileTwiceOver: a file in any of its three forms says the same.
func TestNothingIsTakenFromAFileTwiceOver(t *testing.T) {
	checked(t, func(r *rapid.T, t testing.TB) {
		b := directory.Book{Network: network, Version: 1, Entries: []directory.Entry{entry(r, 1)}}
		b.Entries[0].Services = b.Entries[0].Services[:1]
		if len(b.Entries[0].Services[0].Hours) == 0 {
			b.Entries[0].Zone = ""
		}
		if !b.Entries[0].GivesPlace() && b.Entries[0].Address == (directory.Address{}) {
			b.Entries[0].Confidential = false
		}
		page := written(t, b, nil)
		var whole struct{ Contents []json.RawMessage }
		if err := json.Unmarshal(page, &whole); err != nil {
			r.Fatal(err)
		}
		list := slices.Concat([]byte("["), whole.Contents[0], []byte(","), whole.Contents[0], []byte("]"))
		want := read(t, page).Entries
		if got := read(t, whole.Contents[0]); !reflect.DeepEqual(got.Entries, want) || len(got.Left) > 0 {
			r.Fatalf("alone: %v", got)
		}
		got := read(t, list)
		// A service that is left out may be a shelter, so no address is taken either.
		got.Left = slices.DeleteFunc(got.Left, func(l hsds.Left) bool { return l.Why == hsds.ErrHeldBack })
		if len(got.Left) != 1 || got.Left[0].Why != directory.ErrTwice || got.Left[0].Path != "$[1].id" {
			r.Fatalf("twice: %v", got.Left)
		}
		if slices.Contains(slices.Collect(maps.Keys(got.Unread)), "organization.name") {
			r.Fatal("what was read is said to be unread")
		}
	})
}
