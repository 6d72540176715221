package client

import (
	"context"
	"net/http"
	"time"
)

// NewWithdrawal is what somebody takes back: all of a case, or what one agency has
// of it; what came with a referral; or, with her code, whatever there is anywhere.
// One of Case, Referral and Code.
type NewWithdrawal struct {
	Case     string `json:"case,omitempty" doc:"The label of a case of one's own."`
	Referral string `json:"referral,omitempty" doc:"The id of a referral: one that came in is destroyed here with all its source shared of the person."`
	Code     string `json:"code,omitempty" doc:"Her eight words, in English or Spanish, as they were heard."`
	From     string `json:"from,omitempty" doc:"One agency, by name or id; everybody where it is left out. Not with a referral."`
	// AskCounsel is for people: a program that passes a person's word on leaves it out.
	AskCounsel bool `json:"ask_counsel,omitempty" doc:"Where a paper came in the case, leave what was taken over into this agency's own record of it until counsel was asked. What was shared is taken back all the same."`
}

// Withdrawal is what was taken back. With a code that is not told.
type Withdrawal struct {
	Back   []Referral `json:"back" doc:"Referrals that were taken back now; whether each is destroyed, it says when it is."`
	Own    int        `json:"own,omitempty" doc:"What was taken over into the case and is destroyed with the consents of the case."`
	Kept   int        `json:"kept,omitempty" doc:"What was taken over into the case and is still there: a paper came, and counsel is to be asked."`
	Thirds []Agency   `json:"thirds,omitempty" doc:"Agencies that what was shared may have been passed on to: they were told. Whether they have any, whoever passed it on knows."`
	Remain []string   `json:"remain,omitempty" doc:"Cases of one's own into which some of it was taken over, under a consent of its own, which goes on."`
}

// NewWords asks for the words of a case.
type NewWords struct {
	Case string `json:"case" doc:"The case's label."`
}

// Words is a withdrawal code, in both languages; either counts.
type Words struct {
	English string `json:"english"`
	Spanish string `json:"spanish"`
}

// Shredded is a target's signed word that it destroyed what it had.
type Shredded struct {
	At   time.Time `json:"at"`
	Read bool      `json:"read" doc:"Somebody there had looked at it before."`
}

// Withdraw takes back what was shared of somebody.
func (c *Client) Withdraw(ctx context.Context, in NewWithdrawal) (out Withdrawal, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/withdrawals", in, &out)
}

// Words is the code a case is withdrawn by anywhere.
func (c *Client) Words(ctx context.Context, in NewWords) (out Words, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/cases/words", in, &out)
}

// NewErasure is a case that is to be destroyed.
type NewErasure struct {
	Case string `json:"case" doc:"The case's label."`
}

// Erasure is the receipt for a case that is destroyed, or will be.
type Erasure struct {
	Case      string     `json:"case"`
	Begun     time.Time  `json:"begun"`
	Done      time.Time  `json:"done,omitzero" doc:"When the key of all of it was destroyed. Absent while something of it waits at the hub; it is done without anybody when that is taken back."`
	Consents  int        `json:"consents" doc:"Records of consent that were destroyed."`
	Own       int        `json:"own,omitempty" doc:"What had been taken over into it, and is destroyed."`
	Referrals int        `json:"referrals" doc:"Referrals that were sent, whose content is destroyed here."`
	Back      []Referral `json:"back" doc:"Those that were taken back for it."`
}

// EraseCase takes back all that was shared of a case and destroys all that is here
// of it. It cannot be undone.
func (c *Client) EraseCase(ctx context.Context, in NewErasure) (out Erasure, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/cases/erasures", in, &out)
}
