// Package prove holds the policy against an independent reading of the same
// rules, over the whole finite domain of its inputs.
//
// Guarantee: where a proof reports no disagreement, each condition of the rules
// gives the answer the Go oracle gives for every combination of the facts that
// the condition reads, evaluated by OPA twice: as it runs in a node, and with
// rule indexing and early exit off (OPA's indexer has dropped rules in
// several releases). Which facts a condition reads is asked of the compiler,
// not assumed; a condition that reads a fact outside its enumeration is an
// error. That a decision is exactly the conjunction of its conditions is held
// where any two facts depart together from a case that is permitted, every
// value of the one with some of the other, and over random inputs.
//
// Limit: sets are enumerated by membership of each word, because the rules can
// only ask for membership (their builtins have no count of a set in an input).
package prove

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/dependencies"
	"golang.org/x/sync/errgroup"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// ErrDisagreement says that two readings of the rules differ.
var ErrDisagreement = errors.New("the rules and the oracle disagree")

// Report counts what was compared.
type Report struct {
	Conditions int // conditions of the rules
	Contexts   int // inputs evaluated for them
	Points     int // inputs × categories compared
	Evaluators int // how many ways each was evaluated
	Joint      int // whole decisions compared: pairs of departures and random inputs
}

// subject is one entry point under proof.
type subject[T comparable] struct {
	name   string
	rules  string // the package: data.posada.disclose
	axes   []axis[T]
	oracle []condition[T]
	base   T // an input whose every condition holds
	ask    func(T, posada.Set[posada.Category]) T
	// met and metFor are the rules that state conditions: sets of what holds
	// for the whole input, and functions of a condition and a category.
	met    string
	metFor []string
}

// Entry is an entry point of the rules that is proved.
type Entry string

// Entries lists them, in the order in which something passes them.
func Entries() []Entry { return []Entry{"ask", "disclose", "receive", "view", "onward"} }

// Prove compares what one entry point decides, and tells watch, which may be nil, how many of
// all inputs were compared.
func Prove(ctx context.Context, engine *pdp.Engine, table []byte, entry Entry, watch func(done, all int)) (Report, error) {
	m, err := readMatrix(table)
	if err != nil {
		return Report{}, err
	}
	switch entry {
	case "ask":
		return prove(ctx, engine, askingSubject(m), watch)
	case "disclose":
		alone, err := readMinors(engine.Minors())
		if err != nil {
			return Report{}, err
		}
		return prove(ctx, engine, disclosureSubject(m, alone), watch)
	case "receive":
		return prove(ctx, engine, receptionSubject(m), watch)
	case "view":
		view, err := readView(table)
		if err != nil {
			return Report{}, err
		}
		return prove(ctx, engine, viewingSubject(view), watch)
	case "onward":
		return prove(ctx, engine, passingSubject(m), watch)
	}
	return Report{}, fmt.Errorf("%w: no entry point %s", ErrDisagreement, entry)
}

