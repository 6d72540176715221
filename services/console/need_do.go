package console

import (
	"slices"
	"strconv"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

// chooseOffer is the person's yes: the agency is asked to hold the place.
func chooseOffer(v *visit) (view, error) {
	out, err := v.node.ChooseOffer(v.ctx(), posada.NeedID(v.path("id")), client.NewChoice{Agency: v.value("agency")})
	if err != nil {
		return view{}, err
	}
	return goTo(needAt(out.ID), "console.need.chosen"), nil
}

// refusePage asks why an offer is refused.
type refusePage struct {
	At, Back, Agency string
	Held             bool // with it the need is over
	Why              field
}

func refuseForm(v *visit) (view, error) {
	n, err := v.needOf()
	if err != nil {
		return view{}, err
	}
	i := slices.IndexFunc(n.Asked, func(l client.NeedLine) bool { return string(l.Agency.ID) == v.path("agency") })
	if i < 0 {
		return view{}, errNothing
	}
	l := n.Asked[i]
	p := refusePage{At: needAt(n.ID) + "/refuse/" + string(l.Agency.ID), Back: needAt(n.ID), Agency: l.Agency.Name, Held: l.State == posada.AskedHolds}
	p.Why = v.text("why", "console.need.why").hint(v.Text("console.need.why_hint")).as("area")
	p.Why.Max = 280
	p.Why = v.blame(p.Why, fault.NoteTooLong)
	return show("need_refuse", p), nil
}

func refuseOffer(v *visit) (view, error) {
	out, err := v.node.RefuseOffer(v.ctx(), posada.NeedID(v.path("id")), client.NewChoice{Agency: v.path("agency"), Why: v.value("why")})
	if err != nil {
		return view{}, err
	}
	return goTo(needAt(out.ID), "console.need.refused"), nil
}

// callPage asks what an agency said on the telephone.
type callPage struct {
	At, Back                             string
	Agency, Other, Answer, Reason, Hours field
}

func callForm(v *visit) (view, error) {
	n, err := v.needOf()
	if err != nil {
		return view{}, err
	}
	list, err := v.node.Agencies(v.ctx())
	if err != nil {
		return view{}, err
	}
	of, err := findCase(v.ctx(), v.node, n.Case)
	if err != nil {
		return view{}, err
	}
	// Those that were asked stand first; whom the person excluded is not called.
	var agencies []option
	for _, l := range n.Asked {
		agencies = append(agencies, v.agency(l.Agency))
	}
	for _, a := range list {
		if !a.Self && !hasAgency(of.Exclude, a.ID) && !slices.ContainsFunc(n.Asked, func(l client.NeedLine) bool { return l.Agency.ID == a.ID }) {
			agencies = append(agencies, v.agency(a))
		}
	}
	most := strconv.Itoa(int(need.HoldLasts / time.Hour))
	p := callPage{
		At: needAt(n.ID) + "/call", Back: needAt(n.ID),
		Agency: v.choice("agency", "console.need.who", agencies),
		Other:  v.text("other", "console.need.who_other").hint(v.Text("console.need.who_other_hint")),
		Answer: v.one("answer", "console.need.said", terms(v, "reply", append(posada.Members[posada.PlaceReply](), "no_answer"))).needed(),
		Reason: v.choice("reason", "console.need.reason", terms(v, "reason", posada.Members[posada.DeclineReason]())),
		Hours:  v.text("hours", "console.need.hours").as("number").hint(v.Text("console.need.hours_hint", "most", most)),
	}
	p.Hours.Mode = "numeric"
	p.Hours = v.blame(p.Hours, fault.HoldHours)
	p.Other = v.blame(p.Other, fault.UnknownAgency, fault.MissingAgency, fault.NeedExcluded)
	return show("need_call", p), nil
}

func recordCall(v *visit) (view, error) {
	in := client.NewCall{Agency: v.value("other"), Answer: v.value("answer"), Reason: v.value("reason")}
	if in.Agency == "" {
		in.Agency = v.value("agency")
	}
	if text := v.value("hours"); text != "" {
		hours, err := strconv.Atoi(text)
		if err != nil || hours < 1 {
			hours = -1 // the node says how many there may be
		}
		in.Hours = hours
	}
	out, err := v.node.RecordCall(v.ctx(), posada.NeedID(v.path("id")), in)
	if err != nil {
		return view{}, err
	}
	return goTo(needAt(out.ID), "console.need.written"), nil
}

// needEndPage asks how a need ended.
type needEndPage struct {
	At, Back string
	How      field
}

func needEndForm(v *visit) (view, error) {
	n, err := v.needOf()
	if err != nil {
		return view{}, err
	}
	var ways []option
	for _, s := range []posada.NeedState{posada.NeedFilled, posada.NeedWithdrawn, posada.NeedNoPlacementFound} {
		if s == posada.NeedFilled && !slices.ContainsFunc(n.Asked, func(l client.NeedLine) bool { return l.State == posada.AskedHolds }) {
			continue
		}
		key := "console.need.ends." + string(s)
		ways = append(ways, option{Value: string(s), Label: v.Text(keyOf(key)), Hint: v.Text(keyOf(key + "_is"))})
	}
	return show("need_end", needEndPage{At: needAt(n.ID) + "/end", Back: needAt(n.ID), How: v.one("how", "console.need.how", ways).needed()}), nil
}

func endNeed(v *visit) (view, error) {
	out, err := v.node.EndNeed(v.ctx(), posada.NeedID(v.path("id")), client.NewNeedEnd{How: v.value("how")})
	if err != nil {
		return view{}, err
	}
	return goTo(needAt(out.ID), "console.need.ended"), nil
}
