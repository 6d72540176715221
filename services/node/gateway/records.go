package gateway

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Records is what the API asks of an agency's own records.
type Records interface {
	TakeOver(ctx context.Context, by handoff.Asker, id posada.ReferralID, label string, life time.Duration, r consent.Record) (handoff.OwnRecord, error)
	Show(ctx context.Context, by handoff.Asker, label string) (handoff.OwnRecord, error)
}

func (g *Gateway) registerRecords(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "take-over", Method: http.MethodPost, Path: "/v1/referrals/{id}/take-over", DefaultStatus: http.StatusCreated,
		Summary: "Copy what a consent to it names of a referral that came in into this agency's own record",
	}, answer(g, func(ctx context.Context, by Person, in *struct {
		ID   string `path:"id" doc:"The referral's id."`
		Body client.NewConsent
	}) (*body[client.OwnRecord], error) {
		r, life, err := g.readConsent(in.Body)
		if err != nil {
			return nil, err
		}
		return g.ownRecord(g.c.Records.TakeOver(ctx, by.Asker, posada.ReferralID(in.ID), label(in.Body.Case), life, r))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "show-own-record", Method: http.MethodPost, Path: "/v1/cases/records",
		Summary: "Show this agency's own record of a case with what of it is for whoever asks; that she looked is noted",
	}, answer(g, func(ctx context.Context, by Person, in *body[client.NewLook]) (*body[client.OwnRecord], error) {
		return g.ownRecord(g.c.Records.Show(ctx, by.Asker, label(in.Body.Case)))
	}))
}

func (g *Gateway) ownRecord(r handoff.OwnRecord, err error) (*body[client.OwnRecord], error) {
	if err != nil {
		return nil, err
	}
	names, err := g.workers()
	if err != nil {
		return nil, err
	}
	out := client.OwnRecord{Case: r.Label, Assigned: names(r.Assigned), TakenOver: []client.TakenOver{}, Imported: []client.Imported{}}
	for _, i := range r.Imported {
		out.Imported = append(out.Imported, client.Imported{Mapping: i.Mapping, At: i.At, Carried: carried(i.Content), More: i.More, Confirm: i.Confirm})
	}
	for _, o := range r.Entries {
		out.TakenOver = append(out.TakenOver, client.TakenOver{
			From: g.agency(o.From), At: o.Taken, Until: o.Until, Consent: o.Consent, Purpose: o.Purpose, Carried: carried(o.Content), More: o.More, Confirm: o.Confirm,
		})
	}
	return &body[client.OwnRecord]{out}, nil
}
