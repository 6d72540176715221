package gateway

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/obs"
)

// TestAProblemsTypeIsTheAddressOfItsPage, of every kind, in both languages, whoever asks and
// whether or not the node is locked.
func TestAProblemsTypeIsTheAddressOfItsPage(t *testing.T) {
	front := Front(&drawer{}, obs.Log{})
	for _, key := range fault.Keys() {
		for _, l := range i18n.Languages() {
			p := Problem(i18n.For(l), fault.New(fault.Invalid, key).Because(errors.New("invented")))
			page := asked(front, http.MethodGet, p.Type+"?lang="+string(l), "", "", "")
			text := page.Body.String()
			if page.Code != http.StatusOK || page.Header().Get("Content-Language") != string(l) || !strings.Contains(text, string(key)) {
				t.Errorf("%s: %d %s", p.Type, page.Code, page.Header())
			}
			if strings.Contains(text, "<no value>") || strings.Contains(text, "{{") || strings.Contains(text, "fault.") {
				t.Errorf("%s says in %s\n%s", key, l, text)
			}
		}
	}
	for _, path := range []string{"/problems/", "/problems/XOCHITL", "/problems/unknown_word/", "/problems/%3Cscript%3E"} {
		if got := asked(front, http.MethodGet, path, "", "", ""); got.Code != http.StatusNotFound && got.Code != http.StatusServiceUnavailable || strings.Contains(got.Body.String(), "XOCHITL") {
			t.Errorf("%s: %d %s", path, got.Code, got.Body)
		}
	}
}

// TestALocationIsNamedAsFarAsItIsTheAPIs: what somebody typed as a name is not.
func TestALocationIsNamedAsFarAsItIsTheAPIs(t *testing.T) {
	g := New(Config{})
	g.register(http.NewServeMux(), noDoor{})
	for location, want := range map[string]string{
		"body": "body", "body.allow[0].to": "body.allow[0].to", "body.Xochitl": "body", "body.records[1].fields.Xochitl Q": "body.records[1].fields",
		"query.all": "query.all", "": "", "Xochitl": "", "body.Xochitl.case": "body",
	} {
		if got := g.place(location); got != want {
			t.Errorf("%q is named %q", location, got)
		}
	}
	if refusal(context.Background(), http.StatusTeapot, fault.BadRequest).Type != "/problems/bad_request" {
		t.Error("a refusal has another type")
	}
}
