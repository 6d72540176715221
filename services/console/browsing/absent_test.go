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
