package town_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
)

// question is a request that names something, and the same for what is not there.
type question struct{ there, absent, body, absentBody string }

// about asks in the path.
func about(format, there, absent, body string) question {
	return question{fmt.Sprintf(format, there), fmt.Sprintf(format, absent), body, body}
}

// within asks in the body.
func within(path, body, there, absent string) question {
	return question{path, path, body, strings.ReplaceAll(body, there, absent)}
}

// theirs is everything of a case there is to ask for, at one node.
type theirs struct {
	person, token             string
	label, digest             string
	consent, sent, arrived    string
	need, read, looked        string // a need, the digest of one that was read out, and a request for one
	draft, record, asked, own string // requests about the case
	agreed                    string // and one of no case
	told                      string // what a program was told of what arrived
}

// otherLabel is a label of no case, of the same length.
func otherLabel(label string) string {
	last := label[len(label)-1]
	return label[:len(label)-1] + string('0'+(last-'0'+1)%10)
}

func (x theirs) questions() map[string]question {
	const id = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	none := otherLabel(x.label)
	return map[string]question{
		"GET /v1/referrals/{id}":                 about("/v1/referrals/%s", x.sent, id, ""),
		"POST /v1/referrals/{id}/marks":          about("/v1/referrals/%s/marks", x.sent, id, `{"state":"recalled"}`),
		"POST /v1/referrals/{id}/assignments":    about("/v1/referrals/%s/assignments", x.sent, id, `{"to":"Invented Advocate"}`),
		"GET /v1/referrals/{id} in":              about("/v1/referrals/%s", x.arrived, id, ""),
		"POST /v1/referrals/{id}/marks in":       about("/v1/referrals/%s/marks", x.arrived, id, `{"state":"accepted"}`),
		"POST /v1/referrals/{id}/assignments in": about("/v1/referrals/%s/assignments", x.arrived, id, `{"to":"Invented Advocate"}`),
		"POST /v1/referrals/{id}/take-over":      about("/v1/referrals/%s/take-over", x.sent, id, x.own),
		"POST /v1/referrals/{id}/take-over in":   about("/v1/referrals/%s/take-over", x.arrived, id, x.own),
		"POST /v1/referrals/{id}/pass-on":        about("/v1/referrals/%s/pass-on", x.sent, id, `{"to":"Invented Shelter"}`),
		"POST /v1/referrals/{id}/pass-on in":     about("/v1/referrals/%s/pass-on", x.arrived, id, `{"to":"Invented Shelter"}`),
		"POST /v1/referrals/{id}/questions":      about("/v1/referrals/%s/questions", x.sent, id, `{"question":"still_needed"}`),
		"POST /v1/referrals/{id}/questions in":   about("/v1/referrals/%s/questions", x.arrived, id, `{"question":"still_needed"}`),
		"POST /v1/referrals/{id}/answers":        about("/v1/referrals/%s/answers", x.sent, id, `{"question":"`+id+`","answer":"yes"}`),
		"POST /v1/referrals/{id}/answers in":     about("/v1/referrals/%s/answers", x.arrived, id, `{"question":"`+id+`","answer":"yes"}`),
		"POST /v1/cases/records":                 within("/v1/cases/records", `{"case":"`+x.label+`"}`, x.label, none),
		"POST /v1/referrals":                     within("/v1/referrals", `{"digest":"`+x.digest+`"}`, x.digest, strings.Repeat("a", 52)),
		"POST /v1/referrals/print":               within("/v1/referrals/print", `{"digest":"`+x.digest+`"}`, x.digest, strings.Repeat("a", 52)),
		"POST /v1/referrals/preview":             within("/v1/referrals/preview", x.draft, x.label, none),
		"GET /v1/consents/{id}":                  about("/v1/consents/%s", x.consent, id, ""),
		"POST /v1/consents/{id}/opt-in":          about("/v1/consents/%s/opt-in", x.consent, id, `{"asked":true,"counsel":true}`),
		"POST /v1/consents/{id}/end":             about("/v1/consents/%s/end", x.consent, id, `{"how":"withdrawn"}`),
		"POST /v1/consents/{id}/answer":          about("/v1/consents/%s/answer", x.consent, id, `{"answer":"refused"}`),
		"POST /v1/consents/{id}/answer yes":      about("/v1/consents/%s/answer", x.consent, id, `{"answer":"given","agreed":`+x.agreed+`}`),
		"POST /v1/consents/{id}/renew":           about("/v1/consents/%s/renew", x.consent, id, x.agreed),
		"POST /v1/consents asked":                within("/v1/consents", x.asked, x.label, none),
		"POST /v1/consents":                      within("/v1/consents", x.record, x.label, none),
		"POST /v1/cases/exclusions":              within("/v1/cases/exclusions", `{"case":"`+x.label+`","agency":"Invented Shelter"}`, x.label, none),
		"POST /v1/cases/assignments":             within("/v1/cases/assignments", `{"case":"`+x.label+`","to":"Invented Advocate"}`, x.label, none),
		"POST /v1/cases/words":                   within("/v1/cases/words", `{"case":"`+x.label+`"}`, x.label, none),
		"POST /v1/cases/papers":                  within("/v1/cases/papers", `{"case":"`+x.label+`","kind":"court_order","counsel":"Invented Advocate","names":["identity"],"by":"2026-12-05"}`, x.label, none),
		"POST /v1/cases/papers/told":             within("/v1/cases/papers/told", `{"case":"`+x.label+`"}`, x.label, none),
		"POST /v1/on-call":                       within("/v1/on-call", `{"name":"`+x.person+`","days":["mon"],"from":"22:00","until":"06:00"}`, x.person, id),
		"POST /v1/cases/erasures":                within("/v1/cases/erasures", `{"case":"`+x.label+`"}`, x.label, none),
		"POST /v1/withdrawals":                   within("/v1/withdrawals", `{"case":"`+x.label+`"}`, x.label, none),
		"POST /v1/withdrawals sent":              within("/v1/withdrawals", `{"referral":"`+x.sent+`"}`, x.sent, id),
		"POST /v1/withdrawals in":                within("/v1/withdrawals", `{"referral":"`+x.arrived+`"}`, x.arrived, id),
		"GET /v1/needs/{id}":                     about("/v1/needs/%s", x.need, id, ""),
		"POST /v1/needs/preview":                 within("/v1/needs/preview", x.looked, x.label, none),
		"POST /v1/needs":                         within("/v1/needs", `{"digest":"`+x.read+`","permission":true}`, x.read, strings.Repeat("a", 52)),
		"POST /v1/needs/order":                   within("/v1/needs/order", `{"case":"`+x.label+`","needs":["`+x.need+`"]}`, x.label, none),
		"POST /v1/needs/{id}/choose":             about("/v1/needs/%s/choose", x.need, id, `{"agency":"Invented Shelter"}`),
		"POST /v1/needs/{id}/refuse":             about("/v1/needs/%s/refuse", x.need, id, `{"agency":"Invented Shelter"}`),
		"POST /v1/needs/{id}/end":                about("/v1/needs/%s/end", x.need, id, `{"how":"withdrawn"}`),
		"POST /v1/needs/{id}/calls":              about("/v1/needs/%s/calls", x.need, id, `{"agency":"Invented Shelter","answer":"offer"}`),
		"PUT /v1/staff/{id}/roles":               about("/v1/staff/%s/roles", x.person, id, `{"roles":["agency_admin"]}`),
		"POST /v1/staff/{id}/disable":            about("/v1/staff/%s/disable", x.person, id, ""),
		"DELETE /v1/staff/{id}/account":          about("/v1/staff/%s/account", x.person, id, ""),
		"POST /v1/tokens":                        within("/v1/tokens", `{"of":"`+x.person+`"}`, x.person, id),
		"GET /v1/webhook-events/{id}":            about("/v1/webhook-events/%s", x.told, id, ""),
		"DELETE /v1/tokens/{id}":                 about("/v1/tokens/%s", x.token, id, ""),
	}
}

