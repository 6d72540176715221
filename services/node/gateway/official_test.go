package gateway

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi/datamodel"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// official is the schema of OpenAPI 3.1 documents that the OpenAPI Initiative publishes; nothing
// is loaded from anywhere.
func official(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(datamodel.OpenAPI31SchemaData))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{})
	if err := c.AddResource("openapi-3.1.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("openapi-3.1.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestTheDescriptionIsOpenAPI: by the official schema, which says nothing of schemas within it;
// each of those is one of JSON Schema 2020-12. Spoiled in one place it is none.
func TestTheDescriptionIsOpenAPI(t *testing.T) {
	schema := official(t)
	read := func(text []byte) any {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	doc := read(description().json)
	if err := schema.Validate(doc); err != nil {
		t.Error(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(jsonschema.SchemeURLLoader{})
	if err := c.AddResource("node.json", doc); err != nil {
		t.Fatal(err)
	}
	count := 0
	for name := range doc.(map[string]any)["components"].(map[string]any)["schemas"].(map[string]any) {
		if _, err := c.Compile("node.json#/components/schemas/" + name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		count++
	}
	t.Logf("%d schemas", count)
	for what, change := range map[string][2]string{
		"another version":          {`"openapi":"3.1.0"`, `"openapi":"3.0.3"`},
		"a parameter of nowhere":   {`"in":"query"`, `"in":"body"`},
		"a status that is none":    {`"421":`, `"4211":`},
		"a member there is not":    {`"operationId":`, `"operationName":`},
		"an answer without a word": {`"description":"OK"`, `"about":"OK"`},
	} {
		spoiled := bytes.Replace(description().json, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(spoiled, description().json) || schema.Validate(read(spoiled)) == nil {
			t.Errorf("with %s it is taken for one", what)
		}
	}
}

// TestNoNameOfTheDescriptionIsTwoThings: an operation's name is one, and what it refers to is there.
func TestNoNameOfTheDescriptionIsTwoThings(t *testing.T) {
	var doc any
	if err := json.Unmarshal(description().json, &doc); err != nil {
		t.Fatal(err)
	}
	refersToItself(t, doc)
	seen := map[string]string{}
	for path, item := range New(Config{}).register(http.NewServeMux(), noDoor{}).Paths {
		for _, op := range operations(item) {
			if other, twice := seen[op.OperationID]; twice || op.OperationID == "" {
				t.Errorf("%s %s is called %q, as is %s", op.Method, path, op.OperationID, other)
			}
			seen[op.OperationID] = op.Method + " " + path
		}
	}
}
