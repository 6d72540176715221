package gateway

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/obs"
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
	f := fault.From(err)
	if f.Code == fault.Internal {
		g.c.Log.Alarm("a request failed", obs.Reason(err))
	}
	return Problem(i18n.For(languageOf(ctx)), f)
}

// Problem writes a fault in a language.
func Problem(p i18n.Printer, f *fault.Error) *client.Problem {
	args := make([]any, 0, 2*len(f.Args))
	for name, value := range f.Args {
		args = append(args, name, value)
	}
	sentence := func(part string) string {
		key := i18n.Key("fault." + string(f.Key) + "." + part)
		if text := p.Text(key, args...); text != string(key) {
			return text
		}
		return ""
	}
	return &client.Problem{
		Status: statusOf(f.Code), Code: string(f.Code), Key: string(f.Key), Args: f.Args,
		Title: sentence("what"), Kept: sentence("kept"), Next: sentence("next"),
	}
}

// localise turns the library's own errors, of requests it could not read, into
// ours. They name where, and never what was there.
func (g *Gateway) localise(c huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	where := "body"
	for _, detail := range e.Errors {
		if detail.Location != "" {
			where = detail.Location
			break
		}
	}
	code := fault.Invalid
	if e.Status >= http.StatusInternalServerError {
		return g.problem(c.Context(), e), nil
	}
	p := Problem(i18n.For(languageOf(c.Context())), fault.New(code, fault.BadRequest, "where", where))
	p.Status = e.Status
	return p, nil
}

func writeProblem(w http.ResponseWriter, p *client.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	// A caller that hung up has its answer.
	_ = json.NewEncoder(w).Encode(p)
}
