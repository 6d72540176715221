// Package places is what a shelter answers to needs: whom each of its places takes and
// what is free there, what it was asked, what somebody offered, and which beds are held.
//
// Holds: the shelter's own rules and free beds; needs without a person in them.
// May reach: post, through an interface; nothing else outside the vault. If compromised:
// whom this shelter takes, how many beds it has, and whom it was asked about.
//
// A need is held against every place on this machine alone. That it does not fit
// leaves in nothing; that a person here declined, and why, goes to whoever asked and to
// nobody else. A machine offers nothing. Beds change in the transaction that queues the
// answer, so no bed is promised twice.
package places

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Post is what places asks of post.
type Post interface {
	Enqueue(tx *vault.Tx, to posada.AgencyID, e event.Event, key vault.KeyID) error
	Wake()
	Staleness() posada.Staleness
}

// Decisions is what places asks of the decisions unit: what the policy says, which is kept
// so that it can be asked about.
type Decisions interface {
	Ask(ctx context.Context, a pdp.Asking) (pdp.Permit, error)
}

// Config is what places needs.
type Config struct {
	Agency  posada.AgencyID
	Vault   *vault.Vault
	Members *roster.Current
	Policy  *pdp.Current
	Decide  Decisions
	Post    Post
	Now     func() time.Time
	Random  io.Reader
}

// Places is the unit.
type Places struct{ c Config }

var _ handoff.Unit = (*Places)(nil)

// New makes the unit. It has no side effects.
func New(c Config) *Places { return &Places{c} }

// place is one place here.
type place struct {
	Rules   need.Rules     `json:"rules"`
	Beds    need.Beds      `json:"beds"`
	Counted time.Time      `json:"counted,omitzero"`
	By      posada.StaffID `json:"by"`
}

// asked is a need that came.
type asked struct {
	ID      posada.NeedID         `json:"id"`   // as whoever asks calls it
	Name    posada.NeedID         `json:"name"` // as people here do: the same, unless somebody else's has it
	From    posada.AgencyID       `json:"from"`
	Came    time.Time             `json:"came"`
	Until   time.Time             `json:"until"`
	Profile need.Profile          `json:"profile,omitzero"` // none of it is left once it is closed
	State   posada.PlacementState `json:"state"`
	Place   string                `json:"place,omitempty"`
	Beds    int                   `json:"beds,omitzero"`
	Lasts   time.Time             `json:"lasts,omitzero"`
	Held    bool                  `json:"held,omitempty"` // a bed was
	Key     vault.KeyID           `json:"key"`
}

var (
	table = vault.Table[place]{Name: "places", Version: 1}
	needs = vault.Table[asked]{Name: "needs_asked", Version: 1}
	// named finds a need by whose it is and what they call it: ids are anybody's to use.
	named = vault.Table[posada.NeedID]{Name: "needs_named", Version: 1}
)

func namedBy(from posada.AgencyID, id posada.NeedID) string { return string(from) + " " + string(id) }

// of is an agency's need; vault.Gone where it has none of that id here.
func of(tx *vault.Tx, from posada.AgencyID, id posada.NeedID) (asked, error) {
	name, err := named.Get(tx, namedBy(from, id))
	if err != nil {
		return asked{}, err
	}
	return needs.Get(tx, string(name))
}

// keep writes a need.
func keep(tx *vault.Tx, a asked) error { return needs.Put(tx, string(a.Name), a.Key, a) }

// begin writes a need that is new here. Where another agency's has its id already, and where
// it did not come yet, it is called otherwise, so that nobody can keep another's need away by
// its id.
func begin(tx *vault.Tx, a asked) error {
	a.Name = a.ID
	if _, err := needs.Get(tx, string(a.ID)); err == nil || a.State == posada.PlacementClosed || !errors.Is(err, vault.ErrNotFound) {
		sum := sha256.Sum256([]byte(namedBy(a.From, a.ID)))
		a.Name = posada.IDFrom[posada.NeedID]([16]byte(sum[:16]))
	}
	return errors.Join(named.Put(tx, namedBy(a.From, a.ID), vault.KeyID{}, a.Name), keep(tx, a))
}

// at is a need as it stands at a time: offers lapse, holds that nobody came for too.
func (a asked) at(now time.Time) asked {
	switch {
	case a.State == posada.PlacementHeld && !now.Before(a.Lasts):
		a.State = posada.PlacementExpired
	case a.State == posada.PlacementHeld || a.State.Over():
	case !now.Before(a.Until):
		a.State = posada.PlacementExpired
	case a.State == posada.PlacementOffered && !now.Before(a.Lasts):
		a.State, a.Place, a.Beds, a.Lasts = posada.PlacementAsked, "", 0, time.Time{}
	}
	return a
}

// permits asks the policy whether a need may be between whoever sent it and us.
func (p *Places) permits(ctx context.Context, from posada.AgencyID, profile need.Profile) (pdp.Permit, error) {
	members := p.c.Members.Get()
	return p.c.Decide.Ask(ctx, pdp.Asking{
		Recipient: pdp.Recipient{Class: members.Class(p.c.Agency), Standing: members.Standing(p.c.Agency), Naming: posada.Named},
		Asker:     pdp.Party{Class: members.Class(from), Standing: members.Standing(from)},
		Services:  profile.Services, Asked: posada.SetOf(posada.CategoryNeeds),
		// That the person said yes is known where the need comes from; here, that it is not over.
		Permission: pdp.AskFacts{Status: posada.ConsentGiven, Window: posada.WindowWithin},
		Staleness:  p.c.Post.Staleness(),
	})
}

// find is a need that came, as it stands now, for somebody who answers needs here.
func (p *Places) find(tx *vault.Tx, by handoff.Asker, id posada.NeedID) (asked, error) {
	if !by.AnswersNeeds() {
		return asked{}, nothing()
	}
	a, err := needs.Get(tx, string(id))
	if vault.Gone(err) {
		return asked{}, nothing()
	}
	return a.at(p.c.Now()), err
}

// nothing is what is said of a need that is not there, and to who may not know of it.
func nothing() error { return fault.New(fault.Withheld, fault.NothingThere) }
