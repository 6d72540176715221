// Package referrals is a referral's life at one agency: what would be shared,
// what was, what came in, and where each stands.
//
// Holds: the content of referrals sent and received. May reach: post, through
// an interface; nothing else outside the vault. If compromised: what this
// agency was given and gave.
//
// Nothing leaves but by three paths: attempt decides, redacts, compares with what was
// shown, and queues, in one transaction; Print does the same for an agency without a node,
// and hands it to whoever asked; giveAnswer decides on the one category that an answer
// tells, and queues. A preview stops before all that; the canary goes all the way on each
// and must be refused.
package referrals

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Consents is what a referral asks of the consents unit, in its transaction; Ahead
// before one in which something may be granted.
type Consents interface {
	Ahead(ctx context.Context, by handoff.Asker, label string) error
	// Given is when she agreed to a record; long ago where it is destroyed.
	Given(tx *vault.Tx, id posada.ConsentID) (time.Time, error)
	For(tx *vault.Tx, label string, to posada.AgencyID, purpose posada.Purpose) (consent.Record, vault.KeyID, error)
	Grant(tx *vault.Tx, label string, to posada.AgencyID, purpose posada.Purpose, categories posada.Set[posada.Category], o consent.Obligations) (string, error)
	PassOn(given consent.Grant, to posada.AgencyID, categories posada.Set[posada.Category], o consent.Obligations) (string, error)
	Withdraw(tx *vault.Tx, back consent.TakenBack) error
	Use(tx *vault.Tx, label string, to posada.AgencyID, purpose posada.Purpose, by posada.EventID) error
}

