// Package needs is a need's life at the agency that asks for a place: what would be
// said and to whom, what was answered, what the person chose, and how it ended.
//
// Holds: needs without a person in them, the case each belongs to, and what was noted
// of whom somebody fears. May reach: cases, consents and post, through interfaces;
// nothing else outside the vault. If compromised: which places were looked for, for
// which case, and who offered.
//
// Nothing leaves but what was read to the person word for word, to the agencies that
// were read to her, after she said yes; and to each of those only while the policy
// says so (policy/ask). What each step does to a need is pkg/need's; this unit loads,
// steps, stores and queues, in one transaction.
package needs

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Cases is what a need asks of the cases unit, in its transaction. fault.UnknownCase:
// there is none, or she is not to know of it; fault.NotAssigned: it is not her work.
type Cases interface {
	Open(tx *vault.Tx, by handoff.Asker) (handoff.Case, error)
	Of(tx *vault.Tx, label string) (handoff.Case, error)
	Seen(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (handoff.Case, error)
	Work(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (handoff.Case, error)
}

// Consents is what a need asks of the consents unit: whom the person excluded in the
// case, in any record of it.
type Consents interface {
	Feared(tx *vault.Tx, label string) ([]posada.AgencyID, error)
}

// Post is what a need asks of post.
type Post interface {
	Enqueue(tx *vault.Tx, to posada.AgencyID, e event.Event, key vault.KeyID) error
	AtHub(tx *vault.Tx, id posada.EventID) (bool, error)
	Wake()
	Review()
	Staleness() posada.Staleness
}

// Decisions is what a need asks of the decisions unit: what the policy says, which is kept
// so that it can be asked about.
type Decisions interface {
	Ask(ctx context.Context, a pdp.Asking) (pdp.Permit, error)
}

// Config is what needs needs.
type Config struct {
	Agency   posada.AgencyID
	Vault    *vault.Vault
	Members  *roster.Current
	Policy   *pdp.Current
	Decide   Decisions
	Cases    Cases
	Consents Consents
	Post     Post
	Now      func() time.Time
	Random   io.Reader
}

// Needs is the unit.
type Needs struct{ c Config }

var _ handoff.Unit = (*Needs)(nil)

// New makes the unit. It has no side effects.
func New(c Config) *Needs { return &Needs{c} }

// ask asks the policy whether a need may go to an agency, under her permission.
func (n *Needs) ask(ctx context.Context, to posada.AgencyID, p need.Profile, allowed permission) (pdp.Permit, error) {
	members := n.c.Members.Get()
	return n.c.Decide.Ask(ctx, pdp.Asking{
		Recipient: pdp.Recipient{Class: members.Class(to), Standing: members.Standing(to), Naming: allowed.naming(to)},
		Asker:     pdp.Party{Class: members.Class(n.c.Agency), Standing: members.Standing(n.c.Agency)},
		Services:  p.Services, Asked: posada.SetOf(posada.CategoryNeeds),
		Permission: pdp.AskFacts{Status: posada.ConsentGiven, Window: posada.WindowOf(allowed.from, allowed.until, n.c.Now())},
		Staleness:  n.c.Post.Staleness(),
	})
}

// permission is her permission to ask, as it is held against one agency.
type permission struct {
	named       []posada.AgencyID // that were read to her
	feared      []posada.AgencyID
	from, until time.Time
}

func (p permission) naming(to posada.AgencyID) posada.Naming {
	switch {
	case slices.Contains(p.feared, to):
		return posada.Excluded
	case slices.Contains(p.named, to):
		return posada.Named
	}
	return posada.Unnamed
}
