package pdp

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Permit is the answer to an Asking, a Disclosure and a Passing. The zero value permits nothing.
type Permit struct {
	permitted  posada.Set[posada.Category]
	unmet      map[posada.Category][]posada.Condition
	retainDays int
	decision   posada.DecisionID
}

// As is the permit under the name by which it can be asked about.
func (p Permit) As(id posada.DecisionID) Permit {
	p.decision = id
	return p
}

// Decision is that name; empty where it has none.
func (p Permit) Decision() posada.DecisionID { return p.decision }

// Categories is what may be given.
func (p Permit) Categories() posada.Set[posada.Category] { return p.permitted }

// Unmet is what an asked category lacks; empty for one that is permitted. It
// is for the asking agency's own people: a requester elsewhere is told nothing
// (G7).
func (p Permit) Unmet(c posada.Category) []posada.Condition { return p.unmet[c] }

// RetainDays is the longest the recipient may keep it; 0 to an Asking: a need ends with
// its permission.
func (p Permit) RetainDays() int { return p.retainDays }

// Covers reports whether everything asked may be given.
func (p Permit) Covers(asked posada.Set[posada.Category]) bool {
	return !asked.Empty() && p.permitted.Covers(asked)
}

// Admission is the answer to a Reception. The zero value admits nothing.
type Admission Permit

// Admits reports whether everything carried may be taken in.
func (a Admission) Admits(carried posada.Set[posada.Category]) bool {
	return !carried.Empty() && a.permitted.Covers(carried)
}

// Unmet is what a carried category lacks.
func (a Admission) Unmet(c posada.Category) []posada.Condition { return a.unmet[c] }

// Sight is the answer to a Viewing. The zero value shows nothing. What is not
// permitted says not why: it is for whoever looks.
type Sight struct{ permitted posada.Set[posada.Category] }

// Categories is what may be looked at.
func (s Sight) Categories() posada.Set[posada.Category] { return s.permitted }

// Access is the answer to a Connection. The zero value lets nobody on.
// Subjects hold {route} where the caller's own token goes.
type Access struct {
	Allow     bool     `json:"allow"`
	Account   string   `json:"account"`
	Publish   []string `json:"publish"`
	Subscribe []string `json:"subscribe"`
}

// Ask decides whether a need may be between two agencies.
func (e *Engine) Ask(ctx context.Context, a Asking) (Permit, error) {
	return e.askings.ask(a, func() (Permit, error) { return e.permit(ctx, entryAsk, a, a.Asked) })
}

// Disclose decides whether categories may be given.
func (e *Engine) Disclose(ctx context.Context, d Disclosure) (Permit, error) {
	return e.disclosures.ask(d, func() (Permit, error) { return e.permit(ctx, entryDisclose, d, d.Asked) })
}

// Onward decides whether categories of what another agency shared may be passed on.
func (e *Engine) Onward(ctx context.Context, p Passing) (Permit, error) {
	return e.passings.ask(p, func() (Permit, error) { return e.permit(ctx, entryOnward, p, p.Asked) })
}

// Receive decides whether what came may be taken in.
func (e *Engine) Receive(ctx context.Context, r Reception) (Admission, error) {
	return e.receptions.ask(r, func() (Admission, error) {
		permit, err := e.permit(ctx, entryReceive, r, r.Carried)
		return Admission(permit), err
	})
}

// View decides what of a case somebody may look at.
func (e *Engine) View(ctx context.Context, v Viewing) (Sight, error) {
	return e.viewings.ask(v, func() (Sight, error) {
		permit, err := e.permit(ctx, entryView, v, v.Asked)
		return Sight{permitted: permit.permitted}, err
	})
}

// Connect decides who may be on the bus, and on which subjects.
func (e *Engine) Connect(ctx context.Context, c Connection) (Access, error) {
	var access Access
	if err := e.decide(ctx, entryConnect, c, &access); err != nil || !access.Allow {
		return Access{}, err
	}
	return access, nil
}

// permit evaluates an entry point whose answer is what may be given of what was asked.
// What it says of anything else is not read. Where an agency's own policy counts too, it
// is what both layers let.
func (e *Engine) permit(ctx context.Context, entry string, input any, asked posada.Set[posada.Category]) (Permit, error) {
	if e.own == nil {
		return e.layer(ctx, entry, input, asked)
	}
	network, err := e.network.layer(ctx, entry, input, asked)
	if err != nil {
		return Permit{}, err
	}
	own, err := e.own.layer(ctx, entry, input, asked)
	if err != nil {
		return Permit{}, err
	}
	return network.under(own, asked), nil
}

// layer evaluates an entry point over one table.
func (e *Engine) layer(ctx context.Context, entry string, input any, asked posada.Set[posada.Category]) (Permit, error) {
	var answer struct {
		Permitted  posada.Set[posada.Category]            `json:"permitted"`
		Unmet      map[posada.Category][]posada.Condition `json:"unmet"`
		RetainDays int                                    `json:"retain_days"`
	}
	if err := e.decide(ctx, entry, input, &answer); err != nil {
		return Permit{}, err
	}
	return Permit{permitted: answer.Permitted.And(asked), unmet: answer.Unmet, retainDays: answer.RetainDays}, nil
}

// decide evaluates one entry point and reads its answer strictly.
func (e *Engine) decide(ctx context.Context, entry string, input, answer any) error {
	value, err := ast.InterfaceToValue(input)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoReply, err)
	}
	return e.evaluate(ctx, entry, value, answer)
}

func (e *Engine) evaluate(ctx context.Context, entry string, input ast.Value, answer any, options ...rego.EvalOption) error {
	query, ok := e.queries[entry]
	if !ok {
		return fmt.Errorf("%w: no entry point %s", ErrNoReply, entry)
	}
	results, err := query.Eval(ctx, append(options, rego.EvalParsedInput(input))...)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoReply, err)
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 {
		return ErrNoReply
	}
	text, err := json.Marshal(results[0].Expressions[0].Value)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoReply, err)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%w: %w", ErrNoReply, err)
	}
	return nil
}

// Prepare compiles a query over the same rules and data, for pkg/prove.
func (e *Engine) Prepare(ctx context.Context, query string) (rego.PreparedEvalQuery, error) {
	return rego.New(
		rego.Query(query), rego.Compiler(e.compiler), rego.Store(e.store), rego.StrictBuiltinErrors(true),
	).PrepareForEval(ctx)
}
