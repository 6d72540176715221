package hsds_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/hsds"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
)

// luna is an invented legal aid as its own city might list it: none of its terms is ours.
const luna = `{
  "id": "00000000-0000-4000-8000-0000000000C9", "name": "Wages", "status": "active", "fees": "none",
  "minimum_age": 18,
  "organization": {
    "id": "00000000-0000-4000-8000-000000000001", "name": "Luna Legal Aid", "description": "Invented",
    "email": "front@luna.example", "phones": [{"id": "00000000-0000-4000-8000-000000000002", "number": "(915) 555-0100", "type": "voice"}]
  },
  "languages": [{"id": "00000000-0000-4000-8000-000000000003", "code": "es"}, {"id": "00000000-0000-4000-8000-000000000004", "code": "mam"}],
  "schedules": [{"id": "00000000-0000-4000-8000-000000000005", "freq": "WEEKLY", "byday": "MO,FR", "opens_at": "09:00-06:00", "closes_at": "17:30-06:00"}],
  "capacities": [{"id": "00000000-0000-4000-8000-000000000006", "available": 3, "updated": "2026-03-05T09:00:00-07:00", "unit": {"id": "00000000-0000-4000-8000-000000000007", "name": "Places"}}],
  "attributes": [{"id": "00000000-0000-4000-8000-000000000008", "taxonomy_term": {"id": "00000000-0000-4000-8000-000000000009", "code": "FT-2700", "name": "Labor law", "description": "Invented", "taxonomy": "City"}}]
}`

// said is what the person who reads it says of it.
func said() hsds.In {
	return hsds.In{
		Now: now(), Zone: "America/Denver", Country: "+1", Locate: time.LoadLocation,
		Terms: map[hsds.Term]posada.ServiceType{{Taxonomy: "City", Code: "FT-2700"}: posada.ServiceLegalWageClaim},
	}
}

// TestAFileOfSomebodyElseIsReadAsAPersonSaysOfIt: terms, clock and country's code are said,
// never guessed, and confidential is who does not say otherwise.
func TestAFileOfSomebodyElseIsReadAsAPersonSaysOfIt(t *testing.T) {
	taken, err := hsds.Import([]byte(luna), said())
	if err != nil || len(taken.Left) > 0 {
		t.Fatal(taken.Left, err)
	}
	want := directory.Entry{
		ID: id(1), Confidential: true, Name: directory.Name{EN: "Luna Legal Aid", ES: "Luna Legal Aid"}, Email: "front@luna.example",
		Phones: []directory.Phone{{Number: "+19155550100"}}, Zone: "America/Denver",
		Services: []directory.Service{{
			ID: id(201), Type: posada.ServiceLegalWageClaim, Languages: []need.Language{"spa", "mam"},
			Hours: []oncall.Hours{{Days: posada.SetOf(posada.Monday, posada.Friday), From: 9 * 60, Until: 17*60 + 30}},
			For:   directory.Eligibility{Ages: posada.SetOf(posada.Age18to24, posada.Age25to39, posada.Age40to59, posada.Age60plus)},
		}},
	}
	if !reflect.DeepEqual(taken.Entries, []directory.Entry{want}) {
		t.Errorf("%+v", taken.Entries)
	}
	if len(taken.Readings) != 1 || taken.Readings[0].Free != posada.AvailabilitySome || taken.Readings[0].Service != id(201) {
		t.Errorf("%+v", taken.Readings)
	}
	if taken.Unread["service.fees"] != 1 || taken.Unread["organization.description"] != 1 || taken.Unread["service.languages"] != 0 {
		t.Errorf("%v", taken.Unread)
	}
}

