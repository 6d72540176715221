// Package pdp is the policy decision point: it asks the rules in policy/ and
// hands out typed answers.
//
// Guarantee: an answer permits nothing unless the Rego said so for exactly
// these facts; an error, an undefined result, an answer of another shape and
// the zero value of every answer deny. The rules can reach no network, no
// clock and no environment: their builtins are an allow-list. What stewards
// edit is data, checked against a schema before it is used.
//
// Limit: whether the facts are true is for whoever reduced them
// (pkg/consent.Facts, pkg/roster). A decision is remembered by its facts, so
// the facts must be everything it depends on; they are typed for that reason.
package pdp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/silence"
	"github.com/posada-exchange/posada/policy"
)

// Entry points, one a folder of policy/.
const (
	entryAsk      = "ask"
	entryDisclose = "disclose"
	entryReceive  = "receive"
	entryOnward   = "onward"
	entryView     = "view"
	entryConnect  = "connect"
)

// Errors of loading a policy and of asking it.
var (
	ErrPolicy  = errors.New("the policy does not load")
	ErrMatrix  = errors.New("the network policy does not fit its schema")
	ErrMinors  = errors.New("the table of minors does not fit its schema")
	ErrNoReply = errors.New("the policy gave no usable answer")
)

// builtins is all that rules may call: comparison and membership, sets, and
// what a comprehension compiles to.
func builtins() []string {
	return []string{"eq", "equal", "neq", "gt", "assign", "internal.member_2", "min", "count", "and", "or", "minus"}
}

// Engine answers decisions under one policy. It is safe for concurrent use.
type Engine struct {
	table    matrix.Table // the network's
	digest   string
	rules    []byte // SHA-256 of every rule, and of the table of minors
	minors   []byte // the table of minors, guard as the rules are
	compiler *ast.Compiler
	store    storage.Store
	queries  map[string]rego.PreparedEvalQuery

	// Where an agency's own policy counts too (own.go): e without it, its own layer, and
	// what it says. Else nil.
	network, own *Engine
	said         Own

	askings     memory[Asking, Permit]
	disclosures memory[Disclosure, Permit]
	receptions  memory[Reception, Admission]
	passings    memory[Passing, Permit]
	viewings    memory[Viewing, Sight]
}

// New compiles the rules of files with the network policy in it. files is
// policy.Files, or a copy of it with another matrix.json.
func New(ctx context.Context, files fs.FS) (*Engine, error) {
	compiler, rules, err := compile(files)
	if err != nil {
		return nil, err
	}
	minors, err := readMinors(files)
	if err != nil {
		return nil, err
	}
	matrix, err := fs.ReadFile(files, policy.MatrixFile)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMatrix, err)
	}
	guard := sha256.New()
	guard.Write(rules)
	guard.Write(minors)
	return engine(ctx, &Engine{compiler: compiler, rules: guard.Sum(nil), minors: minors}, matrix)
}

// Shipped is the engine of the rules and the network policy that this program comes with.
// They are compiled once; whoever shares it shares what it remembers, which is answers by
// all of their facts.
func Shipped() (*Engine, error) { return shipped() }

var shipped = sync.OnceValues(func() (*Engine, error) { return New(context.Background(), policy.Files) })

// With is an engine of the same rules over another network policy, which is
// held against its schema first. It remembers nothing of this one's answers.
func (e *Engine) With(ctx context.Context, matrix []byte) (*Engine, error) {
	return engine(ctx, e, matrix)
}

// engine is one of the same guard as another, over a network policy.
func engine(ctx context.Context, guard *Engine, matrix []byte) (*Engine, error) {
	table, err := ReadTable(matrix)
	if err != nil {
		return nil, err
	}
	sees, err := json.Marshal(table.Sees(), json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMatrix, err)
	}
	data, err := document(matrix, sees, guard.minors)
	if err != nil {
		return nil, err
	}
	both := sha256.New()
	both.Write(guard.rules)
	both.Write(matrix)
	both.Write(sees) // of a table that does not say, it is the program's
	e := &Engine{
		table: table, digest: hex.EncodeToString(both.Sum(nil)),
		rules: guard.rules, minors: guard.minors, compiler: guard.compiler,
		store: inmem.NewFromObject(data), queries: map[string]rego.PreparedEvalQuery{},
	}
	for _, entry := range []string{entryAsk, entryDisclose, entryReceive, entryOnward, entryView, entryConnect} {
		query, err := e.Prepare(ctx, "data.posada."+entry+".decision")
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrPolicy, entry, err)
		}
		e.queries[entry] = query
	}
	return e, nil
}

// Version is the network policy's number; a newer one is higher.
func (e *Engine) Version() uint64 { return e.table.Version }

// Silence is what the network policy says is to follow when nobody answers.
func (e *Engine) Silence() silence.Table { return e.table.Silence }

// Digest names the rules and the network policy together, and the agency's own where it
// counts: hex SHA-256.
func (e *Engine) Digest() string { return e.digest }

// Minors is the table of what minors may consent to alone, for pkg/prove.
func (e *Engine) Minors() []byte { return e.minors }

// Compiler is the compiled rules, for pkg/prove.
func (e *Engine) Compiler() *ast.Compiler { return e.compiler }

// compile parses every rule, tests left out, under the allow-listed builtins,
// and gives their SHA-256.
func compile(files fs.FS) (*ast.Compiler, []byte, error) {
	digest := sha256.New()
	modules := map[string]*ast.Module{}
	capabilities := Capabilities()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".rego" || strings.HasSuffix(name, "_test.rego") {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(digest, "%s %d\n", name, len(text))
		digest.Write(text)
		modules[name], err = ast.ParseModuleWithOpts(name, string(text), ast.ParserOptions{
			ProcessAnnotation: true, Capabilities: capabilities,
		})
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrPolicy, err)
	}
	compiler := ast.NewCompiler().WithStrict(true).WithCapabilities(capabilities).
		WithSchemas(schemas()).WithUseTypeCheckAnnotations(true)
	if compiler.Compile(modules); compiler.Failed() {
		return nil, nil, fmt.Errorf("%w: %w", ErrPolicy, compiler.Errors)
	}
	return compiler, digest.Sum(nil), nil
}

// Capabilities is the language the rules may be written in: this version's,
// minus every builtin that is not listed, minus the network.
func Capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		return !slices.Contains(builtins(), b.Name)
	})
	c.AllowNet = []string{}
	return c
}

// ReadMatrix reads the network policy of files and holds it against its
// schema, which is always the binary's own.
func ReadMatrix(files fs.FS) (text []byte, version uint64, err error) {
	if text, err = fs.ReadFile(files, policy.MatrixFile); err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrMatrix, err)
	}
	version, err = MatrixVersion(text)
	return text, version, err
}

// MatrixVersion holds a network policy against its schema and gives its
// version.
func MatrixVersion(text []byte) (uint64, error) {
	t, err := ReadTable(text)
	return t.Version, err
}

func checkMatrix(text []byte) error { return matrixSchema().fits(text) }
