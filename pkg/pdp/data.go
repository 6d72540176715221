package pdp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/posada-exchange/posada/policy"
)

// fits holds a table against its schema, which is always the binary's own.
func fits(schemaFile string, text []byte) error {
	schemaText, err := fs.ReadFile(policy.Files, schemaFile)
	if err != nil {
		return err
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaText))
	if err != nil {
		return err
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	if err := c.AddResource(schemaFile, schema); err != nil {
		return err
	}
	compiled, err := c.Compile(schemaFile)
	if err != nil {
		return err
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
	return compiled.Validate(value)
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
