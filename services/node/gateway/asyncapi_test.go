package gateway

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/webhook"
)

// asyncAPI describes what a node says of itself without being asked each time (AsyncAPI 3.0):
// what it sends to webhooks, and the stream of needs that fit. Shapes are those of the Go types
// that are written; docs/asyncapi.yaml is this, which a test sees.
func asyncAPI() any {
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	event := schemas.Schema(reflect.TypeFor[webhook.Event](), true, "Event")
	placement := schemas.Schema(reflect.TypeFor[client.Placement](), true, "Placement")
	type m = map[string]any
	ref := func(at string) m { return m{"$ref": "#/" + at} }
	messages, told := m{}, m{}
	for _, t := range append(posada.Members[posada.WebhookType](), posada.WebhookTest) {
		messages[string(t)] = m{
			"name": webhook.TypeName(t), "title": means(t), "contentType": webhook.ContentType, "headers": ref("components/schemas/Headers"),
			"payload": m{"allOf": []any{event, m{"type": "object", "properties": m{"type": m{"const": webhook.TypeName(t)}}}}},
		}
		told[string(t)] = ref("components/messages/" + string(t))
	}
	messages["placement"] = m{"name": "placement", "title": "A need that waits for an answer here and that a place here fits", "contentType": "text/event-stream", "payload": placement}
	all := schemas.Map()
	shown := m{"Headers": m{"type": "object", "required": []string{webhook.HeaderID, webhook.HeaderTimestamp, webhook.HeaderSignature}, "properties": m{
		webhook.HeaderID:        m{"type": "string", "description": "The event's id: whoever has it already has this."},
		webhook.HeaderTimestamp: m{"type": "string", "pattern": "^[0-9]+$", "description": "When it was sent, in seconds since 1970: what is more than five minutes away is not believed."},
		webhook.HeaderSignature: m{"type": "string", "pattern": "^v1a?,[A-Za-z0-9+/=]+( v1a?,[A-Za-z0-9+/=]+)*$", "description": "Over id, timestamp and body with full stops between (Standard Webhooks 1.0); one that verifies is enough."},
	}}}
	for name, s := range all {
		shown[name] = s
	}
	return m{
		"asyncapi": "3.0.0",
		"info": m{"title": "Posada node", "version": "1", "license": m{"name": "Apache-2.0"},
			"description": "What one agency's node tells programs: that something came, as CloudEvents 1.0, and a stream for whoever answers needs. What it is, is asked of the API."},
		"channels": m{
			"webhook": m{"title": "An endpoint that the agency names", "description": "POST to its address, over HTTPS. 2xx is taken; 410 ends it; everything else is tried again for five days, of one subject in order.", "address": nil, "messages": told},
			"watch":   m{"title": "Needs that fit, as they come", "description": "Each has an id; with Last-Event-ID it goes on behind that one. A comment each 15 s says that the line holds.", "address": "/v1/placements/watch", "messages": m{"placement": ref("components/messages/placement")}},
		},
		"operations": m{
			"tell":  m{"action": "send", "channel": ref("channels/webhook"), "summary": "Tell an endpoint that something came"},
			"watch": m{"action": "send", "channel": ref("channels/watch"), "summary": "Tell whoever watches of a need that fits (server-sent events)"},
		},
		"components": m{"messages": messages, "schemas": shown},
	}
}

// means says what a type is of.
func means(t posada.WebhookType) string {
	return map[posada.WebhookType]string{
		posada.WebhookReferral:   "A referral came",
		posada.WebhookMoved:      "The other side said how it is with a referral",
		posada.WebhookWithdrawn:  "A referral was taken back: destroy what was made of it",
		posada.WebhookQuestion:   "A question about a referral came",
		posada.WebhookAnswer:     "An answer about a referral came",
		posada.WebhookNeedFits:   "A need that came fits a place here and waits for an answer",
		posada.WebhookNeedAnswer: "Whoever was asked about a need answered",
		posada.WebhookHeld:       "What was offered here was chosen, and is held",
		posada.WebhookGone:       "What was offered here was chosen too late",
		posada.WebhookClosed:     "Nothing more is asked of a need that came",
		posada.WebhookTest:       "Somebody tries an endpoint; nothing happened",
	}[t]
}

const asyncInTheDocs = "../../../docs/asyncapi.yaml"

// TestTheAsyncDescriptionInTheDocsIsOfTheTypesThatAreWritten. After a change:
// go test ./services/node/gateway -run Docs -renew.
func TestTheAsyncDescriptionInTheDocsIsOfTheTypesThatAreWritten(t *testing.T) {
	text, err := json.Marshal(asyncAPI())
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	var made bytes.Buffer
	encoder := yaml.NewEncoder(&made)
	encoder.SetIndent(2)
	if err := encoder.Encode(plain); err != nil {
		t.Fatal(err)
	}
	if *renew {
		if err := os.WriteFile(asyncInTheDocs, made.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(asyncInTheDocs); err != nil || !bytes.Equal(kept, made.Bytes()) {
		t.Errorf("docs/asyncapi.yaml is another, %v: go test ./services/node/gateway -run Docs -renew", err)
	}
	refersToItself(t, plain)
}

// refersToItself reports what a document refers to that is not in it.
func refersToItself(t *testing.T, doc any) {
	t.Helper()
	for ref := range refs(doc) {
		at := doc
		for step := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			in, _ := at.(map[string]any)
			at = in[step]
		}
		if at == nil {
			t.Errorf("%s is not there", ref)
		}
	}
}

// refs are what a document refers to within itself.
func refs(of any) map[string]bool {
	all := map[string]bool{}
	var walk func(any)
	walk = func(of any) {
		switch v := of.(type) {
		case map[string]any:
			if ref, is := v["$ref"].(string); is {
				all[ref] = true
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(of)
	return all
}

// TestWhatIsToldIsAsDescribed: the body of each type is valid as its own message and as no
// other's, with nothing added, and so are the headers.
func TestWhatIsToldIsAsDescribed(t *testing.T) {
	text, err := json.Marshal(asyncAPI())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("node.json", doc); err != nil {
		t.Fatal(err)
	}
	valid := func(at string, value any) bool {
		s, err := c.Compile("node.json#/components/" + at)
		if err != nil {
			t.Fatal(err)
		}
		return s.Validate(value) == nil
	}
	read := func(text []byte) any {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	types, id := append(posada.Members[posada.WebhookType](), posada.WebhookTest), posada.EventID(strings.Repeat("a", 26))
	for _, typ := range types {
		body, err := webhook.NewEvent(id, string(id), string(id), typ, time.Now()).Body()
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range types {
			if valid("messages/"+string(other)+"/payload", read(body)) != (other == typ) {
				t.Errorf("what tells %s, as %s", typ, other)
			}
		}
		more := bytes.Replace(body, []byte(`{`), []byte(`{"name":"XOCHITL",`), 1)
		if valid("messages/"+string(typ)+"/payload", read(more)) || means(typ) == "" {
			t.Errorf("%s may say more than is described, or is not", typ)
		}
	}
	for _, scheme := range posada.Members[posada.WebhookScheme]() {
		k, err := webhook.NewKey(scheme, strings.NewReader(strings.Repeat("invented", 8)))
		if err != nil {
			t.Fatal(err)
		}
		m := webhook.Signed(string(id), time.Now(), nil, k, k)
		if !valid("schemas/Headers", map[string]any{webhook.HeaderID: m.ID, webhook.HeaderTimestamp: m.Timestamp, webhook.HeaderSignature: m.Signature}) {
			t.Errorf("headers of %s", scheme)
		}
	}
}
