package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
)

//go:embed templates static
var files embed.FS

// looks is what pages are made of: a template of each page in each language, and what
// they load.
type looks struct {
	pages map[i18n.Language]map[string]*template.Template
	files map[string]file
	zone  *time.Location
}

// file is something a page loads.
type file struct {
	kind, version string
	plain, packed []byte
}

// screen is what a page is made from.
type screen struct {
	Language string
	Other    string // the other language
	Neutral  string // what the window is called: it says nothing
	Heading  string
	Who      person
	Signed   bool
	Menu     []item
	Flash    []string
	Problem  *client.Problem // of the form on this page
	Here     string          // this page's path, to come back to
	Style    string
	Script   string
	Idle     int // seconds until nobody is signed in any more; 0: nobody is
	Warn     int // seconds before that, when it is said
	Away     string
	Resumed  bool // a form is shown as it was when somebody's time was over
	Data     any
}

// item is a line of the menu.
type item struct {
	Path, Title, Icon string
	Here              bool
}

func readLooks(zone *time.Location) (looks, error) {
	l := looks{pages: map[i18n.Language]map[string]*template.Template{}, files: map[string]file{}, zone: zone}
	for _, language := range i18n.Languages() {
		made, err := l.parse(language)
		if err != nil {
			return l, err
		}
		l.pages[language] = made
	}
	return l, fs.WalkDir(files, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		packed, err := pack(text)
		l.files[path.Base(name)] = file{kindOf(name), hex.EncodeToString(sum[:6]), text, packed}
		return err
	})
}

// parse reads the templates in one language.
func (l looks) parse(language i18n.Language) (map[string]*template.Template, error) {
	p := i18n.For(language)
	v := &visit{Printer: p, k: &Console{c: Config{Zone: l.zone}}}
	base, err := template.New("base").Funcs(template.FuncMap{
		"t":    func(key string, args ...any) string { return p.Text(i18n.Key(key), args...) },
		"term": func(family string, word any) string { return p.Term(family, text(word)) },
		"when": v.when,
		"day":  v.day,
		"iso":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"icon": func(name string) icon { return icon{name} },
		"of":   pairs,
	}).ParseFS(files, "templates/layout.html", "templates/parts.html", "templates/icons.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	made := map[string]*template.Template{}
	for _, name := range names {
		own, err := base.Clone()
		if err == nil {
			own, err = own.ParseFS(files, name)
		}
		if err != nil {
			return nil, err
		}
		made[strings.TrimSuffix(path.Base(name), ".html")] = own
	}
	return made, nil
}

// icon is a picture by its name.
type icon struct{ Name string }

var errPairs = errors.New("of takes names and values in pairs")

// pairs gives a template several things: of "name" value ….
func pairs(args ...any) (map[string]any, error) {
	if len(args)%2 != 0 {
		return nil, errPairs
	}
	m := map[string]any{}
	for i := 0; i < len(args); i += 2 {
		m[text(args[i])] = args[i+1]
	}
	return m, nil
}

// render writes a page.
func (l looks) render(out io.Writer, v *visit, p page, shown view) error {
	t := l.pages[v.Language()][shown.template]
	if t == nil {
		return fs.ErrNotExist
	}
	return t.ExecuteTemplate(out, "layout", l.screen(v, p, shown))
}

func (l looks) screen(v *visit, p page, shown view) screen {
	s := screen{
		Language: string(v.Language()), Other: string(other(v.Language())), Neutral: v.Text("console.neutral"), Heading: shown.title,
		Problem: v.problem, Here: "/", Style: "/static/style.css?" + l.files["style.css"].version, Script: "/static/app.js?" + l.files["app.js"].version,
		Away: "/out", Data: shown.data,
	}
	if s.Heading == "" && p.title != "" {
		s.Heading = v.Text(p.title)
	}
	here := v.r.URL.Path
	if shown.status == http.StatusNotFound {
		here = "/none" // one page, whatever was asked for
	} else if v.r.Method == http.MethodGet {
		s.Here = v.r.URL.Path
	}
	if v.k.c.Neutral != "" {
		s.Away = v.k.c.Neutral
	}
	if v.session == nil {
		return s
	}
	s.Signed, s.Who = true, v.who()
	s.Idle, s.Warn = int(v.session.idle.Seconds()), int(min(warns, v.session.idle/2).Seconds())
	s.Resumed = v.resumed
	for _, f := range v.session.hear() {
		s.Flash = append(s.Flash, v.Text(f.key, f.args...))
	}
	for _, m := range v.k.pages {
		if m.menu && m.works(s.Who.Roles) {
			at := strings.TrimSuffix(m.pattern, "{$}")
			s.Menu = append(s.Menu, item{at, v.Text(m.title), m.icon, at == here || at != "/" && strings.HasPrefix(here, at+"/")})
		}
	}
	return s
}

// other is the language to change to.
func other(l i18n.Language) i18n.Language {
	if l == i18n.English {
		return i18n.Spanish
	}
	return i18n.English
}

// static serves what pages load. Its address has its digest, so a browser may keep it.
func (l looks) static() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := l.files[r.PathValue("file")]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		h := w.Header()
		h.Set("Content-Type", f.kind)
		h.Set("Cache-Control", "private, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		body := f.plain
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = f.packed
		}
		// A browser that hung up has its answer.
		_, _ = w.Write(body)
	})
}

func kindOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}

func pack(text []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	_, err = z.Write(text)
	err = errors.Join(err, z.Close())
	return out.Bytes(), err
}

// text is a word of any closed vocabulary, or a plain text.
func text(word any) string { return fmt.Sprint(word) }
