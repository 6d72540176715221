package console

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/obs"
)

// The largest form in bytes; the largest with a motion, which has the list of members in it;
// and the largest with a table. All of it stays in memory.
const (
	maxBody   = 64 << 10
	maxUpload = 768 << 10
	maxTable  = 4 << 20
)

// shell is what stands before every page, in this order.
func (k *Console) shell(next http.Handler) http.Handler {
	return k.recovered(k.named(guarded(k.ours(k.spoken(next)))))
}

// recovered answers a request that made this program panic. What the panic says may
// quote what somebody typed; it goes nowhere.
func (k *Console) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				k.c.Log.Alarm("a page made this program panic")
				k.bare(w, r, trouble{http.StatusInternalServerError, "console.broken"})
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// named refuses what does not name a host of ours.
func (k *Console) named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !k.c.hosts(r) {
			w.WriteHeader(http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// contentPolicy: nothing but what this console serves itself, no script or style in a
// page, nobody's frame, and no text that a script could make into markup.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// guarded tells the browser what a page may do, which is little, and to keep none.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-read=(), display-capture=(), browsing-topics=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Embedder-Policy", "require-corp")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// ours refuses what a page of another origin sent.
func (k *Console) ours(next http.Handler) http.Handler {
	origins := http.NewCrossOriginProtection()
	origins.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.bare(w, r, trouble{http.StatusForbidden, "console.elsewhere"})
	}))
	return origins.Handler(next)
}

type languageKey struct{}

// spoken finds the language: the one that was chosen here, else what the browser asks.
func (k *Console) spoken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), languageKey{}, language(r))))
	})
}

func language(r *http.Request) i18n.Language {
	chosen := ""
	if c, err := r.Cookie(cookieLanguage); err == nil {
		chosen = c.Value
	}
	return i18n.Match(chosen, r.Header.Get("Accept-Language"))
}

// routes leads each request to its page. What there is no page for is answered as what
// may not be seen is.
func (k *Console) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, p := range k.pages {
		mux.Handle(p.method+" "+p.pattern, k.serve(p))
	}
	mux.Handle("GET /static/{file}", k.looks.static())
	mux.Handle("/", k.serve(page{do: func(*visit) (view, error) { return view{}, errNothing }}))
	return mux
}

// serve answers one page.
func (k *Console) serve(p page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := k.visit(w, r, p)
		if err != nil {
			k.bare(w, r, trouble{http.StatusRequestEntityTooLarge, "console.too_large"})
			return
		}
		if !p.open && v.session == nil {
			k.askWho(v)
			return
		}
		if r.Context().Value(resumeKey{}) != nil {
			k.again(v, p)
			return
		}
		k.answer(v, p)
	})
}

// visit is a request with who asks and what was typed.
func (k *Console) visit(w http.ResponseWriter, r *http.Request, p page) (*visit, error) {
	if err := readForm(w, r, p.upload); err != nil {
		return nil, err
	}
	v := &visit{Printer: i18n.For(language(r)), k: k, w: w, r: r, page: p, form: r.PostForm, typed: url.Values{}}
	v.session = k.sessions.find(r, p.quiet)
	v.node = k.node(v)
	return v, nil
}

// readForm reads a form, and no more of it than there can be in one. A file goes to memory
// alone, as far as it is read at all.
func readForm(w http.ResponseWriter, r *http.Request, upload int64) error {
	most := max(maxBody, upload)
	r.Body = http.MaxBytesReader(w, r.Body, most)
	if upload > 0 && strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return r.ParseMultipartForm(2 * most)
	}
	return r.ParseForm()
}

// answer does what a page does and writes what came of it.
func (k *Console) answer(v *visit, p page) {
	shown, err := p.do(v)
	if err != nil {
		k.failed(v, p, err)
		return
	}
	if shown.done {
		return
	}
	if d, ok := k.sessions.kept(v.r); ok && v.r.Method == http.MethodPost && d.Path == local(v.r.URL.Path) {
		k.sessions.forget(v.r) // it went on, and does not come back at the next sign-in
	}
	if shown.status == http.StatusNoContent {
		v.w.WriteHeader(shown.status)
		return
	}
	if shown.to != "" {
		if v.session != nil && shown.said != "" {
			v.session.say(shown)
		}
		http.Redirect(v.w, v.r, shown.to, http.StatusSeeOther)
		return
	}
	if shown.paper != "" {
		hand(v.w, shown.paper)
		return
	}
	k.write(v, p, shown)
}

// paperPolicy is for what is printed: it has its look in itself, and does nothing else.
const paperPolicy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

// hand writes a page that is for the printer.
func hand(w http.ResponseWriter, html string) {
	w.Header().Set("Content-Security-Policy", paperPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// A browser that hung up has its answer.
	_, _ = io.WriteString(w, html)
}

// write writes a page. It is made whole before any of it is sent.
func (k *Console) write(v *visit, p page, shown view) {
	var out bytes.Buffer
	if err := k.looks.render(&out, v, p, shown); err != nil {
		k.c.Log.Alarm("a page could not be made", obs.Reason(err))
		k.bare(v.w, v.r, trouble{http.StatusInternalServerError, "console.broken"})
		return
	}
	status := shown.status
	if status == 0 {
		status = http.StatusOK
	}
	body := out.Bytes()
	if v.session == nil && strings.Contains(v.r.Header.Get("Accept-Encoding"), "gzip") {
		// How well a page packs tells what is alike in it: only those are packed that
		// have nothing of anybody's.
		if packed, err := pack(body); err == nil {
			v.w.Header().Set("Content-Encoding", "gzip")
			body = packed
		}
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	// A browser that hung up has its answer.
	_, _ = v.w.Write(body)
}

// bare says what is wrong where nobody is known and nothing else can be said.
func (k *Console) bare(w http.ResponseWriter, r *http.Request, t trouble) {
	v := &visit{Printer: i18n.For(language(r)), k: k, w: w, r: r, typed: url.Values{}}
	p := v.wrong(t)
	var out bytes.Buffer
	if err := k.looks.render(&out, v, page{}, view{template: "problem", data: p}); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(t.status)
	// A browser that hung up has its answer.
	_, _ = w.Write(out.Bytes())
}

// local is a path of our own, whatever was asked for.
func local(path string) string {
	at, err := url.Parse(path)
	if err != nil || at.IsAbs() || at.Host != "" || !strings.HasPrefix(at.Path, "/") || strings.HasPrefix(at.Path, "//") || strings.Contains(at.Path, `\`) {
		return "/"
	}
	return at.EscapedPath()
}
