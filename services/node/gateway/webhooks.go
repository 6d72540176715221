package gateway

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Webhooks is what the API asks of what tells programs outside.
//
//  1. Add and Rotate give what an endpoint checks by; where it is a secret, no other answer has it.
//  2. Test returns when the endpoint answered, or did not in time.
//  3. fault.NothingThere: there is no such endpoint. Of Event: or she would not be shown what it is about.
type Webhooks interface {
	Add(by posada.StaffID, in client.Webhook) (client.AddedWebhook, error)
	List() ([]client.Webhook, error)
	Show(id posada.WebhookID) (client.Webhook, []client.WebhookAttempt, error)
	Rotate(by posada.StaffID, id posada.WebhookID) (client.AddedWebhook, error)
	Enable(by posada.StaffID, id posada.WebhookID) (client.Webhook, error)
	Disable(by posada.StaffID, id posada.WebhookID) (client.Webhook, error)
	Remove(by posada.StaffID, id posada.WebhookID) error
	Test(ctx context.Context, id posada.WebhookID) (client.WebhookAttempt, error)
	Event(ctx context.Context, by handoff.Asker, id posada.EventID) (client.WebhookEvent, error)
	Off() (int, error)
}

type webhookPath struct {
	ID string `path:"id" doc:"The endpoint's id."`
}

// registerWebhooks: who administers the agency says which programs are told. What one was
// told of is for whoever would be shown it.
func (g *Gateway) registerWebhooks(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-webhooks", Method: http.MethodGet, Path: "/v1/webhooks", Summary: "The endpoints that are told that something came",
	}, answerTo(g, administers, func(context.Context, Person, *struct{}) (*body[[]client.Webhook], error) {
		list, err := g.c.Webhooks.List()
		if err == nil {
			err = g.forWhom(list)
		}
		return &body[[]client.Webhook]{list}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "add-webhook", Method: http.MethodPost, Path: "/v1/webhooks", DefaultStatus: http.StatusCreated,
		Summary: "Have an endpoint told of what comes from now on; the answer holds what it checks by, and a secret is shown this once",
	}, answerTo(g, administers, g.addWebhook))
	huma.Register(api, huma.Operation{
		OperationID: "show-webhook", Method: http.MethodGet, Path: "/v1/webhooks/{id}", Summary: "One endpoint",
	}, answerTo(g, administers, func(_ context.Context, _ Person, in *webhookPath) (*body[client.Webhook], error) {
		out, _, err := g.c.Webhooks.Show(posada.WebhookID(in.ID))
		return g.oneWebhook(out, err)
	}))
	huma.Register(api, huma.Operation{
		OperationID: "log-webhook", Method: http.MethodGet, Path: "/v1/webhooks/{id}/log", Summary: "What became of the last hundred attempts to tell it: times and statuses",
	}, answerTo(g, administers, func(_ context.Context, _ Person, in *webhookPath) (*body[[]client.WebhookAttempt], error) {
		_, lines, err := g.c.Webhooks.Show(posada.WebhookID(in.ID))
		return &body[[]client.WebhookAttempt]{lines}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "remove-webhook", Method: http.MethodDelete, Path: "/v1/webhooks/{id}", Summary: "Forget an endpoint with its keys and all it was not told",
	}, answerTo(g, administers, func(_ context.Context, by Person, in *webhookPath) (*body[client.RemovedWebhook], error) {
		err := g.c.Webhooks.Remove(by.ID, posada.WebhookID(in.ID))
		return &body[client.RemovedWebhook]{client.RemovedWebhook{Removed: posada.WebhookID(in.ID)}}, err
	}))
	g.registerWebhookSteps(api)
}

func (g *Gateway) registerWebhookSteps(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "rotate-webhook", Method: http.MethodPost, Path: "/v1/webhooks/{id}/rotate",
		Summary: "Draw another key; the one before signs beside it for a day",
	}, answerTo(g, administers, func(_ context.Context, by Person, in *webhookPath) (*body[client.AddedWebhook], error) {
		if err := confirmedFirst(by); err != nil {
			return nil, err
		}
		return g.keyed(g.c.Webhooks.Rotate(by.ID, posada.WebhookID(in.ID)))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "enable-webhook", Method: http.MethodPost, Path: "/v1/webhooks/{id}/enable",
		Summary: "Have an endpoint told again: what waited for it, and what comes from now on",
	}, answerTo(g, administers, func(_ context.Context, by Person, in *webhookPath) (*body[client.Webhook], error) {
		return g.oneWebhook(g.c.Webhooks.Enable(by.ID, posada.WebhookID(in.ID)))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "disable-webhook", Method: http.MethodPost, Path: "/v1/webhooks/{id}/disable", Summary: "Have an endpoint told nothing",
	}, answerTo(g, administers, func(_ context.Context, by Person, in *webhookPath) (*body[client.Webhook], error) {
		return g.oneWebhook(g.c.Webhooks.Disable(by.ID, posada.WebhookID(in.ID)))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "test-webhook", Method: http.MethodPost, Path: "/v1/webhooks/{id}/test", Summary: "Tell an endpoint that this is a test, and say what came of it",
	}, answerTo(g, administers, func(ctx context.Context, _ Person, in *webhookPath) (*body[client.WebhookAttempt], error) {
		out, err := g.c.Webhooks.Test(ctx, posada.WebhookID(in.ID))
		return &body[client.WebhookAttempt]{out}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "show-webhook-event", Method: http.MethodGet, Path: "/v1/webhook-events/{id}", Summary: "What an endpoint was told of, for seven days",
	}, answerTo(g, func(p Person) bool { return p.AnswersNeeds() }, func(ctx context.Context, by Person, in *struct {
		ID string `path:"id" doc:"The event's id."`
	}) (*body[client.WebhookEvent], error) {
		out, err := g.c.Webhooks.Event(ctx, by.Asker, posada.EventID(in.ID))
		return &body[client.WebhookEvent]{out}, err
	}))
}

func (g *Gateway) addWebhook(_ context.Context, by Person, in *body[client.NewWebhook]) (*body[client.AddedWebhook], error) {
	var r reader
	wanted := client.Webhook{URL: in.Body.URL, Types: wordList[posada.WebhookType](&r, "types", in.Body.Types), Scheme: posada.WebhookV1}
	if in.Body.Scheme != "" {
		wanted.Scheme = word[posada.WebhookScheme](&r, "scheme", in.Body.Scheme)
	}
	if r.err != nil {
		return nil, r.err
	}
	if err := confirmedFirst(by); err != nil {
		return nil, err
	}
	var err error
	if wanted.For, err = g.anybody(in.Body.For, false); err != nil {
		return nil, err
	}
	return g.keyed(g.c.Webhooks.Add(by.ID, wanted))
}

// forWhom gives the names of those whom endpoints are for.
func (g *Gateway) forWhom(list []client.Webhook) error {
	people, err := g.c.Staff.People()
	for i := range list {
		for _, m := range people {
			if m.ID == list[i].For {
				list[i].ForName = m.Name
			}
		}
	}
	return err
}

func (g *Gateway) oneWebhook(out client.Webhook, err error) (*body[client.Webhook], error) {
	if err != nil {
		return nil, err
	}
	one := []client.Webhook{out}
	err = g.forWhom(one)
	return &body[client.Webhook]{one[0]}, err
}

func (g *Gateway) keyed(out client.AddedWebhook, err error) (*body[client.AddedWebhook], error) {
	if err != nil {
		return nil, err
	}
	one := []client.Webhook{out.Webhook}
	err = g.forWhom(one)
	out.Webhook = one[0]
	return &body[client.AddedWebhook]{out}, err
}
