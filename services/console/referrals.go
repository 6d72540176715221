package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// referralPages are the referrals that came in and were sent, and each of them.
func referralPages() []page {
	care := careRoles()
	return []page{
		{method: http.MethodGet, pattern: "/referrals", title: "console.referrals.menu", do: inbox, roles: care, menu: true, icon: "in"},
		{method: http.MethodGet, pattern: "/referrals/sent", title: "console.referrals.sent", do: sentOnes, roles: care},
		{method: http.MethodGet, pattern: "/referrals/{id}", title: "console.referral.title", do: oneReferral, roles: care},
		{method: http.MethodGet, pattern: "/referrals/{id}/marks/{state}", title: "console.mark.title", do: markForm, roles: care},
		{method: http.MethodPost, pattern: "/referrals/{id}/marks/{state}", title: "console.mark.title", do: setMark, again: markForm, roles: care},
		{method: http.MethodGet, pattern: "/referrals/{id}/assign", title: "console.assign.title", do: assignForm, roles: care},
		{method: http.MethodPost, pattern: "/referrals/{id}/assign", title: "console.assign.title", do: assignReferral, again: assignForm, roles: care},
		{method: http.MethodGet, pattern: "/referrals/{id}/ask", title: "console.question.ask_title", do: askQuestionForm, roles: care},
		{method: http.MethodPost, pattern: "/referrals/{id}/ask", title: "console.question.ask_title", do: askQuestion, again: askQuestionForm, roles: care},
		{method: http.MethodGet, pattern: "/referrals/{id}/questions/{question}", title: "console.question.answer_title", do: answerForm, roles: care},
		{method: http.MethodPost, pattern: "/referrals/{id}/questions/{question}", title: "console.question.answer_title", do: answerQuestion, again: answerForm, roles: care},
		{method: http.MethodGet, pattern: "/referrals/{id}/pass-on", title: "console.pass.title", do: passForm, roles: care},
		{method: http.MethodPost, pattern: "/referrals/{id}/pass-on", title: "console.pass.title", do: passTyped, again: passForm, roles: care},
		{method: http.MethodGet, pattern: "/referrals/{id}/pass-on/preview", title: "console.preview.title", do: passPreview, roles: care},
		{method: http.MethodPost, pattern: "/referrals/{id}/pass-on/send", title: "console.preview.title", do: passSend, again: passPreview, roles: care},
	}
}

// referralList is a list of referrals, in groups.
type referralList struct {
	In     bool
	Groups []referralGroup
	Over   []referralRow // ended; they fold away
}

// referralGroup is those of one kind.
type referralGroup struct {
	Title string
	Rows  []referralRow
}

// referralRow is one referral in a list.
type referralRow struct {
	To, Peer, Needs, Purpose, Whose, State, Soon string
	Case                                         string // its page
	Label                                        string
	At, By                                       time.Time
	Tone                                         string // of the state: good, warn, bad, live
	Overdue                                      bool
	Waits                                        string // why it is not there yet
}

// inbox is what came in: what nobody has seen first.
func inbox(v *visit) (view, error) {
	list, err := v.node.Referrals(v.ctx())
	if err != nil {
		return view{}, err
	}
	p := referralList{In: true}
	var unseen, unanswered, underWay []referralRow
	for _, r := range list {
		if r.Side != referral.Target {
			continue
		}
		row := v.referralRow(r)
		switch {
		case ended(r):
			p.Over = append(p.Over, row)
		case !referral.Unanswered(r.State):
			underWay = append(underWay, row)
		case r.State == posada.StateSent || r.State == posada.StateReopened:
			unseen = append(unseen, row)
		default:
			unanswered = append(unanswered, row)
		}
	}
	for _, rows := range [][]referralRow{unseen, unanswered} {
		slices.SortStableFunc(rows, func(a, b referralRow) int { return soonest(a.By, b.By) })
	}
	p.group(v, "console.referrals.unseen", unseen)
	p.group(v, "console.referrals.unanswered", unanswered)
	p.group(v, "console.referrals.under_way", underWay)
	return show("referrals", p).titled(v.Text("console.referrals.in")), nil
}

