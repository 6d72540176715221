package town_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
)

// everybody may do everything: what is asked is whether it is as described.
func everybody() town.Plan {
	p := plan()
	all := posada.Members[posada.StaffRole]()
	for i := range p.Agencies[:3] {
		p.Agencies[i].Staff[0].Roles = all
		p.Agencies[i].Staff = append(p.Agencies[i].Staff, town.Person{Name: "Invented Colleague", Roles: all})
	}
	p.Agencies[1].Passphrase = passphrase
	return p
}

// play is somebody at each node who has the document and nothing else.
type play struct {
	t *testing.T
	w *town.Town
	*description
	tokens map[string]string
}

func newPlay(t *testing.T, skip ...string) *play {
	laid, err := town.Lay(t.TempDir(), everybody(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	p := &play{t: t, w: start(t, laid, town.Options{Poll: 300 * time.Millisecond, Skip: append(skip, "police")}), tokens: map[string]string{}}
	for _, a := range laid.Plan.Agencies {
		if p.tokens[a.Key], err = laid.Token(a.Key); err != nil {
			t.Fatal(err)
		}
	}
	p.description = describe(t, p.w.API("ngo"))
	return p
}

// body is a request's, by name.
type body = map[string]any

// try asks for an operation about something, and gives the answer whatever it is.
func (p *play) try(node, operation, id string, in any) (got answered, out any) {
	p.t.Helper()
	op, text := p.operation(p.t, operation), ""
	if raw, is := in.(string); is {
		text = raw
	} else if in != nil {
		if err := p.takes(p.t, op, in); err != nil {
			p.t.Fatalf("%s does not take what it is asked: %v", op, err)
		}
		text = written(p.t, in)
	}
	got = p.asks(p.t, p.w.API(node), p.tokens[node], op, id, text, asIs)
	if strings.HasSuffix(got.header.Get("Content-Type"), "json") {
		if err := json.Unmarshal([]byte(got.body), &out); err != nil {
			p.t.Fatal(err)
		}
	}
	return got, out
}

// does asks for an operation, which is carried out.
func (p *play) does(node, operation, id string, in any) any {
	p.t.Helper()
	got, out := p.try(node, operation, id, in)
	if got.status >= http.StatusMultipleChoices {
		p.t.Fatalf("%s: %d %s", operation, got.status, got.body)
	}
	return out
}

// refuses asks for an operation that there is a reason not to carry out.
func (p *play) refuses(node, operation, id, key string, in any) {
	p.t.Helper()
	if got, out := p.try(node, operation, id, in); got.status < http.StatusBadRequest || of(out, "key") != key {
		p.t.Errorf("%s: %d %s", operation, got.status, got.body)
	}
}

// until asks for an operation again and again, until something of its answer is so.
func (p *play) until(node, operation, id, at string, is func(string) bool) (out any) {
	p.t.Helper()
	eventually(p.t, operation+" showing "+at, func() bool {
		var got answered
		got, out = p.try(node, operation, id, nil)
		return got.status == http.StatusOK && is(of(out, at))
	})
	return out
}

func some(text string) bool { return text != "" }

func exactly(want string) func(string) bool { return func(text string) bool { return text == want } }

// of is the text at a place of an answer: questions.0.id; empty where there is none.
func of(value any, at string) string {
	for step := range strings.SplitSeq(at, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				return ""
			}
			value = v[i]
		default:
			return ""
		}
	}
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// TestTheNodesAreAsTheirDescriptionSays: people who have the document alone do everything
// there is to do, each request and each answer held against it.
func TestTheNodesAreAsTheirDescriptionSays(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.refuses("legal", "status", "", "node_locked", nil)
	p.does("legal", "unlock", "", passphrase)
	eventually(t, "the node being unlocked", func() bool { got, _ := p.try("legal", "status", "", nil); return got.status == http.StatusOK })
	p.looks()
	p.works()
	p.imports()
	p.places()
	p.staff()
	p.signsIn()
	p.walks()
	p.does("legal", "lock", "", nil)
	if got, _ := p.try("legal", "withdraw", "", body{"case": "wren-0"}); got.status != http.StatusAccepted {
		t.Errorf("a locked node keeps nothing: %d %s", got.status, got.body)
	}
	p.refuseAll()
	p.errorsMade()
	// What takes stewards, a table that waits, or a day, is done elsewhere in these tests.
	not := []string{"confirm-clock", "give-directory", "opt-in", "print-referral", "read-motion", "record-call", "review-policy", "send-motion"}
	done, statuses := []string{}, 0
	for _, op := range p.operations {
		statuses += len(p.seen[op.ID])
		if slices.ContainsFunc(slices.Collect(maps.Keys(p.seen[op.ID])), func(s int) bool { return s < http.StatusBadRequest }) {
			done = append(done, op.ID)
		} else if !slices.Contains(not, op.ID) || p.seen[op.ID] == nil {
			t.Errorf("%s was not done", op)
		}
	}
	t.Logf("%d of %d operations were done; %d different answers", len(done), len(p.operations), statuses)
}

// looks asks for what is there from the start.
func (p *play) looks() {
	for _, id := range []string{"describe-yaml", "describe-json", "status", "me", "list-agencies", "network", "minors", "policy-rules", "own-policy", "list-staff", "on-call", "list-motions", "network-members", "network-past"} {
		p.does("ngo", id, "", nil)
	}
	p.does("ngo", "explain-problem", "unknown_word", nil)
	table := of(p.does("ngo", "policy-table", "", nil), "running.text")
	p.does("ngo", "check-policy", "", body{"table": table})
	p.does("ngo", "replay-decisions", "", body{"policy": table})
	p.does("ngo", "suppose", "", body{"class": "legal_aid", "purpose": "legal"})
	p.matches()
	p.does("ngo", "past-table", "1", nil)
	p.refuses("ngo", "review-policy", "", "no_proposal", body{"motion": "e30="})
	p.refuses("ngo", "send-motion", "", "no_steward", body{"motion": "e30="})
	p.refuses("ngo", "read-motion", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "unknown_motion", nil)
	p.refuses("ngo", "confirm-clock", "", "clock_agreed", nil)
	p.does("ngo", "publish-decisions", "", body{"decisions": []any{}})
	keys := p.operation(p.t, "give-directory")
	if got, _ := p.try("ngo", keys.ID, "", p.filled(p.bodyOf(keys), 0)); got.status < http.StatusBadRequest {
		p.t.Errorf("no keys were given: %d", got.status)
	}
}

// consents is what the tests agree to, for an agency, in a case; empty opens one.
func consents(to, purpose, label string, onward ...string) (in body) {
	c := newConsent()
	c.Case, c.Allow[0].To, c.Allow[0].Purpose, c.Allow[0].Onward = label, to, purpose, onward
	text, _ := json.Marshal(c)
	_ = json.Unmarshal(text, &in)
	return in
}

// sends previews and sends what the tests send.
func (p *play) sends(node, to, purpose, label string) (id, decision string) {
	d := newPreview(label)
	d.To, d.Purpose = to, purpose
	preview := p.does(node, "preview-referral", "", d)
	p.refuses(node, "print-referral", "", "to_send", body{"digest": of(preview, "digest")})
	return of(p.does(node, "send-referral", "", body{"digest": of(preview, "digest")}), "id"), of(preview, "decision")
}

// works has a case from its beginning to its end.
func (p *play) works() {
	label := of(p.does("ngo", "open-case", "", nil), "label")
	agreed := of(p.does("ngo", "add-consent", "", consents("Invented Legal Aid", "legal", label)), "id")
	for _, id := range []string{"list-cases", "list-consents"} {
		p.does("ngo", id, "", nil)
	}
	p.does("ngo", "show-consent", agreed, nil)
	p.does("ngo", "show-code", "", body{"case": label})
	p.does("ngo", "assign-case", "", body{"case": label, "to": "Invented Colleague"})
	sent, decision := p.sends("ngo", "Invented Legal Aid", "legal", label)
	p.does("ngo", "explain-decision", decision, nil)
	p.until("legal", "show-referral", sent, "id", some)
	p.does("legal", "set-referral-state", sent, body{"state": "acknowledged"})
	p.does("legal", "assign-referral", sent, body{"to": "Invented Colleague"})
	p.does("legal", "ask-about-referral", sent, body{"question": "still_needed", "note": "invented"})
	asked := p.until("ngo", "show-referral", sent, "questions.0.id", some)
	p.does("ngo", "answer-about-referral", sent, body{"question": of(asked, "questions.0.id"), "answer": "yes"})
	p.does("ngo", "list-referrals", "", nil)
	p.refuses("ngo", "opt-in", agreed, "no_opt_in", body{"asked": true, "counsel": true})
	p.does("ngo", "renew-consent", agreed, consents("Invented Legal Aid", "legal", label))
	p.does("ngo", "end-consent", agreed, body{"how": "withdrawn"})
	asking := of(p.does("ngo", "add-consent", "", body{"case": label, "status": "requested", "allow": consents("Invented Shelter", "legal", "")["allow"]}), "id")
	p.does("ngo", "answer-consent", asking, body{"answer": "refused"})
	p.does("ngo", "record-paper", "", body{"case": label, "kind": "court_order", "counsel": "Invented Advocate", "names": []string{"identity"}, "by": time.Now().AddDate(0, 0, 7).Format(time.DateOnly)})
	p.does("ngo", "told", "", body{"case": label})
	p.does("ngo", "exclude", "", body{"case": label, "agency": "Invented Shelter"})
	p.does("ngo", "withdraw", "", body{"case": label})
	p.does("ngo", "erase-case", "", body{"case": label})

	hook := of(p.does("ngo", "add-webhook", "", body{"url": "https://127.0.0.1/", "for": "Invented Advocate", "scheme": "v1a"}), "webhook.id")
	theirs := of(p.does("legal", "add-consent", "", consents("Invented NGO", "case_management", "", "Invented Shelter")), "case")
	came, _ := p.sends("legal", "Invented NGO", "case_management", theirs)
	p.until("ngo", "show-referral", came, "id", some)
	p.hooks(hook)
	p.does("ngo", "set-referral-state", came, body{"state": "acknowledged"})
	p.does("ngo", "pass-on", came, body{"to": "Invented Shelter", "categories": []string{"needs"}})
	own := consents("Invented NGO", "case_management", "")
	taken := of(p.does("ngo", "take-over", came, own), "case")
	p.does("ngo", "show-own-record", "", body{"case": taken})
}

// hooks asks what an endpoint was told of, and does to it what there is to do.
func (p *play) hooks(id string) {
	event := of(p.until("ngo", "log-webhook", id, "0.event", some), "0.event")
	p.does("ngo", "show-webhook-event", event, nil)
	p.does("ngo", "list-webhooks", "", nil)
	for _, step := range []string{"test-webhook", "rotate-webhook", "disable-webhook", "enable-webhook", "show-webhook", "remove-webhook"} {
		p.does("ngo", step, id, nil)
	}
}

// imports brings a row in, and shows it.
func (p *play) imports() {
	id := of(p.does("ngo", "begin-import", "", body{"mapping": "invented-sheet", "digest": strings.Repeat("a", 52), "rows": 1}), "id")
	row := body{"key": "17", "services": []string{"food"}, "records": []any{body{"role": "survivor", "fields": body{"prs_FirstName": "Invented"}}}}
	batch := body{"after": 0, "through": 2, "rows": []any{row}}
	label := of(p.does("ngo", "import-rows", id, batch), "rows.0.case")
	p.does("ngo", "import-rows", id, batch)
	p.refuses("ngo", "import-rows", id, "import_behind", body{"after": 7, "through": 8, "rows": []any{}})
	p.does("ngo", "list-imports", "", nil)
	p.does("ngo", "end-import", id, nil)
	p.refuses("ngo", "import-rows", id, "import_over", body{"after": 2, "through": 3, "rows": []any{}})
	p.refuses("ngo", "begin-import", "", "import_other", body{"mapping": "invented-sheet", "digest": strings.Repeat("A", 52), "rows": 1})
	if kept := p.does("ngo", "show-own-record", "", body{"case": label}); of(kept, "imported.0.mapping") != "invented-sheet" {
		p.t.Errorf("%s holds %v", label, kept)
	}
}

// places finds somebody a place, and nobody two others.
func (p *play) places() {
	p.does("shelter", "describe-place", "", body{"place": "dorm", "services": []string{"shelter_emergency"}, "free": 3})
	p.does("shelter", "describe-place", "", body{"place": "attic", "services": []string{"shelter_emergency"}})
	p.does("shelter", "count-beds", "", body{"place": "dorm", "free": 4})
	p.does("shelter", "remove-place", "", body{"place": "attic"})
	p.does("shelter", "list-places", "", nil)
	label, ids := "", []string{}
	for range 3 {
		read := p.does("ngo", "preview-need", "", body{"case": label, "priority": "tonight", "services": []string{"shelter_emergency"}})
		asked := p.does("ngo", "post-need", "", body{"digest": of(read, "digest"), "permission": true})
		label, ids = of(asked, "case"), append(ids, of(asked, "id"))
		p.until("shelter", "show-placement", ids[len(ids)-1], "state", exactly("asked"))
	}
	p.does("shelter", "list-placements", "", nil)
	p.watches()
	p.does("ngo", "order-needs", "", body{"case": label, "needs": []string{ids[2]}})
	for _, id := range ids[:2] {
		p.does("shelter", "offer-place", id, body{"place": "dorm"})
		p.until("ngo", "show-need", id, "asked.0.state", exactly("offers"))
	}
	p.does("ngo", "choose-offer", ids[0], body{"agency": "Invented Shelter"})
	p.until("shelter", "show-placement", ids[0], "state", exactly("held"))
	p.does("shelter", "arrive", ids[0], nil)
	p.does("ngo", "refuse-offer", ids[1], body{"agency": "Invented Shelter"})
	p.does("shelter", "decline-need", ids[2], body{"reason": "lack_of_capacity"})
	if got, _ := p.try("ngo", "record-call", ids[2], body{"agency": "Invented Shelter", "answer": "perhaps"}); got.status < http.StatusBadRequest {
		p.t.Errorf("a call was recorded: %d", got.status)
	}
	p.does("ngo", "end-need", ids[2], body{"how": "withdrawn"})
	p.does("ngo", "list-needs", "", nil)
	p.does("ngo", "count-needs", "", nil)
}

// watches hears the first event of a stream, and hangs up.
func (p *play) watches() {
	op := p.operation(p.t, "watch-placements")
	ctx, hangUp := context.WithCancel(p.t.Context())
	defer hangUp()
	r, err := http.NewRequestWithContext(ctx, op.Method, p.w.API("shelter")+op.Path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	as(p.tokens["shelter"])(r)
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	first := make([]byte, len("event: placement"))
	if _, err := io.ReadFull(response.Body, first); err != nil || string(first) != "event: placement" {
		p.t.Errorf("%q, %v", first, err)
	}
	if err := p.holds(p.t, op, answered{response.StatusCode, response.Header, ""}); err != nil {
		p.t.Error(err)
	}
}

// matches changes the agency's own policy only as it was looked at.
func (p *play) matches() {
	stricter := written(p.t, body{"policy": `{"cells": {"legal_aid": {"legal": {"medical": "never"}}}}`})
	own, set := p.operation(p.t, "own-policy"), p.operation(p.t, "set-own-policy")
	as := func(tag string) func(*http.Request) { return func(r *http.Request) { r.Header.Set("If-Match", tag) } }
	put := func(tag string) answered {
		return p.asks(p.t, p.w.API("ngo"), p.tokens["ngo"], set, "", stricter, as(tag))
	}
	looked := p.asks(p.t, p.w.API("ngo"), p.tokens["ngo"], own, "", "", asIs).header.Get("ETag")
	for _, c := range []struct {
		tag  string
		want int
	}{{"", http.StatusPreconditionRequired}, {`"another"`, http.StatusPreconditionFailed}, {looked, http.StatusOK}, {looked, http.StatusPreconditionFailed}, {"*", http.StatusOK}} {
		if got := put(c.tag); got.status != c.want || c.want == http.StatusOK && got.header.Get("ETag") == looked {
			p.t.Errorf("looked at as %q: %d %s", c.tag, got.status, got.body)
		}
	}
	p.does("ngo", "clear-own-policy", "", nil)
	if again := p.asks(p.t, p.w.API("ngo"), p.tokens["ngo"], own, "", "", asIs).header.Get("ETag"); again != looked || looked == "" {
		p.t.Errorf("the same is known as %q and as %q", looked, again)
	}
}

// once adds a person with a key, asks again because no answer came, and once for something else.
func (p *play) once() (id string) {
	op := p.operation(p.t, "add-staff")
	add := func(name string) answered {
		return p.asks(p.t, p.w.API("ngo"), p.tokens["ngo"], op, "", written(p.t, body{"name": name, "roles": []string{"advocate"}}), func(r *http.Request) {
			r.Header.Set("Idempotency-Key", "f3a1c0de-invented")
		})
	}
	first, again, other := add("Invented Newcomer"), add("Invented Newcomer"), add("Invented Other")
	if first.status != http.StatusCreated || fmt.Sprint(first) != fmt.Sprint(again) || other.status != http.StatusUnprocessableEntity {
		p.t.Errorf("%v\n%v\n%v", first, again, other)
	}
	var out any
	if err := json.Unmarshal([]byte(first.body), &out); err != nil {
		p.t.Fatal(err)
	}
	return of(out, "staff.id")
}

// staff has somebody begin here, and end.
func (p *play) staff() {
	id := p.once()
	p.does("ngo", "set-roles", id, body{"roles": []string{"legal"}})
	p.does("ngo", "set-on-call", "", body{"name": "Invented Newcomer", "days": []string{"mon"}, "from": "22:00", "until": "06:00"})
	token := of(p.does("ngo", "add-token", "", body{"of": id}), "id")
	p.does("ngo", "list-tokens", "", nil)
	p.does("ngo", "revoke-token", token, nil)
	p.does("ngo", "disable-staff", id, nil)
}

// signsIn makes an account, signs in, shows once more who it is, and ends all of it.
func (p *play) signsIn() {
	made := p.does("shelter", "make-account", "", body{"passphrase": phrase})
	code, err := totp.GenerateCode(of(made, "secret"), time.Now())
	if err != nil {
		p.t.Fatal(err)
	}
	p.does("shelter", "confirm-account", "", body{"code": code})
	p.refuses("shelter", "sign-in", "", "sign_in_failed", body{"name": "Invented Coordinator", "passphrase": "another one of twelve", "code": "000000"})
	var session any
	eventually(p.t, "signing in, after a wait", func() bool {
		var got answered
		got, session = p.try("shelter", "sign-in", "", body{"name": "Invented Coordinator", "passphrase": phrase, "code": of(made, "recovery.0")})
		return got.status == http.StatusCreated
	})
	token := p.tokens["shelter"]
	p.tokens["shelter"] = of(session, "token")
	p.does("shelter", "confirm-session", "", body{"passphrase": phrase})
	p.does("shelter", "sign-out", "", nil)
	p.refuses("shelter", "me", "", "session_over", nil)
	p.tokens["shelter"] = token
	p.does("shelter", "end-account", of(session, "person.id"), nil)
}
