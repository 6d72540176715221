package town_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

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
	request.Header.Set("If-Match", "*")
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

// routes are the whole API as it describes itself, GET /v1/consents/{id}, but for what is for
// whoever asks and has nothing of anybody.
func routes(t *testing.T, w *town.Town) (list []string) {
	t.Helper()
	var described struct {
		Paths map[string]map[string]struct{} `json:"paths"`
	}
	text := call(t, http.MethodGet, w.API("ngo")+"/openapi.json", "", func(*http.Request) {}).body
	if err := json.Unmarshal([]byte(text), &described); err != nil {
		t.Fatal(err)
	}
	for path, methods := range described.Paths {
		for method := range methods {
			if route := strings.ToUpper(method) + " " + path; strings.HasPrefix(path, "/v1/") && route != "POST /v1/unlock" {
				list = append(list, route)
			}
		}
	}
	if len(list) < 25 {
		t.Fatalf("the API has %d routes", len(list))
	}
	return list
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
	for _, route := range routes(t, w) {
		method, path, _ := strings.Cut(strings.ReplaceAll(route, "{id}", "x"), " ")
		body := ""
		if method != http.MethodGet {
			body = `{}`
		}
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
			// Whoever signs in has no token yet, and is answered by the route itself.
			signsIn := route == "POST /v1/sessions" && got.status == http.StatusUnauthorized && strings.Contains(got.body, "sign_in_failed")
			if got.status != c.want || !signsIn && !strings.HasPrefix(got.header.Get("Content-Type"), "application/problem+json") {
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
