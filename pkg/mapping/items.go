package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxNested is how deep an item of JSON may be.
const maxNested = 16

// items is a source of objects of JSON: in a list, or one after another.
type items struct {
	in     *jsontext.Decoder
	allows *allowance
	list   bool
	begun  bool
	row    int
}

func (m Mapping) items(r io.Reader) (*items, error) {
	text, err := decoded(r, m.encoding)
	if err != nil {
		return nil, err
	}
	a := &allowance{text, maxRow}
	return &items{in: jsontext.NewDecoder(a), allows: a}, nil
}

// Next is the next object, as a row: what is nested is a column whose name has the names of
// all it is in, with points between them; of a list of objects the second one has [2] behind
// its name. A list of texts is one value, with semicolons.
func (s *items) Next() (Row, error) {
	s.allows.left = maxRow
	if !s.begun {
		s.begun = true
		if s.in.PeekKind() == '[' {
			s.list = true
			if _, err := s.in.ReadToken(); err != nil {
				return Row{}, s.broken(err)
			}
		}
	}
	if s.list && s.in.PeekKind() == ']' {
		return Row{}, s.end()
	}
	value, err := s.in.ReadValue()
	if errors.Is(err, io.EOF) && !s.list {
		return Row{}, io.EOF
	}
	s.row++
	if err != nil {
		return Row{}, s.broken(err)
	}
	if value.Kind() != '{' {
		return Row{}, &BrokenError{s.row, ErrBroken}
	}
	row := Row{Number: s.row}
	d := jsontext.NewDecoder(bytes.NewReader(value))
	if err := row.object(d, "", 0); err != nil {
		return Row{}, &BrokenError{s.row, ErrBroken}
	}
	return row, nil
}

// end reads the end of a list, behind which nothing may stand.
func (s *items) end() error {
	if _, err := s.in.ReadToken(); err != nil {
		return s.broken(err)
	}
	if _, err := s.in.ReadToken(); !errors.Is(err, io.EOF) {
		return &BrokenError{s.row, ErrBroken}
	}
	return io.EOF
}

func (s *items) broken(err error) error {
	for _, known := range []error{ErrLong, ErrNotUTF8} {
		if errors.Is(err, known) {
			return &BrokenError{s.row, known}
		}
	}
	return &BrokenError{s.row, ErrBroken}
}

// object reads an object's members into cells.
func (r *Row) object(d *jsontext.Decoder, within string, deep int) error {
	if deep > maxNested {
		return ErrBroken
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		column := name.String()
		if within != "" {
			column = within + "." + column
		}
		if err := r.value(d, column, deep); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func (r *Row) value(d *jsontext.Decoder, column string, deep int) error {
	switch d.PeekKind() {
	case '{':
		return r.object(d, column, deep+1)
	case '[':
		return r.listed(d, column, deep)
	}
	text, err := plain(d)
	if err == nil && text != "" {
		r.Cells = append(r.Cells, Cell{column, text})
	}
	return err
}

// plain is a value that holds no other.
func plain(d *jsontext.Decoder) (string, error) {
	t, err := d.ReadToken()
	if err != nil || t.Kind() == 'n' {
		return "", err
	}
	return t.String(), nil
}

// listed reads a list: of objects, each a column of its own, or of texts.
func (r *Row) listed(d *jsontext.Decoder, column string, deep int) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	var words []string
	for n := 1; d.PeekKind() != ']'; n++ {
		switch d.PeekKind() {
		case '{':
			name := column
			if n > 1 {
				name = fmt.Sprintf("%s[%d]", column, n)
			}
			if err := r.object(d, name, deep+1); err != nil {
				return err
			}
			continue
		case '[':
			r.wrong = append(r.wrong, Problem{Row: r.Number, Column: column, Wrong: WrongNested})
			if err := d.SkipValue(); err != nil {
				return err
			}
			continue
		}
		word, err := plain(d)
		if err != nil {
			return err
		}
		if strings.Contains(word, ";") {
			r.wrong = append(r.wrong, Problem{Row: r.Number, Column: column, Wrong: WrongValue})
		}
		words = append(words, word)
	}
	if len(words) > 0 {
		r.Cells = append(r.Cells, Cell{column, strings.Join(words, ";")})
	}
	_, err := d.ReadToken()
	return err
}
