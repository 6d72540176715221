package prove_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/posada-exchange/posada/pkg/posada"
)

// mutant is one change to one rule of a file.
type mutant struct {
	file, rule, change string
	apply              func()
}

// String names a mutant the same in every run.
func (m mutant) String() string { return m.file + " " + m.rule + ": " + m.change }

// mutator finds every place of a module where it can be changed once. What it
// returns changes the module it was given.
type mutator struct {
	file, rule string
	names      []string            // of the vocabulary's constants
	words      map[string][]string // each word's own vocabulary
	found      []mutant
}

func (m *mutator) add(apply func(), change string, args ...any) {
	m.found = append(m.found, mutant{m.file, m.rule, fmt.Sprintf(change, args...), apply})
}

// module mutates every rule: the rule gone, each expression of each body gone or
// turned round, each member of each set gone, each word another of its
// vocabulary, each constant of the vocabulary another one.
func (m *mutator) module(module *ast.Module) []mutant {
	for i, rule := range module.Rules {
		m.rule = fmt.Sprintf("%d:%s", i, idOf(rule))
		m.add(func() { module.Rules = slices.Delete(module.Rules, i, i+1) }, "rule gone")
		if rule.Head.Key != nil {
			m.term(rule.Head.Key)
		}
		if rule.Head.Value != nil {
			m.term(rule.Head.Value)
		}
		for _, arg := range rule.Head.Args {
			m.term(arg)
		}
		m.body(rule.Body, func(b ast.Body) { rule.Body = b })
	}
	return m.found
}

func idOf(rule *ast.Rule) string {
	for _, a := range rule.Annotations {
		if id, ok := a.Labels["id"].(string); ok {
			return id
		}
	}
	return rule.Head.Name.String()
}

func (m *mutator) body(body ast.Body, set func(ast.Body)) {
	for i, expr := range body {
		if _, isTrue := expr.Terms.(*ast.Term); isTrue && len(body) == 1 && expr.String() == "true" {
			continue
		}
		rest := slices.Delete(slices.Clone(body), i, i+1)
		if len(rest) == 0 {
			rest = ast.NewBody(ast.NewExpr(ast.BooleanTerm(true)))
		}
		m.add(func() { set(rest) }, "without %s", expr)
		m.expr(expr)
	}
}

func (m *mutator) expr(expr *ast.Expr) {
	switch terms := expr.Terms.(type) {
	case *ast.SomeDecl:
		for _, symbol := range terms.Symbols {
			m.term(symbol)
		}
	case *ast.Every:
		m.term(terms.Domain)
		m.body(terms.Body, func(b ast.Body) { terms.Body = b })
	case *ast.Term:
		m.negate(expr)
		m.term(terms)
	case []*ast.Term:
		m.operator(expr, terms)
		for _, arg := range terms[1:] {
			m.term(arg)
		}
	}
}

func (m *mutator) negate(expr *ast.Expr) {
	m.add(func() { expr.Negated = !expr.Negated }, "not %s", expr)
}

// operator turns a comparison round; an assignment is none.
func (m *mutator) operator(expr *ast.Expr, terms []*ast.Term) {
	if terms[0].String() != "assign" && terms[0].String() != "eq" {
		m.negate(expr)
	}
}

func (m *mutator) term(t *ast.Term) {
	switch v := t.Value.(type) {
	case ast.String:
		m.word(t, string(v))
	case ast.Number:
		m.add(func() { replaced(t, ast.Number(string(v)+"0")) }, "%s is ten times that", v)
	case ast.Boolean:
		m.add(func() { replaced(t, !v) }, "%v turned round", v)
	case ast.Set:
		m.members(v.Slice(), func(rest []*ast.Term) { t.Value = ast.NewSet(rest...) })
	case *ast.Array:
		var all []*ast.Term
		v.Foreach(func(e *ast.Term) { all = append(all, e) })
		m.members(all, func(rest []*ast.Term) { t.Value = ast.NewArray(rest...) })
	case ast.Object:
		m.object(t, v)
	case ast.Ref:
		m.ref(t, v)
	case ast.Call:
		m.call(t, v)
	case *ast.SetComprehension:
		m.body(v.Body, func(b ast.Body) { v.Body = b })
	}
}

func (m *mutator) members(all []*ast.Term, set func([]*ast.Term)) {
	for i, e := range all {
		m.add(func() { set(slices.Delete(slices.Clone(all), i, i+1)) }, "%s without %s", shortly(all), e)
		m.term(e)
	}
}

func shortly(all []*ast.Term) string {
	text := fmt.Sprint(all)
	if len(text) > 40 {
		return text[:40] + "…"
	}
	return text
}

