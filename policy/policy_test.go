package policy_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/policy"
)

// modules parses every rule and test; rules only where tests is false.
func modules(t *testing.T, tests bool) map[string]*ast.Module {
	t.Helper()
	parsed := map[string]*ast.Module{}
	walk(t, func(name, text string) {
		if strings.HasSuffix(name, "_test.rego") && !tests {
			return
		}
		m, err := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{ProcessAnnotation: true})
		if err != nil {
			t.Fatal(err)
		}
		parsed[name] = m
	})
	return parsed
}

func walk(t *testing.T, visit func(name, text string)) {
	t.Helper()
	count := 0
	err := fs.WalkDir(policy.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".rego" {
			return err
		}
		text, err := fs.ReadFile(policy.Files, name)
		visit(name, string(text))
		count++
		return err
	})
	if err != nil || count < 8 {
		t.Fatalf("%d rego files, %v", count, err)
	}
}

func TestRulesAreFormattedAsOPADoes(t *testing.T) {
	walk(t, func(name, text string) {
		formatted, err := format.SourceWithOpts(name, []byte(text), format.Opts{})
		if err != nil {
			t.Fatal(err)
		}
		if string(formatted) != text {
			t.Errorf("%s: run opa fmt -w policy", name)
		}
	})
}

func TestRulesPassTheStrictCheck(t *testing.T) {
	compiler := ast.NewCompiler().WithStrict(true)
	if compiler.Compile(modules(t, true)); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
}

// TestEveryRegoTestPassesAndEveryRuleIsCovered runs the tests beside the rules
// as opa test --coverage does and accepts no line that none of them reached.
func TestEveryRegoTestPassesAndEveryRuleIsCovered(t *testing.T) {
	all := modules(t, true)
	coverage := cover.New()
	runner := tester.NewRunner().SetStore(inmem.New()).SetModules(all).SetCoverageQueryTracer(coverage).
		SetCompiler(ast.NewCompiler().WithStrict(true))
	results, err := runner.RunTests(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	for r := range results {
		if !r.Pass() {
			t.Errorf("%s.%s: %v", r.Package, r.Name, r.Error)
			continue
		}
		passed++
	}
	if passed < 25 {
		t.Errorf("only %d rego tests ran", passed)
	}
	report := coverage.Report(all)
	for name, file := range report.Files {
		if !strings.HasSuffix(name, "_test.rego") && len(file.NotCovered) > 0 {
			t.Errorf("%s: not covered: %v", name, lines(file.NotCovered))
		}
	}
	t.Logf("%d rego tests", passed)
}

func lines(ranges []cover.Range) []string {
	var out []string
	for _, r := range ranges {
		out = append(out, fmt.Sprintf("%d-%d", r.Start.Row, r.End.Row))
	}
	return out
}

// TestEveryRuleSaysWhatItIs asks for a title, an id of its own and a kind on
// every rule, one permit rule and one entry point a folder, tests beside them.
func TestEveryRuleSaysWhatItIs(t *testing.T) {
	kinds := []string{"constant", "helper", "condition", "layer", "permit", "explanation", "obligation", "entrypoint"}
	ids := map[string]string{}
	folders := map[string]map[string]int{}
	for name, m := range modules(t, false) {
		folder := path.Dir(name)
		if folders[folder] == nil {
			folders[folder] = map[string]int{}
		}
		for _, rule := range m.Rules {
			at := fmt.Sprintf("%s:%d", name, rule.Location.Row)
			i := slices.IndexFunc(rule.Annotations, func(a *ast.Annotations) bool { return a.Scope == "rule" || a.Scope == "document" })
			if i < 0 {
				t.Errorf("%s has no METADATA", at)
				continue
			}
			a := rule.Annotations[i]
			id, _ := a.Labels["id"].(string)
			kind, _ := a.Labels["kind"].(string)
			if a.Title == "" || id == "" || !slices.Contains(kinds, kind) {
				t.Errorf("%s: title %q, id %q, kind %q", at, a.Title, id, kind)
			}
			if other, twice := ids[id]; twice {
				t.Errorf("%s has the id of %s", at, other)
			}
			ids[id] = at
			folders[folder][kind]++
			if rule.Default {
				t.Errorf("%s: a default hides what is missing", at)
			}
		}
	}
	for folder, count := range folders {
		if folder == "vocabulary" {
			continue
		}
		if count["entrypoint"] != 1 {
			t.Errorf("%s has %d entry points", folder, count["entrypoint"])
		}
		if _, err := fs.Stat(policy.Files, folder+"/"+folder+"_test.rego"); err != nil {
			t.Errorf("%s has no test beside it", folder)
		}
	}
	for _, folder := range []string{"ask", "disclose", "receive", "onward", "view"} {
		if folders[folder]["permit"] != 1 {
			t.Errorf("%s has %d rules that permit; one explains an allow", folder, folders[folder]["permit"])
		}
	}
	t.Logf("%d rules", len(ids))
}

// update writes docs/policy.md anew: go test ./policy -run Document -update.
var update = flag.Bool("update", false, "write docs/policy.md anew")

// TestTheDocumentSaysWhatTheRulesSay holds docs/policy.md against the
// annotations and the table it is made from.
func TestTheDocumentSaysWhatTheRulesSay(t *testing.T) {
	const path = "../docs/policy.md"
	want := document(t)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/policy.md is not what the rules say; run go test ./policy -run Document -update")
	}
}

