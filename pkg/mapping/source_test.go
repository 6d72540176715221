package mapping

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

const short = "posada_mapping: 1\nname: a\nkey: K\ncolumns:\n  K: {to: survivor.prs_FirstName}\n  N: {to: survivor.prs_SecondName}\n"

func wide(text string, bytesOf func(uint16) []byte) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		b.Write(bytesOf(u))
	}
	return b.String()
}

func little(u uint16) []byte { return []byte{byte(u), byte(u >> 8)} }
func big(u uint16) []byte    { return []byte{byte(u >> 8), byte(u)} }

// TestLettersAreReadAsWrittenOrRefused: none is guessed.
func TestLettersAreReadAsWrittenOrRefused(t *testing.T) {
	const text = "K,N\nInventada,Muñoz\n"
	latin := strings.ReplaceAll(text, "ñ", "\xf1")
	for name, c := range map[string]struct {
		says, text string
		want       error
	}{
		"UTF-8":                        {"", text, nil},
		"with its mark":                {"", "\ufeff" + text, nil},
		"UTF-16, little":               {"", wide("\ufeff"+text, little), nil},
		"UTF-16, big":                  {"", wide("\ufeff"+text, big), nil},
		"UTF-16 without a mark":        {"", wide(text, little), ErrUTF16},
		"UTF-16, named":                {"utf-16le", wide(text, little), nil},
		"UTF-16, named otherwise":      {"utf-16be", wide("\ufeff"+text, little), ErrOtherEncoding},
		"Latin-1":                      {"", latin, ErrNotUTF8},
		"Latin-1, named":               {"latin-1", latin, nil},
		"Windows, named":               {"windows-1252", latin, nil},
		"named Latin-1, and is UTF-8":  {"latin-1", text, ErrOtherEncoding},
		"named Latin-1, and is UTF-16": {"latin-1", wide(text, little), ErrOtherEncoding},
	} {
		m, err := Read([]byte(short + map[bool]string{true: "encoding: " + c.says + "\n"}[c.says != ""]))
		if err != nil {
			t.Fatal(err)
		}
		var got Mapped
		rows, err := m.Open(strings.NewReader(c.text))
		if err == nil {
			var row Row
			if row, err = rows.Next(); err == nil {
				got, _ = m.Apply(row)
			}
		}
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", name, err)
		} else if err == nil && (len(got.Values) != 2 || got.Values[1].Value != "Muñoz") {
			t.Errorf("%s: %d values", name, len(got.Values))
		}
	}
	// A letter that a long source has behind where it is looked at is not passed over.
	m, _ := Read([]byte(short))
	rows, err := m.Open(strings.NewReader("K,N\n" + strings.Repeat("a,b\n", looked) + "a,\xf1\n"))
	for err == nil {
		_, err = rows.Next()
	}
	if b, ok := errors.AsType[*BrokenError](err); !ok || !errors.Is(err, ErrNotUTF8) || b.Row < looked {
		t.Error(err)
	}
}

// TestColumnsAreSeparatedAsTheHeadingShows: or as the mapping says.
func TestColumnsAreSeparatedAsTheHeadingShows(t *testing.T) {
	for _, c := range []struct {
		says, heading, row string
		want               error
	}{
		{"", "K,N", "a,b", nil}, {"", "K;N", "a;b", nil}, {"", "K\tN", "a\tb", nil}, {"", "K|N", "a|b", nil},
		{"", "\"K\";\"N\"", "a;b,c", nil},
		{"", "K;N,x", "a;b", ErrSeparator},
		{"separator: tab\n", "K\tN", "a\tb", nil}, {"separator: \";\"\n", "K;N", "a;b", nil},
	} {
		m, err := Read([]byte(short + c.says))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := m.Open(strings.NewReader(c.heading + "\n" + c.row + "\n"))
		if !errors.Is(err, c.want) {
			t.Errorf("%q: %v", c.heading, err)
		}
		if err != nil {
			continue
		}
		if row, err := rows.Next(); err != nil || len(row.Cells) != 2 || row.Cells[0].Value != "a" {
			t.Errorf("%q: %d cells, %v", c.heading, len(row.Cells), err)
		}
	}
}

