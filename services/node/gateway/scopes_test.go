package gateway

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
)

// program is a staff of one, who may do everything and shows a token with some scopes. There
// are no units behind it: whatever is carried out makes this program panic.
type program struct {
	Staff
	scopes posada.Set[posada.Scope]
	rate   int
}

func (s program) Authenticate(string) (Person, error) {
	all := posada.SetOf(posada.Members[posada.StaffRole]()...)
	return Person{Asker: handoff.Asker{ID: "a", Roles: all}, Name: "Invented", Token: "t", Scopes: s.scopes, Rate: s.rate}, nil
}

// documented is an operation as the document has it.
type documented struct {
	OperationID string
	Security    []map[string][]string
	Responses   map[string]json.RawMessage
}

func theDocument(t *testing.T) map[string]documented {
	t.Helper()
	var api struct {
		Paths map[string]map[string]documented
	}
	if err := json.Unmarshal(description().json, &api); err != nil {
		t.Fatal(err)
	}
	out := map[string]documented{}
	for path, item := range api.Paths {
		for method, op := range item {
			out[strings.ToUpper(method)+" "+path] = op
		}
	}
	return out
}

// unread is a body that nobody may look at.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("what a program asked without the scope was read")
	return 0, http.ErrBodyReadAfterClose
}

func askAs(h http.Handler, route string, body unread) *httptest.ResponseRecorder {
	method, path, _ := strings.Cut(route, " ")
	w, r := httptest.NewRecorder(), httptest.NewRequest(method, strings.NewReplacer("{id}", "x", "{version}", "1").Replace(path), nil)
	if method != http.MethodGet && body.t != nil {
		r = httptest.NewRequest(method, r.URL.Path, body)
	}
	r.Host = "localhost"
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer t")
	h.ServeHTTP(w, r)
	return w
}

// TestEveryOperationNamesTheScopeItNeeds and a program without it is refused, in one shape,
// with nothing read and nothing done. With that scope alone it comes through.
func TestEveryOperationNamesTheScopeItNeeds(t *testing.T) {
	all := posada.SetOf(posada.Members[posada.Scope]()...)
	handlers := map[posada.Set[posada.Scope]]http.Handler{}
	api := func(scopes posada.Set[posada.Scope]) http.Handler {
		if handlers[scopes] == nil {
			handlers[scopes] = New(Config{Staff: program{scopes: scopes, rate: 6000}}).Handler(noDoor{})
		}
		return handlers[scopes]
	}
	refusals, asked, per := map[string]bool{}, 0, map[string]int{}
	for route, op := range theDocument(t) {
		if len(op.Security) == 0 {
			continue // it needs no token at all
		}
		if len(op.Security) != 1 || len(op.Security[0]["token"]) != 1 {
			t.Errorf("%s names %v", route, op.Security)
			continue
		}
		asked++
		needs := op.Security[0]["token"][0]
		per[needs]++
		scope := posada.SetOf(posada.Scope(needs))
		if scope.Empty() != (needs == byPerson) {
			t.Errorf("%s needs %q, which is no scope", route, needs)
		}
		refused := askAs(api(all.Minus(scope)), route, unread{t})
		var p client.Problem
		if err := json.Unmarshal(refused.Body.Bytes(), &p); err != nil || refused.Code != http.StatusForbidden || p.Args["scope"] != needs || op.Responses["403"] == nil {
			t.Errorf("%s without %s: %d %s", route, needs, refused.Code, refused.Body)
		}
		p.Args, p.Title = nil, ""
		refusals[fmt.Sprintf("%+v", p)] = true
		if scope.Empty() {
			continue
		}
		through := askAs(api(scope), route, unread{})
		if strings.Contains(through.Body.String(), string(fault.ScopeMissing)) {
			t.Errorf("%s with %s: %d %s", route, needs, through.Code, through.Body)
		}
	}
	if len(refusals) != 1 {
		t.Errorf("%d shapes of refusal: %v", len(refusals), refusals)
	}
	t.Logf("%d operations: %v", asked, per)
	if asked < 80 || len(per) != len(all.List())+1 {
		t.Errorf("%d operations need %v", asked, per)
	}
}

