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

// rulesName is what a session keeps a draft of the table under. It is nobody's case, and so
// it goes over to the same person's next session in the same browser (session.go).
const rulesName = "rules"

// keptRules is a draft as a session keeps it: a whole table, the version it was begun from,
// and the columns somebody asked for that are empty still.
type keptRules struct {
	From  uint64
	Table matrix.Table
	Shown map[posada.Purpose][]posada.AgencyClass
}

// rulesDraft is a draft beside what is signed. Where nobody began one it is the newest table
// that stewards signed, under the next number.
type rulesDraft struct {
	keptRules
	begun   bool
	signed  client.PolicyTables
	running matrix.Table
	newest  matrix.Table // what waits, else what runs
}

func (v *visit) draftRules() (d rulesDraft, err error) {
	if d.signed, err = v.node.PolicyTables(v.ctx()); err != nil {
		return d, err
	}
	if d.running, err = matrix.Read([]byte(d.signed.Running.Text)); err != nil {
		return d, err
	}
	d.newest = d.running
	if w := d.signed.Waiting; w != nil {
		if d.newest, err = matrix.Read([]byte(w.Text)); err != nil {
			return d, err
		}
	}
	if d.begun = v.draftOf(rulesName, &d.keptRules); !d.begun {
		d.From, d.Table = d.newest.Version, d.newest
	}
	d.Table.Version = d.newest.Version + 1
	if d.Shown == nil {
		d.Shown = map[posada.Purpose][]posada.AgencyClass{}
	}
	return d, nil
}

// formPage is the table for one purpose: a row a category, a column a kind of agency.
type formPage struct {
	At, Purpose string
	Tabs        []option
	Columns     []string
	Rows        []formRow
	More        []option // kinds that have no column yet
	Says        []string
	Drafted     bool
}

type formRow struct {
	Category string
	Cells    []formCell
}

// formCell is one choice. Was is what runs, where the draft says something else.
type formCell struct {
	Name, Class, Label, Was string
	Options                 []option
}

// rulesOf is the purpose that a page is for.
func (v *visit) rulesOf() (posada.Purpose, error) {
	purpose := posada.Purpose(v.path("purpose"))
	if !posada.Known(purpose) {
		return "", errNothing
	}
	return purpose, nil
}

func rulesForm(v *visit) (view, error) {
	purpose, err := v.rulesOf()
	if err != nil {
		return view{}, err
	}
	d, err := v.draftRules()
	if err != nil {
		return view{}, err
	}
	p := formPage{At: "/rules/draft/" + string(purpose), Purpose: v.Term("purpose", string(purpose)), Drafted: d.begun}
	p.Tabs = v.rulesTabs(string(purpose))
	p.Says = v.saysOf(d.Table, func(c matrix.Cell) bool { return c.Purpose == purpose })
	columns := d.columns(purpose)
	for _, class := range columns {
		p.Columns = append(p.Columns, v.Term("class", string(class)))
	}
	p.More = terms(v, "class", slices.DeleteFunc(offers(purpose), func(c posada.AgencyClass) bool { return slices.Contains(columns, c) }))
	for _, category := range posada.Leaving() {
		row := formRow{Category: v.Term("category", string(category))}
		for _, class := range columns {
			row.Cells = append(row.Cells, v.formCell(d, matrix.Cell{Class: class, Purpose: purpose, Category: category}))
		}
		p.Rows = append(p.Rows, row)
	}
	return show("rules_draft", p).titled(v.Text("console.rules.draft_for", "purpose", p.Purpose)), nil
}

// columns are the kinds of agency that have something for a purpose, or are to.
func (d rulesDraft) columns(purpose posada.Purpose) []posada.AgencyClass {
	return slices.DeleteFunc(offers(purpose), func(class posada.AgencyClass) bool {
		has := func(t matrix.Table) bool {
			return slices.ContainsFunc(posada.Members[posada.Category](), func(c posada.Category) bool {
				return t.Cells.Mode(matrix.Cell{Class: class, Purpose: purpose, Category: c}).Gives()
			})
		}
		return !slices.Contains(d.Shown[purpose], class) && !has(d.running) && !has(d.Table)
	})
}

func (v *visit) formCell(d rulesDraft, cell matrix.Cell) formCell {
	class, category := v.Term("class", string(cell.Class)), v.Term("category", string(cell.Category))
	c := formCell{Name: cellName(cell), Class: class, Label: v.Text("console.rules.cell", "class", class, "category", category)}
	says := d.Table.Cells.Mode(cell)
	if typed := posada.Mode(v.typed.Get(c.Name)); posada.Known(typed) {
		says = typed
	}
	c.Options = chosen(terms(v, "console.rules.mode", matrix.Modes(cell.Class)), []string{string(says)})
	if was := d.running.Cells.Mode(cell); was != says {
		c.Was = v.Text("console.rules.was", "mode", v.Term("console.rules.mode", string(was)))
	}
	return c
}

