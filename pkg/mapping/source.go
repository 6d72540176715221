package mapping

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/htcds"
)

// Wrong is what is wrong with a row, or with a column of one, one word each.
type Wrong string

// What is wrong.
const (
	WrongUnmapped   Wrong = "unmapped"   // the mapping says nothing of the column
	WrongMissing    Wrong = "missing"    // the mapping names the column, and it is not there
	WrongTwice      Wrong = "twice"      // the column is there twice, or goes where another goes
	WrongWord       Wrong = "word"       // the mapping's table does not have the value
	WrongValue      Wrong = "value"      // the field does not take the value
	WrongDate       Wrong = "date"       // not a date as the mapping says dates are written
	WrongUnreadable Wrong = "unreadable" // letters were lost before
	WrongCells      Wrong = "cells"      // more or fewer cells than the heading
	WrongNested     Wrong = "nested"     // a list within a list
	WrongKey        Wrong = "key"        // nothing to know the row by
	WrongEmpty      Wrong = "empty"      // nothing is left of it
)

// Wrongs lists them.
func Wrongs() []Wrong {
	return []Wrong{
		WrongUnmapped, WrongMissing, WrongTwice, WrongWord, WrongValue, WrongDate, WrongUnreadable, WrongCells, WrongNested,
		WrongKey, WrongEmpty,
	}
}

// Problem is what is wrong with a row: never its values.
type Problem struct {
	Row    int               `json:"row"` // as spreadsheets count: the heading of a table is 1. Of JSON, the item from 1
	Column string            `json:"column,omitempty"`
	Wrong  Wrong             `json:"wrong"`
	Want   *htcds.ValueError `json:"-"` // WrongValue: what the field takes
}

// Errors of a source. None quotes it.
var (
	ErrBroken    = errors.New("the source is not written as its format says")
	ErrLong      = errors.New("a row of the source is longer than is read")
	ErrSeparator = errors.New("what separates the columns cannot be told from the heading")
	ErrNoHeading = errors.New("the source has no heading")
)

// BrokenError is an error of a source at one of its rows. It is one of the errors above,
// or of its encoding.
type BrokenError struct {
	Row int
	Is  error
}

func (e *BrokenError) Error() string { return fmt.Sprintf("row %d: %v", e.Row, e.Is) }

func (e *BrokenError) Unwrap() error { return e.Is }

// HeadingError says that a table is not the one the mapping is for.
type HeadingError struct{ Problems []Problem }

func (e *HeadingError) Error() string {
	return fmt.Sprintf("%d columns are not as the mapping says", len(e.Problems))
}

// Row is a row of a source.
type Row struct {
	Number int // as Problem counts
	Cells  []Cell
	wrong  []Problem // found when it was read
}

// Cell is one value of a row, by its column.
type Cell struct{ Column, Value string }

// String hides a row from every log line and error.
func (Row) String() string { return "(redacted)" }

// GoString hides a row from %#v.
func (Row) GoString() string { return "(redacted)" }

// Source gives rows, one at a time; io.EOF after the last. Any other error ends it.
type Source interface{ Next() (Row, error) }

// Open reads a source as the mapping says it is written. A table whose columns are not
// those of the mapping is a *HeadingError before any row is read.
func (m Mapping) Open(r io.Reader) (Source, error) {
	if m.format == FormatJSON {
		return m.items(r)
	}
	return m.table(r)
}

// Columns are the columns of a source as they stand there: the heading of a table, or what
// the first items of JSON have.
func Columns(r io.Reader, format Format, says Encoding) ([]string, error) {
	m := Mapping{format: format, encoding: says}
	if format == FormatCSV {
		_, names, err := m.heading(r)
		return names, err
	}
	source, err := m.items(r)
	if err != nil {
		return nil, err
	}
	var names []string
	for range 100 {
		row, err := source.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, cell := range row.Cells {
			if !slices.Contains(names, cell.Column) {
				names = append(names, cell.Column)
			}
		}
	}
	return names, nil
}

// maxRow is the longest row that is read, in bytes.
const maxRow = 128 << 10

// allowance ends a row that goes on and on, as one does whose quotation mark nobody closes:
// it would be read into memory to the end of the source.
type allowance struct {
	r    io.Reader
	left int
}

