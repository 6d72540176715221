package gateway

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
)

// registerPolicy: what a table would change, before anybody signs it. All of it looks and
// keeps nothing; what is decided comes by POST /v1/network/decisions, signed.
func (g *Gateway) registerPolicy(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "policy-table", Method: http.MethodGet, Path: "/v1/policy/table", Summary: "The network's table: what runs here, and what waits",
	}, answerTo(g, weighsRules, func(context.Context, Person, *struct{}) (*body[client.PolicyTables], error) {
		tables, err := g.c.Network.Tables()
		return &body[client.PolicyTables]{tables}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "check-policy", Method: http.MethodPost, Path: "/v1/policy/check", Summary: "All that a table would change; nothing of it is kept",
	}, answerTo(g, weighsRules, func(ctx context.Context, _ Person, in *body[client.NewCheck]) (*body[client.CheckedTable], error) {
		out, err := g.checkTable(ctx, []byte(in.Body.Table))
		return &body[client.CheckedTable]{out}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "review-policy", Method: http.MethodPost, Path: "/v1/policy/review", Summary: "What a file that stewards sign comes to, and who signed it; nothing of it is kept",
	}, answerTo(g, weighsRules, func(ctx context.Context, _ Person, in *body[client.NewReview]) (*body[client.Review], error) {
		out, err := g.review(ctx, []byte(in.Body.Motion))
		return &body[client.Review]{out}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "suppose", Method: http.MethodPost, Path: "/v1/policy/what-if", Summary: "Ask the rules about a consent that nobody recorded; nothing of it is kept",
	}, answerTo(g, weighsRules, func(ctx context.Context, _ Person, in *body[client.NewSupposition]) (*body[client.Supposition], error) {
		out, err := g.suppose(ctx, in.Body)
		return &body[client.Supposition]{out}, err
	}))
	huma.Register(api, huma.Operation{
		OperationID: "policy-rules", Method: http.MethodGet, Path: "/v1/policy/rules", Summary: "The rules that ship with this program, a sentence each",
	}, answerTo(g, weighsRules, func(context.Context, Person, *struct{}) (*body[[]client.PolicyRule], error) {
		list := []client.PolicyRule{}
		for _, r := range g.c.Policy.Get().Rules() {
			list = append(list, client.PolicyRule(r))
		}
		return &body[[]client.PolicyRule]{list}, nil
	}))
}

// checkTable says what is wrong with a table, else what it changes against what runs.
func (g *Gateway) checkTable(ctx context.Context, text []byte) (client.CheckedTable, error) {
	tables, err := g.c.Network.Tables()
	if err != nil {
		return client.CheckedTable{}, err
	}
	return g.checkAgainst(ctx, text, []byte(tables.Running.Text))
}

// checkAgainst says what is wrong with a table, else what it changes against another. Of
// whom it would give what no table may is told either way.
func (g *Gateway) checkAgainst(ctx context.Context, text, against []byte) (client.CheckedTable, error) {
	out := client.CheckedTable{Mistakes: []client.TableMistake{}, Remarks: []matrix.Remark{}}
	var err error
	if out.Counterexample, err = g.refuted(ctx, text); err != nil {
		return out, err
	}
	table, err := matrix.Read(text)
	for _, m := range matrix.Mistakes(err) {
		out.Mistakes = append(out.Mistakes, client.TableMistake{Line: m.Line, Column: m.Column, Where: m.Where, Word: m.Word, Why: m.Reason()})
	}
	if err != nil {
		return out, nil
	}
	before, err := matrix.Read(against)
	if err != nil {
		return out, err
	}
	difference := matrix.Compare(before, table)
	out.Version, out.Remarks, out.Label, out.Difference = table.Version, table.Remarks(), difference.Label(), &difference
	return out, nil
}

// refuted is whom a table would give what the guard refuses; nobody, of a text that is no
// table at all.
func (g *Gateway) refuted(ctx context.Context, text []byte) (*client.Counterexample, error) {
	found, is, err := prove.Refuted(ctx, g.c.Policy.Get(), text)
	if !is {
		if errors.Is(err, prove.ErrDisagreement) {
			return nil, err
		}
		return nil, nil
	}
	p := i18n.For(languageOf(ctx))
	example := found.Example(p.Text("proof.case", found.Words(p.Term)...))
	test, err := example.Test()
	return &client.Counterexample{
		Cell: matrix.Cell{Class: found.Class, Purpose: found.Purpose, Category: found.Category}, Mode: example.Consent, Lacks: found.Lacks, Test: test,
	}, err
}

// suppose asks the rules, over the table that runs or another, about an invented consent.
func (g *Gateway) suppose(ctx context.Context, in client.NewSupposition) (out client.Supposition, err error) {
	engine := g.c.Policy.Get()
	if in.Table != "" {
		engine, err = engine.With(ctx, []byte(in.Table))
		if errors.Is(err, pdp.ErrMatrix) {
			return out, fault.New(fault.Invalid, fault.TableWrong).Because(err)
		}
		if err != nil {
			return out, err
		}
	}
	supposed, err := readSupposed(in)
	if err != nil {
		return out, err
	}
	asked := supposed.Disclosure()
	permit, err := engine.Disclose(ctx, asked)
	if err != nil {
		return out, err
	}
	out = client.Supposition{Given: permit.Categories().List(), Refused: []client.NotGiven{}, Days: permit.RetainDays()}
	for _, category := range asked.Asked.Minus(permit.Categories()).List() {
		out.Refused = append(out.Refused, client.NotGiven{Category: category, Lacks: slices.Sorted(slices.Values(permit.Unmet(category)))})
	}
	return out, nil
}

func readSupposed(in client.NewSupposition) (prove.Supposed, error) {
	var r reader
	s := prove.Supposed{
		Class:        word[posada.AgencyClass](&r, "class", in.Class),
		Standing:     optional[posada.Standing](&r, "standing", in.Standing, ""),
		Purpose:      word[posada.Purpose](&r, "purpose", in.Purpose),
		Status:       optional[posada.ConsentStatus](&r, "status", in.Status, ""),
		GivenBy:      optional[posada.GivenBy](&r, "given_by", in.GivenBy, ""),
		AgeBand:      optional[posada.AgeBand](&r, "age_band", in.AgeBand, ""),
		Jurisdiction: optional[posada.Jurisdiction](&r, "jurisdiction", in.Jurisdiction, ""),
		OptIn:        optional[posada.OptIn](&r, "opt_in", in.OptIn, ""),
		CoSigned:     optional[posada.CoSigner](&r, "co_signed", in.CoSigned, ""),
		Categories:   wordList[posada.Category](&r, "categories", in.Categories),
		Withheld:     wordList[posada.Category](&r, "withhold", in.Withhold),
		Services:     wordList[posada.ServiceType](&r, "services", in.Services),
	}
	return s, r.err
}
