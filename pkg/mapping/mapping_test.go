package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// sheet is an invented agency's mapping.
const sheet = `
posada_mapping: 1
name: invented-sheet
key: Case No
lossy: Two words of the sheet for men are one word here.
columns:
  Case No: {left_out: it is the row's key and nothing else}
  Name: {to: survivor.prs_FirstName}
  Sex:
    to: survivor.prs_Gender
    values: {M: Masculine, H: Masculine, F: Feminine}
  Born: {to: survivor.prs_Birthdate, dates: DD/MM/YYYY}
  Forms: {to: survivor.vic_TypeOfExploitation, split: ",", values: {labour: ForcedLabour, servitude: Servitude}}
  Wants: {to: services, split: ",", values: {bed: shelter_emergency, lawyer: legal_immigration}}
  Sister: {to: "household_member[2].prs_FirstName", optional: true}
  Notes: {to: case.cco_CaseComment, blank: [none, "-"]}
`

func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// all reads a source to its end.
func all(t testing.TB, m Mapping, text string) (out []Mapped, problems []Problem) {
	t.Helper()
	source := must(t, m.Open, nil)
	rows, err := source(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out, problems
		}
		if err != nil {
			t.Fatal(err)
		}
		mapped, wrong := m.Apply(row)
		problems = append(problems, wrong...)
		if len(wrong) == 0 {
			out = append(out, mapped)
		}
	}
}

func TestARowBecomesWhatTheMappingSays(t *testing.T) {
	m, err := Read([]byte(sheet))
	if err != nil {
		t.Fatal(err)
	}
	out, wrong := all(t, m, "Case No,Name,Sex,Born,Forms,Wants,Sister,Notes\n"+
		"17,Invented Ana,F,03/02/1994,\"labour, servitude\",\"bed,lawyer\",Invented Eva,none\n")
	if len(wrong) != 0 || len(out) != 1 {
		t.Fatalf("%d rows, %+v", len(out), wrong)
	}
	want := referral.Content{
		Services: posada.SetOf(posada.ServiceType("shelter_emergency"), posada.ServiceType("legal_immigration")),
		Records: []referral.Record{
			{Role: htcds.Survivor, Fields: map[string]string{
				"prs_FirstName": "Invented Ana", "prs_Gender": "Feminine", "prs_Birthdate": "1994-02-03", "vic_TypeOfExploitation": "ForcedLabour;Servitude",
			}},
			{Role: "household_member", Fields: map[string]string{"prs_FirstName": "Invented Eva"}},
		},
	}
	if got := out[0]; !reflect.DeepEqual(got.Content, want) || got.Key != "17" || got.Row != 2 {
		t.Errorf("%#v, %q, row %d", map[string]any{"records": len(got.Content.Records)}, got.Key, got.Row)
	}
	for _, hidden := range []any{out[0], out[0].Values[0], Row{}} {
		if text := fmt.Sprintf("%v %+v %#v", hidden, hidden, hidden); strings.Contains(text, "Ana") || !strings.Contains(text, "redacted") {
			t.Error(text)
		}
	}
}

