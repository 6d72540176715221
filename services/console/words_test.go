package console

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// templates are the texts of all templates, by name.
func templates(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d templates, %v", len(names), err)
	}
	for _, n := range names {
		text, err := fs.ReadFile(files, n)
		if err != nil {
			t.Fatal(err)
		}
		all[n] = string(text)
	}
	return all
}

var (
	actions = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	tags    = regexp.MustCompile(`(?s)<[^>]*>`)
	pieces  = regexp.MustCompile(`(?s)\{\{define "asks"\}\}.*?\n`)
	read    = regexp.MustCompile(`\b(?:alt|title|placeholder|aria-label|value|content)="([^"]*)"`)
	// What browsers read and people do not.
	technical = []string{"width=device-width, initial-scale=1", "light dark", "yes"}
)

// TestNoTemplateHasTextOfItsOwn: every word a person reads comes from the catalogues.
func TestNoTemplateHasTextOfItsOwn(t *testing.T) {
	for name, text := range templates(t) {
		if name == "templates/parts.html" { // pieces of tags stand there by themselves
			text = pieces.ReplaceAllString(text, "")
		}
		text = actions.ReplaceAllString(text, "")
		for _, m := range read.FindAllStringSubmatch(text, -1) {
			if strings.ContainsFunc(m[1], unicode.IsLetter) && !slices.Contains(technical, m[1]) {
				t.Errorf("%s: an attribute says %q", name, m[1])
			}
		}
		for _, line := range strings.Split(tags.ReplaceAllString(text, "\n"), "\n") {
			if strings.ContainsFunc(line, unicode.IsLetter) {
				t.Errorf("%s: %q", name, line)
			}
		}
	}
}

// TestNoTemplateHasScriptOrStyleOfItsOwn: the policy would stop it; here it is not even written.
func TestNoTemplateHasScriptOrStyleOfItsOwn(t *testing.T) {
	never := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|javascript:|<script(?: src="\{\{\.Script\}\}" defer)?>.*\S.*</script>|https?://`)
	for name, text := range templates(t) {
		text = strings.ReplaceAll(text, "http://www.w3.org/2000/svg", "")
		text = strings.ReplaceAll(text, "xmlns='http", "")
		if found := never.FindString(text); found != "" {
			t.Errorf("%s has %s", name, found)
		}
	}
	for _, name := range []string{"static/app.js", "static/style.css"} {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "@import", "url(", "http:", "https:"} {
			if strings.Contains(string(text), bad) {
				t.Errorf("%s has %s", name, bad)
			}
		}
	}
}

func catalogue(t *testing.T, l i18n.Language) map[string]string {
	t.Helper()
	all := map[string]string{}
	names, err := filepath.Glob(filepath.Join("../../pkg/i18n/catalog", string(l), "*.yaml"))
	if err != nil || len(names) < 5 {
		t.Fatalf("%d catalogues, %v", len(names), err)
	}
	for _, n := range names {
		text, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// family reports whether a text is a family's name, to which a word is added: console.month, and
// console.keeps.onward_.
func family(all map[string]string, of string) bool {
	for key := range all {
		rest, in := strings.CutPrefix(key, of)
		if in && (strings.HasSuffix(of, "_") && rest != "" || strings.HasPrefix(rest, ".") && !strings.HasSuffix(key, ".what") && !strings.HasSuffix(key, ".means") && !strings.HasSuffix(key, ".does")) {
			return true
		}
	}
	return false
}

// TestEverySentenceThePagesSayIsThere: in templates and in this package's source, and every title.
func TestEverySentenceThePagesSayIsThere(t *testing.T) {
	english := catalogue(t, i18n.English)
	key := regexp.MustCompile(`"((?:console|status|fault)\.[a-z0-9_.]+)"`)
	check := func(where, text string) {
		for _, m := range key.FindAllStringSubmatch(text, -1) {
			if strings.HasSuffix(m[1], ".") || m[1] == "console.key.said" || family(english, m[1]) {
				continue
			}
			_, plain := english[m[1]]
			_, told := english[m[1]+".what"]
			if !plain && !told {
				t.Errorf("%s says %s, which is in no catalogue", where, m[1])
			}
		}
	}
	for name, text := range templates(t) {
		check(name, text)
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "_test.go") {
			check(name, string(text))
		}
	}
	for _, p := range pages() {
		if _, ok := english[string(p.title)]; !ok {
			t.Errorf("%s %s is called %s, which is in no catalogue", p.method, p.pattern, p.title)
		}
	}
}

// TestNobodyIsToldToTypeACommand: what the node says to do next is for whoever types commands; where
// it names one, these pages say what to do here.
func TestNobodyIsToldToTypeACommand(t *testing.T) {
	command := regexp.MustCompile(`posada [a-z]|--[a-z]|POSADA_|\bID\b|/v1/`)
	for _, l := range i18n.Languages() {
		all := catalogue(t, l)
		for _, k := range fault.Keys() {
			here, ok := all["console.next."+string(k)]
			if !ok && command.MatchString(all["fault."+string(k)+".next"]) {
				t.Errorf("%s: console.next.%s is missing: the node says %q", l, k, all["fault."+string(k)+".next"])
			}
			if ok && command.MatchString(here) {
				t.Errorf("%s: console.next.%s names a command", l, k)
			}
		}
	}
}

// firstLoad is the most that a first look may weigh on a bad link, in bytes as they travel.
const firstLoad = 14 << 10

// TestTheFirstLookIsLight: what the sign-in page loads, packed as it is sent.
func TestTheFirstLookIsLight(t *testing.T) {
	l, err := readLooks(nil)
	if err != nil {
		t.Fatal(err)
	}
	weight := 0
	for name, f := range l.files {
		if len(f.packed) < 100 {
			t.Errorf("%s is %d bytes: it is not all there", name, len(f.packed))
		}
		weight += len(f.packed)
	}
	t.Logf("%d bytes of style and script", weight)
	if weight > firstLoad-3<<10 { // the page itself is less than three more: browsing measures it
		t.Errorf("style and script weigh %d bytes", weight)
	}
}
