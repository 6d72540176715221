package gateway

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/question"
	"github.com/posada-exchange/posada/pkg/referral"
)

// Questioning is what is asked and answered about a referral.
type Questioning interface {
	Ask(ctx context.Context, by handoff.Asker, id posada.ReferralID, asks posada.Question, note question.Note) (referral.View, error)
	Answer(ctx context.Context, by handoff.Asker, id posada.ReferralID, a question.Answering) (referral.View, error)
	Asked(ctx context.Context, by handoff.Asker) (here, there int, err error)
}

// registerQuestions: whoever a referral was sent to asks, and whoever sent it answers.
func (g *Gateway) registerQuestions(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "ask-about-referral", Method: http.MethodPost, Path: "/v1/referrals/{id}/questions", DefaultStatus: http.StatusCreated,
		Summary: "Ask whoever sent a referral something about it, under its grant",
	}, answer(g, func(ctx context.Context, by Person, in *struct {
		ID   string `path:"id" doc:"The referral's id."`
		Body client.NewQuestion
	}) (*body[client.Referral], error) {
		var r reader
		asks := word[posada.Question](&r, "question", in.Body.Question)
		if r.err != nil {
			return nil, r.err
		}
		return g.oneReferral(g.c.Referrals.Ask(ctx, by.Asker, posada.ReferralID(in.ID), asks, question.Note(in.Body.Note)))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "answer-about-referral", Method: http.MethodPost, Path: "/v1/referrals/{id}/answers", DefaultStatus: http.StatusCreated,
		Summary: "Answer what was asked about a referral that was sent; decided on as a disclosure of what the answer tells",
	}, answer(g, func(ctx context.Context, by Person, in *struct {
		ID   string `path:"id" doc:"The referral's id."`
		Body client.NewReply
	}) (*body[client.Referral], error) {
		var r reader
		a := question.Answering{
			ID: posada.QuestionID(in.Body.Question), Says: word[posada.Answer](&r, "answer", in.Body.Answer), Note: question.Note(in.Body.Note),
		}
		if r.err != nil {
			return nil, r.err
		}
		return g.oneReferral(g.c.Referrals.Answer(ctx, by.Asker, posada.ReferralID(in.ID), a))
	}))
}

func showQuestions(list []referral.Question) []client.Question {
	var out []client.Question
	for _, q := range list {
		out = append(out, client.Question{
			ID: q.ID, Question: q.Asks, Category: q.Category, Covered: q.Covered, Note: string(q.Note), At: q.At, Open: q.Open(), Answers: question.Answers(q.Asks),
			Answer: q.Says, Reply: string(q.Reply), Answered: q.Answered, Unsent: q.Unsent,
		})
	}
	return out
}
