package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Answering is what an agency does with needs that came.
type Answering interface {
	List(by handoff.Asker, all bool) ([]need.Received, error)
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
		Summary: "List needs that came and that a place here fits, or that were answered here",
	}, answerTo(g, Person.AnswersNeeds, func(_ context.Context, by Person, in *struct {
		All bool `query:"all" doc:"Those too that no place here fits."`
	}) (*body[[]client.Placement], error) {
		list, err := g.c.Places.List(by.Asker, in.All)
		return &body[[]client.Placement]{g.placements(list)}, err
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
	huma.Register(api, huma.Operation{
		OperationID: "watch-placements", Method: http.MethodGet, Path: "/v1/placements/watch",
		Summary: "Be told of each need that waits for an answer here and fits, as it comes (server-sent events)",
		Responses: map[string]*huma.Response{"200": {
			Description: "Events of type placement, with what GET /v1/placements/{id} shows as data; comments keep the line alive.",
			Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	}, answerTo(g, Person.AnswersNeeds, func(_ context.Context, by Person, _ *struct{}) (*huma.StreamResponse, error) {
		if _, err := g.c.Places.List(by.Asker, false); err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: g.watch}, nil
	}))
}

// How often a watcher's needs are looked through, how often one that has nothing new is told
// that it is still there, how long it may take to read, and how long one stream goes on.
const (
	watchEvery = time.Second
	watchAlive = 15 * time.Second
	watchReads = 10 * time.Second
	watchLasts = 10 * time.Minute
)

// watch tells somebody of each need that waits here and fits, once for as long as it does.
// Whoever it is shows each time that she still may: a token that was revoked tells of nothing
// more.
func (g *Gateway) watch(c huma.Context) {
	_, w := humago.Unwrap(c)
	out := http.NewResponseController(w)
	// The server ends what is read for long, and this is only written.
	if err := out.SetReadDeadline(time.Time{}); err != nil {
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	told := map[posada.NeedID]bool{}
	token := strings.TrimPrefix(c.Header("Authorization"), "Bearer ")
	for alive := time.Duration(0); alive < watchLasts; alive += watchEvery {
		by, err := g.c.Staff.Authenticate(token)
		if err != nil || !by.AnswersNeeds() {
			return
		}
		text, err := g.waits(by, told)
		if err == nil && (len(text) > 0 || alive%watchAlive == 0) {
			if len(text) == 0 {
				text = []byte(": nothing new\n\n")
			}
			slow := time.AfterFunc(watchReads, func() { _ = out.SetWriteDeadline(time.Unix(1, 0)) })
			if _, err = w.Write(text); err == nil {
				err = out.Flush()
			}
			slow.Stop()
		}
		if err != nil || strings.HasPrefix(token, handoff.SessionPrefix) {
			return // a session is told once: to watch is not to be there
		}
		select {
		case <-c.Context().Done():
			return
		case <-time.After(watchEvery):
		}
	}
}

// waits is what to tell of needs that were not told of, as events; it notes them. One that
// does not wait any more is told of anew, should it.
func (g *Gateway) waits(by Person, told map[posada.NeedID]bool) (text []byte, err error) {
	list, err := g.c.Places.List(by.Asker, false)
	if err != nil {
		return nil, err
	}
	waiting := map[posada.NeedID]bool{}
	for _, r := range list {
		if r.State != posada.PlacementAsked {
			continue
		}
		waiting[r.ID] = true
		if told[r.ID] {
			continue
		}
		told[r.ID] = true
		event, err := json.Marshal(g.placement(r))
		if err != nil {
			return nil, err
		}
		text = fmt.Appendf(text, "event: placement\ndata: %s\n\n", event)
	}
	for id := range told {
		if !waiting[id] {
			delete(told, id)
		}
	}
	return text, nil
}

func (g *Gateway) onePlacement(r need.Received, err error) (*body[client.Placement], error) {
	if err != nil {
		return nil, err
	}
	return &body[client.Placement]{g.placement(r)}, nil
}

func (g *Gateway) placements(list []need.Received) []client.Placement {
	out := make([]client.Placement, len(list))
	for i, r := range list {
		out[i] = g.placement(r)
	}
	return out
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
