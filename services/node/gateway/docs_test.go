package gateway

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/obs"
)

// TestTheDocsPageHasAllOfTheDescription, in each language, locked or not: every operation with
// its scope, its parameters and its answers, every schema and every kind of problem; what it
// links to within itself is there, and it loads nothing but its own style.
func TestTheDocsPageHasAllOfTheDescription(t *testing.T) {
	var api document
	if err := json.Unmarshal(description().json, &api); err != nil {
		t.Fatal(err)
	}
	links, ids := regexp.MustCompile(`href="#([^"]+)"`), regexp.MustCompile(` id="([^"]+)"`)
	loads := regexp.MustCompile(`(?i)<script|<img|<iframe|style=|\son[a-z]+=|src=|url\(|@import|https?://[a-z0-9.]*[a-z]`)
	for _, l := range i18n.Languages() {
		page := asked(New(Config{}).Handler(noDoor{}), http.MethodGet, "/docs?lang="+string(l), "", "", "")
		text := page.Body.String()
		if locked := asked(Front(&drawer{}, obs.Log{}), http.MethodGet, "/docs?lang="+string(l), "", "", ""); locked.Body.String() != text || page.Code != http.StatusOK {
			t.Errorf("%d, and locked another", page.Code)
		}
		if page.Header().Get("Content-Language") != string(l) || page.Header().Get("Content-Security-Policy") == "" || strings.Contains(text, "docs.") || strings.Contains(text, "<no value>") {
			t.Errorf("in %s: %v", l, page.Header())
		}
		var targets []string
		for _, id := range ids.FindAllStringSubmatch(text, -1) {
			targets = append(targets, id[1])
		}
		slices.Sort(targets)
		if len(slices.Compact(slices.Clone(targets))) != len(targets) {
			t.Error("an id stands twice")
		}
		for _, link := range links.FindAllStringSubmatch(text, -1) {
			if _, there := slices.BinarySearch(targets, link[1]); !there {
				t.Errorf("#%s is not there", link[1])
			}
		}
		wanted := []string{}
		for path, item := range api.Paths {
			for method, op := range item {
				wanted = append(wanted, `id="op-`+op.OperationID+`"`, ">"+strings.ToUpper(method)+`</span> <code>`+path+"</code>")
			}
		}
		for name := range api.Components.Schemas {
			wanted = append(wanted, `id="schema-`+name+`"`)
		}
		for _, key := range fault.Keys() {
			wanted = append(wanted, `href="`+kindsAt+string(key)+"?lang="+string(l)+`"`)
		}
		for _, want := range wanted {
			if !strings.Contains(text, want) {
				t.Errorf("%s has no %s", l, want)
			}
		}
		style := strings.Replace(text, `<link rel="stylesheet" href="/docs/style.css">`, "", 1)
		if found := loads.FindString(strings.ReplaceAll(style, "https:", "")); found != "" && found != "http://1" {
			t.Errorf("it has %q", found)
		}
	}
	style := asked(Front(&drawer{}, obs.Log{}), http.MethodGet, "/docs/style.css", "", "", "")
	if style.Code != http.StatusOK || !strings.HasPrefix(style.Header().Get("Content-Type"), "text/css") || loads.MatchString(style.Body.String()) {
		t.Errorf("the style: %d %v", style.Code, style.Header())
	}
}

// TestAnExampleIsOneOfItsForm: what must be there is there, and nothing else; what is of a
// vocabulary or a pattern says only where it stands.
func TestAnExampleIsOneOfItsForm(t *testing.T) {
	var api document
	if err := json.Unmarshal(description().json, &api); err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, group := range showDocs(i18n.For(i18n.English)).Groups {
		for _, op := range group.Operations {
			if op.Example == "" {
				continue
			}
			var made map[string]any
			if err := json.Unmarshal([]byte(op.Example), &made); err != nil {
				t.Fatalf("%s: %v", op.ID, err)
			}
			if want := api.Components.Schemas[op.Takes.Ref].Required; len(made) != len(want) {
				t.Errorf("%s: %v, and not %v", op.ID, made, want)
			}
			count++
		}
	}
	if count < 30 {
		t.Errorf("only %d examples", count)
	}
}
