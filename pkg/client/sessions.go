package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// NewAccount begins an account, asked with a token.
type NewAccount struct {
	Passphrase string `json:"passphrase" doc:"At least 12 characters, of whatever kind."`
}

// PendingAccount is what the person puts into an app and on paper, shown this once. The
// account is in force when a code of the app was shown: ConfirmAccount.
type PendingAccount struct {
	URI      string    `json:"uri" doc:"otpauth://: what a square code for the app holds."`
	Secret   string    `json:"secret" doc:"The same, to type: base32."`
	Recovery []string  `json:"recovery" doc:"Codes for when the app is not there; each can be used once."`
	Until    time.Time `json:"until" doc:"It can be confirmed until then."`
}

// AccountCode puts an account in force.
type AccountCode struct {
	Code     string `json:"code" doc:"Six digits, as the app shows them now."`
	EndToken bool   `json:"end_token,omitempty" doc:"End the token that the account was made with."`
}

// NewSession signs somebody in, with an account in force.
type NewSession struct {
	Name       string `json:"name,omitempty" doc:"What she is called here."`
	Passphrase string `json:"passphrase,omitempty"`
	Code       string `json:"code,omitempty" doc:"Six digits of the app, or a recovery code; not needed with a device."`
	Device     string `json:"device,omitempty" doc:"What a sign-in with a code gave at this device."`
}

// Session is a session that begins.
type Session struct {
	Token  string    `json:"token" doc:"A bearer token; it is shown this once."`
	Until  time.Time `json:"until" doc:"It ends then, or earlier after idle_seconds without a request."`
	Device string    `json:"device,omitempty" doc:"For this person at this device in place of a code, until device_until; absent where the sign-in was with one."`
	// DeviceUntil is when the device is forgotten.
	DeviceUntil time.Time `json:"device_until,omitzero"`
	Person      Me        `json:"person"`
}

// Me is who asks, and how she shows it.
type Me struct {
	ID     posada.StaffID     `json:"id"`
	Name   string             `json:"name"`
	Roles  []posada.StaffRole `json:"roles"`
	Agency Agency             `json:"agency"`

	Session        bool      `json:"session" doc:"She asks in a session, not with a token."`
	Until          time.Time `json:"until,omitzero" doc:"When the session ends at the latest."`
	IdleSeconds    int       `json:"idle_seconds,omitempty" doc:"It ends after so long without a request; this one was one."`
	Confirmed      bool      `json:"confirmed" doc:"Where somebody is now is shown: it is a token, or a session that was confirmed in the last minutes."`
	ConfirmedUntil time.Time `json:"confirmed_until,omitzero" doc:"Of a session: until when that counts."`
	Account        bool      `json:"account" doc:"She has an account in force."`
	RecoveryLeft   int       `json:"recovery_left,omitempty" doc:"How many recovery codes were not used."`
}

// NewProof shows once more who it is; one of both.
type NewProof struct {
	Passphrase string `json:"passphrase,omitempty"`
	Code       string `json:"code,omitempty" doc:"Six digits, as the app shows them now."`
}

// SignedOut is a session that is over.
type SignedOut struct {
	SignedOut bool `json:"signed_out"`
}

// String hides the passphrase.
func (NewAccount) String() string { return "(redacted)" }

// GoString hides the passphrase.
func (NewAccount) GoString() string { return "(redacted)" }

// String hides the secrets.
func (PendingAccount) String() string { return "(redacted)" }

// GoString hides the secrets.
func (PendingAccount) GoString() string { return "(redacted)" }

// String hides what is shown to sign in.
func (NewSession) String() string { return "(redacted)" }

// GoString hides what is shown to sign in.
func (NewSession) GoString() string { return "(redacted)" }

// String hides the session's token.
func (Session) String() string { return "(redacted)" }

// GoString hides the session's token.
func (Session) GoString() string { return "(redacted)" }

// String hides what is shown.
func (NewProof) String() string { return "(redacted)" }

// GoString hides what is shown.
func (NewProof) GoString() string { return "(redacted)" }

// MakeAccount begins an account for whoever the client's token belongs to, or makes it
// anew: what there is of one stays until the new one is in force.
func (c *Client) MakeAccount(ctx context.Context, in NewAccount) (out PendingAccount, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/account", in, &out)
}

// ConfirmAccount puts an account in force and signs in. All sessions and remembered
// devices of an earlier one are over then.
func (c *Client) ConfirmAccount(ctx context.Context, in AccountCode) (out Session, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/account/confirm", in, &out)
}

// EndAccount ends somebody's account with all sessions; an administrator's to ask.
func (c *Client) EndAccount(ctx context.Context, id posada.StaffID) (out Staff, err error) {
	return out, c.do(ctx, http.MethodDelete, "/v1/staff/"+url.PathEscape(string(id))+"/account", nil, &out)
}

// SignIn begins a session; the client needs no token. Whatever of it is wrong, the
// answer is the same.
func (c *Client) SignIn(ctx context.Context, in NewSession) (out Session, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/sessions", in, &out)
}

// SignOut ends the session that the client's token is of.
func (c *Client) SignOut(ctx context.Context) (out SignedOut, err error) {
	return out, c.do(ctx, http.MethodDelete, "/v1/sessions/current", nil, &out)
}

// Confirm shows once more who is at a session: for some minutes it is shown where
// somebody is now.
func (c *Client) Confirm(ctx context.Context, in NewProof) (out Me, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/sessions/confirm", in, &out)
}

// Me is who the client's token belongs to.
func (c *Client) Me(ctx context.Context) (out Me, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/me", nil, &out)
}
