package browsing

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

func TestAPageServedUnderAnotherNameIsRefused(t *testing.T) {
	d := serve(t, in(t), "ngo")
	for host, want := range map[string]int{
		"127.0.0.1": 200, "localhost:7060": 200, "[::1]:7060": 200,
		"evil.example": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example": 421, "10.0.0.1": 421, "": 200,
	} {
		a := d.ask(http.MethodGet, "/sign-in", nil, func(r *http.Request) { r.Host = host })
		if a.StatusCode != want {
			t.Errorf("%q: %s", host, a.Status)
		}
		if want == 421 && a.body != "" {
			t.Errorf("%q was told %q", host, a.body)
		}
	}
}

// TestWhatAnotherSiteSendsIsRefused: every row of the table that changes something, each way
// in which a page elsewhere can send it.
func TestWhatAnotherSiteSendsIsRefused(t *testing.T) {
	w := in(t)
	d := serve(t, w, "ngo")
	d.signIn(w.advocate())
	was := d.cookie("__Host-n")
	ways := map[string]func(*http.Request){
		"cross-site":     func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"same-site":      func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"an old browser": func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
		"a sandbox":      func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "null") },
		"another port":   func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "http://127.0.0.1:1") },
		"a rebound name": func(r *http.Request) { r.Host = "evil.example"; r.Header.Set("Origin", "http://evil.example") },
		"a form of texts": func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			r.Header.Set("Content-Type", "text/plain")
		},
	}
	for _, p := range posts(t) {
		for name, way := range ways {
			a := d.ask(http.MethodPost, p, url.Values{"to": {"es"}}, way)
			if a.StatusCode != http.StatusForbidden && a.StatusCode != http.StatusMisdirectedRequest {
				t.Errorf("%s by %s: %s", p, name, a.Status)
			}
		}
	}
	if a := d.get("/"); !a.says(`action="/sign-out"`) || d.cookie("__Host-n") != was {
		t.Error("something was done: nobody is signed in any more")
	}
}

func TestASessionIsNewAtEachSignInAndOverAtItsEnd(t *testing.T) {
	w := in(t)
	d := serve(t, w, "ngo")
	// Fixation: a cookie that somebody put there signs nobody in.
	planted := "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	plant(d, "__Host-n", planted)
	d.signIn(w.advocate())
	first := d.cookie("__Host-n")
	if first == planted || len(first) != 43 {
		t.Fatalf("the session is %q", first)
	}
	d.signIn(w.advocate())
	second := d.cookie("__Host-n")
	if second == first {
		t.Error("signing in again kept the secret")
	}
	for name, value := range map[string]string{"planted": planted, "former": first} {
		if a := with(d, value).get("/status"); a.says(`action="/sign-out"`) {
			t.Errorf("the %s secret signs somebody in", name)
		}
	}
	d.post("/sign-out", nil)
	if a := with(d, second).get("/status"); a.says(`action="/sign-out"`) {
		t.Error("after signing out the secret signs somebody in")
	}
	d.signIn(w.advocate())
	third := d.cookie("__Host-n")
	if a := d.post("/exit", nil); d.cookie("__Host-n") != "" || !a.says("<title>Notes</title>") || a.says("Posada") {
		t.Error("leaving in a hurry left something")
	}
	if a := with(d, third).get("/status"); a.says(`action="/sign-out"`) {
		t.Error("after leaving the secret signs somebody in")
	}
	d.signIn(w.advocate())
	for range 5 {
		d.clock.pass(14 * time.Minute)
		if !d.get("/").says(`action="/sign-out"`) {
			t.Fatal("whoever is there was signed out")
		}
	}
	d.clock.pass(16 * time.Minute)
	if d.get("/").says(`action="/sign-out"`) {
		t.Error("after a quarter of an hour without anybody somebody is signed in")
	}
	d.signIn(w.advocate())
	for passed := time.Duration(0); passed < 12*time.Hour; passed += 10 * time.Minute {
		d.clock.pass(10 * time.Minute)
		d.get("/")
	}
	d.clock.pass(time.Minute)
	if d.get("/").says(`action="/sign-out"`) {
		t.Error("a session lasts longer than twelve hours")
	}
}

