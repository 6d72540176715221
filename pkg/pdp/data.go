package pdp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"

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
	compiled *jsonschema.Schema
	err      error
}

func compileSchema(file string) schema {
	text, err := fs.ReadFile(policy.Files, file)
	if err != nil {
		return schema{err: err}
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return schema{err: err}
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	if err := c.AddResource(file, value); err != nil {
		return schema{err: err}
	}
	compiled, err := c.Compile(file)
	return schema{compiled, err}
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
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return s.compiled.Validate(value)
}

// noLoader refuses references to other schemas, on the network or the disk.
type noLoader struct{}

func (noLoader) Load(string) (any, error) { return nil, errors.New("a schema refers to another one") }

// document puts the tables where the rules look for them.
func document(matrix, minors []byte) (map[string]any, error) {
	network, err := value(matrix)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMatrix, err)
	}
	alone, err := value(minors)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMinors, err)
	}
	return map[string]any{"posada": map[string]any{"network": map[string]any{"matrix": network}, "minors": alone}}, nil
}

func value(text []byte) (v any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return v, decoder.Decode(&v)
}
