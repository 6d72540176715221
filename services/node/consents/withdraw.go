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
// is empty, all of it. It burns the case's code: what is granted from now on has
// another. A case without a consent has nothing to take back. by is empty where
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
	left := false // something to take back
	for _, r := range all {
		if r.Given.After(at) {
			at = r.Given // the clock went back: what is said last counts
		}
		if from != "" {
			left = left || held.Withdrawn.Left(r).Naming(from) == posada.Named
			continue
		}
		ended, err := r.End(posada.ConsentWithdrawn, now, by)
		if errors.Is(err, consent.ErrOver) {
			continue
		}
		if err != nil {
			return err
		}
		left = true
		if err := records.Put(tx, string(r.ID), of.Key, ended); err != nil {
			return err
		}
	}
	if !left {
		return nil
	}
	if from != "" {
		if held.Withdrawn == nil {
			held.Withdrawn = consent.Withdrawals{}
		}
		held.Withdrawn[from] = at
	}
	held.Spent = append(held.Spent, held.Secret)
	if held.drawn, err = draw(c.c.Random, c.c.Members.Get().Network()); err != nil {
		return err
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
		code = held.Code
		return audit.Append(tx, audit.Entry{At: c.c.Now(), By: by.ID, Act: audit.CodeShown, Case: of.ID})
	})
	return code, err
}

// Withdrawable finds the case whose code, or a former one of it, gives the secret
// that is our own; empty where there is none.
func (c *Consents) Withdrawable(tx *vault.Tx, secret [32]byte) (label string, err error) {
	err = books.Each(tx, func(_ string, b book) error {
		for _, k := range append(slices.Clone(b.Spent), b.Secret) {
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
