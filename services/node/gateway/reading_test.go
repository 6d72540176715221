package gateway

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// TestOnlyWhatEveryReaderTakesForTheSameIsRead: what two readers of JSON would take for two
// things is refused before either looks.
func TestOnlyWhatEveryReaderTakesForTheSameIsRead(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, c := range map[string]struct {
		kind, coding, body string
		want               int
	}{
		"an object":          {"application/json", "", `{"a":{"b":1},"b":[1,"ñ"]} `, http.StatusOK},
		"with its charset":   {"application/json; charset=UTF-8", "identity", `{}`, http.StatusOK},
		"as deep as may be":  {"application/json", "", deep(maxDepth), http.StatusOK},
		"deeper":             {"application/json", "", deep(maxDepth + 1), http.StatusBadRequest},
		"much deeper":        {"application/json", "", strings.Repeat("[", 500_000), http.StatusBadRequest},
		"a name twice":       {"application/json", "", `{"a":1,"b":2,"a":3}`, http.StatusBadRequest},
		"twice, escaped":     {"application/json", "", `{"a":1,"\u0061":3}`, http.StatusBadRequest},
		"twice, further in":  {"application/json", "", `[{"a":{"b":1,"b":1}}]`, http.StatusBadRequest},
		"more behind":        {"application/json", "", `{} {}`, http.StatusBadRequest},
		"cut off":            {"application/json", "", `{"a":`, http.StatusBadRequest},
		"blanks":             {"application/json", "", `  `, http.StatusBadRequest},
		"no UTF-8":           {"application/json", "", "{\"a\":\"\xff\"}", http.StatusBadRequest},
		"half a surrogate":   {"application/json", "", `{"a":"\ud800"}`, http.StatusBadRequest},
		"UTF-16":             {"application/json", "", "\xff\xfe{\x00}\x00", http.StatusBadRequest},
		"a mark of order":    {"application/json", "", "\xef\xbb\xbf{}", http.StatusBadRequest},
		"another charset":    {"application/json; charset=utf-16", "", `{}`, http.StatusUnsupportedMediaType},
		"compressed":         {"application/json", "gzip", "\x1f\x8b\b\x00", http.StatusUnsupportedMediaType},
		"a form":             {"application/x-www-form-urlencoded", "", `a=1`, http.StatusUnsupportedMediaType},
		"of no type":         {"", "", `{}`, http.StatusUnsupportedMediaType},
		"of a broken type":   {"application/json;", "", `{}`, http.StatusOK},
		"of two types":       {"application/json, text/plain", "", `{}`, http.StatusUnsupportedMediaType},
		"too large":          {"application/json", "", `"` + strings.Repeat("x", maxBody) + `"`, http.StatusRequestEntityTooLarge},
		"of some other JSON": {"application/merge-patch+json", "", `{}`, http.StatusUnsupportedMediaType},
	} {
		read := ""
		h := http.MaxBytesHandler(reading(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			text, _ := io.ReadAll(r.Body)
			read = string(text)
		})), maxBody)
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/v1/consents", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		r.Header.Set("Content-Encoding", c.coding)
		h.ServeHTTP(w, r)
		if w.Code != c.want || (w.Code == http.StatusOK) != (read == c.body) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// deadlines is a writer of a connection that knows until when it is to be read.
type deadlines struct {
	*httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error {
	d.set = append(d.set, at)
	return nil
}

// TestNoOperationIsTimedWhileItIsCarriedOut: a limit on the connection's reading, once the body
// is read, ends the request's context however patient the caller is.
func TestNoOperationIsTimedWhileItIsCarriedOut(t *testing.T) {
	mux, bodies := http.NewServeMux(), 0
	for path, item := range New(Config{}).register(mux, noDoor{}).Paths {
		for method, op := range map[string]*huma.Operation{http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete} {
			if op == nil || op.RequestBody == nil {
				continue
			}
			w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
			r := httptest.NewRequest(method, strings.NewReplacer("{id}", "x").Replace(path), strings.NewReader("["))
			r.Header.Set("Content-Type", "application/json")
			mux.ServeHTTP(w, r)
			bodies++
			for _, at := range w.set {
				if !at.IsZero() {
					t.Errorf("%s %s is timed", method, path)
				}
			}
		}
	}
	if bodies < 40 {
		t.Errorf("%d operations with a body: too few for this to be about the API", bodies)
	}
}

// TestABodyThatStopsComingIsSaidToBeLate: not malformed, nor taken for what came of it.
func TestABodyThatStopsComingIsSaidToBeLate(t *testing.T) {
	for want, err := range map[int]error{http.StatusRequestTimeout: os.ErrDeadlineExceeded, http.StatusBadRequest: io.ErrUnexpectedEOF} {
		h := reading(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was read") }))
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/v1/consents", io.MultiReader(strings.NewReader("{}"), iotest.ErrReader(err)))
		r.Header.Set("Content-Type", "application/json")
		h.ServeHTTP(w, r)
		if w.Code != want || !strings.Contains(w.Body.String(), "body_broken_off") {
			t.Errorf("%v: %d %s", err, w.Code, w.Body)
		}
	}
}
