package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sizes good trees keep.
const (
	maxFile     = 400 // lines
	maxFunction = 60
	maxMain     = 15
)

// source is one of our files, parsed.
type source struct {
	path string // from the root
	set  *token.FileSet
	file *ast.File
	text string
}

func (s source) line(p token.Pos) int { return s.set.Position(p).Line }

// sources parses every Go file that is not a test.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	for _, p := range list(t, module+"...") {
		for _, name := range p.GoFiles {
			full := filepath.Join(p.Dir, name)
			text, err := os.ReadFile(full)
			if err != nil {
				t.Fatal(err)
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, full, text, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, source{strings.TrimPrefix(p.ImportPath, module) + "/" + name, set, file, string(text)})
		}
	}
	return all
}

func TestThingsKeepTheirSize(t *testing.T) {
	for _, s := range sources(t) {
		if lines := strings.Count(s.text, "\n"); lines > maxFile {
			t.Errorf("%s has %d lines; %d at most", s.path, lines, maxFile)
		}
		if strings.HasSuffix(s.path, "/main.go") && strings.Count(s.text, "\n") > maxMain {
			t.Errorf("%s: main is longer than %d lines", s.path, maxMain)
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				if lines := s.line(f.End()) - s.line(f.Pos()) + 1; lines > maxFunction {
					t.Errorf("%s: %s has %d lines; %d at most", s.path, f.Name.Name, lines, maxFunction)
				}
				if f.Name.Name == "init" && f.Recv == nil {
					t.Errorf("%s has an init", s.path)
				}
			}
		}
	}
}

// TestEverythingPublicSaysWhatItIs asks for a comment on every package and
// every exported name, beginning with it.
func TestEverythingPublicSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		dir := filepath.Dir(s.path)
		documented[dir] = documented[dir] || s.file.Doc.Text() != ""
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc.Text() == "" && !obvious(d) {
					t.Errorf("%s:%d: %s has no comment", s.path, s.line(d.Pos()), d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc.Text() == "" && ts.Doc.Text() == "" {
						t.Errorf("%s:%d: %s has no comment", s.path, s.line(ts.Pos()), ts.Name.Name)
					}
				}
			}
		}
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

// obvious: methods of types nobody else sees, and those of errors and
// stringers.
func obvious(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return false
	}
	receiver := f.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	if index, ok := receiver.(*ast.IndexExpr); ok {
		receiver = index.X
	}
	if id, ok := receiver.(*ast.Ident); ok && !id.IsExported() {
		return true
	}
	return f.Name.Name == "Error" || f.Name.Name == "Unwrap" || f.Name.Name == "String"
}

// TestServicesSayWhatTheyHold asks every service's comment for its three
// sentences.
func TestServicesSayWhatTheyHold(t *testing.T) {
	for _, s := range sources(t) {
		if !strings.HasPrefix(s.path, "services/") || s.file.Doc.Text() == "" {
			continue
		}
		for _, sentence := range []string{"Holds:", "May reach:", "If compromised:"} {
			if !strings.Contains(s.file.Doc.Text(), sentence) {
				t.Errorf("%s does not say %q", s.path, sentence)
			}
		}
	}
}

// TestNothingLeavesByTheSideDoor: no printing, exiting or logging outside the
// places for it; no package state that changes; nothing left undone.
func TestNothingLeavesByTheSideDoor(t *testing.T) {
	for _, s := range sources(t) {
		command := strings.HasPrefix(s.path, "cmd/")
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if id, ok := call.Fun.(*ast.Ident); ok && (id.Name == "print" || id.Name == "println") {
				t.Errorf("%s:%d: %s", s.path, s.line(call.Pos()), id.Name)
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok {
				return true
			}
			switch name := pkg.Name + "." + sel.Sel.Name; name {
			case "fmt.Print", "fmt.Println", "fmt.Printf", "os.Exit", "zap.Any", "zap.Reflect", "zap.L", "zap.S", "zap.Error":
				if !command || strings.HasPrefix(name, "zap.") {
					t.Errorf("%s:%d: %s", s.path, s.line(call.Pos()), name)
				}
			case "time.Now", "time.Since":
				if !command && !mayAskTheTime(s.path) {
					t.Errorf("%s:%d: %s; the clock enters in services/node, services/hub and services/town", s.path, s.line(call.Pos()), name)
				}
			}
			return true
		})
		for _, word := range []string{"TODO", "FIXME", "XXX", "not implemented", "unimplemented", "placeholder"} {
			if strings.Contains(s.text, word) {
				t.Errorf("%s says %q", s.path, word)
			}
		}
	}
}

func mayAskTheTime(path string) bool {
	for _, dir := range []string{"services/node/node.go", "services/hub/hub.go", "services/town/"} {
		if strings.HasPrefix(path, dir) {
			return true
		}
	}
	return false
}

// TestNoPackageKeepsState: package variables are errors, embedded files,
// encodings, tables of the vault, assertions and values made once.
func TestNoPackageKeepsState(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				if !constantLike(s, g, v) {
					t.Errorf("%s:%d: var %s", s.path, s.line(v.Pos()), v.Names[0].Name)
				}
			}
		}
	}
}

func constantLike(s source, g *ast.GenDecl, v *ast.ValueSpec) bool {
	if v.Names[0].Name == "_" || strings.Contains(g.Doc.Text()+commentAbove(s, g), "go:embed") {
		return true
	}
	if len(v.Values) != 1 {
		return false
	}
	text := s.text[s.set.Position(v.Values[0].Pos()).Offset:s.set.Position(v.Values[0].End()).Offset]
	for _, prefix := range []string{"errors.New(", "vault.Table[", "sync.OnceValue(", "sync.OnceValues(", "base32.", "base64."} {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// commentAbove finds directives, which Doc.Text leaves out.
func commentAbove(s source, g *ast.GenDecl) string {
	if g.Doc == nil {
		return ""
	}
	var text strings.Builder
	for _, c := range g.Doc.List {
		text.WriteString(c.Text)
	}
	return text.String()
}
