package pdp

import (
	"reflect"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// schemas tells the compiler the shape of each entry point's input, taken from
// the Go types themselves: a rule that asks for a fact no input has does not
// compile.
func schemas() *ast.SchemaSet {
	set := ast.NewSchemaSet()
	for name, input := range map[string]any{
		entryAsk: Asking{}, entryDisclose: Disclosure{}, entryReceive: Reception{},
		entryOnward: Passing{}, entryView: Viewing{}, entryConnect: Connection{},
	} {
		set.Put(ast.MustParseRef("schema."+name), schemaOf(reflect.TypeOf(input)))
	}
	return set
}

// schemaOf writes a JSON Schema for structs of words, sets of words and
// structs of those.
func schemaOf(t reflect.Type) any {
	switch t.Kind() {
	case reflect.Struct:
		properties := map[string]any{}
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			properties[name] = schemaOf(t.Field(i).Type)
		}
		return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	case reflect.Uint32: // posada.Set
		return map[string]any{"type": "array", "items": map[string]any{"type": "string"}}
	}
	return map[string]any{"type": "string"}
}
