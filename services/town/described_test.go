package town_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// description is an API as its document has it. Whoever asks through it knows nothing else.
type description struct {
	root       map[string]any
	compiler   *jsonschema.Compiler
	operations []operation

	mu   sync.Mutex
	seen map[string]map[int]int // statuses by operation
}

// operation is one of a description.
type operation struct {
	ID, Method, Path string
	Public           bool
	Takes            string // the type of its body; empty: none
	at               []string
	says             map[string]any
}

func (o operation) String() string { return o.ID }

// describe reads the document that a node serves, and it alone.
func describe(t *testing.T, node string) *description {
	t.Helper()
	served := call(t, http.MethodGet, node+"/openapi.yaml", "", func(*http.Request) {})
	var read any
	if err := yaml.Unmarshal([]byte(served.body), &read); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	d := &description{root: doc.(map[string]any), compiler: jsonschema.NewCompiler(), seen: map[string]map[int]int{}}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.UseLoader(jsonschema.SchemeURLLoader{}) // nothing is loaded from anywhere
	if err := d.compiler.AddResource("mem:openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	for path, item := range d.root["paths"].(map[string]any) {
		for method, says := range item.(map[string]any) {
			op := operation{Method: strings.ToUpper(method), Path: path, at: []string{"paths", path, method}, says: says.(map[string]any)}
			op.ID = op.says["operationId"].(string)
			security, own := op.says["security"].([]any)
			op.Public = own && len(security) == 0
			if body, is := op.says["requestBody"].(map[string]any); is {
				for kind := range body["content"].(map[string]any) {
					op.Takes = kind
				}
			}
			d.operations = append(d.operations, op)
		}
	}
	slices.SortFunc(d.operations, func(a, b operation) int { return strings.Compare(a.ID, b.ID) })
	return d
}

func (d *description) operation(t *testing.T, id string) operation {
	t.Helper()
	i := slices.IndexFunc(d.operations, func(o operation) bool { return o.ID == id })
	if i < 0 {
		t.Fatalf("no operation is called %s", id)
	}
	return d.operations[i]
}

// schema is the one at a place of the document.
func (d *description) schema(t *testing.T, at ...string) *jsonschema.Schema {
	t.Helper()
	pointer := ""
	for _, step := range at {
		pointer += "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(step))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s, err := d.compiler.Compile("mem:openapi.json#" + pointer)
	if err != nil {
		t.Fatalf("%s: %v", pointer, err)
	}
	return s
}

// takes holds a request's body against the document.
func (d *description) takes(t *testing.T, op operation, body any) error {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return d.schema(t, append(slices.Clone(op.at), "requestBody", "content", op.Takes, "schema")...).Validate(value)
}

// holds holds an answer against the document: its status, its type, its body.
func (d *description) holds(t *testing.T, op operation, got answered) error {
	t.Helper()
	status := strconv.Itoa(got.status)
	at := append(slices.Clone(op.at), "responses", status)
	answer, described := op.says["responses"].(map[string]any)[status].(map[string]any)
	if !described {
		return fmt.Errorf("%s is not described: %s", status, got.body)
	}
	if ref, is := answer["$ref"].(string); is {
		at = strings.Split(strings.TrimPrefix(ref, "#/"), "/")
		answer = d.root["components"].(map[string]any)["responses"].(map[string]any)[at[2]].(map[string]any)
	}
	kind, _, err := mime.ParseMediaType(got.header.Get("Content-Type"))
	if _, is := answer["content"].(map[string]any)[kind]; err != nil || !is {
		return fmt.Errorf("%s as %q is not described: %s", status, kind, got.body)
	}
	d.mu.Lock()
	if d.seen[op.ID] == nil {
		d.seen[op.ID] = map[int]int{}
	}
	d.seen[op.ID][got.status]++
	d.mu.Unlock()
	if !strings.HasSuffix(kind, "json") {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(got.body))
	if err != nil {
		return fmt.Errorf("%s: %w", status, err)
	}
	if err := d.schema(t, append(at, "content", kind, "schema")...).Validate(value); err != nil {
		return fmt.Errorf("%s is not as described: %w: %s", status, err, got.body)
	}
	return nil
}

// asks sends a request as an operation is described, and holds the answer against that.
func (d *description) asks(t *testing.T, node, token string, op operation, id, body string, change func(*http.Request)) answered {
	t.Helper()
	path := strings.NewReplacer("{id}", url.PathEscape(id), "{key}", url.PathEscape(id), "{version}", url.PathEscape(id)).Replace(op.Path)
	got := call(t, op.Method, node+path, body, func(r *http.Request) {
		r.Header.Del("Content-Type")
		if op.Takes != "" {
			r.Header.Set("Content-Type", op.Takes)
		}
		if !op.Public {
			as(token)(r)
		}
		change(r)
	})
	if err := d.holds(t, op, got); err != nil {
		t.Errorf("%s %s: %v", op.Method, path, err)
	}
	return got
}

func asIs(*http.Request) {}
