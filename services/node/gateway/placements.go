package gateway

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/page"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Answering is what an agency does with needs that came.
type Answering interface {
	List(by handoff.Asker, all bool) ([]need.Received, error)
	Page(by handoff.Asker, all bool, a page.Asked) (page.Of[need.Received], error)
	Show(by handoff.Asker, id posada.NeedID) (need.Received, error)
	Offer(ctx context.Context, by handoff.Asker, id posada.NeedID, place string, beds int) (need.Received, error)
	Decline(by handoff.Asker, id posada.NeedID, why posada.DeclineReason) (need.Received, error)
	Arrive(by handoff.Asker, id posada.NeedID) (need.Received, error)
}

// Places is what the API asks of places.
type Places interface {
	Answering
	Places(by handoff.Asker) ([]need.Place, error)
	Describe(by handoff.Asker, name string, rules need.Rules) (need.Place, error)
	Count(by handoff.Asker, name string, free int) (need.Place, error)
	Remove(by handoff.Asker, name string) error
}

// keepsPlaces reports whether somebody may know of the places here.
func keepsPlaces(p Person) bool { return p.AnswersNeeds() || p.KeepsPlaces() }

func (g *Gateway) registerPlacements(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-placements", Method: http.MethodGet, Path: "/v1/placements",
		Summary: "List needs that came and that a place here fits, or that were answered here, the newest first",
	}, answerTo(g, Person.AnswersNeeds, func(ctx context.Context, by Person, in *struct {
		All bool `query:"all" doc:"Those too that no place here fits."`
		Parted
	}) (*listed[client.Placement], error) {
		at := "/v1/placements"
		if in.All {
			at += "?all=true"
		}
		take := func(a page.Asked) (page.Of[need.Received], error) { return g.c.Places.Page(by.Asker, in.All, a) }
		return partOf(ctx, list{g, by, at, in.Parted}, take, each(g.placement))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "show-placement", Method: http.MethodGet, Path: "/v1/placements/{id}", Summary: "Show a need that came",
	}, answerTo(g, Person.AnswersNeeds, func(_ context.Context, by Person, in *needPath) (*body[client.Placement], error) {
		return g.onePlacement(g.c.Places.Show(by.Asker, posada.NeedID(in.ID)))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "offer-place", Method: http.MethodPost, Path: "/v1/placements/{id}/offer", DefaultStatus: http.StatusCreated,
		Summary: "Offer a place: it may be chosen for half an hour, and nothing is held",
	}, answerTo(g, Person.AnswersNeeds, func(ctx context.Context, by Person, in *struct {
		ID   string `path:"id" doc:"The need's id."`
		Body client.NewOffer
	}) (*body[client.Placement], error) {
		return g.onePlacement(g.c.Places.Offer(ctx, by.Asker, posada.NeedID(in.ID), in.Body.Place, in.Body.Beds))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "decline-need", Method: http.MethodPost, Path: "/v1/placements/{id}/decline", DefaultStatus: http.StatusCreated,
		Summary: "Say no, with a reason that goes to whoever asked and to nobody else",
	}, answerTo(g, Person.AnswersNeeds, func(_ context.Context, by Person, in *struct {
		ID   string `path:"id" doc:"The need's id."`
		Body client.NewDecline
	}) (*body[client.Placement], error) {
		var r reader
		why := word[posada.DeclineReason](&r, "reason", in.Body.Reason)
		if r.err != nil {
			return nil, r.err
		}
		return g.onePlacement(g.c.Places.Decline(by.Asker, posada.NeedID(in.ID), why))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "arrive", Method: http.MethodPost, Path: "/v1/placements/{id}/arrive", DefaultStatus: http.StatusCreated,
		Summary: "Say that whoever a place is held for is there",
	}, answerTo(g, Person.AnswersNeeds, func(_ context.Context, by Person, in *needPath) (*body[client.Placement], error) {
		return g.onePlacement(g.c.Places.Arrive(by.Asker, posada.NeedID(in.ID)))
	}))
	g.registerWatch(api)
}

func (g *Gateway) onePlacement(r need.Received, err error) (*body[client.Placement], error) {
	if err != nil {
		return nil, err
	}
	return &body[client.Placement]{g.placement(r)}, nil
}

func (g *Gateway) placement(r need.Received) client.Placement {
	out := client.Placement{
		ID: r.ID, From: g.agency(r.From), Came: r.Came, Until: r.Until, State: r.State, Profile: profile(r.Profile),
		Place: r.Place, Beds: r.Beds, Lasts: r.Lasts, Fits: []client.PlacementFit{},
	}
	for _, f := range r.Fits {
		out.Fits = append(out.Fits, client.PlacementFit{Place: f.Place, Free: f.Free, Ask: there(f.Ask.List())})
	}
	return out
}
