package consents

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Withdraw takes back what was agreed to in a case. It burns the case's code, also
// where nothing was left to take back: others may have been told its secrets, and
// destroy what comes under them. What is granted from now on has another. A case
// without a consent has nothing to take back.
func (c *Consents) Withdraw(tx *vault.Tx, back consent.TakenBack) error {
	of, err := c.c.Cases.Of(tx, back.Label)
	if err != nil {
		return err
	}
	held, err := bookOf(tx, of)
	if err != nil || len(held.Consents) == 0 {
		return err
	}
	all, err := held.records(tx)
	if err != nil {
		return err
	}
	now := c.c.Now().UTC()
	if back.From == "" {
		err = endAll(tx, of, all, back, now)
	} else {
		held.Withdrawn = held.Withdrawn.With(back.From, back.Said)
	}
	if !back.Former && held.Secret != (consent.CaseSecret{}) {
		held.Spent, held.drawn = append(held.Spent, consent.Spent{Secret: held.Secret, At: now}), drawn{}
	}
	return errors.Join(err, books.Put(tx, string(of.ID), of.Key, held), c.ended(tx, of), audit.Append(tx, audit.Entry{
		At: now, By: back.By, Act: audit.Withdrawn, Case: of.ID, Peer: back.From,
	}))
}

// endAll ends the records of a case that were given when she said it.
func endAll(tx *vault.Tx, of handoff.Case, all []consent.Record, back consent.TakenBack, now time.Time) error {
	for _, r := range all {
		ended, changed := r.TakenBackBy(back, now)
		if _, own := r.Own(back.Spares); own || !changed {
			continue
		}
		if err := records.Put(tx, string(r.ID), of.Key, ended); err != nil {
			return err
		}
	}
	return nil
}

// Given is when she agreed to a record; long ago where it is destroyed.
func (c *Consents) Given(tx *vault.Tx, id posada.ConsentID) (time.Time, error) {
	r, err := records.Get(tx, string(id))
	if vault.Gone(err) {
		return time.Time{}, nil
	}
	return r.Given, err
}

// Newest is when a case's newest consent was given, or now where that is later:
// what somebody here is told now is said of all of it, though the clock went back.
func (c *Consents) Newest(tx *vault.Tx, label string) (time.Time, error) {
	now := c.c.Now().UTC()
	of, err := c.c.Cases.Of(tx, label)
	if err != nil {
		return now, err
	}
	held, err := bookOf(tx, of)
	if err != nil {
		return now, err
	}
	all, err := held.records(tx)
	for _, r := range all {
		if r.Given.After(now) {
			now = r.Given
		}
	}
	return now, err
}

// Erase lets go of all consents of a case, and of its code. It says how many there
// were; the key that they are sealed under is the case's.
func (c *Consents) Erase(tx *vault.Tx, of handoff.Case) (count int, err error) {
	held, err := bookOf(tx, of)
	if err != nil || len(held.Consents) == 0 {
		return 0, err
	}
	for _, id := range held.Consents {
		err = errors.Join(err, records.Delete(tx, string(id)))
	}
	for _, k := range held.secrets() {
		err = errors.Join(err, bySecret.Delete(tx, secretName(k.WithdrawalSecret(c.c.Agency))))
	}
	return len(held.Consents), errors.Join(err, books.Delete(tx, string(of.ID)))
}

// Code is the code a case is withdrawn by, for whoever works on it to hand over.
// That she read it is noted.
func (c *Consents) Code(ctx context.Context, by handoff.Asker, label string) (code consent.Code, err error) {
	if err := c.Ahead(ctx, by, label); err != nil {
		return consent.Code{}, err
	}
	err = c.c.Vault.Update(func(tx *vault.Tx) error {
		of, err := c.c.Cases.Work(ctx, tx, by, label)
		if err != nil {
			return err
		}
		held, err := bookOf(tx, of)
		if err != nil {
			return err
		}
		all, err := held.records(tx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, consent.Record.WasGiven) {
			return fault.New(fault.Conflict, fault.NoConsentYet, "case", label)
		}
		if held, err = c.withCode(tx, of, held); err != nil {
			return err
		}
		code = held.Code
		return audit.Append(tx, audit.Entry{At: c.c.Now(), By: by.ID, Act: audit.CodeShown, Case: of.ID})
	})
	return code, err
}

// Ahead draws a code where a case that is her work has none and none lies ready, for a
// transaction that may need one. In there it would take a tenth of a second, for
// everybody who waits to be committed, and again each time one of them fails.
func (c *Consents) Ahead(ctx context.Context, by handoff.Asker, label string) error {
	if len(c.ahead) > 0 || !c.lacksCode(ctx, by, label) {
		return nil
	}
	d, err := c.draw()
	if err != nil {
		return err
	}
	select {
	case c.ahead <- d:
	default: // others were faster
	}
	return nil
}

// lacksCode reports whether a case that is her work has no code. Of any other it says
// no: how long something takes must not tell her that there is one.
func (c *Consents) lacksCode(ctx context.Context, by handoff.Asker, label string) (lacks bool) {
	_ = c.c.Vault.View(func(tx *vault.Tx) error {
		of, err := c.c.Cases.Work(ctx, tx, by, label)
		if err != nil {
			return err // the transaction will say so
		}
		held, err := bookOf(tx, of)
		lacks = err == nil && held.Secret == (consent.CaseSecret{})
		return err
	})
	return lacks
}

// withCode is a case's book with a code: it is drawn when something is first
// granted in the case, or the words are asked for, and again after it was used.
func (c *Consents) withCode(tx *vault.Tx, of handoff.Case, held book) (book, error) {
	if held.Secret != (consent.CaseSecret{}) {
		return held, nil
	}
	select {
	case held.drawn = <-c.ahead:
	default:
		var err error
		if held.drawn, err = c.draw(); err != nil {
			return book{}, err
		}
	}
	own := held.Secret.WithdrawalSecret(c.c.Agency)
	return held, errors.Join(books.Put(tx, string(of.ID), of.Key, held), bySecret.Put(tx, secretName(own), of.Key, held.Label))
}

// secretName is what a secret is looked up by: its hash, so that a look-up tells
// nothing of how near a wrong one was.
func secretName(secret [32]byte) string {
	sum := sha256.Sum256(secret[:])
	return hex.EncodeToString(sum[:])
}

// Withdrawable finds the case whose code gives the secret that is our own, and what
// that code can take back: all, or, of one that was used before, what there was
// then. There is none where the label is empty.
func (c *Consents) Withdrawable(tx *vault.Tx, secret [32]byte, said time.Time) (back consent.TakenBack, err error) {
	label, err := bySecret.Get(tx, secretName(secret))
	if vault.Gone(err) {
		return consent.TakenBack{}, nil
	}
	if err != nil {
		return consent.TakenBack{}, err
	}
	of, err := c.c.Cases.Of(tx, label)
	if err != nil {
		return consent.TakenBack{}, err
	}
	held, err := bookOf(tx, of)
	if err != nil {
		return consent.TakenBack{}, err
	}
	return consent.Meant(held.Spent, c.c.Agency, secret, label, said), nil
}

// takenBack are the agencies a record names that she took it back from since.
func (b book) takenBack(r consent.Record) (list []posada.AgencyID) {
	left := b.Withdrawn.Left(r)
	for _, a := range r.Allowances {
		if _, still := left.Allowance(a.To, a.Purpose); !still && !slices.Contains(list, a.To) {
			list = append(list, a.To)
		}
	}
	return list
}
