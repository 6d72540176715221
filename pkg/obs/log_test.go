package obs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
)

// canary is what must be in no log line.
const canary = "Xochitl-7f3a91"

// TestMain puts the machine in another zone, which the log does not tell.
func TestMain(m *testing.M) {
	time.Local = time.FixedZone("elsewhere", -6*60*60)
	os.Exit(m.Run())
}

// logged is the one line that write makes, read.
func logged(t *testing.T, write func(obs.Log)) map[string]any {
	t.Helper()
	var out bytes.Buffer
	write(obs.NewLog(&out))
	if bytes.Count(out.Bytes(), []byte("\n")) != 1 || !bytes.HasSuffix(out.Bytes(), []byte("\n")) {
		t.Fatalf("not one line: %q", out.String())
	}
	line := map[string]any{}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	return line
}

func TestALineSaysWhenHowAndWhatAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		info := logged(t, func(l obs.Log) { l.Info("the node is ready", obs.Count(3)) })
		want := map[string]any{"level": "info", "at": "2000-01-01T00:00:00Z", "line": "the node is ready", "count": 3.0}
		if fmt.Sprint(info) != fmt.Sprint(want) {
			t.Errorf("%v; want %v", info, want)
		}
		alarm := logged(t, func(l obs.Log) { l.Alarm("the canary sang") })
		want = map[string]any{"level": "error", "at": "2000-01-01T00:00:00Z", "line": "the canary sang"}
		if fmt.Sprint(alarm) != fmt.Sprint(want) {
			t.Errorf("%v; want %v", alarm, want)
		}
	})
}

func TestFieldsSayWhatTheyAreOf(t *testing.T) {
	id := posada.IDFrom[posada.EventID]([16]byte{7})
	for want, field := range map[string]obs.Field{
		"count: -1":                   obs.Count(-1),
		"version: 7":                  obs.Version(7),
		"event: " + string(id):        obs.EventID(id),
		"reason: file already exists": obs.Reason(fmt.Errorf("open %s: %w", canary, fs.ErrExist), fs.ErrNotExist, fs.ErrExist),
	} {
		line := logged(t, func(l obs.Log) { l.Info("a line", field) })
		name, value, _ := strings.Cut(want, ": ")
		if len(line) != 4 || fmt.Sprint(line[name]) != value {
			t.Errorf("%v; want %s", line, want)
		}
	}
}

// An error of a library quotes what it failed on: a file's name, a record's
// text, an address. Of those only the Go types are told.
func TestTheReasonOfAForeignErrorIsItsTypes(t *testing.T) {
	path := &fs.PathError{Op: "open", Path: canary, Err: errors.New(canary)}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"plain":             {errors.New(canary), "*errors.errorString"},
		"wrapped":           {fmt.Errorf("read %s: %w", canary, path), "*fmt.wrapError < *fs.PathError < *errors.errorString"},
		"several":           {errors.Join(errors.New(canary), path), "*errors.joinError < *errors.errorString < *fs.PathError < *errors.errorString"},
		"wrapping several":  {fmt.Errorf("%w %w", path, errors.New(canary)), "*fmt.wrapErrors < *fs.PathError < *errors.errorString < *errors.errorString"},
		"wrapping nothing":  {&fs.PathError{Op: "open", Path: canary}, "*fs.PathError"},
		"a fault of ours":   {fmt.Errorf("send %s: %w", canary, fault.New(fault.Refused, fault.Uncovered, "field", canary).Because(path)), "refused: uncovered"},
		"known, and behind": {fmt.Errorf("%s: %w", canary, errors.Join(path, os.ErrDeadlineExceeded)), "i/o timeout"},
	} {
		line := logged(t, func(l obs.Log) { l.Alarm("it failed", obs.Reason(c.err, os.ErrDeadlineExceeded)) })
		if line["reason"] != c.want {
			t.Errorf("%s: %v; want %s", name, line["reason"], c.want)
		}
		if strings.Contains(fmt.Sprint(line), canary) {
			t.Errorf("%s tells the text: %v", name, line)
		}
	}
}

// TestNothingMakesAFieldOfAnyText reads the package: whatever makes a Field
// takes a number, a random identifier, or an error, which the test above is of.
func TestNothingMakesAFieldOfAnyText(t *testing.T) {
	allowed := []string{"int", "uint64", "posada.EventID", "error", "...error"}
	made := 0
	for _, f := range functions(t) {
		if f.Type.Results == nil || !f.Name.IsExported() {
			continue
		}
		gives := slices.ContainsFunc(f.Type.Results.List, func(r *ast.Field) bool { return types.ExprString(r.Type) == "Field" })
		if !gives {
			continue
		}
		made++
		for _, p := range f.Type.Params.List {
			if kind := types.ExprString(p.Type); !slices.Contains(allowed, kind) {
				t.Errorf("%s takes a %s", f.Name.Name, kind)
			}
		}
	}
	if made < 4 {
		t.Errorf("%d constructors were found: this test sees nothing", made)
	}
}

// functions is every function of the package that is no test.
func functions(t *testing.T) (list []*ast.FuncDecl) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				list = append(list, f)
			}
		}
	}
	return list
}

func TestTheZeroLogWritesNothing(t *testing.T) {
	var l obs.Log
	l.Info("nobody listens", obs.Count(1))
	l.Alarm("nobody listens", obs.Count(1))
}

func TestLinesOfManyStayWhole(t *testing.T) {
	var out bytes.Buffer
	l := obs.NewLog(&out)
	var wg sync.WaitGroup
	for n := range 64 {
		wg.Go(func() { l.Info("one of many", obs.Count(n)) })
	}
	wg.Wait()
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 64 {
		t.Errorf("%d lines", len(lines))
	}
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("%q", line)
		}
	}
}
