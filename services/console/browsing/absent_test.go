package browsing

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/console"
)

// run runs a console of its own, which a browser can open, and gives its origin.
func (w *world) run(t testing.TB, change func(*console.Config)) string {
	t.Helper()
	c := console.Config{Node: w.API("ngo"), Listen: "127.0.0.1:0", Now: time.Now, Random: rand.Reader, Zone: time.UTC}
	change(&c)
	k, err := console.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- k.Run(ctx, func() { close(ready) }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-ready:
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
	}
	return k.At()
}

// inside is what only whoever runs the node should read: it stands in what answers in its place.
const inside = "invented-host:/srv/posada/vault.db"

// front stands where a console looks for its node: it is the node until something else is put there.
type front struct {
	*httptest.Server
	instead atomic.Pointer[http.HandlerFunc]
}

func (w *world) front(t testing.TB, key string) *front {
	t.Helper()
	at, err := url.Parse(w.API(key))
	if err != nil {
		t.Fatal(err)
	}
	f, node := &front{}, httputil.NewSingleHostReverseProxy(at)
	f.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if instead := f.instead.Load(); instead != nil {
			(*instead)(rw, r)
			return
		}
		node.ServeHTTP(rw, r)
	}))
	t.Cleanup(f.Close)
	return f
}

// says is something that answers every question alike.
func says(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}
}

// TestWhereTheNodeIsNotThePagesSaySo: nothing answers, or something that is no node does. Each page is one that
// everybody can use, in either language; it is a 502, and no word of what went wrong within stands on it.
func TestWhereTheNodeIsNotThePagesSaySo(t *testing.T) {
	w := in(t)
	f := w.front(t, "ngo")
	b := open(t, w.run(t, func(c *console.Config) { c.Node = f.URL }))
	const none, other = "console.unreachable.what", "console.not_a_node.what"
	said := map[string]map[string]string{
		"en": {none: "node does not answer", other: "is not a node"},
		"es": {none: "nodo de la organización no responde", other: "no es un nodo"},
	}
	hangsUp := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	looks := []ways{{language: "en", width: 320, script: true}, {language: "es", width: 320, dark: true}, {language: "es", width: 1280, dark: true}, {language: "es", width: 320}, {language: "en", width: 1280, dark: true, script: true}}
	for i, absent := range []struct {
		want string
		is   http.HandlerFunc
	}{
		{none, hangsUp},
		{none, hangsUp},
		{other, says(http.StatusOK, "text/html", "<h1>"+inside+"</h1>")},
		{other, says(http.StatusInternalServerError, "text/plain", inside)},
		{other, says(http.StatusNotFound, "application/json", `{"error":"`+inside+`"}`)},
	} {
		how := looks[i]
		check := func(what string, status int64) {
			t.Helper()
			html := read[string](b, `document.documentElement.outerHTML`)
			if status != http.StatusBadGateway || !strings.Contains(html, said[how.language][absent.want]) {
				t.Errorf("%d, %s (%s): %d: %s", i, what, how, status, b.text("main"))
			}
			for _, within := range []string{inside, strings.TrimPrefix(f.URL, "http://"), "127.0.0.1", "EOF", "dial tcp", "vault", "/v1/", "goroutine"} {
				if strings.Contains(html, within) {
					t.Errorf("%d, %s (%s): the page says %q", i, what, how, within)
				}
			}
			b.fit(what, how, true)
		}
		b.look(how)
		b.visit("/sign-in/first")
		f.instead.Store(&absent.is)
		b.do(chromedp.SetValue(chromedp.CSS(`#token`), w.advocate()))
		check("signing in", b.press(`main form button`))
		f.instead.Store(nil)
		b.signIn(w.advocate())
		f.instead.Store(&absent.is)
		for _, path := range []string{"/", "/cases"} {
			response, err := chromedp.RunResponse(b.ctx, chromedp.Navigate(b.at+path))
			if err != nil {
				t.Fatal(err)
			}
			check(path, response.Status)
		}
		f.instead.Store(nil)
		b.visit("/")
		if !read[bool](b, `!!document.querySelector('.menu')`) {
			t.Error("once the node is there again, nobody is signed in")
		}
		b.press(`form[action="/sign-out"] button`)
	}
}

// losing is the node but for one question: that is asked, and its answer lost.
func (w *world) losing(t testing.TB, key, path string) http.HandlerFunc {
	t.Helper()
	at, err := url.Parse(w.API(key))
	if err != nil {
		t.Fatal(err)
	}
	node := httputil.NewSingleHostReverseProxy(at)
	return func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == path {
			node.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		node.ServeHTTP(rw, r)
	}
}

