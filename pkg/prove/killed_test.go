package prove_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/policy"
)

// mutants is how many of all mutants of the rules are tried; go test -mutants 0
// tries all of them.
var (
	mutants = flag.Int("mutants", 10, "mutants of the rules tried; 0 for all")
	all     = flag.Bool("all", false, "every change to a rule that is written out here")
)

// few is how many rows of a long table are gone through: all of them with -all.
func few(rows int) int {
	if *all {
		return 0
	}
	return rows
}

// rules parses every rule of the policy, or every test.
func rules(t *testing.T, tests bool) map[string]*ast.Module {
	t.Helper()
	parsed := map[string]*ast.Module{}
	err := fs.WalkDir(policy.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".rego" || strings.HasSuffix(name, "_test.rego") != tests {
			return err
		}
		parsed[name], err = parse(name)
		return err
	})
	if err != nil || len(parsed) < 4 {
		t.Fatalf("%d files, %v", len(parsed), err)
	}
	return parsed
}

func parse(name string) (*ast.Module, error) {
	text, err := fs.ReadFile(policy.Files, name)
	if err != nil {
		return nil, err
	}
	return ast.ParseModuleWithOpts(name, string(text), ast.ParserOptions{ProcessAnnotation: true})
}

// nursery makes mutants: each by its number, of files parsed anew.
type nursery struct {
	names []string
	words map[string][]string
}

// of is every mutant of a file, each of which changes the module it comes with.
func (n nursery) of(file string) (*ast.Module, []mutant, error) {
	module, err := parse(file)
	if err != nil {
		return nil, nil, err
	}
	m := &mutator{file: file, names: n.names, words: n.words}
	return module, m.module(module), nil
}

// text is a file with its nth mutant in it.
func (n nursery) text(file string, nth int) (string, error) {
	module, all, err := n.of(file)
	if err != nil {
		return "", err
	}
	all[nth].apply()
	text, err := format.AstWithOpts(module, format.Opts{})
	return string(text), err
}

// outcome is what became of a mutant.
type outcome int

const (
	unborn  outcome = iota // it does not compile
	tested                 // a test beside the rules is red
	proven                 // the proof is
	survive                // nothing is
)