// lists answer with what is hers; for those who have nothing, as before anything
// was there.
func lists() []string {
	return []string{"GET /v1/cases", "GET /v1/consents", "GET /v1/referrals", "GET /v1/staff", "GET /v1/tokens", "GET /v1/needs", "GET /v1/need-counts"}
}

// nobodys name nothing of a case or of what is an agency's people's own: how the
// node and the network are, whom to call tonight, and what is begun.
func nobodys() []string {
	return []string{
		"GET /v1/status", "GET /v1/agencies", "GET /v1/network", "GET /v1/minors", "POST /v1/network/decisions", "GET /v1/motions", "GET /v1/motions/{id}", "POST /v1/motions", "POST /v1/directory/keys", "POST /v1/clock/confirm", "POST /v1/lock",
		"POST /v1/cases", "POST /v1/staff", "GET /v1/on-call",
		"GET /v1/policy/table", "GET /v1/policy/rules", "GET /v1/policy/past/{version}", "GET /v1/network/past", "GET /v1/network/members", "POST /v1/policy/check", "POST /v1/policy/review", "POST /v1/policy/what-if",
		// What was decided is of nobody, and its name is told to whoever asked for it.
		"GET /v1/decisions/{id}", "POST /v1/decisions/replay", "GET /v1/policy/own", "PUT /v1/policy/own", "DELETE /v1/policy/own",
		// A need that another agency asks names nobody; whoever is on duty answers it.
		"GET /v1/placements", "GET /v1/placements/{id}", "GET /v1/placements/watch",
		"POST /v1/placements/{id}/offer", "POST /v1/placements/{id}/decline", "POST /v1/placements/{id}/arrive",
		"GET /v1/places", "POST /v1/places", "POST /v1/places/count", "POST /v1/places/remove",
		// Which programs are told is for whoever administers the agency; of nobody anything is in it.
		"GET /v1/webhooks", "POST /v1/webhooks", "GET /v1/webhooks/{id}", "DELETE /v1/webhooks/{id}", "GET /v1/webhooks/{id}/log",
		"POST /v1/webhooks/{id}/rotate", "POST /v1/webhooks/{id}/enable", "POST /v1/webhooks/{id}/disable", "POST /v1/webhooks/{id}/test",
		"GET /v1/me", "POST /v1/account", "POST /v1/account/confirm", "POST /v1/sessions", "DELETE /v1/sessions/current", "POST /v1/sessions/confirm",
	}
}

