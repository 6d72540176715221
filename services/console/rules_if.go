package console

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// ifPage asks about a consent that nobody recorded, and says what the rules answer.
type ifPage struct {
	First, Rest []field
	Answer      *ifAnswer
}

// ifAnswer is what would be given, and what not, and why.
type ifAnswer struct {
	Given   []string
	Says    string
	Refused []ifRefused
}

type ifRefused struct {
	Categories string
	Why        []string
}

func supposeForm(v *visit) (view, error) {
	p, err := v.supposePage()
	return show("rules_if", p), err
}

// supposePage is its form, with what was typed.
func (v *visit) supposePage() (p ifPage, err error) {
	d, err := v.draftRules()
	if err != nil {
		return p, err
	}
	classes := slices.DeleteFunc(posada.Members[posada.AgencyClass](), func(c posada.AgencyClass) bool { return c == posada.ClassCoalition })
	leaving := slices.DeleteFunc(posada.Members[posada.Category](), func(c posada.Category) bool { return !c.Leaves() })
	p.First = []field{
		v.choice("class", "console.rules.if_class", terms(v, "class", classes)).needed(),
		v.choice("purpose", "console.rules.if_purpose", terms(v, "purpose", posada.Members[posada.Purpose]())).needed(),
	}
	if d.begun {
		over := []option{{Value: "", Label: v.Text("console.rules.if_running")}, {Value: "draft", Label: v.Text("console.rules.if_draft")}}
		p.First = append(p.First, v.one("over", "console.rules.if_over", over).first(""))
	}
	p.Rest = []field{
		v.choice("given_by", "console.talk.given_by", terms(v, "given_by", posada.Members[posada.GivenBy]())),
		v.choice("age_band", "console.talk.age", terms(v, "console.pick", posada.Members[posada.AgeBand]())),
		v.choice("jurisdiction", "console.talk.jurisdiction", terms(v, "jurisdiction", posada.Members[posada.Jurisdiction]())),
		v.choice("co_signed", "console.talk.co_signed", terms(v, "co_signed", posada.Members[posada.CoSigner]())),
		v.choice("opt_in", "console.rules.if_opt_in", terms(v, "console.rules.opt_in", posada.Members[posada.OptIn]())),
		v.many("services", "console.rules.if_services", terms(v, "service", posada.Members[posada.ServiceType]())),
		v.many("categories", "console.rules.if_categories", terms(v, "category", leaving)).hint(v.Text("console.rules.if_all")),
	}
	return p, nil
}

// suppose asks, and shows the answer above the same form. Nothing is recorded.
func suppose(v *visit) (view, error) {
	v.typed = v.form
	p, err := v.supposePage()
	if err != nil {
		return view{}, err
	}
	asked := client.NewSupposition{
		Class: v.value("class"), Purpose: v.value("purpose"), GivenBy: v.value("given_by"), AgeBand: v.value("age_band"),
		Jurisdiction: v.value("jurisdiction"), CoSigned: v.value("co_signed"), OptIn: v.value("opt_in"),
		Services: v.values("services"), Categories: v.values("categories"),
	}
	if v.value("over") == "draft" {
		d, err := v.draftRules()
		if err != nil {
			return view{}, err
		}
		text, err := d.Table.Write()
		if err != nil {
			return view{}, err
		}
		asked.Table = string(text)
	}
	out, err := v.node.Suppose(v.ctx(), asked)
	if err != nil {
		return view{}, err
	}
	p.Answer = v.supposed(asked, out)
	return show("rules_if", p), nil
}

// supposed is the answer in sentences: what lacks the same stands together.
func (v *visit) supposed(asked client.NewSupposition, out client.Supposition) *ifAnswer {
	a := &ifAnswer{}
	key := i18n.Key("policy.if_given")
	if len(out.Given) == 0 {
		key = "policy.if_nothing"
	}
	a.Says = v.Text(key, "class", v.Term("class", asked.Class), "purpose", v.Term("purpose", asked.Purpose), "days", out.Days)
	for _, c := range out.Given {
		a.Given = append(a.Given, v.Term("category", string(c)))
	}
	for _, same := range client.AllAlike(out.Refused) {
		a.Refused = append(a.Refused, ifRefused{i18n.Terms(v.Printer, "category", same.Categories), v.rules(same.Lacks)})
	}
	return a
}
