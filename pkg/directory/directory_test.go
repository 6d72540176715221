package directory_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
)

const (
	network = posada.NetworkID("nnnnnnnnnnnnnnnnnnnnnnnnna")
	member  = posada.AgencyID("aaaaaaaaaaaaaaaaaaaaaaaaaa")
	another = posada.AgencyID("baaaaaaaaaaaaaaaaaaaaaaaaa")
)

// id is an invented identifier with a number in it.
func id(n int) directory.ID { return directory.ID(fmt.Sprintf("00000000-0000-4000-8000-%012x", n)) }

func weekdays() []oncall.Hours {
	return []oncall.Hours{{Days: posada.SetOf(posada.Monday, posada.Friday), From: 8 * 60, Until: 17 * 60}}
}

// mesquite is an invented shelter.
func mesquite() directory.Entry {
	return directory.Entry{
		ID: id(1), Member: member, Name: directory.Name{EN: "Mesquite Refuge", ES: "Refugio Mesquite"}, Confidential: true,
		Phones: []directory.Phone{{Number: "+19155550100", Extension: 7, Languages: []need.Language{"spa", "eng"}}},
		Email:  "puerta@mesquite.example", Zone: "America/Denver",
		Services: []directory.Service{{
			ID: id(101), Type: posada.ServiceShelterEmergency, Languages: []need.Language{"spa", "mam"}, Interpreters: true,
			Regions: []need.Region{"us-tx", "mx"}, Hours: weekdays(),
			For: directory.Eligibility{Genders: posada.SetOf(posada.GenderMan), Ages: posada.SetOf(posada.Age18to24, posada.Age25to39), Longest: posada.NightsTo30},
		}},
	}
}

// luna is an invented legal aid, which is telephoned.
func luna() directory.Entry {
	return directory.Entry{
		ID: id(2), Name: directory.Name{EN: "Luna Legal Aid", ES: "Ayuda Legal Luna"},
		Address:  directory.Address{Street: "1 Invented Street", City: "Ejemplo", State: "TX", Postal: "00000", Country: "US"},
		Phones:   []directory.Phone{{Number: "+525555550100"}},
		Services: []directory.Service{{ID: id(102), Type: posada.ServiceLegalWageClaim}},
	}
}

func book() directory.Book {
	return directory.Book{Network: network, Version: 3, Entries: []directory.Entry{mesquite(), luna()}}
}

