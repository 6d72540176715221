package gateway

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
)

func (g *Gateway) registerAnswers(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "answer-consent", Method: http.MethodPost, Path: "/v1/consents/{id}/answer",
		Summary: "What somebody says now to what they were asked: yes, no, not now, or nothing yet",
	}, answer(g, func(ctx context.Context, by Person, in *struct {
		ID string `path:"id" doc:"The consent's id."`
		Matching
		Body client.NewAnswer
	}) (*body[client.Consent], error) {
		if err := g.unmoved(ctx, by, in.ID, in.Matching); err != nil {
			return nil, err
		}
		return g.oneConsent(ctx)(g.answerConsent(ctx, by, posada.ConsentID(in.ID), in.Body))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "renew-consent", Method: http.MethodPost, Path: "/v1/consents/{id}/renew", DefaultStatus: http.StatusCreated,
		Summary: "Record that somebody agrees again, asked anew: a new consent with the lines of this one, or narrower ones",
	}, answer(g, func(ctx context.Context, by Person, in *struct {
		ID string `path:"id" doc:"The consent's id."`
		Matching
		Body client.NewConsent
	}) (*body[client.Consent], error) {
		if err := g.unmoved(ctx, by, in.ID, in.Matching); err != nil {
			return nil, err
		}
		r, life, err := g.readConsent(in.Body)
		if err != nil {
			return nil, err
		}
		return g.oneConsent(ctx)(g.c.Consents.Renew(ctx, by.Asker, posada.ConsentID(in.ID), label(in.Body.Case), life, r))
	}))
}

// addConsent records what somebody agreed to, or that they were asked.
func (g *Gateway) addConsent(ctx context.Context, by Person, in client.NewConsent) (consent.Filed, error) {
	var r reader
	said := optional(&r, "status", in.Status, posada.ConsentGiven)
	if r.err != nil {
		return consent.Filed{}, r.err
	}
	if said != posada.ConsentGiven {
		asked := g.readAsked(&r, in)
		if r.err != nil {
			return consent.Filed{}, r.err
		}
		return g.c.Consents.Ask(ctx, by.Asker, label(in.Case), said, asked)
	}
	record, life, err := g.readConsent(in)
	if err != nil {
		return consent.Filed{}, err
	}
	return g.c.Consents.Add(ctx, by.Asker, label(in.Case), life, record)
}

// answerConsent records what somebody says to what they were asked. Only a yes has
// more to it.
func (g *Gateway) answerConsent(ctx context.Context, by Person, id posada.ConsentID, in client.NewAnswer) (consent.Filed, error) {
	var r reader
	said := word[posada.ConsentStatus](&r, "answer", in.Answer)
	if r.err != nil {
		return consent.Filed{}, r.err
	}
	if said != posada.ConsentGiven {
		if in.Agreed != nil {
			return consent.Filed{}, fault.New(fault.Invalid, fault.ConsentAnswer)
		}
		return g.c.Consents.Answer(ctx, by.Asker, id, said)
	}
	if in.Agreed == nil {
		return consent.Filed{}, fault.New(fault.Invalid, fault.ConsentFormMissing)
	}
	record, life, err := g.readConsent(*in.Agreed)
	if err != nil {
		return consent.Filed{}, err
	}
	return g.c.Consents.Agree(ctx, by.Asker, id, label(in.Agreed.Case), life, record)
}

// readAsked reads what somebody was asked: for whom, for what, which data.
func (g *Gateway) readAsked(r *reader, in client.NewConsent) consent.Record {
	var lines []consent.Allowance
	for _, a := range in.Allow {
		lines = append(lines, g.readAllowance(r, a))
	}
	return consent.Record{
		Allowances:       lines,
		Excluded:         posada.SetOf(wordList[posada.Category](r, "withhold", in.Withhold)...),
		ExcludedAgencies: r.agencies(g, "exclude", in.Exclude),
		Services:         posada.SetOf(wordList[posada.ServiceType](r, "services", in.Services)...),
	}
}

// readConsent turns a request into a record of what somebody agrees to. What a person
// would leave out is filled in: single use for identity and location.
func (g *Gateway) readConsent(in client.NewConsent) (consent.Record, time.Duration, error) {
	var r reader
	record := g.readAsked(&r, in)
	if in.Status != "" && in.Status != string(posada.ConsentGiven) {
		r.refuse(fault.New(fault.Invalid, fault.ConsentAnswer))
	}
	record.NotBefore = in.NotBefore.UTC()
	record.GivenBy = word[posada.GivenBy](&r, "given_by", in.GivenBy)
	record.AgeBand = word[posada.AgeBand](&r, "age_band", in.AgeBand)
	record.Jurisdiction = r.jurisdiction(in.GivenBy, in.Jurisdiction)
	record.Assent = optional(&r, "assent", in.Assent, posada.AssentNotAsked)
	record.Conflict = optional(&r, "conflict", in.Conflict, posada.ConflictUnchecked)
	record.CoSigned = posada.SetOf(wordList[posada.CoSigner](&r, "co_signed", in.CoSigned)...)
	record.Method = word[posada.ConsentMethod](&r, "method", in.Method)
	record.Language = r.language(in.Language)
	record.Interpreter = in.Interpreter
	record.Informed = posada.SetOf(wordList[posada.Informed](&r, "informed", in.Informed)...)
	record.Condition = word[posada.ServiceCondition](&r, "condition", in.Condition)
	record.Form = r.form(in.Form)
	record.TextVersion = in.TextVersion
	life := r.days(in.Days)
	if in.TextVersion == "" {
		r.refuse(fault.New(fault.Invalid, fault.ConsentTextMissing))
	}
	return record, life, r.err
}

// noMore reports whether a later record of the case says no to a line.
func noMore(f consent.Filed, line consent.Allowance) bool {
	return slices.ContainsFunc(f.NoMore, func(a consent.Allowance) bool { return a.To == line.To && a.Purpose == line.Purpose })
}
