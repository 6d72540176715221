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
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/page"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Consents is what the API asks of the consents unit.
type Consents interface {
	Add(ctx context.Context, by handoff.Asker, label string, life time.Duration, r consent.Record) (consent.Filed, error)
	List(ctx context.Context, by handoff.Asker) ([]consent.Filed, error)
	Page(ctx context.Context, by handoff.Asker, a page.Asked) (page.Of[consent.Filed], error)
	Show(ctx context.Context, by handoff.Asker, id posada.ConsentID) (consent.Filed, error)
	Code(ctx context.Context, by handoff.Asker, label string) (consent.Code, error)
	Ask(ctx context.Context, by handoff.Asker, label string, said posada.ConsentStatus, r consent.Record) (consent.Filed, error)
	Answer(ctx context.Context, by handoff.Asker, id posada.ConsentID, said posada.ConsentStatus) (consent.Filed, error)
	Agree(ctx context.Context, by handoff.Asker, id posada.ConsentID, label string, life time.Duration, said consent.Record) (consent.Filed, error)
	Renew(ctx context.Context, by handoff.Asker, id posada.ConsentID, label string, life time.Duration, said consent.Record) (consent.Filed, error)
	OptIn(ctx context.Context, by handoff.Asker, id posada.ConsentID) (consent.Filed, error)
	End(ctx context.Context, by handoff.Asker, id posada.ConsentID, how posada.ConsentStatus) (consent.Filed, error)
}

type body[T any] struct{ Body T }

type consentPath struct {
	ID string `path:"id" doc:"The consent's id."`
}

func (g *Gateway) registerConsents(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "add-consent", Method: http.MethodPost, Path: "/v1/consents", DefaultStatus: http.StatusCreated,
		Summary: "Record a consent as it was collected, or that somebody was asked and said no, not now or nothing yet",
	}, answerTo(g, Person.MayOpenCases, func(ctx context.Context, by Person, in *body[client.NewConsent]) (*body[client.Consent], error) {
		return g.oneConsent(ctx)(g.addConsent(ctx, by, in.Body))
	}))
	g.registerAnswers(api)
	huma.Register(api, huma.Operation{
		OperationID: "list-consents", Method: http.MethodGet, Path: "/v1/consents", Summary: "List consents, the newest first",
	}, answer(g, func(ctx context.Context, by Person, in *Parted) (*listed[client.Consent], error) {
		take := func(a page.Asked) (page.Of[consent.Filed], error) { return g.c.Consents.Page(ctx, by.Asker, a) }
		return partOf(ctx, list{g, by, "/v1/consents", *in}, take, func(rows []consent.Filed) (_ []client.Consent, err error) {
			out := make([]client.Consent, len(rows))
			for i, kept := range rows {
				if out[i], err = g.showConsent(ctx, kept); err != nil {
					return nil, err
				}
			}
			return out, nil
		})
	}))
	huma.Register(api, huma.Operation{
		OperationID: "show-consent", Method: http.MethodGet, Path: "/v1/consents/{id}", Summary: "Show a consent",
	}, answer(g, func(ctx context.Context, by Person, in *consentPath) (*tagged[client.Consent], error) {
		return tag(g.consent(ctx, by, in.ID))
	}))
	g.registerEndings(api)
}

// registerEndings: what is added to a consent, and how it ends.
func (g *Gateway) registerEndings(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "opt-in", Method: http.MethodPost, Path: "/v1/consents/{id}/opt-in",
		Summary: "She asked, with counsel there, that a consent may be used for law enforcement; it counts a day later, once",
	}, answer(g, func(ctx context.Context, by Person, in *struct {
		ID string `path:"id" doc:"The consent's id."`
		Matching
		Body client.NewOptIn
	}) (*body[client.Consent], error) {
		if err := g.unmoved(ctx, by, in.ID, in.Matching); err != nil {
			return nil, err
		}
		if !in.Body.Asked || !in.Body.Counsel {
			return nil, fault.New(fault.Invalid, fault.OptInAttest)
		}
		return g.oneConsent(ctx)(g.c.Consents.OptIn(ctx, by.Asker, posada.ConsentID(in.ID)))
	}))
	huma.Register(api, huma.Operation{
		OperationID: "end-consent", Method: http.MethodPost, Path: "/v1/consents/{id}/end",
		Summary: "End a consent: what was not read is stopped",
	}, answer(g, func(ctx context.Context, by Person, in *struct {
		ID string `path:"id" doc:"The consent's id."`
		Matching
		Body client.NewEnding
	}) (*body[client.Consent], error) {
		if err := g.unmoved(ctx, by, in.ID, in.Matching); err != nil {
			return nil, err
		}
		var r reader
		how := word[posada.ConsentStatus](&r, "how", in.Body.How)
		if r.err != nil {
			return nil, r.err
		}
		return g.oneConsent(ctx)(g.c.Consents.End(ctx, by.Asker, posada.ConsentID(in.ID), how))
	}))
}

// consent is one that she may see.
func (g *Gateway) consent(ctx context.Context, by Person, id string) (client.Consent, error) {
	kept, err := g.c.Consents.Show(ctx, by.Asker, posada.ConsentID(id))
	if err != nil {
		return client.Consent{}, err
	}
	return g.showConsent(ctx, kept)
}

