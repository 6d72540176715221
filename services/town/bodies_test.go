package town_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// planted stands in everything that is sent in the tests of this file, and in no answer that
// refuses it.
const planted = "XOCHITLCANARYQ"

// hostile are bodies that no operation reads, as somebody sends them who means harm or whose
// program is broken. what is the type, and in the name of which coding.
type hostile struct{ kind, coding, body string }

func hostileBodies() map[string]hostile {
	object := `{"case":"` + planted + `","` + planted + `":"` + planted + `"}`
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(object))
	_ = z.Close()
	wide := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune(object)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	const is = "application/json"
	return map[string]hostile{
		"cut off":              {is, "", object[:len(object)-1]},
		"no JSON":              {is, "", planted},
		"more behind":          {is, "", object + object},
		"a name twice":         {is, "", `{"case":"` + planted + `","case":"` + planted + `"}`},
		"deep":                 {is, "", strings.Repeat(`{"`+planted+`":`, 2_000) + "1" + strings.Repeat("}", 2_000)},
		"deep lists":           {is, "", strings.Repeat("[", 400_000)},
		"no UTF-8":             {is, "", `{"case":"` + planted + "\xff\"}"},
		"UTF-16":               {is, "", string(wide)},
		"UTF-16, and said":     {is + "; charset=utf-16", "", string(wide)},
		"compressed":           {is, "gzip", packed.String()},
		"compressed, not said": {is, "", packed.String()},
		"oversized":            {is, "", `{"case":"` + strings.Repeat(planted, 80_000) + `"}`},
		"a form":               {"application/x-www-form-urlencoded", "", "case=" + planted},
		"plain text":           {"text/plain", "", object},
		"XML":                  {"application/xml", "", "<case>" + planted + "</case>"},
		"of no type":           {"", "", object},
	}
}

// harmless reports what is wrong with the answer to something hostile.
func harmless(t *testing.T, what string, op operation, got answered) {
	t.Helper()
	if got.status >= http.StatusInternalServerError && got.status != http.StatusServiceUnavailable {
		t.Errorf("%s with %s: %d %s", op, what, got.status, got.body)
	}
	if got.status >= http.StatusBadRequest && (strings.Contains(got.body, planted) || strings.Contains(written(t, got.header), planted)) {
		t.Errorf("%s with %s is answered with what was sent: %d %v %s", op, what, got.status, got.header, got.body)
	}
}

// TestNoBodyIsEverEchoedOrBreaksANode: whatever is sent to whichever operation, the answer is
// one that its description has, never of a defect, and quotes nothing.
func TestNoBodyIsEverEchoedOrBreaksANode(t *testing.T) {
	t.Parallel()
	p := newPlay(t, "legal", "shelter")
	asked := 0
	send := func(what string, op operation, id, body string, change func(*http.Request)) answered {
		asked++
		got := p.asks(t, p.w.API("ngo"), p.tokens["ngo"], op, id, body, change)
		harmless(t, what, op, got)
		return got
	}
	for _, op := range p.operations {
		if op.Method == http.MethodGet {
			if op.ID != "watch-placements" {
				send("something in its path", op, planted, "", func(r *http.Request) { r.URL.RawQuery = "all=" + planted + "&lang=" + planted })
			}
			continue
		}
		for what, h := range hostileBodies() {
			got := send(what, op, planted, h.body, func(r *http.Request) {
				r.Header.Set("Content-Type", h.kind)
				r.Header.Set("Content-Encoding", h.coding)
			})
			want := []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}
			if !slices.Contains(want, got.status) {
				t.Errorf("%s with a body that is %s: %d %s", op, what, got.status, got.body)
			}
		}
		if op.Takes != "application/json" {
			continue
		}
		for what, body := range p.wrongTypes(op) {
			if got := send(what, op, planted, body, asIs); got.status != http.StatusUnprocessableEntity {
				t.Errorf("%s with %s: %d %s", op, what, got.status, got.body)
			}
		}
		send("it everywhere", op, planted, written(t, p.filled(p.bodyOf(op), 0)), asIs)
	}
	t.Logf("%d requests", asked)
}

// bodyOf is the schema of an operation's body.
func (p *play) bodyOf(op operation) map[string]any {
	kinds := op.says["requestBody"].(map[string]any)["content"].(map[string]any)
	return p.resolved(kinds[op.Takes].(map[string]any)["schema"].(map[string]any))
}

func (p *play) resolved(schema map[string]any) map[string]any {
	ref, is := schema["$ref"].(string)
	if !is {
		return schema
	}
	name := strings.TrimPrefix(ref, "#/components/schemas/")
	return p.root["components"].(map[string]any)["schemas"].(map[string]any)[name].(map[string]any)
}

// filled is a value of a schema's types with what is planted in every text.
func (p *play) filled(schema map[string]any, depth int) any {
	schema = p.resolved(schema)
	kind := schema["type"]
	if list, is := kind.([]any); is {
		kind = list[0]
	}
	switch kind {
	case "object":
		out := map[string]any{}
		properties, _ := schema["properties"].(map[string]any)
		for name, s := range properties {
			if depth < 4 {
				out[name] = p.filled(s.(map[string]any), depth+1)
			}
		}
		if more, is := schema["additionalProperties"].(map[string]any); is {
			out[planted] = p.filled(more, depth+1)
		}
		return out
	case "array":
		return []any{p.filled(schema["items"].(map[string]any), depth+1)}
	case "boolean":
		return true
	case "integer", "number":
		return json.Number("7")
	}
	if schema["format"] == "date-time" {
		return "2026-01-01T00:00:00Z"
	}
	if schema["contentEncoding"] == "base64" {
		return "WE9DSElUTENBTkFSWVE="
	}
	return planted
}

// wrongTypes are bodies that are as they should be but for one part each.
func (p *play) wrongTypes(op operation) map[string]string {
	schema := p.bodyOf(op)
	whole := p.filled(schema, 0).(map[string]any)
	out := map[string]string{"a list for all of it": `["` + planted + `"]`, "a text for all of it": `"` + planted + `"`}
	change := func(what, name string, value any) {
		other := maps.Clone(whole)
		other[name] = value
		text, _ := json.Marshal(other)
		out[what] = string(text)
	}
	change("a name there is none of", planted, planted)
	for name, value := range whole {
		wrong := any(map[string]any{planted: planted})
		if _, is := value.(map[string]any); is {
			wrong = planted
		}
		change("another type of "+name, name, wrong)
	}
	return out
}