// TestWhatIsNotOnesOwnLooksLikeWhatIsNotThere is G7 inside an agency: a
// volunteer, an advocate and a nurse whose work it is not, an auditor and a
// steward each ask for everything by every route there is. What they may not know
// of and what is not there are answered in the same bytes, and nothing changes.
func TestWhatIsNotOnesOwnLooksLikeWhatIsNotThere(t *testing.T) {
	t.Parallel()
	asking := []posada.StaffRole{posada.RoleVolunteerScreener, posada.RoleAdvocate, posada.RoleMedical, posada.RoleAuditor, posada.RoleSteward}
	p := plan()
	for _, r := range asking {
		p.Agencies[0].Staff = append(p.Agencies[0].Staff, town.Person{Name: "Invented " + string(r) + " elsewhere", Roles: []posada.StaffRole{r}})
	}
	p.Agencies[0].Staff = append(p.Agencies[0].Staff, town.Person{Name: "Invented Administrator", Roles: []posada.StaffRole{posada.RoleAgencyAdmin}})
	laid, err := town.Lay(t.TempDir(), p, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, laid, town.Options{Skip: []string{"shelter", "police"}})
	token := func(number int) string {
		text, err := os.ReadFile(fmt.Sprintf("%s-%d", laid.TokenFile("ngo"), number))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(text))
	}
	before := map[posada.StaffRole][]answered{}
	tokens := map[posada.StaffRole]string{}
	for i, r := range asking {
		tokens[r] = token(i + 2)
		before[r] = askLists(t, w, tokens[r])
	}
	ngo := ask(t, w, "ngo")
	x := everything(t, w, client.New(w.API("ngo"), token(len(asking)+2), "en"))
	ready := true
	for _, route := range routes(t, w) {
		_, asked := x.questions()[route]
		if !asked && !slices.Contains(lists(), route) && !slices.Contains(nobodys(), route) {
			t.Errorf("nobody asks %s", route)
			ready = false
		}
	}
	if !ready {
		return
	}
	asked := 0
	for _, r := range asking {
		for route, q := range x.questions() {
			method, _, _ := strings.Cut(route, " ")
			there := call(t, method, w.API("ngo")+q.there, q.body, as(tokens[r]))
			absent := call(t, method, w.API("ngo")+q.absent, q.absentBody, as(tokens[r]))
			// A case is called by what she asked for.
			there.body = strings.ReplaceAll(there.body, x.label, otherLabel(x.label))
			if fmt.Sprint(there) != fmt.Sprint(absent) || there.status < 400 || there.status >= 500 {
				t.Errorf("%s asks %s and is answered\n%v\n%v", r, route, there, absent)
			}
			asked++
		}
		for i, now := range askLists(t, w, tokens[r]) {
			if fmt.Sprint(now) != fmt.Sprint(before[r][i]) {
				t.Errorf("%s asks %s and is answered\n%v\nnot\n%v", r, lists()[i], now, before[r][i])
			}
		}
	}
	t.Logf("%d people asked %d questions", len(asking), asked)
	unchanged(t, ngo, x)
}