func (a *allowance) Read(p []byte) (int, error) {
	if a.left <= 0 {
		return 0, ErrLong
	}
	n, err := a.r.Read(p[:min(len(p), a.left)])
	a.left -= n
	return n, err
}

// table is a source of rows with cells between separators.
type table struct {
	csv    *csv.Reader
	allows *allowance
	names  []string
	row    int
}

// heading begins to read a table.
func (m Mapping) heading(r io.Reader) (*table, []string, error) {
	text, err := decoded(r, m.encoding)
	if err != nil {
		return nil, nil, err
	}
	t := &table{allows: &allowance{text, maxRow}, row: 1}
	first, separator, err := firstLine(t.allows, m.separator)
	if err != nil {
		return nil, nil, err
	}
	t.csv = csv.NewReader(io.MultiReader(strings.NewReader(first), t.allows))
	t.csv.Comma, t.csv.ReuseRecord = separator, true
	names, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil, ErrNoHeading
	}
	if err != nil {
		return nil, nil, t.broken(err)
	}
	for _, name := range names {
		t.names = append(t.names, strings.TrimSpace(Unescape(name)))
	}
	return t, t.names, nil
}

func (m Mapping) table(r io.Reader) (*table, error) {
	t, names, err := m.heading(r)
	if err != nil {
		return nil, err
	}
	var problems []Problem
	add := func(w Wrong, name string) { problems = append(problems, Problem{Row: 1, Column: name, Wrong: w}) }
	for i, name := range names {
		_, known := m.find(name)
		switch {
		case slices.Contains(names[:i], name):
			add(WrongTwice, name)
		case !known:
			add(WrongUnmapped, name)
		}
	}
	for _, name := range m.collide(slices.Compact(slices.Sorted(slices.Values(names)))) {
		add(WrongTwice, name)
	}
	for _, name := range m.order {
		if !m.columns[name].optional && !slices.Contains(names, name) {
			add(WrongMissing, name)
		}
	}
	for _, name := range m.key {
		if !slices.Contains(names, name) && !slices.Contains(m.order, name) {
			add(WrongMissing, name)
		}
	}
	if len(problems) > 0 {
		return nil, &HeadingError{problems}
	}
	return t, nil
}

// Next is the next row.
func (t *table) Next() (Row, error) {
	t.allows.left = maxRow
	cells, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return Row{}, io.EOF
	}
	t.row++
	row := Row{Number: t.row}
	if errors.Is(err, csv.ErrFieldCount) {
		row.wrong = []Problem{{Row: t.row, Wrong: WrongCells}}
		return row, nil
	}
	if err != nil {
		return Row{}, t.broken(err)
	}
	for i, value := range cells {
		row.Cells = append(row.Cells, Cell{t.names[i], Unescape(value)})
	}
	return row, nil
}

func (t *table) broken(err error) error {
	for _, known := range []error{ErrLong, ErrNotUTF8} {
		if errors.Is(err, known) {
			return &BrokenError{t.row, known}
		}
	}
	return &BrokenError{t.row, ErrBroken}
}

// separators are what may stand between columns.
const separators = ",;\t|"

func separatorOf(text string) (rune, bool) {
	if text == "tab" {
		return '\t', true
	}
	return first(text), len(text) == 1 && strings.Contains(separators, text)
}

// firstLine reads a heading's line, which says by what its columns are separated, unless
// the mapping does: by the one of the four that stands most often outside quotation marks.
func firstLine(r io.Reader, says rune) (line string, separator rune, err error) {
	var b strings.Builder
	counts, quoted := map[rune]int{}, false
	for one := make([]byte, 1); ; {
		n, err := r.Read(one)
		if n == 1 {
			b.WriteByte(one[0])
			switch {
			case one[0] == '"':
				quoted = !quoted
			case !quoted && strings.IndexByte(separators, one[0]) >= 0:
				counts[rune(one[0])]++
			}
		}
		if errors.Is(err, io.EOF) || n == 1 && one[0] == '\n' && !quoted {
			break
		}
		if err != nil {
			return "", 0, &BrokenError{1, err}
		}
	}
	if says != 0 {
		return b.String(), says, nil
	}
	separator = ','
	for _, s := range separators {
		if counts[s] > counts[separator] {
			separator = s
		}
	}
	for _, s := range separators {
		if s != separator && counts[s] == counts[separator] && counts[s] > 0 {
			return "", 0, ErrSeparator
		}
	}
	return b.String(), separator, nil
}
