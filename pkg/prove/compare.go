package prove

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// evaluator is one way to let OPA evaluate a query.
type evaluator struct {
	name    string
	query   rego.PreparedEvalQuery
	options []rego.EvalOption
}

func evaluators(ctx context.Context, engine *pdp.Engine, query string) ([]evaluator, error) {
	prepared, err := engine.Prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return []evaluator{
		{name: "as it runs", query: prepared},
		{name: "unindexed", query: prepared, options: []rego.EvalOption{rego.EvalRuleIndexing(false), rego.EvalEarlyExit(false)}},
	}, nil
}

// conditionQueries asks for the categories for which a condition holds.
func (s subject[T]) conditionQueries(ctx context.Context, engine *pdp.Engine, c condition[T]) ([]evaluator, error) {
	asked := "input.asked[_]"
	if s.name == "receive" {
		asked = "input.carried[_]"
	}
	var alternatives []string
	if c.whole {
		alternatives = append(alternatives, fmt.Sprintf("{c | c := %s; %s[%q]}", asked, s.met, c.id))
	} else {
		for _, f := range s.metFor {
			alternatives = append(alternatives, fmt.Sprintf("{c | c := %s; %s(%q, c)}", asked, f, c.id))
		}
	}
	return evaluators(ctx, engine, strings.Join(alternatives, " | "))
}

// categoriesOf is the categories a condition is asked for: one for a condition
// that is the same for all.
func (s subject[T]) categoriesOf(c condition[T]) []posada.Category {
	if c.whole {
		return []posada.Category{posada.CategoryNeeds}
	}
	return posada.Members[posada.Category]()
}

func (e evaluator) run(ctx context.Context, input ast.Value, answer any) error {
	results, err := e.query.Eval(ctx, append(slices.Clone(e.options), rego.EvalParsedInput(input))...)
	if err != nil {
		return err
	}
	if len(results) != 1 {
		return fmt.Errorf("%w: %s: no answer", ErrDisagreement, e.name)
	}
	text, err := json.Marshal(results[0].Expressions[0].Value)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, answer)
}

// compareCondition holds one condition for one input against the oracle, for
// every category, in every evaluator.
func (s subject[T]) compareCondition(ctx context.Context, queries []evaluator, c condition[T], in T) error {
	categories := s.categoriesOf(c)
	in = s.ask(in, posada.SetOf(categories...))
	input, err := ast.InterfaceToValue(in)
	if err != nil {
		return err
	}
	for _, e := range queries {
		var met posada.Set[posada.Category]
		if err := e.run(ctx, input, &met); err != nil {
			return fmt.Errorf("%s %s: %w", s.name, e.name, err)
		}
		for _, category := range categories {
			if got, want := met.Has(category), c.holds(in, category); got != want {
				return s.disagree(e, c.id, category, in, got, want)
			}
		}
	}
	return nil
}

// compareDecision holds a whole decision against the oracle's: permitted is
// the conjunction, unmet is what does not hold.
func (s subject[T]) compareDecision(ctx context.Context, decisions []evaluator, in T) error {
	input, err := ast.InterfaceToValue(in)
	if err != nil {
		return err
	}
	for _, e := range decisions {
		var got struct {
			Permitted posada.Set[posada.Category]            `json:"permitted"`
			Unmet     map[posada.Category][]posada.Condition `json:"unmet"`
		}
		if err := e.run(ctx, input, &got); err != nil {
			return fmt.Errorf("%s %s: %w", s.name, e.name, err)
		}
		asked := s.asked(in)
		for _, category := range posada.Members[posada.Category]() {
			var lacks []posada.Condition
			if asked.Has(category) {
				for _, c := range s.oracle {
					if !c.holds(in, category) {
						lacks = append(lacks, c.id)
					}
				}
			}
			slices.Sort(lacks)
			unmet := slices.Sorted(slices.Values(got.Unmet[category]))
			if want := asked.Has(category) && len(lacks) == 0; got.Permitted.Has(category) != want || !slices.Equal(unmet, lacks) {
				return s.disagree(e, "decision", category, in, got.Permitted.Has(category), want)
			}
		}
	}
	return nil
}

func (s subject[T]) disagree(e evaluator, id posada.Condition, category posada.Category, in T, got, want bool) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: %s %s, %s, category %s: the rules say %v, the oracle %v, for %s",
		ErrDisagreement, s.name, id, e.name, category, got, want, text)
}
