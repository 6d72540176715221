package gateway

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/page"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Cases is what the API asks of the cases unit.
type Cases interface {
	Start(by handoff.Asker) (Folder, error)
	List(ctx context.Context, by handoff.Asker) ([]Folder, error)
	Page(ctx context.Context, by handoff.Asker, a page.Asked) (page.Of[Folder], error)
	Assign(ctx context.Context, by handoff.Asker, label string, to handoff.Asker, instead bool) (Folder, error)
	Exclude(ctx context.Context, by handoff.Asker, label string, agency posada.AgencyID) (Folder, error)
	Papers
}

func (g *Gateway) registerCases(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "open-case", Method: http.MethodPost, Path: "/v1/cases", DefaultStatus: http.StatusCreated, Summary: "Open a case before anything is agreed to",
	}, answerTo(g, Person.MayOpenCases, func(_ context.Context, by Person, _ *struct{}) (*body[client.Case], error) {
		return g.oneCase(g.c.Cases.Start(by.Asker))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "list-cases", Method: http.MethodGet, Path: "/v1/cases", Summary: "List one's own cases, the newest first; a coordinator sees that there are others",
	}, answer(g, func(ctx context.Context, by Person, in *Parted) (*listed[client.Case], error) {
		take := func(a page.Asked) (page.Of[Folder], error) { return g.c.Cases.Page(ctx, by.Asker, a) }
		return partOf(ctx, list{g, by, "/v1/cases", *in}, take, func(rows []Folder) ([]client.Case, error) { return g.showCases(rows...) })
	}))
	huma.Register(api, huma.Operation{
		OperationID: "assign-case", Method: http.MethodPost, Path: "/v1/cases/assignments", DefaultStatus: http.StatusCreated,
		Summary: "Give a case to a colleague, as her work too or instead of one's own",
	}, answer(g, func(ctx context.Context, by Person, in *body[client.NewCaseAssignment]) (*body[client.Case], error) {
		to, err := g.colleague(in.Body.To)
		if err != nil {
			return nil, err
		}
		return g.oneCase(g.c.Cases.Assign(ctx, by.Asker, label(in.Body.Case), to, in.Body.Instead))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "exclude", Method: http.MethodPost, Path: "/v1/cases/exclusions",
		Summary: "See to it that an agency never has anything of a case",
	}, answerTo(g, Person.MayOpenCases, func(ctx context.Context, by Person, in *body[client.NewExclusion]) (*body[client.Case], error) {
		id, err := g.find("agency", in.Body.Agency)
		if err != nil {
			return nil, err
		}
		return g.oneCase(g.c.Cases.Exclude(ctx, by.Asker, label(in.Body.Case), id))
	}))
}

func (g *Gateway) oneCase(f Folder, err error) (*body[client.Case], error) {
	if err != nil {
		return nil, err
	}
	out, err := g.showCases(f)
	if err != nil {
		return nil, err
	}
	return &body[client.Case]{out[0]}, nil
}

func (g *Gateway) showCases(list ...Folder) ([]client.Case, error) {
	names, err := g.workers()
	if err != nil {
		return nil, err
	}
	out := make([]client.Case, len(list))
	for i, f := range list {
		name := func(id posada.StaffID) string { return strings.Join(names([]posada.StaffID{id}), "") }
		out[i] = client.Case{
			Label: f.Label, Opened: f.Opened, Assigned: names(f.Assigned), Erasing: f.Erasing, Exclude: g.agencies(f.Excluded),
			Papers: showPapers(f.Papers, name), Tell: f.Tell,
		}
	}
	return out, nil
}
