package matrix

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/posada-exchange/posada/pkg/silence"
)

// What can be wrong in a table.
var (
	ErrSyntax  = errors.New("not json")
	ErrTwice   = errors.New("a member stands twice")
	ErrShape   = errors.New("another kind of value belongs here")
	ErrUnknown = errors.New("not a word of the table")
	ErrRange   = errors.New("a number out of its range")
	ErrMissing = errors.New("something every table has is not there")
	ErrGuard   = errors.New("no table gives this") // the rules refuse it, whatever stands here
)

// Errors lists them, and silence.ErrOrder, for whoever has a sentence for each.
func Errors() []error {
	return []error{ErrSyntax, ErrTwice, ErrShape, ErrUnknown, ErrRange, ErrMissing, ErrGuard, silence.ErrOrder}
}

// Mistake is one thing that is wrong, and where it stands.
type Mistake struct {
	Line, Column int    // from 1; columns in characters
	Where        string // a JSON pointer (RFC 6901)
	Word         string // what is not understood; empty where it is no word
	Why          error  // one of Errors
}

func (m *Mistake) Error() string {
	return fmt.Sprintf("%d:%d: %s: %s", m.Line, m.Column, m.Where, m.Why.Error())
}

func (m *Mistake) Unwrap() error { return m.Why }

// Reason is why something is wrong, as a word.
type Reason string

// Reasons lists them.
func Reasons() []Reason {
	return []Reason{"syntax", "twice", "shape", "unknown", "range", "missing", "guard", "order"}
}

// Reason is why, as the word at its place in Errors.
func (m *Mistake) Reason() Reason {
	i := slices.IndexFunc(Errors(), func(why error) bool { return errors.Is(m.Why, why) })
	return Reasons()[max(i, 0)]
}

// Mistakes are all that Read found, in the order in which they stand.
func Mistakes(err error) (list []*Mistake) {
	switch e := err.(type) {
	case *Mistake:
		return []*Mistake{e}
	case interface{ Unwrap() []error }:
		for _, each := range e.Unwrap() {
			list = append(list, Mistakes(each)...)
		}
	}
	return list
}

// Read reads a table. All that is wrong is joined, each a Mistake; of what is no JSON, or
// says a thing twice, the first alone.
func Read(text []byte) (Table, error) {
	r := &reader{text: text, from: jsontext.NewDecoder(bytes.NewReader(text))}
	r.table()
	if len(r.wrong) == 0 {
		var t Table
		return t, json.Unmarshal(text, &t, json.RejectUnknownMembers(true))
	}
	slices.SortStableFunc(r.wrong, func(a, b *Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	errs := make([]error, len(r.wrong))
	for i, m := range r.wrong {
		errs[i] = m
	}
	return Table{}, errors.Join(errs...)
}

// reader walks a text once and notes what is wrong where it stands.
type reader struct {
	text   []byte
	from   *jsontext.Decoder
	wrong  []*Mistake
	broken bool // what follows cannot be read
}

// at notes a mistake at an offset.
func (r *reader) at(offset int64, where jsontext.Pointer, word string, why error) {
	before := r.text[:min(max(offset, 0), int64(len(r.text)))]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	r.wrong = append(r.wrong, &Mistake{1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(line), string(where), word, why})
}

// next reads a value whole, or one token of an object or a list, and gives where it begins.
func (r *reader) next(kind jsontext.Kind) (value jsontext.Value, begins int64, is bool) {
	if r.broken {
		return nil, 0, false
	}
	got := r.from.PeekKind()
	if got == kind && (kind == '{' || kind == '[') || got == '}' || got == ']' {
		if _, err := r.from.ReadToken(); err != nil {
			r.stop(err)
			return nil, 0, false
		}
		return nil, r.from.InputOffset() - 1, got == kind
	}
	value, err := r.from.ReadValue()
	if err != nil {
		r.stop(err)
		return nil, 0, false
	}
	begins = r.from.InputOffset() - int64(len(value))
	if got != kind {
		r.at(begins, r.from.StackPointer(), "", ErrShape)
		return nil, begins, false
	}
	return value, begins, true
}

func (r *reader) stop(err error) {
	r.broken = true
	offset, where, why := r.from.InputOffset(), r.from.StackPointer(), ErrSyntax
	if syntactic, is := errors.AsType[*jsontext.SyntacticError](err); is {
		offset, where = syntactic.ByteOffset, syntactic.JSONPointer
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		why = ErrTwice
	}
	r.at(offset, where, "", why)
}

// members reads an object; member reads the value of each.
func (r *reader) members(member func(name string, begins int64)) (begins int64, is bool) {
	if _, begins, is = r.next('{'); !is {
		return begins, false
	}
	for !r.broken && r.from.PeekKind() != '}' {
		raw, at, is := r.next('"')
		if !is {
			return begins, false
		}
		name, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			r.stop(err)
			return begins, false
		}
		member(string(name), at)
	}
	_, _, _ = r.next('}')
	return begins, true
}

// words reads a list of words; word is given each.
func (r *reader) words(word func(text string, begins int64)) {
	if _, _, is := r.next('['); !is {
		return
	}
	for !r.broken && r.from.PeekKind() != ']' {
		raw, at, is := r.next('"')
		if !is {
			continue
		}
		text, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			r.stop(err)
			return
		}
		word(string(text), at)
	}
	_, _, _ = r.next(']')
}

// skip passes over a value of a member that is wrong already.
func (r *reader) skip() {
	if r.broken {
		return
	}
	if err := r.from.SkipValue(); err != nil {
		r.stop(err)
	}
}

// refuse notes that a member's name is wrong, and passes over what it says.
func (r *reader) refuse(name string, begins int64, why error) {
	r.at(begins, r.from.StackPointer(), name, why)
	r.skip()
}
