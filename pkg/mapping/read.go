package mapping

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// maxFile is the largest mapping in bytes, and maxColumns how many columns it may name.
const (
	maxFile    = 256 << 10
	maxColumns = 1000
)

// Flaw is what is wrong with a mapping, one word each.
type Flaw string

// Flaws.
const (
	FlawSyntax    Flaw = "syntax"     // neither YAML nor JSON
	FlawShape     Flaw = "shape"      // something else stands where a list, a text or a table should
	FlawVersion   Flaw = "version"    // posada_mapping is not 1
	FlawUnknown   Flaw = "unknown"    // a word that means nothing here
	FlawTwice     Flaw = "twice"      // said twice
	FlawMissing   Flaw = "missing"    // something that must be said is not
	FlawName      Flaw = "name"       // a name has small letters, figures and hyphens
	FlawTarget    Flaw = "target"     // there is no such field
	FlawTaken     Flaw = "taken"      // two columns go to one field
	FlawValue     Flaw = "value"      // the field does not take what a value becomes
	FlawDates     Flaw = "dates"      // a date is written with DD, MM and YYYY
	FlawSplit     Flaw = "split"      // the field takes one value
	FlawPartial   Flaw = "partial"    // the table does not have every word of the standard's field
	FlawUndeclare Flaw = "undeclared" // it loses something and does not say so
	FlawKey       Flaw = "key"        // the key is made of a column that the mapping does not name
	FlawLarge     Flaw = "large"      // more than is read
)

// Flaws lists them.
func Flaws() []Flaw {
	return []Flaw{
		FlawSyntax, FlawShape, FlawVersion, FlawUnknown, FlawTwice, FlawMissing, FlawName, FlawTarget, FlawTaken, FlawValue, FlawDates,
		FlawSplit, FlawPartial, FlawUndeclare, FlawKey, FlawLarge,
	}
}

// FileError says where in a mapping something is wrong: lines and columns from 1.
type FileError struct {
	Line, Column int
	Flaw         Flaw
	What         string // the word it is about, as the mapping has it
	cause        error
}

func (e *FileError) Error() string {
	return fmt.Sprintf("mapping, line %d, column %d: %s: %s", e.Line, e.Column, e.Flaw, e.What)
}

func (e *FileError) Unwrap() error { return e.cause }

// position is where something stands in a mapping.
type position struct{ line, column int }

func at(n *yaml.Node) position { return position{n.Line, n.Column} }

func (p position) flaw(f Flaw, what string) *FileError {
	return &FileError{Line: p.line, Column: p.column, Flaw: f, What: what}
}

// Read reads a mapping, as YAML or as JSON, and refuses one that is not whole or loses
// something and does not say so. The error is a *FileError.
func Read(text []byte) (Mapping, error) {
	if len(text) > maxFile {
		return Mapping{}, position{1, 1}.flaw(FlawLarge, "")
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return Mapping{}, broken(err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return Mapping{}, position{1, 1}.flaw(FlawShape, "")
	}
	m := Mapping{format: FormatCSV, columns: map[string]column{}}
	if err := m.read(doc.Content[0]); err != nil {
		return Mapping{}, err
	}
	return m, nil
}

// broken is an error of YAML, at the line that it names.
func broken(err error) *FileError {
	where := position{1, 1}
	if m := regexp.MustCompile(`line ([0-9]+)`).FindStringSubmatch(err.Error()); m != nil {
		// The digits are a number.
		_, _ = fmt.Sscan(m[1], &where.line)
	}
	e := where.flaw(FlawSyntax, "")
	e.cause = errors.New("not YAML") // the library's error quotes
	return e
}

// fields calls fn for each pair of a table, and refuses what is none and what is said twice.
func fields(n *yaml.Node, fn func(name string, key, value *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return at(n).flaw(FlawShape, "")
	}
	var seen []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name, err := scalar(key)
		if err != nil {
			return err
		}
		if slices.Contains(seen, name) {
			return at(key).flaw(FlawTwice, name)
		}
		seen = append(seen, name)
		if err := fn(name, key, value); err != nil {
			return err
		}
	}
	return nil
}

// scalar is a text. What YAML takes for a number or for yes is the text that stands there.
func scalar(n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return "", at(n).flaw(FlawShape, "")
	}
	return n.Value, nil
}

// texts is a list of texts, or one.
func texts(n *yaml.Node) (list []string, err error) {
	if n.Kind == yaml.ScalarNode {
		one, err := scalar(n)
		return []string{one}, err
	}
	if n.Kind != yaml.SequenceNode {
		return nil, at(n).flaw(FlawShape, "")
	}
	for _, item := range n.Content {
		one, err := scalar(item)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

var named = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`) })

func (m *Mapping) read(n *yaml.Node) error {
	said := map[string]position{}
	err := fields(n, func(name string, key, value *yaml.Node) error {
		said[name] = at(value)
		if name == "columns" {
			return m.readColumns(value)
		}
		return m.readHead(name, key, value)
	})
	if err != nil {
		return err
	}
	for _, must := range []string{"posada_mapping", "name", "key"} {
		if _, ok := said[must]; !ok {
			return at(n).flaw(FlawMissing, must)
		}
	}
	if len(m.order) == 0 && !m.standard {
		return at(n).flaw(FlawMissing, "columns")
	}
	return m.whole(said["key"])
}

func (m *Mapping) readHead(name string, key, value *yaml.Node) (err error) {
	if name == "key" {
		m.key, err = texts(value)
		return err
	}
	text, err := scalar(value)
	if err != nil {
		return err
	}
	ok := true
	switch name {
	case "posada_mapping":
		if text != "1" {
			return at(value).flaw(FlawVersion, text)
		}
	case "name":
		if m.name = text; !named().MatchString(text) || len(text) > MaxName {
			return at(value).flaw(FlawName, text)
		}
	case "format":
		m.format, ok = Format(text), slices.Contains(Formats(), Format(text))
	case "encoding":
		m.encoding, ok = Encoding(text), slices.Contains(Encodings(), Encoding(text))
	case "separator":
		m.separator, ok = separatorOf(text)
	case "standard":
		m.standard, ok = true, text == "htcds-2.0"
	case "lossy":
		m.lossy, ok = text, strings.TrimSpace(text) != ""
	default:
		return at(key).flaw(FlawUnknown, name)
	}
	if !ok {
		return at(value).flaw(FlawUnknown, text)
	}
	return nil
}
