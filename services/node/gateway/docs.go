package gateway

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// The description as a page: for whoever asks, locked or not, from this node alone. It has no
// script, and loads one style sheet.
const (
	docsRoute  = "GET /docs"
	styleRoute = "GET /docs/style.css"
)

//go:embed docs.html
var docsPage string

//go:embed docs.css
var docsStyle []byte

var docsTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("docs").Parse(docsPage)) })

// docsShown is what the page says. What is of the description itself is in its language, English.
type docsShown struct {
	p         i18n.Printer
	Language  i18n.Language
	Other     i18n.Language
	OtherName string
	About     string
	Groups    []docsGroup
	Answers   []docsAnswer
	Kinds     []docsKind
	Schemas   []docsSchema
}

// T is a text of the page's own.
func (d docsShown) T(key string) string { return d.p.Text(i18n.Key("docs." + key)) }

type docsGroup struct {
	Name       string
	Operations []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary string
	Scope                     string // empty: for whoever asks
	ScopeName                 string
	Parameters                []docsField
	Takes                     docsType
	Example                   string
	Answers                   []docsAnswer
}

type docsAnswer struct {
	Status, Name, Means string
	Gives               docsType
}

type docsKind struct{ Key, What string }

type docsSchema struct {
	Name   string
	Fields []docsField
}

type docsField struct {
	Name, In, Means string
	Required        bool
	Type            docsType
}

// docsType is a type as it is read: its words, and the schema behind it, if one has a name.
type docsType struct{ Text, Ref string }

// docs is the page in the language that ?lang= or the browser says.
func docs(w http.ResponseWriter, r *http.Request) {
	p := i18n.For(i18n.Match(asksIn(r)))
	writePage(w, r, p.Language(), "style-src 'self'; ", docsTemplate(), showDocs(p))
}

func showDocs(p i18n.Printer) docsShown {
	d := docsShown{p: p, Language: p.Language(), Other: other(p.Language()), OtherName: p.Text("problem.other_language")}
	var api document
	if err := json.Unmarshal(description().json, &api); err != nil {
		return d // a defect, which the tests see
	}
	d.About = api.Info.Description
	groups := map[string][]docsOperation{}
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		for _, method := range []string{"get", "post", "put", "delete"} {
			if op, is := api.Paths[path][method]; is {
				groups[subject(path)] = append(groups[subject(path)], api.operation(p, method, path, op))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		d.Groups = append(d.Groups, docsGroup{name, groups[name]})
	}
	for _, a := range otherAnswers() {
		d.Answers = append(d.Answers, docsAnswer{Status: status(a.status), Name: a.name, Means: a.means})
	}
	for _, key := range fault.Keys() {
		d.Kinds = append(d.Kinds, docsKind{string(key), p.Outline(i18n.Key("fault." + string(key) + ".what"))})
	}
	for _, name := range slices.Sorted(maps.Keys(api.Components.Schemas)) {
		d.Schemas = append(d.Schemas, docsSchema{name, fields(api.Components.Schemas[name])})
	}
	return d
}

// scopeName is a scope as people read it.
func scopeName(p i18n.Printer, scope string) string {
	if slices.Contains(posada.Members[posada.Scope](), posada.Scope(scope)) {
		return p.Term("scope", scope)
	}
	return p.Text("docs.by_person")
}