// TestWhatIsNotTakenIsNamedWithItsPlace: each part that is wrong is left out alone, and
// said, with where it stands and why.
func TestWhatIsNotTakenIsNamedWithItsPlace(t *testing.T) {
	with := func(old, new string) string {
		changed := strings.Replace(luna, old, new, 1)
		if changed == luna {
			t.Fatalf("%s is not there", old)
		}
		return changed
	}
	place := `"service_at_locations": [{"id": "00000000-0000-4000-8000-00000000000a", "location": {"id": "00000000-0000-4000-8000-00000000000b", "location_type": "physical"}}], "languages"`
	many := `"attributes": [{"id": "1", "taxonomy_term": {"code": "service:food", "taxonomy": "posada"}}, `
	org := `"email": "front@luna.example", "attributes": [{"id": "1", "taxonomy_term": {"code": `
	for name, c := range map[string]struct {
		text, path string
		why        error
		keeps      bool // the agency is taken all the same
	}{
		"a term nobody knows":            {with("FT-2700", "FT-2800"), "$.attributes[0].taxonomy_term", hsds.ErrTerm, false},
		"no service then":                {with("FT-2700", "FT-2800"), "$", hsds.ErrNoType, false},
		"a term beside":                  {with(`"attributes": [`, `"attributes": [{"id": "1", "taxonomy_term": {"name": "Prayer", "taxonomy": "City"}}, `), "$.attributes[0].taxonomy_term", hsds.ErrTerm, true},
		"our term, misspelt":             {with(`"attributes": [`, `"attributes": [{"id": "1", "taxonomy_term": {"code": "gender:male", "taxonomy": "posada"}}, `), "$.attributes[0].taxonomy_term", hsds.ErrTerm, true},
		"our spelling, not our taxonomy": {with(`"attributes": [`, `"attributes": [{"id": "1", "taxonomy_term": {"code": "service:food", "taxonomy": "City"}}, `), "$.attributes[0].taxonomy_term", hsds.ErrTerm, true},
		"one town's clock":               {with(`"freq"`, `"attributes": [{"id": "1", "taxonomy_term": {"code": "zone:America/Ciudad_Juarez", "taxonomy": "posada"}}], "freq"`), "$.schedules[0]", hsds.ErrNoClock, true},
		"a term by reference":            {with(`"attributes": [`, `"attributes": [{"id": "1", "taxonomy_term_id": "x"}, `), "$.attributes[0].taxonomy_term", hsds.ErrMissing, true},
		"free, of which service":         {with(`"attributes": [`, many), "$.capacities", hsds.ErrSeveral, true},
		"a service that is no more":      {with(`"active"`, `"defunct"`), "$.status", hsds.ErrNotActive, false},
		"a service without a status":     {with(`"status": "active", `, ``), "$.status", hsds.ErrNotActive, false},
		"an id that is none":             {with("00000000-0000-4000-8000-0000000000C9", "201"), "$.id", directory.ErrID, false},
		"no organization":                {with(`"organization": {`, `"organisation": {`), "$.organization", hsds.ErrMissing, false},
		"an organization's number":       {with("00000000-0000-4000-8000-000000000001", "1"), "$.organization.id", directory.ErrID, false},
		"no name":                        {with(`"name": "Luna Legal Aid"`, `"name": ""`), "$.organization", directory.ErrName, false},
		"an address in its name":         {with("Luna Legal Aid", "Luna, Calle Inventada 1234"), "$.organization", directory.ErrFigures, false},
		"a name that is a number":        {with(`"name": "Luna Legal Aid"`, `"name": 7`), "$.organization.name", hsds.ErrNotText, false},
		"another name":                   {with(`"email"`, `"alternate_name": "Luna", "email"`), "$.organization.alternate_name", hsds.ErrNobodysName, true},
		"mail to nowhere":                {with("front@luna.example", "front"), "$.organization.email", directory.ErrEmail, true},
		"a term of an agency":            {with(`"email": "front@luna.example"`, org+`"faith:none", "taxonomy": "posada"}}]`), "$.organization.attributes[0].taxonomy_term", hsds.ErrTerm, true},
		"a fax":                          {with(`"voice"`, `"fax"`), "$.organization.phones[0]", hsds.ErrNotVoice, true},
		"a number in letters":            {with("555-0100", "555-LUNA"), "$.organization.phones[0]", hsds.ErrPhone, true},
		"an extension as text":           {with(`"type": "voice"`, `"extension": "7"`), "$.organization.phones[0].extension", hsds.ErrNotNumber, true},
		"half an extension":              {with(`"type": "voice"`, `"extension": 7.5`), "$.organization.phones[0]", hsds.ErrPhone, true},
		"a language by name":             {with(`"code": "es"`, `"name": "Spanish"`), "$.languages[0]", hsds.ErrLanguage, true},
		"languages as text":              {with(`"languages": [{"id": "00000000-0000-4000-8000-000000000003", "code": "es"}, {"id": "00000000-0000-4000-8000-000000000004", "code": "mam"}]`, `"languages": "Spanish"`), "$.languages", hsds.ErrNotList, true},
		"a language as text":             {with(`{"id": "00000000-0000-4000-8000-000000000003", "code": "es"}`, `"es"`), "$.languages[0]", hsds.ErrNotObject, true},
		"a language of nobody":           {with(`"code": "es"`, `"code": "zz"`), "$.languages[0]", hsds.ErrLanguage, true},
		"hours once a month":             {with("WEEKLY", "MONTHLY"), "$.schedules[0]", hsds.ErrHours, true},
		"hours each other week":          {with(`"WEEKLY"`, `"WEEKLY", "interval": 2`), "$.schedules[0]", hsds.ErrHours, true},
		"hours that end":                 {with(`"WEEKLY"`, `"WEEKLY", "valid_to": "2027-01-01"`), "$.schedules[0]", hsds.ErrHours, true},
		"hours that begin later":         {with(`"WEEKLY"`, `"WEEKLY", "valid_from": "2026-03-06"`), "$.schedules[0]", hsds.ErrHours, true},
		"the second Monday":              {with(`"MO,FR"`, `"2MO"`), "$.schedules[0]", hsds.ErrHours, true},
		"no closing":                     {with(`, "closes_at": "17:30-06:00"`, ``), "$.schedules[0]", hsds.ErrHours, true},
		"hours of two clocks":            {with("17:30-06:00", "17:30-07:00"), "$.schedules[0]", hsds.ErrHours, true},
		"another clock's hours":          {strings.ReplaceAll(luna, "0-06:00", "0Z"), "$.schedules[0]", hsds.ErrNoClock, true},
		"a year before 18 of 18-24":      {with(`"minimum_age": 18`, `"minimum_age": 21`), "$", hsds.ErrAges, true},
		"an age as text":                 {with(`"minimum_age": 18`, `"minimum_age": "18"`), "$.minimum_age", hsds.ErrNotNumber, true},
		"a capacity in kilograms":        {with(`"Places"`, `"Kilogram"`), "$.capacities[0]", hsds.ErrUnit, true},
		"a capacity of whenever":         {with(`2026-03-05T09:00:00-07:00`, `today`), "$.capacities[0].updated", hsds.ErrWhen, true},
		"a capacity of how many":         {with(`"available": 3, `, ``), "$.capacities[0].available", hsds.ErrMissing, true},
		"a capacity of two bands":        {with(`"available": 3`, `"attributes": [{"id": "1", "taxonomy_term": {"code": "availability:several", "taxonomy": "posada"}}], "available": 3`), "$.capacities[0]", hsds.ErrSeveral, true},
		"a capacity of no band":          {with(`"available": 3`, `"attributes": [{"id": "1", "taxonomy_term": {"code": "availability:many", "taxonomy": "posada"}}], "available": 3`), "$.capacities[0]", hsds.ErrTerm, true},
		"a number from within":           {with("(915) 555-0100", "0915 555 0100"), "$.organization.phones[0]", hsds.ErrPhone, true},
		"an area by its name":            {with(`"languages"`, `"service_areas": [{"id": "1", "name": "El Ejemplo"}], "languages"`), "$.service_areas[0]", hsds.ErrArea, true},
		"an area that is a town":         {with(`"languages"`, `"service_areas": [{"id": "1", "attributes": [{"id": "1", "taxonomy_term": {"code": "region:ejemplo", "taxonomy": "posada"}}]}], "languages"`), "$.service_areas[0]", need.ErrRegion, true},
		"a place":                        {with(`"languages"`, place), "$.service_at_locations[0].location", hsds.ErrHeldBack, true},
	} {
		taken, err := hsds.Import([]byte(c.text), said())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.ContainsFunc(taken.Left, func(l hsds.Left) bool { return l.Path == c.path && errors.Is(l.Why, c.why) }) {
			t.Errorf("%s: %v", name, taken.Left)
		}
		if (len(taken.Entries) == 1) != c.keeps {
			t.Errorf("%s: %d agencies were taken", name, len(taken.Entries))
		}
	}
}

