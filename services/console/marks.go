package console

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// markButton is a state that may come next. What cannot be undone, and what needs a
// reason, is asked on a page of its own; the rest is done at once.
type markButton struct {
	To, Label   string
	Text        string
	Asks, Main  bool
	Grave, Late bool // Late: it stands below, with the ones that are seldom wanted
}

// asksFirst are states that have a page of their own.
func asksFirst(s posada.ReferralState) bool {
	return slices.Contains([]posada.ReferralState{
		posada.StateDeclined, posada.StateCompleted, posada.StateRecalled, posada.StateEnteredInError,
		posada.StateExpired, posada.StateNoPlacementFound, posada.StateLostToFollowUp,
	}, s)
}

// likely is what comes next as a rule, the likeliest first. Of the first that may come
// the button is the page's one next step.
func likely() []posada.ReferralState {
	return []posada.ReferralState{
		posada.StateAcknowledged, posada.StateAccepted, posada.StateArrived, posada.StateInService, posada.StateCompleted,
	}
}

// markButtons are the states that this side may set now, in plain words.
func (v *visit) markButtons(r client.Referral) (list []markButton) {
	next := ""
	if r.Side == referral.Target {
		for _, s := range likely() {
			if slices.Contains(r.May, s) && !(s == posada.StateArrived && r.State == posada.StateArrived) {
				next = string(s)
				break
			}
		}
	}
	for _, s := range r.May {
		if s == r.State {
			continue
		}
		key := i18n.Key("console.mark." + string(s))
		list = append(list, markButton{
			To: "/referrals/" + string(r.ID) + "/marks/" + string(s), Label: v.Text(key), Text: v.Text(key+".does", "agency", r.Peer.Name),
			Asks: asksFirst(s), Main: string(s) == next, Grave: s == posada.StateEnteredInError || s == posada.StateRecalled,
			Late: r.Side == referral.Source || s == posada.StateOnHold || s == posada.StateNoShow,
		})
	}
	slices.SortStableFunc(list, func(a, b markButton) int {
		return rank(a) - rank(b)
	})
	return list
}

func rank(m markButton) int {
	switch {
	case m.Main:
		return 0
	case m.Grave:
		return 3
	case m.Late:
		return 2
	}
	return 1
}

// markPage asks whether a state is to be set, and with what.
type markPage struct {
	At, Back string
	Does     string
	Asks     *field
	Button   string
	Grave    bool
}

// findReferral is a referral as the list has it: nobody has looked at what it carries.
func (v *visit) findReferral() (client.Referral, error) {
	list, err := v.node.Referrals(v.ctx())
	if err != nil {
		return client.Referral{}, err
	}
	i := slices.IndexFunc(list, func(r client.Referral) bool { return string(r.ID) == v.path("id") })
	if i < 0 {
		return client.Referral{}, errNothing
	}
	return list[i], nil
}

func markForm(v *visit) (view, error) {
	r, err := v.findReferral()
	if err != nil {
		return view{}, err
	}
	state := posada.ReferralState(v.path("state"))
	if !slices.Contains(r.May, state) {
		return view{}, errNothing
	}
	key := i18n.Key("console.mark." + string(state))
	p := markPage{
		At: "/referrals/" + string(r.ID) + "/marks/" + string(state), Back: "/referrals/" + string(r.ID),
		Does: v.Text(key+".does", "agency", r.Peer.Name), Button: v.Text(key),
		Grave: state == posada.StateEnteredInError || state == posada.StateRecalled,
	}
	switch state {
	case posada.StateDeclined:
		f := v.one("reason", "console.mark.reason", terms(v, "reason", posada.Members[posada.DeclineReason]())).needed()
		p.Asks = &f
	case posada.StateCompleted:
		f := v.one("outcome", "console.mark.outcome", terms(v, "outcome", posada.Members[posada.Outcome]())).needed()
		p.Asks = &f
	}
	if p.Asks != nil && v.problem != nil && v.value(p.Asks.Name) == "" {
		p.Asks.Wrong = v.Text("console.mark.choose")
	}
	return show("mark", p).titled(v.Text(key)), nil
}

// setMark sets a state on this side; the other is told.
func setMark(v *visit) (view, error) {
	in := client.NewMark{State: v.path("state"), Reason: v.value("reason"), Outcome: v.value("outcome")}
	out, err := v.node.Mark(v.ctx(), posada.ReferralID(v.path("id")), in)
	if err != nil {
		return view{}, err
	}
	return goTo("/referrals/"+string(out.ID), "console.mark.said", "state", v.Term("state", string(out.State)), "agency", out.Peer.Name), nil
}

// assignPage gives a referral to a colleague.
type assignPage struct {
	At, Back, Whose string
	To, How         field
	Mine            bool
}

func assignForm(v *visit) (view, error) {
	r, err := v.findReferral()
	if err != nil {
		return view{}, err
	}
	at := "/referrals/" + string(r.ID)
	mine := slices.Contains(r.Assigned, v.who().Name)
	p := assignPage{At: at + "/assign", Back: at, Whose: v.whose(r), Mine: mine, To: v.text("to", "console.assign.to").needed()}
	if v.problem == nil && !mine {
		p.To = p.To.first(v.who().Name)
	}
	p.To.Hint = v.Text("console.assign.to_hint")
	if names := v.problemArg("names"); names != "" {
		p.To.Wrong = v.Text("console.assign.names", "names", names)
	}
	p.How = v.one("how", "console.assign.how", []option{
		{Value: "too", Label: v.Text("console.assign.too"), Hint: v.Text("console.assign.too_hint")},
		{Value: "instead", Label: v.Text("console.assign.instead"), Hint: v.Text("console.assign.instead_hint")},
	}).first("too").needed()
	return show("assign", p), nil
}

// problemArg is what the node said of a problem, by name.
func (v *visit) problemArg(name string) string {
	if v.problem == nil {
		return ""
	}
	return v.problem.Args[name]
}

func assignReferral(v *visit) (view, error) {
	out, err := v.node.AssignReferral(v.ctx(), posada.ReferralID(v.path("id")), client.NewAssignment{To: v.value("to"), Instead: v.value("how") == "instead"})
	if err != nil {
		return view{}, err
	}
	to := "/referrals/" + string(out.ID)
	if !slices.Contains(out.Assigned, v.who().Name) { // it may not be shown any more
		to = "/referrals"
	}
	return goTo(to, "console.assign.said", "names", listed(out.Assigned)), nil
}
