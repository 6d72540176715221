// Package records keeps an agency's own record of a case: what it took over of what
// another agency shared, under a consent that it collected itself; and what it brought in
// from another program of its own.
//
// Holds: content that was taken over or brought in. May reach: cases, consents and referrals,
// through interfaces; nothing outside the vault. If compromised: what this agency
// took over and brought in, of everybody.
//
// Limits bind what came through the exchange, and it goes when they say so. What is
// taken over does not go with it: it ends with its own consent, whose end gives up
// its key, and with its case. Where that consent is renewed it goes on under the new
// one, with no more of it than that names. What was brought in was the agency's before, and
// goes with its case alone. Nothing of either leaves by this unit.
package records

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Cases is what records asks of cases, in a transaction. Of finds one for the node
// itself, Seen one that somebody is to know of, Work one that is her work.
type Cases interface {
	Of(tx *vault.Tx, label string) (handoff.Case, error)
	Seen(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (handoff.Case, error)
	Work(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (handoff.Case, error)
}

// Consents is what records asks of consents, in its transaction.
type Consents interface {
	AddOwn(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string, life time.Duration, r consent.Record) (handoff.Case, consent.Record, error)
	For(tx *vault.Tx, label string, to posada.AgencyID, purpose posada.Purpose) (consent.Record, vault.KeyID, error)
	Use(tx *vault.Tx, label string, to posada.AgencyID, purpose posada.Purpose, by posada.EventID) error
	Stands(tx *vault.Tx, id posada.ConsentID) (bool, error)
}

// Referrals is what records asks of referrals: what came in, narrowed to what is
// asked and may be looked at.
type Referrals interface {
	Held(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.ReferralID, asked posada.Set[posada.Category]) (handoff.Received, error)
}

// Decisions is what records asks of the decisions unit: what the policy says, which is
// kept so that it can be asked about.
type Decisions interface {
	Disclose(ctx context.Context, d pdp.Disclosure) (pdp.Permit, error)
}

// Config is what records needs.
type Config struct {
	Agency    posada.AgencyID
	Vault     *vault.Vault
	Members   *roster.Current
	Policy    *pdp.Current
	Decide    Decisions
	Cases     Cases
	Consents  Consents
	Referrals Referrals
	Staleness func() posada.Staleness
	Now       func() time.Time
	Random    io.Reader
}

// Records is the unit.
type Records struct{ c Config }

// New makes the unit. It has no side effects.
func New(c Config) *Records { return &Records{c} }

// TakeOver copies what a consent names of a referral that came in into this agency's
// own record: all it names, or nothing. The consent names this agency and is recorded
// with it, in the case, or in one that is opened. Policy is asked as for a disclosure
// to ourselves: what no agency of our class may be given for that purpose, this one
// may not keep either.
func (r *Records) TakeOver(ctx context.Context, by handoff.Asker, id posada.ReferralID, label string, life time.Duration, given consent.Record) (out handoff.OwnRecord, err error) {
	line, named := given.Own(r.c.Agency)
	if !named {
		return out, fault.New(fault.Invalid, fault.TakeOverConsent)
	}
	err = r.c.Vault.Update(func(tx *vault.Tx) error {
		from, err := r.c.Referrals.Held(ctx, tx, by, id, line.Categories)
		if err != nil {
			return err
		}
		of, agreed, err := r.c.Consents.AddOwn(ctx, tx, by, label, life, given)
		if err != nil {
			return err
		}
		if err := r.decide(ctx, tx, of, line, from.Content.Content(), r.c.Staleness(), fault.TakeOverUncovered); err != nil {
			return err
		}
		k := own{
			Consent: agreed.ID, Case: of.ID, Label: of.Label, From: from.From, Alias: from.Alias, Referral: id,
			Taken: r.c.Now().UTC().Truncate(time.Second), Until: agreed.Expires, By: by.ID, Purpose: line.Purpose, Content: from.Content.Content(),
		}
		if k.Key, err = tx.NewKey(); err != nil {
			return err
		}
		out = handoff.OwnRecord{Label: of.Label, Assigned: of.Assigned, Entries: []handoff.Own{k.whole()}}
		return errors.Join(table.Put(tx, string(k.Consent), k.Key, k), audit.Append(tx, audit.Entry{
			At: r.c.Now(), By: by.ID, Act: audit.TakenOver, Case: of.ID, Referral: id, Consent: k.Consent, Peer: from.From,
			Shared: from.Content.Categories(), Policy: r.c.Policy.Get().Digest(),
		}))
	})
	if err != nil {
		return handoff.OwnRecord{}, err
	}
	return out, nil
}

// decide asks the policy whether this agency may be given what the line names, under
// the consent as it stands in its case, and uses it. Otherwise it refuses by a key.
func (r *Records) decide(ctx context.Context, tx *vault.Tx, of handoff.Case, line consent.Allowance, content referral.Content, s posada.Staleness, refusal fault.Key) error {
	us := r.c.Agency
	use, err := posada.NewID[posada.EventID](r.c.Random)
	if err != nil {
		return err
	}
	governs, _, err := r.c.Consents.For(tx, of.Label, us, line.Purpose)
	if err != nil {
		return err
	}
	members := r.c.Members.Get()
	var class posada.AgencyClass // what is not known is distrusted
	if self, err := members.Agency(us); err == nil {
		class = self.Class
	}
	permit, err := r.c.Decide.Disclose(ctx, pdp.Disclosure{
		Recipient: pdp.Recipient{Class: class, Standing: members.Standing(us), Naming: governs.Naming(us)},
		Purpose:   line.Purpose, Services: content.Services, Asked: line.Categories,
		Consent: governs.Facts(us, line.Purpose, use, r.c.Now()), Staleness: s,
	})
	if err != nil {
		return err
	}
	if !permit.Covers(line.Categories) || !permit.Categories().Covers(content.Categories()) {
		return uncovered(refusal, line.Categories, permit)
	}
	return r.c.Consents.Use(tx, of.Label, us, line.Purpose, use)
}

// uncovered names what may not be kept, and what it lacks.
func uncovered(refusal fault.Key, asked posada.Set[posada.Category], permit pdp.Permit) error {
	var names, lacks []string
	for _, c := range asked.Minus(permit.Categories()).List() {
		names = append(names, string(c))
		for _, lack := range permit.Unmet(c) {
			if !slices.Contains(lacks, string(lack)) {
				lacks = append(lacks, string(lack))
			}
		}
	}
	return fault.New(fault.Refused, refusal, "categories", strings.Join(names, ", "), "lacks", strings.Join(lacks, ", "))
}

func (k own) whole() handoff.Own {
	return handoff.Own{From: k.From, Taken: k.Taken, Until: k.Until, Consent: k.Consent, Purpose: k.Purpose, Content: k.Content}
}
