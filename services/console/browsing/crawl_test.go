package browsing

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/console"
)

// axe is axe-core 4.14.1, unmodified (MPL-2.0; its licences lie beside it).
//
//go:embed testdata/axe/axe.min.js
var axe string

// What axe looks for: WCAG 2.2 AA and the size of what is pressed; or what light and dark differ in.
const (
	axeAll = `runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']},
	rules: {'target-size': {enabled: true}}`
	axeColours = `runOnly: ['color-contrast', 'link-in-text-block']`
)

// axeRun looks for what keeps people out.
const axeRun = `axe.run(document, {
	%s,
	resultTypes: ['violations'],
}).then(r => JSON.stringify(r.violations.map(v => v.id + ': ' + v.help + ' at ' + v.nodes.map(n => n.target.join(' ') + ' ' + n.html.slice(0, 120) + ' ' + (n.any[0] ? n.any[0].message : '')).join(' | '))))`

// pageFacts is what a page says of itself, read from outside its own scripts.
const pageFacts = `JSON.stringify({
	title: document.title, lang: document.documentElement.lang, h1: document.querySelectorAll('h1').length,
	wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
	first: (e => e ? e.id : '')(document.querySelector('a[href],button,input,select,textarea,summary,[tabindex]')),
	links: [...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href')),
	keys: document.body.innerText.match(/<no value>|\b(console|fault|status|aside|state|purpose|category)\.[a-z_]+[a-z_.]*/g) || [],
	done: document.title === 'DONE' || !!document.querySelector('main img'),
	text: document.body.innerText.length,
})`

// facts is that, read.
type facts struct {
	Title, Lang, First string
	H1, Wide, Text     int
	Links, Keys        []string
	Done               bool
}

// aside evaluates in a world of its own: the page's policy and scripts have no part in it.
func aside(b *tab, expressions ...string) string {
	b.t.Helper()
	tree := set(b, page.GetFrameTree, struct{}{})
	world := set(b, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: tree.FrameTree.Frame.ID, WorldName: "aside"})
	var last string
	for _, e := range expressions {
		wait, byValue := true, true
		out := set(b, runtime.Evaluate, runtime.EvaluateParams{Expression: e, ContextID: world.ExecutionContextID, AwaitPromise: &wait, ReturnByValue: &byValue})
		if out.ExceptionDetails != nil {
			b.t.Fatalf("%s: %s", out.ExceptionDetails.Text, e[:min(80, len(e))])
		}
		if out.Result != nil && out.Result.Type == "string" {
			if err := json.Unmarshal([]byte(out.Result.Value), &last); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	return last
}

// examine holds a page to what every page must be, and gives where it leads.
func (b *tab) examine(path string, how ways, look bool) []string {
	b.t.Helper()
	b.visit(path)
	return b.fit(path, how, look)
}

// fit holds the page that is open to the same. With look, axe looks at it where that is due.
func (b *tab) fit(path string, how ways, look bool) []string {
	b.t.Helper()
	var f facts
	if err := json.Unmarshal([]byte(aside(b, pageFacts)), &f); err != nil {
		b.t.Fatal(err)
	}
	neutral := map[string]string{"en": "Notes", "es": "Notas"}[how.language]
	say := func(wrong bool, format string, args ...any) {
		if wrong {
			b.t.Errorf("%s (%s): %s", path, how, fmt.Sprintf(format, args...))
		}
	}
	say(f.Title != neutral, "the window is called %q", f.Title)
	say(f.Lang != how.language, "it says to be in %q", f.Lang)
	say(f.H1 != 1, "it has %d first headings", f.H1)
	say(f.First != "exit" && path != "/out", "what comes first is %q, not the way out", f.First)
	say(f.Wide > 0, "it is %d wider than the window", f.Wide)
	say(len(f.Keys) > 0, "it shows keys: %q", f.Keys)
	say(f.Done, "what somebody typed was done")
	say(f.Text < 20, "it is empty")
	b.uncovered(path, how)
	if !look || !due(looked{kind: shape(path)}) {
		return f.Links
	}
	for _, v := range b.axe(axeAll) {
		say(true, "%s", v)
	}
	return f.Links
}

// parts is what a page is made of, whatever stands in it.
const parts = `JSON.stringify([...new Set([...document.body.querySelectorAll('*')].map(e =>
	[e.parentElement.tagName, e.tagName, e.getAttribute('class'), e.type, e.name, e.getAttribute('role')].join(' ')))].sort().join())`

// looked is a look at a kind of page. What it is made of is asked in both colours, with script or without.
type looked struct {
	kind, parts, language string
	width                 int64
}

// scrutinized is each look that any test took closely.
var scrutinized sync.Map

// due reports whether axe is to look once more: in the short run at each kind of page once,
// whoever comes by it first and in whatever way.
func due(at looked) bool {
	if *closely || *all {
		return true
	}
	_, before := scrutinized.LoadOrStore(looked{kind: at.kind}, true)
	return !before
}

// scrutinize holds the page that is open to all of it, light and dark. Colours alone are looked at
// twice: they are what changes. One made of the same parts is not looked at closely again.
func (b *tab) scrutinize() {
	b.t.Helper()
	path, heading := b.path(), b.heading()
	what := path + " “" + heading + "”"
	at := looked{shape(path), aside(b, parts), b.how.language, b.how.width}
	_, before := scrutinized.LoadOrStore(at, true)
	before = before || !due(at)
	b.fit(what, b.how, false)
	if before {
		return
	}
	for _, v := range b.axe(axeAll) {
		b.t.Errorf("%s (%s): %s", what, b.how, v)
	}
	b.colours(!b.how.dark)
	for _, v := range b.axe(axeColours) {
		b.t.Errorf("%s (%s, other colours): %s", what, b.how, v)
	}
	b.colours(b.how.dark)
}

// axe looks for what keeps people out of the page that is open.
func (b *tab) axe(look string) (violations []string) {
	b.t.Helper()
	run := []string{fmt.Sprintf(axeRun, look)}
	if aside(b, `JSON.stringify(typeof globalThis.axe)`) != `"object"` {
		run = append([]string{axe}, run...)
	}
	if err := json.Unmarshal([]byte(aside(b, run...)), &violations); err != nil {
		b.t.Fatal(err)
	}
	return violations
}

// seen is what kinds of pages were examined already.
type seen map[string]bool

// shapes of ids and handles: links that differ by one lead to pages of one kind.
var anID = regexp.MustCompile(`/[A-Za-z0-9_-]{20,}`)

func shape(path string) string {
	at, err := url.Parse(path)
	if err != nil {
		return path
	}
	return anID.ReplaceAllString(at.Path, "/*")
}

// inTurn is how a run that is not of all looks at a kind of page in a language. What a page is in the one
// language, light or dark, wide or narrow, with a script or without, it is not in the other.
func inTurn(language string) func(page string) ways {
	turns := []ways{{width: 1280, script: true}, {width: 320, dark: true}, {width: 1280, zoom: 2, dark: true, script: true}, {width: 320}}
	return func(page string) ways {
		i := turn(page) % len(turns)
		if language == "es" {
			i ^= 1
		}
		how := turns[i]
		how.language = language
		return how
	}
}

// inEither is how the short run looks at a kind of page: in the one language or the other.
func inEither(page string) ways {
	return inTurn([]string{"en", "es"}[turn(page)/4%2])(page)
}

// turn is a number of a page's own.
func turn(page string) int {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(page))
	return int(sum.Sum32() >> 16)
}

