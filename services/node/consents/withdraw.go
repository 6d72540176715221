package consents

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Withdraw takes back what was agreed to in a case: for one agency, or, where from
// is empty, all of it. It burns the case's code, also where nothing was left to
// take back: others may have been told its secrets, and destroy what comes under
// them. What is granted from now on has another. A case without a consent has nothing to take back. by is empty where
// nobody here heard her.
func (c *Consents) Withdraw(tx *vault.Tx, by posada.StaffID, label string, from posada.AgencyID) error {
	of, err := c.c.Cases.Of(tx, label)
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
	at, now := c.c.Now().UTC(), c.c.Now().UTC()
	for _, r := range all {
		if r.Given.After(at) {
			at = r.Given // the clock went back: what is said last counts
		}
		if from != "" {
			continue
		}
		ended, err := r.End(posada.ConsentWithdrawn, now, by)
		if errors.Is(err, consent.ErrOver) {
			continue
		}
		if err != nil {
			return err
		}
		if err := records.Put(tx, string(r.ID), of.Key, ended); err != nil {
			return err
		}
	}
	if from != "" {
		if held.Withdrawn == nil {
			held.Withdrawn = consent.Withdrawals{}
		}
		held.Withdrawn[from] = at
	}
	if held.Secret != (consent.CaseSecret{}) {
		held.Spent, held.drawn = append(held.Spent, held.Secret), drawn{}
	}
	return errors.Join(books.Put(tx, string(of.ID), of.Key, held), audit.Append(tx, audit.Entry{
		At: now, By: by, Act: audit.Withdrawn, Case: of.ID, Peer: from,
	}))
}

// Code is the code a case is withdrawn by, for whoever works on it to hand over.
// That she read it is noted.
func (c *Consents) Code(ctx context.Context, by handoff.Asker, label string) (code consent.Code, err error) {
	err = c.c.Vault.Update(func(tx *vault.Tx) error {
		of, err := c.c.Cases.Work(ctx, tx, by, label)
		if err != nil {
			return err
		}
		held, err := bookOf(tx, of)
		if err != nil {
			return err
		}
		if len(held.Consents) == 0 {
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

// withCode is a case's book with a code: it is drawn when something is first
// granted in the case, or the words are asked for, and again after it was used.
func (c *Consents) withCode(tx *vault.Tx, of handoff.Case, held book) (book, error) {
	if held.Secret != (consent.CaseSecret{}) {
		return held, nil
	}
	var err error
	if held.drawn, err = draw(c.c.Random, c.c.Members.Get().Network()); err != nil {
		return book{}, err
	}
	return held, books.Put(tx, string(of.ID), of.Key, held)
}

// Withdrawable finds the case whose code, or a former one of it, gives the secret
// that is our own; empty where there is none.
func (c *Consents) Withdrawable(tx *vault.Tx, secret [32]byte) (label string, err error) {
	err = books.Each(tx, func(_ string, b book) error {
		for _, k := range append(slices.Clone(b.Spent), b.Secret) {
			if k == (consent.CaseSecret{}) {
				continue // none is drawn
			}
			own := k.WithdrawalSecret(c.c.Agency)
			if subtle.ConstantTimeCompare(own[:], secret[:]) == 1 {
				label = b.Label
			}
		}
		return nil
	})
	return label, err
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
