package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// MaxImportRows is how many rows are brought at once.
const MaxImportRows = 100

// NewImport begins to bring rows of another program of this agency into cases of its own.
type NewImport struct {
	Mapping string `json:"mapping" minLength:"1" maxLength:"40" doc:"The mapping's name: rows are told apart by their keys within it."`
	Digest  string `json:"digest" minLength:"52" maxLength:"52" doc:"Stands for the mapping and all that is brought. Whoever begins the same again goes on with it."`
	Rows    int    `json:"rows" minimum:"0" doc:"How many rows there are."`
}

// Import is an import, and how far it came. It has nothing of any row.
type Import struct {
	ID      posada.ImportID `json:"id"`
	Mapping string          `json:"mapping"`
	Digest  string          `json:"digest,omitempty" doc:"Empty once it ended."`
	Rows    int             `json:"rows"`
	Began   time.Time       `json:"began"`
	Ended   time.Time       `json:"ended,omitzero"`
	Through int             `json:"through" doc:"The last row of the source that was dealt with."`
	Became  map[string]int  `json:"became" doc:"How many rows became what: saved, already, differs, others, erased."`
	Refused int             `json:"refused" doc:"How many rows were not brought, because something is wrong with them."`
}

// NewImportRows are rows that follow each other in their source. All of them are saved, or
// none; brought again, they change nothing.
type NewImportRows struct {
	After   int            `json:"after" minimum:"0" doc:"The row behind which these begin: the import's through."`
	Through int            `json:"through" minimum:"0" doc:"The last row of the source that these deal with."`
	Refused int            `json:"refused,omitempty" minimum:"0" doc:"How many rows between them are not brought."`
	Rows    []NewImportRow `json:"rows" maxItems:"100"`
}

// NewImportRow is a row as the fields of the case data standard.
type NewImportRow struct {
	Key      string      `json:"key" minLength:"1" maxLength:"255" doc:"What the row is known by in the program it is from."`
	Services []string    `json:"services,omitempty"`
	Priority string      `json:"priority,omitempty"`
	Records  []NewRecord `json:"records,omitempty"`
}

// ImportedRows is what became of rows, in their order.
type ImportedRows struct {
	Import Import        `json:"import"`
	Rows   []ImportedRow `json:"rows"`
}

// ImportedRow is what became of a row.
type ImportedRow struct {
	Outcome string `json:"outcome" enum:"saved,already,differs,others,erased" doc:"saved: in a case that was opened for it; already: it is here as it is; differs: another row with its key is here, and stays; others: it came into a case that is somebody else's work; erased: its case was destroyed, and it is not brought back."`
	Case    string `json:"case,omitempty" doc:"The case's label, where it is the asker's work."`
}

// BeginImport begins an import, or finds the one that was begun of the same.
func (c *Client) BeginImport(ctx context.Context, in NewImport) (out Import, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/imports", in, &out)
}

// Imports lists the imports that one began oneself, the newest first.
func (c *Client) Imports(ctx context.Context) ([]Import, error) { return all(c.EachImport(ctx)) }

// EachImport goes through them a part at a time; it is the same list.
func (c *Client) EachImport(ctx context.Context) iter.Seq2[Import, error] {
	return parts[Import](ctx, c, "/v1/imports")
}

// ImportRows brings rows in.
func (c *Client) ImportRows(ctx context.Context, id posada.ImportID, in NewImportRows) (out ImportedRows, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/imports/"+url.PathEscape(string(id))+"/rows", in, &out)
}

// EndImport ends an import.
func (c *Client) EndImport(ctx context.Context, id posada.ImportID) (out Import, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/imports/"+url.PathEscape(string(id))+"/end", nil, &out)
}
