package gateway

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/vault"
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

// TestWhatItsContextEndedIsNoDefect: a node that is locked says so to whoever waited, and one
// whose caller has gone is not reported as broken.
func TestWhatItsContextEndedIsNoDefect(t *testing.T) {
	var log bytes.Buffer
	g := New(Config{Log: obs.NewLog(&log)})
	locked, lock := context.WithCancelCause(t.Context())
	lock(vault.ErrClosed)
	if p := g.problem(locked, errors.New("stopped half way")); p.Status != http.StatusServiceUnavailable || p.Key != string(fault.NodeLocked) {
		t.Errorf("locked: %+v", p)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if p := g.problem(gone, errors.New("stopped half way")); p.Status < http.StatusInternalServerError || log.Len() > 0 {
		t.Errorf("gone: %+v\n%s", p, &log)
	}
}
