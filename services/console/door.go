package console

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/duty"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// doorPages are for the hour when somebody stands at the door with a paper, and for what
// is said to a young person first. Both are there for whoever opens them: nothing of them
// is of anybody.
func doorPages() []page {
	care := careRoles()
	return []page{
		{method: http.MethodGet, pattern: "/door", title: "console.door.title", do: door, open: true, menu: true, icon: "stop"},
		{method: http.MethodGet, pattern: "/door/{kind}", title: "console.door.title", do: doorKind, open: true},
		{method: http.MethodGet, pattern: "/duty", title: "console.duty.title", do: duties, open: true},
		{method: http.MethodGet, pattern: "/cases/{case}/paper", title: "console.paper.title", do: paperForm, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/paper", title: "console.paper.title", do: recordPaper, again: paperForm, roles: care},
		{method: http.MethodGet, pattern: "/cases/{case}/order", title: "console.order.title", do: orderForm, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/order", title: "console.order.title", do: recordOrder, again: orderForm, roles: care},
		{method: http.MethodGet, pattern: "/cases/{case}/told", title: "console.told.title", do: toldForm, roles: care},
		{method: http.MethodPost, pattern: "/cases/{case}/told", title: "console.told.title", do: toldPerson, again: toldForm, roles: care},
	}
}

// doorPage is what helps at the door.
type doorPage struct {
	Kind     posada.Instrument // what was brought; empty: nobody said
	Judicial bool
	Place    bool // it names a place, and nobody
	Kinds    []posada.Instrument
	OnCall   []string // who can be reached now, where somebody is signed in
	Signed   bool
	CaseAt   string // of the case a paper is recorded in
	Recorded *client.RecordedPaper
}

func door(v *visit) (view, error) { return show("door", v.door("")), nil }

func doorKind(v *visit) (view, error) {
	kind := posada.Instrument(v.path("kind"))
	if !posada.Known(kind) {
		return view{}, errNothing
	}
	return show("door", v.door(kind)), nil
}

func (v *visit) door(kind posada.Instrument) doorPage {
	page := doorPage{
		Kind: kind, Judicial: kind.Judicial(), Place: kind == posada.InstrumentSearchWarrant,
		Kinds: posada.Members[posada.Instrument](), Signed: v.session != nil,
	}
	if page.Signed {
		// Who is on call helps; what stands here has to be there without it.
		if status, err := v.node.Status(v.ctx()); err == nil {
			page.OnCall = status.OnCall
		}
	}
	return page
}

// paperPage says first what to do, and asks then which paper came.
type paperPage struct {
	DoorPage doorPage
	At       string
	Case     client.Case
	Of       field
}

func paperForm(v *visit) (view, error) {
	k, err := v.ofCase()
	if err != nil {
		return view{}, err
	}
	var kinds []option
	for _, i := range posada.Members[posada.Instrument]() {
		if !i.Judicial() {
			kinds = append(kinds, option{Value: string(i), Label: v.Term("paper", string(i)), Hint: v.Term("paper_means", string(i))})
		}
	}
	return show("case_paper", paperPage{
		DoorPage: v.door(""), At: v.caseAt(k.Label), Case: k, Of: v.one("kind", "console.paper.kind", kinds).needed(),
	}), nil
}

// recordPaper records that a paper came which no judge signed, and nothing else of it.
func recordPaper(v *visit) (view, error) {
	k, err := v.ofCase()
	if err != nil {
		return view{}, err
	}
	if _, err := v.node.RecordPaper(v.ctx(), client.NewPaper{Case: k.Label, Kind: v.value("kind")}); err != nil {
		return view{}, err
	}
	return goTo(v.caseAt(k.Label), "console.paper.done", "case", k.Label), nil
}

// orderPage asks what exactly a judge's order names.
type orderPage struct {
	At                      string
	Case                    client.Case
	Kind, Counsel           field
	Names                   field
	From, Until, By, Secret field
	Recorded                *client.RecordedPaper
}

func orderForm(v *visit) (view, error) {
	k, err := v.ofCase()
	if err != nil {
		return view{}, err
	}
	kinds := slices.DeleteFunc(posada.Members[posada.Instrument](), func(i posada.Instrument) bool { return !i.Judicial() })
	return show("case_order", orderPage{
		At: v.caseAt(k.Label), Case: k,
		Kind:    v.one("kind", "console.paper.kind", terms(v, "paper", kinds)).needed(),
		Counsel: v.text("counsel", "console.order.counsel").hint(v.Text("console.order.counsel_hint")).first(v.who().Name).needed(),
		Names:   v.many("names", "console.order.names", terms(v, "category", posada.Members[posada.Category]())).hint(v.Text("console.order.names_hint")),
		From:    v.text("from", "console.order.from").as("date"), Until: v.text("until", "console.order.until").as("date"),
		By:     v.text("by", "console.order.by").as("date").needed(),
		Secret: v.text("secret", "console.order.secret").as("date").hint(v.Text("console.order.secret_hint")),
	}), nil
}

func recordOrder(v *visit) (view, error) {
	k, err := v.ofCase()
	if err != nil {
		return view{}, err
	}
	out, err := v.node.RecordPaper(v.ctx(), client.NewPaper{
		Case: k.Label, Kind: v.value("kind"), Counsel: v.value("counsel"), Names: v.values("names"),
		From: v.value("from"), Until: v.value("until"), By: v.value("by"), Secret: v.value("secret"),
	})
	if err != nil {
		return view{}, err
	}
	return show("case_ordered", orderPage{At: v.caseAt(k.Label), Case: k, Recorded: &out}), nil
}

// toldPage asks whether the person was told of the orders that came.
type toldPage struct {
	At      string
	Case    client.Case
	Orders  []client.Paper // those of which the person is to be told
	Secret  bool           // one of them forbids it up to a day
	Told    field
	Counsel field
}

func toldForm(v *visit) (view, error) {
	k, err := v.ofCase()
	if err != nil {
		return view{}, err
	}
	page := toldPage{
		At: v.caseAt(k.Label), Case: k, Told: v.tick("told", "console.told.told").needed(),
		Counsel: v.text("counsel", "console.told.counsel").hint(v.Text("console.told.counsel_hint")),
	}
	for _, p := range k.Papers {
		if p.Order != nil && p.Order.Told.IsZero() {
			page.Orders = append(page.Orders, p)
			page.Secret = page.Secret || p.Order.Secret != ""
		}
	}
	return show("case_told", page), nil
}

func toldPerson(v *visit) (view, error) {
	k, err := v.ofCase()
	if err != nil {
		return view{}, err
	}
	if !v.ticked("told") {
		return view{}, trouble{http.StatusUnprocessableEntity, "console.told.untold"}
	}
	out, err := v.node.Told(v.ctx(), client.NewTold{Case: k.Label, Counsel: v.value("counsel")})
	if err != nil {
		return view{}, err
	}
	return goTo(v.caseAt(k.Label), "console.told.done", "case", out.Label), nil
}

// dutyPage is what is said to a young person first, and what must be reported by law.
type dutyPage struct {
	Say     i18n.Language
	Before  []string
	Outside []string
	Duties  []dutyRow
}

// dutyRow is what one place's law asks, in the reader's language.
type dutyRow struct {
	Name, Who, What, When, To, Law, Source string
	Phones                                 []phoneRow
}

type phoneRow struct{ Name, Number string }

func duties(v *visit) (view, error) {
	page, err := v.duty(v.Language())
	return show("duty", page), err
}

// duty is read aloud in one language, and read by whoever asks in theirs.
func (v *visit) duty(say i18n.Language) (page dutyPage, err error) {
	page.Say = say
	before, wrongBefore := duty.Before(say)
	outside, wrongOutside := duty.Outside(v.Language())
	page.Before, page.Outside = paragraphs(before), paragraphs(outside)
	all, err := duty.All()
	l := v.Language()
	for _, d := range all {
		row := dutyRow{Name: d.Name[l], Who: d.Who[l], What: d.What[l], When: d.When[l], To: d.To[l], Law: d.Law, Source: d.Source}
		for _, p := range d.Phones {
			row.Phones = append(row.Phones, phoneRow{p.Name[l], p.Number})
		}
		page.Duties = append(page.Duties, row)
	}
	return page, errors.Join(wrongBefore, wrongOutside, err)
}

// paragraphs are those of a text whose lines are as long as a terminal's.
func paragraphs(text string) (list []string) {
	for p := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		list = append(list, strings.Join(strings.Fields(p), " "))
	}
	return list
}