// TestAWrongRowIsSaidByRowAndColumnAndNeverByValue: and nothing is made of it.
func TestAWrongRowIsSaidByRowAndColumnAndNeverByValue(t *testing.T) {
	m, err := Read([]byte(sheet))
	if err != nil {
		t.Fatal(err)
	}
	const heading, canary = "Case No,Name,Sex,Born,Forms,Wants,Sister,Notes\n", "Xochitl"
	for name, c := range map[string]struct {
		row    string
		column string
		want   Wrong
	}{
		"a word the table has not": {"1,x,Xochitl,,,,,", "Sex", WrongWord},
		"one of several":           {"1,x,F,,\"labour,Xochitl\",,,", "Forms", WrongWord},
		"nothing between two":      {"1,x,F,,\"labour,,servitude\",,,", "Forms", WrongWord},
		"another kind of date":     {"1,x,F,1994-02-03,,,,", "Born", WrongDate},
		"a day there is not":       {"1,x,F,30/02/1994,,,,", "Born", WrongDate},
		"what hides text":          {"1,Xochitl\u202e,F,,,,,", "Name", WrongValue},
		"lost letters":             {"1,Xochitl\ufffd,F,,,,,", "Name", WrongUnreadable},
		"a cell too few":           {"1,Xochitl,F,,,,", "", WrongCells},
		"a cell too many":          {"1,Xochitl,F,,,,,,", "", WrongCells},
		"no key":                   {" ,Xochitl,F,,,,,", "Case No", WrongKey},
		"a long key":               {strings.Repeat("9", MaxKey+1) + ",Xochitl,F,,,,,", "Case No", WrongKey},
		"nothing but a key":        {"1,,,,,,,none", "", WrongEmpty},
	} {
		out, wrong := all(t, m, heading+"9,first,F,,,,,\n"+c.row+"\n10,last,F,,,,,\n")
		if len(out) != 2 || len(wrong) != 1 || wrong[0].Row != 3 || wrong[0].Column != c.column || wrong[0].Wrong != c.want {
			t.Errorf("%s: %d rows, %+v", name, len(out), wrong)
		}
		if text := fmt.Sprintf("%+v", wrong); strings.Contains(text, canary) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// TestATableThatIsNotTheOneIsRefusedByName: before any row.
func TestATableThatIsNotTheOneIsRefusedByName(t *testing.T) {
	m, err := Read([]byte(sheet))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		heading string
		want    []Problem
	}{
		"unmapped": {"Case No,Name,Sex,Born,Forms,Wants,Notes,Shoe size", []Problem{{Row: 1, Column: "Shoe size", Wrong: WrongUnmapped}}},
		"missing":  {"Case No,Name,Sex,Born,Forms,Wants", []Problem{{Row: 1, Column: "Notes", Wrong: WrongMissing}}},
		"twice":    {"Case No,Name,Sex,Born,Forms,Wants,Notes,Name", []Problem{{Row: 1, Column: "Name", Wrong: WrongTwice}}},
		"all":      {"Name,name", []Problem{{Row: 1, Column: "name", Wrong: WrongUnmapped}}},
	} {
		_, err := m.Open(strings.NewReader(c.heading + "\n"))
		h, ok := errors.AsType[*HeadingError](err)
		if !ok || len(h.Problems) < len(c.want) || !slices.Contains(h.Problems, c.want[0]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What the mapping calls optional may be away.
	if _, err := m.Open(strings.NewReader("Case No,Name,Sex,Born,Forms,Wants,Notes\n")); err != nil {
		t.Error(err)
	}
}

// lossless is a mapping that loses nothing: column Cn goes to a field of its own.
func lossless(t *rapid.T) (Mapping, []string) {
	var b strings.Builder
	b.WriteString("posada_mapping: 1\nname: drawn\nkey: [K]\ncolumns:\n  K: {to: case.cas_ReasonForCaseClosure}\n")
	fields := []string{"prs_FirstName", "prs_SecondName", "prs_Email", "psd_SafeContact", "prs_MailingCity"}
	names := []string{"K"}
	for i, field := range fields[:rapid.IntRange(1, len(fields)).Draw(t, "columns")] {
		name := fmt.Sprintf("C%d", i)
		names = append(names, name)
		fmt.Fprintf(&b, "  %s: {to: survivor.%s}\n", name, field)
	}
	b.WriteString("  S: {to: survivor.prs_Gender, values: {f: Feminine, m: Masculine}}\n  D: {to: survivor.prs_Birthdate, dates: MM/DD/YYYY}\n")
	m, err := Read([]byte(b.String()))
	if err != nil || len(m.Losses()) != 0 {
		t.Fatalf("%v, %d losses", err, len(m.Losses()))
	}
	return m, append(names, "S", "D")
}

func drawnRow(t *rapid.T, names []string, label string) map[string]string {
	row := map[string]string{}
	for _, name := range names {
		text := rapid.StringMatching(`[a-z=+@'ñ0-9]([a-z =+@'ñ;]{0,6}[a-z])?`)
		switch name {
		case "S":
			text = rapid.SampledFrom([]string{"", "f", "m"})
		case "D":
			text = rapid.SampledFrom([]string{"", "02/01/1994", "01/02/1994", "12/31/2001"})
		}
		row[name] = text.Draw(t, label+" "+name)
	}
	return row
}

// asTable writes rows as a table that a spreadsheet shows as they are.
func asTable(names []string, rows ...map[string]string) string {
	var b strings.Builder
	b.WriteString(strings.Join(names, ",") + "\n")
	for _, row := range rows {
		for i, name := range names {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + strings.ReplaceAll(Escape(row[name]), `"`, `""`) + `"`)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestAMappingThatDeclaresNoLossLosesNothing: two rows that differ anywhere become two
// things that differ.
func TestAMappingThatDeclaresNoLossLosesNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m, names := lossless(r)
		one := drawnRow(r, names, "one")
		other := maps.Clone(one)
		for name, value := range drawnRow(r, names, "other") {
			if rapid.Bool().Draw(r, "differs in "+name) {
				other[name] = value
			}
		}
		out, wrong := all(t, m, asTable(names, one, other))
		if len(wrong) != 0 || len(out) != 2 {
			r.Fatalf("%d rows, %+v", len(out), wrong)
		}
		if same := reflect.DeepEqual(out[0].Content, out[1].Content); same != maps.Equal(one, other) {
			r.Fatalf("rows the same: %v, what they became: %v", maps.Equal(one, other), same)
		}
	})
}

// TestEveryColumnOfEveryRowIsMappedOrSaid: what comes in by a column is in what is made, or
// the mapping leaves it out, or the row is refused.
func TestEveryColumnOfEveryRowIsMappedOrSaid(t *testing.T) {
	m, err := Read([]byte(sheet))
	if err != nil {
		t.Fatal(err)
	}
	columns := append(m.Columns(), "Shoe size")
	rapid.Check(t, func(r *rapid.T) {
		var row Row
		for _, name := range columns {
			if rapid.Bool().Draw(r, name) {
				row.Cells = append(row.Cells, Cell{name, rapid.StringMatching(`[ MFx-]{0,3}`).Draw(r, "value of "+name)})
			}
		}
		out, wrong := m.Apply(row)
		for _, cell := range row.Cells {
			c, known := m.find(cell.Column)
			text := strings.TrimSpace(cell.Value)
			nothing := known && (text == "" || slices.Contains(c.blank, text) || c.leftOut != "")
			made := slices.ContainsFunc(out.Values, func(v Value) bool { return v.Column == cell.Column })
			if !made && !nothing && len(wrong) == 0 {
				r.Fatalf("%s is nowhere", cell.Column)
			}
		}
		if len(wrong) > 0 && len(out.Values) > 0 {
			r.Fatal("something was made of a row that is wrong")
		}
	})
}

// TestWhatIsWrittenIsReadAgain: wide, everything that may leave comes back as it was, from
// both forms; and what never leaves is in neither.
func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	for _, format := range Formats() {
		m, err := Read([]byte("posada_mapping: 1\nname: back\nformat: " + string(format) + "\nstandard: htcds-2.0\nkey: [id]\ncolumns:\n  id: {left_out: what the case was called there}\n"))
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(r *rapid.T) {
			cases := drawnCases(r)
			var b bytes.Buffer
			write := WriteCSV
			if format == FormatJSON {
				write = WriteJSON
			}
			stays, err := write(&b, cases, true)
			if err != nil {
				r.Fatal(err)
			}
			out, wrong := all(t, m, b.String())
			want, _ := leaves(cases, true)
			if len(wrong) > 0 || len(out) != len(cases) {
				r.Fatalf("%d of %d, %+v", len(out), len(cases), wrong)
			}
			for i := range out {
				if !reflect.DeepEqual(out[i].Content, want[i].Content) || out[i].Key != cases[i].ID {
					r.Fatalf("%d came back otherwise", i)
				}
			}
			if strings.Contains(b.String(), "never") || !slices.ContainsFunc(stays, func(s Stays) bool { return s.Why == StayNever && s.Cases == len(cases) }) {
				r.Fatal("what never leaves was written, or is not said to stay")
			}
		})
	}
}

