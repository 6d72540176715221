package console

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

// answerRoles are those who answer what other agencies ask a place for, as the node has
// them: a need names nobody, so whoever is on at night may.
func answerRoles() []posada.StaffRole { return append(careRoles(), posada.RoleVolunteerScreener) }

// placementPages are needs that came: who is looking for a place.
func placementPages() []page {
	answers := answerRoles()
	return []page{
		{method: http.MethodGet, pattern: "/placements", title: "console.placements.title", do: placements, roles: answers, menu: true, icon: "door"},
		{method: http.MethodGet, pattern: "/placements/all", title: "console.placements.all_title", do: allPlacements, roles: answers},
		{method: http.MethodGet, pattern: "/placements/{id}", title: "console.placements.one", do: onePlacement, roles: answers},
		{method: http.MethodPost, pattern: "/placements/{id}/offer", title: "console.placements.one", do: offerPlace, again: onePlacement, roles: answers},
		{method: http.MethodGet, pattern: "/placements/{id}/decline", title: "console.placements.decline", do: declineForm, roles: answers},
		{method: http.MethodPost, pattern: "/placements/{id}/decline", title: "console.placements.decline", do: declineNeed, again: declineForm, roles: answers},
		{method: http.MethodPost, pattern: "/placements/{id}/arrived", title: "console.placements.one", do: arrived, again: onePlacement, roles: answers},
	}
}

// placementList are needs that came, what wants an answer first.
type placementList struct {
	All     bool
	Here    string
	Waits   []placementRow
	Coming  []placementRow // a place is held for them
	Offered []placementRow
	Rest    []placementRow
	Keeps   bool // whoever looks says whom the places here take
	Now     time.Time
}

// placementRow is one need in the list.
type placementRow struct {
	To, From, Soon, What, Short string
	State, Place                string
	Fits                        []client.PlacementFit
	By                          time.Time
	Clock                       *clock
	Tonight                     bool
}

func placements(v *visit) (view, error) { return v.placements(false) }

func allPlacements(v *visit) (view, error) { return v.placements(true) }

func (v *visit) placements(all bool) (view, error) {
	list, err := v.node.Placements(v.ctx(), all)
	if err != nil {
		return view{}, err
	}
	p := placementList{All: all, Here: "/placements", Keeps: v.keepsPlaces(), Now: v.k.c.Now()}
	if all {
		p.Here = "/placements/all"
	}
	for _, r := range list {
		row := v.placementRow(r)
		switch r.State {
		case posada.PlacementAsked:
			p.Waits = append(p.Waits, row)
		case posada.PlacementHeld:
			p.Coming = append(p.Coming, row)
		case posada.PlacementOffered:
			p.Offered = append(p.Offered, row)
		default:
			p.Rest = append(p.Rest, row)
		}
	}
	// What fits first; within that, as the node has them, what must be answered first.
	slices.SortStableFunc(p.Waits, func(a, b placementRow) int { return min(len(b.Fits), 1) - min(len(a.Fits), 1) })
	return show("placements", p), nil
}

func (v *visit) placementRow(r client.Placement) placementRow {
	row := placementRow{
		To: placementAt(r.ID), From: r.From.Name, State: v.Term("placement", string(r.State)), Place: r.Place, Fits: r.Fits, By: r.Until, Clock: v.lasts(r),
		Tonight: r.Profile.Priority == posada.PriorityTonight,
	}
	if r.Profile.Priority != "" { // of one that is closed nothing is left
		row.Soon, row.What = v.Term("priority", string(r.Profile.Priority)), i18n.Terms(v.Printer, "service", r.Profile.Services)
		row.Short = inShort(v.Printer, r.Profile)
	}
	return row
}

// lasts is the clock of what an agency promised: an offer, or a hold.
func (v *visit) lasts(r client.Placement) *clock {
	switch r.State {
	case posada.PlacementOffered:
		return v.clock(r.Lasts.Add(-need.OfferLasts), r.Lasts)
	case posada.PlacementHeld:
		return v.clock(r.Lasts.Add(-need.HoldLasts), r.Lasts)
	case posada.PlacementAsked:
		return v.clock(r.Came, r.Until)
	}
	return nil
}

func placementAt(id posada.NeedID) string { return "/placements/" + string(id) }

// placementPage is one need that came, and how it is answered.
type placementPage struct {
	P              client.Placement
	At             string
	State          string
	Rows           []toldRow
	Unsaid         string
	Clock          *clock
	Ask            []string // what to ask before a place is offered
	Offer          bool     // a place can be offered
	None           bool     // no place is described
	Place, Beds    field
	Only           string // the one place that fits
	Decline, Keeps bool
	Now            time.Time
}