func askLists(t *testing.T, w *town.Town, token string) (answers []answered) {
	t.Helper()
	for _, route := range lists() {
		method, path, _ := strings.Cut(route, " ")
		got := call(t, method, w.API("ngo")+path, "", as(token))
		answers = append(answers, got)
	}
	return answers
}

// everything is a case of the first advocate's with a consent, a referral of it
// that was sent and a preview that was not, and a referral that came in and that
// she took on.
func everything(t *testing.T, w *town.Town, admin *client.Client) (x theirs) {
	t.Helper()
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	agreed := agree(t, ngo)
	x.label, x.consent, x.sent = agreed.Case, string(agreed.ID), string(send(t, ngo, agreed.Case).ID)
	waits, err := ngo.Preview(t.Context(), newPreview(agreed.Case))
	if err != nil || waits.Digest == "" {
		t.Fatalf("%+v, %v", waits.Uncovered, err)
	}
	x.digest = waits.Digest
	record := newConsent()
	record.Case = x.label
	asked := client.NewConsent{Case: x.label, Status: "refused", Allow: record.Allow}
	x.draft, x.record, x.asked, x.agreed = written(t, newPreview(x.label)), written(t, record), written(t, asked), written(t, newConsent())
	hook, err := admin.AddWebhook(t.Context(), client.NewWebhook{URL: "https://127.0.0.1/", For: "Invented Advocate", Types: []string{"referral_came"}})
	if err != nil {
		t.Fatal(err)
	}
	_, arrived := share(t, legal, ngo)
	x.arrived = string(arrived)
	eventually(t, "a program being told of what arrived", func() bool {
		lines, err := admin.WebhookLog(t.Context(), hook.Webhook.ID)
		if len(lines) > 0 {
			x.told = string(lines[0].Event)
		}
		return err == nil && len(lines) > 0
	})
	own := newConsent()
	own.Allow = []client.NewAllowance{{To: "Invented NGO", Purpose: "case_management", Share: []string{"needs", "identity"}}}
	own.Case, x.own = x.label, written(t, own)
	if taken, err := ngo.TakeOver(t.Context(), posada.ReferralID(x.arrived), own); err != nil || len(taken.TakenOver) != 1 {
		t.Fatalf("%d were taken over, %v", len(taken.TakenOver), err)
	}
	x.need, x.read, x.looked = needOf(t, ngo, x.label)
	list, err := ngo.Tokens(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("%d tokens are hers, %v", len(list), err)
	}
	x.person, x.token = string(list[0].Of), string(list[0].ID)
	return x
}