// sentOnes is what was sent.
func sentOnes(v *visit) (view, error) {
	list, err := v.node.Referrals(v.ctx())
	if err != nil {
		return view{}, err
	}
	status, err := v.node.Status(v.ctx())
	if err != nil {
		return view{}, err
	}
	p := referralList{}
	var calls, waiting, unanswered, underWay []referralRow
	for _, r := range list {
		if r.Side != referral.Source {
			continue
		}
		row := v.referralRow(r)
		switch {
		case r.Unconfirmed:
			calls = append(calls, row)
		case ended(r):
			p.Over = append(p.Over, row)
		case r.Delivered.IsZero() && r.State == posada.StateSent && !r.Paper:
			row.Waits = v.whyWaiting(status, r)
			waiting = append(waiting, row)
		case referral.Unanswered(r.State):
			unanswered = append(unanswered, row)
		default:
			underWay = append(underWay, row)
		}
	}
	p.group(v, "console.referrals.unconfirmed", calls)
	p.group(v, "console.referrals.not_there", waiting)
	p.group(v, "console.referrals.no_answer", unanswered)
	p.group(v, "console.referrals.under_way", underWay)
	return show("referrals", p), nil
}

func (p *referralList) group(v *visit, title i18n.Key, rows []referralRow) {
	if len(rows) > 0 {
		p.Groups = append(p.Groups, referralGroup{v.Text(title), rows})
	}
}

// soonest puts what has to be answered first before the rest; what has no time last.
func soonest(a, b time.Time) int {
	if a.IsZero() || b.IsZero() {
		return cmp.Compare(zero(a), zero(b))
	}
	return a.Compare(b)
}

func zero(t time.Time) int {
	if t.IsZero() {
		return 1
	}
	return 0
}

// ended reports whether nothing more is to be done about a referral.
func ended(r client.Referral) bool {
	switch r.State {
	case posada.StateDeclined, posada.StateCompleted, posada.StateRecalled, posada.StateExpired, posada.StateNoPlacementFound,
		posada.StateLostToFollowUp, posada.StateEnteredInError, posada.StateWithdrawnBySurvivor:
		return true
	}
	return false
}

// taken reports whether a referral was taken back, however.
func taken(r client.Referral) bool {
	switch r.State {
	case posada.StateRecalled, posada.StateEnteredInError, posada.StateWithdrawnBySurvivor:
		return true
	}
	return r.Shredded != nil
}

func (v *visit) referralRow(r client.Referral) referralRow {
	row := referralRow{
		To: "/referrals/" + string(r.ID), Peer: r.Peer.Name, Needs: v.needs(r), Whose: v.whose(r), State: v.Term("state", string(r.State)),
		At: r.Sent, Overdue: r.Overdue, Tone: tone(r), Label: r.Case,
	}
	if r.Purpose != "" {
		row.Purpose = v.Term("purpose", string(r.Purpose))
	}
	if r.Case != "" {
		row.Case = "/cases/" + v.handle(r.Case)
	}
	if referral.Unanswered(r.State) {
		row.By = r.AnswerBy
	}
	if r.Priority != "" {
		row.Soon = v.Term("priority", string(r.Priority))
	}
	return row
}

// needs is what a referral asks for, in words.
func (v *visit) needs(r client.Referral) string {
	if len(r.Services) > 0 {
		return i18n.Terms(v.Printer, "service", r.Services)
	}
	if r.Purpose != "" {
		return v.Term("purpose", string(r.Purpose))
	}
	return v.Text("console.referrals.gone")
}

// whose names those whose work a referral is.
func (v *visit) whose(r client.Referral) string {
	if len(r.Assigned) == 0 {
		return v.Text("console.referrals.nobodys")
	}
	return listed(r.Assigned)
}

// tone is how a state is shown; it is always written, too.
func tone(r client.Referral) string {
	switch {
	case r.Overdue || r.Unconfirmed:
		return "bad"
	case r.State == posada.StateDeclined || taken(r):
		return "warn"
	case ended(r):
		return ""
	case referral.Unanswered(r.State):
		return "live"
	}
	return "good"
}

// whyWaiting says why something that was sent is not there yet.
func (v *visit) whyWaiting(s client.Status, r client.Referral) string {
	switch {
	case s.Hub != "connected":
		return v.Text("console.referrals.waits_hub")
	case s.Knows.Age == posada.StalenessStale || s.Knows.Clock != nil || s.Knows.Frozen != nil || !s.Knows.Member:
		return v.Text("console.referrals.waits_stopped")
	case r.Peer.Standing != posada.StandingActive:
		return v.Text("console.referrals.waits_standing", "agency", r.Peer.Name)
	}
	return v.Text("console.referrals.waits_node", "agency", r.Peer.Name)
}

// listed is names with commas between.
func listed(names []string) string { return strings.Join(names, ", ") }
