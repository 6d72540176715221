// Package consents keeps what survivors agreed to, and makes grants of it.
//
// Holds: consent records, cases' withdrawal secrets, pseudonyms. May reach: the
// vault, and what cases says of a case. If compromised: who agreed to what with
// this agency, and grants in its name.
package consents

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Signer is the agency's own keys, as consents needs them: the one to sign
// grants with at a moment.
type Signer interface {
	Signer(now time.Time) (jose.PrivateKey, error)
}

// Cases is what consents asks of cases, in a transaction. Of finds a case for the
// node itself, Work for somebody whose work it is, AddTo for somebody who adds to
// it. fault.UnknownCase: there is none, or she is not to know of it;
// fault.NotAssigned: it is not her work; fault.BeingErased: it is to be destroyed.
type Cases interface {
	Open(tx *vault.Tx, by handoff.Asker) (handoff.Case, error)
	Of(tx *vault.Tx, label string) (handoff.Case, error)
	Work(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (handoff.Case, error)
	AddTo(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string) (handoff.Case, error)
	Each(tx *vault.Tx, fn func(handoff.Case) error) error
}

// Config is what consents needs.
type Config struct {
	Agency  posada.AgencyID
	Keys    Signer
	Vault   *vault.Vault
	Cases   Cases
	Members *roster.Current
	Now     func() time.Time
	Random  io.Reader
	// Changed is called after a change that may permit less.
	Changed func()
	// Ended is called in the transaction in which consents of a case ended: what is
	// held under them ends with them.
	Ended func(tx *vault.Tx, of handoff.Case) error
}

// Consents is the unit.
type Consents struct {
	c Config
	// ahead are codes that were drawn before somebody needs them.
	ahead chan drawn
}

// mostAhead is how many codes are drawn ahead at most: as many as cases are granted
// something for the first time in the same moment.
const mostAhead = 8

// New makes the unit. It has no side effects.
func New(c Config) *Consents { return &Consents{c: c, ahead: make(chan drawn, mostAhead)} }

// Add records a consent as given now, for life from its beginning; a zero life
// is the default one. An empty label opens a case and gives it one. The record
// must not contradict itself; whether it permits anything is the policy's.
func (c *Consents) Add(ctx context.Context, by handoff.Asker, label string, life time.Duration, r consent.Record) (consent.Filed, error) {
	now := c.c.Now().UTC()
	r, err := c.begun(by, life, r, now)
	if err != nil {
		return consent.Filed{}, err
	}
	if err := c.check(r); err != nil {
		return consent.Filed{}, err
	}
	kept := consent.Filed{Label: label}
	err = c.c.Vault.Update(func(tx *vault.Tx) error {
		of, err := c.caseFor(ctx, tx, label, by)
		if err != nil {
			return err
		}
		if kept.Record, err = c.file(tx, by, of, r, now); err != nil {
			return err
		}
		kept.Label, kept.Status = of.Label, kept.Record.StatusAt(now)
		return nil
	})
	if err == nil && c.c.Changed != nil {
		c.c.Changed()
	}
	return kept, err
}

// begun is a record as given now, with all that is the node's to say.
func (c *Consents) begun(by handoff.Asker, life time.Duration, r consent.Record, now time.Time) (consent.Record, error) {
	id, err := posada.NewID[posada.ConsentID](c.c.Random)
	if err != nil {
		return consent.Record{}, err
	}
	// The ceremony is a step of its own, and its time is this node's.
	r.ID, r.Given, r.OptIn = id, now, consent.OptInRecord{}
	if r.NotBefore.IsZero() {
		r.NotBefore = now
	}
	if life == 0 {
		life = consent.DefaultLife
	}
	r.Expires = r.NotBefore.Add(life)
	r.History = []consent.StatusChange{{Status: posada.ConsentGiven, At: now, By: by.ID}}
	return r, nil
}

// file puts a record into its case.
func (c *Consents) file(tx *vault.Tx, by handoff.Asker, of handoff.Case, r consent.Record, now time.Time) (consent.Record, error) {
	held, err := bookOf(tx, of)
	if err != nil {
		return consent.Record{}, err
	}
	r.Case = of.ID
	if r.Given, err = after(tx, held, now); err != nil {
		return consent.Record{}, err
	}
	return r, errors.Join(held.add(tx, of, r), audit.Append(tx, audit.Entry{At: now, By: by.ID, Act: audit.ConsentRecorded, Consent: r.ID}))
}

// after is now, or, where the clock went back, a moment after the newest record
// of a case and the newest withdrawal: what is said last counts.
func after(tx *vault.Tx, of book, now time.Time) (time.Time, error) {
	others, err := of.records(tx)
	said := slices.Collect(maps.Values(of.Withdrawn))
	for _, other := range others {
		said = append(said, other.Given)
	}
	for _, at := range said {
		if !now.After(at) {
			now = at.Add(time.Microsecond)
		}
	}
	return now, err
}

func contradicts(r consent.Record) error {
	if err := r.Check(); err != nil {
		return fault.New(fault.Invalid, fault.ConsentContradictsItself, "what", err.Error()).Because(err)
	}
	return nil
}

func (c *Consents) check(r consent.Record) error {
	if err := contradicts(r); err != nil {
		return err
	}
	for _, a := range r.Allowances {
		if a.To == c.c.Agency {
			return fault.New(fault.Invalid, fault.ConsentNamesOurselves)
		}
		for _, id := range append([]posada.AgencyID{a.To}, a.Onward...) {
			if _, err := c.c.Members.Get().Agency(id); err != nil {
				return fault.New(fault.Invalid, fault.UnknownAgency, "agency", string(id)).Because(err)
			}
		}
		for _, id := range a.Onward {
			// Nothing is passed on to a body that has to be feared (G1).
			if member, err := c.c.Members.Get().Agency(id); err != nil || member.Class.Distrusted() {
				return fault.New(fault.Invalid, fault.ConsentOnward).Because(err)
			}
		}
	}
	return nil
}

// caseFor finds a case she may add to, by its label, or opens one.
func (c *Consents) caseFor(ctx context.Context, tx *vault.Tx, label string, by handoff.Asker) (handoff.Case, error) {
	if label == "" {
		return c.c.Cases.Open(tx, by)
	}
	return c.c.Cases.AddTo(ctx, tx, by, label)
}

// List is every record of the cases that are her work, the newest first.
func (c *Consents) List(ctx context.Context, by handoff.Asker) (list []consent.Filed, err error) {
	now, of := c.c.Now(), map[posada.CaseID][]consent.Record{}
	var left []consent.Record // what counts of each
	err = c.c.Vault.View(func(tx *vault.Tx) error {
		labels, err := c.labels(ctx, tx, by)
		if err != nil {
			return err
		}
		return records.Each(tx, func(_ string, r consent.Record) error {
			if labels[r.Case] == "" {
				return nil
			}
			held, err := books.Get(tx, string(r.Case))
			if err != nil {
				return err
			}
			list = append(list, consent.Filed{Label: labels[r.Case], Record: r, Status: r.StatusAt(now), Withdrawn: held.takenBack(r)})
			left = append(left, held.Withdrawn.Left(r))
			of[r.Case] = append(of[r.Case], left[len(left)-1])
			return nil
		})
	})
	for i, f := range list {
		list[i].Due = consent.Due(left[i], of[f.Record.Case], now)
	}
	slices.SortFunc(list, func(a, b consent.Filed) int { return b.Record.Given.Compare(a.Record.Given) })
	return list, err
}

// labels are what the cases that are her work are called.
func (c *Consents) labels(ctx context.Context, tx *vault.Tx, by handoff.Asker) (map[posada.CaseID]string, error) {
	labels := map[posada.CaseID]string{}
	err := c.c.Cases.Each(tx, func(of handoff.Case) error {
		_, err := c.c.Cases.Work(ctx, tx, by, of.Label)
		if handoff.NotHers(err) {
			return nil
		}
		labels[of.ID] = of.Label
		return err
	})
	return labels, err
}

// Show is one record of a case that is her work.
func (c *Consents) Show(ctx context.Context, by handoff.Asker, id posada.ConsentID) (consent.Filed, error) {
	list, err := c.List(ctx, by)
	if err != nil {
		return consent.Filed{}, err
	}
	i := slices.IndexFunc(list, func(k consent.Filed) bool { return k.Record.ID == id })
	if i < 0 {
		return consent.Filed{}, fault.New(fault.Withheld, fault.NothingThere)
	}
	return list[i], nil
}

// OptIn records that she asked now, with counsel there, that a consent may be used
// for its purposes of law enforcement. It counts consent.CoolingOff later.
func (c *Consents) OptIn(ctx context.Context, by handoff.Asker, id posada.ConsentID) (consent.Filed, error) {
	err := c.change(ctx, by, id, audit.OptedIn, func(r consent.Record, now time.Time) (consent.Record, error) {
		return r.OptInto(now, by.ID)
	})
	if err != nil {
		return consent.Filed{}, err
	}
	return c.Show(ctx, by, id)
}

// End ends a record, in one of consent.Endings. It counts when this returns:
// what was not sent is stopped, and what was not collected is taken back. What
// was read, the recipient has.
func (c *Consents) End(ctx context.Context, by handoff.Asker, id posada.ConsentID, how posada.ConsentStatus) (consent.Filed, error) {
	err := c.change(ctx, by, id, audit.ConsentEnded, func(r consent.Record, now time.Time) (consent.Record, error) {
		return r.End(how, now, by.ID)
	})
	if err != nil {
		return consent.Filed{}, err
	}
	if c.c.Changed != nil {
		c.c.Changed()
	}
	if _, err := c.c.Vault.Sweep(); err != nil {
		// It is tried again by itself.
		return consent.Filed{}, fault.New(fault.Unavailable, fault.NotDestroyed).Because(err)
	}
	return c.Show(ctx, by, id)
}

// change is one step of a record of a case that is her work, and notes it.
func (c *Consents) change(ctx context.Context, by handoff.Asker, id posada.ConsentID, act audit.Act, how func(consent.Record, time.Time) (consent.Record, error)) error {
	now := c.c.Now().UTC()
	return c.c.Vault.Update(func(tx *vault.Tx) error {
		r, err := records.Get(tx, string(id))
		if vault.Gone(err) {
			return fault.New(fault.Withheld, fault.NothingThere).Because(err)
		}
		if err != nil {
			return err
		}
		held, err := books.Get(tx, string(r.Case))
		if err != nil {
			return err
		}
		of, err := c.c.Cases.Work(ctx, tx, by, held.Label)
		if handoff.NotHers(err) {
			return fault.New(fault.Withheld, fault.NothingThere).Because(err)
		}
		if err != nil {
			return err
		}
		if r, err = how(r, now); err != nil {
			return mayNot(err)
		}
		if err := records.Put(tx, string(id), of.Key, r); err != nil {
			return err
		}
		return errors.Join(c.ended(tx, of), audit.Append(tx, audit.Entry{At: now, By: by.ID, Act: act, Consent: id}))
	})
}

// mayNot is why a step cannot be, as people are told.
func mayNot(err error) error {
	switch {
	case errors.Is(err, consent.ErrOver):
		return fault.New(fault.Conflict, fault.ConsentOver).Because(err)
	case errors.Is(err, consent.ErrNoOptIn):
		return fault.New(fault.Invalid, fault.NoOptIn).Because(err)
	}
	return fault.New(fault.Invalid, fault.ConsentEnding).Because(err)
}

// For finds the record that governs a recipient and purpose in a case, with the
// exclusions of its others and of the case. What belongs to the case is sealed
// under the key.
func (c *Consents) For(tx *vault.Tx, label string, to posada.AgencyID, purpose posada.Purpose) (consent.Record, vault.KeyID, error) {
	r, of, _, err := c.governing(tx, label, to, purpose)
	return r, of.Key, err
}

func (c *Consents) governing(tx *vault.Tx, label string, to posada.AgencyID, purpose posada.Purpose) (consent.Record, handoff.Case, book, error) {
	of, err := c.c.Cases.Of(tx, label)
	if err != nil {
		return consent.Record{}, handoff.Case{}, book{}, err
	}
	held, err := bookOf(tx, of)
	if err != nil {
		return consent.Record{}, handoff.Case{}, book{}, err
	}
	all, err := held.records(tx)
	if err != nil {
		return consent.Record{}, handoff.Case{}, book{}, err
	}
	for i, r := range all {
		all[i] = held.Withdrawn.Left(r)
	}
	r := consent.Governing(all, to, purpose)
	r.ExcludedAgencies = append(r.ExcludedAgencies, of.Excluded...)
	return r, of, held, nil
}

// Grant makes what one recipient gets of a case's consent: for these
// categories, from now to the consent's end.
func (c *Consents) Grant(tx *vault.Tx, label string, to posada.AgencyID, purpose posada.Purpose, categories posada.Set[posada.Category], o consent.Obligations) (string, error) {
	r, of, held, err := c.governing(tx, label, to, purpose)
	if err != nil {
		return "", err
	}
	id, err := posada.NewID[posada.GrantID](c.c.Random)
	if err != nil {
		return "", err
	}
	var drawn [64]byte
	if _, err := io.ReadFull(c.c.Random, drawn[:]); err != nil {
		return "", fmt.Errorf("make a grant: %w", err)
	}
	if held, err = c.withCode(tx, of, held); err != nil {
		return "", err
	}
	now := c.c.Now()
	key, err := c.c.Keys.Signer(now)
	if err != nil {
		return "", fmt.Errorf("make a grant: %w", err)
	}
	return consent.Grant{
		Network: c.c.Members.Get().Network(), Issuer: c.c.Agency, Audience: to, ID: id,
		Subject:  posada.IDFrom[posada.Alias](c.c.Vault.Pseudonym("alias", string(to), string(of.ID))),
		IssuedAt: now.Unix(), NotBefore: now.Unix(), Expires: consent.Ends(r.Expires, now).Unix(),
		Purpose: purpose, Categories: categories, Onward: held.onward(r, to, purpose), Obligations: o,
		Via:  c.c.Members.Get().Hub().Operator,
		Form: consent.FormCommitment([32]byte(drawn[:32]), r.Form), Revocation: consent.Digest(drawn[32:]),
		Withdrawal: held.Secret.WithdrawalCommitment(to),
	}.Sign(key)
}

// Use notes that a disclosure used the line of a case's consent for a
// recipient and purpose.
func (c *Consents) Use(tx *vault.Tx, label string, to posada.AgencyID, purpose posada.Purpose, by posada.EventID) error {
	found, key, err := c.For(tx, label, to, purpose)
	if err != nil {
		return err
	}
	r, err := records.Get(tx, string(found.ID))
	if err != nil {
		return err
	}
	return records.Put(tx, string(r.ID), key, r.Used(to, purpose, by))
}