// drawnCases have, each, a field of every category that never leaves.
func drawnCases(r *rapid.T) (list []Written) {
	for i := range rapid.IntRange(1, 4).Draw(r, "cases") {
		c := referral.Content{Priority: "normal", Services: posada.SetOf(posada.ServiceType("food"))}
		fields := map[string]string{"vic_DetailsOfVulnerabilities": "never", "psd_Photo": "never", "psd_LegalStrategy": "never"}
		fields["prs_FirstName"] = rapid.StringMatching(`[=+'@a-z-]([ a-z"',;=\n]{0,5}[a-z'])?`).Draw(r, "name")
		fields["psd_Medical"] = "invented"
		c.Records = append(c.Records, referral.Record{Role: htcds.Survivor, Fields: fields})
		for range rapid.IntRange(0, 3).Draw(r, "members") {
			c.Records = append(c.Records, referral.Record{Role: "household_member", Fields: map[string]string{"prs_FirstName": "Invented", "prs_MailingLatitude": "-26.1"}})
		}
		list = append(list, Written{fmt.Sprintf("wren-%d", 10+i), c})
	}
	return list
}

// TestTheStandardsFormDeclaresWhatItLoses: as the standard has it, posada's own fields stay,
// and it is said.
func TestTheStandardsFormDeclaresWhatItLoses(t *testing.T) {
	c := []Written{{"wren-19", referral.Content{Services: posada.SetOf(posada.ServiceType("food")), Records: []referral.Record{
		{Role: htcds.Survivor, Fields: map[string]string{"prs_FirstName": "Invented", "psd_Medical": "invented", "psd_Photo": "invented"}},
	}}}}
	var b bytes.Buffer
	stays, err := WriteCSV(&b, c, false)
	want := []Stays{{"services", StayNotStandard, 1}, {"survivor.psd_Medical", StayNotStandard, 1}, {"survivor.psd_Photo", StayNever, 1}}
	if err != nil || !slices.Equal(stays, want) || b.String() != "id,prs_FirstName\r\nwren-19,Invented\r\n" {
		t.Errorf("%+v, %v, %q", stays, err, b.String())
	}
}
