package prove_test

import (
	"errors"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
)

// TestAnExampleIsAskedAsItsRuleIs: the rule that is made of an example, evaluated by OPA beside
// the rules, holds where the example does, for what is given and for what is refused.
func TestAnExampleIsAskedAsItsRuleIs(t *testing.T) {
	rules, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []prove.Example{
		{Class: posada.ClassShelter, Purpose: posada.PurposeShelter, Category: posada.CategoryIdentity, Consent: posada.ModeConsent, Given: true},
		{Class: posada.ClassShelter, Purpose: posada.PurposeShelter, Category: posada.CategoryMinorDetails, Consent: posada.ModeCosigned, Given: true},
		{Class: posada.ClassLawEnforcement, Purpose: posada.PurposeSurvivorReport, Category: posada.CategoryIdentity, Consent: posada.ModeCeremony, Given: true},
		{Class: posada.ClassBorder, Purpose: posada.PurposeStatisticsAggregate, Category: posada.CategoryNeeds, Consent: posada.ModeConsent},
		{Class: posada.ClassShelter, Purpose: posada.PurposeShelter, Category: posada.CategoryLocationShelter, Consent: posada.ModeConsent},
	} {
		table := oneCell(t, e.Class, e.Purpose, e.Category, string(e.Consent))
		if engine, err := rules.With(t.Context(), table); err == nil { // what no node runs is asked by its rule alone
			if given, lacks, err := e.Ask(t.Context(), engine); err != nil || given != e.Given || given == (len(lacks) > 0) {
				t.Errorf("%+v: %v, %v, %v", e, given, lacks, err)
			}
		}
		for _, want := range []bool{true, false} {
			said := e
			said.Given = e.Given == want
			if holds := heldByOPA(t, rules.Compiler(), said); holds != want {
				t.Errorf("%+v: its rule holds %v", said, holds)
			}
		}
	}
	if _, _, err := (prove.Example{Class: posada.ClassShelter}).Ask(t.Context(), rules); !errors.Is(err, prove.ErrExample) {
		t.Errorf("half an example is asked: %v", err)
	}
}

// heldByOPA evaluates an example's rule beside the rules.
func heldByOPA(t *testing.T, compiled *ast.Compiler, e prove.Example) bool {
	t.Helper()
	text, err := e.Test()
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]*ast.Module{}
	for name, m := range compiled.Modules {
		modules[name] = m
	}
	test, err := ast.ParseModule("example_test.rego", "package posada.example_test\n\n"+text)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	modules["example_test.rego"] = test
	compiler := ast.NewCompiler()
	if compiler.Compile(modules); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	results, err := rego.New(rego.Compiler(compiler), rego.Query("data.posada.example_test."+string(test.Rules[0].Head.Name))).Eval(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(results) == 1
}
