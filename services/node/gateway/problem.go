package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/vault"
)

type languageKey struct{}

func languageOf(ctx context.Context) i18n.Language {
	l, ok := ctx.Value(languageKey{}).(i18n.Language)
	if !ok {
		return i18n.English
	}
	return l
}

// statusOf is the HTTP status of a fault. Withheld looks the same for what may
// not be seen and for what is not there (G7).
func statusOf(c fault.Code) int {
	switch c {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Withheld:
		return http.StatusNotFound
	case fault.Refused:
		return http.StatusForbidden
	case fault.Conflict:
		return http.StatusConflict
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// problem turns any error into one a person can act on. What is internal is
// logged, once, here, and told to nobody.
func (g *Gateway) problem(ctx context.Context, err error) *client.Problem {
	if errors.Is(err, vault.ErrClosed) || errors.Is(context.Cause(ctx), vault.ErrClosed) { // it was locked on the way
		err = fault.New(fault.Unavailable, fault.NodeLocked)
	}
	if p, is := errors.AsType[*client.Problem](err); is { // it has a status of its own
		return p
	}
	f := fault.From(err)
	if f.Code == fault.Internal && ctx.Err() == nil { // else whoever asked has gone
		g.c.Log.Alarm("a request failed", obs.Reason(err))
	}
	return Problem(i18n.For(languageOf(ctx)), f)
}

// Problem writes a fault in a language.
func Problem(p i18n.Printer, f *fault.Error) *client.Problem {
	if f.Key == fault.ConsentContradictsItself {
		f = fault.New(f.Code, f.Key, "what", consentReasons(p, f.Unwrap()))
	}
	if f.Key == fault.NeedWrong {
		f = fault.New(f.Code, f.Key, "what", needReasons(p, f.Unwrap()))
	}
	args := make([]any, 0, 2*len(f.Args))
	for name, value := range f.Args {
		args = append(args, name, shown(p, name, value))
	}
	sentence := func(part string) string {
		key := i18n.Key("fault." + string(f.Key) + "." + part)
		if text := p.Text(key, args...); text != string(key) {
			return text
		}
		return ""
	}
	return &client.Problem{
		Type: kindsAt + string(f.Key), Status: statusOf(f.Code), Code: string(f.Code), Key: string(f.Key), Args: f.Args,
		Title: sentence("what"), Kept: sentence("kept"), Next: sentence("next"),
	}
}

// shown is an argument as a person reads it: a state in words, with the one
// that is typed behind them.
func shown(p i18n.Printer, name, value string) string {
	switch name {
	case "from", "to", "state":
		return p.State(value)
	case "placement":
		return p.Text(i18n.Key("placement." + value))
	case "scope":
		return p.Term("scope", value)
	case "categories":
		return i18n.Terms(p, "category", strings.Split(value, ", "))
	case "services":
		return i18n.Terms(p, "service", strings.Split(value, ", "))
	case "lacks":
		return i18n.Terms(p, "rule", strings.Split(value, ", "))
	case "fields":
		places := strings.Split(value, ", ")
		for i, place := range places {
			places[i], _ = p.Field(place, "")
		}
		return strings.Join(places, ", ")
	}
	return value
}

// localise turns the library's own errors, of requests it could not read, into
// ours. They name where, each place once, and never what was there.
func (g *Gateway) localise(c huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	if e.Status >= http.StatusInternalServerError {
		return g.problem(c.Context(), e), nil
	}
	if e.Status == http.StatusUnsupportedMediaType {
		return refusal(c.Context(), e.Status, fault.WrongContentType), nil
	}
	var where []string
	for _, detail := range e.Errors {
		if at := g.place(detail.Location); at != "" && !slices.Contains(where, at) {
			where = append(where, at)
		}
	}
	if len(where) == 0 {
		where = []string{"body"}
	}
	return refusal(c.Context(), e.Status, fault.BadRequest, "where", strings.Join(where, ", ")), nil
}

// place is where in a request something is wrong, as far as the names on the way are the
// API's own: a name that it does not have might be anything that was typed.
func (g *Gateway) place(location string) string {
	steps := strings.Split(location, ".")
	for i, step := range steps {
		name, _, _ := strings.Cut(step, "[")
		if !g.names[name] {
			return strings.Join(steps[:i], ".")
		}
	}
	return location
}

// refusal is a request that HTTP has a status of its own for.
func refusal(ctx context.Context, status int, key fault.Key, args ...string) *client.Problem {
	p := Problem(i18n.For(languageOf(ctx)), fault.New(fault.Invalid, key, args...))
	p.Status = status
	return p
}

// refuse answers with a refusal.
func refuse(status int, key fault.Key, args ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, refusal(r.Context(), status, key, args...))
	})
}

// routed sends requests to the library's router. What that would answer in
// plain text, because there is no such route or not with this method, is
// answered as everything else is.
func routed(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		missed := miss{header: http.Header{}}
		answer.ServeHTTP(&missed, r)
		switch missed.status {
		case http.StatusNotFound:
			refuse(missed.status, fault.NoSuchRoute).ServeHTTP(w, r)
		case http.StatusMethodNotAllowed:
			w.Header().Set("Allow", missed.header.Get("Allow"))
			refuse(missed.status, fault.WrongMethod).ServeHTTP(w, r)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

// miss learns how a router would refuse, and writes nothing.
type miss struct {
	header http.Header
	status int
}

func (m *miss) Header() http.Header            { return m.header }
func (m *miss) Write(text []byte) (int, error) { return len(text), nil }
func (m *miss) WriteHeader(status int)         { m.status = status }

func writeProblem(w http.ResponseWriter, p *client.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	// A caller that hung up has its answer.
	_ = json.NewEncoder(w).Encode(p)
}
