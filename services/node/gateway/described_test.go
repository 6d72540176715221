package gateway

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/obs"
)

var renew = flag.Bool("renew", false, "write docs/openapi.yaml anew")

const inTheDocs = "../../../docs/openapi.yaml"

// TestTheDescriptionInTheDocsIsWhatANodeServes, locked or not, to whoever asks. After a change:
// go test ./services/node/gateway -run Docs -renew.
func TestTheDescriptionInTheDocsIsWhatANodeServes(t *testing.T) {
	served := asked(New(Config{}).Handler(noDoor{}), http.MethodGet, "/openapi.yaml", "", "", "").Body.Bytes()
	locked := asked(Front(&drawer{}, obs.Log{}), http.MethodGet, "/openapi.yaml", "", "", "").Body.Bytes()
	if *renew {
		if err := os.WriteFile(inTheDocs, served, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(inTheDocs)
	if err != nil || !bytes.Equal(text, served) || !bytes.Equal(text, locked) {
		t.Errorf("docs/openapi.yaml is another, %v: go test ./services/node/gateway -run Docs -renew", err)
	}
	if !bytes.Contains(text, []byte("\nopenapi: 3.1.0\n")) {
		t.Error("it is of another version of OpenAPI")
	}
}

// TestARouteIsServedIfItIsDescribed, and only then: by the router of an open vault, before it,
// or while the vault is closed.
func TestARouteIsServedIfItIsDescribed(t *testing.T) {
	var api struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(description().json, &api); err != nil {
		t.Fatal(err)
	}
	mux, served := http.NewServeMux(), 0
	New(Config{}).register(mux, noDoor{})
	for path, described := range api.Paths {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			r := httptest.NewRequest(method, strings.NewReplacer("{id}", "x", "{key}", "unknown_word").Replace(path), nil)
			r.Host = "localhost"
			_, pattern := mux.Handler(r)
			open, closed := httptest.NewRecorder(), httptest.NewRecorder()
			public(http.NotFoundHandler()).ServeHTTP(open, r)
			if method+" "+path == UnlockRoute {
				Front(&drawer{}, obs.Log{}).ServeHTTP(closed, r)
			}
			is := pattern == method+" "+path || open.Code == http.StatusOK || closed.Code == http.StatusUnsupportedMediaType
			if _, says := described[strings.ToLower(method)]; says != is {
				t.Errorf("%s %s: described %v, served %v", method, path, says, is)
			} else if is {
				served++
			}
		}
	}
	t.Logf("%d operations", served)
	if served < 80 {
		t.Errorf("only %d operations are served", served)
	}
}