// TestCookiesAreBoundToThisHostAndNoScriptReadsThem reads what is set, word for word.
func TestCookiesAreBoundToThisHostAndNoScriptReadsThem(t *testing.T) {
	w := in(t)
	d := serve(t, w, "ngo")
	d.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	set := append(d.post("/sign-in/first", url.Values{"token": {w.advocate()}}).Header.Values("Set-Cookie"), d.post("/language", url.Values{"to": {"es"}}).Header.Values("Set-Cookie")...)
	if len(set) != 2 {
		t.Fatal(set)
	}
	for _, c := range set {
		if !strings.HasPrefix(c, "__Host-") || !strings.Contains(c, "; Path=/;") || strings.Contains(c, "Domain") ||
			!strings.Contains(c, "; HttpOnly") || !strings.Contains(c, "; Secure") || !strings.Contains(c, "; SameSite=Strict") {
			t.Error(c)
		}
	}
}

// TestEveryAnswerTellsTheBrowserToDoLittle: pages, refusals, what is not there, what pages load.
func TestEveryAnswerTellsTheBrowserToDoLittle(t *testing.T) {
	w := in(t)
	d := serve(t, w, "ngo")
	check := func(path string) {
		h := d.get(path).Header
		csp := h.Get("Content-Security-Policy")
		for _, must := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"} {
			if !strings.Contains(csp, must) {
				t.Errorf("%s: no %s", path, must)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") || strings.Contains(csp, "http") {
			t.Errorf("%s: %s", path, csp)
		}
		for name, want := range map[string]string{
			"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if !strings.HasPrefix(path, "/static/style") && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept: %s", path, h.Get("Cache-Control"))
		}
	}
	for _, path := range []string{"/sign-in", "/out", "/no-such", "/static/style.css", "/static/no-such"} {
		check(path)
	}
	d.signIn(w.advocate())
	for _, path := range []string{"/", "/status", "/no-such"} {
		check(path)
	}
}

// TestWhatMayNotBeSeenLooksLikeWhatIsNotThere: same bytes, same status.
func TestWhatMayNotBeSeenLooksLikeWhatIsNotThere(t *testing.T) {
	w := in(t)
	d := serve(t, w, "ngo")
	d.signIn(w.tokens[posada.RoleAuditor])
	first := d.get("/no-such")
	if first.StatusCode != http.StatusNotFound {
		t.Fatal(first.Status)
	}
	for _, path := range []string{"/another", "/static/", "/sign-in/none"} {
		if a := d.get(path); a.StatusCode != first.StatusCode || a.body != first.body {
			t.Errorf("%s: %s, and not the same page", path, a.Status)
		}
	}
}

// TestChangingTheLanguageLeadsNowhereElse.
func TestChangingTheLanguageLeadsNowhereElse(t *testing.T) {
	d := serve(t, in(t), "ngo")
	d.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for back, want := range map[string]string{"/status": "/status", "https://evil.example/": "/", "//evil.example/": "/", `/\evil.example`: "/"} {
		if got := d.post("/language", url.Values{"to": {"es"}, "back": {back}}).Header.Get("Location"); got != want {
			t.Errorf("%q leads to %q", back, got)
		}
	}
}

// TestAFormThatIsTooLargeIsRefusedAndSaysSo.
func TestAFormThatIsTooLargeIsRefusedAndSaysSo(t *testing.T) {
	d := serve(t, in(t), "ngo")
	a := d.post("/sign-in/first", url.Values{"token": {strings.Repeat("a", 65<<10)}})
	if a.StatusCode != http.StatusRequestEntityTooLarge || !a.says("more than fits") {
		t.Error(a.Status)
	}
}

// TestTriesAreCountedByAddress: after twenty at once nobody is even asked about.
func TestTriesAreCountedByAddress(t *testing.T) {
	w := in(t)
	d := serve(t, w, "ngo")
	d.clock.stop()
	for range 20 {
		if a := d.post("/sign-in/first", url.Values{"token": {"wrong"}}); a.StatusCode != http.StatusUnauthorized {
			t.Fatal(a.Status)
		}
	}
	if a := d.post("/sign-in/first", url.Values{"token": {w.advocate()}}); a.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the one after was looked at: %s", a.Status)
	}
	d.clock.pass(20 * time.Second)
	d.signIn(w.advocate())
}

// plant puts a cookie into a browser.
func plant(d *desk, name, value string) {
	at, err := url.Parse(d.server.URL)
	if err != nil {
		d.t.Fatal(err)
	}
	d.client.Jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value, Path: "/", Secure: true}})
}

// with is another browser that somehow has a session's secret.
func with(d *desk, secret string) *desk {
	other := *d
	other.client = d.browser()
	plant(&other, "__Host-n", secret)
	return &other
}
