// Package consents keeps what survivors agreed to, and makes grants of it.
//
// Holds: consent records, cases' withdrawal secrets, pseudonyms. May reach: the
// vault, and what cases says of a case. If compromised: who agreed to what with
// this agency, and grants in its name.
package consents

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/page"
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
	// Listed is the class of an agency without a node, as stewards signed it and as it counts;
	// empty of everybody else.
	Listed  func(posada.AgencyID) posada.AgencyClass
	Now     func() time.Time
	Random  io.Reader
	Stretch consent.Stretch
	// Changed is called after a change that may permit less.
	Changed func()
	// Ended is called in the transaction in which consents of a case ended: what is
	// held under them ends with them.
	Ended func(tx *vault.Tx, of handoff.Case) error
	// Renewed is called in the transaction in which a consent to what this agency keeps
	// of its own is recorded again, with the new record, which names the one it renews:
	// what is kept goes on under it, or nothing was renewed.
	Renewed func(ctx context.Context, tx *vault.Tx, by posada.StaffID, of handoff.Case, r consent.Record) error
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
	return c.begin(ctx, by, label, audit.ConsentRecorded, r, func(r consent.Record, now time.Time) (consent.Record, error) {
		return r.Give(now, life, by.ID)
	})
}

// begin records a record's first step, taken now, in a case she may add to or a new
// one.
func (c *Consents) begin(ctx context.Context, by handoff.Asker, label string, act audit.Act, r consent.Record, how first) (consent.Filed, error) {
	now := c.c.Now().UTC()
	r, err := c.begun(r, now, how)
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
		if kept.Record, err = c.file(tx, by, act, of, r, now); err != nil {
			return err
		}
		kept.Label, kept.Status = of.Label, kept.Record.StatusAt(now)
		return nil
	})
	return kept, c.changed(err)
}

// first is the first step of a record, taken at a moment.
type first = func(r consent.Record, now time.Time) (consent.Record, error)

// begun is a record after its first step, with all that is the node's to say.
func (c *Consents) begun(r consent.Record, now time.Time, how first) (consent.Record, error) {
	id, err := posada.NewID[posada.ConsentID](c.c.Random)
	if err != nil {
		return consent.Record{}, err
	}
	// Whoever brings a record cannot say what the node says of it.
	r.ID, r.History, r.Renews = id, nil, ""
	if r, err = how(r, now); err != nil {
		return consent.Record{}, mayNot(err)
	}
	return r, nil
}

// file puts a record into its case.
func (c *Consents) file(tx *vault.Tx, by handoff.Asker, act audit.Act, of handoff.Case, r consent.Record, now time.Time) (consent.Record, error) {
	held, err := bookOf(tx, of)
	if err != nil {
		return consent.Record{}, err
	}
	r.Case = of.ID
	if r.Given, err = after(tx, held, r.Given); err != nil {
		return consent.Record{}, err
	}
	return r, errors.Join(held.add(tx, of, r), audit.Append(tx, audit.Entry{At: now, By: by.ID, Act: act, Consent: r.ID}))
}