func (m *mutator) object(t *ast.Term, o ast.Object) {
	var pairs [][2]*ast.Term
	o.Foreach(func(k, v *ast.Term) { pairs = append(pairs, [2]*ast.Term{k, v}) })
	for i, pair := range pairs {
		m.add(func() { t.Value = ast.NewObject(slices.Delete(slices.Clone(pairs), i, i+1)...) }, "without the member %s", pair[0])
		m.term(pair[1])
	}
}

// ref mutates which constant of the vocabulary is meant.
func (m *mutator) ref(t *ast.Term, ref ast.Ref) {
	if len(ref) > 1 && ref[0].Value.Compare(ast.Var("vocabulary")) == 0 {
		name := string(ref[1].Value.(ast.String))
		other := next(m.names, name)
		m.add(func() {
			changed := slices.Clone(ref)
			changed[1] = ast.StringTerm(other)
			t.Value = changed
		}, "%s is %s", name, other)
	}
	for _, e := range ref[1:] {
		if _, path := e.Value.(ast.String); !path {
			m.term(e)
		}
	}
}

// call mutates a call inside an expression: of what is put together or taken
// away, one side alone.
func (m *mutator) call(t *ast.Term, c ast.Call) {
	switch c[0].String() {
	case "or", "minus", "and":
		for _, side := range c[1:] {
			m.add(func() { t.Value = side.Value }, "%s alone", side)
		}
	}
	for _, arg := range c[1:] {
		m.term(arg)
	}
}

// word makes a word the next of its own vocabulary, or one that is in none.
func (m *mutator) word(t *ast.Term, word string) {
	other := "unheard_of"
	if all := m.words[word]; len(all) > 1 {
		other = next(all, word)
	}
	m.add(func() { replaced(t, ast.String(other)) }, "%s is %s", word, other)
}

// replaced is a term with another value; the formatter writes some as they were
// read, from their place.
func replaced(t *ast.Term, v ast.Value) {
	t.Value = v
	if t.Location != nil {
		place := *t.Location
		place.Text, t.Location = []byte(v.String()), &place
	}
}

func next(all []string, word string) string {
	return all[(slices.Index(all, word)+1)%len(all)]
}

// vocabularies is each word with the vocabulary it is in. Of a word in two it is
// the larger: a change of it is the one more likely to be missed.
func vocabularies(modules map[string]*ast.Module) map[string][]string {
	all := [][]string{
		posada.Texts(posada.Members[posada.AgencyClass]()), posada.Texts(posada.Members[posada.Purpose]()), posada.Texts(posada.Members[posada.Category]()),
		posada.Texts(posada.Members[posada.Standing]()), posada.Texts(posada.Members[posada.Naming]()), posada.Texts(posada.Members[posada.ConsentStatus]()),
		posada.Texts(posada.Members[posada.Window]()), posada.Texts(posada.Members[posada.Use]()), posada.Texts(posada.Members[posada.GivenBy]()),
		posada.Texts(posada.Members[posada.AgeBand]()), posada.Texts(posada.Members[posada.Assent]()), posada.Texts(posada.Members[posada.ConflictCheck]()),
		posada.Texts(posada.Members[posada.OptIn]()), posada.Texts(posada.Members[posada.ServiceCondition]()), posada.Texts(posada.Members[posada.Staleness]()),
		posada.Texts(posada.Members[posada.CoSigner]()), posada.Texts(posada.Members[posada.Informed]()), posada.Texts(posada.Members[posada.StaffRole]()),
		posada.Texts(posada.Members[posada.Assignment]()), posada.Texts(posada.Members[posada.Origin]()),
		{"consent", "consent_cosigned", "ceremony", "never"},
	}
	all = append(all, conditions(modules)...)
	words := map[string][]string{}
	for _, vocabulary := range all {
		for _, w := range vocabulary {
			if len(vocabulary) > len(words[w]) {
				words[w] = vocabulary
			}
		}
	}
	return words
}

// conditions is the names of what each folder's rules ask for.
func conditions(modules map[string]*ast.Module) (all [][]string) {
	byFolder := map[string][]string{}
	for name, module := range modules {
		folder, _, _ := strings.Cut(name, "/")
		for _, rule := range module.Rules {
			if !strings.HasSuffix(rule.Head.Name.String(), "conditions") {
				continue
			}
			rule.Head.Value.Value.(ast.Set).Foreach(func(t *ast.Term) {
				byFolder[folder] = append(byFolder[folder], string(t.Value.(ast.String)))
			})
		}
	}
	for _, names := range byFolder {
		slices.Sort(names)
		all = append(all, names)
	}
	return all
}

// constants is the names of the vocabulary's constants.
func constants(t *testing.T, module *ast.Module) (names []string) {
	t.Helper()
	for _, rule := range module.Rules {
		names = append(names, rule.Head.Name.String())
	}
	if len(names) < 8 {
		t.Fatalf("the vocabulary has %v", names)
	}
	return names
}
