package gateway

import (
	"context"
	"errors"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
)

// review says what a file that stewards sign comes to. All of it is computed from what this
// node has verified to be in force: of the file nothing is believed but that it proposes
// this, with these signatures.
func (g *Gateway) review(ctx context.Context, text []byte) (out client.Review, err error) {
	n, err := g.c.Network.Network(ctx)
	if err != nil {
		return out, err
	}
	m, err := enrol.ReadMotion(text)
	if err == nil {
		m, err = m.Under(inForce(n))
	}
	if err != nil {
		return out, fault.New(fault.Invalid, fault.NoProposal).Because(err)
	}
	table, said, proposes := m.Table()
	if !proposes {
		return out, fault.New(fault.Invalid, fault.NoProposal)
	}
	if out.Checked, err = g.checkAgainst(ctx, table, m.Policy); err != nil {
		return out, err
	}
	before, err := matrix.Read(m.Policy)
	if err != nil {
		return out, err
	}
	out.InForce = before.Version
	if out.Checked.Difference != nil && out.Checked.Counterexample == nil {
		if err := g.asSigned(ctx, &out, m.Policy, table, said); err != nil {
			return out, err
		}
	}
	g.signedBy(&out, m)
	return out, nil
}

// inForce is what the next proposal is made on top of.
func inForce(n client.Network) enrol.InForce {
	signed := map[trust.Role]trust.Proposal{}
	for role, s := range n.InForce {
		signed[trust.Role(role)] = trust.Proposal{Document: s.Document, Target: s.Target}
	}
	return enrol.On(signed)
}

// asSigned computes anew what stewards sign beside the table.
func (g *Gateway) asSigned(ctx context.Context, out *client.Review, before, after []byte, said *trust.Said) error {
	own, err := enrol.Says(ctx, g.c.Policy.Get().Network(), before, after)
	if errors.Is(err, pdp.ErrMatrix) {
		return nil // the rules cannot read it: what is signed of it is nothing that comes to here
	}
	if err != nil {
		return err
	}
	out.Difference, out.Proof = own.Difference, own.Proof
	out.Follows = said != nil && said.Follows == own.Follows
	out.AsSigned = said != nil && *said == own
	return nil
}

// signedBy says whose signature counts, who gave it, and what else is in the file.
func (g *Gateway) signedBy(out *client.Review, m enrol.Motion) {
	charter, signed := m.Charter(), map[string]bool{}
	for _, s := range m.Signed() {
		signed[string(s.Key.ID())] = true
	}
	out.Threshold, out.Lacks, out.Stewards, out.Also, out.Decisions = charter.Threshold, m.Lacks(), []client.ReviewSteward{}, []string{}, []client.Signed{}
	for _, s := range charter.Stewards {
		id := string(s.Key.ID())
		out.Stewards = append(out.Stewards, client.ReviewSteward{Agency: g.agency(s.Agency), Key: posada.Brief(id), Signed: signed[id]})
	}
	for i, e := range m.Examined() {
		if e.Role == trust.RolePolicy {
			out.Version = e.Version
		} else {
			out.Also = append(out.Also, string(e.Role))
		}
		out.Decisions = append(out.Decisions, client.Signed{Document: m.Proposals[i].Document, Target: m.Proposals[i].Target})
	}
}