// changed has what waits decided again after a change that may permit less.
func (c *Consents) changed(err error) error {
	if err == nil && c.c.Changed != nil {
		c.c.Changed()
	}
	return err
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
		if err := c.named(a); err != nil {
			return err
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

// named refuses a line that names somebody who is no member. Who has no node can be named
// where its class is signed and is not one to fear; what it has is passed on by nobody here.
func (c *Consents) named(a consent.Allowance) error {
	for _, id := range append([]posada.AgencyID{a.To}, a.Onward...) {
		_, err := c.c.Members.Get().Agency(id)
		if err == nil {
			continue
		}
		if class := c.c.Listed(id); id != a.To || class == "" || class.Distrusted() || len(a.Onward) > 0 {
			return fault.New(fault.Invalid, fault.NoClassSigned, "agency", string(id)).Because(err)
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
// What is asked again and answered later stays where it was.
func (c *Consents) List(ctx context.Context, by handoff.Asker) ([]consent.Filed, error) {
	all, err := c.Page(ctx, by, page.Asked{})
	return all.Rows, err
}

// Page is a part of that list.
func (c *Consents) Page(ctx context.Context, by handoff.Asker, a page.Asked) (part page.Of[consent.Filed], err error) {
	err = c.c.Vault.View(func(tx *vault.Tx) error {
		all, err := records.All(tx)
		if err != nil {
			return err
		}
		held := holdings{}
		part, err = page.Take(all, begun, a, func(r consent.Record) (consent.Filed, bool, error) { return c.filed(ctx, tx, by, held, r) })
		return err
	})
	return part, err
}

// begun is where a record stands in a list: by when she was first asked.
func begun(r consent.Record) page.Place {
	at := r.Given
	if len(r.History) > 0 {
		at = r.History[0].At
	}
	return page.Place{At: at, ID: string(r.ID)}
}

// Show is one record of a case that is her work.
func (c *Consents) Show(ctx context.Context, by handoff.Asker, id posada.ConsentID) (f consent.Filed, err error) {
	err = c.c.Vault.View(func(tx *vault.Tx) error {
		r, err := records.Get(tx, string(id))
		if vault.Gone(err) {
			return fault.New(fault.Withheld, fault.NothingThere)
		}
		if err != nil {
			return err
		}
		var hers bool
		if f, hers, err = c.filed(ctx, tx, by, holdings{}, r); err == nil && !hers {
			err = fault.New(fault.Withheld, fault.NothingThere)
		}
		return err
	})
	return f, err
}

// OptIn records that she asked now, with counsel there, that a consent may be used
// for its purposes of law enforcement. It counts consent.CoolingOff later.
func (c *Consents) OptIn(ctx context.Context, by handoff.Asker, id posada.ConsentID) (consent.Filed, error) {
	err := c.change(ctx, by, id, audit.OptedIn, func(_ *vault.Tx, _ book, r consent.Record, now time.Time) (consent.Record, error) {
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
	err := c.change(ctx, by, id, audit.ConsentEnded, func(_ *vault.Tx, _ book, r consent.Record, now time.Time) (consent.Record, error) {
		return r.End(how, now, by.ID)
	})
	if c.changed(err) != nil {
		return consent.Filed{}, err
	}
	if _, err := c.c.Vault.Sweep(); err != nil {
		// It is tried again by itself.
		return consent.Filed{}, fault.New(fault.Unavailable, fault.NotDestroyed).Because(err)
	}
	return c.Show(ctx, by, id)
}

// step is a step of a record in its case, whose consents are held.
type step func(tx *vault.Tx, held book, r consent.Record, now time.Time) (consent.Record, error)

// change is one step of a record of a case that is her work, and notes it.
func (c *Consents) change(ctx context.Context, by handoff.Asker, id posada.ConsentID, act audit.Act, how step) error {
	now := c.c.Now().UTC()
	return c.c.Vault.Update(func(tx *vault.Tx) error {
		r, held, of, err := c.hers(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if r, err = how(tx, held, r, now); err != nil {
			return mayNot(err)
		}
		if err := records.Put(tx, string(id), of.Key, r); err != nil {
			return err
		}
		return errors.Join(c.ended(tx, of), audit.Append(tx, audit.Entry{At: now, By: by.ID, Act: act, Consent: id}))
	})
}

// hers finds a record of a case that is her work.
func (c *Consents) hers(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.ConsentID) (consent.Record, book, handoff.Case, error) {
	r, err := records.Get(tx, string(id))
	if vault.Gone(err) {
		err = fault.New(fault.Withheld, fault.NothingThere).Because(err)
	}
	if err != nil {
		return consent.Record{}, book{}, handoff.Case{}, err
	}
	held, err := books.Get(tx, string(r.Case))
	if err != nil {
		return consent.Record{}, book{}, handoff.Case{}, err
	}
	of, err := c.c.Cases.Work(ctx, tx, by, held.Label)
	if handoff.NotHers(err) {
		err = fault.New(fault.Withheld, fault.NothingThere).Because(err)
	}
	return r, held, of, err
}

// mayNot is why a step cannot be, as people are told.
func mayNot(err error) error {
	for _, known := range []struct {
		is   error
		code fault.Code
		key  fault.Key
	}{
		{consent.ErrOver, fault.Conflict, fault.ConsentOver},
		{consent.ErrNotGiven, fault.Conflict, fault.ConsentNotGiven},
		{consent.ErrGiven, fault.Conflict, fault.ConsentWasGiven},
		{consent.ErrNoOptIn, fault.Invalid, fault.NoOptIn},
		{consent.ErrNoAnswer, fault.Invalid, fault.ConsentAnswer},
		{consent.ErrNoEnding, fault.Invalid, fault.ConsentEnding},
		{consent.ErrWider, fault.Invalid, fault.ConsentWider},
	} {
		if errors.Is(err, known.is) {
			return fault.New(known.code, known.key).Because(err)
		}
	}
	return err
}
