package gateway

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Folder is a case and when it was opened.
type Folder struct {
	handoff.Case
	Opened time.Time
}

// Cases is what the API asks of the cases unit.
type Cases interface {
	Start(by posada.StaffID) (Folder, error)
	List() ([]Folder, error)
	Exclude(by posada.StaffID, label string, agency posada.AgencyID) (Folder, error)
}

func (g *Gateway) registerCases(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "open-case", Method: http.MethodPost, Path: "/v1/cases", DefaultStatus: http.StatusCreated, Summary: "Open a case before anything is agreed to",
	}, answer(g, func(_ context.Context, by Person, _ *struct{}) (*body[client.Case], error) {
		return g.oneCase(g.c.Cases.Start(by.ID))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "list-cases", Method: http.MethodGet, Path: "/v1/cases", Summary: "List cases, the newest first",
	}, answer(g, func(context.Context, Person, *struct{}) (*body[[]client.Case], error) {
		list, err := g.c.Cases.List()
		out := make([]client.Case, len(list))
		for i, f := range list {
			out[i] = g.showCase(f)
		}
		return &body[[]client.Case]{out}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "exclude", Method: http.MethodPost, Path: "/v1/cases/exclusions",
		Summary: "See to it that an agency never has anything of a case",
	}, answer(g, func(_ context.Context, by Person, in *body[client.NewExclusion]) (*body[client.Case], error) {
		id, err := g.find(in.Body.Agency)
		if err != nil {
			return nil, err
		}
		return g.oneCase(g.c.Cases.Exclude(by.ID, label(in.Body.Case), id))
	}))
}

func (g *Gateway) oneCase(f Folder, err error) (*body[client.Case], error) {
	return &body[client.Case]{g.showCase(f)}, err
}

func (g *Gateway) showCase(f Folder) client.Case {
	return client.Case{Label: f.Label, Opened: f.Opened, Exclude: g.agencies(f.Excluded)}
}