// document writes every rule as a sentence, and the table.
func document(t *testing.T) string {
	var out strings.Builder
	out.WriteString("# Policy\n\nMade from the annotations of `policy/`; the rules themselves are there, tests beside them.\nA condition's id is what `posada referral preview` and the API name it by.\n")
	all := modules(t, false)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		m := all[name]
		fmt.Fprintf(&out, "\n## %s\n\n", name)
		for _, a := range m.Annotations {
			if a.Scope == "package" {
				fmt.Fprintf(&out, "%s.\n", a.Title)
				if a.Description != "" {
					fmt.Fprintf(&out, "%s\n", a.Description)
				}
				out.WriteString("\n")
			}
		}
		out.WriteString("| id | kind | |\n|---|---|---|\n")
		for _, rule := range m.Rules {
			for _, a := range rule.Annotations {
				if a.Labels["id"] != nil {
					fmt.Fprintf(&out, "| %v | %v | %s |\n", a.Labels["id"], a.Labels["kind"], a.Title)
				}
			}
		}
	}
	out.WriteString("\n## The network's table\n\n`policy/network/matrix.json`. What is not here is never.\n\n| class | purpose | category: mode |\n|---|---|---|\n")
	text, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Silence map[posada.Priority]map[posada.SilenceStep]int `json:"silence"`
		View    map[posada.StaffRole][]posada.Category         `json:"view"`
		Cells   map[string]map[string]map[string]string        `json:"cells"`
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	for _, class := range slices.Sorted(maps.Keys(table.Cells)) {
		for _, purpose := range slices.Sorted(maps.Keys(table.Cells[class])) {
			byMode := map[string][]string{}
			cells := table.Cells[class][purpose]
			for _, category := range slices.Sorted(maps.Keys(cells)) {
				byMode[cells[category]] = append(byMode[cells[category]], category)
			}
			var parts []string
			for _, mode := range slices.Sorted(maps.Keys(byMode)) {
				parts = append(parts, fmt.Sprintf("**%s**: %s", mode, strings.Join(byMode[mode], ", ")))
			}
			fmt.Fprintf(&out, "| %s | %s | %s |\n", class, purpose, strings.Join(parts, "; "))
		}
	}
	documentView(&out, table.View)
	documentSilence(&out, table.Silence)
	documentMinors(t, &out)
	return out.String()
}

// documentView writes which role sees what.
func documentView(out *strings.Builder, view map[posada.StaffRole][]posada.Category) {
	out.WriteString("\n## Who sees what inside an agency\n\nIn the same file, under `view`. A role that is not here sees nothing, and so does every role of a category without a mark. A table without `view` shows what this one does.\n\n| category |")
	for _, role := range posada.Members[posada.StaffRole]() {
		if _, sees := view[role]; sees {
			fmt.Fprintf(out, " %s |", role)
		}
	}
	out.WriteString("\n|---|" + strings.Repeat("---|", len(view)) + "\n")
	for _, category := range posada.Members[posada.Category]() {
		fmt.Fprintf(out, "| %s |", category)
		for _, role := range posada.Members[posada.StaffRole]() {
			if categories, sees := view[role]; sees {
				fmt.Fprintf(out, " %s |", map[bool]string{true: "sees"}[slices.Contains(categories, category)])
			}
		}
		out.WriteString("\n")
	}
}

// documentSilence writes what follows when nobody answers.
func documentSilence(out *strings.Builder, table map[posada.Priority]map[posada.SilenceStep]int) {
	out.WriteString("\n## What follows when nobody answers\n\nIn the same file: after how many minutes each step comes due.\n\n| priority |")
	for _, step := range posada.Members[posada.SilenceStep]() {
		fmt.Fprintf(out, " %s |", step)
	}
	out.WriteString("\n|---|" + strings.Repeat("---|", len(posada.Members[posada.SilenceStep]())) + "\n")
	for _, priority := range posada.Members[posada.Priority]() {
		fmt.Fprintf(out, "| %s |", priority)
		for _, step := range posada.Members[posada.SilenceStep]() {
			fmt.Fprintf(out, " %d |", table[priority][step])
		}
		out.WriteString("\n")
	}
}

// documentMinors writes what minors may consent to alone.
func documentMinors(t *testing.T, out *strings.Builder) {
	text, err := fs.ReadFile(policy.Files, policy.MinorsFile)
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Serves map[string][]string `json:"serves"`
		Rows   []struct {
			Jurisdictions, Services []string
			Youngest, Source        string
			Cosigned                bool
			Provided, Tells         map[string]string
		} `json:"rows"`
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	out.WriteString("\n## What a minor may consent to alone\n\n`policy/minors/table.json`, guard: it ships with the rules and nobody edits it in a network. " +
		"It is an engineer's reading of the law, not legal advice; have counsel read it before you rely on it. " +
		"Where a statute sets a condition that no fact of a consent says, the row counts only if the child advocate or a legal representative signed too. " +
		"What is not here a minor cannot consent to alone.\n\n| where | services | youngest | signed too, who answers that | beware | source |\n|---|---|---|---|---|---|\n")
	for _, r := range table.Rows {
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s | %s |\n", strings.Join(r.Jurisdictions, ", "), strings.Join(r.Services, ", "), r.Youngest, r.Provided["en"], r.Tells["en"], r.Source)
	}
	out.WriteString("\nEach counts for the purpose of the service alone:\n\n| service | purposes |\n|---|---|\n")
	for _, service := range slices.Sorted(maps.Keys(table.Serves)) {
		fmt.Fprintf(out, "| %s | %s |\n", service, strings.Join(table.Serves[service], ", "))
	}
}
