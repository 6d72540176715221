package gateway

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/decision"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Decisions is what the API asks of the decisions unit.
type Decisions interface {
	Explain(ctx context.Context, id posada.DecisionID) (decision.Explanation, error)
	Replaying
	OwnPolicies
}

// Replaying is what another policy would answer.
type Replaying interface {
	Replay(ctx context.Context, policy []byte) (decision.Replay, error)
	ReplayWaiting(ctx context.Context) (decision.Replay, error)
	Beside() (b decision.Beside, waits bool, err error)
}

// OwnPolicies is the agency's own policy.
type OwnPolicies interface {
	OwnPolicy() (decision.Own, error)
	SetOwn(ctx context.Context, by posada.StaffID, policy []byte) error
	ClearOwn(ctx context.Context, by posada.StaffID) error
}

// somebody is any member of staff.
func somebody(p Person) bool { return p.ID != "" }

// weighsRules are those who weigh what the network's table is to say: stewards, and those who run this agency.
func weighsRules(p Person) bool {
	return p.ID != "" && !p.Roles.And(posada.SetOf(posada.RoleSteward, posada.RoleCoordinator, posada.RoleAgencyAdmin)).Empty()
}

// registerDecisions: why a decision was as it was, for whoever here has its name: it is of
// nobody, and says nothing of whose case it was.
func (g *Gateway) registerDecisions(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "explain-decision", Method: http.MethodGet, Path: "/v1/decisions/{id}", Summary: "Why a decision was as it was, and what would change it",
	}, answerTo(g, somebody, func(ctx context.Context, _ Person, in *struct {
		ID string `path:"id" doc:"The decision's name, as a preview or a sending gave it."`
	}) (*body[client.Explanation], error) {
		e, err := g.c.Decisions.Explain(ctx, posada.DecisionID(in.ID))
		if err != nil {
			return nil, err
		}
		return &body[client.Explanation]{explained(e)}, nil
	}))
	huma.Register(api, huma.Operation{
		OperationID: "replay-decisions", Method: http.MethodPost, Path: "/v1/decisions/replay", Summary: "What of the decisions that are kept another network policy would change",
	}, answerTo(g, weighsRules, func(ctx context.Context, _ Person, in *body[client.NewReplay]) (*body[client.Replay], error) {
		if in.Body.Waiting == (in.Body.Policy != "") {
			return nil, fault.New(fault.Invalid, fault.ReplayPolicy)
		}
		replay := g.c.Decisions.ReplayWaiting
		if !in.Body.Waiting {
			replay = func(ctx context.Context) (decision.Replay, error) {
				return g.c.Decisions.Replay(ctx, []byte(in.Body.Policy))
			}
		}
		r, err := replay(ctx)
		if err != nil {
			return nil, err
		}
		return &body[client.Replay]{replayed(r)}, nil
	}))
	g.registerOwnPolicy(api)
}

// registerOwnPolicy: everybody works under it, and whoever runs the agency sets it.
func (g *Gateway) registerOwnPolicy(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "own-policy", Method: http.MethodGet, Path: "/v1/policy/own", Summary: "What this agency asks for beyond the network's policy",
	}, answerTo(g, somebody, func(context.Context, Person, *struct{}) (*tagged[client.OwnPolicy], error) { return tag(g.ownPolicy()) }))
	huma.Register(api, huma.Operation{
		OperationID: "set-own-policy", Method: http.MethodPut, Path: "/v1/policy/own", Summary: "Ask for more than the network's policy does, and for nothing less",
	}, answerTo(g, Person.Administers, func(ctx context.Context, by Person, in *struct {
		Matching
		Body client.NewOwnPolicy
	}) (*tagged[client.OwnPolicy], error) {
		return g.changeOwn(ctx, in.Matching, func() error { return g.c.Decisions.SetOwn(ctx, by.ID, []byte(in.Body.Policy)) })
	}))
	huma.Register(api, huma.Operation{
		OperationID: "clear-own-policy", Method: http.MethodDelete, Path: "/v1/policy/own", DefaultStatus: http.StatusOK, Summary: "Let the network's policy count alone",
	}, answerTo(g, Person.Administers, func(ctx context.Context, by Person, in *Matching) (*tagged[client.OwnPolicy], error) {
		return g.changeOwn(ctx, *in, func() error { return g.c.Decisions.ClearOwn(ctx, by.ID) })
	}))
}

// changeOwn changes the agency's own policy if it is as it was looked at. Nothing else
// changes it, so one at a time is enough.
func (g *Gateway) changeOwn(ctx context.Context, in Matching, change func() error) (*tagged[client.OwnPolicy], error) {
	g.own.Lock()
	defer g.own.Unlock()
	if err := matches(ctx, in, g.ownPolicy); err != nil {
		return nil, err
	}
	if err := change(); err != nil {
		return nil, err
	}
	return tag(g.ownPolicy())
}

func (g *Gateway) ownPolicy() (client.OwnPolicy, error) {
	own, err := g.c.Decisions.OwnPolicy()
	if err != nil {
		return client.OwnPolicy{}, err
	}
	out := client.OwnPolicy{RetainDays: own.RetainDays, Cells: []client.OwnCell{}, Hides: append([]matrix.Look{}, own.Hides...), Policy: string(own.Text)}
	for _, c := range own.Cells {
		out.Cells = append(out.Cells, client.OwnCell{Cell: c.Cell, Network: c.Network, Own: c.Own, Idle: c.Idle})
	}
	return out, nil
}

// policies is what of policies stands in a node's status.
func (g *Gateway) policies(s *client.Status) error {
	b, waits, err := g.c.Decisions.Beside()
	if err != nil {
		return err
	}
	if waits {
		s.Beside = &client.Beside{Version: b.Version, Decisions: b.Decisions, Differ: b.Differ, Failed: b.Failed}
	}
	engine := g.c.Policy.Get()
	s.OwnCells = len(engine.Own().Cells.List()) + len(engine.Hides())
	return nil
}

func explained(e decision.Explanation) client.Explanation {
	out := client.Explanation{
		ID: e.ID, Day: e.Day, Entry: e.Facts.Entry(), Version: e.Version, Since: e.Since, Facts: []client.Fact{}, Parts: []client.DecisionPart{},
	}
	for _, f := range e.Facts.List() {
		out.Facts = append(out.Facts, client.Fact(f))
	}
	for _, p := range e.Parts {
		part := client.DecisionPart{
			Cell: p.Cell, Network: p.Network, Own: p.Own, Permitted: p.Permitted,
			Lacks: append([]posada.Condition{}, p.Lacks...), Now: p.Now, Ways: [][]client.Departure{},
		}
		for _, way := range p.Ways {
			var departures []client.Departure
			for _, d := range way {
				departures = append(departures, client.Departure(d))
			}
			part.Ways = append(part.Ways, departures)
		}
		out.Parts = append(out.Parts, part)
	}
	return out
}

func replayed(r decision.Replay) client.Replay {
	out := client.Replay{Version: r.Version, First: r.First, Decisions: r.Decisions, Changed: r.Changed, Groups: []client.ReplayGroup{}}
	for _, g := range r.Groups {
		out.Groups = append(out.Groups, client.ReplayGroup{
			Count: g.Count, Entry: g.Entry, Cell: g.Cell, Permits: g.Permits, Lacks: append([]posada.Condition{}, g.Lacks...), Example: g.Example,
		})
	}
	return out
}