// Cases is what a referral asks of the cases unit, in its transaction.
// fault.UnknownCase: there is none, or she is not to know of it;
// fault.NotAssigned: it is not her work.
type Cases interface {
	Of(tx *vault.Tx, label string) (handoff.Case, error)
	Work(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (handoff.Case, error)
}

// Post is what a referral asks of post.
type Post interface {
	Enqueue(tx *vault.Tx, to posada.AgencyID, e event.Event, key vault.KeyID) error
	Holds(tx *vault.Tx, key vault.KeyID) (bool, error)
	Wake()
	Review()
	ReviewLater()
	Discard(tx *vault.Tx, which func(posada.AgencyID, event.Statement) bool) error
	Staleness() posada.Staleness
	Freshness(tx *vault.Tx, from posada.AgencyID) (posada.Staleness, error)
	Vouches(tx *vault.Tx, from posada.AgencyID, came time.Time) (posada.Staleness, error)
	Ask(to posada.AgencyID)
}

// Decisions is what a referral asks of the decisions unit: what the policy says, which is
// kept so that it can be asked about.
type Decisions interface {
	Disclose(ctx context.Context, d pdp.Disclosure) (pdp.Permit, error)
	Onward(ctx context.Context, p pdp.Passing) (pdp.Permit, error)
	Receive(ctx context.Context, r pdp.Reception) (pdp.Admission, error)
}

// Config is what referrals needs.
type Config struct {
	Agency   posada.AgencyID
	Vault    *vault.Vault
	Members  *roster.Current
	Policy   *pdp.Current
	Decide   Decisions
	Cases    Cases
	Consents Consents
	Post     Post
	// Excluded reports whether the person whom another agency calls so excluded an
	// agency in a case here.
	Excluded func(tx *vault.Tx, from posada.AgencyID, alias posada.Alias, agency posada.AgencyID) (bool, error)
	// Held is the need of a case for which an agency holds a place; empty: none.
	Held func(tx *vault.Tx, label string, by posada.AgencyID) (posada.NeedID, error)
	// Listed is the class of an agency without a node, as stewards signed it and as it
	// counts; empty of everybody else.
	Listed func(posada.AgencyID) posada.AgencyClass
	Now    func() time.Time
	Random io.Reader
}

// Referrals is the unit.
type Referrals struct {
	c Config
	// burnt is set when a commitment was burned since what is held was looked
	// through for it; at the start nobody knows.
	burnt *atomic.Bool
}

var _ handoff.Unit = (*Referrals)(nil)

// New makes the unit. It has no side effects.
func New(c Config) *Referrals {
	r := &Referrals{c: c, burnt: new(atomic.Bool)}
	r.burnt.Store(true)
	return r
}

// giving is what a decision is about: what would be given of whom, to whom, and why. It
// holds categories, and nothing of what is in them.
type giving struct {
	Case     string            // its label; empty where it is passed on
	Of       posada.ReferralID // the referral that came in, of which it is part
	To       posada.AgencyID
	Purpose  posada.Purpose
	Services posada.Set[posada.ServiceType]
	Asked    posada.Set[posada.Category]
	Paper    bool // it is read out or printed, and not sent
}

// all is giving everything a draft asks.
func all(d referral.Draft) giving {
	return giving{Case: d.Case, Of: d.Of, To: d.To, Purpose: d.Content.Purpose, Services: d.Content.Services, Asked: d.Content.Categories()}
}

// onPaper is giving it to an agency without a node.
func (g giving) onPaper() giving {
	g.Paper = true
	return g
}

// disclosure reduces everything a decision rests on to facts.
func (r *Referrals) disclosure(record consent.Record, g giving, by posada.EventID, staleness posada.Staleness) pdp.Disclosure {
	return pdp.Disclosure{
		Recipient: r.recipient(g, record.Naming(g.To)),
		Purpose:   g.Purpose, Services: g.Services, Asked: g.Asked,
		Consent: record.Facts(g.To, g.Purpose, by, r.c.Now()), Staleness: staleness,
	}
}

// recipient is who would be given something: a member by the roster. What is read out or
// printed goes to one without a node, by what stewards signed of it; only here is that said.
func (r *Referrals) recipient(g giving, naming posada.Naming) pdp.Recipient {
	members := r.c.Members.Get()
	to := pdp.Recipient{Class: members.Class(g.To), Standing: members.Standing(g.To), Naming: naming}
	if !g.Paper || to.Standing != posada.StandingUnknown {
		return to
	}
	if class := r.c.Listed(g.To); class != "" {
		to.Class, to.Standing = class, posada.StandingListed
	}
	return to
}

// party is an agency as the rules look at it.
func (r *Referrals) party(id posada.AgencyID) pdp.Party {
	members := r.c.Members.Get()
	return pdp.Party{Class: members.Class(id), Standing: members.Standing(id)}
}

// obligations is what the recipient must keep: the least of what the policy
// and her consent allow.
func (r *Referrals) obligations(record consent.Record, d referral.Draft, permit pdp.Permit) consent.Obligations {
	line, _ := record.Allowance(d.To, d.Content.Purpose)
	o := r.limits(d.Content, permit.RetainDays(), record.Expires, record.Expires)
	o.SingleUse = line.SingleUse
	if len(record.Onward(d.To, d.Content.Purpose)) > 0 {
		o.Onward = consent.OnwardNamed
	}
	return o
}

// limits are obligations of whoever is given some content: to keep it for no longer than
// so many days, than an end, and than the grant, whose own end is at a full day or hour
// and may be before that; and to pass it on to nobody.
func (r *Referrals) limits(c referral.Content, days int, end, grant time.Time) consent.Obligations {
	now := r.c.Now()
	until := now.Add(time.Duration(days) * 24 * time.Hour)
	if end.Before(until) {
		until = end
	}
	until = consent.Ends(until, now)
	if ends := consent.Ends(grant, now); ends.Before(until) {
		until = ends
	}
	o := consent.Obligations{
		RetainUntil: until.Unix(), Onward: consent.OnwardNone, Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure,
	}
	if c.Categories().Has(posada.CategoryLocationCurrent) {
		o.Recheck = posada.StalenessLive
	}
	return o
}

// decide asks the policy whether something may be given, under the consent as it
// stands in tx; of what another agency shared, under its grant. Then there is no
// consent of ours.
func (r *Referrals) decide(ctx context.Context, tx *vault.Tx, g giving, by posada.EventID, m moment) (consent.Record, vault.KeyID, pdp.Permit, error) {
	if g.Of != "" {
		k, permit, err := r.decideOnward(ctx, tx, g, m)
		return consent.Record{}, k.Key, permit, err
	}
	record, key, err := r.c.Consents.For(tx, g.Case, g.To, g.Purpose)
	if err != nil {
		return record, key, pdp.Permit{}, err
	}
	permit, err := r.c.Decide.Disclose(ctx, r.disclosure(record, g, by, r.staleness(m)))
	return record, key, permit, err
}
