package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// brakingPages say what one steward can stop alone, and how to go back. They sign nothing:
// each ends with the command for the machine where her key is.
func brakingPages() []page {
	return []page{
		{method: http.MethodGet, pattern: "/rules/stop", title: "console.stop.title", do: stopForm, roles: draftRoles()},
		{method: http.MethodPost, pattern: "/rules/stop", title: "console.stop.title", do: stopCells, again: stopForm, roles: draftRoles()},
	}
}

// stopPage is each of the ways to stop something, with its command.
type stopPage struct {
	Object  string
	Waiting []waitRow
	Brake   string   // once cells were chosen
	Holds   []string // what those cells say now
	Idle    bool     // nobody is given anything there
	Fields  []field
	Suspend string
	Tables  []client.Decided
}

func stopForm(v *visit) (view, error) {
	p, err := v.stopPage()
	return show("rules_stop", p), err
}

func (v *visit) stopPage() (p stopPage, err error) {
	n, err := v.node.Network(v.ctx())
	if err != nil {
		return p, err
	}
	all, err := v.node.Past(v.ctx())
	if err != nil {
		return p, err
	}
	yours := " --key " + v.Text("console.rules.yours") + ".steward"
	p = stopPage{Object: "posada policy object" + yours, Suspend: "posada network suspend " + v.Text("console.stop.member") + yours}
	for _, w := range n.Waiting {
		p.Waiting = append(p.Waiting, waitRow{Role: w.Role, Version: w.Version, From: later(w.From, w.Stopped), Why: v.whyWaits(w)})
	}
	p.Tables = slices.DeleteFunc(all.Tables, func(d client.Decided) bool { return d.Runs || d.Waits != nil })
	p.Fields = []field{
		v.choice("class", "console.rules.if_class", terms(v, "class", posada.Members[posada.AgencyClass]())).hint(v.Text("console.stop.any")),
		v.choice("purpose", "console.rules.if_purpose", terms(v, "purpose", posada.Members[posada.Purpose]())).hint(v.Text("console.stop.any")),
		v.choice("category", "console.rules.category", terms(v, "category", posada.Leaving())).hint(v.Text("console.stop.any")),
	}
	return p, nil
}

// stopCells writes the command that stops the cells somebody chose. Nothing is stopped by it.
func stopCells(v *visit) (view, error) {
	v.typed = v.form
	p, err := v.stopPage()
	if err != nil {
		return view{}, err
	}
	d, err := v.draftRules()
	if err != nil {
		return view{}, err
	}
	class, purpose, category := posada.AgencyClass(v.value("class")), posada.Purpose(v.value("purpose")), posada.Category(v.value("category"))
	command := []string{"posada policy brake"}
	for _, of := range []struct {
		flag, word string
		known      bool
	}{{"class", string(class), posada.Known(class)}, {"purpose", string(purpose), posada.Known(purpose)}, {"category", string(category), posada.Known(category)}} {
		if of.known {
			command = append(command, "--"+of.flag+" "+of.word)
		}
	}
	if len(command) == 1 {
		v.problem = &client.Problem{Title: v.Text("console.stop.choose")}
		shown := show("rules_stop", p)
		shown.status = http.StatusUnprocessableEntity
		return shown, nil
	}
	p.Holds = v.saysOf(d.running, inside(class, purpose, category))
	p.Idle = len(p.Holds) == 0
	p.Brake = strings.Join(append(command, "--key "+v.Text("console.rules.yours")+".steward"), " ")
	return show("rules_stop", p), nil
}

// inside is whether a cell is of those that were chosen; what was not chosen is any.
func inside(class posada.AgencyClass, purpose posada.Purpose, category posada.Category) func(matrix.Cell) bool {
	return func(c matrix.Cell) bool {
		return (!posada.Known(class) || c.Class == class) && (!posada.Known(purpose) || c.Purpose == purpose) && (!posada.Known(category) || c.Category == category)
	}
}
