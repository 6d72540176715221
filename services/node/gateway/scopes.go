package gateway

import (
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// byPerson is what an operation needs that no scope covers: who works here, and how they
// show it, is said by people. A program that could make a token could make a wider one.
const byPerson = "person"

// area is what operations on the same things need to look and to act.
type area struct{ looks, acts posada.Scope }

// areas are by the subject of a path, the first step behind /v1. A subject that is not here
// is a person's: it is not forgotten into a program's hands.
func areas() map[string]area {
	cases := area{posada.ScopeReadCases, posada.ScopeWriteCases}
	places := area{posada.ScopeReadPlaces, posada.ScopeWritePlaces}
	node := area{posada.ScopeReadNode, posada.ScopeAdministerNode}
	return map[string]area{
		"cases": cases, "consents": cases, "referrals": cases, "withdrawals": cases, "decisions": cases, "needs": cases, "need-counts": cases, "imports": cases,
		"placements": places, "places": places,
		"status": node, "agencies": node, "me": node, "minors": node, "network": node, "motions": node, "clock": node, "directory": node,
		"policy": node, "on-call": node, "lock": node,
		// What a program was told of. Who is told at all is said by people.
		"webhook-events": node,
	}
}

// looking are requests that change nothing and have a body.
func looking() []string {
	return []string{"POST /v1/cases/records", "POST /v1/decisions/replay", "POST /v1/policy/check", "POST /v1/policy/review", "POST /v1/policy/what-if"}
}

// scopeOf is what a program's token needs for a route: a scope, or byPerson.
func scopeOf(route string) string {
	method, path, _ := strings.Cut(route, " ")
	in, known := areas()[subject(path)]
	switch {
	case !known:
		return byPerson
	case method == http.MethodGet || slices.Contains(looking(), route):
		return string(in.looks)
	}
	return string(in.acts)
}

// scoped refuses a program what its token is not for, before anything of the request is
// read. The answer is by the route alone, and so tells nothing of what there is.
func scoped(mux *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		by := principal(r.Context())
		_, route := mux.Handler(r)
		needs := scopeOf(route)
		has := posada.SetOf(posada.Scope(needs))
		if route != "" && by.isProgram() && (has.Empty() || !by.Scopes.Covers(has)) {
			writeProblem(w, Problem(i18n.For(languageOf(r.Context())), fault.New(fault.Refused, fault.ScopeMissing, "scope", needs)))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isProgram reports whether what was shown is a program's token, and not a person's own.
func (p Person) isProgram() bool { return !p.Scopes.Empty() }

// describeScope says in the document what an operation needs.
func describeScope(op *huma.Operation) {
	op.Security = []map[string][]string{{"token": {scopeOf(op.Method + " " + op.Path)}}}
}
