package client

import (
	"context"
	"net/http"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// OnCall is who can be reached when. Its times are told in the agency's zone.
type OnCall struct {
	At    time.Time     `json:"at"`
	Zone  string        `json:"zone" doc:"The zone that the hours are of."`
	Set   bool          `json:"set" doc:"There are hours of somebody, be it of one who was disabled."`
	Now   []string      `json:"now" doc:"Names of those on call now."`
	Next  []OnCallSpan  `json:"next" doc:"The next 24 hours, in order; what goes on now is cut to now."`
	Hours []OnCallHours `json:"hours,omitempty" doc:"Weekly hours; shown to those who set them."`
}

// OnCallSpan is a time somebody is on call.
type OnCallSpan struct {
	Name  string    `json:"name"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// OnCallHours are weekly hours of somebody: on those days from a time until another,
// of the next day where that is not later.
type OnCallHours struct {
	Name  string           `json:"name"`
	Days  []posada.Weekday `json:"days"`
	From  string           `json:"from" doc:"HH:MM"`
	Until string           `json:"until" doc:"HH:MM"`
	Reach string           `json:"reach,omitempty" doc:"Where the person is told that something waits."`
}

// NewOnCall sets weekly hours of somebody, or takes them away.
type NewOnCall struct {
	Name   string   `json:"name" doc:"The person's name or id."`
	Days   []string `json:"days,omitempty" doc:"mon, tue, wed, thu, fri, sat, sun."`
	From   string   `json:"from,omitempty" doc:"HH:MM, on the clock at the agency."`
	Until  string   `json:"until,omitempty" doc:"HH:MM; of the next day where it is not later than from."`
	Reach  *string  `json:"reach,omitempty" doc:"Where the person is told, while on call, that something waits: what the agency's own program takes, a telephone number or an address; empty, nowhere."`
	Remove bool     `json:"remove,omitempty" doc:"Take these hours away, or, where no days are said, all of the person's."`
}

// OnCall is who is on call now and in the next day.
func (c *Client) OnCall(ctx context.Context) (out OnCall, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/on-call", nil, &out)
}

// SetOnCall sets weekly hours of somebody, or takes them away.
func (c *Client) SetOnCall(ctx context.Context, in NewOnCall) (out OnCall, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/on-call", in, &out)
}