// needOf asks for a place for a case: the need, one that was read out and not posted,
// and the request for it.
func needOf(t *testing.T, ngo *client.Client, label string) (id, read, looked string) {
	t.Helper()
	in := client.NewNeed{Case: label, Priority: "tonight", Services: []string{"shelter_emergency"}}
	p, err := ngo.PreviewNeed(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	n, err := ngo.PostNeed(t.Context(), client.NewPosting{Digest: p.Digest, Permission: true})
	if err != nil {
		t.Fatal(err)
	}
	again, err := ngo.PreviewNeed(t.Context(), in)
	if err != nil || again.Digest == "" {
		t.Fatal(err)
	}
	return string(n.ID), again.Digest, written(t, in)
}

func written(t *testing.T, in any) string {
	t.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// unchanged holds what is hers against what it was.
func unchanged(t *testing.T, ngo *client.Client, x theirs) {
	t.Helper()
	for _, id := range []string{x.sent, x.arrived} {
		r, err := ngo.Referral(t.Context(), posada.ReferralID(id))
		if err != nil || r.State == posada.StateRecalled || r.State == posada.StateAccepted || !slices.Equal(r.Assigned, []string{"Invented Advocate"}) {
			t.Errorf("a referral is %s, the work of %v, %v", r.State, r.Assigned, err)
		}
	}
	agreed, err := ngo.Consents(t.Context())
	if err != nil || len(agreed) != 2 || agreed[0].Status != posada.ConsentGiven || agreed[1].Status != posada.ConsentGiven {
		t.Errorf("%d consents, %v", len(agreed), err)
	}
	own, err := ngo.OwnRecord(t.Context(), client.NewLook{Case: x.label})
	if err != nil || len(own.TakenOver) != 1 || len(own.TakenOver[0].Carried) == 0 {
		t.Errorf("%d were taken over, %v", len(own.TakenOver), err)
	}
	cases, err := ngo.Cases(t.Context())
	if err != nil || len(cases) != 1 || len(cases[0].Exclude) != 0 || !slices.Equal(cases[0].Assigned, []string{"Invented Advocate"}) {
		t.Errorf("%+v, %v", cases, err)
	}
	if n, err := ngo.Need(t.Context(), posada.NeedID(x.need)); err != nil || n.State != posada.NeedPosted {
		t.Errorf("the need is %s, %v", n.State, err)
	}
	if _, err := ngo.PostNeed(t.Context(), client.NewPosting{Digest: x.read, Permission: true}); err != nil {
		t.Errorf("what was read out cannot be posted: %v", err)
	}
	if _, err := ngo.Send(t.Context(), client.NewSend{Digest: x.digest}); err != nil {
		t.Errorf("what she previewed cannot be sent: %v", err)
	}
}

// TestWhoeverAnswersTakesItOn: a referral that came in is the work of whoever
// sets a state of it, unless she declines it; what is in it is shown only where it
// is asked for, and that is noted.
func TestWhoeverAnswersTakesItOn(t *testing.T) {
	t.Parallel()
	w := start(t, lay(t), town.Options{Skip: []string{"shelter", "police"}})
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	agreed := agree(t, ngo)
	for _, c := range []struct {
		mark client.NewMark
		want []string
	}{
		{client.NewMark{State: "accepted"}, []string{"Invented Lawyer"}},
		{client.NewMark{State: "declined", Reason: "lack_of_capacity"}, []string{}},
	} {
		id := send(t, ngo, agreed.Case).ID
		arrived := func() bool {
			list, err := legal.Referrals(t.Context())
			return err == nil && slices.ContainsFunc(list, func(r client.Referral) bool { return r.ID == id && len(r.Assigned) == 0 && len(r.Carried) == 0 })
		}
		eventually(t, "it arrived as nobody's", arrived)
		marked, err := legal.Mark(t.Context(), id, c.mark)
		if err != nil || !slices.Equal(marked.Assigned, c.want) || len(marked.Carried) != 0 {
			t.Errorf("%s: the work of %v, %d fields, %v", c.mark.State, marked.Assigned, len(marked.Carried), err)
		}
		shown, err := legal.Referral(t.Context(), id)
		if err != nil || shown.More == (len(c.want) > 0) || !slices.Equal(shown.Assigned, c.want) {
			t.Errorf("%s: more %v, the work of %v, %v", c.mark.State, shown.More, shown.Assigned, err)
		}
	}
}
