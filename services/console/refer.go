package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// referPages are a new referral from a case: to whom, what, exactly this, sent.
func referPages() []page {
	care := careRoles()
	return []page{
		{method: http.MethodGet, pattern: "/cases/{case}/refer", title: "console.refer.whom", do: referWhom, roles: care},
		{method: http.MethodGet, pattern: "/cases/{case}/refer/{line}", title: "console.refer.title", do: referForm, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/refer/{line}", title: "console.refer.title", do: referTyped, again: referForm, roles: care},
		{method: http.MethodGet, pattern: "/cases/{case}/refer/{line}/preview", title: "console.preview.title", do: referPreview, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/refer/{line}/without", title: "console.preview.title", do: referWithout, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/refer/{line}/anew", title: "console.refer.title", do: referAnew, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/refer/{line}/send", title: "console.preview.title", do: referSend, again: referPreview, roles: care},
	}
}

// agreed is one line of what the person agreed to: an agency and a purpose.
type agreed struct {
	To       client.Agency
	Purpose  posada.Purpose
	Share    posada.Set[posada.Category]
	Services []posada.ServiceType
	Until    time.Time
	OneUse   bool
	Wrong    string // why nothing can be shared under it now
}

// agreedIn is what the person agreed to in a case: of each agency and purpose the newest
// that was said.
func (v *visit) agreedIn(label string) (list []agreed, err error) {
	consents, err := v.node.Consents(v.ctx())
	if err != nil {
		return nil, err
	}
	for _, k := range consents {
		if k.Case != label || k.Status != posada.ConsentGiven && k.Status != posada.ConsentRenewed {
			continue
		}
		for _, a := range k.Allow {
			if a.Withdrawn || a.NoMore || a.Purpose == "" || slices.ContainsFunc(list, func(o agreed) bool { return o.To.ID == a.To.ID && o.Purpose == a.Purpose }) {
				continue
			}
			line := agreed{To: a.To, Purpose: a.Purpose, Share: posada.SetOf(a.Share...), Services: k.Services, Until: k.Expires, OneUse: a.SingleUse}
			switch {
			case a.Used:
				line.Wrong = v.Text("console.refer.used")
			case len(k.Missing)+len(k.Lacks) > 0:
				line.Wrong = v.Text("console.refer.not_valid")
			case k.NotBefore.After(v.k.c.Now()):
				line.Wrong = v.Text("console.refer.not_yet", "from", v.when(k.NotBefore))
			}
			list = append(list, line)
		}
	}
	return list, nil
}

// referWhomPage asks to whom.
type referWhomPage struct {
	Case, Label string
	Lines       []whomRow
}

type whomRow struct {
	To, Agency, Class, Purpose, Share, Wrong string
	Until                                    time.Time
	OneUse                                   bool
}

// theCase is the case of a page's path: its label, and that it is one that can be worked
// with by whoever asks.
func (v *visit) theCase() (label, at string, err error) {
	if label, err = v.label("case"); err != nil {
		return "", "", err
	}
	cases, err := v.node.Cases(v.ctx())
	if err != nil {
		return "", "", err
	}
	if !slices.ContainsFunc(cases, func(c client.Case) bool { return c.Label == label }) {
		return "", "", errNothing
	}
	return label, "/cases/" + v.path("case"), nil
}

func referWhom(v *visit) (view, error) {
	label, at, err := v.theCase()
	if err != nil {
		return view{}, err
	}
	lines, err := v.agreedIn(label)
	if err != nil {
		return view{}, err
	}
	p := referWhomPage{Case: at, Label: label}
	for _, l := range lines {
		row := whomRow{
			Agency: l.To.Name, Class: v.Term("class", string(l.To.Class)), Purpose: v.Term("purpose", string(l.Purpose)), Wrong: l.Wrong, Until: l.Until, OneUse: l.OneUse,
			Share: v.categories(l.Share.List()),
		}
		if l.Wrong == "" {
			row.To = at + "/refer/" + v.handle(string(l.To.ID)+" "+string(l.Purpose))
		}
		p.Lines = append(p.Lines, row)
	}
	return show("refer_whom", p), nil
}

func (v *visit) categories(list []posada.Category) string {
	words := make([]string, len(list))
	for i, c := range list {
		words[i] = v.Term("category", string(c))
	}
	return strings.Join(words, ", ")
}

// referring is what a page of a new referral is about.
type referring struct {
	label, at string // the case, and this referral's path
	line      agreed
}

// referring reads it from the page's path.
func (v *visit) referring() (r referring, err error) {
	if r.label, r.at, err = v.theCase(); err != nil {
		return r, err
	}
	line, err := v.label("line")
	if err != nil {
		return r, err
	}
	lines, err := v.agreedIn(r.label)
	if err != nil {
		return r, err
	}
	i := slices.IndexFunc(lines, func(l agreed) bool { return string(l.To.ID)+" "+string(l.Purpose) == line })
	if i < 0 {
		return r, errNothing
	}
	r.line, r.at = lines[i], r.at+"/refer/"+v.path("line")
	return r, nil
}

func (r referring) draft() string {
	return "refer " + r.label + " " + string(r.line.To.ID) + " " + string(r.line.Purpose)
}

// referPage asks what is to be said.
type referPage struct {
	At, Back           string
	Agency, Purpose    string
	Services, Priority field
	First              []field
	Rest               []fieldGroup
	Not                string // what was not agreed to
	Typed              bool   // something was typed before
}

// fieldGroup are fields of one kind of thing, folded away until they are wanted.
type fieldGroup struct {
	Title  string
	Fields []field
	Open   bool
}

func referForm(v *visit) (view, error) {
	r, err := v.referring()
	if err != nil {
		return view{}, err
	}
	p := referPage{At: r.at, Back: "/cases/" + v.path("case"), Agency: r.line.To.Name, Purpose: v.Term("purpose", string(r.line.Purpose))}
	if v.problem == nil && len(v.typed) == 0 {
		var kept url.Values
		if p.Typed = v.draftOf(r.draft(), &kept); p.Typed {
			v.typed = kept
		}
	}
	services := r.line.Services
	if len(services) == 0 {
		services = posada.Members[posada.ServiceType]()
	}
	p.Services = v.many("services", "console.refer.services", terms(v, "service", services))
	if len(services) == 1 {
		p.Services = p.Services.first(string(services[0]))
	}
	p.Priority = v.one("priority", "console.refer.priority", terms(v, "priority", posada.Members[posada.Priority]())).needed()
	if v.problem != nil && v.typed.Get("priority") == "" {
		p.Priority.Wrong = v.Text("console.refer.priority_missing")
	}
	may := r.line.Share.With(posada.CategoryNeeds)
	p.First, p.Rest = v.referFields(may)
	p.Not = v.categories(notAgreed(may))
	return show("refer", p).titled(v.Text("console.refer.to", "agency", p.Agency, "purpose", p.Purpose)), nil
}

// referFields are the fields of what may be shared: those that are asked at once, and
// the rest by kind.
func (v *visit) referFields(may posada.Set[posada.Category]) (first []field, rest []fieldGroup) {
	at := map[string]int{}
	for _, a := range askedFields() {
		if a.About && !may.Has(a.Category) {
			continue
		}
		f := v.askFor(a)
		if a.first {
			first = append(first, f)
			continue
		}
		title := v.Text("console.refer.worker")
		if a.About {
			title = v.Term("category", string(a.Category))
		}
		i, known := at[title]
		if !known {
			i = len(rest)
			at[title] = i
			rest = append(rest, fieldGroup{Title: title})
		}
		rest[i].Fields = append(rest[i].Fields, f)
		rest[i].Open = rest[i].Open || len(v.typed[a.name()]) > 0 && v.typed.Get(a.name()) != "" || f.Wrong != ""
	}
	return first, rest
}

// notAgreed are kinds of things that could be shared and that the person did not agree to.
func notAgreed(may posada.Set[posada.Category]) (list []posada.Category) {
	for _, a := range askedFields() {
		if a.About && !may.Has(a.Category) && !slices.Contains(list, a.Category) {
			list = append(list, a.Category)
		}
	}
	return list
}

// typedOf is the part of a form that is a referral's draft.
func typedOf(form url.Values) url.Values {
	kept := url.Values{}
	for _, a := range askedFields() {
		if value := fieldValue(form, a); value != "" {
			kept[a.name()] = strings.Split(value, ";")
			if !a.Several() {
				kept[a.name()] = []string{value}
			}
		}
	}
	for _, name := range []string{"services", "priority"} {
		if len(form[name]) > 0 {
			kept[name] = form[name]
		}
	}
	return kept
}

// referTyped keeps what was typed, in this session alone, and shows what would leave.
func referTyped(v *visit) (view, error) {
	r, err := v.referring()
	if err != nil {
		return view{}, err
	}
	_, wrong := recordsOf(v.form, r.line.Share.With(posada.CategoryNeeds))
	if wrong || v.value("priority") == "" {
		return view{}, trouble{http.StatusUnprocessableEntity, "console.refer.wrong"}
	}
	if err := v.keepDraft(r.draft(), typedOf(v.form)); err != nil {
		return view{}, err
	}
	return goTo(r.at+"/preview", ""), nil
}

// referAnew throws a draft away.
func referAnew(v *visit) (view, error) {
	r, err := v.referring()
	if err != nil {
		return view{}, err
	}
	v.dropDraft(r.draft())
	return goTo(r.at, ""), nil
}