// TestOneClockAndOneNameAnAgency: of what differs between two services of one agency, the
// first is kept and the other said.
func TestOneClockAndOneNameAnAgency(t *testing.T) {
	second := strings.NewReplacer("0000000000C9", "0000000000ca", "Luna Legal Aid", "Luna Aid", "front@", "other@", `"freq"`,
		`"attributes": [{"id": "1", "taxonomy_term": {"code": "zone:America/Chicago", "taxonomy": "posada"}}], "freq"`).Replace(luna)
	taken, err := hsds.Import([]byte("["+luna+","+second+"]"), said())
	if err != nil || len(taken.Entries) != 1 || taken.Entries[0].Zone != "America/Denver" || taken.Entries[0].Name.EN != "Luna Legal Aid" || len(taken.Entries[0].Services) != 2 {
		t.Fatalf("%+v, %v", taken, err)
	}
	for _, path := range []string{"$[1].organization.name", "$[1].organization.email", "$[1].schedules[0]"} {
		if !slices.ContainsFunc(taken.Left, func(l hsds.Left) bool { return l.Path == path && l.Why == hsds.ErrSeveral }) {
			t.Errorf("%s is not among %v", path, taken.Left)
		}
	}
}

// TestWhoGivesAPlaceIsConfidentialWhateverItSays: the agency is taken, its address is not.
func TestWhoGivesAPlaceIsConfidentialWhateverItSays(t *testing.T) {
	for service, secret := range map[string]bool{"shelter_emergency": true, "hotel_voucher": true, "legal_wage_claim": false} {
		text := strings.NewReplacer(
			`"City"`, `"posada"`, "FT-2700", "service:"+service,
			`"email": "front@luna.example"`, `"attributes": [{"id": "1", "taxonomy_term": {"code": "confidential:no", "taxonomy": "posada"}}]`,
			`"languages"`, `"service_at_locations": [{"id": "1", "location": {"id": "1", "location_type": "physical", "addresses": [{"id": "1", "address_1": "1 Invented Street",
				"address_2": "Room 2", "city": "Ejemplo", "state_province": "TX", "postal_code": "00000", "country": "us", "address_type": "physical"}]}}], "languages"`,
		).Replace(luna)
		taken, err := hsds.Import([]byte(text), said())
		if err != nil || len(taken.Entries) != 1 {
			t.Fatal(taken.Left, err)
		}
		e := taken.Entries[0]
		held := slices.ContainsFunc(taken.Left, func(l hsds.Left) bool { return l.Why == hsds.ErrHeldBack })
		if e.Confidential != secret || (e.Address == directory.Address{}) != secret || held != secret {
			t.Errorf("%s: %+v, %v", service, e, taken.Left)
		}
		if want := (directory.Address{Street: "1 Invented Street, Room 2", City: "Ejemplo", State: "TX", Postal: "00000", Country: "US"}); !secret && e.Address != want {
			t.Errorf("%+v", e.Address)
		}
	}
}

