package console

import (
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// referralPage is one referral.
type referralPage struct {
	R        client.Referral
	Whose    string
	Case     string // the path of its case's page
	Tone     string
	Stands   string   // where it stands and what that means
	Notes    []string // what to know, and what to do about it
	Confirm  string   // where one shows that it is still they, where something is shown only then
	Carried  []carriedRow
	Keeps    []string // obligations
	Marks    []markButton
	Track    track
	Clock    *clock
	Steps    []step
	Asked    []askedRow
	Do       []doing // what else can be done
	Of       string  // the page of what it was passed on from
	Received bool
}

// doing is something else that can be done, with what it leads to.
type doing struct {
	To, Label, Text string
	Noted           bool // to see it is noted, so it takes a button
}

// oneReferral shows a referral. The node notes that somebody looked.
func oneReferral(v *visit) (view, error) {
	r, err := v.node.Referral(v.ctx(), posada.ReferralID(v.path("id")))
	if err != nil {
		return view{}, err
	}
	p := referralPage{
		R: r, Whose: v.whose(r), Tone: tone(r), Stands: v.stands(r), Notes: v.referralNotes(r), Carried: v.carriedRows(r.Carried),
		Marks: v.markButtons(r), Track: v.track(r), Steps: v.steps(r), Asked: v.askedRows(r), Received: r.Side == referral.Target,
	}
	if r.Case != "" {
		p.Case = "/cases/" + v.handle(r.Case)
	}
	if r.Of != "" {
		p.Of = "/referrals/" + string(r.Of)
	}
	if r.Confirm {
		p.Confirm = "/confirm?back=/referrals/" + string(r.ID)
	}
	if o := r.Obligations; o != nil && !taken(r) {
		p.Keeps = v.obligations(*o)
		p.Clock = v.clock(r.Sent, time.Unix(o.RetainUntil, 0))
	}
	p.Do = v.doings(r, p)
	key := i18n.Key("console.referral.to")
	if p.Received {
		key = "console.referral.from"
	}
	return show("referral", p).titled(v.Text(key, "agency", r.Peer.Name, "needs", v.needs(r))), nil
}

// stands says where a referral stands, and what that means for whoever reads it.
func (v *visit) stands(r client.Referral) string {
	key := "console.stands." + string(r.Side) + "." + string(r.State)
	switch {
	case r.Paper && r.State == posada.StateSent:
		key = "console.stands.source.paper"
	case r.Side == referral.Source && r.State == posada.StateSent && r.Delivered.IsZero():
		key = "console.stands.source.under_way"
	case r.State == posada.StateWithdrawnBySurvivor && r.Side == referral.Source:
		return v.shredded(r)
	}
	text := v.Text(i18n.Key(key), "agency", r.Peer.Name)
	if text == key {
		return v.Term("state", string(r.State))
	}
	return text
}

// shredded says what became of what was taken back: honestly what had been read.
func (v *visit) shredded(r client.Referral) string {
	switch {
	case r.Paper:
		return v.Text("console.shredded.paper", "agency", r.Peer.Name)
	case r.Shredded != nil && r.Shredded.Read:
		return v.Text("console.shredded.read", "agency", r.Peer.Name, "at", v.when(r.Shredded.At))
	case r.Shredded != nil:
		return v.Text("console.shredded.unread", "agency", r.Peer.Name, "at", v.when(r.Shredded.At))
	case r.Unconfirmed:
		return v.Text("console.shredded.unconfirmed", "agency", r.Peer.Name)
	case r.Delivered.IsZero() && !answered(r):
		return v.Text("console.shredded.stopped", "agency", r.Peer.Name)
	}
	return v.Text("console.shredded.told", "agency", r.Peer.Name)
}

// answered reports whether the other side ever set a mark: somebody there has looked.
func answered(r client.Referral) bool {
	return slices.ContainsFunc(r.Marks, func(m client.Mark) bool {
		return m.By == referral.Target && m.State != posada.StateWithdrawnBySurvivor
	})
}

// referralNotes are what is to be known of a referral as it is shown.
func (v *visit) referralNotes(r client.Referral) (notes []string) {
	say := func(is bool, key i18n.Key) {
		if is {
			notes = append(notes, v.Text(key, "agency", r.Peer.Name))
		}
	}
	say(r.Overdue && r.Side == referral.Source, "console.referral.overdue_there")
	say(r.Overdue && r.Side == referral.Target, "console.referral.overdue_here")
	if s := r.Silence; s != nil && s.Step != "" && !r.Overdue {
		say(true, keyOf("referral.silence."+string(s.Step)))
	}
	say(r.Unheard, "console.referral.unheard")
	more := r.More && !r.Unheard && !r.Confirm
	say(more && r.Side == referral.Target && len(r.Assigned) == 0, "console.referral.more_take_on")
	say(more && (r.Side == referral.Source || len(r.Assigned) > 0), "console.referral.more_roles")
	return notes
}

// obligations says what whoever has something must keep to.
func (v *visit) obligations(o consent.Obligations) []string {
	list := []string{v.Text("console.keeps.until", "until", v.when(time.Unix(o.RetainUntil, 0)))}
	list = append(list, v.Text(i18n.Key("console.keeps.onward_"+string(o.Onward))))
	if o.SingleUse {
		list = append(list, v.Text("console.keeps.one_use"))
	}
	return append(list, v.Text(i18n.Key("console.keeps.recheck_"+string(o.Recheck))), v.Term("notice", string(o.Notice)))
}

// doings are what else can be done with a referral, and what each means.
func (v *visit) doings(r client.Referral, p referralPage) (list []doing) {
	at := "/referrals/" + string(r.ID)
	add := func(is bool, to string, key i18n.Key) {
		if is {
			list = append(list, doing{to, v.Text(key), v.Text(key+".means", "agency", r.Peer.Name), key == "console.do.shared"})
		}
	}
	back := taken(r) || r.Purpose == ""
	add(len(r.Asks) > 0, at+"/ask", "console.do.ask")
	add(p.Received && !back, at+"/assign", "console.do.assign")
	add(len(r.Onward) > 0 && !back, at+"/pass-on", "console.do.pass_on")
	add(p.Received && !back && len(r.Assigned) > 0, at+"/take-over", "console.do.take_over")
	add(p.Case != "", p.Case+"/shared", "console.do.shared")
	add(p.Case != "" && !back, p.Case+"/withdraw", "console.do.withdraw_case")
	add(p.Case == "" && r.State != posada.StateWithdrawnBySurvivor && !back, at+"/withdraw", "console.do.withdraw_here")
	return list
}
