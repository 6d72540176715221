package prove

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Example is a sentence about a table that somebody wants to stay true: who asks, for what,
// what the person did, and whether it is given.
type Example struct {
	Says     string             `json:"says" yaml:"says"`
	Class    posada.AgencyClass `json:"class" yaml:"class"`
	Purpose  posada.Purpose     `json:"purpose" yaml:"purpose"`
	Category posada.Category    `json:"category" yaml:"category"`
	// Consent is what the person did: agreed, agreed with a second signature, or asked for
	// it a day ago with her lawyer.
	Consent posada.Mode `json:"consent" yaml:"consent"`
	Given   bool        `json:"given" yaml:"given"`
}

// ErrExample says that an example asks nothing: a word is missing, or the person did nothing.
var ErrExample = errors.New("an example is not whole")

// Check holds an example against what it takes to be asked.
func (e Example) Check() error {
	if !posada.Known(e.Class) || !posada.Known(e.Purpose) || !posada.Known(e.Category) || !e.Consent.Gives() {
		return ErrExample
	}
	return nil
}

// Ask asks the rules over their table. It gives what is missing where it is refused.
func (e Example) Ask(ctx context.Context, engine *pdp.Engine) (given bool, lacks []posada.Condition, err error) {
	if err := e.Check(); err != nil {
		return false, nil, err
	}
	permit, err := engine.Disclose(ctx, e.facts())
	if err != nil {
		return false, nil, err
	}
	return permit.Categories().Has(e.Category), permit.Unmet(e.Category), nil
}

func (e Example) facts() pdp.Disclosure {
	c := Case{Class: e.Class, Purpose: e.Purpose, Category: e.Category, Mode: string(e.Consent)}
	return c.facts()
}

// Example is a counterexample as one that holds where the guard refuses it.
func (c Case) Example(says string) Example {
	return Example{Says: says, Class: c.Class, Purpose: c.Purpose, Category: c.Category, Consent: posada.Mode(c.Mode), Given: false}
}

// Test is an example as a rule for `opa test` beside policy/disclose: it holds where the
// rules decide as the example says, over a table of the one cell.
func (e Example) Test() (string, error) {
	facts, err := json.Marshal(e.facts())
	if err != nil {
		return "", err
	}
	t := matrix.Table{Version: 1, Limits: matrix.Limits{RetainDays: matrix.MaxDays}, Cells: matrix.Cells{}}
	t.Cells.Set(matrix.Cell{Class: e.Class, Purpose: e.Purpose, Category: e.Category}, e.Consent)
	table, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	is := "not "
	if e.Given {
		is = ""
	}
	name := fmt.Sprintf("test_%s_%s_%s", e.Class, e.Purpose, e.Category)
	return strings.Join([]string{
		name + " if {",
		"\tanswer := data.posada.disclose.decision with input as " + string(facts),
		"\t\twith data.posada.network.matrix as " + string(table),
		fmt.Sprintf("\t%s%q in answer.permitted", is, e.Category),
		"}", "",
	}, "\n"), nil
}
