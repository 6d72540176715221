package main

import (
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// showCarried writes fields with their category and value.
func showCarried(p *page, list []client.Carried) {
	var rows [][]string
	for _, f := range list {
		category := p.Text("preview.not_about")
		if f.Category != "" {
			category = p.Term("category", string(f.Category))
		}
		// A value of several lines stays in its column.
		place, value := p.Field(f.Place, f.Value)
		rows = append(rows, []string{category, place, strings.ReplaceAll(value, "\n", " ⏎ ")})
	}
	p.table([]i18n.Key{"column.category", "column.field", "column.value"}, rows)
}

// writeObligations writes what the recipient must keep.
func writeObligations(p *page, o consent.Obligations) {
	p.say("obligation.until", "until", moment(time.Unix(o.RetainUntil, 0)))
	p.line("  " + p.Term("onward", string(o.Onward)))
	if o.SingleUse {
		p.say("obligation.one_use")
	}
	p.line("  " + p.Term("recheck", string(o.Recheck)))
	p.line("  " + p.Term("notice", string(o.Notice)))
}

// showReferral writes a referral: where it stands, its path, what it carries.
func showReferral(p *page, r client.Referral) {
	p.say("referral.title", "id", posada.Brief(r.ID), "side", p.Term("side", string(r.Side)), "agency", r.Peer.Name, "purpose", p.purpose(r))
	state := p.Term("state", string(r.State))
	if r.Overdue {
		state = p.Text("referral.overdue", "state", state)
	}
	p.say("referral.state", "state", state)
	switch {
	case r.Paper:
		p.say("referral.paper", "agency", r.Peer.Name, "at", moment(r.Sent))
	case r.Side == "source" && r.Delivered.IsZero():
		p.say("referral.under_way", "agency", r.Peer.Name)
	case r.Side == "source":
		p.say("referral.delivered", "agency", r.Peer.Name, "at", moment(r.Delivered))
	default:
		p.say("referral.alias", "agency", r.Peer.Name, "alias", posada.Brief(r.Alias))
	}
	p.takenBack(r)
	if referral.Unanswered(r.State) && !r.AnswerBy.IsZero() {
		p.say("referral.answer_by", "at", moment(r.AnswerBy), "priority", p.Term("priority", string(r.Priority)))
	}
	if s := r.Silence; s != nil && s.Step != "" {
		p.say(i18n.Key("referral.silence."+string(s.Step)), "agency", r.Peer.Name)
	}
	p.say("referral.work_of", "names", p.workOf(r.Assigned))
	p.heading("referral.path")
	var rows [][]string
	for _, m := range r.Marks {
		why := ""
		if m.Reason != "" {
			why = p.Term("reason", string(m.Reason))
		}
		if m.Outcome != "" {
			why = p.Term("outcome", string(m.Outcome))
		}
		who := p.Text("referral.we")
		if m.By != r.Side {
			who = r.Peer.Name
		}
		rows = append(rows, []string{moment(m.At), who, p.Term("state", string(m.State)), why})
	}
	p.table(nil, rows)
	if len(r.Carried) > 0 {
		p.heading("referral.carries")
		showCarried(p, r.Carried)
	}
	p.notShown(r)
	if r.Obligations != nil {
		p.heading("preview.obligations")
		writeObligations(p, *r.Obligations)
	}
	showQuestions(p, r)
	showNext(p, r)
	showOnward(p, r)
}

// notShown says why there is more in a referral than is shown.
func (p *page) notShown(r client.Referral) {
	switch {
	case r.Confirm:
		p.say("referral.confirm")
	case r.Unheard:
		p.say("referral.unheard", "name", r.Peer.Name)
	case r.More:
		// Only what came in is taken on by whoever looks at it first.
		key := i18n.Key("referral.more_roles")
		if len(r.Assigned) == 0 {
			key = "referral.more"
		}
		p.say(key, "id", posada.Brief(r.ID))
	}
}

// purpose is what a referral is for; of one that was taken back that is gone.
func (p *page) purpose(r client.Referral) string {
	if r.Purpose == "" {
		return "–"
	}
	return p.Term("purpose", string(r.Purpose))
}

// takenBack says what became of a referral that she took back.
func (p *page) takenBack(r client.Referral) {
	switch {
	case r.Paper && r.State == posada.StateWithdrawnBySurvivor:
		p.say("referral.paper_back", "agency", r.Peer.Name, "phone", r.Peer.Phone)
	case r.Shredded != nil && r.Shredded.Read:
		p.say("referral.shredded_read", "agency", r.Peer.Name, "at", moment(r.Shredded.At))
	case r.Shredded != nil:
		p.say("referral.shredded", "agency", r.Peer.Name, "at", moment(r.Shredded.At))
	case r.Unconfirmed:
		p.say("referral.unconfirmed", "agency", r.Peer.Name)
	case r.State == posada.StateWithdrawnBySurvivor && r.Side == referral.Target:
		p.say("referral.gone")
	}
}

// showNext writes what this side may set next, as it is typed.
func showNext(p *page, r client.Referral) {
	if len(r.May) == 0 {
		return
	}
	id := posada.Brief(r.ID)
	p.heading("referral.may")
	var states []string
	for _, s := range r.May {
		switch s {
		case posada.StateAccepted:
			p.line("  " + command("referral", "accept", id))
		case posada.StateDeclined:
			p.line("  " + command("referral", "decline", id, "--reason") + " " + p.Term("arg", "REASON"))
		case posada.StateCompleted:
			p.line("  " + command("referral", "status", id, string(s), "--outcome") + " " + p.Term("arg", "OUTCOME"))
		default:
			states = append(states, p.State(string(s)))
		}
	}
	if len(states) > 0 {
		p.say("referral.may_state", "command", command("referral", "status", id), "states", strings.Join(states, ", "))
	}
}
