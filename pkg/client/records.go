package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// NewLook asks for an agency's own record of a case.
type NewLook struct {
	Case string `json:"case" doc:"The case's label."`
}

// OwnRecord is what this agency took over into a case, the oldest first, and what it
// brought in from another program of its own.
type OwnRecord struct {
	Case      string      `json:"case"`
	Assigned  []string    `json:"assigned" doc:"The names of those whose work the case is."`
	TakenOver []TakenOver `json:"taken_over"`
	Imported  []Imported  `json:"imported"`
}

// Imported is what was brought into a case from another program of this agency. No consent
// ends it: it goes with the case.
type Imported struct {
	Mapping string    `json:"mapping" doc:"The mapping that it was read by."`
	At      time.Time `json:"at"`
	Carried []Carried `json:"carried"`
	More    bool      `json:"more,omitempty" doc:"It holds more than is shown, for other roles or with confirm."`
	Confirm bool      `json:"confirm,omitempty" doc:"As of what was taken over."`
}

// TakenOver is something that was copied from what another agency had shared. It is
// kept until its own consent ends, whatever becomes of what was shared.
type TakenOver struct {
	From    Agency           `json:"from" doc:"Who had shared it."`
	At      time.Time        `json:"at"`
	Until   time.Time        `json:"until" doc:"The end of its consent: it is destroyed then, or when that consent is ended."`
	Consent posada.ConsentID `json:"consent" doc:"What it is kept under."`
	Purpose posada.Purpose   `json:"purpose"`
	Carried []Carried        `json:"carried"`
	More    bool             `json:"more,omitempty" doc:"It holds more than is shown, for other roles or with confirm."`
	Confirm bool             `json:"confirm,omitempty" doc:"Where the person is now is not shown in a session that was not confirmed in the last minutes: POST /v1/sessions/confirm, and look again."`
}

// TakeOver copies what a consent names of a referral that came in into this agency's
// own record. The consent names this agency alone; it is recorded in its case, or in
// one that is opened. All it names is copied, or nothing is.
func (c *Client) TakeOver(ctx context.Context, id posada.ReferralID, in NewConsent) (out OwnRecord, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/referrals/"+url.PathEscape(string(id))+"/take-over", in, &out)
}

// OwnRecord is what was taken over into a case.
func (c *Client) OwnRecord(ctx context.Context, in NewLook) (out OwnRecord, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/cases/records", in, &out)
}
