package client

import (
	"context"
	"net/http"
	"time"
)

// Case is a case of this agency.
type Case struct {
	Label   string    `json:"label" doc:"What people call it; it says nothing of a person."`
	Opened  time.Time `json:"opened"`
	Exclude []Agency  `json:"exclude" doc:"Agencies that never have anything of it, whatever a consent says. They are told to nobody."`
}

// NewExclusion is an agency that must never have anything of a case.
type NewExclusion struct {
	Case   string `json:"case" doc:"The case's label."`
	Agency string `json:"agency" doc:"Its name or its id."`
}

// OpenCase opens a case before anything is agreed to.
func (c *Client) OpenCase(ctx context.Context) (out Case, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/cases", nil, &out)
}

// Cases lists cases, the newest first.
func (c *Client) Cases(ctx context.Context) (out []Case, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/cases", nil, &out)
}

// Exclude sees to it that an agency never has anything of a case from now on.
// What waits to be sent to it is stopped; what it has, it has.
func (c *Client) Exclude(ctx context.Context, in NewExclusion) (out Case, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/cases/exclusions", in, &out)
}
