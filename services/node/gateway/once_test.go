package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
)

// counter does something each time it is asked, and is asked by whom a test says.
type counter struct {
	answers
	done   int
	status int
	during func()
}

func (c *counter) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if c.during != nil {
		c.during()
	}
	if c.status == 0 {
		panic("invented")
	}
	if c.status < http.StatusMultipleChoices {
		c.done++
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(c.status)
	fmt.Fprintf(w, `{"done":%d}`, c.done)
}

func (c *counter) asked(by posada.StaffID, method, path, key, body string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(method, path, strings.NewReader(body))
	if key != "" {
		r.Header.Set(onceHeader, key)
	}
	person := Person{Asker: handoff.Asker{ID: by}}
	c.next = c
	New(Config{}).recovered(c.once()).ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), principalKey{}, person)))
	return w
}

// TestWhatIsAskedWithAKeyIsDoneOnce, by each person for herself; what was refused is no
// answer that stays.
func TestWhatIsAskedWithAKeyIsDoneOnce(t *testing.T) {
	c := &counter{status: http.StatusCreated}
	for i, q := range []struct {
		by                      posada.StaffID
		method, path, key, body string
		status                  int // what is done comes to, where anything is
		want, done              int
	}{
		{"a", http.MethodPost, "/v1/cases", "", "", http.StatusCreated, http.StatusCreated, 1},
		{"a", http.MethodPost, "/v1/cases", "", "", http.StatusCreated, http.StatusCreated, 2},
		{"a", http.MethodPost, "/v1/cases", "k", "{}", http.StatusForbidden, http.StatusForbidden, 2},
		{"a", http.MethodPost, "/v1/cases", "k", "{}", 0, http.StatusInternalServerError, 2},
		{"a", http.MethodPost, "/v1/cases", "k", "{}", http.StatusCreated, http.StatusCreated, 3},
		{"a", http.MethodPost, "/v1/cases", "k", "{}", http.StatusForbidden, http.StatusCreated, 3},
		{"a", http.MethodPost, "/v1/cases", "k", "{ }", http.StatusCreated, http.StatusUnprocessableEntity, 3},
		{"a", http.MethodPost, "/v1/tokens", "k", "{}", http.StatusCreated, http.StatusUnprocessableEntity, 3},
		{"b", http.MethodPost, "/v1/cases", "k", "{}", http.StatusCreated, http.StatusCreated, 4},
		{"", http.MethodPost, "/v1/sessions", "k", "{}", http.StatusCreated, http.StatusCreated, 5},
		{"", http.MethodPost, "/v1/sessions", "k", "{}", http.StatusCreated, http.StatusCreated, 6},
		{"a", http.MethodPut, "/v1/cases", "k", "{}", http.StatusOK, http.StatusOK, 7},
		{"a", http.MethodPost, "/v1/cases", strings.Repeat("k", maxKey+1), "", http.StatusCreated, http.StatusUnprocessableEntity, 7},
		{"a", http.MethodPost, "/v1/withdrawals", "w", "{}", http.StatusCreated, http.StatusCreated, 8},
		{"a", http.MethodPost, "/v1/cases", "k", "{}", http.StatusCreated, http.StatusConflict, 8},
		{"a", http.MethodPost, "/v1/withdrawals", "w", "{}", http.StatusCreated, http.StatusCreated, 8},
	} {
		c.status = q.status
		got := c.asked(q.by, q.method, q.path, q.key, q.body)
		if got.Code != q.want || c.done != q.done {
			t.Errorf("%d: %d %s, %d done", i, got.Code, got.Body, c.done)
		}
		if i == 5 && (got.Body.String() != `{"done":3}` || got.Header().Get("Content-Type") != "application/json") {
			t.Errorf("asked again it is answered %v %s", got.Header(), got.Body)
		}
	}
}

// TestWhoAsksWhileItIsUnderWayWaits, and it is not done beside itself.
func TestWhoAsksWhileItIsUnderWayWaits(t *testing.T) {
	c := &counter{status: http.StatusCreated}
	c.during = func() {
		c.during = nil
		if got := c.asked("a", http.MethodPost, "/v1/cases", "k", "{}"); got.Code != http.StatusConflict {
			t.Errorf("meanwhile: %d", got.Code)
		}
	}
	if got := c.asked("a", http.MethodPost, "/v1/cases", "k", "{}"); got.Code != http.StatusCreated || c.done != 1 {
		t.Errorf("%d, %d done", got.Code, c.done)
	}
}

