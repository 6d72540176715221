package gateway

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"sync"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// kindsAt is where each kind of problem has its page; a problem's type is that address.
const kindsAt = "/problems/"

//go:embed kind.html
var kindPage string

var kindTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("kind").Parse(kindPage)) })

// kindShown is what a page says of one kind of problem. What differs from one time to
// another is left out.
type kindShown struct {
	Language, Other i18n.Language
	OtherName       string
	Key             fault.Key
	What            string
	KeptTitle, Kept string
	NextTitle, Next string
}

// kind is the page of one kind of problem, in the language that ?lang= or the browser says.
func kind(w http.ResponseWriter, r *http.Request) {
	key := fault.Key(r.PathValue("key"))
	if !slices.Contains(fault.Keys(), key) {
		refuse(http.StatusNotFound, fault.NoSuchRoute).ServeHTTP(w, r)
		return
	}
	p := i18n.For(i18n.Match(asksIn(r)))
	writePage(w, r, p.Language(), "", kindTemplate(), showKind(p, key))
}

// writePage writes a page that has no script. It loads what loads allows, beside nothing.
func writePage(w http.ResponseWriter, r *http.Request, l i18n.Language, loads string, t *template.Template, shown any) {
	var page bytes.Buffer
	if err := t.Execute(&page, shown); err != nil {
		refuse(http.StatusInternalServerError, fault.UnexpectedFailure).ServeHTTP(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(l))
	h.Set("Content-Security-Policy", "default-src 'none'; "+loads+"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	// A reader who went away has seen enough.
	_, _ = w.Write(page.Bytes())
}

// asksIn is the language that ?lang= says, if it is one there is, or the browser.
func asksIn(r *http.Request) string {
	if asked := i18n.Language(r.URL.Query().Get("lang")); slices.Contains(i18n.Languages(), asked) {
		return string(asked)
	}
	return r.Header.Get("Accept-Language")
}

// other is the language that a page is offered in beside its own.
func other(l i18n.Language) i18n.Language {
	if l == i18n.Spanish {
		return i18n.English
	}
	return i18n.Spanish
}

func showKind(p i18n.Printer, key fault.Key) kindShown {
	part := func(name string) string { return p.Outline(i18n.Key("fault." + string(key) + "." + name)) }
	return kindShown{
		Language: p.Language(), Other: other(p.Language()), OtherName: p.Text("problem.other_language"), Key: key, What: part("what"),
		KeptTitle: p.Text("problem.kept"), Kept: part("kept"), NextTitle: p.Text("problem.next"), Next: part("next"),
	}
}
