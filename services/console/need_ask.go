package console

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

// mostWishes is how many wishes are asked for, in the person's order.
const mostWishes = 4

// asking is a need before it is posted: of which case, and where its pages are.
type asking struct{ label, at, back string }

// asking reads it from the page's path.
func (v *visit) asking() (a asking, err error) {
	if !worksCases(v.who().Roles) {
		return a, errNothing
	}
	if v.path("case") == "" {
		return asking{at: "/needs/new", back: "/needs"}, nil
	}
	label, at, err := v.theCase()
	return asking{label, at + "/need", at}, err
}

func (a asking) draft() string { return "need " + a.label }

// partFields are the fields of the form, by the part of a need that they say.
func partFields() map[string][]string {
	fields := map[string][]string{"languages": {"languages", "interpreter"}, "wishes": wishFields()}
	for _, part := range need.Parts() {
		if name := string(part); fields[name] == nil {
			fields[name] = []string{name}
		}
	}
	return fields
}

func wishFields() (names []string) {
	for i := range mostWishes {
		names = append(names, "wish-"+strconv.Itoa(i+1))
	}
	return names
}

// askedOf is the part of a form that is a need's draft.
func askedOf(form url.Values) url.Values {
	kept := url.Values{}
	names := []string{"priority", "services", "leave", "instead"}
	for _, list := range partFields() {
		names = append(names, list...)
	}
	for _, name := range names {
		if said := slices.DeleteFunc(slices.Clone(form[name]), func(s string) bool { return s == "" }); len(said) > 0 {
			kept[name] = said
		}
	}
	return kept
}

// newNeed is a draft as the node is asked.
func newNeed(label string, f url.Values) client.NewNeed {
	in := client.NewNeed{
		Case: label, Priority: f.Get("priority"), Services: f["services"], Gender: f.Get("gender"), Age: f.Get("age"), Size: f.Get("size"), With: f["with"],
		Exploitation: f.Get("exploitation"), Languages: f["languages"], Interpreter: f.Get("interpreter") != "", Access: f["access"], Pets: f.Get("pets") != "",
		Region: f.Get("region"), Nights: f.Get("nights"), Leave: f["leave"], Instead: posada.NeedID(f.Get("instead")),
	}
	for _, name := range wishFields() {
		if wish := f.Get(name); wish != "" && !slices.Contains(in.Wishes, wish) {
			in.Wishes = append(in.Wishes, wish)
		}
	}
	return in
}

// needFormPage asks what is looked for.
type needFormPage struct {
	At, Back           string
	Label              string
	Priority, Services field
	Who                []field
	Rest               []fieldGroup
	Typed              bool   // something was typed before
	Instead            string // the need that this one takes the place of
}

func needForm(v *visit) (view, error) {
	a, err := v.asking()
	if err != nil {
		return view{}, err
	}
	list, err := v.node.Agencies(v.ctx())
	if err != nil {
		return view{}, err
	}
	p := needFormPage{At: a.at, Back: a.back, Label: a.label}
	if v.problem == nil && len(v.typed) == 0 {
		var kept url.Values
		if p.Typed = v.draftOf(a.draft(), &kept); p.Typed {
			v.typed = kept
		}
	}
	p.Instead = v.typed.Get("instead")
	p.Priority = v.one("priority", "console.need.priority", terms(v, "console.soon", posada.Members[posada.Priority]())).needed()
	if v.problem != nil && v.typed.Get("priority") == "" {
		p.Priority.Wrong = v.Text("console.refer.priority_missing")
	}
	p.Services = v.many("services", "console.need.services", terms(v, "service", need.Placing().List()))
	if len(v.typed["services"]) == 0 && v.problem == nil {
		p.Services = p.Services.first(string(posada.ServiceShelterEmergency))
	}
	p.Who = []field{
		v.choice("gender", "part.gender", terms(v, "gender", posada.Members[posada.Gender]())), v.choice("age", "part.age", terms(v, "console.pick", posada.Members[posada.AgeBand]())),
		v.choice("size", "part.size", terms(v, "size", posada.Members[posada.HouseholdSize]())), v.many("with", "part.with", terms(v, "with", posada.Members[posada.HouseholdKind]())),
	}
	p.Rest = v.needRest(list)
	return show("need_form", p), nil
}

