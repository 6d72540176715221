package browsing

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/posada-exchange/posada/services/console"
)

func desk1280() ways { return ways{language: "en", width: 1280, script: true} }

// until waits until an expression is true in the page.
func (b *tab) until(expression string) {
	b.t.Helper()
	if !b.within(patience, expression) {
		b.t.Fatalf("never: %s", expression)
	}
}

// within reports whether an expression is true in the page before some time has passed.
func (b *tab) within(wait time.Duration, expression string) bool {
	ctx, cancel := context.WithTimeout(b.ctx, wait)
	defer cancel()
	for ctx.Err() == nil {
		if is, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression)); err == nil && is {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return false
}

// TestLeavingInAHurry: by the first key, by Shift three times, in every tab, and without script. What
// is left is a page that says nothing, going back shows nothing, and nobody is signed in.
func TestLeavingInAHurry(t *testing.T) {
	w := in(t)
	for name, how := range map[string]struct {
		script bool
		leave  func(*tab)
	}{
		"by what comes first": {true, func(b *tab) { b.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter)) }},
		"by Shift": {true, func(b *tab) { // within a second: where the machine is slower than a hand, once more
			for tries, left := 0, false; !left && tries < 60; tries++ {
				b.do(chromedp.KeyEvent(kb.Shift), chromedp.KeyEvent(kb.Shift), chromedp.KeyEvent(kb.Shift))
				left = b.within(2*time.Second, `location.pathname === '/out'`)
			}
		}},
		"by its button, without more": {false, func(b *tab) { b.press("#exit") }},
	} {
		b := open(t, w.Console("ngo"))
		look := desk1280()
		look.script = how.script
		b.look(look)
		b.signIn(w.advocate())
		b.visit("/status")
		how.leave(b)
		b.until(`location.pathname === '/out' && document.readyState === 'complete'`)
		if text := read[string](b, `document.title + ' ' + document.body.innerText`); strings.Contains(text, "Posada") || strings.Contains(text, "Inventada") || !strings.HasPrefix(text, "Notes") {
			t.Errorf("%s: what is left says %q", name, text)
		}
		// Whether back stays or leads to a page, there is nothing of anybody's on it.
		_ = chromedp.Do(b.ctx, chromedp.NavigateBack())
		b.until(`document.readyState === 'complete' && (location.pathname === '/out' || location.pathname.startsWith('/sign-in') || location.href === 'about:blank')`)
		b.visit("/status")
		if at := read[string](b, `location.pathname`); at != "/sign-in" {
			t.Errorf("%s: somebody is signed in at %s", name, at)
		}
		b.close()
	}
}

// TestEverythingIsReachedByKeys presses Tab through a page: the way out is first, then to the content;
// whatever can be pressed is reached, and where one is can be seen.
func TestEverythingIsReachedByKeys(t *testing.T) {
	w := in(t)
	b := open(t, w.Console("ngo"))
	b.look(desk1280())
	b.signIn(w.advocate())
	for _, path := range []string{"/", "/status", "/account", "/confirm"} {
		b.visit(path)
		want := read[int](b, `[...document.querySelectorAll('a[href],button,input:not([type=hidden]),select,textarea')].filter(e => e.offsetParent !== null || getComputedStyle(e).position === 'fixed').length`)
		var reached []string
		for range want {
			b.do(chromedp.KeyEvent(kb.Tab))
			reached = append(reached, read[string](b, `(e => { e.dataset.reached = 1; const s = getComputedStyle(e); return (e.id || e.textContent.trim() || e.name) + (s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 2 ? ' UNSEEN' : '') })(document.activeElement)`))
		}
		if len(reached) < 3 || reached[0] != "exit" || !strings.HasPrefix(reached[1], "To the page") {
			t.Errorf("%s: first come %q", path, reached[:min(3, len(reached))])
		}
		if got := read[int](b, `document.querySelectorAll('[data-reached]').length`); got != want || strings.Contains(strings.Join(reached, "|"), "UNSEEN") {
			t.Errorf("%s: %d of %d are reached and seen: %q", path, got, want, reached)
		}
	}
}

// TestThePageIsPutAwayWhenNobodyIsThere: it asks first; whoever says so stays; else it is gone, and
// what was typed is there again after signing in.
func TestThePageIsPutAwayWhenNobodyIsThere(t *testing.T) {
	w := in(t)
	b := open(t, w.run(t, func(c *console.Config) { c.Idle = 12 * time.Second }))
	b.look(desk1280())
	b.signIn(w.advocate())
	b.visit("/confirm?back=/status")
	b.until(`document.getElementById('idle').open && (document.getElementById('idle-stay').click(), !document.getElementById('idle').open)`)
	b.do(chromedp.SendKeys(chromedp.CSS("#passphrase"), "this is secret"), chromedp.SendKeys(chromedp.CSS("#code"), "123"))
	b.until(`location.pathname === '/sign-in' && document.readyState === 'complete'`)
	if !read[bool](b, `document.body.innerText.includes('is kept')`) {
		t.Error("it is not said that what was typed is kept")
	}
	b.signIn(w.advocate())
	if !read[bool](b, `location.pathname === '/kept' && document.querySelector('main [name=back]').value === '/status' && document.querySelector('#passphrase').value === ''`) {
		t.Errorf("what was typed is not there again: %s", read[string](b, `location.pathname + ' ' + document.body.innerText`))
	}
}

// TestTheFirstLookIsLight weighs what a browser is sent for the first page, packed as it travels.
func TestTheFirstLookIsLight(t *testing.T) {
	d := serve(t, in(t), "ngo")
	weight := 0
	first := d.get("/sign-in")
	paths := []string{"/sign-in"}
	for _, attribute := range []string{`href="/static/`, `src="/static/`} {
		_, rest, found := strings.Cut(first.body, attribute)
		name, _, _ := strings.Cut(rest, `"`)
		if !found {
			t.Fatalf("nothing at %s", attribute)
		}
		paths = append(paths, "/static/"+name)
	}
	for _, path := range paths {
		a := d.ask(http.MethodGet, path, nil, func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") })
		if a.Header.Get("Content-Encoding") != "gzip" || a.StatusCode != http.StatusOK {
			t.Errorf("%s is not packed", path)
		}
		t.Logf("%6d bytes %s", len(a.body), path)
		weight += len(a.body)
	}
	if weight > 14<<10 {
		t.Errorf("the first page weighs %d bytes", weight)
	}
}

// TestAPageOfSomebodySignedInIsNotPacked: how well it packs would tell what is alike in it.
func TestAPageOfSomebodySignedInIsNotPacked(t *testing.T) {
	w := in(t)
	d := serve(t, w, "ngo")
	d.post("/sign-in/first", url.Values{"token": {w.advocate()}})
	if a := d.ask(http.MethodGet, "/", nil, func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") }); a.Header.Get("Content-Encoding") != "" {
		t.Error("it is")
	}
}
