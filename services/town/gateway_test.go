package town_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
)

// answered is everything a caller of the API can observe but when.
type answered struct {
	status int
	header http.Header
	body   string
}

// call asks a node as a program would that knows no SDK.
func call(t *testing.T, method, address, body string, change func(*http.Request)) answered {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	change(request)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	response.Header.Del("Date")
	return answered{response.StatusCode, response.Header, string(text)}
}

func as(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

// routes are the whole API but its description.
func routes() map[string]string {
	return map[string]string{
		"POST /v1/consents": `{}`, "GET /v1/consents": "", "GET /v1/consents/x": "",
		"POST /v1/referrals/preview": `{}`, "POST /v1/referrals": `{}`, "GET /v1/referrals": "", "GET /v1/referrals/x": "",
		"POST /v1/referrals/x/marks": `{}`, "POST /v1/lock": "", "GET /v1/status": "", "GET /v1/agencies": "",
	}
}

// TestAPageElsewhereCannotAsk is T27: a page in the caseworker's browser has
// neither a name for this machine that is taken, nor an origin, nor a token;
// each alone is refused, whatever else is right.
func TestAPageElsewhereCannotAsk(t *testing.T) {
	t.Parallel()
	w := start(t, lay(t), town.Options{Skip: []string{"legal", "shelter", "police"}})
	token, err := w.Token("ngo")
	if err != nil {
		t.Fatal(err)
	}
	for route, body := range routes() {
		method, path, _ := strings.Cut(route, " ")
		for name, c := range map[string]struct {
			change func(*http.Request)
			want   int
		}{
			"a name that was made to point here": {func(r *http.Request) { as(token)(r); r.Host = "posada.example:7070" }, http.StatusMisdirectedRequest},
			"a name that begins like this one":   {func(r *http.Request) { as(token)(r); r.Host = "localhost.example" }, http.StatusMisdirectedRequest},
			"no name":                            {func(r *http.Request) { as(token)(r); r.Host = ":7070" }, http.StatusMisdirectedRequest},
			"an address of another machine":      {func(r *http.Request) { as(token)(r); r.Host = "192.0.2.1" }, http.StatusMisdirectedRequest},
			"no token":                           {func(*http.Request) {}, http.StatusUnauthorized},
			"another token":                      {as("another"), http.StatusUnauthorized},
			"a token's beginning":                {as(token[:20]), http.StatusUnauthorized},
			"the token another way": {func(r *http.Request) {
				r.Header.Set("Authorization", token)
				r.URL.RawQuery = "token=" + token + "&access_token=" + token
				r.AddCookie(&http.Cookie{Name: "token", Value: token})
			}, http.StatusUnauthorized},
		} {
			got := call(t, method, w.API("ngo")+path, body, c.change)
			if got.status != c.want || !strings.HasPrefix(got.header.Get("Content-Type"), "application/problem+json") {
				t.Errorf("%s with %s: %d %s, want %d", route, name, got.status, got.header.Get("Content-Type"), c.want)
			}
			if got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s with %s may be kept: %v", route, name, got.header)
			}
		}
	}
	for _, change := range []func(*http.Request){
		func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		func(r *http.Request) { r.Header.Set("Origin", "https://page.example") },
		func(r *http.Request) { r.Header.Set("Origin", "null") },
	} {
		got := call(t, http.MethodPost, w.API("ngo")+"/v1/consents", `{}`, func(r *http.Request) { as(token)(r); change(r) })
		if got.status != http.StatusForbidden || got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("a page of another origin was answered %d", got.status)
		}
	}
	preflight := call(t, http.MethodOptions, w.API("ngo")+"/v1/consents", "", func(r *http.Request) { r.Header.Set("Origin", "https://page.example") })
	for name := range preflight.header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("another origin is told %s", name)
		}
	}
}