// cellName is what a cell's field is called; its purpose is the page's.
func cellName(cell matrix.Cell) string {
	return "cell/" + string(cell.Class) + "/" + string(cell.Category)
}

// cellsTyped are the cells that a form would have say something else: also those that no
// page offers, of which the node says why not.
func (v *visit) cellsTyped(t matrix.Table, purpose posada.Purpose) matrix.Cells {
	cells := matrix.Cells{}
	for name := range v.form {
		class, category, ok := strings.Cut(strings.TrimPrefix(name, "cell/"), "/")
		if !ok || !strings.HasPrefix(name, "cell/") {
			continue
		}
		cell := matrix.Cell{Class: posada.AgencyClass(class), Purpose: purpose, Category: posada.Category(category)}
		if mode := posada.Mode(v.value(name)); mode != t.Cells.Mode(cell) {
			cells.Set(cell, mode)
		}
	}
	return cells
}

// changeRules takes over what a form says, if a node would run it, and goes where was asked.
func changeRules(v *visit) (view, error) {
	purpose, err := v.rulesOf()
	if err != nil {
		return view{}, err
	}
	d, err := v.draftRules()
	if err != nil {
		return view{}, err
	}
	next := d.keptRules
	next.Table = d.Table.With(d.Table.Version, v.cellsTyped(d.Table, purpose))
	here := "/rules/draft/" + string(purpose)
	add := posada.AgencyClass(v.value("add"))
	if slices.Contains(offers(purpose), add) && !slices.Contains(next.Shown[purpose], add) {
		next.Shown[purpose] = append(next.Shown[purpose], add)
	}
	if refused, err := v.keepRules(next, here); err != nil || refused.template != "" {
		return refused, err
	}
	return v.onward(here), nil
}

// viewTab is the part of a draft that is no purpose's: who sees what.
const viewTab = "view"

// rulesTabs are the parts of a draft.
func (v *visit) rulesTabs(at string) []option {
	parts := append(terms(v, "purpose", posada.Members[posada.Purpose]()), option{Value: viewTab, Label: v.Text("console.rules.view")})
	return chosen(parts, []string{at})
}

// onward goes to the part of the draft that was asked for, after what was chosen is kept.
func (v *visit) onward(here string) view {
	switch to := v.value("go"); {
	case to == "changes":
		return goTo("/rules/changes", "")
	case to == viewTab:
		return goTo("/rules/view", "")
	case posada.Known(posada.Purpose(to)):
		return goTo("/rules/draft/"+to, "")
	}
	return goTo(here, "console.rules.kept")
}

// refusedPage is why nothing of a change was kept.
type refusedPage struct {
	Back           string
	Mistakes       []string
	Counterexample string
	Test           string // the same, to keep
}

// keepRules keeps a draft that a node would run. Of any other it says what is wrong, and
// keeps nothing of it.
func (v *visit) keepRules(next keptRules, back string) (refused view, err error) {
	text, err := next.Table.Write()
	if err != nil { // a word that is no text
		return view{}, errNothing
	}
	checked, err := v.node.CheckPolicy(v.ctx(), string(text))
	if err != nil {
		return view{}, err
	}
	if refused, is := v.refusedTable(checked, back); is {
		return refused, nil
	}
	return view{}, v.keepDraft(rulesName, next)
}

func (v *visit) refusedTable(checked client.CheckedTable, back string) (view, bool) {
	p := v.refusals(checked)
	p.Back = back
	refused := show("rules_refused", p).titled(v.Text("console.rules.refused"))
	refused.status = http.StatusUnprocessableEntity
	return refused, p.any()
}

func (p refusedPage) any() bool { return len(p.Mistakes) > 0 || p.Counterexample != "" }

// refusals are why no node would run a table.
func (v *visit) refusals(checked client.CheckedTable) (p refusedPage) {
	for _, m := range checked.Mistakes {
		why := v.Text(i18n.Key("table.why."+string(m.Why)), "word", m.Word, "days", matrix.MaxDays)
		p.Mistakes = append(p.Mistakes, v.Text("console.rules.mistake", "line", m.Line, "column", m.Column, "where", m.Where, "why", why))
	}
	if c := checked.Counterexample; c != nil {
		p.Counterexample = v.Text("proof.case",
			"class", v.Term("class", string(c.Class)), "purpose", v.Term("purpose", string(c.Purpose)), "category", v.Term("category", string(c.Category)),
			"does", v.Term("proof.does", string(c.Mode)), "why", strings.Join(v.rules(c.Lacks), "; "))
		p.Test = c.Test
	}
	return p
}
