package gateway

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Past is what stewards decided until now, and whom it concerns.
//
//  1. Past and PastTable tell of what this node followed; what the hub has no more, or
//     nobody answers for, is left out of the one and an error of the other.
//  2. Members are those who count now and those who join with the list that waits.
type Past interface {
	Past(ctx context.Context) (client.Past, error)
	PastTable(ctx context.Context, version uint64) (client.PolicyTable, error)
	Members() ([]Member, error)
}

// Member is one row of a list of members.
type Member struct {
	Member roster.Agency
	Braked time.Time // until when one steward suspended it alone; zero: none did
	Change *client.MemberChange
}

// registerPast: all of it is public to members; whoever weighs what the table is to say
// looks at what it said.
func (g *Gateway) registerPast(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "network-past", Method: http.MethodGet, Path: "/v1/network/past", Summary: "What stewards decided until now, and what each decision came to",
	}, answerTo(g, weighsRules, func(ctx context.Context, _ Person, _ *struct{}) (*body[client.Past], error) {
		past, err := g.c.Past.Past(ctx)
		return &body[client.Past]{past}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "past-table", Method: http.MethodGet, Path: "/v1/policy/past/{version}", Summary: "The network's table as it was signed once",
	}, answerTo(g, weighsRules, func(ctx context.Context, _ Person, in *struct {
		Version uint64 `path:"version" doc:"The table's number."`
	}) (*body[client.PolicyTable], error) {
		table, err := g.c.Past.PastTable(ctx, in.Version)
		return &body[client.PolicyTable]{table}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "network-members", Method: http.MethodGet, Path: "/v1/network/members", Summary: "The members, who spoke for each, and what waits for it",
	}, answerTo(g, somebody, func(context.Context, Person, *struct{}) (*body[[]client.Member], error) {
		list, err := g.c.Past.Members()
		out := []client.Member{}
		for _, m := range list {
			out = append(out, g.member(m))
		}
		return &body[[]client.Member]{out}, err
	}))
}

// member is a row with the names people know.
func (g *Gateway) member(m Member) client.Member {
	out := client.Member{Agency: g.agency(m.Member.ID), Sponsors: []client.Agency{}, Braked: m.Braked, Change: m.Change}
	for _, s := range m.Member.Sponsors {
		if s != "" {
			out.Sponsors = append(out.Sponsors, g.agency(s))
		}
	}
	return out
}