// TestWhatIsNotOnesOwnLooksLikeWhatIsNotThere is G7 inside an agency: a member
// of staff whose role does not work with cases is told so, in the same bytes for
// one that is there and for one that is not, with the status of what is not
// there.
func TestWhatIsNotOnesOwnLooksLikeWhatIsNotThere(t *testing.T) {
	t.Parallel()
	p := plan()
	p.Agencies[0].Staff = append(p.Agencies[0].Staff, town.Person{Name: "Invented Volunteer", Roles: []posada.StaffRole{posada.RoleVolunteerScreener}})
	laid, err := town.Lay(t.TempDir(), p, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, laid, town.Options{Skip: []string{"legal", "shelter", "police"}})
	ngo := ask(t, w, "ngo")
	agreed := agree(t, ngo)
	sent := send(t, ngo, agreed.Case)
	text, err := os.ReadFile(laid.TokenFile("ngo") + "-2")
	if err != nil {
		t.Fatal(err)
	}
	advocate, err := w.Token("ngo")
	if err != nil {
		t.Fatal(err)
	}
	volunteer := strings.TrimSpace(string(text))
	somebody, theirs := identities(t, w)
	missing := call(t, http.MethodGet, w.API("ngo")+"/v1/referrals/zzzz", "", as(advocate))
	if missing.status != http.StatusNotFound || strings.Contains(missing.body, "zzzz") {
		t.Fatalf("what is not there is answered %d: %s", missing.status, missing.body)
	}
	for _, ask := range []struct{ method, there, absent, body string }{
		{http.MethodGet, "/v1/referrals/" + string(sent.ID), "/v1/referrals/zzzz", ""},
		{http.MethodGet, "/v1/consents/" + string(agreed.ID), "/v1/consents/zzzz", ""},
		{http.MethodPost, "/v1/referrals/" + string(sent.ID) + "/marks", "/v1/referrals/zzzz/marks", `{"state":"recalled"}`},
		{http.MethodPut, "/v1/staff/" + somebody + "/roles", "/v1/staff/zzzz/roles", `{"roles":["agency_admin"]}`},
		{http.MethodPost, "/v1/staff/" + somebody + "/disable", "/v1/staff/zzzz/disable", ""},
		{http.MethodPost, "/v1/tokens", "/v1/tokens", `{"of":"` + somebody + `"}`},
	} {
		there := call(t, ask.method, w.API("ngo")+ask.there, ask.body, as(volunteer))
		absent := call(t, ask.method, w.API("ngo")+ask.absent, ask.body, as(volunteer))
		if fmt.Sprint(there) != fmt.Sprint(absent) {
			t.Errorf("%s %s is answered differently:\n%v\n%v", ask.method, ask.there, there, absent)
		}
		if there.status != missing.status || !strings.Contains(there.body, string(fault.NotYourRole)) {
			t.Errorf("%s %s is answered %d: %s", ask.method, ask.there, there.status, there.body)
		}
	}
	other := call(t, http.MethodDelete, w.API("ngo")+"/v1/tokens/"+theirs, "", as(volunteer))
	none := call(t, http.MethodDelete, w.API("ngo")+"/v1/tokens/zzzz", "", as(volunteer))
	if fmt.Sprint(other) != fmt.Sprint(none) || other.status != missing.status {
		t.Errorf("somebody else's token is answered %d: %s", other.status, other.body)
	}
	if again := call(t, http.MethodGet, w.API("ngo")+"/v1/status", "", as(advocate)); again.status != http.StatusOK {
		t.Errorf("a volunteer disabled somebody, or ended her token: %d", again.status)
	}
	if r, err := ngo.Referral(t.Context(), sent.ID); err != nil || r.State == posada.StateRecalled {
		t.Errorf("somebody without cases recalled one: %v, %v", r.State, err)
	}
}

// identities are those of the first member of the NGO's staff: hers and her
// token's, as an administrator would know them.
func identities(t *testing.T, w *town.Town) (person, token string) {
	t.Helper()
	list, err := ask(t, w, "ngo").Tokens(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("%d tokens are hers, %v", len(list), err)
	}
	return string(list[0].Of), string(list[0].ID)
}

// TestARequestThatIsNotReadIsAnsweredInWords: a wrong address, method, type or
// body is answered like everything else, in the language that was asked for,
// with every place that is wrong and nothing of what was there.
func TestARequestThatIsNotReadIsAnsweredInWords(t *testing.T) {
	t.Parallel()
	w := start(t, lay(t), town.Options{Skip: []string{"legal", "shelter", "police"}})
	token, err := w.Token("ngo")
	if err != nil {
		t.Fatal(err)
	}
	spanish := func(r *http.Request) { as(token)(r); r.Header.Set("Accept-Language", "es-MX") }
	text := func(r *http.Request) { spanish(r); r.Header.Set("Content-Type", "text/plain") }
	for _, c := range []struct {
		method, path, body string
		change             func(*http.Request)
		status             int
		says               []string
	}{
		{http.MethodGet, "/v1/v1/referrals", "", spanish, http.StatusNotFound, []string{"no responde nada"}},
		{http.MethodGet, "/", "", spanish, http.StatusNotFound, []string{"no responde nada"}},
		{http.MethodDelete, "/v1/consents", "", spanish, http.StatusMethodNotAllowed, []string{"no acepta este método"}},
		{http.MethodPost, "/v1/consents", `{}`, text, http.StatusUnsupportedMediaType, []string{"application/json"}},
		{http.MethodPost, "/v1/referrals/preview", `{"case":7,"to":["Xochitl"],"purpose":8}`, spanish, http.StatusUnprocessableEntity,
			[]string{"body.case", "body.to", "body.purpose"}},
	} {
		got := call(t, c.method, w.API("ngo")+c.path, c.body, c.change)
		if got.status != c.status || got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d %s %s", c.method, c.path, got.status, got.header.Get("Content-Type"), got.body)
		}
		for _, part := range c.says {
			if !strings.Contains(got.body, part) {
				t.Errorf("%s %s does not say %q: %s", c.method, c.path, part, got.body)
			}
		}
		if strings.Contains(got.body, "Xochitl") {
			t.Errorf("%s %s repeats what was sent: %s", c.method, c.path, got.body)
		}
	}
	if allow := call(t, http.MethodDelete, w.API("ngo")+"/v1/consents", "", spanish).header.Get("Allow"); !strings.Contains(allow, "GET") {
		t.Errorf("what is allowed is %q", allow)
	}
}
