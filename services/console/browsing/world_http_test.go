package browsing

import (
	"crypto/rand"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/console"
)

// desk is somebody at a console by HTTP alone: a browser without its eyes, and with a clock
// that the test sets.
type desk struct {
	t      testing.TB
	server *httptest.Server
	client *http.Client
	clock  *clock
}

type clock struct {
	mu     sync.Mutex
	off    time.Duration
	stands time.Time // where it does not go on by itself
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stands.IsZero() {
		return c.stands.Add(c.off)
	}
	return time.Now().Add(c.off)
}

// stop has it stand from now on, but for what passes by pass: how fast the machine is says nothing.
func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stands = time.Now()
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += d
}

// serve serves a console of its own for an agency's node.
func serve(t testing.TB, w *world, key string, change ...func(*console.Config)) *desk {
	t.Helper()
	hours := &clock{}
	c := console.Config{Node: w.API(key), Listen: "127.0.0.1:0", Now: hours.now, Random: rand.Reader, Zone: time.UTC}
	for _, f := range change {
		f(&c)
	}
	k, err := console.New(c)
	if err != nil {
		t.Fatal(err)
	}
	// With TLS, as beyond this machine: the jar keeps what is Secure for it alone.
	d := &desk{t: t, server: httptest.NewTLSServer(k.Handler()), clock: hours}
	t.Cleanup(d.server.Close)
	d.client = d.browser()
	return d
}

// browser is another browser at the same console.
func (d *desk) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	c := *d.server.Client()
	c.Jar = jar
	return &c
}

// answer is what came back, with what stands on it.
type answer struct {
	*http.Response
	body string
}

func (d *desk) get(path string) answer { return d.ask(http.MethodGet, path, nil) }

func (d *desk) post(path string, form url.Values) answer { return d.ask(http.MethodPost, path, form) }

func (d *desk) ask(method, path string, form url.Values, change ...func(*http.Request)) answer {
	d.t.Helper()
	r, err := http.NewRequest(method, d.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, f := range change {
		f(r)
	}
	return d.send(r)
}

// send sends a request as it is.
func (d *desk) send(r *http.Request) answer {
	d.t.Helper()
	response, err := d.client.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return answer{response, string(body)}
}

// signIn signs somebody in with a token.
func (d *desk) signIn(token string) {
	d.t.Helper()
	if a := d.post("/sign-in/first", url.Values{"token": {token}}); a.StatusCode != http.StatusOK || !strings.Contains(a.body, `action="/sign-out"`) {
		d.t.Fatalf("nobody was signed in: %s", a.Status)
	}
}

func (w *world) advocate() string { return w.tokens[posada.RoleAdvocate] }

// cookie is the value of a cookie that the browser has.
func (d *desk) cookie(name string) string {
	at, err := url.Parse(d.server.URL)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, c := range d.client.Jar.Cookies(at) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// says reports whether a page has a text.
func (a answer) says(text string) bool { return strings.Contains(a.body, text) }
