package town_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/posada-exchange/posada/pkg/posada"
)

// refuseAll has every operation refused in each way there is that needs little of a case: from
// elsewhere, by nobody, by a program that may not or too often, by somebody whose work it is
// not, about what is not there, with what no operation reads, and at a node that is locked.
func (p *play) refuseAll() {
	x := refusing{
		play: p, often: p.program(1, posada.Members[posada.Scope]()...), narrow: p.program(600, posada.ScopeReadNode), places: p.program(600, posada.ScopeReadPlaces),
		stranger: of(p.does("ngo", "add-staff", "", body{"name": "Invented Auditor", "roles": []string{"auditor"}}), "token"),
		consent:  of(p.does("ngo", "add-consent", "", consents("Invented Legal Aid", "legal", "")), "id"),
	}
	for _, op := range p.operations {
		x.byWhom(op)
		if op.Method != http.MethodGet {
			x.bodies(op)
		}
	}
}

// refusing are those who are refused something.
type refusing struct {
	*play
	often, narrow, places string // tokens of programs
	stranger              string // of somebody who may little
	consent               string // one there is
}

// absent is the id of nothing.
const absent = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

// plain is a body that an operation reads, about nothing there is.
func (x refusing) plain(op operation) string {
	some := map[string]body{
		"begin-import": {"mapping": "invented", "digest": absent + absent, "rows": 1},
		"import-rows":  {"after": 0, "through": 0, "rows": []any{}},
		"order-needs":  {"case": "wren-0", "needs": []string{absent}},
		"preview-need": {"priority": "tonight", "services": []string{"shelter_emergency"}},
		"unlock":       nil,
	}
	if in, is := some[op.ID]; is {
		return written(x.t, in)
	}
	if op.Takes != "application/json" {
		return ""
	}
	return written(x.t, x.filled(x.bodyOf(op), 0))
}

// byWhom asks as whoever may not.
func (x refusing) byWhom(op operation) {
	ask := func(node, token string, change func(*http.Request)) {
		x.asks(x.t, x.w.API(node), token, op, absent, x.plain(op), change)
	}
	ask("ngo", x.tokens["ngo"], func(r *http.Request) { r.Host = "elsewhere.example" })
	ask("legal", x.tokens["legal"], asIs)
	if op.Public {
		return
	}
	nobody := func(r *http.Request) { r.Header.Del("Authorization") }
	ask("legal", "", nobody) // of nobody's nothing is kept
	ask("ngo", "", nobody)
	ask("ngo", x.often, asIs)
	ask("ngo", x.often, asIs) // it is one a minute
	ask("ngo", x.narrow, asIs)
	ask("ngo", x.stranger, asIs)
	if op.ID == "watch-placements" { // to whoever may it does not end
		return
	}
	ask("ngo", x.places, asIs)
	ask("ngo", x.tokens["ngo"], asIs)
	ask("ngo", x.tokens["ngo"], func(r *http.Request) { r.URL.RawQuery = "limit=0&all=" + planted })
	ask("ngo", x.tokens["ngo"], func(r *http.Request) { r.URL.RawQuery = "cursor=" + planted })
	x.asks(x.t, x.w.API("ngo"), x.tokens["ngo"], op, planted, x.plain(op), asIs)
}

// bodies sends what no operation reads, and what was looked at otherwise.
func (x refusing) bodies(op operation) {
	set := func(names ...string) func(*http.Request) {
		return func(r *http.Request) {
			if op.Takes == "" {
				r.Header.Set("Content-Type", "application/json")
			}
			for i := 0; i < len(names); i += 2 {
				r.Header.Set(names[i], names[i+1])
			}
		}
	}
	ask := func(id, text string, change func(*http.Request)) {
		x.asks(x.t, x.w.API("ngo"), x.tokens["ngo"], op, id, text, change)
	}
	ask(absent, x.plain(op), set("Sec-Fetch-Site", "cross-site"))
	ask(absent, "{}", set("Content-Type", "text/plain"))
	ask(absent, `{"`, set())
	ask(absent, strings.Repeat(" ", 1<<20)+"{}", set())
	ask(absent, `{"`+planted+`":1}`, set())
	ask(absent, "{}", set("Idempotency-Key", strings.Repeat("k", 256)))
	ask(x.consent, x.plain(op), set("If-Match", ""))
	if strings.HasPrefix(op.Path, "/v1/consents/") || strings.HasPrefix(op.Path, "/v1/policy/own") {
		ask(x.consent, x.plain(op), set("If-Match", `"another"`))
	}
}

// program is the token of a program of somebody's at the NGO.
func (p *play) program(rate int, scopes ...posada.Scope) string {
	p.t.Helper()
	made := p.does("ngo", "add-token", "", body{"name": fmt.Sprintf("invented %d %d %s", rate, len(scopes), scopes[0]), "scopes": scopes, "rate": rate})
	return of(made, "token")
}

// errorsMade holds what was answered against what is described: every error of every operation
// was produced, or stands in unmade.
func (p *play) errorsMade() {
	made, missing := 0, map[string][]string{}
	for _, op := range p.operations {
		for status := range op.says["responses"].(map[string]any) {
			code, err := strconv.Atoi(status)
			switch {
			case err != nil:
				p.t.Errorf("%s is described with %q", op, status)
			case code < http.StatusBadRequest:
			case p.seen[op.ID][code] > 0:
				made++
			default:
				missing[status] = append(missing[status], op.ID)
			}
		}
	}
	known := unmade()
	for status := range missing {
		slices.Sort(missing[status])
		if want := known[status].by(p.described(status)); !slices.Equal(missing[status], want) {
			p.t.Errorf("%s is not produced by\n%q\nand by what is known should not be by\n%q", status, missing[status], want)
		}
	}
	for status := range known {
		if missing[status] == nil {
			p.t.Errorf("%s is produced by all", status)
		}
	}
	p.t.Logf("%d errors of %d operations were produced", made, len(p.operations))
}

// described are the operations that have a status, by name.
func (p *play) described(status string) (ids []string) {
	for _, op := range p.operations {
		if op.says["responses"].(map[string]any)[status] != nil {
			ids = append(ids, op.ID)
		}
	}
	return ids
}

// never is an error that is described and not produced here, and why: by some operations, or
// by all but some.
type never struct {
	why     string
	of, but []string
}

func (n never) by(all []string) []string {
	if n.of != nil {
		return n.of
	}
	return slices.DeleteFunc(all, func(id string) bool { return slices.Contains(n.but, id) })
}

// unmade is what is not produced, exactly.
func unmade() map[string]never {
	return map[string]never{
		"404": {why: "everybody who works here may ask for these, and what they name is of the request", of: []string{
			"confirm-account", "confirm-clock", "confirm-session", "give-directory", "list-agencies", "list-tokens", "lock", "make-account", "me", "minors",
			"network", "network-members", "on-call", "own-policy", "past-table", "publish-decisions", "sign-out", "status",
		}},
		"408": {why: "a body that stops coming is waited for longer than a test is: what is said then is asked of the part that reads it"},
		"409": {why: "somebody else has to act in between, or the same program at once", but: []string{
			"confirm-account", "confirm-clock", "confirm-session", "import-rows", "lock", "print-referral", "send-motion", "sign-out",
		}},
		"500": {why: "a defect, and none is known that a request reaches: what is answered of a panic is tested beside it"},
		"503": {why: "a vault that cannot be opened for another reason than its passphrase", of: []string{"unlock"}},
	}
}
