package console

import (
	"slices"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// How long something that happened is news, and how long a letter may be on its way
// before somebody should call.
const (
	news    = 7 * 24 * time.Hour
	onItWay = 10 * time.Minute
)

// ofCare is what waits for somebody who works with cases.
func (p *todayPage) ofCare(v *visit) error {
	referrals, err := v.node.Referrals(v.ctx())
	if err != nil {
		return err
	}
	cases, err := v.node.Cases(v.ctx())
	if err != nil {
		return err
	}
	consents, err := v.node.Consents(v.ctx())
	if err != nil {
		return err
	}
	leads := slices.Contains(p.Status.Roles, posada.RoleCoordinator)
	for _, r := range referrals {
		mine := slices.Contains(r.Assigned, v.who().Name)
		p.asked(v, r, mine)
		switch {
		case r.Side == referral.Target:
			p.cameIn(v, r, mine, leads)
		case mine || leads:
			p.wentOut(v, r)
		}
	}
	for _, k := range cases {
		p.ofCase(v, k)
	}
	for _, k := range consents {
		if k.Due {
			p.add(v, want{To: "/consents/" + string(k.ID), rank: rankDue, at: k.Expires}, "console.today.consent_ends", "case", k.Case, "when", v.near(k.Expires))
			p.due = append(p.due, due{k.Expires, dueConsent})
		}
	}
	return nil
}

// cameIn is a referral that another agency sent: it wants an answer, or was taken back.
func (p *todayPage) cameIn(v *visit, r client.Referral, mine, leads bool) {
	w := want{To: "/referrals/" + string(r.ID), rank: rankAnswer, at: r.AnswerBy, Grave: r.Overdue}
	if r.Priority == posada.PriorityTonight {
		w.rank = rankTonight
	}
	args := []any{"agency", r.Peer.Name, "services", i18n.Terms(v.Printer, "service", r.Services), "by", v.near(r.AnswerBy), "names", strings.Join(r.Assigned, ", ")}
	late := func(key i18n.Key) i18n.Key {
		if r.Overdue {
			return key + "_late"
		}
		return key
	}
	switch {
	case r.State == posada.StateWithdrawnBySurvivor || r.State == posada.StateRecalled:
		if at := lastMark(r).At; (mine || leads) && v.k.c.Now().Sub(at) < news {
			w.rank, w.at, w.Grave = rankTaken, at, false
			p.add(v, w, "console.today.taken_back", append(args, "when", v.near(at))...)
		}
		return
	case !referral.Unanswered(r.State):
		return
	case len(r.Assigned) == 0:
		p.add(v, w, late("console.today.nobody"), args...)
	case mine:
		p.add(v, w, late("console.today.mine"), args...)
	case leads && r.Overdue:
		p.add(v, w, "console.today.others_late", args...)
	default:
		return
	}
	p.due = append(p.due, due{r.AnswerBy, dueAnswer})
}

// wentOut is a referral of ours: it was answered, or was not when it should have been.
func (p *todayPage) wentOut(v *visit, r client.Referral) {
	now, last := v.k.c.Now(), lastMark(r)
	w := want{To: "/referrals/" + string(r.ID), rank: rankCall, at: r.AnswerBy}
	args := []any{
		"agency", r.Peer.Name, "case", r.Case, "by", v.near(r.AnswerBy), "state", v.Term("state", string(r.State)), "reason", v.Term("reason", string(last.Reason)),
	}
	hurry := r.Priority == posada.PriorityTonight || r.Priority == posada.PriorityEmergency
	switch {
	case r.Unconfirmed:
		w.Grave = true
		p.add(v, w, "console.today.unconfirmed", args...)
	case referral.Unanswered(r.State) && r.Delivered.IsZero() && hurry && now.Sub(r.Sent) > onItWay:
		w.Grave = true
		p.add(v, w, "console.today.not_there", args...)
	case r.Overdue:
		w.Grave = true
		p.add(v, w, "console.today.sent_late", args...)
	case r.Silence != nil && r.Silence.Step != "":
		p.add(v, w, "console.today.sent_silent", args...)
	case last.By == referral.Target && now.Sub(last.At) < news:
		w.rank, w.at = rankReply, last.At
		p.add(v, w, replyKey(last.State), args...)
	}
}

// replyKey is the sentence for what another agency answered.
func replyKey(s posada.ReferralState) i18n.Key {
	switch s {
	case posada.StateAcknowledged, posada.StateAccepted, posada.StateDeclined, posada.StateScheduled, posada.StateArrived, posada.StateNoShow:
		return keyOf("console.today.reply." + string(s))
	}
	return "console.today.reply.other"
}

// ofCase is what a case wants.
func (p *todayPage) ofCase(v *visit, k client.Case) {
	to := "/cases/" + v.handle(k.Label)
	if k.Tell > 0 {
		p.add(v, want{To: to, rank: rankTell, Grave: true}, "console.today.tell", "case", k.Label, "count", k.Tell)
	}
	if !k.Erasing.IsZero() {
		p.add(v, want{rank: rankOrder, at: k.Erasing}, "console.today.erasing", "case", k.Label)
	}
	for _, paper := range k.Papers {
		if paper.Order == nil {
			continue
		}
		by, err := time.ParseInLocation(time.DateOnly, string(paper.Order.By), v.k.c.Zone)
		if err != nil || by.Before(v.k.c.Now().Add(-news)) {
			continue
		}
		end := by.AddDate(0, 0, 1).Add(-time.Minute)
		p.add(v, want{To: to, rank: rankTell, at: end}, "console.today.order", "case", k.Label, "when", v.day(by))
		p.due = append(p.due, due{end, dueOrder})
	}
}

// lastMark is the newest state that was set.
func lastMark(r client.Referral) (last client.Mark) {
	for _, m := range r.Marks {
		if !m.At.Before(last.At) {
			last = m
		}
	}
	return last
}
