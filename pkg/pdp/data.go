package pdp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown/cache"

	"github.com/posada-exchange/posada/policy"
)

// The schemas are always the binary's own, so each is compiled once: that costs more
// than to hold a table against it.
var (
	matrixSchema = sync.OnceValue(func() schema { return compileSchema(policy.SchemaFile) })
	minorsSchema = sync.OnceValue(func() schema { return compileSchema(policy.MinorsSchemaFile) })
)

// schema is a compiled schema, or why there is none. It is safe for concurrent use.
type schema struct {
	query rego.PreparedEvalQuery
	kept  cache.InterQueryValueCache // what the validator compiled
	err   error
}

// compileSchema prepares the one query that holds a table against a schema: OPA carries
// a validator, which keeps what it compiled by the schema's text.
func compileSchema(file string) (s schema) {
	text, err := fs.ReadFile(policy.Files, file)
	if err != nil {
		return schema{err: err}
	}
	capabilities := ast.CapabilitiesForThisVersion()
	capabilities.AllowNet = []string{} // a schema refers to nothing outside itself
	ctx := context.Background()
	s.kept = cache.NewInterQueryValueCache(ctx, nil)
	s.query, s.err = rego.New(
		rego.Query(fmt.Sprintf("found = json.match_schema(input, %s)", ast.String(text))),
		rego.Capabilities(capabilities),
		rego.StrictBuiltinErrors(true),
	).PrepareForEval(ctx)
	return s
}

// fits holds a table against the schema.
func (s schema) fits(text []byte) error {
	if s.err != nil {
		return s.err
	}
	// IsValid refuses a member that stands twice: two readers could take
	// different ones.
	if !jsontext.Value(text).IsValid() {
		return errors.New("not json, or a member stands twice")
	}
	results, err := s.query.Eval(context.Background(), rego.EvalParsedInput(ast.String(text)), rego.EvalInterQueryBuiltinValueCache(s.kept))
	if err != nil {
		return err
	}
	if len(results) == 1 {
		if found, _ := results[0].Bindings["found"].([]any); len(found) == 2 {
			if valid, _ := found[0].(bool); valid {
				return nil
			}
			return fmt.Errorf("not as the schema says: %v", found[1])
		}
	}
	return errors.New("the schema gave no answer")
}

// document puts the tables where the rules look for them, and in the network's what each
// role sees, said or not.
func document(text, sees, minors []byte) (map[string]any, error) {
	network, err := value(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMatrix, err)
	}
	table, is := network.(map[string]any)
	if !is {
		return nil, ErrMatrix
	}
	if table["view"], err = value(sees); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMatrix, err)
	}
	alone, err := value(minors)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMinors, err)
	}
	return map[string]any{"posada": map[string]any{"network": map[string]any{"matrix": table}, "minors": alone}}, nil
}

func value(text []byte) (v any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return v, decoder.Decode(&v)
}
