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
func (b *tab) examine(path string, how ways, closely bool) []string {
	b.t.Helper()
	b.visit(path)
	return b.fit(path, how, closely)
}

// fit holds the page that is open to the same.
func (b *tab) fit(path string, how ways, closely bool) []string {
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
	if !closely {
		return f.Links
	}
	for _, v := range b.axe(axeAll) {
		say(true, "%s", v)
	}
	return f.Links
}

// scrutinize holds the page that is open to all of it, light and dark. Colours alone are looked at
// twice: they are what changes.
func (b *tab) scrutinize() {
	b.t.Helper()
	what := b.path() + " “" + b.heading() + "”"
	b.fit(what, b.how, true)
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

// seen is what was examined already: a page that looks the same to another role is not looked at
// again, unless everything is asked for.
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

// closely reports whether the short run looks at a page with axe in a way: in half of its ways, of
// which one is light and one is dark, one wide and one narrow.
func closely(path string, how ways) bool {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(shape(path)))
	return (sum.Sum32()%2 == 0) == (how.language == "en")
}

// crawl visits every page of the table that needs nothing to be named, and every page found from
// there, once for each kind.
func (b *tab) crawl(how ways, signedIn bool, looked seen) (count int) {
	b.t.Helper()
	var queue []string
	for _, r := range console.Table() {
		if r.Method == http.MethodGet && r.Open != signedIn && !wild.MatchString(strings.TrimSuffix(r.Pattern, "{$}")) {
			queue = append(queue, strings.TrimSuffix(r.Pattern, "{$}"))
		}
	}
	here := map[string]bool{}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if here[shape(path)] {
			continue
		}
		here[shape(path)] = true
		if looked[shape(path)] {
			continue
		}
		count++
		for _, link := range b.examine(path, how, *all || closely(path, how)) {
			at, err := url.Parse(link)
			if err != nil || at.IsAbs() || at.Path == "" || !strings.HasPrefix(at.Path, "/") {
				if err != nil || at.IsAbs() {
					b.t.Errorf("%s leads elsewhere: %s", path, link)
				}
				continue
			}
			queue = append(queue, link)
		}
		looked[shape(path)] = true
	}
	return count
}

// TestEveryPageIsFitForEverybody crawls as each role. In the short run every kind of page is
// examined in four ways; with -all every page for every role in every way.
func TestEveryPageIsFitForEverybody(t *testing.T) {
	w := in(t)
	few := []ways{
		{language: "en", width: 1280, script: true},
		{language: "es", width: 320, script: true},
		{language: "en", width: 320, dark: true, script: false},
		{language: "es", width: 1280, zoom: 2, dark: true, script: false},
	}
	if *all {
		few = every()
	}
	looked := map[ways]seen{}
	pages := 0
	b := open(t, w.Console("ngo"))
	for _, how := range few {
		looked[how] = seen{}
		b.look(how)
		pages += b.crawl(how, false, looked[how])
	}
	// Each signs in once: too many tries from one address are refused.
	for _, role := range posada.Members[posada.StaffRole]() {
		b.look(few[0])
		b.signIn(w.tokens[role])
		for _, how := range few {
			if *all {
				looked[how] = seen{}
			}
			b.look(how)
			pages += b.crawl(how, true, looked[how])
		}
		b.visit("/")
		b.press(`form[action="/sign-out"] button`)
	}
	t.Logf("%d pages were examined", pages)
	if pages < 20 {
		t.Errorf("only %d pages were found", pages)
	}
}

// every is each way to look at a page.
func every() (list []ways) {
	for _, language := range []string{"en", "es"} {
		for _, dark := range []bool{false, true} {
			for _, script := range []bool{true, false} {
				for _, size := range []ways{{width: 1280}, {width: 320}, {width: 1280, zoom: 2}} {
					list = append(list, ways{language, dark, size.width, size.zoom, script})
				}
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