func onePlacement(v *visit) (view, error) {
	r, err := v.node.Placement(v.ctx(), posada.NeedID(v.path("id")))
	if err != nil {
		return view{}, err
	}
	p := placementPage{P: r, At: placementAt(r.ID), State: v.Term("placement", string(r.State)), Clock: v.lasts(r), Keeps: v.keepsPlaces(), Now: v.k.c.Now()}
	p.Offer = r.State == posada.PlacementAsked || r.State == posada.PlacementDeclined
	p.Decline = r.State == posada.PlacementAsked || r.State == posada.PlacementOffered
	if r.Profile.Priority != "" {
		var unsaid []string
		p.Rows, unsaid = told(v.Printer, r.Profile)
		p.Unsaid = listed(unsaid)
	}
	if p.Offer {
		if err := v.offering(&p); err != nil {
			return view{}, err
		}
	}
	title := v.Text("console.placements.gone_from", "agency", r.From.Name)
	if r.Profile.Priority != "" {
		title = v.Text("console.placements.heading", "agency", r.From.Name, "services", i18n.Terms(v.Printer, "service", r.Profile.Services))
	}
	return show("placement", p).titled(title), nil
}

// offering fills in what can be offered: those that fit first, and where one does, that one.
func (v *visit) offering(p *placementPage) error {
	here, err := v.node.Places(v.ctx())
	if err != nil {
		return err
	}
	p.None = len(here) == 0
	var options []option
	asks := map[posada.DeclineReason]bool{}
	for _, f := range p.P.Fits {
		options = append(options, option{Value: f.Place, Label: v.Text("console.placements.place", "place", f.Place, "free", f.Free), Hint: v.Text("console.placements.fits")})
		for _, reason := range f.Ask {
			if !asks[reason] {
				asks[reason] = true
				p.Ask = append(p.Ask, v.Text(keyOf("console.placements.ask."+string(reason))))
			}
		}
	}
	for _, at := range here {
		if !slices.ContainsFunc(p.P.Fits, func(f client.PlacementFit) bool { return f.Place == at.Place }) {
			options = append(options, option{Value: at.Place, Label: v.Text("console.placements.place", "place", at.Place, "free", max(0, at.Free)), Hint: v.Text("console.placements.does_not_fit")})
		}
	}
	p.Place = v.one("place", "console.placements.which", options).needed()
	if len(p.P.Fits) == 1 {
		p.Only = p.P.Fits[0].Place
		p.Place = p.Place.first(p.Only)
	}
	p.Place = v.blame(p.Place, fault.UnknownPlace, fault.PlaceNotFree)
	p.Beds = v.text("beds", "console.placements.beds").as("number").first(strconv.Itoa(max(1, p.P.Profile.Size.Beds()))).needed()
	p.Beds.Mode, p.Beds.Max = "numeric", 0
	return nil
}

// beds reads how many; where it is no number the node says so.
func (v *visit) beds(name string) int {
	n, err := strconv.Atoi(v.value(name))
	if err != nil {
		return -1
	}
	return n
}

func offerPlace(v *visit) (view, error) {
	in := client.NewOffer{Place: v.form.Get("place"), Beds: max(-1, v.beds("beds"))}
	out, err := v.node.Offer(v.ctx(), posada.NeedID(v.path("id")), in)
	if err != nil {
		return view{}, err
	}
	return goTo(placementAt(out.ID), "console.placements.offered", "agency", out.From.Name, "until", v.near(out.Lasts)), nil
}

// declinePage asks why a place cannot be given.
type declinePage struct {
	At, Back, Agency string
	TakesBack        bool // an offer that was made
	Reason           field
}

func declineForm(v *visit) (view, error) {
	r, err := v.node.Placement(v.ctx(), posada.NeedID(v.path("id")))
	if err != nil {
		return view{}, err
	}
	p := declinePage{At: placementAt(r.ID) + "/decline", Back: placementAt(r.ID), Agency: r.From.Name, TakesBack: r.State == posada.PlacementOffered}
	p.Reason = v.one("reason", "console.mark.reason", terms(v, "reason", posada.Members[posada.DeclineReason]())).needed()
	return show("placement_decline", p), nil
}

func declineNeed(v *visit) (view, error) {
	out, err := v.node.Decline(v.ctx(), posada.NeedID(v.path("id")), client.NewDecline{Reason: v.value("reason")})
	if err != nil {
		return view{}, err
	}
	return goTo("/placements", "console.placements.declined", "agency", out.From.Name), nil
}

func arrived(v *visit) (view, error) {
	out, err := v.node.Arrived(v.ctx(), posada.NeedID(v.path("id")))
	if err != nil {
		return view{}, err
	}
	return goTo(placementAt(out.ID), "console.placements.arrived", "agency", out.From.Name), nil
}
