package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Webhook is an endpoint outside that is told that something came.
type Webhook struct {
	ID      posada.WebhookID     `json:"id"`
	URL     string               `json:"url"`
	For     posada.StaffID       `json:"for" doc:"It is told of what this member of staff would be shown."`
	ForName string               `json:"for_name,omitempty"`
	Types   []posada.WebhookType `json:"types,omitempty" doc:"What it is told of; absent: of everything."`
	Scheme  posada.WebhookScheme `json:"scheme" doc:"v1: HMAC-SHA256. v1a: ed25519."`
	Public  string               `json:"public,omitempty" doc:"Of v1a, what it checks signatures by (whpk_…)."`
	Added   time.Time            `json:"added"`
	Off     posada.WebhookOff    `json:"off,omitempty" doc:"Why it is told nothing; absent: it is."`
	OffAt   time.Time            `json:"off_at,omitzero"`
	Failing time.Time            `json:"failing,omitzero" doc:"It took nothing since."`
	Taken   time.Time            `json:"taken,omitzero" doc:"When it last took something."`
	Waiting int                  `json:"waiting" doc:"What it was not told yet."`
	Overlap time.Time            `json:"overlap,omitzero" doc:"Until then the key of before signs, too."`
}

// NewWebhook is an endpoint that is to be told.
type NewWebhook struct {
	URL    string   `json:"url" maxLength:"512" doc:"https://host/path; on this machine http too, where the node's configuration allows it."`
	For    string   `json:"for" doc:"The name or id of the member of staff it is for: it is told of what that person would be shown."`
	Types  []string `json:"types,omitempty" maxItems:"16" doc:"What it is told of; absent: of everything."`
	Scheme string   `json:"scheme,omitempty" doc:"v1 (where it is absent) or v1a."`
}

// AddedWebhook is an endpoint with what it checks signatures by.
type AddedWebhook struct {
	Webhook Webhook `json:"webhook"`
	Key     string  `json:"key" doc:"What it checks by: whsec_… is secret and shown this once; whpk_… is public."`
}

// RemovedWebhook is the answer to a removal.
type RemovedWebhook struct {
	Removed posada.WebhookID `json:"removed"`
}

// WebhookAttempt is what became of one attempt to tell an endpoint.
type WebhookAttempt struct {
	At      time.Time             `json:"at"`
	Event   posada.EventID        `json:"event"`
	Type    posada.WebhookType    `json:"type"`
	Status  int                   `json:"status,omitempty" doc:"What it answered; absent: it did not."`
	Outcome posada.WebhookOutcome `json:"outcome"`
}

// WebhookEvent is what an endpoint was told of: one of the three ids.
type WebhookEvent struct {
	ID        posada.EventID     `json:"id"`
	Type      posada.WebhookType `json:"type"`
	At        time.Time          `json:"at"`
	Referral  posada.ReferralID  `json:"referral,omitempty" doc:"GET /v1/referrals/{id}"`
	Need      posada.NeedID      `json:"need,omitempty" doc:"GET /v1/needs/{id}"`
	Placement posada.NeedID      `json:"placement,omitempty" doc:"GET /v1/placements/{id}"`
}

func webhookPath(id posada.WebhookID, step string) string {
	return "/v1/webhooks/" + url.PathEscape(string(id)) + step
}

// Webhooks lists the endpoints, the oldest first.
func (c *Client) Webhooks(ctx context.Context) (out []Webhook, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/webhooks", nil, &out)
}

// Webhook is one endpoint.
func (c *Client) Webhook(ctx context.Context, id posada.WebhookID) (out Webhook, err error) {
	return out, c.do(ctx, http.MethodGet, webhookPath(id, ""), nil, &out)
}

// AddWebhook has an endpoint told of what comes from now on.
func (c *Client) AddWebhook(ctx context.Context, in NewWebhook) (out AddedWebhook, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/webhooks", in, &out)
}

// RotateWebhook draws another key; the one before signs beside it for a day.
func (c *Client) RotateWebhook(ctx context.Context, id posada.WebhookID) (out AddedWebhook, err error) {
	return out, c.do(ctx, http.MethodPost, webhookPath(id, "/rotate"), nil, &out)
}

// EnableWebhook has an endpoint told again what comes from now on, and what waited.
func (c *Client) EnableWebhook(ctx context.Context, id posada.WebhookID) (out Webhook, err error) {
	return out, c.do(ctx, http.MethodPost, webhookPath(id, "/enable"), nil, &out)
}

// DisableWebhook has an endpoint told nothing.
func (c *Client) DisableWebhook(ctx context.Context, id posada.WebhookID) (out Webhook, err error) {
	return out, c.do(ctx, http.MethodPost, webhookPath(id, "/disable"), nil, &out)
}

// TestWebhook tells an endpoint that this is a test, and says what came of it.
func (c *Client) TestWebhook(ctx context.Context, id posada.WebhookID) (out WebhookAttempt, err error) {
	return out, c.do(ctx, http.MethodPost, webhookPath(id, "/test"), nil, &out)
}

// WebhookLog is what became of the last attempts, the newest first.
func (c *Client) WebhookLog(ctx context.Context, id posada.WebhookID) (out []WebhookAttempt, err error) {
	return out, c.do(ctx, http.MethodGet, webhookPath(id, "/log"), nil, &out)
}

// RemoveWebhook forgets an endpoint with its keys.
func (c *Client) RemoveWebhook(ctx context.Context, id posada.WebhookID) (out RemovedWebhook, err error) {
	return out, c.do(ctx, http.MethodDelete, webhookPath(id, ""), nil, &out)
}

// WebhookEvent is what an endpoint was told of, for somebody who would be shown it.
func (c *Client) WebhookEvent(ctx context.Context, id posada.EventID) (out WebhookEvent, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/webhook-events/"+url.PathEscape(string(id)), nil, &out)
}
