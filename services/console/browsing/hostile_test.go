package browsing

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/console"
)

// corpus is what would become a part of a page if it were not shown as text. Each names an element or
// an attribute that no page of ours has.
func corpus() []string {
	return []string{
		`"><x-evil onevil="1">`, `'><x-evil>`, `</textarea><x-evil>`, `</script><x-evil>`, `</title><x-evil>`, `--><x-evil>`, `]]><x-evil>`,
		`" onevil="1`, `' onevil='1`, "` onevil=`1", `<svg><x-evil>`, `&lt;x-evil&gt;<x-evil>`, "\x00<x-evil>", "＜x-evil＞<x-evil/>",
		`{{template "main"}}<x-evil>`, `javascript:evil()`, ` javascript:evil()`, "java\nscript:evil()", `data:text/html,<x-evil>`, `//evil.example/`, `\evil.example`,
	}
}

var done = regexp.MustCompile(`(?i)<x-evil|["'\s/]onevil=["'` + "`" + `]?1|(href|src|action)\s*=\s*["']?\s*(javascript:|data:text|//|\\)`)

// harmed gives what of a page the corpus became a part of.
func harmed(body string) string {
	// An attribute's value is text: what is in quotes cannot begin an attribute.
	return done.FindString(regexp.MustCompile(`(?:value|aria-label)="[^"]*"|>[^<]*<`).ReplaceAllStringFunc(body, func(s string) string {
		if strings.HasPrefix(s, ">") {
			return "><"
		}
		return "value"
	}))
}

var (
	formOf  = regexp.MustCompile(`(?s)<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>`)
	fieldOf = regexp.MustCompile(`<(input|textarea|select|button)[^>]*\sname="([^"]+)"[^>]*>`)
	linkOf  = regexp.MustCompile(`<a[^>]*\shref="(/[^"]*)"`)
)

// walk visits what there is for whoever is signed in, by HTTP, once for each kind of page.
func (d *desk) walk(each func(path string, a answer)) {
	d.t.Helper()
	var queue []string
	for _, r := range console.Table() {
		if r.Method == http.MethodGet && !wild.MatchString(strings.TrimSuffix(r.Pattern, "{$}")) && r.Pattern != "/out" {
			queue = append(queue, strings.TrimSuffix(r.Pattern, "{$}"))
		}
	}
	looked := map[string]bool{}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if looked[shape(path)] {
			continue
		}
		looked[shape(path)] = true
		a := d.get(path)
		each(path, a)
		for _, m := range linkOf.FindAllStringSubmatch(a.body, -1) {
			queue = append(queue, html.UnescapeString(m[1]))
		}
	}
}

// tryEvery is how long an address waits for another try to sign in.
const tryEvery = 15 * time.Second

// ends are forms that end the walk.
func ends(action string) bool {
	return action == "/exit" || action == "/sign-out" || action == "/switch" || action == "/language"
}

// TestWhatSomebodyTypesIsTextEverywhere fills every field of every form there is with the
// corpus, reads what comes of it, and then all pages once more.
func TestWhatSomebodyTypesIsTextEverywhere(t *testing.T) {
	w := in(t)
	forms, fields := 0, 0
	// Each by itself where everything is asked for; else what must begin a value, and the rest in one.
	evils := append([]string{strings.Join(corpus(), " ")}, corpus()[15:17]...)
	if *all {
		evils = corpus()
	}
	for _, role := range []posada.StaffRole{posada.RoleAdvocate, posada.RoleCoordinator, posada.RoleAgencyAdmin} {
		d := serve(t, w, "ngo")
		d.signIn(w.tokens[role])
		d.walk(func(path string, a answer) {
			for _, form := range formOf.FindAllStringSubmatch(a.body, -1) {
				action := html.UnescapeString(form[1])
				if ends(action) {
					continue
				}
				names := fieldOf.FindAllStringSubmatch(form[2], -1)
				if len(names) == 0 {
					continue // nothing is typed in it, and what it does would be done
				}
				forms++
				for _, evil := range evils {
					typed := url.Values{}
					for _, n := range names {
						typed.Add(html.UnescapeString(n[2]), evil)
						fields++
					}
					d.clock.pass(tryEvery)
					if got := d.post(action, typed); harmed(got.body) != "" {
						t.Errorf("%s, sent from %s: %q became %q", action, path, evil, harmed(got.body))
					}
				}
			}
		})
		d.walk(func(path string, a answer) {
			if found := harmed(a.body); found != "" {
				t.Errorf("%s has %q", path, found)
			}
		})
	}
	t.Logf("%d forms, %d fields filled", forms, fields)
	if forms < 5 {
		t.Errorf("only %d forms were found", forms)
	}
	if a := `<p title="x" onevil="1">`; harmed(a) == "" {
		t.Error("the test does not see what it looks for")
	}
}