// TestWhatMayBeListedIsListed, and what may not is refused by name.
func TestWhatMayBeListedIsListed(t *testing.T) {
	if err := book().Check(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(shelter, lawyers *directory.Entry)
		want   error
		where  string
	}{
		"no id":                          {func(s, _ *directory.Entry) { s.ID = "1" }, directory.ErrID, "id"},
		"a member nobody could be":       {func(s, _ *directory.Entry) { s.Member = "police" }, posada.ErrBadID, "member"},
		"one name":                       {func(s, _ *directory.Entry) { s.Name.ES = "" }, directory.ErrName, "name"},
		"a name that hides something":    {func(s, _ *directory.Entry) { s.Name.EN = "Mesquite\u202eegufeR" }, directory.ErrText, "name"},
		"a name that ends in a space":    {func(s, _ *directory.Entry) { s.Name.EN = "Mesquite " }, directory.ErrText, "name"},
		"a name of two lines":            {func(s, _ *directory.Entry) { s.Name.EN = "Mesquite\nRefuge" }, directory.ErrText, "name"},
		"a long name":                    {func(s, _ *directory.Entry) { s.Name.EN = strings.Repeat("a", directory.MaxText+1) }, directory.ErrText, "name"},
		"a house's number in a name":     {func(s, _ *directory.Entry) { s.Name.ES = "Refugio, Calle Inventada 123" }, directory.ErrFigures, "name"},
		"a shelter that is not secret":   {func(s, _ *directory.Entry) { s.Confidential = false }, directory.ErrConfidential, "confidential"},
		"a shelter's address":            {func(s, l *directory.Entry) { s.Address = l.Address }, directory.ErrAddress, "address"},
		"an address, and not secret":     {func(s, l *directory.Entry) { s.Confidential, s.Address = false, l.Address }, directory.ErrAddress, "address"},
		"a secret agency's address":      {func(_, l *directory.Entry) { l.Confidential = true }, directory.ErrAddress, "address"},
		"an address without a city":      {func(_, l *directory.Entry) { l.Address.City = "" }, directory.ErrText, "address"},
		"a country by its name":          {func(_, l *directory.Entry) { l.Address.Country = "México" }, directory.ErrCountry, "address"},
		"nobody to call":                 {func(_, l *directory.Entry) { l.Phones = nil }, directory.ErrNoPhone, "phones"},
		"a number without its country":   {func(_, l *directory.Entry) { l.Phones[0].Number = "9155550100" }, directory.ErrPhone, "phones[0]"},
		"a long number":                  {func(_, l *directory.Entry) { l.Phones[0].Number = "+1915555010012345" }, directory.ErrPhone, "phones[0]"},
		"a short number":                 {func(_, l *directory.Entry) { l.Phones[0].Number = "+1555010" }, directory.ErrPhone, "phones[0]"},
		"a country's code of zero":       {func(_, l *directory.Entry) { l.Phones[0].Number = "+09155550100" }, directory.ErrPhone, "phones[0]"},
		"a number with words":            {func(_, l *directory.Entry) { l.Phones[0].Number = "+1915555POSADA" }, directory.ErrPhone, "phones[0]"},
		"a number twice":                 {func(_, l *directory.Entry) { l.Phones = append(l.Phones, l.Phones[0]) }, directory.ErrTwice, "phones"},
		"many numbers":                   {func(_, l *directory.Entry) { l.Phones = make([]directory.Phone, directory.MaxPhones+1) }, directory.ErrTooMany, "phones"},
		"mail to nowhere":                {func(s, _ *directory.Entry) { s.Email = "puerta@mesquite" }, directory.ErrEmail, "email"},
		"mail to two":                    {func(s, _ *directory.Entry) { s.Email = "a@b.example,c@d.example" }, directory.ErrEmail, "email"},
		"a zone of one town":             {func(s, _ *directory.Entry) { s.Zone = "America/Ciudad_Juarez" }, directory.ErrZone, "zone"},
		"a service nobody knows":         {func(s, _ *directory.Entry) { s.Services[0].Type = "prayer" }, posada.ErrUnknownWord, "services[0].type"},
		"a service twice":                {func(s, _ *directory.Entry) { s.Services = append(s.Services, s.Services[0]) }, directory.ErrTwice, "services"},
		"nights nobody knows":            {func(s, _ *directory.Entry) { s.Services[0].For.Longest = "forever" }, posada.ErrUnknownWord, "for.longest"},
		"a language by its name":         {func(s, _ *directory.Entry) { s.Services[0].Languages[0] = "Spanish" }, need.ErrLanguage, "languages"},
		"a telephone's language":         {func(s, _ *directory.Entry) { s.Phones[0].Languages[0] = "es" }, need.ErrLanguage, "phones[0]"},
		"a town for a region":            {func(s, _ *directory.Entry) { s.Services[0].Regions[0] = "el paso" }, need.ErrRegion, "regions"},
		"hours by no clock":              {func(s, _ *directory.Entry) { s.Zone = "" }, directory.ErrNoZone, "hours"},
		"hours on no day":                {func(s, _ *directory.Entry) { s.Services[0].Hours[0].Days = 0 }, directory.ErrNoDays, "hours"},
		"hours after the day":            {func(s, _ *directory.Entry) { s.Services[0].Hours[0].Until = 24 * 60 }, oncall.ErrBadClock, "hours"},
		"one name for two":               {func(s, l *directory.Entry) { l.Name.ES = "mesquite  REFUGE" }, directory.ErrSameName, "entries[1]"},
		"two entries of a member":        {func(s, l *directory.Entry) { l.Member = s.Member }, directory.ErrTwoOf, "entries[1]"},
		"one id for two":                 {func(s, l *directory.Entry) { l.ID = s.ID }, directory.ErrTwice, "entries[1]"},
		"a service of two":               {func(s, l *directory.Entry) { l.Services[0].ID = s.Services[0].ID }, directory.ErrTwice, "entries[1]"},
		"entries in another order":       {func(s, l *directory.Entry) { *s, *l = *l, *s }, directory.ErrOrder, "entries"},
		"a private-use sign in the name": {func(s, _ *directory.Entry) { s.Name.EN = "Mesquite \ue000" }, directory.ErrText, "name"},
	} {
		b := book()
		c.change(&b.Entries[0], &b.Entries[1])
		err := b.Check()
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.where) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := directory.Write(b); !errors.Is(err, c.want) {
			t.Errorf("%s: written: %v", name, err)
		}
		if _, err := b.Sheet(posada.ClassNGO); !errors.Is(err, c.want) {
			t.Errorf("%s: on a sheet: %v", name, err)
		}
	}
}