// TestAnswersDoNotGrow: the oldest go, and what is under way stays.
func TestAnswersDoNotGrow(t *testing.T) {
	c := &counter{status: http.StatusCreated}
	for i := range 3 * maxAnswers {
		c.asked("a", http.MethodPost, "/v1/cases", fmt.Sprint(i), "")
	}
	if len(c.kept) > maxAnswers || len(c.order) > maxAnswers {
		t.Errorf("%d are kept, %d in order", len(c.kept), len(c.order))
	}
	if c.asked("a", http.MethodPost, "/v1/cases", fmt.Sprint(3*maxAnswers-1), ""); c.done != 3*maxAnswers {
		t.Errorf("the newest was done again: %d", c.done)
	}
}

// TestWhatIsReadAnewIsWhatWasAnswered: by the description, a look at the thing gives what the
// request that changed it gave.
func TestWhatIsReadAnewIsWhatWasAnswered(t *testing.T) {
	paths := New(Config{}).register(http.NewServeMux(), noDoor{}).Paths
	form := func(o *huma.Operation) string {
		for status, r := range o.Responses {
			if strings.HasPrefix(status, "2") {
				return r.Content["application/json"].Schema.Ref
			}
		}
		return ""
	}
	for _, of := range readAnew() {
		look := paths["/v1/"+of.subject+"/{id}"].Get
		for _, action := range of.actions {
			path := "/v1/" + of.subject
			if action != "" {
				path += "/{id}/" + action
			}
			if did := paths[path].Post; form(look) == "" || form(did) != form(look) {
				t.Errorf("%s gives %q, and a look %q", path, form(did), form(look))
			}
			all := &audit.Entry{Consent: "i", Referral: "i", Need: "i"}
			if got := lookedAt("POST "+path, all); got != "/v1/"+of.subject+"/i" {
				t.Errorf("%s is looked at at %q", path, got)
			}
			if got := lookedAt("POST "+path, &audit.Entry{}); got != "" {
				t.Errorf("%s is looked at at %q", path, got)
			}
		}
	}
	for _, route := range []string{"POST /v1/cases", "POST /v1/referrals/print", "POST /v1/referrals/{id}/take-over", "POST /v1/tokens", "POST /v1/needs/order"} {
		if got := lookedAt(route, &audit.Entry{Consent: "i", Referral: "i", Need: "i"}); got != "" {
			t.Errorf("%s is looked at at %q", route, got)
		}
	}
}

// TestWhileSomethingIsDoneWithAKeyNothingElseOfHersIs: the account would not tell the two apart. Others go
// on, and she may look.
func TestWhileSomethingIsDoneWithAKeyNothingElseOfHersIs(t *testing.T) {
	begun, finish := make(chan string, 9), make(chan struct{})
	a := &answers{beyond: forgetful{}, next: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		key := r.Header.Get(onceHeader)
		begun <- r.Method + " " + key
		if key == "first" {
			<-finish
		}
	})}
	var all sync.WaitGroup
	goes := func(by posada.StaffID, method, path, key string) {
		r := httptest.NewRequest(method, path, http.NoBody)
		r.Header.Set(onceHeader, key)
		ctx := context.WithValue(r.Context(), principalKey{}, Person{Asker: handoff.Asker{ID: by}})
		all.Go(func() { a.once().ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx)) })
	}
	expect := func(want string) {
		t.Helper()
		if got := <-begun; got != want {
			t.Errorf("%q began, not %q", got, want)
		}
	}
	goes("a", http.MethodPost, "/v1/cases", "first")
	expect("POST first")
	goes("a", http.MethodPost, "/v1/cases", "second") // these wait
	goes("a", http.MethodDelete, "/v1/cases", "")
	goes("b", http.MethodPost, "/v1/cases", "another's")
	expect("POST another's")
	goes("a", http.MethodGet, "/v1/cases", "")
	expect("GET ")
	goes("a", http.MethodPost, "/v1/lock", "")
	expect("POST ")
	goes("a", http.MethodPost, "/v1/withdrawals", "taken back")
	expect("POST taken back")
	close(finish)
	all.Wait()
	if len(begun) != 2 {
		t.Errorf("%d of the two that waited went on", len(begun))
	}
}

// forgetful keeps nothing.
type forgetful struct{}

func (forgetful) Begin(posada.StaffID, string, []byte) (*audit.Entry, int, error) { return nil, 0, nil }
func (forgetful) End(posada.StaffID, string, int) error                           { return nil }
