package console

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
)

// visit is one request for a page: who asks, in which language, what was typed.
type visit struct {
	i18n.Printer
	node *client.Client // the node, asked as whoever is signed in
	form url.Values     // what a form sent
	page page

	k       *Console
	w       http.ResponseWriter
	r       *http.Request
	session *session
	typed   url.Values      // what fields show: what was typed, where a form is shown again
	problem *client.Problem // why it is
	resumed bool            // it is shown again because somebody's time was over
}

// view is what comes of a visit: a page to show, or another to go to.
type view struct {
	template string
	data     any
	status   int
	title    string // where the page's own does not say it
	to       string
	said     i18n.Key
	args     []any
	paper    string // a page of its own, for the printer: nothing of ours stands around it
	done     bool   // it was written already
}

// show shows a template.
func show(template string, data any) view { return view{template: template, data: data} }

// titled gives a page a heading of its own. The window's title stays neutral.
func (w view) titled(text string) view {
	w.title = text
	return w
}

// printed shows what is for the printer: a whole page of pkg/papers.
func printed(html string) view { return view{paper: html} }

// goTo leads to a page where a sentence is said once. An empty one says nothing.
func goTo(path string, said i18n.Key, args ...any) view {
	return view{to: path, said: said, args: args}
}

func (v *visit) ctx() context.Context { return v.r.Context() }

// path is a part of the page's path, by its name in the pattern.
func (v *visit) path(name string) string { return v.r.PathValue(name) }

// value is what was typed in a field, without the space around it.
func (v *visit) value(name string) string { return strings.TrimSpace(v.form.Get(name)) }

// values are what was chosen of many.
func (v *visit) values(name string) []string { return v.form[name] }

// file is what was chosen in a field for a file, and its name; nothing, where none was.
func (v *visit) file(field string) (name string, text []byte) {
	f, header, err := v.r.FormFile(field)
	if err != nil {
		return "", nil
	}
	defer f.Close()
	text, err = io.ReadAll(f) // bounded with the form (shell.go)
	if err != nil {
		return "", nil
	}
	return header.Filename, text
}

// ticked reports whether a box was.
func (v *visit) ticked(name string) bool { return v.form.Get(name) != "" }

// who is signed in; nobody, where nobody is.
func (v *visit) who() person {
	if v.session == nil {
		return person{}
	}
	return v.session.who
}

// handle is a case's label, or another text that must not stand in a URL, as it may
// stand there: for whoever is signed in, while this process runs.
func (v *visit) handle(text string) string { return v.k.handles.make(string(v.who().ID), text) }

// label is what a handle in the page's path stands for. Any other is nothing there.
func (v *visit) label(name string) (string, error) {
	return v.k.handles.read(string(v.who().ID), v.path(name))
}

// when is a moment on the clock at the agency's wall.
func (v *visit) when(t time.Time) string {
	if t.IsZero() {
		return v.Text("console.never")
	}
	return v.day(t) + ", " + t.In(v.k.c.Zone).Format("15:04")
}

// day is the day of a moment.
func (v *visit) day(t time.Time) string {
	t = t.In(v.k.c.Zone)
	return v.Text("console.day", "day", t.Day(), "month", v.Term("console.month", t.Format("01")), "year", t.Year())
}

// node is the node, asked as whoever is signed in.
func (k *Console) node(v *visit) *client.Client {
	token := ""
	if v.session != nil {
		token = v.session.token
	}
	return k.api.As(token, string(v.Language()))
}
