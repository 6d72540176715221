package obs_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/obs"
)

func ask(a *obs.Admin, method, path string) (int, string) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, nil)
	r.Host = "127.0.0.1:7080"
	a.Handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestReadyzFollowsTheProcessAndLivezDoesNot(t *testing.T) {
	a := obs.NewAdmin()
	for i, ready := range []bool{false, true, false, true} {
		if i > 0 { // before anything was said it is not ready
			a.Ready(ready)
		}
		code, text := http.StatusServiceUnavailable, "not ready\n"
		if ready {
			code, text = http.StatusOK, "ok\n"
		}
		if gotCode, got := ask(a, http.MethodGet, "/readyz"); gotCode != code || got != text {
			t.Errorf("%d: readyz is %d %q; want %d %q", i, gotCode, got, code, text)
		}
		if gotCode, got := ask(a, http.MethodGet, "/livez"); gotCode != http.StatusOK || got != "ok\n" {
			t.Errorf("%d: livez is %d %q", i, gotCode, got)
		}
	}
}

func TestReadyzSaysWhyNot(t *testing.T) {
	a := obs.NewAdmin()
	a.Ready(true)
	a.Unready("locked")
	if code, text := ask(a, http.MethodGet, "/readyz"); code != http.StatusServiceUnavailable || text != "locked\n" {
		t.Errorf("%d %q", code, text)
	}
	if code, _ := ask(a, http.MethodGet, "/livez"); code != http.StatusOK {
		t.Errorf("livez is %d", code)
	}
}

// What starts again in one process must not count from nothing, or fail.
func TestCountersOfOneNameAreOne(t *testing.T) {
	a := obs.NewAdmin()
	for range 3 {
		a.Counters("mail_total", "Envelopes, by outcome.").Add("taken in")
	}
	if _, text := ask(a, http.MethodGet, "/metrics"); !strings.Contains(text, `posada_mail_total{outcome="taken in"} 3`) {
		t.Error(text)
	}
}

func TestTheAdminPageAnswersNothingElse(t *testing.T) {
	a := obs.NewAdmin()
	for _, path := range []string{"/", "/livez/", "/debug/pprof/", "/debug/vars", "/metrics/x", "/config", "/healthz"} {
		if code, _ := ask(a, http.MethodGet, path); code != http.StatusNotFound {
			t.Errorf("%s is %d", path, code)
		}
	}
	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		if code, _ := ask(a, http.MethodPost, path); code != http.StatusMethodNotAllowed {
			t.Errorf("POST %s is %d", path, code)
		}
	}
}

// TestAPageElsewhereLearnsNothing: its name may be made to point here.
func TestAPageElsewhereLearnsNothing(t *testing.T) {
	for host, want := range map[string]int{
		"127.0.0.1": http.StatusOK, "127.9.9.9:7080": http.StatusOK, "localhost:7080": http.StatusOK, "[::1]:7080": http.StatusOK,
		"page.example": http.StatusMisdirectedRequest, "localhost.example": http.StatusMisdirectedRequest,
		"192.0.2.1:7080": http.StatusMisdirectedRequest, "": http.StatusMisdirectedRequest, "127.0.0.1.example": http.StatusMisdirectedRequest,
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/livez", nil)
		r.Host = host
		if obs.NewAdmin().Handler().ServeHTTP(w, r); w.Code != want {
			t.Errorf("%q: %d; want %d", host, w.Code, want)
		}
	}
}

// Whoever reads the metrics learns what the process counts of its work, and
// nothing of the machine it runs on.
func TestMetricsAreOursAlone(t *testing.T) {
	a := obs.NewAdmin()
	mail := a.Counters("mail_total", "Envelopes, by outcome.")
	mail.Add("taken in")
	mail.Add("taken in")
	mail.Add("put aside")
	code, text := ask(a, http.MethodGet, "/metrics")
	if code != http.StatusOK {
		t.Fatalf("%d: %s", code, text)
	}
	var numbers []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			numbers = append(numbers, strings.TrimSpace(line))
		}
	}
	want := []string{`posada_mail_total{outcome="put aside"} 1`, `posada_mail_total{outcome="taken in"} 2`}
	if fmt.Sprint(numbers) != fmt.Sprint(want) {
		t.Errorf("%q; want %q", numbers, want)
	}
}

func TestCountersOfNobodyCountNothing(t *testing.T) {
	var c obs.Counters
	c.Add("dropped")
}

// listening tells when it is closed: from then on nobody new gets in.
type listening struct {
	net.Listener
	closed chan struct{}
}

func (l *listening) Close() error {
	err := l.Listener.Close()
	select {
	case <-l.closed:
	default:
		close(l.closed)
	}
	return err
}

func listen(t *testing.T) *listening {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // twice is an error that says nothing
	return &listening{l, make(chan struct{})}
}

func TestARequestUnderWayIsAnsweredBeforeServeReturns(t *testing.T) {
	l := listen(t)
	asked, release := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-release
		_, _ = io.WriteString(w, "kept")
	})
	ctx, stop := context.WithCancel(t.Context())
	served, answered := make(chan error, 1), make(chan string, 1)
	go func() { served <- obs.Serve(ctx, l, slow) }()
	go func() {
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		response, err := client.Get("http://" + l.Addr().String())
		if err != nil {
			answered <- err.Error()
			return
		}
		text, err := io.ReadAll(response.Body)
		answered <- fmt.Sprintf("%s %v %v", text, err, response.Body.Close())
	}()
	<-asked
	stop()
	<-l.closed
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		_ = c.Close()
		t.Error("it still takes connections after it was asked to stop")
	}
	select {
	case err := <-served:
		t.Fatalf("it returned while a request was under way: %v", err)
	default:
	}
	close(release)
	if got := <-answered; got != "kept <nil> <nil>" {
		t.Error(got)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestAListenerThatBreaksIsTold(t *testing.T) {
	l := listen(t)
	served := make(chan error, 1)
	go func() { served <- obs.Serve(t.Context(), l, http.NotFoundHandler()) }()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-served; err == nil {
		t.Error("it ended without a reason")
	}
}

func TestAHeaderWithoutEndIsRefused(t *testing.T) {
	l := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- obs.Serve(ctx, l, http.NotFoundHandler()) }()
	request, err := http.NewRequest(http.MethodGet, "http://"+l.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Long", string(bytes.Repeat([]byte("a"), 32<<10)))
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%d, %v", response.StatusCode, err)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