// TestATaxonomyMayBeNamedBesideItsTerm, as the standard has it, too.
func TestATaxonomyMayBeNamedBesideItsTerm(t *testing.T) {
	text := strings.Replace(luna, `"taxonomy": "City"`, `"taxonomy_detail": {"id": "1", "name": "City", "description": "Invented"}`, 1)
	if taken, err := hsds.Import([]byte(text), said()); err != nil || len(taken.Entries) != 1 || len(taken.Left) > 0 {
		t.Errorf("%+v, %v", taken, err)
	}
}

// TestAgesInNumbersAreTheBandsThatAreWhollyWithin, and of the others some are said to be.
func TestAgesInNumbersAreTheBandsThatAreWhollyWithin(t *testing.T) {
	for numbers, want := range map[string]struct{ whole, partly []posada.AgeBand }{
		`"minimum_age": 18,`:                        {[]posada.AgeBand{"18-24", "25-39", "40-59", "60+"}, nil},
		`"maximum_age": 17,`:                        {[]posada.AgeBand{"0-11", "12-15", "16-17"}, nil},
		`"minimum_age": 12, "maximum_age": 50,`:     {[]posada.AgeBand{"12-15", "16-17", "18-24", "25-39"}, []posada.AgeBand{"40-59"}},
		`"minimum_age": 17.5, "maximum_age": 17.9,`: {nil, nil},
		`"minimum_age": 14, "maximum_age": 100,`:    {[]posada.AgeBand{"16-17", "18-24", "25-39", "40-59"}, []posada.AgeBand{"12-15", "60+"}},
		`"minimum_age": 70,`:                        {nil, []posada.AgeBand{"60+"}},
		`"minimum_age": 40, "maximum_age": 20,`:     {nil, nil},
	} {
		taken, err := hsds.Import([]byte(strings.Replace(luna, `"minimum_age": 18,`, numbers, 1)), said())
		if err != nil {
			t.Fatal(err)
		}
		var partly []posada.AgeBand
		for _, l := range taken.Left {
			if l.Why == hsds.ErrAges {
				partly = append(partly, posada.AgeBand(l.Name))
			}
		}
		if got := taken.Entries[0].Services[0].For.Ages; got != posada.SetOf(want.whole...) || !slices.Equal(partly, want.partly) {
			t.Errorf("%s: %v, some of %v", numbers, got.List(), partly)
		}
	}
}

