package client

import (
	"context"
	"net/http"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// NewPaper is a paper that came and wants something of the person a case is about.
// Everything but the first two is of an order that a judge signed, and of nothing
// else.
type NewPaper struct {
	Case    string   `json:"case" doc:"The case's label."`
	Kind    string   `json:"kind" doc:"What it is by who signed it: court_order or search_warrant, of a judge; subpoena, immigration_subpoena, administrative_warrant, civil_investigative_demand, prosecutor_request, letter_or_request, unsure."`
	Counsel string   `json:"counsel,omitempty" doc:"Who here spoke with counsel, by name or id."`
	Names   []string `json:"names,omitempty" doc:"The categories the order names."`
	From    string   `json:"from,omitempty" doc:"Of what was recorded from this day: YYYY-MM-DD."`
	Until   string   `json:"until,omitempty" doc:"To this day."`
	By      string   `json:"by,omitempty" doc:"The day by which the order is to be answered."`
	Secret  string   `json:"secret_until,omitempty" doc:"The order forbids to tell the person, up to and with this day."`
}

// NewTold says that the person was told of the orders that came.
type NewTold struct {
	Case    string `json:"case" doc:"The case's label."`
	Counsel string `json:"counsel,omitempty" doc:"Who here heard from counsel that it may be said although the order forbade it."`
}

// Paper is a paper that came in a case.
type Paper struct {
	Kind  posada.Instrument `json:"kind"`
	Came  time.Time         `json:"came" doc:"When that was recorded."`
	By    string            `json:"by" doc:"Who recorded it."`
	Order *Order            `json:"order,omitempty" doc:"What exactly it names; absent where no judge signed it."`
}

// Order is what a judge's order names, and whether the person was told.
type Order struct {
	Counsel string            `json:"counsel" doc:"Who here spoke with counsel."`
	Names   []posada.Category `json:"names"`
	From    posada.Date       `json:"from,omitempty"`
	Until   posada.Date       `json:"until,omitempty"`
	By      posada.Date       `json:"by"`
	Secret  posada.Date       `json:"secret_until,omitempty" doc:"The order forbids to tell the person, up to and with this day."`
	Told    time.Time         `json:"told,omitzero" doc:"When it was recorded that the person was told."`
	ToldBy  string            `json:"told_by,omitempty"`
	Lifted  string            `json:"lifted,omitempty" doc:"Who heard from counsel that it may be said although the order forbade it."`
}

// RecordedPaper is a paper that was recorded. Of an order: which of the kinds it
// names there are here, as far as they are for whoever asks. Never a value: each is
// looked at where it lies, and that is noted.
type RecordedPaper struct {
	Case  string            `json:"case"`
	Paper Paper             `json:"paper"`
	Held  []posada.Category `json:"held" doc:"Of the categories the order names, those that what was sent for this case holds."`
	More  bool              `json:"more,omitempty" doc:"There is more than that, for other roles or for those whose work it is."`
}

// RecordPaper records that a paper came. Nothing is given or sent for it.
func (c *Client) RecordPaper(ctx context.Context, in NewPaper) (out RecordedPaper, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/cases/papers", in, &out)
}

// Told records that the person was told of the orders that came.
func (c *Client) Told(ctx context.Context, in NewTold) (out Case, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/cases/papers/told", in, &out)
}
