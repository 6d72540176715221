// Package policy carries the rules and the data they read, as files of the
// binary. The folder is a valid OPA bundle directory: stock opa check, opa fmt
// and opa test work on it. Only pkg/pdp evaluates it.
package policy

import "embed"

// Files holds the rules (one package a folder, tests beside them), the table of
// what minors may consent to alone, which is guard as the rules are, the network
// policy shipped by default (network/matrix.json), and the schemas of both.
//
//go:embed vocabulary/*.rego ask/*.rego disclose/*.rego receive/*.rego onward/*.rego view/*.rego connect/*.rego network/*.json minors/*.json
var Files embed.FS

// Where in Files the tables and their schemas are.
const (
	MinorsFile       = "minors/table.json"
	MinorsSchemaFile = "minors/table.schema.json"

	MatrixFile = "network/matrix.json"
	SchemaFile = "network/matrix.schema.json"
)
