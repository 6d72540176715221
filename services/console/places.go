package console

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// keepRoles are those who say whom the places here take, as the node has them.
func keepRoles() []posada.StaffRole {
	return []posada.StaffRole{posada.RoleCoordinator, posada.RoleAdvocate, posada.RoleAgencyAdmin}
}

// placePages are the places of this agency: what is free, and whom each takes.
func placePages() []page {
	keeps := keepRoles()
	counts := append(answerRoles(), posada.RoleAgencyAdmin)
	return []page{
		{method: http.MethodGet, pattern: "/places", title: "console.places.title", do: places, roles: counts, menu: true, icon: "home"},
		{method: http.MethodPost, pattern: "/places/count", title: "console.places.title", do: countBeds, again: places, roles: counts},
		{method: http.MethodGet, pattern: "/places/new", title: "console.places.new", do: newPlaceForm, roles: keeps},
		{method: http.MethodPost, pattern: "/places/new", title: "console.places.new", do: addPlace, again: newPlaceForm, roles: keeps},
		{method: http.MethodGet, pattern: "/places/{place}", title: "console.places.rules", do: placeForm, roles: keeps},
		{method: http.MethodPost, pattern: "/places/{place}", title: "console.places.rules", do: changePlace, again: placeForm, roles: keeps},
		{method: http.MethodGet, pattern: "/places/{place}/remove", title: "console.places.remove", do: removeForm, roles: keeps},
		{method: http.MethodPost, pattern: "/places/{place}/remove", title: "console.places.remove", do: removePlace, again: removeForm, roles: keeps},
	}
}

// keepsPlaces reports whether whoever is signed in says whom the places here take.
func (v *visit) keepsPlaces() bool { return page{roles: keepRoles()}.works(v.who().Roles) }

// stale is after how long a count is said to be old: beds change from one day to the next.
const stale = 12 * time.Hour

// placesPage are the places with what is free.
type placesPage struct {
	Places  []placeRow
	Keeps   bool
	Answers bool
}

// placeRow is one place in the list.
type placeRow struct {
	client.Place
	N       int // its number on the page
	Shown   string
	Fresh   string
	Stale   bool
	Unsaved bool // the number was changed and is not saved
	Edit    string
	Takes   string
}

func places(v *visit) (view, error) {
	list, err := v.node.Places(v.ctx())
	if err != nil {
		return view{}, err
	}
	p := placesPage{Keeps: v.keepsPlaces(), Answers: page{roles: answerRoles()}.works(v.who().Roles)}
	for i, at := range list {
		row := placeRow{Place: at, N: i, Shown: strconv.Itoa(max(0, at.Free)), Fresh: v.Text("console.places.never"), Stale: true, Takes: v.takes(at)}
		if !at.Counted.IsZero() {
			row.Fresh = v.Text("console.places.counted", "when", v.ago(at.Counted))
			row.Stale = v.k.c.Now().Sub(at.Counted) > stale
		}
		if p.Keeps {
			row.Edit = "/places/" + v.handle(at.Place)
		}
		if v.typed.Get("place") == at.Place && v.typed.Has("free") {
			row.Shown, row.Unsaved = v.typed.Get("free"), true
		}
		p.Places = append(p.Places, row)
	}
	return show("places", p), nil
}

// ago is how long something is past.
func (v *visit) ago(t time.Time) string {
	switch past := v.k.c.Now().Sub(t); {
	case past < time.Minute:
		return v.Text("console.ago.now")
	case past < time.Hour:
		return v.Text("console.ago.minutes", "count", int(past.Minutes()))
	case past < 48*time.Hour:
		return v.Text("console.ago.hours", "count", int(past.Hours()))
	default:
		return v.Text("console.ago.days", "count", int(past.Hours()/24))
	}
}

// takes is whom a place takes, as one line: what is said of it, and where nothing is, all.
func (v *visit) takes(at client.Place) string {
	text := i18n.Terms(v.Printer, "service", at.Services)
	for _, part := range []string{
		narrow(v, "gender", at.Genders, posada.Members[posada.Gender]()), narrow(v, "console.pick", at.Ages, posada.Members[posada.AgeBand]()),
		narrow(v, "exploitation", at.Exploitation, posada.Members[posada.ExploitationKind]()), word(v.Printer, "nights", at.Longest),
	} {
		if part != "" {
			text += " · " + part
		}
	}
	return text
}

// narrow are the words of a vocabulary where not all are taken.
func narrow[T ~string](v *visit, family string, list, all []T) string {
	if len(list) == len(all) {
		return ""
	}
	return i18n.Terms(v.Printer, family, list)
}

// countBeds says how many beds are free; or, pressed less or more, shows the number as it
// would be, and nothing is saved.
func countBeds(v *visit) (view, error) {
	free := v.beds("free")
	step := map[string]int{"less": -1, "more": 1}[v.value("step")]
	if step != 0 && free >= 0 {
		// Return in the field presses the first button there is: a number that was typed stays.
		if v.value("free") == v.value("was") {
			free = max(0, free+step)
		}
		v.typed = v.form
		v.typed.Set("free", strconv.Itoa(free))
		return places(v)
	}
	out, err := v.node.CountBeds(v.ctx(), client.NewBedCount{Place: v.form.Get("place"), Free: free})
	if err != nil {
		return view{}, err
	}
	return goTo("/places", "console.places.was_counted", "place", out.Place, "free", out.Free), nil
}

// placeOf is the place that a page's path names.
func (v *visit) placeOf() (client.Place, error) {
	name, err := v.label("place")
	if err != nil {
		return client.Place{}, err
	}
	list, err := v.node.Places(v.ctx())
	if err != nil {
		return client.Place{}, err
	}
	i := slices.IndexFunc(list, func(p client.Place) bool { return p.Place == name })
	if i < 0 || !v.keepsPlaces() {
		return client.Place{}, errNothing
	}
	return list[i], nil
}

// removePage asks whether a place is to be forgotten.
type removePage struct{ At, Back, Place string }

func removeForm(v *visit) (view, error) {
	at, err := v.placeOf()
	if err != nil {
		return view{}, err
	}
	to := "/places/" + v.handle(at.Place)
	return show("place_remove", removePage{to + "/remove", to, at.Place}).titled(v.Text("console.places.remove_of", "place", at.Place)), nil
}

func removePlace(v *visit) (view, error) {
	at, err := v.placeOf()
	if err != nil {
		return view{}, err
	}
	if _, err := v.node.RemovePlace(v.ctx(), client.PlaceNamed{Place: at.Place}); err != nil {
		return view{}, err
	}
	return goTo("/places", "console.places.removed", "place", at.Place), nil
}
