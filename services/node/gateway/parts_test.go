package gateway

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/page"
)

// TestACursorIsOfOneListForOnePerson: what was sealed opens as it was, and nothing else does:
// not for another list or another person, not under another vault's key, not with a bit changed.
func TestACursorIsOfOneListForOnePerson(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, length := newCursors([32]byte{1}), 0
		to := []string{rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "who"), rapid.SampledFrom([]string{"/v1/cases", "/v1/needs"}).Draw(t, "list")}
		p := page.Place{At: time.Unix(rapid.Int64Range(-62135596800, 1<<40).Draw(t, "at"), rapid.Int64Range(0, 999999999).Draw(t, "ns")).UTC(), ID: rapid.StringMatching(`[a-z0-9]{0,44}`).Draw(t, "id")}
		text := c.seal(p, to...)
		if got, ok := c.open(text, to...); !ok || got != p || text != c.seal(p, to...) {
			t.Fatalf("%v is opened as %v, %v", p, got, ok)
		}
		if length = len(c.seal(page.Place{}, to...)); len(text) != length {
			t.Fatalf("%d characters, and not %d", len(text), length)
		}
		sealed, _ := base64.RawURLEncoding.DecodeString(text)
		at := rapid.IntRange(0, 8*len(sealed)-1).Draw(t, "bit")
		sealed[at/8] ^= 1 << (at % 8)
		wrong := []bool{}
		for _, other := range [][]string{{to[0], to[1] + "?all=true"}, {to[0] + "x", to[1]}, {to[0] + to[1], ""}, {to[1], to[0]}, to[:1]} {
			_, ok := c.open(text, other...)
			wrong = append(wrong, ok)
		}
		_, changed := c.open(base64.RawURLEncoding.EncodeToString(sealed), to...)
		_, elsewhere := newCursors([32]byte{2}).open(text, to...)
		_, longer := c.open(text+text, to...)
		_, junk := c.open(rapid.String().Draw(t, "junk"), to...)
		if slices.Contains(append(wrong, changed, elsewhere, longer, junk), true) {
			t.Fatalf("opened: %v, changed %v, elsewhere %v, longer %v, junk %v", wrong, changed, elsewhere, longer, junk)
		}
	})
}

// whole are the lists that are answered at once, and why none of them is long.
func whole() map[string]string {
	return map[string]string{
		"list-agencies":   "the members, which stewards sign in one list",
		"network-members": "the members, which stewards sign in one list",
		"minors":          "the places there is a law of, in one signed table",
		"policy-rules":    "the rules of one signed policy",
		"count-needs":     "a row for each month and kind",
		"list-places":     "a node has at most 64",
		"list-staff":      "people who work here, or did",
		"list-tokens":     "a few of each of those",
		"list-webhooks":   "a few, which a person added",
		"log-webhook":     "the last hundred",
	}
}

// TestEachListIsAskedForInPartsOrIsShort: and those in parts are asked for in one way.
func TestEachListIsAskedForInPartsOrIsShort(t *testing.T) {
	var api struct {
		Paths map[string]struct {
			Get *struct {
				OperationID string
				Parameters  []struct{ Name string }
				Responses   map[string]struct {
					Headers map[string]json.RawMessage
					Content map[string]struct {
						Schema struct{ Type any }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(description().json, &api); err != nil {
		t.Fatal(err)
	}
	short := whole()
	for path, item := range api.Paths {
		op := item.Get
		if op == nil {
			continue
		}
		kind, _ := json.Marshal(op.Responses["200"].Content["application/json"].Schema.Type)
		_, linked := op.Responses["200"].Headers["Link"]
		_, refused := op.Responses["400"]
		names := map[string]bool{}
		for _, p := range op.Parameters {
			names[p.Name] = true
		}
		parted := names["limit"] && names["cursor"] && linked && refused
		if half := names["limit"] || names["cursor"] || linked || refused; half != parted {
			t.Errorf("%s is half asked for in parts", path)
		}
		if isList := strings.Contains(string(kind), "array"); isList != (parted || short[op.OperationID] != "") || parted && short[op.OperationID] != "" {
			t.Errorf("%s: a list %v, in parts %v, short: %q", op.OperationID, isList, parted, short[op.OperationID])
		}
		delete(short, op.OperationID)
	}
	if len(short) > 0 {
		t.Errorf("no lists: %v", slices.Collect(maps.Keys(short)))
	}
}
