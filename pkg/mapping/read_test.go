package mapping

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestAMappingThatIsNotWholeIsRefusedWhereItIsWrong: each flaw there is, at its line and its
// column.
func TestAMappingThatIsNotWholeIsRefusedWhereItIsWrong(t *testing.T) {
	const head = "posada_mapping: 1\nname: a\nkey: [K]\ncolumns:\n  K: {to: survivor.prs_FirstName}\n"
	met := map[Flaw]bool{}
	for name, c := range map[string]struct {
		text         string
		flaw         Flaw
		line, column int
	}{
		"not YAML":                   {"}", FlawSyntax, 1, 1},
		"nothing":                    {"", FlawShape, 1, 1},
		"a list":                     {"- 1", FlawShape, 1, 1},
		"a list for a text":          {"name: [a]\n", FlawShape, 1, 7},
		"another version":            {"posada_mapping: 2\n", FlawVersion, 1, 17},
		"a word nobody knows":        {head + "shoes: 1\n", FlawUnknown, 6, 1},
		"in a column":                {head + "  B: {too: survivor.prs_SecondName}\n", FlawUnknown, 6, 7},
		"a format nobody knows":      {head + "format: xlsx\n", FlawUnknown, 6, 9},
		"an encoding nobody has":     {head + "encoding: ebcdic\n", FlawUnknown, 6, 11},
		"twice":                      {head + "name: b\n", FlawTwice, 6, 1},
		"a column twice":             {head + "  K: {to: survivor.prs_SecondName}\n", FlawTwice, 6, 3},
		"no name":                    {"posada_mapping: 1\nkey: [K]\ncolumns:\n  K: {to: survivor.prs_FirstName}\n", FlawMissing, 1, 1},
		"a column that goes nowhere": {head + "  B: {optional: true}\n", FlawMissing, 6, 6},
		"left out for no reason":     {head + "  B: {left_out: \" \"}\n", FlawMissing, 6, 17},
		"many, not left out":         {head + "  B*: {to: survivor.prs_SecondName}\n", FlawMissing, 6, 7},
		"a name with spaces":         {"name: a b\n", FlawName, 1, 7},
		"no such field":              {head + "  B: {to: survivor.prs_Nickname}\n", FlawTarget, 6, 11},
		"no such role":               {head + "  B: {to: friend.prs_FirstName}\n", FlawTarget, 6, 11},
		"two to one":                 {head + "  B: {to: survivor.prs_FirstName}\n", FlawTaken, 6, 3},
		"left out and mapped":        {head + "  B: {to: survivor.prs_SecondName, left_out: no}\n", FlawTaken, 6, 6},
		"not a value of the field":   {head + "  B: {to: survivor.prs_Gender, values: {m: Man}}\n", FlawValue, 6, 44},
		"no year":                    {head + "  B: {to: survivor.prs_Birthdate, dates: DD/MM}\n", FlawDates, 6, 42},
		"a year of two figures":      {head + "  B: {to: survivor.prs_Birthdate, dates: DD/MM/YY}\n", FlawDates, 6, 42},
		"one value, split":           {head + "  B: {to: survivor.prs_SecondName, split: \",\"}\n", FlawSplit, 6, 6},
		"not every word":             {head + "  prs_Gender: {to: survivor.prs_Gender, values: {Feminine: Masculine}}\n", FlawPartial, 6, 49},
		"two words become one":       {head + "  B: {to: survivor.prs_Gender, values: {m: Masculine, h: Masculine}}\n", FlawUndeclare, 6, 3},
		"a value taken for none":     {head + "  B: {to: survivor.prs_SecondName, blank: [none]}\n", FlawUndeclare, 6, 3},
		"a key nobody has":           {"posada_mapping: 1\nname: a\nkey: [Q]\ncolumns:\n  K: {to: survivor.prs_FirstName}\n", FlawKey, 3, 6},
		"much":                       {head + strings.Repeat("#", maxFile), FlawLarge, 1, 1},
		"an alias":                   {"name: &a b\nkey: *a\n", FlawShape, 2, 6},
	} {
		_, err := Read([]byte(c.text))
		e, ok := errors.AsType[*FileError](err)
		if !ok || e.Flaw != c.flaw || e.Line != c.line || e.Column != c.column {
			t.Errorf("%s: %v; want %s at %d, %d", name, err, c.flaw, c.line, c.column)
		}
		met[c.flaw] = true
	}
	for _, f := range Flaws() {
		if !met[f] {
			t.Errorf("nothing is refused as %s", f)
		}
	}
}

// TestAMappingIsWrittenAsJSONToo: at the same places.
func TestAMappingIsWrittenAsJSONToo(t *testing.T) {
	text := "{\"posada_mapping\": 1, \"name\": \"a\", \"key\": [\"K\"],\n \"columns\": {\"K\": {\"to\": \"survivor.prs_FirstName\"}}}"
	if m, err := Read([]byte(text)); err != nil || m.Name() != "a" {
		t.Error(err)
	}
	_, err := Read([]byte(strings.Replace(text, "prs_FirstName", "prs_Nickname", 1)))
	if e, ok := errors.AsType[*FileError](err); !ok || e.Flaw != FlawTarget || e.Line != 2 || e.Column != 26 {
		t.Error(err)
	}
}

// TestEveryLossIsListed: with the reason that the mapping gives.
func TestEveryLossIsListed(t *testing.T) {
	m, err := Read([]byte(sheet + "  _*: {left_out: of the form and not of her}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range m.Losses() {
		if l.Why == "" {
			t.Errorf("%s is lost for no reason", l.Column)
		}
		got = append(got, string(l.Kind)+" "+l.Column)
	}
	if want := []string{"column Case No", "merged Sex", "blank Notes", "column _*"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestADraftIsRefusedUntilEachColumnGoesSomewhere: at the first that does not.
func TestADraftIsRefusedUntilEachColumnGoesSomewhere(t *testing.T) {
	text, err := Draft("invented", FormatCSV, []string{"Case: No", "prs_FirstName", "Notes"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Read(text)
	if e, ok := errors.AsType[*FileError](err); !ok || e.Flaw != FlawTarget {
		t.Fatalf("%v in\n%s", err, text)
	}
	done := strings.NewReplacer(`key: [""]`, `key: ["Case: No"]`, `to: ""`, `left_out: invented`).Replace(string(text))
	if m, err := Read([]byte(done)); err != nil || !slices.Equal(m.Columns(), []string{"Case: No", "Notes"}) {
		t.Errorf("%v in\n%s", err, done)
	}
	if text, err := Draft("invented", FormatJSON, []string{"prs_FirstName"}); err != nil || strings.Contains(string(text), "columns") {
		t.Errorf("%v in\n%s", err, text)
	}
}
