package gateway

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/page"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// Import is an import, and how far it came.
type Import struct {
	ID      posada.ImportID
	Mapping string
	Digest  string
	Rows    int
	By      posada.StaffID
	Began   time.Time
	Ended   time.Time
	Through int
	Became  map[handoff.ImportOutcome]int
	Refused int
}

// ImportRow is a row of another program of the agency's, as it was mapped.
type ImportRow struct {
	Key     string
	Content referral.Content
}

// String hides a row from every log line and error.
func (ImportRow) String() string { return "(redacted)" }

// GoString hides it from %#v.
func (ImportRow) GoString() string { return "(redacted)" }

// ImportBatch are rows that follow each other in their source.
type ImportBatch struct {
	After, Through, Refused int
	Rows                    []ImportRow
}

// ImportDone is what became of a row.
type ImportDone struct {
	Outcome handoff.ImportOutcome
	Case    string
}

// Imports is what the API asks of the imports unit.
type Imports interface {
	Begin(by handoff.Asker, mapping, digest string, rows int) (Import, error)
	Page(by handoff.Asker, a page.Asked) (page.Of[Import], error)
	Bring(ctx context.Context, by handoff.Asker, id posada.ImportID, b ImportBatch) (Import, []ImportDone, error)
	End(by handoff.Asker, id posada.ImportID) (Import, error)
}

func (g *Gateway) registerImports(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "begin-import", Method: http.MethodPost, Path: "/v1/imports", DefaultStatus: http.StatusCreated,
		Summary: "Begin to bring rows of another program of this agency into cases of its own, or go on with what was begun of the same",
	}, answer(g, func(_ context.Context, by Person, in *body[client.NewImport]) (*body[client.Import], error) {
		if !handoff.IsDigest(in.Body.Digest) {
			return nil, fault.New(fault.Invalid, fault.ImportOther)
		}
		return oneImport(g.c.Imports.Begin(by.Asker, in.Body.Mapping, in.Body.Digest, in.Body.Rows))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "list-imports", Method: http.MethodGet, Path: "/v1/imports", Summary: "List the imports one began oneself, the newest first",
	}, answer(g, func(ctx context.Context, by Person, in *Parted) (*listed[client.Import], error) {
		take := func(a page.Asked) (page.Of[Import], error) { return g.c.Imports.Page(by.Asker, a) }
		return partOf(ctx, list{g, by, "/v1/imports", *in}, take, each(showImport))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "import-rows", Method: http.MethodPost, Path: "/v1/imports/{id}/rows",
		Summary: "Bring rows in, each into a case that is opened for it: all of them, or none. Brought again, they change nothing",
	}, answer(g, func(ctx context.Context, by Person, in *struct {
		ID   string `path:"id" doc:"The import's id."`
		Body client.NewImportRows
	}) (*body[client.ImportedRows], error) {
		b, err := readImport(i18n.For(languageOf(ctx)), in.Body)
		if err != nil {
			return nil, err
		}
		is, done, err := g.c.Imports.Bring(ctx, by.Asker, posada.ImportID(in.ID), b)
		if err != nil {
			return nil, err
		}
		out := client.ImportedRows{Import: showImport(is), Rows: []client.ImportedRow{}}
		for _, d := range done {
			out.Rows = append(out.Rows, client.ImportedRow{Outcome: string(d.Outcome), Case: d.Case})
		}
		return &body[client.ImportedRows]{out}, nil
	}))
	huma.Register(api, huma.Operation{
		OperationID: "end-import", Method: http.MethodPost, Path: "/v1/imports/{id}/end", Summary: "End an import: all its rows were dealt with, or it is given up. What was saved stays",
	}, answer(g, func(_ context.Context, by Person, in *struct {
		ID string `path:"id" doc:"The import's id."`
	}) (*body[client.Import], error) {
		return oneImport(g.c.Imports.End(by.Asker, posada.ImportID(in.ID)))
	}))
}

// readImport reads rows. What is wrong is said of the first that has something wrong.
func readImport(p i18n.Printer, in client.NewImportRows) (ImportBatch, error) {
	b := ImportBatch{After: in.After, Through: in.Through, Refused: in.Refused}
	if in.Through < in.After || len(in.Rows)+in.Refused > in.Through-in.After {
		return b, fault.New(fault.Invalid, fault.ImportBehind)
	}
	for _, row := range in.Rows {
		c, err := readOwn(p, row)
		if err != nil {
			return b, err
		}
		b.Rows = append(b.Rows, ImportRow{row.Key, c})
	}
	return b, nil
}

// readOwn reads what an agency has of somebody itself. It has no purpose but its own work,
// and no clock runs for it.
func readOwn(p i18n.Printer, in client.NewImportRow) (referral.Content, error) {
	var r reader
	c := referral.Content{Purpose: posada.PurposeCaseManagement, Services: posada.SetOf(wordList[posada.ServiceType](&r, "services", in.Services)...)}
	for _, record := range in.Records {
		c.Records = append(c.Records, referral.Record{Role: htcds.Role(record.Role), Fields: record.Fields})
	}
	checked := c
	checked.Priority = posada.PriorityNormal
	if in.Priority != "" {
		c.Priority = word[posada.Priority](&r, "priority", in.Priority)
	}
	if r.err != nil {
		return c, r.err
	}
	return c, checkContent(p, checked)
}

func oneImport(i Import, err error) (*body[client.Import], error) {
	if err != nil {
		return nil, err
	}
	return &body[client.Import]{showImport(i)}, nil
}

func showImport(i Import) client.Import {
	out := client.Import{
		ID: i.ID, Mapping: i.Mapping, Digest: i.Digest, Rows: i.Rows, Began: i.Began, Ended: i.Ended, Through: i.Through,
		Became: map[string]int{}, Refused: i.Refused,
	}
	for outcome, n := range i.Became {
		out.Became[string(outcome)] = n
	}
	return out
}
