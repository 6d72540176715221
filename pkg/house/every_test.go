package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestWhatIsSampledIsAlsoHeldWhole: each test that goes through a few rows of a table is
// named by make every, which goes through all of them.
func TestWhatIsSampledIsAlsoHeldWhole(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	_, every, _ := strings.Cut(string(text), "\nevery:")
	every, _, _ = strings.Cut(every, "\n\n")
	names := map[string]*regexp.Regexp{}
	for _, line := range regexp.MustCompile(`test -timeout \S+ \./(\S+)(?: -run (\S+))?`).FindAllStringSubmatch(every, -1) {
		names[line[1]] = regexp.MustCompile(strings.Trim(line[2], "'"))
	}
	sampled := 0
	for _, p := range list(t, module+"...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, file := range append(p.TestGoFiles, p.XTestGoFiles...) {
			parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range parsed.Decls {
				test, is := d.(*ast.FuncDecl)
				if !is || !strings.HasPrefix(test.Name.Name, "Test") || !takesAFew(test) {
					continue
				}
				sampled++
				if whole, is := names[name]; !is || !whole.MatchString(test.Name.Name) {
					t.Errorf("%s %s goes through a few rows, and make every does not name it", name, test.Name.Name)
				}
			}
		}
	}
	if sampled < 10 {
		t.Errorf("only %d tests were found: this test sees nothing", sampled)
	}
}

// takesAFew reports whether a test calls few.
func takesAFew(test *ast.FuncDecl) (does bool) {
	ast.Inspect(test, func(n ast.Node) bool {
		if call, is := n.(*ast.CallExpr); is {
			if name, is := call.Fun.(*ast.Ident); is && name.Name == "few" {
				does = true
			}
		}
		return !does
	})
	return does
}
