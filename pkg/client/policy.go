package client

import (
	"context"
	"net/http"
	"time"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// PolicyTables is the network's table as stewards signed it.
type PolicyTables struct {
	Running PolicyTable  `json:"running" doc:"What this node decides by, before what a steward stopped alone."`
	Waiting *PolicyTable `json:"waiting,omitempty" doc:"What was decided and does not run here yet."`
}

// PolicyTable is one table.
type PolicyTable struct {
	Version uint64    `json:"version"`
	Text    string    `json:"text" doc:"Byte for byte as it was signed."`
	From    time.Time `json:"from,omitzero" doc:"When it begins to run here, of one that waits."`
}

// NewCheck asks what a table would change.
type NewCheck struct {
	Table string `json:"table" doc:"As posada policy writes it."`
}

// CheckedTable is all there is to say of a table before anybody signs it.
type CheckedTable struct {
	Version        uint64             `json:"version,omitempty"`
	Mistakes       []TableMistake     `json:"mistakes" doc:"While there is one, no node runs it, and nothing else is known of it but the counterexample."`
	Counterexample *Counterexample    `json:"counterexample,omitempty" doc:"Whom the table gives what the guard refuses."`
	Remarks        []matrix.Remark    `json:"remarks" doc:"What is allowed, and perhaps not meant."`
	Label          matrix.Label       `json:"label,omitempty" doc:"What the change comes to: stricter, wider, mixed or none."`
	Difference     *matrix.Difference `json:"difference,omitempty" doc:"All that changes against what runs."`
}

// TableMistake is one thing that is wrong in a table, and where it stands.
type TableMistake struct {
	Line   int           `json:"line"`
	Column int           `json:"column"`
	Where  string        `json:"where" doc:"A JSON pointer."`
	Word   string        `json:"word,omitempty"`
	Why    matrix.Reason `json:"why"`
}

// Counterexample is somebody whose consent is whole, whom a table gives what no table may.
type Counterexample struct {
	matrix.Cell
	Mode  posada.Mode        `json:"mode" doc:"What the cell says."`
	Lacks []posada.Condition `json:"lacks" doc:"Conditions of the guard that do not hold."`
	Test  string             `json:"test" doc:"The same as a rule for opa test."`
}

// NewSupposition is a consent that nobody recorded. What is left out is as it must be for
// something to be given.
type NewSupposition struct {
	Table        string   `json:"table,omitempty" doc:"Without it, the table that runs."`
	Class        string   `json:"class"`
	Purpose      string   `json:"purpose"`
	Categories   []string `json:"categories,omitempty" doc:"Without them, all that may leave."`
	Withhold     []string `json:"withhold,omitempty"`
	Services     []string `json:"services,omitempty"`
	Status       string   `json:"status,omitempty"`
	Standing     string   `json:"standing,omitempty"`
	GivenBy      string   `json:"given_by,omitempty"`
	AgeBand      string   `json:"age_band,omitempty"`
	Jurisdiction string   `json:"jurisdiction,omitempty"`
	OptIn        string   `json:"opt_in,omitempty"`
	CoSigned     string   `json:"co_signed,omitempty"`
}

// Supposition is what the rules say to it.
type Supposition struct {
	Given   []posada.Category `json:"given"`
	Refused []NotGiven        `json:"refused"`
	Days    int               `json:"retain_days" doc:"For how long it might be kept at most."`
}

// NotGiven is a category that is refused.
type NotGiven struct {
	Category posada.Category    `json:"category"`
	Lacks    []posada.Condition `json:"lacks"`
}

// PolicyRule is a rule that ships with the program, as one sentence.
type PolicyRule struct {
	Decides string           `json:"decides" doc:"What it is asked about: ask, disclose, receive, onward, view or connect."`
	ID      posada.Condition `json:"id"`
	Title   string           `json:"title" doc:"In English."`
}

// PolicyTables is the network's table: what runs, and what waits.
func (c *Client) PolicyTables(ctx context.Context) (out PolicyTables, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/policy/table", nil, &out)
}

// CheckPolicy asks what a table would change. Nothing of it is kept.
func (c *Client) CheckPolicy(ctx context.Context, table string) (out CheckedTable, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/policy/check", NewCheck{Table: table}, &out)
}

// Suppose asks the rules about a consent that nobody recorded. Nothing of it is kept.
func (c *Client) Suppose(ctx context.Context, in NewSupposition) (out Supposition, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/policy/what-if", in, &out)
}

// PolicyRules are the rules that ship with the program.
func (c *Client) PolicyRules(ctx context.Context) (out []PolicyRule, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/policy/rules", nil, &out)
}
