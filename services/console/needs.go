package console

import (
	"net/http"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// needPages are a place that is looked for: asked, answered, chosen, over. A need is asked
// from a case, or from nothing: then one is opened when it is posted.
func needPages() []page {
	care := careRoles()
	list := []page{
		{method: http.MethodGet, pattern: "/needs", title: "console.needs.title", do: needs, roles: care, menu: true, icon: "bed"},
		{method: http.MethodGet, pattern: "/needs/counts", title: "console.needs.counts", do: needCounts, roles: care},
		{method: http.MethodGet, pattern: "/needs/{id}", title: "console.need.title", do: oneNeed, roles: care},
		{method: http.MethodPost, pattern: "/needs/{id}/choose", title: "console.need.title", do: chooseOffer, again: oneNeed, roles: care},
		{method: http.MethodGet, pattern: "/needs/{id}/refuse/{agency}", title: "console.need.refuse", do: refuseForm, roles: care},
		{method: http.MethodPost, pattern: "/needs/{id}/refuse/{agency}", title: "console.need.refuse", do: refuseOffer, again: refuseForm, roles: care},
		{method: http.MethodGet, pattern: "/needs/{id}/call", title: "console.need.call", do: callForm, roles: care},
		{method: http.MethodPost, pattern: "/needs/{id}/call", title: "console.need.call", do: recordCall, again: callForm, roles: care},
		{method: http.MethodPost, pattern: "/needs/{id}/again", title: "console.need.title", do: needAgain, again: oneNeed, roles: care},
		{method: http.MethodGet, pattern: "/needs/{id}/end", title: "console.need.end", do: needEndForm, roles: care},
		{method: http.MethodPost, pattern: "/needs/{id}/end", title: "console.need.end", do: endNeed, again: needEndForm, roles: care},
	}
	list = append(list, page{method: http.MethodPost, pattern: "/cases/{case}/needs", title: "console.case.title", do: moveNeed, again: showCase, roles: care})
	for _, at := range []string{"/needs/new", "/cases/{case}/need"} {
		list = append(list,
			page{method: http.MethodGet, pattern: at, title: "console.need.new", do: needForm, roles: care},
			page{method: http.MethodPost, pattern: at, title: "console.need.new", do: needTyped, again: needForm, roles: care},
			page{method: http.MethodPost, pattern: at + "/anew", title: "console.need.new", do: needAnew, roles: care},
			page{method: http.MethodGet, pattern: at + "/preview", title: "console.need.preview", do: needPreview, roles: care},
			page{method: http.MethodPost, pattern: at + "/without", title: "console.need.preview", do: needWithout, roles: care},
			page{method: http.MethodPost, pattern: at + "/post", title: "console.need.preview", do: needPost, again: needPreview, roles: care},
		)
	}
	return list
}

// needList are the needs of the agency that somebody is to know of.
type needList struct{ Open, Over []needRow }

// needRow is one need in a list.
type needRow struct {
	To, What, Short, Case, State, Tone string
	Posted, Until                      time.Time
	Offers                             int
	NotSent                            bool
}

func needs(v *visit) (view, error) {
	if !worksCases(v.who().Roles) {
		return view{}, errNothing
	}
	list, err := v.node.Needs(v.ctx())
	if err != nil {
		return view{}, err
	}
	var p needList
	for _, n := range list {
		if row := v.needRow(n); n.State.Over() {
			p.Over = append(p.Over, row)
		} else {
			p.Open = append(p.Open, row)
		}
	}
	return show("needs", p), nil
}

func (v *visit) needRow(n client.Need) needRow {
	return needRow{
		To: needAt(n.ID), What: i18n.Terms(v.Printer, "service", n.Profile.Services), Short: inShort(v.Printer, n.Profile), Case: n.Case,
		State: v.Term("need_state", string(n.State)), Tone: needTone(n.State), Posted: n.Posted, Until: n.Until, Offers: openOffers(n), NotSent: n.NotSent,
	}
}

// turnRow is one need of a case, in the person's order.
type turnRow struct {
	needRow
	Nth            int
	Earlier, Later posada.NeedID // what is pressed to move it; empty: it stands there already
}

// needsIn are the needs of a case, in the person's order.
func (v *visit) needsIn(label string) (rows []turnRow, err error) {
	list, err := v.node.Needs(v.ctx())
	list = client.InOrder(list, label)
	for i, n := range list {
		row := turnRow{needRow: v.needRow(n), Nth: i + 1}
		if i > 0 {
			row.Earlier = n.ID
		}
		if i < len(list)-1 {
			row.Later = n.ID
		}
		rows = append(rows, row)
	}
	return rows, err
}

// moveNeed moves a need of a case by one place, as the person wants it.
func moveNeed(v *visit) (view, error) {
	k, err := v.ofCase()
	if err != nil {
		return view{}, err
	}
	list, err := v.node.Needs(v.ctx())
	if err != nil {
		return view{}, err
	}
	in := client.NewNeedOrder{Case: k.Label}
	for _, n := range client.InOrder(list, k.Label) {
		in.Needs = append(in.Needs, n.ID)
	}
	id, by := v.value("earlier"), -1
	if id == "" {
		id, by = v.value("later"), 1
	}
	at := slices.Index(in.Needs, posada.NeedID(id))
	if at < 0 {
		return view{}, errNothing
	}
	if to := at + by; to >= 0 && to < len(in.Needs) { // else somebody moved it there already
		in.Needs[at], in.Needs[to] = in.Needs[to], in.Needs[at]
	}
	if _, err := v.node.OrderNeeds(v.ctx(), in); err != nil {
		return view{}, err
	}
	return goTo(v.caseAt(k.Label), "console.case.needs_moved"), nil
}

// needAt is where a need's page is.
func needAt(id posada.NeedID) string { return "/needs/" + string(id) }

// openOffers counts the offers that can be taken now.
func openOffers(n client.Need) (count int) {
	for _, l := range n.Asked {
		if l.State == posada.AskedOffers {
			count++
		}
	}
	return count
}

// needTone is how a need's state looks.
func needTone(s posada.NeedState) string {
	switch s {
	case posada.NeedFilled:
		return "good"
	case posada.NeedNoPlacementFound, posada.NeedExpired:
		return "bad"
	case posada.NeedOffersOpen, posada.NeedOfferSelected:
		return "live"
	}
	return ""
}

// countRow is how often needs of one kind ended in one way.
type countRow struct {
	client.NeedCount
	Month string
}

func needCounts(v *visit) (view, error) {
	if !worksCases(v.who().Roles) {
		return view{}, errNothing
	}
	list, err := v.node.NeedCounts(v.ctx())
	if err != nil {
		return view{}, err
	}
	var rows []countRow
	for _, c := range list {
		month, err := time.Parse("2006-01", c.Month)
		if err != nil {
			continue
		}
		rows = append(rows, countRow{c, v.Term("console.month", month.Format("01")) + " " + month.Format("2006")})
	}
	return show("need_counts", rows), nil
}
