package client

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// Case is a case of this agency.
type Case struct {
	Label    string    `json:"label" doc:"What people call it; it says nothing of a person."`
	Opened   time.Time `json:"opened"`
	Assigned []string  `json:"assigned" doc:"The names of those whose work it is."`
	Erasing  time.Time `json:"erasing,omitzero" doc:"Since then all of it is to be destroyed, as soon as nothing of it waits."`
	Papers   []Paper   `json:"papers,omitempty" doc:"Papers that came and want something of the person, the oldest first."`
	Tell     int       `json:"tell,omitempty" doc:"Orders of a judge of which the person is to be told now."`
	Exclude  []Agency  `json:"exclude" doc:"Agencies that never have anything of it, whatever a consent says. They are told to nobody, and here to those whose work it is."`
}

// NewExclusion is an agency that must never have anything of a case.
type NewExclusion struct {
	Case   string `json:"case" doc:"The case's label."`
	Agency string `json:"agency" doc:"Its name or its id."`
}

// NewAssignment gives something to a colleague.
type NewAssignment struct {
	To      string `json:"to" doc:"Her name or her id."`
	Instead bool   `json:"instead,omitempty" doc:"Instead of whoever gives it away; of everybody, where it is not hers."`
}

// NewCaseAssignment gives a case to a colleague.
type NewCaseAssignment struct {
	NewAssignment
	Case string `json:"case" doc:"The case's label."`
}

// OpenCase opens a case before anything is agreed to.
func (c *Client) OpenCase(ctx context.Context) (out Case, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/cases", nil, &out)
}

// Cases lists cases, the newest first.
func (c *Client) Cases(ctx context.Context) ([]Case, error) { return all(c.EachCase(ctx)) }

// EachCase goes through them a part at a time; it is the same list.
func (c *Client) EachCase(ctx context.Context) iter.Seq2[Case, error] {
	return parts[Case](ctx, c, "/v1/cases")
}

// AssignCase gives a case to a colleague.
func (c *Client) AssignCase(ctx context.Context, in NewCaseAssignment) (out Case, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/cases/assignments", in, &out)
}

// Exclude sees to it that an agency never has anything of a case from now on.
// What waits to be sent to it is stopped; what it has, it has.
func (c *Client) Exclude(ctx context.Context, in NewExclusion) (out Case, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/cases/exclusions", in, &out)
}
