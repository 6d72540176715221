package browsing

import (
	"context"
	"errors"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium finds the browser. Without one nothing here can be known.
func chromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no Chromium, and these tests are people in a browser: apt-get install chromium")
}

// browser is one browser for all tests.
var browser = sync.OnceValues(func() (ctx context.Context, err error) {
	// It reaches this machine and nothing else, whatever it would like to look up.
	ctx, closeBrowser, err = launch("MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost")
	return ctx, err
})

var closeBrowser = func() {}

// launch starts a browser that finds hosts by those rules alone.
func launch(hosts string, more ...chromedp.ExecAllocatorOption) (context.Context, func(), error) {
	path, err := chromium()
	if err != nil {
		return nil, func() {}, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-gpu", true), chromedp.Flag("headless", "new"),
		chromedp.Flag("host-resolver-rules", hosts),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("no-proxy-server", true), chromedp.Flag("hide-scrollbars", true),
	)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	ctx, stop := chromedp.NewContext(ctx)
	return ctx, func() { stop(); cancel() }, chromedp.Do(ctx)
}

// tab is one window of somebody's. It remembers everything it asked for.
type tab struct {
	t   testing.TB
	ctx context.Context
	at  string // the console's origin

	how    ways // how its pages are looked at
	strict bool // each page that something pressed leads to is looked at closely

	close func()

	mu    sync.Mutex
	asked []string
	wrong []string // what the browser complained of
}

// open opens a tab at a console, in a browser's profile of its own: other tabs' cookies are not in it.
func open(t testing.TB, origin string) *tab {
	t.Helper()
	base, err := browser()
	if err != nil {
		t.Fatal(err)
	}
	return openIn(t, base, origin)
}

// openIn opens it in a browser that is not everybody's.
func openIn(t testing.TB, base context.Context, origin string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(base, chromedp.WithNewBrowserContext())
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	lasts := 30 * time.Minute
	if *all {
		lasts = time.Hour
	}
	ctx, timeout := context.WithTimeout(ctx, lasts)
	b := &tab{t: t, ctx: ctx, at: origin, close: sync.OnceFunc(func() { timeout(); cancel() })}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.close()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, w := range b.wrong {
			t.Errorf("the browser complained: %s", w)
		}
		for _, a := range b.asked {
			if at, err := url.Parse(a); err != nil || at.Scheme+"://"+at.Host != origin && at.Scheme != "data" && at.Scheme != "about" && at.Scheme != "blob" {
				t.Errorf("a page asked for something elsewhere: %s", a)
			}
		}
	})
	set(b, network.Enable, network.EnableParams{})
	set(b, cdplog.Enable, cdp.Empty{})
	return b
}

func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.asked = append(b.asked, e.Request.URL)
	case *cdplog.EventEntryAdded:
		// A refusal's status is written to the console as an error; it is none of ours.
		if e.Entry.Level == cdplog.EntryLevelError && !strings.Contains(e.Entry.Text, "the server responded with a status of") && !strings.Contains(e.Entry.Text, "ERR_BLOCKED_BY_CLIENT") {
			b.wrong = append(b.wrong, e.Entry.Text+" "+e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		b.wrong = append(b.wrong, e.ExceptionDetails.Text)
	}
}

// do runs browser actions; one that fails ends the test.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// run runs one that gives something.
func run[T any](b *tab, action chromedp.Action[T]) T {
	b.t.Helper()
	out, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// set tells the browser how to be.
func set[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	out, err := chromedp.Call(b.ctx, command, params)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// ways is how somebody looks at a page.
type ways struct {
	language string
	dark     bool
	width    int64
	zoom     float64 // 2: as whoever needs large letters has it
	script   bool
}

func (w ways) String() string {
	name := w.language
	if w.dark {
		name += "-dark"
	}
	switch {
	case w.zoom == 2:
		name += "-200%"
	case w.width < 600:
		name += "-phone"
	default:
		name += "-desk"
	}
	if !w.script {
		name += "-noscript"
	}
	return name
}

// look sets how pages are looked at from now on.
func (b *tab) look(w ways) {
	b.t.Helper()
	b.how = w
	b.colours(w.dark)
	height, scale := int64(800), 1.0
	if w.zoom == 2 { // a zoomed window has half as many pixels of twice the size
		w.width, height, scale = w.width/2, height/2, 2
	}
	set(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: w.width, Height: height, DeviceScaleFactor: scale, Mobile: w.width < 600 && w.zoom != 2})
	set(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": w.language}})
	// Without script is without what this console serves: a page's policy lets no other run.
	var blocked []*network.BlockPattern
	if !w.script {
		blocked = append(blocked, &network.BlockPattern{URLPattern: "*://*:*/static/app.js*", Block: true}, &network.BlockPattern{URLPattern: "*://*:*/static/app.js?*", Block: true})
	}
	set(b, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: blocked})
}

// colours has pages be light or dark, the one that is open too.
func (b *tab) colours(dark bool) {
	b.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	set(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
}

// visit goes to a path.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.at + path))
}

// signIn signs somebody in with a token.
func (b *tab) signIn(token string) {
	b.t.Helper()
	b.visit("/sign-in/first")
	b.do(chromedp.SetValue(chromedp.CSS(`#token`), token))
	b.press(`main form button`)
	if !read[bool](b, `!!document.querySelector('.menu')`) {
		b.t.Fatalf("nobody was signed in: %s", read[string](b, `document.querySelector('main').innerText`))
	}
}

// press presses what a selector finds and waits for the page that follows; it gives its status.
func (b *tab) press(selector string) int64 {
	b.t.Helper()
	b.near(selector)
	ctx, cancel := context.WithTimeout(b.ctx, 2*time.Minute) // a press that leads nowhere says so
	defer cancel()
	response, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector)))
	if err != nil {
		b.t.Fatalf("press %s: %v", selector, err)
	}
	if b.strict {
		b.scrutinize()
	}
	return response.Status
}

// click clicks what a selector finds; no page follows.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.near(selector)
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// near scrolls to what a selector finds, as whoever wants to press it does: on a phone the way out
// lies over the foot of the window.
func (b *tab) near(selector string) {
	b.t.Helper()
	read[bool](b, `(document.querySelector(`+"`"+selector+"`"+`)?.scrollIntoView({block: 'center'}), true)`)
}

// read evaluates an expression in the page.
func read[T any](b *tab, expression string) T {
	b.t.Helper()
	return run(b, chromedp.Evaluate[T](expression))
}
