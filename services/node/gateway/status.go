package gateway

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

func (g *Gateway) registerStatus(api huma.API, d Door) {
	huma.Register(api, huma.Operation{
		OperationID: "status", Method: http.MethodGet, Path: "/v1/status", Summary: "How this node is",
	}, func(ctx context.Context, _ *struct{}) (*body[client.Status], error) {
		s, err := g.status(ctx, principal(ctx))
		if err == nil {
			s.HandedIn, err = d.HandedIn()
		}
		if err != nil {
			return nil, g.problem(ctx, err)
		}
		return &body[client.Status]{s}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "list-agencies", Method: http.MethodGet, Path: "/v1/agencies", Summary: "The members, by the names this agency knows them by, and those without a node that can be named in a consent",
	}, func(context.Context, *struct{}) (*body[[]client.Agency], error) {
		members := g.c.Members.Get().Agencies()
		list := make([]client.Agency, len(members))
		for i, m := range members {
			list[i] = g.agency(m.ID)
		}
		for _, e := range g.c.Known().Entries() {
			if a := g.agency(e.Agency()); a.Standing == posada.StandingListed && !a.Class.Distrusted() {
				list = append(list, a)
			}
		}
		return &body[[]client.Agency]{list}, nil
	})
}

func (g *Gateway) status(ctx context.Context, by Person) (client.Status, error) {
	connected, heard := g.c.Health.Connected()
	mail, err := g.c.Health.Mail()
	if err != nil {
		return client.Status{}, err
	}
	account, err := g.c.Health.Audit()
	if err != nil {
		return client.Status{}, err
	}
	s := client.Status{
		Agency: g.agency(g.c.Agency), Operator: g.c.Members.Get().Hub().Operator, Hub: "away", Heard: heard, Waiting: mail.Waiting, AtHub: mail.AtHub, Missing: mail.Missing, Audit: account,
		Roster: g.c.Members.Get().Version(), Policy: g.c.Policy.Get().Version(), Digest: g.c.Policy.Get().Digest(),
		Staff: by.Name, Roles: by.Roles.List(), Quarantined: []client.Quarantined{},
	}
	if by.WorksCases() {
		if s.Due, err = g.due(ctx, by); err != nil {
			return client.Status{}, err
		}
		if s.Unconfirmed, err = g.c.Referrals.Unconfirmed(); err != nil {
			return client.Status{}, err
		}
		if s.Tell, err = g.toTell(ctx, by); err != nil {
			return client.Status{}, err
		}
		if s.ToAnswer, s.Awaited, err = g.c.Referrals.Asked(ctx, by.Asker); err != nil {
			return client.Status{}, err
		}
	}
	if err := errors.Join(g.asks(ctx, by, &s), g.policies(&s)); err != nil {
		return client.Status{}, err
	}
	duty, err := g.c.Staff.OnCall()
	if err != nil {
		return client.Status{}, err
	}
	s.OnCall, s.NobodyOnCall = duty.Now, duty.Set && len(duty.Now) == 0
	if s.WebhooksOff, err = g.c.Webhooks.Off(); err != nil {
		return client.Status{}, err
	}
	s.Knows = g.knows()
	if connected {
		s.Hub = "connected"
	}
	for _, q := range mail.Quarantined {
		shown := client.Quarantined{At: q.At, Code: q.Code, Count: q.Count}
		if q.From != "" {
			from := g.agency(q.From)
			shown.From = &from
		}
		s.Quarantined = append(s.Quarantined, shown)
	}
	for _, d := range mail.Doubted {
		s.Doubted = append(s.Doubted, client.Doubted{Agency: g.agency(d.Agency), Ours: d.Ours})
	}
	return s, nil
}

// knows is how well the node knows its network, with names.
func (g *Gateway) knows() client.Knows {
	k, frozen := g.c.Network.Knows()
	if frozen != "" {
		who := g.agency(frozen)
		k.Frozen = &who
	}
	for _, h := range k.Held {
		for i, a := range h.Agencies {
			h.Agencies[i] = g.agency(a.ID)
		}
	}
	return k
}

// asks counts what of needs waits for whoever asks: here for a choice or for the telephone,
// and of others for an answer.
func (g *Gateway) asks(ctx context.Context, by Person, s *client.Status) error {
	if by.WorksCases() {
		w, err := g.c.Needs.Waits(ctx, by.Asker)
		if err != nil {
			return err
		}
		s.Offers, s.NotSent, s.Silent = w.Offers, w.NotSent, w.Silent
	}
	if !by.AnswersNeeds() {
		return nil
	}
	list, err := g.c.Places.List(by.Asker, false)
	for _, r := range list {
		if r.State == posada.PlacementAsked {
			s.Placements++
		}
	}
	return err
}

// due counts the consents that have to be asked about again.
func (g *Gateway) due(ctx context.Context, by Person) (count int, err error) {
	list, err := g.c.Consents.List(ctx, by.Asker)
	for _, f := range list {
		if f.Due {
			count++
		}
	}
	return count, err
}
