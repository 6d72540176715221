package client

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// line is a way to a node on which one thing after another happens; the last goes on happening.
type line struct {
	answers []func() (*http.Response, error)
	keys    []string
	bodies  []string
	at      []time.Time
}

func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	l.keys, l.bodies, l.at = append(l.keys, r.Header.Get("Idempotency-Key")), append(l.bodies, string(body)), append(l.at, time.Now())
	return l.answers[min(len(l.at), len(l.answers))-1]()
}

func says(status int, body string, headers ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/json"}}
		for i := 0; i < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func problem(status int, key string, headers ...string) func() (*http.Response, error) {
	return says(status, `{"title":"invented","code":"conflict","key":"`+key+`"}`, headers...)
}

func breaks(op string) func() (*http.Response, error) {
	return func() (*http.Response, error) { return nil, &net.OpError{Op: op, Err: errors.New("invented")} }
}

// TestWhatIsAskedAgain goes through what may come instead of an answer, for what only looks, what
// has a key, and what has none.
func TestWhatIsAskedAgain(t *testing.T) {
	fine := says(http.StatusOK, "{}")
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	for name, c := range map[string]struct {
		first func() (*http.Response, error)
		again string // the methods that it is asked again with
	}{
		"nothing reached it":     {breaks("dial"), get + post + put + del},
		"it broke off":           {breaks("read"), get + post},
		"half an answer":         {says(http.StatusOK, `{"id":"`), get + post},
		"no answer":              {says(http.StatusOK, ``), get + post},
		"locked":                 {problem(http.StatusServiceUnavailable, "node_locked"), get + post + put + del},
		"too many":               {problem(http.StatusTooManyRequests, "rate_limited"), get + post + put + del},
		"slow":                   {problem(http.StatusRequestTimeout, "body_broken_off"), get + post + put + del},
		"under way":              {problem(http.StatusConflict, "key_under_way"), get + post + put + del},
		"done":                   {problem(http.StatusConflict, "key_done"), ""},
		"invalid":                {problem(http.StatusBadRequest, "bad_request"), ""},
		"whose":                  {problem(http.StatusUnauthorized, "unknown_token"), ""},
		"refused":                {problem(http.StatusForbidden, "scope_missing"), ""},
		"absent":                 {problem(http.StatusNotFound, "unknown_case"), ""},
		"moved on":               {problem(http.StatusPreconditionFailed, "match_failed"), ""},
		"a defect":               {problem(http.StatusInternalServerError, "unexpected_failure"), ""},
		"no node":                {says(http.StatusBadGateway, "<html>"), ""},
		"kept, the node locked":  {says(http.StatusAccepted, `{"kept":true}`), ""},
		"come in a week, please": {problem(http.StatusTooManyRequests, "rate_limited", "Retry-After", "604800"), ""},
	} {
		for _, method := range []string{get, post, put, del} {
			synctest.Test(t, func(t *testing.T) {
				l := &line{answers: []func() (*http.Response, error){c.first, fine}}
				node := New("http://127.0.0.1:7070", "token", "en").Retrying(3)
				node.http.Transport = l
				err := node.do(t.Context(), method, "/v1/consents", map[string]string{"a": "b"}, &struct{}{})
				if want := strings.Contains(c.again, method); want != (len(l.at) == 2) || want != (err == nil) {
					t.Errorf("%s, %s: asked %d times; %v", name, method, len(l.at), err)
				}
				if method == post && (len(l.keys[0]) < 20 || l.keys[0] != l.keys[len(l.keys)-1]) || method != post && l.keys[0] != "" {
					t.Errorf("%s, %s: with the keys %q", name, method, l.keys)
				}
				if l.bodies[0] != l.bodies[len(l.bodies)-1] || !strings.Contains(l.bodies[0], "b") {
					t.Errorf("%s: %q", name, l.bodies)
				}
			})
		}
	}
}

// TestEachCallHasAKeyOfItsOwn, unless whoever calls has one.
func TestEachCallHasAKeyOfItsOwn(t *testing.T) {
	l := &line{answers: []func() (*http.Response, error){says(http.StatusOK, "{}")}}
	node := New("http://127.0.0.1:7070", "token", "en").Retrying(3)
	node.http.Transport = l
	for _, c := range []*Client{node, node, node.Once("own"), node.Once("own"), node.Retrying(0)} {
		if _, err := c.AddConsent(t.Context(), NewConsent{}); err != nil {
			t.Fatal(err)
		}
	}
	if k := l.keys; k[0] == "" || k[0] == k[1] || k[2] != "own" || k[3] != "own" || k[4] != "" {
		t.Errorf("%q", k)
	}
}

// TestWhatMayHaveBeenDoneIsSaidAtTheEnd, whatever came last, unless what came last says it.
func TestWhatMayHaveBeenDoneIsSaidAtTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		answers []func() (*http.Response, error)
		unsure  bool
	}{
		"then it is away":        {[]func() (*http.Response, error){breaks("read"), breaks("dial")}, true},
		"then it is locked":      {[]func() (*http.Response, error){breaks("read"), problem(http.StatusServiceUnavailable, "node_locked")}, true},
		"then it is under way":   {[]func() (*http.Response, error){breaks("read"), problem(http.StatusConflict, "key_under_way")}, true},
		"then it says it is not": {[]func() (*http.Response, error){breaks("read"), problem(http.StatusForbidden, "scope_missing")}, false},
		"then it keeps it":       {[]func() (*http.Response, error){breaks("read"), says(http.StatusAccepted, `{"kept":true}`)}, false},
		"it was never there":     {[]func() (*http.Response, error){breaks("dial")}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			node := New("http://127.0.0.1:7070", "token", "en").Retrying(5)
			node.http.Transport = &line{answers: c.answers}
			if _, err := node.AddConsent(t.Context(), NewConsent{}); err == nil || errors.Is(err, ErrUnsure) != c.unsure {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// TestItWaitsAsLongAsItIsTold, more and more where it is told nothing, and never in vain.
func TestItWaitsAsLongAsItIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC) // by the node's clock, which is another
		moment := now.Add(40 * time.Second).Format(http.TimeFormat)
		l := &line{answers: []func() (*http.Response, error){
			problem(http.StatusTooManyRequests, "rate_limited", "Retry-After", "30"),
			problem(http.StatusServiceUnavailable, "node_locked", "Retry-After", moment, "Date", now.Format(http.TimeFormat)),
			breaks("dial"), breaks("dial"), breaks("dial"), breaks("dial"), breaks("dial"), breaks("dial"), breaks("dial"), breaks("dial"), breaks("dial"),
		}}
		node := New("http://127.0.0.1:7070", "token", "en").Retrying(10)
		node.http.Transport = l
		begun := time.Now()
		if _, err := node.Consents(t.Context()); !errors.Is(err, ErrUnreachable) || len(l.at) != 11 {
			t.Fatalf("asked %d times; %v", len(l.at), err)
		}
		if first, second := l.at[1].Sub(begun), l.at[2].Sub(begun); first != 30*time.Second || second != 70*time.Second {
			t.Errorf("it came back after %v and %v", first, second)
		}
		for n := 3; n < 10; n++ {
			whole := min(leastWait<<n, mostWait)
			if waited := l.at[n+1].Sub(l.at[n]); waited < whole/2 || waited > whole {
				t.Errorf("after %d it waited %v", n, waited)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
		defer cancel()
		l.answers, l.at, begun = l.answers[:1], nil, time.Now()
		p, ok := errors.AsType[*Problem](func() error { _, err := node.Consents(ctx); return err }())
		if !ok || p.RetryAfter <= 0 || len(l.at) != 2 || time.Since(begun) > 40*time.Second {
			t.Errorf("%+v after %v and %d times", p, time.Since(begun), len(l.at))
		}
	})
}

// TestAPassphraseAndACodeAreShownOnce: each that is wrong makes the next wait longer.
func TestAPassphraseAndACodeAreShownOnce(t *testing.T) {
	for name, ask := range map[string]func(*Client) error{
		"unlock":  func(c *Client) error { _, err := c.Unlock(t.Context(), []byte("invented")); return err },
		"sign in": func(c *Client) error { _, err := c.As("", "en").SignIn(t.Context(), NewSession{}); return err },
	} {
		l := &line{answers: []func() (*http.Response, error){breaks("read")}}
		node := New("http://127.0.0.1:7070", "token", "en").Retrying(3)
		node.http.Transport = l
		if err := ask(node); !errors.Is(err, ErrUnsure) || len(l.at) != 1 {
			t.Errorf("%s: asked %d times; %v", name, len(l.at), err)
		}
	}
}
