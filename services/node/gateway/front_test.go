package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
)

type noDoor struct{}

func (noDoor) Seen()                                      {}
func (noDoor) Lock(context.Context, posada.StaffID) error { return nil }
func (noDoor) HandedIn() (client.HandedIn, error)         { return client.HandedIn{}, nil }

// drawer keeps what it is given.
type drawer struct{ kept []Work }

func (d *drawer) Unlock(context.Context, []byte) error { return nil }
func (d *drawer) Keep(w Work) error {
	w.Body = slices.Clone(w.Body)
	d.kept = append(d.kept, w)
	return nil
}

func asked(h http.Handler, method, path, kind, token, body string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "localhost"
	r.Header.Set("Content-Type", kind)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	h.ServeHTTP(w, r)
	return w
}

// TestEveryRequestThatChangesSomethingIsKeptOrRefused: a new one has to be put
// on one side or the other.
func TestEveryRequestThatChangesSomethingIsKeptOrRefused(t *testing.T) {
	refused := []string{"POST /v1/referrals/preview", "POST /v1/lock", "POST /v1/decisions/replay", "PUT /v1/policy/own", "DELETE /v1/policy/own", "POST /v1/network/decisions", "POST /v1/motions", "POST /v1/directory/keys", "POST /v1/clock/confirm",
		// Whose answer is a secret or a label, or has to be at once.
		"POST /v1/cases", "POST /v1/cases/papers/told", "POST /v1/on-call", "POST /v1/cases/assignments", "POST /v1/cases/words", "POST /v1/cases/records", "POST /v1/referrals/{id}/take-over", "POST /v1/referrals/{id}/pass-on", "POST /v1/referrals/{id}/questions", "POST /v1/referrals/{id}/answers", "POST /v1/consents/{id}/opt-in", "POST /v1/cases/erasures", "POST /v1/referrals/{id}/assignments", "POST /v1/staff", "PUT /v1/staff/{id}/roles", "POST /v1/staff/{id}/disable", "POST /v1/tokens", "DELETE /v1/tokens/{id}",
		"POST /v1/webhooks", "DELETE /v1/webhooks/{id}", "POST /v1/webhooks/{id}/rotate", "POST /v1/webhooks/{id}/enable", "POST /v1/webhooks/{id}/disable", "POST /v1/webhooks/{id}/test",
		// A program waits for it, and asks again.
		"POST /v1/imports", "POST /v1/imports/{id}/rows", "POST /v1/imports/{id}/end",
		// A person waits for the answer, who reads it out, and a bed is promised once.
		"POST /v1/referrals/print", "POST /v1/needs/preview", "POST /v1/needs", "POST /v1/needs/order", "POST /v1/needs/{id}/choose", "POST /v1/needs/{id}/refuse", "POST /v1/needs/{id}/end", "POST /v1/needs/{id}/calls",
		"POST /v1/placements/{id}/offer", "POST /v1/placements/{id}/decline", "POST /v1/placements/{id}/arrive", "POST /v1/places", "POST /v1/places/count", "POST /v1/places/remove",
		"POST /v1/policy/check", "POST /v1/policy/review", "POST /v1/policy/what-if",
		"POST /v1/account", "POST /v1/account/confirm", "DELETE /v1/staff/{id}/account", "POST /v1/sessions", "DELETE /v1/sessions/current", "POST /v1/sessions/confirm"}
	var described struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	text := asked(New(Config{}).Handler(noDoor{}), http.MethodGet, "/openapi.json", "", "", "").Body.Bytes()
	if err := json.Unmarshal(text, &described); err != nil || len(described.Paths) < 8 {
		t.Fatalf("%d paths, %v", len(described.Paths), err)
	}
	seen := 0
	for path, methods := range described.Paths {
		for method := range methods {
			route := strings.ToUpper(method) + " " + path
			if strings.HasPrefix(route, "GET ") || route == UnlockRoute {
				continue
			}
			seen++
			var d drawer
			w := asked(Front(&d, obs.Log{}), strings.ToUpper(method), strings.ReplaceAll(path, "{id}", "x"), "application/json", "token", `{}`)
			kept := slices.Contains(handsIn(), route)
			if kept == slices.Contains(refused, route) || kept != (w.Code == http.StatusAccepted) || kept != (len(d.kept) == 1) {
				t.Errorf("%s: %d, %d kept", route, w.Code, len(d.kept))
			}
		}
	}
	if seen != len(refused)+len(handsIn()) {
		t.Errorf("%d requests change something", seen)
	}
}

// TestOnlyWorkIsKept: what could never be carried out is not.
func TestOnlyWorkIsKept(t *testing.T) {
	for name, c := range map[string]struct {
		path, kind, token, body string
		want                    int
	}{
		"work":             {"/v1/consents", "application/json", "token", `{}`, http.StatusAccepted},
		"with its charset": {"/v1/consents", "application/json; charset=utf-8", "token", `{}`, http.StatusAccepted},
		"of nobody":        {"/v1/consents", "application/json", "", `{}`, http.StatusServiceUnavailable},
		"of a session":     {"/v1/consents", "application/json", "s.token", `{}`, http.StatusServiceUnavailable},
		"a page's form":    {"/v1/consents", "text/plain", "token", `{}`, http.StatusUnsupportedMediaType},
		"no JSON":          {"/v1/consents", "application/json", "token", `{`, http.StatusBadRequest},
		"nothing":          {"/v1/consents", "application/json", "token", ``, http.StatusBadRequest},
		"too large":        {"/v1/consents", "application/json", "token", `"` + strings.Repeat("x", maxWork) + `"`, http.StatusUnprocessableEntity},
		"a long token":     {"/v1/consents", "application/json", strings.Repeat("x", maxWords+1), `{}`, http.StatusUnprocessableEntity},
		"a long path":      {"/v1/referrals/" + strings.Repeat("x", maxWords) + "/marks", "application/json", "token", `{}`, http.StatusUnprocessableEntity},
	} {
		var d drawer
		w := asked(Front(&d, obs.Log{}), http.MethodPost, c.path, c.kind, c.token, c.body)
		if w.Code != c.want || (len(d.kept) == 1) != (c.want == http.StatusAccepted) {
			t.Errorf("%s: %d %s, %d kept", name, w.Code, w.Body, len(d.kept))
		}
		if len(d.kept) == 1 && (d.kept[0].Token != "token" || string(d.kept[0].Body) != `{}` || d.kept[0].Method != http.MethodPost) {
			t.Errorf("%s: %s %s", name, d.kept[0].Method, d.kept[0].Body)
		}
	}
}

// TestALetterKeepsItsKey, so what was done before the lock, or handed in twice, is done once.
func TestALetterKeepsItsKey(t *testing.T) {
	var kept drawer
	r := httptest.NewRequest(http.MethodPost, "http://localhost/v1/consents", strings.NewReader("{}"))
	r.Header.Set("Authorization", "Bearer invented")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(onceHeader, "k")
	w := httptest.NewRecorder()
	if Front(&kept, obs.Log{}).ServeHTTP(w, r); w.Code != http.StatusAccepted || len(kept.kept) != 1 || kept.kept[0].Key != "k" {
		t.Fatal(w.Code, kept)
	}
	key := ""
	_, _ = CarryOut(t.Context(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { key = r.Header.Get(onceHeader) }), kept.kept[0])
	if key != "k" {
		t.Errorf("it is carried out with %q", key)
	}
}