// TestWhatAProgramShowsIsSaidByPeople: with every scope there is, a program makes no token,
// adds nobody, and does not sign in as anybody.
func TestWhatAProgramShowsIsSaidByPeople(t *testing.T) {
	h := New(Config{Staff: program{scopes: posada.SetOf(posada.Members[posada.Scope]()...), rate: 1000}}).Handler(noDoor{})
	for _, route := range []string{"POST /v1/tokens", "DELETE /v1/tokens/{id}", "GET /v1/tokens", "POST /v1/staff", "GET /v1/staff", "PUT /v1/staff/{id}/roles", "POST /v1/account", "POST /v1/sessions/confirm"} {
		if w := askAs(h, route, unread{t}); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), byPerson) {
			t.Errorf("%s: %d %s", route, w.Code, w.Body)
		}
	}
	if w := askAs(h, "GET /v1/nothing", unread{t}); w.Code != http.StatusNotFound {
		t.Errorf("what there is no route for: %d", w.Code)
	}
}

// TestANewSubjectIsNoProgramsUntilItIsSaid.
func TestANewSubjectIsNoProgramsUntilItIsSaid(t *testing.T) {
	for route, want := range map[string]string{
		"GET /v1/invented": byPerson, "POST /v1/invented/{id}": byPerson, "GET /openapi.yaml": byPerson,
		"GET /v1/cases": "read_cases", "POST /v1/cases": "write_cases", "POST /v1/cases/records": "read_cases", "DELETE /v1/policy/own": "administer_node",
	} {
		if got := scopeOf(route); got != want {
			t.Errorf("%s needs %s, not %s", route, got, want)
		}
	}
	routes := theDocument(t)
	for _, route := range looking() {
		if _, is := routes[route]; !is {
			t.Errorf("%s is no route", route)
		}
	}
	for subject := range areas() {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(routes)), func(route string) bool { return strings.Contains(route+"/", " /v1/"+subject+"/") }) {
			t.Errorf("no route is about %s", subject)
		}
	}
}

// TestEachTokenHasARateOfItsOwn: what is beyond it is answered 429 and when to come again,
// and then it is answered. A person's own token has none.
func TestEachTokenHasARateOfItsOwn(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	l := &rates{now: func() time.Time { return at }}
	for range 3 {
		for id, rate := range map[posada.TokenID]int{"kobo": 60, "primero": 6} {
			for i := range rate {
				if wait := l.take(id, rate); wait != 0 {
					t.Fatalf("%s waits %v at its %d.", id, wait, i+1)
				}
			}
			if wait := l.take(id, rate); wait != time.Minute/time.Duration(rate) {
				t.Errorf("%s waits %v", id, wait)
			}
		}
		at = at.Add(10 * time.Second) // one more of primero's, ten of kobo's
		if l.take("primero", 6) != 0 || l.take("primero", 6) == 0 {
			t.Error("a sixth of a minute is not a sixth of a minute's")
		}
		at = at.Add(time.Minute)
	}
	for i := range 10 * mostDue {
		l.take(posada.TokenID(strconv.Itoa(i)), 6000)
		at = at.Add(time.Second)
	}
	if len(l.due) > mostDue {
		t.Errorf("%d moments are kept", len(l.due))
	}
}

func TestAProgramThatAsksTooOftenIsToldWhenToAskAgain(t *testing.T) {
	h := New(Config{Staff: program{scopes: posada.SetOf(posada.ScopeWriteCases), rate: 2}, Log: obs.Log{}}).Handler(noDoor{})
	codes := []int{}
	var last *httptest.ResponseRecorder
	for range 3 {
		last = askAs(h, "GET /v1/cases", unread{t})
		codes = append(codes, last.Code)
	}
	seconds, err := strconv.Atoi(last.Header().Get("Retry-After"))
	if !slices.Equal(codes, []int{403, 403, 429}) || err != nil || seconds < 1 || seconds > 30 || !strings.Contains(last.Body.String(), `"key":"rate_limited"`) {
		t.Errorf("%v, %d seconds: %s", codes, seconds, last.Body)
	}
	own := New(Config{Staff: program{}}).Handler(noDoor{})
	for range 300 {
		if w := askAs(own, "GET /v1/nothing", unread{t}); w.Code != http.StatusNotFound {
			t.Fatalf("a person's own: %d", w.Code)
		}
	}
}

// TestWhatWasHandedInIsNotCountedAgainstItsToken: a locked node said that it would be done.
func TestWhatWasHandedInIsNotCountedAgainstItsToken(t *testing.T) {
	h := New(Config{Staff: program{scopes: posada.SetOf(posada.ScopeReadCases), rate: 1}}).Handler(noDoor{})
	for i := range 3 {
		status, p := CarryOut(t.Context(), h, Work{Method: http.MethodPost, Path: "/v1/consents", Token: "t", Body: []byte(`{}`)})
		if status != http.StatusForbidden || p == nil || p.Key != string(fault.ScopeMissing) {
			t.Errorf("the %d.: %d %+v", i+1, status, p)
		}
	}
}