// TestAllThatIsWrongIsSaidAtOnce, and nothing of what was written.
func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	b := book()
	b.Version, b.Entries[0].Zone, b.Entries[1].Address.Street, b.Entries[1].Confidential = 0, "Mars/Base", "9 Secret Lane", true
	err := b.Check()
	for _, want := range []error{directory.ErrVersion, directory.ErrZone, directory.ErrAddress} {
		if !errors.Is(err, want) {
			t.Errorf("%v is not said: %v", want, err)
		}
	}
	var where []string
	for _, m := range directory.Mistakes(err) {
		where = append(where, m.Where)
	}
	if !slices.Equal(where, []string{"version", "entries[0].zone", "entries[1].address"}) {
		t.Errorf("it is wrong at %v", where)
	}
	if strings.Contains(err.Error(), "Secret") || strings.Contains(err.Error(), "Mars") {
		t.Errorf("what was written is told again: %v", err)
	}
}

// TestAnEntryHasNoFieldForWhatItMustNotHold: no number of places or person, and no
// coordinates, however deep; and one class alone, of one without a node.
func TestAnEntryHasNoFieldForWhatItMustNotHold(t *testing.T) {
	seen, classes := 0, 0
	var walk func(reflect.Type)
	walk = func(of reflect.Type) {
		switch {
		case of == reflect.TypeFor[posada.AgencyClass]():
			classes++
		case of.Kind() == reflect.Float64 || of == reflect.TypeFor[time.Time]() || of == reflect.TypeFor[posada.Availability]():
			t.Errorf("an entry has a %s", of)
		case of.Kind() == reflect.Slice:
			walk(of.Elem())
		case of.Kind() == reflect.Struct && !strings.HasSuffix(of.PkgPath(), "oncall"):
			for i := range of.NumField() {
				seen++
				f := of.Field(i)
				if f.Type.Kind() == reflect.Uint32 && f.Type.PkgPath() == "" && f.Name != "Extension" {
					t.Errorf("an entry has a number: %s", f.Name)
				}
				walk(f.Type)
			}
		}
	}
	walk(reflect.TypeFor[directory.Entry]())
	if classes != 1 {
		t.Errorf("an entry has %d classes", classes)
	}
	if seen < 30 {
		t.Errorf("only %d fields were looked at", seen)
	}
}