// TestAgesAreWrittenAsNumbersWhereTheyHaveNoGap.
func TestAgesAreWrittenAsNumbersWhereTheyHaveNoGap(t *testing.T) {
	taken, err := hsds.Import([]byte(luna), said())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		ages     []posada.AgeBand
		from, to string
	}{
		{nil, "", ""}, {posada.Members[posada.AgeBand](), "", ""}, {[]posada.AgeBand{"0-11", "18-24"}, "", ""},
		{[]posada.AgeBand{"0-11", "12-15"}, "", "15"}, {[]posada.AgeBand{"18-24", "25-39"}, "18", "39"}, {[]posada.AgeBand{"60+"}, "60", ""},
	} {
		e := taken.Entries[0]
		e.Services = slices.Clone(e.Services)
		e.Services[0].For.Ages = posada.SetOf(c.ages...)
		text := string(written(t, directory.Book{Network: network, Version: 1}.With(e), nil))
		for field, want := range map[string]string{`"minimum_age": `: c.from, `"maximum_age": `: c.to} {
			_, after, has := strings.Cut(text, field)
			got, _, _ := strings.Cut(after, ",")
			if has != (want != "") || got != want {
				t.Errorf("%v: %s%s, want %s", c.ages, field, got, want)
			}
		}
	}
}

// TestOurOwnTermsOfAgeAreWhatIsMeant, where numbers stand beside them.
func TestOurOwnTermsOfAgeAreWhatIsMeant(t *testing.T) {
	text := strings.Replace(luna, `"attributes": [`, `"attributes": [{"id": "1", "taxonomy_term": {"code": "age:60+", "taxonomy": "posada"}}, `, 1)
	taken, err := hsds.Import([]byte(text), said())
	if err != nil || len(taken.Left) > 0 || taken.Entries[0].Services[0].For.Ages != posada.SetOf(posada.Age60plus) {
		t.Errorf("%+v, %v", taken, err)
	}
}

