package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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
	New(Config{}).recovered(c.once(c)).ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), principalKey{}, person)))
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
