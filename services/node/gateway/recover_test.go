package gateway

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/obs"
)

// TestAPanicIsAnAnswerAndTellsNothing: what it says may quote a record.
func TestAPanicIsAnAnswerAndTellsNothing(t *testing.T) {
	var log bytes.Buffer
	g := New(Config{Log: obs.NewLog(&log)})
	w := httptest.NewRecorder()
	g.recovered(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("XOCHITL") })).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/status", nil))
	if w.Code != http.StatusInternalServerError || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d: %v", w.Code, w.Header())
	}
	if strings.Contains(w.Body.String()+log.String(), "XOCHITL") || !strings.Contains(log.String(), "a request failed") {
		t.Errorf("%s\n%s", w.Body, &log)
	}
}