// TestOneAddressIsTakenOrNone: of several that differ none is chosen, and only one is taken
// at which people are received.
func TestOneAddressIsTakenOrNone(t *testing.T) {
	place := func(kind, street, of string) string {
		return `{"id": "1", "location": {"id": "1", "location_type": "` + kind + `", "addresses": [{"id": "1", "address_1": "` + street + `", "city": "Ejemplo", "state_province": "TX", "postal_code": "00000", "country": "US", "address_type": "` + of + `"}]}}`
	}
	first := place("physical", "1 Invented Street", "physical")
	for what, c := range map[string]struct {
		places []string
		why    error
		taken  bool
	}{
		"one":            {[]string{first}, nil, true},
		"the same twice": {[]string{first, first}, nil, true},
		"two":            {[]string{first, place("physical", "2 Invented Street", "physical")}, hsds.ErrSeveral, false},
		"a box for mail": {[]string{place("physical", "Box 1", "postal")}, hsds.ErrNotPhysical, false},
		"nowhere":        {[]string{place("virtual", "1 Invented Street", "physical")}, hsds.ErrNotPhysical, false},
		"no street":      {[]string{place("physical", "", "physical")}, directory.ErrText, false},
	} {
		text := strings.NewReplacer(
			`"email": "front@luna.example"`, `"attributes": [{"id": "1", "taxonomy_term": {"code": "confidential:no", "taxonomy": "posada"}}]`,
			`"languages"`, `"service_at_locations": [`+strings.Join(c.places, ",")+`], "languages"`).Replace(luna)
		taken, err := hsds.Import([]byte(text), said())
		if err != nil || len(taken.Entries) != 1 || (taken.Entries[0].Address != directory.Address{}) != c.taken {
			t.Errorf("%s: %+v, %v", what, taken, err)
			continue
		}
		if (c.why == nil) != (len(taken.Left) == 0) || c.why != nil && !errors.Is(taken.Left[0].Why, c.why) {
			t.Errorf("%s: %v", what, taken.Left)
		}
	}
}

// TestAServiceOfTwoKindsIsTwo, which keep their ids when the file is read again.
func TestAServiceOfTwoKindsIsTwo(t *testing.T) {
	text := strings.Replace(luna, `"attributes": [`, `"attributes": [{"id": "1", "taxonomy_term": {"code": "service:food", "taxonomy": "posada"}}, `, 1)
	first, err := hsds.Import([]byte(text), said())
	again, wrong := hsds.Import([]byte(text), said())
	if err != nil || wrong != nil || len(first.Entries) != 1 || len(first.Entries[0].Services) != 2 || !reflect.DeepEqual(first, again) {
		t.Fatalf("%+v, %v, %v", first.Entries, err, wrong)
	}
	if s := first.Entries[0].Services; s[0].ID != id(201) || s[0].Type == s[1].Type || s[1].ID == s[0].ID {
		t.Errorf("%+v", s)
	}
}