// unmoved refuses a change to a consent that is not as it was looked at. That it may be
// changed so at all the unit sees in the change's own transaction.
func (g *Gateway) unmoved(ctx context.Context, by Person, id string, in Matching) error {
	return matches(ctx, in, func() (client.Consent, error) { return g.consent(ctx, by, id) })
}

func (g *Gateway) oneConsent(ctx context.Context) func(consent.Filed, error) (*body[client.Consent], error) {
	return func(kept consent.Filed, err error) (*body[client.Consent], error) {
		if err != nil {
			return nil, err
		}
		shown, err := g.showConsent(ctx, kept)
		return &body[client.Consent]{shown}, err
	}
}

// answer makes a handler for those who work with cases, and writes its errors
// in their language.
func answer[I, O any](g *Gateway, handle func(context.Context, Person, *I) (*O, error)) func(context.Context, *I) (*O, error) {
	return answerTo(g, Person.WorksCases, handle)
}

// answerTo makes a handler for those who may.
func answerTo[I, O any](g *Gateway, may func(Person) bool, handle func(context.Context, Person, *I) (*O, error)) func(context.Context, *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		by, err := role(ctx, may)
		if err != nil {
			return nil, g.problem(ctx, err)
		}
		out, err := handle(ctx, by, in)
		if err != nil {
			return nil, g.problem(ctx, err)
		}
		return out, nil
	}
}

func (g *Gateway) readAllowance(r *reader, in client.NewAllowance) consent.Allowance {
	return consent.Allowance{
		To: r.agency(g, "allow.to", in.To), Purpose: word[posada.Purpose](r, "allow.purpose", in.Purpose),
		Categories: posada.SetOf(wordList[posada.Category](r, "allow.share", in.Share)...),
		Onward:     r.agencies(g, "allow.onward", in.Onward),
		SingleUse:  in.OneUse(),
	}
}

func (g *Gateway) showConsent(ctx context.Context, f consent.Filed) (client.Consent, error) {
	r := f.Record
	out := client.Consent{
		ID: r.ID, Case: f.Label, Status: f.Status, Due: f.Due, Given: r.Given, NotBefore: r.NotBefore, Expires: r.Expires, GivenBy: r.GivenBy, Jurisdiction: r.Jurisdiction,
		Exclude: g.agencies(r.ExcludedAgencies), Withhold: r.Excluded.List(), Services: r.Services.List(),
		Missing: []posada.Informed{}, History: r.History, Renews: r.Renews,
	}
	if r.WasGiven() {
		out.Missing = posada.SetOf(posada.Members[posada.Informed]()...).Minus(r.Informed).List()
	}
	for _, a := range r.Allowances {
		out.Allow = append(out.Allow, client.Allowance{
			To: g.agency(a.To), Purpose: a.Purpose, Share: a.Categories.List(), Onward: g.agencies(a.Onward),
			SingleUse: a.SingleUse, Used: a.UsedBy != "", Withdrawn: slices.Contains(f.Withdrawn, a.To), NoMore: noMore(f, a),
		})
	}
	if !r.OptIn.AskedAt.IsZero() {
		out.OptIn = &client.OptIn{Asked: r.OptIn.AskedAt, Counsel: r.OptIn.Counsel, Counts: r.OptIn.Counts()}
	}
	var err error
	out.Lacks, err = g.lacks(ctx, r)
	return out, err
}

// lacks asks the policy which conditions a consent does not meet whoever the
// recipient is: what she was told, who consented, that nothing depended on it.
// What a minor consents to alone depends on the line and the service too: it
// lacks what none of them meets.
func (g *Gateway) lacks(ctx context.Context, r consent.Record) ([]posada.Condition, error) {
	lacks := []posada.Condition{"G3.informed", "G5", "G5.law", "G5.purpose", "G11"}
	asked := 0
	if !r.WasGiven() {
		return []posada.Condition{}, nil // of what was only asked there is nothing to say
	}
	for _, line := range r.Allowances {
		if line.Categories.Empty() {
			continue
		}
		for _, service := range r.Services.List() {
			unmet, err := g.unmet(ctx, r, line, service)
			if err != nil {
				return nil, err
			}
			lacks = slices.DeleteFunc(lacks, func(c posada.Condition) bool { return !slices.Contains(unmet, c) })
			asked++
		}
	}
	if asked == 0 {
		return []posada.Condition{}, nil
	}
	return lacks, nil
}

// unmet is what one line of a consent lacks for one service.
func (g *Gateway) unmet(ctx context.Context, r consent.Record, line consent.Allowance, service posada.ServiceType) ([]posada.Condition, error) {
	permit, err := g.c.Policy.Get().Disclose(ctx, pdp.Disclosure{
		Recipient: pdp.Recipient{Class: g.agency(line.To).Class, Standing: g.c.Members.Get().Standing(line.To), Naming: r.Naming(line.To)},
		Purpose:   line.Purpose, Services: posada.SetOf(service), Asked: line.Categories, Staleness: posada.StalenessLive,
		Consent: r.Facts(line.To, line.Purpose, "", r.NotBefore),
	})
	if err != nil {
		return nil, err
	}
	return permit.Unmet(line.Categories.List()[0]), nil
}
