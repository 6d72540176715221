package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// rulesPages are the network's table, read and drafted. Nothing here signs: a draft leaves
// as a file, and a steward's key never comes near a page.
func rulesPages() []page {
	drafts := draftRoles()
	get, post := http.MethodGet, http.MethodPost
	return []page{
		{method: get, pattern: "/rules", title: "console.rules.title", do: rules, roles: drafts, menu: true, icon: "table"},
		{method: get, pattern: "/rules/draft/{purpose}", title: "console.rules.draft", do: rulesForm, roles: drafts},
		{method: post, pattern: "/rules/draft/{purpose}", title: "console.rules.draft", do: changeRules, again: rulesForm, roles: drafts},
		{method: get, pattern: "/rules/view", title: "console.rules.view", do: viewForm, roles: drafts},
		{method: post, pattern: "/rules/view", title: "console.rules.view", do: changeView, again: viewForm, roles: drafts},
		{method: get, pattern: "/rules/changes", title: "console.rules.changes", do: rulesChanges, roles: drafts},
		{method: post, pattern: "/rules/changes", title: "console.rules.changes", do: changeDays, again: rulesChanges, roles: drafts},
		{method: post, pattern: "/rules/download", title: "console.rules.changes", do: downloadRules, again: rulesChanges, roles: drafts},
		{method: post, pattern: "/rules/gone", title: "console.rules.changes", do: dropRules, again: rulesChanges, roles: drafts},
		{method: get, pattern: "/rules/file", title: "console.rules.file", do: rulesFile, roles: drafts},
		{method: post, pattern: "/rules/file", title: "console.rules.file", do: readRules, again: rulesFile, roles: drafts},
		{method: get, pattern: "/rules/what-if", title: "console.rules.if", do: supposeForm, roles: drafts},
		{method: post, pattern: "/rules/what-if", title: "console.rules.if", do: suppose, again: supposeForm, roles: drafts},
		{method: get, pattern: "/rules/guard", title: "console.rules.guard", do: guardRules, roles: drafts},
	}
}

// draftRoles are those who weigh what the table is to say, as the node has them.
func draftRoles() []posada.StaffRole {
	return []posada.StaffRole{posada.RoleSteward, posada.RoleCoordinator, posada.RoleAgencyAdmin}
}

// tablePage is the table that runs, a sentence at a time, and what waits.
type tablePage struct {
	Version uint64
	Days    int
	Waiting *client.PolicyTable
	Changes []changePart // what the waiting one changes
	Label   string
	Classes []classSays
	Nothing string // the kinds that have nothing
	Sees    []string
	Drafted bool
}

// classSays is all that one kind of agency may have.
type classSays struct {
	Class string
	Says  []string
}

func rules(v *visit) (view, error) {
	d, err := v.draftRules()
	if err != nil {
		return view{}, err
	}
	p := tablePage{Version: d.running.Version, Days: d.running.Limits.RetainDays, Waiting: d.signed.Waiting, Drafted: d.begun}
	if d.signed.Waiting != nil {
		difference := matrix.Compare(d.running, d.newest)
		p.Changes, p.Label = v.changeParts(difference), v.labelled(difference)
	}
	var nothing []posada.AgencyClass
	for _, class := range posada.Members[posada.AgencyClass]() {
		if says := v.saysOf(d.running, func(c matrix.Cell) bool { return c.Class == class }); len(says) > 0 {
			p.Classes = append(p.Classes, classSays{v.Term("class", string(class)), says})
		} else {
			nothing = append(nothing, class)
		}
	}
	p.Nothing, p.Sees = i18n.Terms(v.Printer, "class", nothing), v.looksSay("view.says", d.running.Sees().List())
	return show("rules", p), nil
}

// saysOf are the sentences of some of a table's cells. What is not in them is never given.
func (v *visit) saysOf(t matrix.Table, in func(matrix.Cell) bool) (says []string) {
	var cells []matrix.Change
	for _, cell := range t.Cells.List() {
		if mode := t.Cells.Mode(cell); mode.Gives() && in(cell) {
			cells = append(cells, matrix.Change{Cell: cell, Before: posada.ModeNever, After: mode})
		}
	}
	for _, g := range matrix.Groups(cells) {
		says = append(says, v.cellsSay(g))
	}
	return says
}

// cellsSay is one sentence of what cells say.
func (v *visit) cellsSay(g matrix.Group) string {
	return v.Text(i18n.Key("matrix.says."+string(g.After)), g.Words(v.Term)...)
}

// guardPage is the rules that ship with the program.
type guardPage struct{ Parts []guardPart }

type guardPart struct {
	Title string
	Rules []guardRow
}

// guardRow is one rule: as its author wrote it, in English, and as people meet it where it
// does not hold.
type guardRow struct {
	ID, Title, Refusal string
}

func guardRules(v *visit) (view, error) {
	list, err := v.node.PolicyRules(v.ctx())
	if err != nil {
		return view{}, err
	}
	var p guardPage
	for _, decides := range []string{"disclose", "receive", "onward", "ask", "view", "connect"} {
		part := guardPart{Title: v.Term("console.rules.decides", decides)}
		for _, r := range list {
			if r.Decides != decides {
				continue
			}
			part.Rules = append(part.Rules, guardRow{string(r.ID), r.Title, v.refusal(string(r.ID))})
		}
		if len(part.Rules) > 0 {
			p.Parts = append(p.Parts, part)
		}
	}
	return show("rules_guard", p), nil
}

// refusal is what people read where a condition does not hold; of one of several ways to
// meet it, what is said of all. Not every one is ever said.
func (v *visit) refusal(id string) string {
	for of := id; of != ""; of = of[:max(0, strings.LastIndexByte(of, '.'))] {
		if text := v.Term("rule", of); text != of {
			return text
		}
	}
	return ""
}

// offers are the kinds of agency that a table may let have something for a purpose.
func offers(purpose posada.Purpose) []posada.AgencyClass {
	return slices.DeleteFunc(posada.Members[posada.AgencyClass](), func(c posada.AgencyClass) bool { return !matrix.MayHave(c, purpose) })
}