// TestWhatWasTypedIsGivenBackWhereTheNodeIsAway: a step of a talk about consent, and a referral, sent while the
// node is away, come back with what was typed, in either language and without script. Nothing is recorded;
// one button sends it once more, and leads on from where it was.
func TestWhatWasTypedIsGivenBackWhereTheNodeIsAway(t *testing.T) {
	w := in(t)
	f := w.front(t, "ngo")
	at := w.run(t, func(c *console.Config) { c.Node = f.URL })
	hangsUp := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	other := says(http.StatusBadGateway, "text/plain", inside)
	recorded := func() int {
		list, err := w.as(posada.RoleAdvocate).Consents(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	for i, how := range []ways{{language: "en", width: 320}, {language: "es", width: 320, dark: true}, {language: "es", width: 1280}} {
		b := open(t, at)
		b.look(how)
		b.signIn(w.advocate())
		b.visit("/cases")
		b.follow(`form[action="/cases"] button`)
		b.follow(`a.main[href$="/consent"]`)
		b.put("language_other", "mix")
		b.tick(`[name=age_band][value="25-39"]`)
		before := recorded()
		absent := []http.HandlerFunc{hangsUp, other, hangsUp}[i]
		f.instead.Store(&absent)
		for range 2 { // once more while it is still away is no worse
			if status := b.press(`main form button.main`); status != http.StatusBadGateway {
				t.Fatalf("%s: %d", how, status)
			}
			if said, typed := b.text(`main .wrong`), b.value("language_other"); typed != "mix" || b.value("age_band") != "25-39" || b.value("do") != "next" || !strings.Contains(said, map[string]string{"en": "node", "es": "nodo"}[how.language]) {
				t.Errorf("%s: %q, typed %q, chosen %q, pressed %q", how, said, typed, b.value("age_band"), b.value("do"))
			}
			b.keep(how, "given-back")
			b.fit("given back", how, true)
		}
		b.put("language_other", "zap")
		f.instead.Store(nil)
		if status := b.press(`main form button.main`); status != http.StatusOK || b.value("step") != "who" || b.value("language_other") != "zap" {
			t.Errorf("%s: once it is there again: %d, at %q with %q", how, status, b.value("step"), b.value("language_other"))
		}
		if after := recorded(); after != before {
			t.Errorf("%s: %d consents, %d before", how, after, before)
		}
		b.visit("/kept")
		if read[string](b, `location.pathname`) != "/" {
			t.Errorf("%s: what went on is still kept", how)
		}
		b.close()
	}
}

// TestWhereAnAnswerWasLostNobodyIsToldThatNothingWasDone: the node recorded it, and its answer did not come.
func TestWhereAnAnswerWasLostNobodyIsToldThatNothingWasDone(t *testing.T) {
	w := in(t)
	f := w.front(t, "ngo")
	d := serve(t, w, "ngo", func(c *console.Config) { c.Node = f.URL })
	d.signIn(w.tokens[posada.RoleAgencyAdmin])
	lost := w.losing(t, "ngo", "/v1/staff")
	f.instead.Store(&lost)
	a := d.post("/people/new", url.Values{"name": {"Invented Latecomer"}, "roles": {"auditor"}})
	if a.StatusCode != http.StatusBadGateway || !a.says("Whether this was recorded is not known") || a.says("Nothing was recorded now") || !a.says("Invented Latecomer") {
		t.Errorf("%s: %s", a.Status, a.body)
	}
	f.instead.Store(nil)
	if !d.get("/people").says("Invented Latecomer") {
		t.Error("the node did not record it: this test lost nothing")
	}
	if d.get("/kept").says("Nothing of it was done") {
		t.Error("it is kept as what was not done")
	}
}

// TestWhatWasTypedIsGivenBackWhereTheNodeIsLocked: whoever opens the node comes back to the form.
func TestWhatWasTypedIsGivenBackWhereTheNodeIsLocked(t *testing.T) {
	w := in(t)
	f := w.front(t, "ngo")
	b := open(t, w.run(t, func(c *console.Config) { c.Node = f.URL }))
	how := ways{language: "es", width: 320, dark: true}
	b.look(how)
	b.signIn(w.advocate())
	b.visit("/cases")
	b.follow(`form[action="/cases"] button`)
	b.follow(`a.main[href$="/consent"]`)
	b.put("language_other", "mix")
	locked := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/unlock" {
			f.instead.Store(nil)
			says(http.StatusOK, "application/json", `{"locked":false}`)(rw, r)
			return
		}
		says(http.StatusServiceUnavailable, "application/problem+json", `{"status":503,"code":"unavailable","key":"node_locked","title":"The node is locked."}`)(rw, r)
	})
	f.instead.Store(&locked)
	if status := b.press(`main form [name=do][value=next].main`); status != http.StatusServiceUnavailable || b.value("language_other") != "mix" || !strings.Contains(b.text(`main .wrong`), "bloqueado") {
		t.Fatalf("%d: %s", status, b.text("main"))
	}
	b.keep(how, "given-back-locked")
	b.fit("given back, locked", how, true)
	b.put("passphrase", shutPhrase)
	if status := b.press(`form[action="/unlock"] button`); status != http.StatusOK || b.value("language_other") != "mix" || read[string](b, `location.pathname`) != "/kept" {
		t.Errorf("opened: %d, at %s: %s", status, read[string](b, `location.pathname`), b.text("main"))
	}
}