// born compiles a changed file with the others, as a node does and with its tests.
func born(ctx context.Context, file, text string, tests map[string]*ast.Module) (*pdp.Engine, map[string]*ast.Module, error) {
	files := fstest.MapFS{}
	modules := maps.Clone(tests)
	err := fs.WalkDir(policy.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.rego") {
			return err
		}
		data, err := fs.ReadFile(policy.Files, name)
		if name == file {
			data = []byte(text)
		}
		files[name] = &fstest.MapFile{Data: data}
		if err == nil && path.Ext(name) == ".rego" {
			modules[name], err = ast.ParseModuleWithOpts(name, string(data), ast.ParserOptions{ProcessAnnotation: true})
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	engine, err := pdp.New(ctx, files)
	return engine, modules, err
}

// place is where a file is changed: by its nth mutant.
type place struct {
	mutant
	nth int
}

func (n nursery) places(t *testing.T, files []string) (all []place) {
	t.Helper()
	for _, file := range files {
		_, found, err := n.of(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range found {
			all = append(all, place{m, i})
		}
	}
	return all
}

// try compiles a mutant, runs the tests that see it and then the proof, but for
// one that is explained: to go through the whole domain for it takes minutes.
func (n nursery) try(ctx context.Context, p place, tests map[string]*ast.Module) (outcome, error) {
	text, err := n.text(p.file, p.nth)
	if err != nil {
		return 0, err
	}
	engine, modules, err := born(ctx, p.file, text, tests)
	switch {
	case err != nil:
		return unborn, nil
	case !green(ctx, p.file, modules):
		return tested, nil
	case survivors()[p.String()] != "":
		return survive, nil
	}
	matrix, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	if err != nil {
		return 0, err
	}
	return proof(ctx, p.file, engine, matrix)
}

// green reports whether every test passes that sees the file.
func green(ctx context.Context, file string, modules map[string]*ast.Module) bool {
	folder := path.Dir(file)
	for name := range modules {
		if strings.HasSuffix(name, "_test.rego") && folder != "vocabulary" && path.Dir(name) != folder {
			delete(modules, name)
		}
	}
	results, err := tester.NewRunner().SetStore(inmem.New()).SetModules(modules).RunTests(ctx, nil)
	if err != nil {
		return false // it does not compile with its tests
	}
	passes := true
	for r := range results {
		passes = passes && r.Pass()
	}
	return passes
}

// proof runs the proof of the file's folder. A constant of the vocabulary is held
// against pkg/posada instead: the proofs read it through every rule, which is
// slower and no stricter.
func proof(ctx context.Context, file string, engine *pdp.Engine, matrix []byte) (outcome, error) {
	var err error
	if folder := path.Dir(file); folder == "vocabulary" {
		err = wordsHold(ctx, engine)
	} else if entry := prove.Entry(folder); slices.Contains(prove.Entries(), entry) {
		_, err = prove.Prove(ctx, engine, matrix, entry, nil)
	}
	if errors.Is(err, prove.ErrDisagreement) {
		return proven, nil
	}
	return survive, err
}

// wordsHold holds every set of the vocabulary against pkg/posada.
func wordsHold(ctx context.Context, engine *pdp.Engine) error {
	of := func(yes func(posada.AgencyClass) bool) []string {
		return posada.Texts(slices.DeleteFunc(posada.Members[posada.AgencyClass](), func(c posada.AgencyClass) bool { return !yes(c) }))
	}
	bands := posada.Texts(posada.Members[posada.AgeBand]())
	want := map[string][]string{
		"trusted_classes":    of(func(c posada.AgencyClass) bool { return !c.Distrusted() }),
		"distrusted_classes": of(posada.AgencyClass.Distrusted),
		"receiving_classes":  of(func(c posada.AgencyClass) bool { return c != posada.ClassCoalition }),
		"law_enforcement_purposes": posada.Texts(slices.DeleteFunc(posada.Members[posada.Purpose](), func(p posada.Purpose) bool {
			return !p.OfLawEnforcement()
		})),
		"leaving_categories": posada.Texts(posada.Members[posada.Category]()[:22]),
		"placing_services":   posada.Texts(need.Placing().List()),
		"informed_items":     posada.Texts(posada.Members[posada.Informed]()),
		"minor_bands":        bands[:3], "adult_bands": bands[3:],
		"answered_for": posada.Texts(slices.DeleteFunc(posada.Members[posada.GivenBy](), func(g posada.GivenBy) bool { return g == posada.GivenByMinorAlone })),
		"co_signers":   posada.Texts(posada.Members[posada.CoSigner]()),
	}
	query, err := engine.Prepare(ctx, "data.posada.vocabulary")
	if err != nil {
		return err
	}
	results, err := query.Eval(ctx)
	if err != nil || len(results) != 1 {
		return fmt.Errorf("%w: %w", prove.ErrDisagreement, err)
	}
	got := results[0].Expressions[0].Value.(map[string]any)
	for name, words := range want {
		set, _ := got[name].([]any)
		have := strings.Fields(strings.Trim(fmt.Sprint(set), "[]"))
		if slices.Sort(words); !slices.Equal(have, words) {
			return fmt.Errorf("%w: %s is %v", prove.ErrDisagreement, name, have)
		}
	}
	return nil
}

// TestEveryRuleChangedOnceIsNoticed changes each rule once in every way the
// mutator knows, and holds that a test or the proof turns red, or that it is said
// here why none can.
func TestEveryRuleChangedOnceIsNoticed(t *testing.T) {
	all, tests := rules(t, false), rules(t, true)
	n := nursery{constants(t, all["vocabulary/vocabulary.rego"]), vocabularies(all)}
	places := n.places(t, slices.Sorted(maps.Keys(all)))
	step := 1
	if *mutants > 0 {
		step = max(1, len(places) / *mutants)
	}
	var count [survive + 1]int
	explained := map[string]bool{}
	for i := 0; i < len(places); i += step {
		p := places[i]
		became, err := n.try(t.Context(), p, tests)
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		count[became]++
		if became == survive {
			explained[p.String()] = true
			if survivors()[p.String()] == "" {
				t.Errorf("nothing notices %s", p)
			}
		}
	}
	for name := range survivors() {
		if step == 1 && !explained[name] {
			t.Errorf("it is explained why %s survives, and it does not", name)
		}
	}
	t.Logf("%d mutants of %d: %d do not compile, tests notice %d, the proof %d more, %d survive",
		(len(places)+step-1)/step, len(places), count[unborn], count[tested], count[proven], count[survive])
}

// TestWithNothingChangedNothingIsNoticed: a test that is always red would notice
// every mutant.
func TestWithNothingChangedNothingIsNoticed(t *testing.T) {
	tests := rules(t, true)
	for file, module := range rules(t, false) {
		text, err := format.AstWithOpts(module, format.Opts{})
		if err != nil {
			t.Fatal(err)
		}
		engine, modules, err := born(t.Context(), file, string(text), tests)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if err := wordsHold(t.Context(), engine); err != nil || !green(t.Context(), file, modules) {
			t.Errorf("%s as it is: %v", file, err)
		}
	}
}

// survivors is why a mutant that nothing notices changes nothing that matters.
func survivors() map[string]string {
	return map[string]string{
		`connect/connect.rego 3:connect.subscribe: without the member "doorbell"`:  "the doorbell subscribes to nothing, and whoever is not in the table subscribes to nothing",
		`disclose/guard.rego 4:G1.opt_in: distrusted_classes is receiving_classes`: "those that may receive are the feared and the others, and the others meet G1 already",
	}
}
