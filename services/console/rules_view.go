package console

import (
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// viewPage is who sees what inside an agency: a row a category, a column a role.
type viewPage struct {
	Tabs    []option
	Columns []string
	Rows    []viewRow
	Says    []string
}

type viewRow struct {
	Category string
	Cells    []lookCell
}

// lookCell is one choice, or none: then no table shows it. Was is what runs, where the draft
// says something else.
type lookCell struct {
	Name, Role, Label, Was string
	Options                []option
}

// seesIt and seesNot are what a cell says.
const (
	seesIt  = "yes"
	seesNot = "no"
)

// looksSay are sentences of who sees what, or does not.
func (v *visit) looksSay(key i18n.Key, looks []matrix.Look) (says []string) {
	for _, g := range matrix.Together(looks) {
		says = append(says, v.Text(key, g.Words(v.Term)...))
	}
	return says
}

// lookers are the roles that a table can show anything.
func lookers() []posada.StaffRole {
	return slices.DeleteFunc(posada.Members[posada.StaffRole](), func(r posada.StaffRole) bool { return !matrix.MayLook(r) })
}

func viewForm(v *visit) (view, error) {
	d, err := v.draftRules()
	if err != nil {
		return view{}, err
	}
	p := viewPage{Tabs: v.rulesTabs(viewTab), Says: v.looksSay("view.says", d.Table.Sees().List())}
	for _, role := range lookers() {
		p.Columns = append(p.Columns, v.Term("role", string(role)))
	}
	for _, category := range posada.Members[posada.Category]() {
		row := viewRow{Category: v.Term("category", string(category))}
		for _, role := range lookers() {
			row.Cells = append(row.Cells, v.lookCell(d, matrix.Look{Role: role, Category: category}))
		}
		p.Rows = append(p.Rows, row)
	}
	return show("rules_view", p).titled(v.Text("console.rules.view_draft")), nil
}

func (v *visit) lookCell(d rulesDraft, l matrix.Look) lookCell {
	role, category := v.Term("role", string(l.Role)), v.Term("category", string(l.Category))
	c := lookCell{Name: "look/" + string(l.Role) + "/" + string(l.Category), Role: role, Label: v.Text("console.rules.look", "role", role, "category", category)}
	if !matrix.MayShow(l.Role, l.Category) {
		return c
	}
	says := shown(d.Table.Sees().Shows(l))
	if typed := v.typed.Get(c.Name); typed == seesIt || typed == seesNot {
		says = typed
	}
	c.Options = chosen(terms(v, "console.rules.sees", []string{seesIt, seesNot}), []string{says})
	if was := shown(d.running.Sees().Shows(l)); was != says {
		c.Was = v.Text("console.rules.was", "mode", v.Term("console.rules.sees", was))
	}
	return c
}

// shown is what a cell says that shows something, or does not.
func shown(is bool) string {
	if is {
		return seesIt
	}
	return seesNot
}

// viewTyped is who sees what as a form would have it: also what no page offers, of which the
// node says why not.
func (v *visit) viewTyped(before matrix.View) (matrix.View, error) {
	next := before
	for name := range v.form {
		role, category, is := strings.Cut(strings.TrimPrefix(name, "look/"), "/")
		if !is || !strings.HasPrefix(name, "look/") {
			continue
		}
		l, says := matrix.Look{Role: posada.StaffRole(role), Category: posada.Category(category)}, v.value(name)
		if !posada.Known(l.Category) || says != seesIt && says != seesNot {
			return nil, errNothing
		}
		if before.Shows(l) != (says == seesIt) {
			next = next.With(says == seesIt, l)
		}
	}
	return next, nil
}

// changeView takes over what a form says, if a node would run it, and goes where was asked.
func changeView(v *visit) (view, error) {
	d, err := v.draftRules()
	if err != nil {
		return view{}, err
	}
	next := d.keptRules
	if next.Table.View, err = v.viewTyped(d.Table.Sees()); err != nil {
		return view{}, err
	}
	if refused, err := v.keepRules(next, "/rules/view"); err != nil || refused.template != "" {
		return refused, err
	}
	return v.onward("/rules/view"), nil
}
