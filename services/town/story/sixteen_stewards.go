package story

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/town"
)

// proposal: what a steward proposes is held against the rules on her own machine, before
// anybody is asked to sign: there is a case in which it would give what they refuse.
func (x *sixteen) proposal(ctx context.Context) error {
	text, err := x.read("proposal.yaml")
	if err != nil {
		return err
	}
	var in struct {
		Policy matrix.Cells `yaml:"policy"`
	}
	if err := config.Document(bytes.NewReader(text), &in); err != nil {
		return err
	}
	version, err := pdp.MatrixVersion(x.ruling)
	if err != nil {
		return err
	}
	if x.proposed, err = pdp.Amend(x.ruling, version+1, in.Policy); err != nil {
		return err
	}
	rules, err := town.Rules(ctx, x.c.Policy)
	if err != nil {
		return err
	}
	found, is, err := prove.Refuted(ctx, rules, x.proposed)
	if err != nil {
		return err
	}
	x.tellProposal(in.Policy)
	if is {
		x.told.fact(x.c.Printer.Text("story.b.looks"), x.c.Printer.Text("proof.case", found.Words(x.c.Printer.Term)...))
	}
	_, unfit := pdp.MatrixVersion(x.proposed)
	return errors.Join(
		must(is && found.Class == posada.ClassProsecution && slices.Contains(found.Lacks, "G1"), "there is no counterexample, or another: %+v", found),
		must(errors.Is(unfit, pdp.ErrMatrix), "it fits the schema of tables"))
}

func (x *sixteen) tellProposal(cells matrix.Cells) {
	p := x.c.Printer
	for class, purposes := range cells {
		for purpose, categories := range purposes {
			var names []posada.Category
			for _, c := range posada.Members[posada.Category]() {
				if categories[c] != "" {
					names = append(names, c)
				}
			}
			x.told.fact(p.Term("class", string(class)), p.Term("purpose", string(purpose))+": "+i18n.Terms(p, "category", names))
		}
	}
}

// hubRefuses: enough stewards sign it, and their coordinator's node brings it to the hub.
func (x *sixteen) hubRefuses(ctx context.Context) (err error) {
	council := x.Town.Council
	before := council.InForce[trust.RolePolicy]
	x.signed, err = council.Decide(trust.RolePolicy, x.proposed, x.c.Now())
	council.InForce[trust.RolePolicy] = before // it is signed, and not in force
	if err != nil {
		return err
	}
	who, err := trust.Examine(x.signed, council.InForce[trust.RoleRoot].Document)
	if err != nil {
		return err
	}
	x.told.fact(x.c.Printer.Text("story.b.signed"), x.c.Printer.Text("story.b.of", "some", len(who.Signed), "all", len(who.Charter.Stewards)))
	err = x.asks[coalition].Publish(ctx, []client.Signed{client.Signed(x.signed)})
	p, ok := errors.AsType[*client.Problem](err)
	if !ok || p.Key != string(fault.NotDecided) {
		return errors.Join(err, must(false, "the hub took it"))
	}
	x.told.fact(x.Town.Plan.Operator, p.Title)
	return errors.Join(must(who.Lacks == 0, "it lacks %d signatures", who.Lacks), x.runs(ctx, x.ruling))
}

// runs holds that the coalition's node was shown a table last, and goes on running the one
// that the network began with.
func (x *sixteen) runs(ctx context.Context, shown []byte) error {
	version, err := pdp.MatrixVersion(x.ruling)
	if err != nil {
		return err
	}
	in, err := x.asks[coalition].Network(ctx)
	if err != nil {
		return err
	}
	x.told.fact(x.c.Printer.Text("story.b.runs"), fmt.Sprint(in.Policy))
	waits := slices.ContainsFunc(in.Waiting, func(w client.Waiting) bool { return w.Role == string(trust.RolePolicy) })
	return must(in.Policy == version && !waits && bytes.Equal(in.InForce[string(trust.RolePolicy)].Target, shown),
		"number %d runs there, another waits: %v, or it was shown another", in.Policy, waits)
}

// nodeRefuses: a hub that looks into nothing takes it, and hands the node the bytes: signed
// by enough, and by the hub that it is the newest.
func (x *sixteen) nodeRefuses(ctx context.Context) error {
	if err := x.decides[coalition].turn(ctx, x.Town.Laid, x.c.Now); err != nil {
		return err
	}
	if err := x.asks[coalition].Publish(ctx, []client.Signed{client.Signed(x.signed)}); err != nil {
		return err
	}
	x.told.fact(x.Town.Plan.Operator, x.c.Printer.Text("story.b.looks_away"))
	x.told.fact(x.c.Printer.Text("story.b.shown"), fmt.Sprint(x.newest()))
	return x.runs(ctx, x.proposed)
}

// newest is the number of what was proposed.
func (x *sixteen) newest() uint64 {
	e, err := trust.Examine(x.signed, x.Town.Council.InForce[trust.RoleRoot].Document)
	if err != nil {
		return 0
	}
	return e.Version
}

// inTheFlesh tries the counterexample: a consent that names the prosecutors, by somebody
// who did not ask for it with a lawyer.
func (x *sixteen) inTheFlesh(ctx context.Context) error {
	c, err := x.records(ctx, "consent-family.yaml", x.of, func(in *client.NewConsent) {
		for i := range in.Allow {
			in.Allow[i].To, in.Allow[i].Purpose = x.name(prosecutor), string(posada.PurposeProsecutionSupport)
		}
	})
	if err != nil {
		return err
	}
	in, err := x.drafted("referral-family.yaml", x.of)
	if err != nil {
		return err
	}
	in.To, in.Purpose = x.name(prosecutor), string(posada.PurposeProsecutionSupport)
	x.told.fact(x.name(prosecutor), x.c.Printer.Term("purpose", in.Purpose))
	return errors.Join(x.refusedFor(ctx, in, posada.CategoryIdentity, "G1"), must(c.Status == posada.ConsentGiven, "it is %s", c.Status))
}

// neverHeard: the prosecutors' own node was on line all the while.
func (x *sixteen) neverHeard(ctx context.Context) error {
	shown, err := x.asks[prosecutor].Referrals(ctx)
	if err != nil {
		return err
	}
	knows, err := x.asks[prosecutor].Agencies(ctx)
	if err != nil {
		return err
	}
	written := 0
	for _, t := range x.taps {
		written += len(t.letters(x.Town.Members[prosecutor].Mailbox))
	}
	named := slices.DeleteFunc(knows, func(a client.Agency) bool { return a.Self || a.Name == string(a.ID) || a.Name == "" })
	p := x.c.Printer
	x.told.fact(p.Text("story.a.referrals_there"), fmt.Sprint(len(shown)))
	x.told.fact(p.Text("story.b.written"), fmt.Sprint(written))
	x.told.fact(p.Text("story.b.names"), fmt.Sprint(len(named)))
	return must(len(shown)+written+len(named) == 0, "the prosecutors have %d referrals and %d letters, and know %d names", len(shown), written, len(named))
}
