package node

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/node/book"
	"github.com/posada-exchange/posada/services/node/gateway"
	"github.com/posada-exchange/posada/services/node/members"
	"github.com/posada-exchange/posada/services/node/stewards"
)

// known answers what the node knows of its network.
type known struct {
	anchor   trust.Anchor
	hub      string // where it is, as this node reaches it
	stewards *stewards.Stewards
	members  *members.Members
	book     *book.Book
}

var (
	_ gateway.Network = known{}
	_ gateway.Past    = known{}
)

// Network is what stewards decided, and how far it runs here.
func (n known) Network(ctx context.Context) (client.Network, error) {
	k := n.stewards.Knowledge()
	out := client.Network{
		Network: n.anchor.Network, Practice: n.anchor.Practice, Root: n.anchor.Root, Hub: n.hub, Pins: []string{}, Stewards: []posada.AgencyID{}, Threshold: k.View.Threshold,
		Roster: k.Roster.Running.Version, Policy: k.Policy.Running.Version, Directory: n.book.Version(), Waiting: n.waiting(k), Brakes: []client.Brake{},
		SignedAt: k.View.SignedAt, Member: k.Member, InForce: map[string]client.Signed{},
	}
	for _, p := range k.View.Roster.Hub.Pins {
		out.Pins = append(out.Pins, p.String())
	}
	for _, s := range k.View.Stewards {
		out.Stewards = append(out.Stewards, s.Agency)
	}
	for _, b := range k.View.Brakes {
		out.Brakes = append(out.Brakes, client.Brake{Steward: b.Steward, Suspend: slices.Clone(b.Brake.Suspend), Never: len(b.Brake.Never), Cells: b.Brake.Never, Objects: len(b.Brake.Object), Until: time.Unix(b.Brake.Until, 0).UTC()})
	}
	all, err := n.stewards.InForce(ctx)
	for role, p := range all {
		if role == trust.RoleDirectory {
			p.Target = nil // it is large, and nobody can read it here
		}
		out.InForce[string(role)] = client.Signed{Document: p.Document, Target: p.Target}
	}
	return out, err
}

// waiting is what was published and does not run yet.
func (n known) waiting(k stewards.Knowledge) []client.Waiting {
	out := []client.Waiting{}
	for _, w := range []struct {
		role trust.Role
		a    trust.Activation
	}{{trust.RoleRoster, k.Roster}, {trust.RolePolicy, k.Policy}} {
		if due, waits := w.a.Due(k.View.Practice); waits {
			out = append(out, client.Waiting{Role: string(w.role), Version: w.a.Candidate.Version, From: due, All: w.a.Candidate.All, Stopped: n.stewards.Objected(w.a.Candidate)})
		}
	}
	return out
}

// Joining is since when whoever joins is known here, and from when they count as others do.
func (n known) Joining() client.Joining {
	k := n.stewards.Knowledge()
	due, _ := k.Roster.Due(k.View.Practice)
	return client.Joining{Since: k.Roster.FirstSeen.UTC(), From: due.UTC()}
}

// held is what was signed and does not count; the agencies in it have no names yet.
func held(h stewards.Held) (list []client.Held) {
	if h.Roster != 0 {
		of := client.Held{Role: string(trust.RoleRoster), Version: h.Roster}
		for _, id := range h.Members {
			of.Agencies = append(of.Agencies, client.Agency{ID: id})
		}
		list = append(list, of)
	}
	if h.Policy != 0 {
		list = append(list, client.Held{Role: string(trust.RolePolicy), Version: h.Policy})
	}
	return list
}

// Knows is how well the network is known.
func (n known) Knows() (client.Knows, posada.AgencyID) {
	k := n.stewards.Knowledge()
	out := client.Knows{
		Member: k.Member, Practice: n.anchor.Practice, Age: k.Age, SignedAt: k.View.SignedAt, Waiting: n.waiting(k), Held: held(k.Held), NotOurs: n.members.NotOurs(),
	}
	if k.Dispute != nil {
		out.Clock = &client.Clock{Machine: k.Dispute.Wall.UTC(), AtLeast: k.Dispute.Known.UTC(), Signed: k.Dispute.Signed}
	}
	return out, k.Frozen
}

// Publish brings what stewards signed to the hub.
func (n known) Publish(ctx context.Context, decisions []client.Signed) error {
	proposals := make([]trust.Proposal, len(decisions))
	for i, d := range decisions {
		proposals[i] = trust.Proposal{Document: d.Document, Target: d.Target}
	}
	err := n.stewards.Publish(ctx, proposals...)
	switch {
	case errors.Is(err, mail.ErrRefused):
		return fault.New(fault.Refused, fault.NotDecided).Because(err)
	case errors.Is(err, broker.ErrUnreachable) || errors.Is(err, mail.ErrBusy):
		return fault.New(fault.Unavailable, fault.HubAway).Because(err)
	}
	return err
}

// ConfirmClock takes a member of staff's word that the machine's clock is right.
func (n known) ConfirmClock(by posada.StaffID) (bool, error) { return n.stewards.Confirm(by) }
