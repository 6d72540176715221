package gateway

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/posada-exchange/posada/pkg/i18n"
)

// document is as much of the description as the page says.
type document struct {
	Info       struct{ Description string }
	Paths      map[string]map[string]documentedOp
	Components struct{ Schemas map[string]schema }
}

type documentedOp struct {
	OperationID string
	Summary     string
	Security    []map[string][]string
	Parameters  []struct {
		Name, In, Description string
		Required              bool
		Schema                schema
	}
	RequestBody struct{ Content map[string]content }
	Responses   map[string]struct {
		Ref     string `json:"$ref"`
		Content map[string]content
	}
}

type content struct{ Schema schema }

// schema is one of JSON Schema, as far as the description has them.
type schema struct {
	Ref         string `json:"$ref"`
	Type        any
	Format      string
	Encoding    string `json:"contentEncoding"`
	Description string
	Enum        []string
	Items       *schema
	Properties  map[string]schema
	Required    []string
	More        json.RawMessage `json:"additionalProperties"`
}

func status(code int) string { return strconv.Itoa(code) }

// kind is the schema's type, of those it may have the one that is not null.
func (s schema) kind() string {
	switch v := s.Type.(type) {
	case string:
		return v
	case []any:
		for _, one := range v {
			if text, _ := one.(string); text != "null" {
				return text
			}
		}
	}
	return ""
}

// named is the name of the schema that is referred to.
func (s schema) named() string { return strings.TrimPrefix(s.Ref, "#/components/schemas/") }

// each is what a map of anything has as values; false where it is no map.
func (s schema) each() (value schema, is bool) {
	return value, json.Unmarshal(s.More, &value) == nil && (value.Type != nil || value.Ref != "")
}

func (s schema) shown() docsType {
	switch value, isMap := s.each(); {
	case s.Ref != "":
		return docsType{s.named(), s.named()}
	case s.kind() == "array" && s.Items != nil:
		of := s.Items.shown()
		return docsType{of.Text + "[]", of.Ref}
	case isMap:
		of := value.shown()
		return docsType{"map: " + of.Text, of.Ref}
	case s.Format != "" && s.kind() == "string":
		return docsType{Text: s.Format}
	}
	return docsType{Text: s.kind()}
}

func fields(s schema) []docsField {
	var list []docsField
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		of := s.Properties[name]
		list = append(list, docsField{Name: name, Means: of.Description, Required: slices.Contains(s.Required, name), Type: of.shown()})
	}
	return list
}

// operation is one of the description, as the page shows it.
func (d document) operation(p i18n.Printer, method, path string, op documentedOp) docsOperation {
	out := docsOperation{ID: op.OperationID, Method: strings.ToUpper(method), Path: path, Summary: op.Summary}
	for _, needs := range op.Security {
		for _, scopes := range needs {
			out.Scope = strings.Join(scopes, ", ")
			out.ScopeName = scopeName(p, out.Scope)
		}
	}
	for _, of := range op.Parameters {
		out.Parameters = append(out.Parameters, docsField{Name: of.Name, In: of.In, Means: of.Description, Required: of.Required, Type: of.Schema.shown()})
	}
	for _, body := range op.RequestBody.Content {
		out.Takes = body.Schema.shown()
		if body.Schema.Ref != "" {
			text, _ := json.MarshalIndent(d.example(body.Schema, 0), "", "  ")
			out.Example = string(text)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(op.Responses)) {
		answer := docsAnswer{Status: code, Name: strings.TrimPrefix(op.Responses[code].Ref, "#/components/responses/")}
		for _, gives := range op.Responses[code].Content {
			answer.Gives = gives.Schema.shown()
		}
		out.Answers = append(out.Answers, answer)
	}
	return out
}

// maxExample is how far an example goes into what it is made of.
const maxExample = 4

// example is a value of a schema's form: the words in it are the names of what stands there.
func (d document) example(s schema, depth int) any {
	if s.Ref != "" {
		s = d.Components.Schemas[s.named()]
	}
	switch s.kind() {
	case "object":
		out := map[string]any{}
		for _, name := range s.Required {
			if depth < maxExample {
				out[name] = d.example(s.Properties[name], depth+1)
			}
		}
		return out
	case "array":
		if s.Items == nil || depth >= maxExample {
			return []any{}
		}
		return []any{d.example(*s.Items, depth+1)}
	case "boolean":
		return true
	case "integer", "number":
		return 1
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	if s.Format == "date-time" {
		return "2026-11-30T12:00:00Z"
	}
	return "…"
}