func TestABookIsReadAsItWasWritten(t *testing.T) {
	text, err := directory.Write(book())
	if err != nil {
		t.Fatal(err)
	}
	again, err := directory.Read(text)
	if err != nil || !reflect.DeepEqual(again, book()) {
		t.Fatalf("%v\n%s", err, text)
	}
	for what, c := range map[string]struct {
		old, new, where string
		why             error
	}{
		"a field nobody knows":   {`"version"`, `"latitude": 31.7, "version"`, "latitude", directory.ErrField},
		"a field that moves":     {`"version"`, `"la\u202e\u001btitude": 31.7, "version"`, "latitude", directory.ErrField},
		"a field twice":          {`"version"`, `"version": 4, "version"`, "version", directory.ErrJSON},
		"a field of another":     {`"street"`, `"entries": 4, "street"`, "entries[1].address.entries", directory.ErrField},
		"what Check refuses":     {`"confidential": true`, `"confidential": false`, "entries[0].confidential", directory.ErrConfidential},
		"a service nobody knows": {"legal_wage_claim", "legal_wages", "entries[1].services[0].type", posada.ErrUnknownWord},
		"an age nobody has":      {"18-24", "18-25", "entries[0].services[0].for.ages", posada.ErrUnknownWord},
		"an id that is none":     {string(id(102)), "102", "entries[1].services[0].id", directory.ErrID},
		"a time that is none":    {"08:00", "8 am", "entries[0].services[0].hours[0].from", oncall.ErrBadClock},
		"a name for a number":    {`"version": 3`, `"version": "three"`, "version", directory.ErrForm},
		"a number too small":     {`"version": 3`, `"version": -3`, "version", directory.ErrForm},
		"cut short":              {`"Mesquite Refuge"`, `"Mesquite`, "entries[0].name.en", directory.ErrJSON},
	} {
		wrong := strings.Replace(string(text), c.old, c.new, 1)
		if wrong == string(text) {
			t.Fatalf("%s: the text has changed", what)
		}
		_, err := directory.Read([]byte(wrong))
		list := directory.Mistakes(err)
		if len(list) != 1 || list[0].Where != c.where || !errors.Is(list[0].Why, c.why) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, wrong := range map[string]string{"something after it": string(text) + "{}", "nothing": ""} {
		if _, err := directory.Read([]byte(wrong)); !errors.Is(err, directory.ErrJSON) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestOnlyADistrustedClassIsGivenNothing, and what it is given has the length of what
// everybody is, is of the same version, and holds nothing of any entry.
func TestOnlyADistrustedClassIsGivenNothing(t *testing.T) {
	for _, class := range append(posada.Members[posada.AgencyClass](), "unheard_of") {
		sheet, err := book().Sheet(class)
		if err != nil || len(sheet) != directory.SheetSizes()[0] {
			t.Fatalf("%s: %d bytes, %v", class, len(sheet), err)
		}
		got, err := directory.ReadSheet(sheet)
		if err != nil || got.Version != 3 || got.Network != network {
			t.Fatalf("%s: %+v, %v", class, got, err)
		}
		want := 2
		if class.Distrusted() {
			want = 0
			if bytes.Contains(sheet, []byte("Mesquite")) || bytes.Contains(sheet, []byte("+")) {
				t.Errorf("%s is given something", class)
			}
		}
		if len(got.Entries) != want {
			t.Errorf("%s is given %d entries", class, len(got.Entries))
		}
	}
	if len(book().Entries) != 2 {
		t.Error("the book itself was emptied")
	}
}

// TestEverySheetOfABookIsOfOneLength, however large it is.
func TestEverySheetOfABookIsOfOneLength(t *testing.T) {
	used := map[int]bool{}
	for _, n := range []int{1, 200, 1000} {
		b := directory.Book{Network: network, Version: 1}
		for i := range n {
			e := mesquite()
			e.ID, e.Member, e.Services[0].ID = id(i), "", id(n+i)
			e.Name = directory.Name{EN: fmt.Sprintf("Invented %c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676), ES: fmt.Sprintf("Inventada %c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676)}
			b.Entries = append(b.Entries, e)
		}
		shown, err := b.Sheet(posada.ClassNGO)
		hidden, wrong := b.Sheet(posada.ClassBorder)
		if err != nil || wrong != nil || len(shown) != len(hidden) {
			t.Fatalf("%d entries: %d and %d bytes, %v, %v", n, len(shown), len(hidden), err, wrong)
		}
		used[len(shown)] = true
	}
	if len(used) < 3 {
		t.Errorf("only %d sizes came up", len(used))
	}
}

func TestASheetHasOneSpelling(t *testing.T) {
	sheet, err := book().Sheet(posada.ClassNGO)
	if err != nil {
		t.Fatal(err)
	}
	for what, wrong := range map[string][]byte{
		"shorter":            sheet[:len(sheet)-1],
		"of no size":         append(slices.Clone(sheet), 0),
		"something hidden":   append(slices.Clone(sheet[:len(sheet)-1]), 1),
		"longer than it is":  append([]byte{0xff, 0xff, 0xff, 0xff}, sheet[4:]...),
		"its book cut short": append([]byte{0, 0, 0, 9}, sheet[4:]...),
		"nothing":            nil,
	} {
		if _, err := directory.ReadSheet(wrong); err == nil {
			t.Errorf("%s: read", what)
		}
	}
}

// TestAnEntryComesInTheOtherStead: what is listed anew stays the member's whose it was,
// and nothing else of the old entry stays.
func TestAnEntryComesInTheOtherStead(t *testing.T) {
	anew := luna()
	anew.ID = mesquite().ID
	anew.Name = directory.Name{EN: "Anew", ES: "De nuevo"}
	third := mesquite()
	third.ID, third.Member, third.Services[0].ID, third.Name = id(0), another, id(103), directory.Name{EN: "Third", ES: "Tercera"}
	anew.Services[0].ID = id(104)
	b := book()
	next := b.With(anew, third)
	if err := next.Check(); err != nil || next.Version != 4 || len(next.Entries) != 3 {
		t.Fatalf("%+v, %v", next, err)
	}
	want := anew
	want.Member = member
	if !reflect.DeepEqual(next.Entries[1], want) || next.Entries[0].ID != third.ID {
		t.Errorf("%+v", next.Entries)
	}
	if !reflect.DeepEqual(b, book()) {
		t.Error("the book before it was changed")
	}
}

func TestIdentifiersOfEntriesHaveOneSpelling(t *testing.T) {
	made, err := directory.NewID(rand.Reader)
	if again, wrong := directory.ParseID(string(made)); err != nil || wrong != nil || again != made || made[14] != '4' {
		t.Fatalf("%s, %v, %v", made, err, wrong)
	}
	for _, wrong := range []string{"", strings.ToUpper(string(id(171))), string(id(1))[1:], strings.Replace(string(id(1)), "-", "0", 1), string(id(1)) + "0", "{" + string(id(1)) + "}"} {
		if _, err := directory.ParseID(wrong); !errors.Is(err, directory.ErrID) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

// TestWhatIsToldOfFreePlacesIsOldAndTheSameForAll: whatever was counted when, what is told
// changes at two moments a day, of nothing younger than six hours, and says no other time
// than that moment.
func TestWhatIsToldOfFreePlacesIsOldAndTheSameForAll(t *testing.T) {
	start := time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		now := start.Add(time.Duration(rapid.IntRange(0, 14*24*60).Draw(t, "now")) * time.Minute)
		var readings []directory.Reading
		for range rapid.IntRange(0, 6).Draw(t, "readings") {
			readings = append(readings, directory.Reading{
				Service: id(rapid.IntRange(0, 1).Draw(t, "service")), Free: rapid.SampledFrom(posada.Members[posada.Availability]()).Draw(t, "free"),
				At: now.Add(-time.Duration(rapid.IntRange(-60, 10*24*60).Draw(t, "ago")) * time.Minute),
			})
		}
		told := directory.Told(readings, now)
		for of, r := range told {
			if age := now.Sub(r.At); age < 6*time.Hour || age >= 18*time.Hour || r.At.Hour()%12 != 0 || r.At.Truncate(time.Hour) != r.At {
				t.Fatalf("at %s it is told of %s", now, r.At)
			}
			var newest directory.Reading
			for _, known := range readings {
				if known.Service == of && !known.At.After(r.At) && !known.At.Before(newest.At) {
					newest = known
				}
			}
			if newest.Free != r.Free || r.At.Sub(newest.At) > 7*24*time.Hour {
				t.Fatalf("%s is told, %s of %s was so", r.Free, newest.Free, newest.At)
			}
		}
		// What is learned meanwhile changes nothing of it.
		for _, young := range []time.Duration{0, 5*time.Hour + 59*time.Minute} {
			more := append(slices.Clone(readings), directory.Reading{Service: id(0), Free: posada.AvailabilityNone, At: now.Add(-young)})
			if !reflect.DeepEqual(directory.Told(more, now), told) {
				t.Fatalf("something %s old is told", young)
			}
		}
	})
}

// FuzzNoDirectoryIsReadThatMayNotBe: whatever is read is as it may be, and is written
// again.
func FuzzNoDirectoryIsReadThatMayNotBe(f *testing.F) {
	text, err := directory.Write(book())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"network":"nnnnnnnnnnnnnnnnnnnnnnnnna","version":1,"entries":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := directory.Read(text)
		if err != nil {
			return
		}
		again, err := directory.Write(b)
		if err != nil {
			t.Fatal(err)
		}
		if next, err := directory.Read(again); err != nil || next.Version != b.Version || len(next.Entries) != len(b.Entries) {
			t.Fatalf("written again it says something else: %v", err)
		}
		for _, e := range b.Entries {
			if (e.Confidential || e.GivesPlace()) && e.Address != (directory.Address{}) {
				t.Fatal("a shelter's address was read")
			}
		}
	})
}

// TestAClassIsSaidOfWhoHasNoNodeAlone: a member's is the roster's; what is listed anew under
// another number or name has none, until stewards say one.
func TestAClassIsSaidOfWhoHasNoNodeAlone(t *testing.T) {
	phone := directory.Entry{ID: directory.IDFrom([16]byte{9}, 4), Class: posada.ClassShelter, Name: directory.Name{EN: "Invented", ES: "Inventada"}, Phones: []directory.Phone{{Number: "+19155550100"}}}
	if err := phone.Check(); err != nil {
		t.Error(err)
	}
	member, unheard := phone, phone
	member.Member, unheard.Class = posada.IDFrom[posada.AgencyID]([16]byte{3}), "unheard_of"
	if err := member.Check(); !errors.Is(err, directory.ErrClass) {
		t.Errorf("of a member: %v", err)
	}
	if err := unheard.Check(); !errors.Is(err, posada.ErrUnknownWord) {
		t.Errorf("unheard of: %v", err)
	}
	b := directory.Book{Version: 1, Entries: []directory.Entry{phone}}
	same, moved := phone, phone
	same.Class, moved.Class, moved.Phones = "", "", []directory.Phone{{Number: "+19155550199"}}
	if got := b.With(same).Entries[0].Class; got != posada.ClassShelter {
		t.Errorf("called the same it is %q", got)
	}
	if got := b.With(moved).Entries[0].Class; got != "" {
		t.Errorf("called by another number it is %q", got)
	}
}
