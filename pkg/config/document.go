package config

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Wrong is what can be wrong with a line.
type Wrong string

// What can be wrong with a line.
const (
	WrongUnknown Wrong = "unknown" // nobody knows the name
	WrongTwice   Wrong = "twice"   // the name stands there already
	WrongType    Wrong = "type"    // the value is of another type
	WrongSyntax  Wrong = "syntax"  // the text is not YAML
)

// Mistake is one thing wrong in a document. Line counts from 1; 0 is unknown.
type Mistake struct {
	Line  int
	Wrong Wrong
	Name  string // of the key; of a wrong type, the value's beginning
	text  string
}

func (m Mistake) String() string {
	what := m.text
	switch m.Wrong {
	case WrongUnknown:
		what = "field " + m.Name + " not found"
	case WrongType:
		what = "cannot unmarshal `" + m.Name + "`"
	}
	if m.Line == 0 {
		return what
	}
	return fmt.Sprintf("line %d: %s", m.Line, what)
}

// DocumentError is everything wrong in a document. It is an ErrConfig.
type DocumentError []Mistake

func (d DocumentError) Error() string {
	lines := make([]string, len(d))
	for i, m := range d {
		lines[i] = m.String()
	}
	return ErrConfig.Error() + ": " + strings.Join(lines, "; ")
}

// Unwrap makes it an ErrConfig.
func (d DocumentError) Unwrap() error { return ErrConfig }

// Document reads one YAML document into v, as strictly as a configuration. An
// empty one changes nothing.
func Document(text io.Reader, v any) error {
	decoder := yaml.NewDecoder(text)
	decoder.KnownFields(true)
	if err := decoder.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		return mistakes(err)
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: one document is wanted, and nothing after it", ErrConfig)
	}
	return nil
}

// mistakes reads the library's errors. What they say of Go's types tells
// nothing to whoever wrote the file.
func mistakes(err error) DocumentError {
	types, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return DocumentError{mistake(strings.TrimPrefix(err.Error(), "yaml: "))}
	}
	var all DocumentError
	for _, line := range types.Errors {
		all = append(all, mistake(line))
	}
	return all
}

func mistake(text string) Mistake {
	m := Mistake{Wrong: WrongSyntax}
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		number, what, _ := strings.Cut(rest, ": ")
		if n, err := strconv.Atoi(number); err == nil {
			m.Line, text = n, what
		}
	}
	m.text = text
	if name, ok := between(text, "field ", " not found in type"); ok {
		m.Wrong, m.Name = WrongUnknown, name
	}
	if name, ok := between(text, `mapping key "`, `" already defined`); ok {
		m.Wrong, m.Name = WrongTwice, name
	}
	if value, ok := between(text, "cannot unmarshal ", " into "); ok {
		m.Wrong = WrongType
		_, m.Name, _ = strings.Cut(value, " ")
		m.Name = strings.Trim(m.Name, "`")
	}
	return m
}

func between(text, before, after string) (string, bool) {
	rest, ok := strings.CutPrefix(text, before)
	if !ok {
		return "", false
	}
	name, _, ok := strings.Cut(rest, after)
	return name, ok
}