// TestWhatIsNoListOfServicesIsRefused as a whole.
func TestWhatIsNoListOfServicesIsRefused(t *testing.T) {
	for text, want := range map[string]error{
		"": hsds.ErrJSON, "{": hsds.ErrJSON, "[1": hsds.ErrJSON, `{"id": "a", "id": "b"}`: hsds.ErrJSON, `"\xff"`: hsds.ErrJSON, "[]{}": hsds.ErrJSON,
		"7": hsds.ErrShape, "{}": hsds.ErrShape, `{"contents": 7}`: hsds.ErrShape, "null": hsds.ErrShape, `"id"`: hsds.ErrShape,
		strings.Repeat(" ", hsds.MaxBytes+1): hsds.ErrLarge,
	} {
		if taken, err := hsds.Import([]byte(text), said()); !errors.Is(err, want) || taken.Entries != nil {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if taken, err := hsds.Import([]byte(`[7, null]`), said()); err != nil || len(taken.Left) != 2 || taken.Left[1].Path != "$[1]" {
		t.Errorf("%v, %v", taken, err)
	}
}

// TestHoursAreTakenByAClockThatShowsThem: with an offset the zone has at some time of the
// year, or none; and where nothing finds zones, none are.
func TestHoursAreTakenByAClockThatShowsThem(t *testing.T) {
	for _, c := range []struct {
		opens, closes string
		taken         bool
	}{
		{"09:00-06:00", "17:30-06:00", true}, {"09:00-07:00", "17:30-07:00", true}, {"09:00", "17:30", true}, {"09:00:00", "17:30:00", true}, {"22:00", "24:00", true},
		{"09:00-05:00", "17:30-05:00", false}, {"09:00Z", "17:30Z", false}, {"9:00", "17:30", false}, {"09:00:30", "17:30:00", false}, {"09:00 am", "17:30", false},
	} {
		text := strings.NewReplacer("09:00-06:00", c.opens, "17:30-06:00", c.closes).Replace(luna)
		taken, err := hsds.Import([]byte(text), said())
		if err != nil || (len(taken.Entries[0].Services[0].Hours) == 1) != c.taken || (len(taken.Left) == 0) != c.taken {
			t.Errorf("%s to %s: %v, %v", c.opens, c.closes, taken.Left, err)
		}
	}
	in := said()
	in.Locate = nil
	if taken, err := hsds.Import([]byte(luna), in); err != nil || len(taken.Entries[0].Services[0].Hours) != 0 {
		t.Errorf("%v, %v", taken, err)
	}
	b := directory.Book{Network: network, Version: 1}
	taken, err := hsds.Import([]byte(luna), said())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hsds.Export(b.With(taken.Entries...), hsds.Out{Now: now()}); !errors.Is(err, hsds.ErrClock) {
		t.Errorf("hours were written by no clock: %v", err)
	}
	text, err := hsds.Export(b.With(taken.Entries...), hsds.Out{Now: now().AddDate(0, 6, 0), Locate: time.LoadLocation})
	if err != nil || !strings.Contains(string(text), `"opens_at": "09:00-06:00"`) {
		t.Errorf("in September Denver is six hours from UTC: %v", err)
	}
}

// TestWhatAMessageTellsOfAFileIsShort, and shows all it holds.
func TestWhatAMessageTellsOfAFileIsShort(t *testing.T) {
	text := strings.Replace(luna, "FT-2700", "\u202e"+strings.Repeat("é", 4000)+`\u0000\n`, 1)
	taken, err := hsds.Import([]byte(text), said())
	if err != nil || len(taken.Left) == 0 {
		t.Fatal(taken.Left, err)
	}
	for _, l := range taken.Left {
		if len(l.Name) > 80 || strings.ContainsAny(l.Name, "\u202e\x00\n") || l.Why == nil || l.Path == "" {
			t.Errorf("%q", l.Name)
		}
	}
}

// FuzzNoFileMakesAnEntryThatMayNotBe: whatever a file holds, reading it ends, what is taken
// may be listed, and written and read again is the same.
func FuzzNoFileMakesAnEntryThatMayNotBe(f *testing.F) {
	f.Add([]byte(luna))
	f.Add([]byte(`{"contents": [` + luna + `], "total_items": 1}`))
	f.Add([]byte(strings.NewReplacer(`"City"`, `"posada"`, "FT-2700", "service:shelter_emergency").Replace(luna)))
	f.Add([]byte(strings.NewReplacer(`"City"`, `"posada"`, "FT-2700", "age:18-24").Replace(luna)))
	f.Add([]byte(`[[], 7, {"id": null, "organization": {"id": []}}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		taken, err := hsds.Import(text, said())
		if err != nil {
			return
		}
		b := directory.Book{Network: network, Version: 1}
		for i, e := range taken.Entries {
			e.Member = posada.IDFrom[posada.AgencyID]([16]byte{byte(i >> 8), byte(i)})
			if err := e.Check(); err != nil {
				t.Fatal(err)
			}
			if !e.Confidential && e.GivesPlace() || e.Confidential && e.Address != (directory.Address{}) {
				t.Fatal("a place was read of one that gives people a place to be")
			}
			b = b.With(e)
		}
		for _, l := range taken.Left {
			if l.Why == nil || !strings.HasPrefix(l.Path, "$") || len(l.Name) > 80 {
				t.Fatalf("%+v", l)
			}
		}
		if b.Check() != nil {
			return // two of one name, or of one id
		}
		out, err := hsds.Export(b, hsds.Out{Now: now(), Readings: taken.Readings, Locate: time.LoadLocation})
		if err != nil {
			t.Fatal(err)
		}
		again, err := hsds.Import(out, hsds.In{Now: now(), Locate: time.LoadLocation})
		if err != nil || len(again.Left) > 0 {
			t.Fatal(again.Left, err)
		}
		a, _ := json.Marshal(taken.Entries)
		z, _ := json.Marshal(again.Entries)
		if string(a) != string(z) {
			t.Fatalf("%s\n%s", a, z)
		}
	})
}
