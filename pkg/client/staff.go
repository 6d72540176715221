package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Staff is somebody who works, or worked, at the agency.
type Staff struct {
	ID       posada.StaffID     `json:"id"`
	Name     string             `json:"name"`
	Roles    []posada.StaffRole `json:"roles"`
	Added    time.Time          `json:"added"`
	Disabled time.Time          `json:"disabled,omitzero" doc:"Since when nothing is answered to her; absent: she works here."`
	Account  bool               `json:"account" doc:"She has an account in force and can sign in."`
}

// NewStaff is somebody to add.
type NewStaff struct {
	Name  string   `json:"name" doc:"What she is called here; nobody else who works here is."`
	Roles []string `json:"roles" doc:"What she does; at least one: advocate, legal, medical, volunteer_screener, coordinator, steward, auditor, agency_admin."`
}

// NewRoles is what somebody does from now on.
type NewRoles struct {
	Roles []string `json:"roles" doc:"All she does; what is not named she does no more."`
}

// AddedStaff is somebody who was added, with her token.
type AddedStaff struct {
	Staff Staff  `json:"staff"`
	Token string `json:"token" doc:"What she shows herself with; it is shown this once."`
}

// Token is one of the tokens people show themselves with, without itself.
type Token struct {
	ID   posada.TokenID `json:"id"`
	Of   posada.StaffID `json:"of"`
	Made time.Time      `json:"made"`
	Asks bool           `json:"asks" doc:"It is the one this was asked with."`
	// Session is set of a session, which ends by itself, at Until at the latest.
	Session bool      `json:"session,omitempty" doc:"It is a session of somebody who signed in."`
	Until   time.Time `json:"until,omitzero" doc:"Of a session: when it ends at the latest."`
	// Name is set of a program's token, and so are Scopes and Rate.
	Name   string         `json:"name,omitempty" doc:"Of a program's: what the program is called here."`
	Scopes []posada.Scope `json:"scopes,omitempty" doc:"What it may be used for; absent: for all that its person may do."`
	Rate   int            `json:"rate,omitempty" doc:"How many requests a minute it is answered."`
	Used   string         `json:"used,omitempty" doc:"Of a program's: the last day it was used (UTC)."`
}

// NewToken is a token to add.
type NewToken struct {
	Of string `json:"of,omitempty" doc:"Whose; empty: one's own."`
	// Name, Scopes and Rate make it a program's.
	Name   string   `json:"name,omitempty" maxLength:"60" doc:"What the program is called here that it is for; with scopes."`
	Scopes []string `json:"scopes,omitempty" doc:"What it may be used for: read_cases, write_cases, read_places, write_places, read_node, administer_node."`
	Rate   int      `json:"rate,omitempty" minimum:"0" maximum:"6000" doc:"How many requests a minute it is answered; 120 where it is 0."`
}

// AddedToken is a token that was added, with itself.
type AddedToken struct {
	ID    posada.TokenID `json:"id"`
	Of    posada.StaffID `json:"of"`
	Made  time.Time      `json:"made"`
	Name  string         `json:"name,omitempty" doc:"Of a program's."`
	Token string         `json:"token" doc:"It is shown this once."`
}

// RevokedToken is a token that is nobody's any more.
type RevokedToken struct {
	Revoked posada.TokenID `json:"revoked"`
}

// Staff lists who works here and who did, by name.
func (c *Client) Staff(ctx context.Context) (out []Staff, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/staff", nil, &out)
}

// AddStaff adds a person.
func (c *Client) AddStaff(ctx context.Context, in NewStaff) (out AddedStaff, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/staff", in, &out)
}

// SetRoles says anew what a person does.
func (c *Client) SetRoles(ctx context.Context, id posada.StaffID, in NewRoles) (out Staff, err error) {
	return out, c.do(ctx, http.MethodPut, "/v1/staff/"+url.PathEscape(string(id))+"/roles", in, &out)
}

// DisableStaff ends what a person can do here; when it returns none of her
// tokens is anybody's.
func (c *Client) DisableStaff(ctx context.Context, id posada.StaffID) (out Staff, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/staff/"+url.PathEscape(string(id))+"/disable", nil, &out)
}

// Tokens lists one's own tokens, or, for an administrator, everybody's; the
// newest first.
func (c *Client) Tokens(ctx context.Context) (out []Token, err error) {
	return out, c.do(ctx, http.MethodGet, "/v1/tokens", nil, &out)
}

// AddToken adds a token for oneself or, where an administrator asks, for
// somebody else.
func (c *Client) AddToken(ctx context.Context, in NewToken) (out AddedToken, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/tokens", in, &out)
}

// RevokeToken ends a token.
func (c *Client) RevokeToken(ctx context.Context, id posada.TokenID) (out RevokedToken, err error) {
	return out, c.do(ctx, http.MethodDelete, "/v1/tokens/"+url.PathEscape(string(id)), nil, &out)
}
