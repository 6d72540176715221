package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

// alone is said of whom people may come with, where they come by themselves.
const alone = "nobody"

// rulesPage asks whom a place takes. What is not ticked of a list that is for all takes all.
type rulesPage struct {
	At, Back string
	Place    string // what it is called; empty: it is new
	Remove   string
	Name     field
	Free     field
	Services field
	Whom     []field
	Rest     []fieldGroup
}

func newPlaceForm(v *visit) (view, error) {
	if !v.keepsPlaces() {
		return view{}, errNothing
	}
	if v.problem == nil && !v.resumed {
		// Who says a language fits only where it is spoken: a place that names none takes nobody who does.
		v.typed = url.Values{"languages": {"spa", "eng"}}
	}
	p := v.placeFields("/places/new")
	p.Name = v.blame(v.text("place", "console.places.name").hint(v.Text("console.places.name_hint")).needed(), fault.PlaceName, fault.PlacesMany)
	p.Name.Max = 40
	if v.problem != nil && v.problem.Key == "console.places.twice" {
		p.Name.Wrong = v.problem.Title
	}
	p.Free = v.text("free", "console.places.free_now").hint(v.Text("console.places.free_hint")).as("number")
	p.Free.Mode, p.Free.Max = "numeric", 0
	p.Free = v.blame(p.Free, fault.BedsWrong)
	if v.problem == nil {
		p.Services = p.Services.first(string(posada.ServiceShelterEmergency))
	}
	return show("place_rules", p), nil
}

// placeFields are the fields of whom a place takes.
func (v *visit) placeFields(at string) rulesPage {
	everybody := v.Text("console.places.all_unless")
	with := append(terms(v, "with", posada.Members[posada.HouseholdKind]()), option{Value: alone, Label: v.Text("console.places.alone")})
	p := rulesPage{At: at, Back: "/places", Services: v.many("services", "console.places.services", terms(v, "service", need.Placing().List()))}
	p.Whom = []field{
		v.many("genders", "part.gender", terms(v, "gender", posada.Members[posada.Gender]())).hint(everybody),
		v.many("ages", "part.age", terms(v, "console.pick", posada.Members[posada.AgeBand]())).hint(everybody),
		v.many("with", "part.with", with).hint(everybody),
		v.many("languages", "console.places.languages", v.with("console.spoken", v.spoken(), v.typed["languages"])).hint(v.Text("console.places.languages_hint")),
		v.tick("interpreters", "console.places.interpreters"),
	}
	p.Rest = []fieldGroup{
		v.folded(v.Text("console.places.meeting"), v.choice("meet", "console.places.meet", terms(v, "meet", posada.Members[posada.Meeting]())).hint(v.Text("console.places.meet_hint"))),
		v.folded(v.Term("part", "exploitation"), v.many("exploitation", "part.exploitation", terms(v, "exploitation", posada.Members[posada.ExploitationKind]())).hint(everybody)),
		v.folded(v.Text("console.places.where"), v.many("regions", "console.places.regions", v.with("jurisdiction", v.regions(), v.typed["regions"])).hint(v.Text("console.places.anywhere")),
			v.choice("longest", "console.places.longest", terms(v, "nights", posada.Members[posada.Nights]())).hint(v.Text("console.places.as_long"))),
		v.folded(v.Text("console.places.access"), v.many("access", "console.places.access", terms(v, "access", posada.Members[posada.AccessNeed]())).hint(v.Text("console.places.access_hint")), v.tick("pets", "console.places.pets")),
	}
	return p
}

// folded are fields that are seldom needed: they are open where something is said in one.
func (v *visit) folded(title string, fields ...field) fieldGroup {
	g := fieldGroup{Title: title, Fields: fields}
	for _, f := range fields {
		g.Open = g.Open || v.typed.Get(f.Name) != ""
	}
	return g
}

// with are options and beside them what was said elsewhere, at a command line: it stays
// where somebody changes the rest.
func (v *visit) with(family string, options []option, said []string) []option {
	for _, w := range said {
		if w != "" && !slices.ContainsFunc(options, func(o option) bool { return o.Value == w }) {
			options = append(options, option{Value: w, Label: v.Term(family, w)})
		}
	}
	return options
}

// placeRules is a form as the node is told.
func (v *visit) placeRules(name string) client.NewPlace {
	return client.NewPlace{
		Place: name, Services: v.values("services"), Genders: v.values("genders"), Ages: v.values("ages"), With: v.values("with"), Exploitation: v.values("exploitation"),
		Languages: v.values("languages"), Interpreters: v.ticked("interpreters"), Access: v.values("access"), Pets: v.ticked("pets"),
		Regions: v.values("regions"), Longest: v.value("longest"), Meet: v.value("meet"),
	}
}

func addPlace(v *visit) (view, error) {
	list, err := v.node.Places(v.ctx())
	if err != nil {
		return view{}, err
	}
	in := v.placeRules(v.value("place"))
	if slices.ContainsFunc(list, func(p client.Place) bool { return strings.EqualFold(p.Place, in.Place) }) {
		return view{}, trouble{http.StatusUnprocessableEntity, "console.places.twice"} // describing it anew would change that one
	}
	if v.value("free") != "" {
		free := v.beds("free")
		in.Free = &free
	}
	out, err := v.node.DescribePlace(v.ctx(), in)
	if err != nil {
		return view{}, err
	}
	return goTo("/places", "console.places.described", "place", out.Place), nil
}

// placeForm is whom a place takes, as it was said.
func placeForm(v *visit) (view, error) {
	at, err := v.placeOf()
	if err != nil {
		return view{}, err
	}
	if v.problem == nil && !v.resumed {
		v.typed = rulesSaid(at)
	}
	to := "/places/" + v.handle(at.Place)
	p := v.placeFields(to)
	p.Place, p.Remove = at.Place, to+"/remove"
	return show("place_rules", p).titled(v.Text("console.places.rules_of", "place", at.Place)), nil
}

// rulesSaid writes whom a place takes as if it had been ticked: where it takes all, nothing is.
func rulesSaid(at client.Place) url.Values {
	f := url.Values{"services": posada.Texts(at.Services), "languages": at.Languages, "access": posada.Texts(at.Access), "regions": at.Regions, "longest": {string(at.Longest)}, "meet": {string(at.Meet)}}
	said := func(name string, list []string, all int) {
		if len(list) < all {
			f[name] = list
		}
	}
	said("genders", posada.Texts(at.Genders), len(posada.Members[posada.Gender]()))
	said("ages", posada.Texts(at.Ages), len(posada.Members[posada.AgeBand]()))
	said("with", posada.Texts(at.With), len(posada.Members[posada.HouseholdKind]()))
	said("exploitation", posada.Texts(at.Exploitation), len(posada.Members[posada.ExploitationKind]()))
	if len(at.With) == 0 {
		f.Set("with", alone)
	}
	for name, is := range map[string]bool{"interpreters": at.Interpreters, "pets": at.Pets} {
		if is {
			f.Set(name, strconv.FormatBool(is))
		}
	}
	return f
}

func changePlace(v *visit) (view, error) {
	at, err := v.placeOf()
	if err != nil {
		return view{}, err
	}
	if _, err := v.node.DescribePlace(v.ctx(), v.placeRules(at.Place)); err != nil {
		return view{}, err
	}
	return goTo("/places", "console.places.described", "place", at.Place), nil
}
