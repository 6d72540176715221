package gateway

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Motions is what stewards are asked to sign.
//
//  1. Send takes a motion, or more signatures of one, and sends it to every other agency that
//     has a steward. fault.MotionRefused, fault.MotionOver, fault.MotionTooLong, fault.NoSteward:
//     nothing was sent.
//  2. Motions are those that are not decided yet, the newest first.
//  3. Motion is the file of one; fault.UnknownMotion: there is none.
type Motions interface {
	Send(ctx context.Context, by posada.StaffID, motion []byte) (id posada.MotionID, agencies int, err error)
	Motions(ctx context.Context) ([]client.Motion, error)
	Motion(ctx context.Context, id posada.MotionID) ([]byte, error)
}

// registerMotions: what is sent carries its own signatures and is believed for nothing else, so
// whoever weighs the rules may.
func (g *Gateway) registerMotions(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-motions", Method: http.MethodGet, Path: "/v1/motions", Summary: "What stewards are asked to sign and did not decide yet",
	}, answerTo(g, weighsRules, func(ctx context.Context, _ Person, _ *struct{}) (*body[client.Motions], error) {
		list, err := g.c.Motions.Motions(ctx)
		return &body[client.Motions]{client.Motions{Motions: list}}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "read-motion", Method: http.MethodGet, Path: "/v1/motions/{id}", Summary: "A motion with every signature that came of it",
	}, answerTo(g, weighsRules, func(ctx context.Context, _ Person, in *struct {
		ID string `path:"id" doc:"The motion's name."`
	}) (*body[client.MotionFile], error) {
		text, err := g.c.Motions.Motion(ctx, posada.MotionID(in.ID))
		return &body[client.MotionFile]{client.MotionFile{Motion: text}}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "send-motion", Method: http.MethodPost, Path: "/v1/motions", Summary: "Send a motion to every other agency that has a steward",
	}, answerTo(g, weighsRules, func(ctx context.Context, by Person, in *body[client.NewMotion]) (*body[client.SentMotion], error) {
		id, agencies, err := g.c.Motions.Send(ctx, by.ID, in.Body.Motion)
		return &body[client.SentMotion]{client.SentMotion{ID: id, Agencies: agencies}}, err
	}))
}