// TestASourceThatIsBrokenIsRefusedAtItsRow: and is not quoted.
func TestASourceThatIsBrokenIsRefusedAtItsRow(t *testing.T) {
	const canary = "Xochitl"
	for name, c := range map[string]struct {
		format, text string
		row          int
		want         error
	}{
		"a quotation mark within":   {"csv", "K,N\na,b\na,Xoch\"itl\n", 3, ErrBroken},
		"one that nobody closes":    {"csv", "K,N\na,b\na,\"Xochitl\n" + strings.Repeat("Xochitl,\n", maxRow/4), 3, ErrLong},
		"one that the end closes":   {"csv", "K,N\na,\"Xochitl", 2, ErrBroken},
		"nothing":                   {"csv", "", 0, ErrNoHeading},
		"not JSON":                  {"json", "[{\"K\":\"a\"},{Xochitl", 2, ErrBroken},
		"a list that does not end":  {"json", "[{\"K\":\"a\"}", 2, ErrBroken},
		"something behind the list": {"json", "[{\"K\":\"a\"}] Xochitl", 1, ErrBroken},
		"a list of texts":           {"json", "[\"Xochitl\"]", 1, ErrBroken},
		"a name twice":              {"json", "{\"K\":\"a\",\"K\":\"Xochitl\"}", 1, ErrBroken},
		"one object and on":         {"json", "{\"K\":\"" + strings.Repeat("Xochitl", maxRow/4), 1, ErrLong},
		"very deep":                 {"json", strings.Repeat("{\"K\":", 99) + "1" + strings.Repeat("}", 99), 1, ErrBroken},
	} {
		m, err := Read([]byte(short + "format: " + c.format + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := m.Open(strings.NewReader(c.text))
		for err == nil {
			_, err = rows.Next()
		}
		b, _ := errors.AsType[*BrokenError](err)
		if !errors.Is(err, c.want) || c.row > 0 && (b == nil || b.Row != c.row) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWhatIsNestedIsAColumnOfItsOwn: in a list and one a line alike.
func TestWhatIsNestedIsAColumnOfItsOwn(t *testing.T) {
	const object = `{"a":{"b":"1","c":[{"d":2},{"d":true}],"e":null},"f":["x","y"],"g":[["z"]],"h":""}`
	m, err := Read([]byte(short + "format: json\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{object, "[" + object + "]", object + "\n" + object} {
		rows, err := m.Open(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		row, err := rows.Next()
		want := []Cell{{"a.b", "1"}, {"a.c.d", "2"}, {"a.c[2].d", "true"}, {"f", "x;y"}}
		if err != nil || !slices.Equal(row.Cells, want) || len(row.wrong) != 1 || row.wrong[0].Wrong != WrongNested {
			t.Errorf("%+v, %v", row.Cells, err)
		}
		// A field that the mapping does not name is refused in JSON too, row by row.
		if _, wrong := m.Apply(row); !slices.Contains(wrong, Problem{Row: 1, Column: "a.c[2].d", Wrong: WrongUnmapped}) {
			t.Errorf("%+v", wrong)
		}
	}
	if names, err := Columns(strings.NewReader(object), FormatJSON, ""); err != nil || len(names) != 4 {
		t.Errorf("%q, %v", names, err)
	}
}

// TestNoCellThatIsWrittenIsACommand: and each is read as it was.
func TestNoCellThatIsWrittenIsACommand(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.StringMatching("['=+@\t\r\n＝＋－＠-]{0,3}[0-9.a(]{0,3}")).Draw(r, "value")
		cell := Escape(value)
		if Formula(cell) || Unescape(cell) != value {
			r.Fatalf("%q is written as %q and read as %q", value, cell, Unescape(cell))
		}
	})
	for value, want := range map[string]bool{
		"=1+1": true, "+52 55 0000": true, "-2+3": true, "@a": true, "\t=1": true, "＝1": true,
		"": false, "a=1": false, "-99.13": false, "+5255": false, "'=1": false,
	} {
		if Formula(value) != want {
			t.Errorf("%q: %v", value, !want)
		}
	}
}

// TestACommandIsSaidByItsColumn: it is mapped as the text it is.
func TestACommandIsSaidByItsColumn(t *testing.T) {
	m, err := Read([]byte(short))
	if err != nil {
		t.Fatal(err)
	}
	out, wrong := all(t, m, "K,N\n1,=cmd()\n2,'=cmd()\n3,plain\n")
	if len(wrong) > 0 || len(out) != 3 {
		t.Fatal(len(out), wrong)
	}
	for i, want := range []int{1, 1, 0} {
		if len(out[i].Formulas) != want || i < 2 && out[i].Values[1].Value != "=cmd()" {
			t.Errorf("row %d: %q", out[i].Row, out[i].Formulas)
		}
	}
}

// endless is a table of so many rows that nobody keeps.
type endless struct {
	row, rows int
	rest      string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		if e.row++; e.row > e.rows {
			return 0, io.EOF
		}
		e.rest = fmt.Sprintf("%d,Invented Name\n", e.row)
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// TestMemoryIsForOneRow: a hundred times the rows take no more of it.
func TestMemoryIsForOneRow(t *testing.T) {
	m, err := Read([]byte(short))
	if err != nil {
		t.Fatal(err)
	}
	held := func(rows int) (most uint64) {
		source, err := m.Open(io.MultiReader(strings.NewReader("K,N\n"), &endless{rows: rows}))
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; ; n++ {
			row, err := source.Next()
			if errors.Is(err, io.EOF) {
				return most
			}
			if err != nil {
				t.Fatal(err)
			}
			m.Apply(row)
			if n%(rows/10) == 0 {
				runtime.GC()
				var s runtime.MemStats
				runtime.ReadMemStats(&s)
				most = max(most, s.HeapAlloc)
			}
		}
	}
	few, many := held(200), held(20_000)
	if many > few+1<<20 {
		t.Errorf("%d bytes are held of 200 rows, %d of 20,000", few, many)
	}
}

func BenchmarkARow(b *testing.B) {
	m, err := Read([]byte(sheet))
	if err != nil {
		b.Fatal(err)
	}
	row := Row{Number: 2}
	for _, c := range [][2]string{{"Case No", "17"}, {"Name", "Invented"}, {"Sex", "F"}, {"Born", "03/02/1994"}, {"Forms", "labour"}, {"Wants", "bed,lawyer"}, {"Notes", "Invented."}} {
		row.Cells = append(row.Cells, Cell{c[0], c[1]})
	}
	for b.Loop() {
		if _, wrong := m.Apply(row); len(wrong) > 0 {
			b.Fatal(wrong)
		}
	}
}
