package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// NewQuestion asks the source of a referral something about it.
type NewQuestion struct {
	Question string `json:"question" doc:"One of the list: posada words question."`
	Note     string `json:"note,omitempty" doc:"One line of at most 280 characters, without names or places. It goes with the question."`
}

// NewReply answers what was asked of a referral that was sent.
type NewReply struct {
	Question string `json:"question" doc:"The id of the question."`
	Answer   string `json:"answer" doc:"One of the question's answers."`
	Note     string `json:"note,omitempty" doc:"One line of at most 280 characters, without names or places. It goes with the answer; not_said has none."`
}

// Question is what was asked about a referral, and what was answered.
type Question struct {
	ID       posada.QuestionID `json:"id"`
	Question posada.Question   `json:"question"`
	Category posada.Category   `json:"category" doc:"What an answer tells."`
	Covered  bool              `json:"covered" doc:"The grant covers it. What is not covered can be answered with not_said alone."`
	Note     string            `json:"note,omitempty"`
	At       time.Time         `json:"at"`
	Open     bool              `json:"open" doc:"It waits for an answer."`
	Answers  []posada.Answer   `json:"answers" doc:"What may be answered to it."`

	Answer   posada.Answer `json:"answer,omitempty"`
	Reply    string        `json:"reply,omitempty" doc:"The note with the answer."`
	Answered time.Time     `json:"answered,omitzero"`
	Unsent   bool          `json:"unsent,omitempty" doc:"The answer was stopped on its way: consent or policy covers it no more."`
}

// AskAbout asks the source of a referral something about it, under the grant that the
// referral came with.
func (c *Client) AskAbout(ctx context.Context, id posada.ReferralID, in NewQuestion) (out Referral, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/referrals/"+url.PathEscape(string(id))+"/questions", in, &out)
}

// AnswerAbout answers what was asked of a referral that was sent.
func (c *Client) AnswerAbout(ctx context.Context, id posada.ReferralID, in NewReply) (out Referral, err error) {
	return out, c.do(ctx, http.MethodPost, "/v1/referrals/"+url.PathEscape(string(id))+"/answers", in, &out)
}