// crawl visits every page of the table that needs nothing to be named, and every page found from
// there, once for each kind.
func (b *tab) crawl(look func(page string) ways, signedIn bool, was seen) (count int) {
	b.t.Helper()
	var queue []string
	for _, r := range console.Table() {
		if r.Method == http.MethodGet && r.Open != signedIn && !wild.MatchString(strings.TrimSuffix(r.Pattern, "{$}")) {
			queue = append(queue, strings.TrimSuffix(r.Pattern, "{$}"))
		}
	}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		kind := shape(path)
		if was[kind] {
			continue
		}
		was[kind] = true
		count++
		if how := look(kind); how != b.how {
			b.look(how)
		}
		for _, link := range b.examine(path, b.how, true) {
			at, err := url.Parse(link)
			if err != nil || at.IsAbs() || at.Path == "" || !strings.HasPrefix(at.Path, "/") {
				if err != nil || at.IsAbs() {
					b.t.Errorf("%s leads elsewhere: %s", path, link)
				}
				continue
			}
			queue = append(queue, link)
		}
	}
	return count
}

// TestEveryPageIsFitForEverybody crawls as each role. In the short run every kind of page is examined once, in
// turns; with -closely once in each language, at once; with -all every page for every role in every way.
func TestEveryPageIsFitForEverybody(t *testing.T) {
	w := in(t)
	crawls := map[string][]func(page string) ways{"either language": {inEither}}
	if *closely || *all {
		crawls = map[string][]func(page string) ways{"en": {inTurn("en")}, "es": {inTurn("es")}}
	}
	for language, looks := range crawls {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			if *all {
				looks = nil
				for _, how := range every(language) {
					looks = append(looks, func(string) ways { return how })
				}
			}
			pages := w.crawlAsEach(t, looks)
			t.Logf("%d pages were examined", pages)
			if pages < 40 {
				t.Errorf("only %d pages were found", pages)
			}
		})
	}
}

// crawlAsEach crawls as nobody and as each role. Each signs in once: too many tries from one address are
// refused. What a role was shown is not looked at again for another, unless everything is asked for.
func (w *world) crawlAsEach(t *testing.T, looks []func(page string) ways) (pages int) {
	b := open(t, w.run(t, func(*console.Config) {}))
	was := make([]seen, len(looks))
	for i, look := range looks {
		was[i] = seen{}
		b.look(look("/sign-in"))
		pages += b.crawl(look, false, was[i])
	}
	for _, role := range posada.Members[posada.StaffRole]() {
		b.signIn(w.tokens[role])
		for i, look := range looks {
			if *all {
				was[i] = seen{}
			}
			pages += b.crawl(look, true, was[i])
		}
		b.visit("/")
		b.press(`form[action="/sign-out"] button`)
	}
	return pages
}

// every is each way to look at a page in a language.
func every(language string) (list []ways) {
	for _, dark := range []bool{false, true} {
		for _, script := range []bool{true, false} {
			for _, size := range []ways{{width: 1280}, {width: 320}, {width: 1280, zoom: 2}} {
				list = append(list, ways{language, dark, size.width, size.zoom, script})
			}
		}
	}
	return list
}

// TestTheTableNamesRolesThereAre keeps the crawler honest: it signs in as each role of the table.
func TestTheTableNamesRolesThereAre(t *testing.T) {
	for _, r := range console.Table() {
		for _, role := range r.Roles {
			if !slices.Contains(posada.Members[posada.StaffRole](), role) {
				t.Errorf("%s %s is for %q", r.Method, r.Pattern, role)
			}
		}
	}
}
