package commandline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Format is how an answer is written: for people, or for one kind of program.
type Format string

// What there is to choose from.
const (
	Table     Format = "table"
	JSON      Format = "json"
	JSONLines Format = "jsonl" // JSON Lines: of a list each item on a line, all else on one
	YAML      Format = "yaml"
)

func formats() []Format { return []Format{Table, JSON, JSONLines, YAML} }

// Known reports whether it is one of the formats.
func (f Format) Known() bool { return slices.Contains(formats(), f) }

// ForPrograms reports whether a program reads it: nothing is said beside the answer then.
func (f Format) ForPrograms() bool { return f != Table }

// Write writes an answer. Every format has the same names, in the same order: those of the
// node's API, where the answer is the API's.
func (f Format) Write(w io.Writer, answer any) error {
	switch f {
	case JSONLines:
		return writeLines(w, answer)
	case YAML:
		return writeYAML(w, answer)
	default:
		return writeJSON(w, answer, "  ")
	}
}

// WriteNext writes one of several answers that come one after another: on a line, or as a
// document of its own.
func (f Format) WriteNext(w io.Writer, answer any) error {
	if f != YAML {
		return writeJSON(w, answer, "")
	}
	if _, err := io.WriteString(w, "---\n"); err != nil {
		return err
	}
	return writeYAML(w, answer)
}

func writeJSON(w io.Writer, answer any, indent string) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	return encoder.Encode(answer)
}

func writeLines(w io.Writer, answer any) error {
	list := reflect.ValueOf(answer)
	if list.Kind() != reflect.Slice {
		return writeJSON(w, answer, "")
	}
	for i := range list.Len() {
		if err := writeJSON(w, list.Index(i).Interface(), ""); err != nil {
			return err
		}
	}
	return nil
}

// writeYAML goes by way of JSON, which says what a field is called and what is left out.
func writeYAML(w io.Writer, answer any) error {
	var text bytes.Buffer
	if err := writeJSON(&text, answer, ""); err != nil {
		return err
	}
	tokens := json.NewDecoder(&text)
	tokens.UseNumber()
	document, err := nextNode(tokens)
	if err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	return encoder.Close()
}

// nextNode is the next value of a JSON text as YAML's, names in their order.
func nextNode(tokens *json.Decoder) (*yaml.Node, error) {
	token, err := tokens.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case json.Delim:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if v == '{' {
			n.Kind, n.Tag = yaml.MappingNode, "!!map"
		}
		for tokens.More() { // of a mapping a name, then its value
			below, err := nextNode(tokens)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, below)
		}
		_, err := tokens.Token()
		return n, err
	case string:
		n := scalar("!!str", v)
		if strings.ContainsFunc(v, unicode.IsControl) { // in a block a tab, or a space before it, is read otherwise
			n.Style = yaml.DoubleQuotedStyle
		}
		return n, nil
	case json.Number:
		return scalar("", v.String()), nil
	case bool:
		return scalar("!!bool", strconv.FormatBool(v)), nil
	default:
		return scalar("!!null", "null"), nil
	}
}

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}