func readMatrix(text []byte) (Matrix, error) {
	var file struct {
		Cells Matrix `json:"cells"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("read matrix: %w", err)
	}
	return file.Cells, nil
}

// prove compares a subject, and tells watch how many of all inputs were compared; nil where
// nobody watches.
func prove[T comparable](ctx context.Context, engine *pdp.Engine, s subject[T], watch func(done, all int)) (Report, error) {
	read, err := factsRead(engine.Compiler(), s.rules)
	if err != nil {
		return Report{}, err
	}
	if err := sameConditions(read, s.oracle); err != nil {
		return Report{}, fmt.Errorf("%s: %w", s.name, err)
	}
	decisions, err := evaluators(ctx, engine, s.rules+".decision")
	if err != nil {
		return Report{}, err
	}
	report := Report{Conditions: len(s.oracle), Evaluators: len(decisions) + 1}
	joint := s.joint()
	report.Joint = len(joint)
	compare := func(in T) error { return s.compareDecision(ctx, decisions, in) }
	// Small conditions first, then a few whole decisions, then the large: what is
	// wrong is found early, and all is compared in the end.
	conditions, err := s.enumerate(read)
	if err != nil {
		return Report{}, err
	}
	all, done := len(joint), 0
	for _, c := range conditions {
		all += len(c.inputs)
	}
	compared := func(more int) {
		if done += more; watch != nil {
			watch(done, all)
		}
	}
	small := slices.IndexFunc(append(conditions, enumerated[T]{inputs: make([]T, few+1)}), func(e enumerated[T]) bool { return len(e.inputs) > few })
	first, rest := joint[:min(few, len(joint))], joint[min(few, len(joint)):]
	for _, step := range []func() error{
		func() error { return s.compareAll(ctx, engine, conditions[:small], &report, compared) },
		func() error { return each(ctx, first, compare, compared) },
		func() error { return s.compareAll(ctx, engine, conditions[small:], &report, compared) },
		func() error { return each(ctx, rest, compare, compared) },
	} {
		if err := step(); err != nil {
			return Report{}, err
		}
	}
	return report, nil
}

// few is how many inputs are compared before the many.
const few = 700

// compareAll compares conditions, each for every input it can tell apart.
func (s subject[T]) compareAll(ctx context.Context, engine *pdp.Engine, conditions []enumerated[T], report *Report, compared func(int)) error {
	for _, c := range conditions {
		queries, err := s.conditionQueries(ctx, engine, c.condition)
		if err != nil {
			return err
		}
		report.Contexts += len(c.inputs)
		report.Points += len(c.inputs) * len(s.categoriesOf(c.condition))
		if err := each(ctx, c.inputs, func(in T) error { return s.compareCondition(ctx, queries, c.condition, in) }, compared); err != nil {
			return err
		}
	}
	return nil
}

// enumerated is a condition with every input it can tell apart.
type enumerated[T comparable] struct {
	condition condition[T]
	inputs    []T
}

// enumerate pairs each condition with its inputs, the smallest first.
func (s subject[T]) enumerate(read map[string][]string) ([]enumerated[T], error) {
	var all []enumerated[T]
	for _, c := range s.oracle {
		inputs, err := s.product(read[string(c.id)])
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", s.name, c.id, err)
		}
		all = append(all, enumerated[T]{c, inputs})
	}
	slices.SortFunc(all, func(a, b enumerated[T]) int { return cmp.Compare(len(a.inputs), len(b.inputs)) })
	return all, nil
}

// factsRead asks the compiler which facts of the input each condition reads,
// through every rule it calls.
func factsRead(compiler *ast.Compiler, pkg string) (map[string][]string, error) {
	read := map[string]map[string]bool{}
	for _, m := range compiler.Modules {
		if m.Package.Path.String() != pkg {
			continue
		}
		for _, rule := range m.Rules {
			id := conditionOf(rule)
			if id == "" {
				continue
			}
			refs, err := dependencies.Base(compiler, rule)
			if err != nil {
				return nil, fmt.Errorf("dependencies of %s: %w", id, err)
			}
			if read[id] == nil {
				read[id] = map[string]bool{}
			}
			for _, ref := range refs {
				if path := ref.String(); strings.HasPrefix(path, "input.") {
					read[id][path] = true
				}
			}
		}
	}
	sorted := map[string][]string{}
	for id, paths := range read {
		sorted[id] = slices.Sorted(maps.Keys(paths))
	}
	return sorted, nil
}

// conditionOf is the condition a rule states: the member it adds to a set of
// met ones, or the first argument of a rule that holds for a category.
func conditionOf(rule *ast.Rule) string {
	var term *ast.Term
	switch name := rule.Head.Name.String(); {
	case strings.HasSuffix(name, "holds_for") && len(rule.Head.Args) == 2:
		term = rule.Head.Args[0]
	case (name == "met" || name == "guard_met") && rule.Head.Key != nil:
		term = rule.Head.Key
	default:
		return ""
	}
	if text, ok := term.Value.(ast.String); ok {
		return string(text)
	}
	return ""
}

func sameConditions[T any](read map[string][]string, oracle []condition[T]) error {
	var known []string
	for _, c := range oracle {
		known = append(known, string(c.id))
	}
	slices.Sort(known)
	if stated := slices.Sorted(maps.Keys(read)); !slices.Equal(stated, known) {
		return fmt.Errorf("%w: the rules state %v, the oracle %v", ErrDisagreement, stated, known)
	}
	return nil
}

// product is every combination of the facts at paths, everything else as in
// the base.
func (s subject[T]) product(paths []string) ([]T, error) {
	inputs := []T{s.base}
	for _, path := range paths {
		if path == "input.asked" || path == "input.carried" {
			continue
		}
		i := slices.IndexFunc(s.axes, func(a axis[T]) bool { return a.path == path })
		if i < 0 {
			return nil, fmt.Errorf("%w: it reads %s, which is not enumerated", ErrDisagreement, path)
		}
		var wider []T
		for _, in := range inputs {
			for v := range s.axes[i].size {
				next := in
				s.axes[i].set(&next, v)
				wider = append(wider, next)
			}
		}
		inputs = wider
	}
	return inputs, nil
}

// joint is every pair of facts departing together from the base, each value of
// the one with some of the other, and random inputs; each asks for a few
// categories, what may leave and what may not among them.
func (s subject[T]) joint() []T {
	all := posada.Members[posada.Category]()
	random := newRandom()
	some := func() posada.Set[posada.Category] {
		set := posada.SetOf(posada.CategoryNeeds)
		for range 3 {
			set = set.With(all[random.IntN(len(all))])
		}
		return set
	}
	seen := map[T]bool{}
	for i, a := range s.axes {
		for _, b := range s.axes[:i] {
			for v := range max(a.size, b.size) {
				in := s.base
				a.set(&in, v%a.size)
				b.set(&in, random.IntN(b.size))
				seen[s.ask(in, some())] = true
			}
		}
	}
	for range 2_000 {
		in := s.base
		for _, a := range s.axes {
			if random.IntN(3) == 0 {
				a.set(&in, random.IntN(a.size))
			}
		}
		seen[s.ask(in, some())] = true
	}
	inputs := slices.Collect(maps.Keys(seen))
	random.Shuffle(len(inputs), func(i, j int) { inputs[i], inputs[j] = inputs[j], inputs[i] })
	return inputs
}

// together is how many inputs are compared between two words to whoever watches.
const together = 200

// each runs check over the inputs on two workers, and says how many more were compared.
func each[T any](ctx context.Context, inputs []T, check func(T) error, compared func(int)) error {
	const workers = 2
	for part := range slices.Chunk(inputs, together) {
		group, ctx := errgroup.WithContext(ctx)
		for w := range workers {
			group.Go(func() error {
				for i := w; i < len(part); i += workers {
					if err := ctx.Err(); err != nil {
						return err
					}
					if err := check(part[i]); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
		compared(len(part))
	}
	return nil
}
