package gateway

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/words"
)

// Withdrawals is what the API asks of the withdrawals unit: her three doors.
type Withdrawals interface {
	OfCase(ctx context.Context, by handoff.Asker, label string, from posada.AgencyID, askCounsel bool) (Taken, error)
	OfReferral(ctx context.Context, by handoff.Asker, id posada.ReferralID) (Taken, error)
	EraseCase(ctx context.Context, by handoff.Asker, label string) (Erasure, error)
	ByCode(by handoff.Asker, code consent.Code, from posada.AgencyID) error
}

// Taken is what was taken back: referrals, how much of an agency's own record, how much
// of that waits for counsel, and the cases in which some of it goes on.
type Taken struct {
	Back   []referral.View
	Own    int
	Kept   int
	Remain []string
	Thirds []posada.AgencyID
}

// Erasure is what became of a case that was to be destroyed.
type Erasure struct {
	Label          string
	Begun, Done    time.Time
	Consents       int
	Own, Referrals int
	Back           []referral.View
}

func (g *Gateway) registerWithdrawals(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "withdraw", Method: http.MethodPost, Path: "/v1/withdrawals", DefaultStatus: http.StatusCreated,
		Summary: "She takes it back: by her word in a case of one's own or about a referral that came in, or by her code anywhere",
	}, answerTo(g, Person.MayOpenCases, func(ctx context.Context, by Person, in *body[client.NewWithdrawal]) (*body[client.Withdrawal], error) {
		taken, err := g.withdraw(ctx, by, in.Body)
		if err != nil {
			return nil, err
		}
		list, err := g.showReferrals(taken.Back...)
		return &body[client.Withdrawal]{client.Withdrawal{Back: list, Own: taken.Own, Kept: taken.Kept, Remain: taken.Remain, Thirds: g.agencies(taken.Thirds)}}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "erase-case", Method: http.MethodPost, Path: "/v1/cases/erasures", DefaultStatus: http.StatusCreated,
		Summary: "Take back all that was shared of a case and destroy all that is here of it",
	}, answer(g, func(ctx context.Context, by Person, in *body[client.NewErasure]) (*body[client.Erasure], error) {
		e, err := g.c.Withdrawals.EraseCase(ctx, by.Asker, label(in.Body.Case))
		if err != nil {
			return nil, err
		}
		list, err := g.showReferrals(e.Back...)
		return &body[client.Erasure]{client.Erasure{
			Case: e.Label, Begun: e.Begun, Done: e.Done, Consents: e.Consents, Own: e.Own, Referrals: e.Referrals, Back: list,
		}}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "show-code", Method: http.MethodPost, Path: "/v1/cases/words",
		Summary: "The eight words a case is withdrawn by anywhere, to be handed to the person; that they were read is noted",
	}, answer(g, func(ctx context.Context, by Person, in *body[client.NewWords]) (*body[client.Words], error) {
		code, err := g.c.Consents.Code(ctx, by.Asker, label(in.Body.Case))
		if err != nil {
			return nil, err
		}
		out := client.Words{}
		if out.English, err = code.Words(words.English); err != nil {
			return nil, err
		}
		out.Spanish, err = code.Words(words.Spanish)
		return &body[client.Words]{out}, err
	}))
}

func (g *Gateway) withdraw(ctx context.Context, by Person, in client.NewWithdrawal) (Taken, error) {
	var from posada.AgencyID
	var err error
	if in.From != "" {
		if from, err = g.find("from", in.From); err != nil {
			return Taken{}, err
		}
	}
	switch {
	case in.Code != "" && in.Case+in.Referral == "":
		code, err := consent.ReadCode(in.Code)
		if err != nil {
			return Taken{}, fault.New(fault.Invalid, fault.NotACode).Because(err)
		}
		return Taken{}, g.c.Withdrawals.ByCode(by.Asker, code, from)
	case in.Case != "" && in.Referral+in.Code == "":
		return g.c.Withdrawals.OfCase(ctx, by.Asker, label(in.Case), from, in.AskCounsel)
	case in.Referral != "" && in.Case+in.Code+in.From == "":
		return g.c.Withdrawals.OfReferral(ctx, by.Asker, posada.ReferralID(in.Referral))
	}
	return Taken{}, fault.New(fault.Invalid, fault.WithdrawWhat)
}