// needRest are the parts that are seldom needed: what is typed in one stands open.
func (v *visit) needRest(list []client.Agency) (groups []fieldGroup) {
	add := func(title string, fields ...field) {
		groups = append(groups, v.folded(title, fields...))
	}
	var others []option
	for _, a := range list {
		if !a.Self && (a.Standing == posada.StandingActive || a.Joining != nil) {
			others = append(others, v.agency(a))
		}
	}
	add(v.Term("part", "languages"), v.many("languages", "console.need.languages", v.spoken()).hint(v.Text("console.need.languages_hint")), v.tick("interpreter", "console.told.interpreter"))
	add(v.Term("part", "access"), v.many("access", "console.need.access", terms(v, "access", posada.Members[posada.AccessNeed]())), v.tick("pets", "part.pets"))
	add(v.Text("console.need.where"), v.choice("region", "part.region", v.regions()), v.choice("nights", "part.nights", terms(v, "nights", posada.Members[posada.Nights]())))
	var wishes []field
	for i, name := range wishFields() {
		wishes = append(wishes, v.choice(name, "part.wishes", terms(v, "wish", posada.Members[posada.Wish]())).called(v.Text("console.need.wish", "nth", i+1)))
	}
	add(v.Term("part", "wishes"), wishes...)
	add(v.Term("part", "exploitation"), v.choice("exploitation", "part.exploitation", terms(v, "exploitation", posada.Members[posada.ExploitationKind]())).hint(v.Text("console.need.exploitation_hint")))
	add(v.Text("console.need.leave"), v.many("leave", "console.need.leave_who", others).hint(v.Text("console.need.leave_hint")))
	return groups
}

// spoken are languages that are often spoken here.
func (v *visit) spoken() []option { return (&talk{visit: v}).tongues() }

// regions are those that a place is looked for in, as far as they have names here.
func (v *visit) regions() []option {
	return terms(v, "jurisdiction", slices.DeleteFunc(posada.Members[posada.Jurisdiction](), func(j posada.Jurisdiction) bool { return j == posada.JurisdictionElsewhere }))
}

// needTyped keeps what was typed, in this session alone, and shows what would be said.
func needTyped(v *visit) (view, error) {
	a, err := v.asking()
	if err != nil {
		return view{}, err
	}
	if v.value("priority") == "" {
		return view{}, fault.New(fault.Invalid, fault.NeedWrong, "what", v.Text("wrong.need.no_priority"))
	}
	if err := v.keepDraft(a.draft(), askedOf(v.form)); err != nil {
		return view{}, err
	}
	return goTo(a.at+"/preview", ""), nil
}

// needAnew throws a draft away.
func needAnew(v *visit) (view, error) {
	a, err := v.asking()
	if err != nil {
		return view{}, err
	}
	v.dropDraft(a.draft())
	return goTo(a.at, ""), nil
}

// needAgain begins a need that takes the place of another: in the same words, or as the step
// that is due would have it. It is read to the person like any other.
func needAgain(v *visit) (view, error) {
	n, err := v.needOf()
	if err != nil {
		return view{}, err
	}
	in := n.Profile.Again()
	switch posada.SilenceStep(v.value("step")) {
	case posada.SilenceWiderRegion:
		in.Region = ""
	case posada.SilenceVoucherFund:
		in.Services = append(in.Services, string(posada.ServiceHotelVoucher))
	}
	f := url.Values{
		"priority": {in.Priority}, "services": in.Services, "gender": {in.Gender}, "age": {in.Age}, "size": {in.Size}, "with": in.With,
		"exploitation": {in.Exploitation}, "languages": in.Languages, "access": in.Access, "region": {in.Region}, "nights": {in.Nights}, "instead": {string(n.ID)},
	}
	if in.Interpreter {
		f.Set("interpreter", "1")
	}
	if in.Pets {
		f.Set("pets", "1")
	}
	for i, wish := range in.Wishes[:min(len(in.Wishes), mostWishes)] {
		f.Set(wishFields()[i], wish)
	}
	a := asking{label: n.Case, at: v.caseAt(n.Case) + "/need"}
	if err := v.keepDraft(a.draft(), askedOf(f)); err != nil {
		return view{}, err
	}
	return goTo(a.at, ""), nil
}
