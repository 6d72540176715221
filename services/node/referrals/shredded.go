package referrals

import (
	"errors"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// takeShredded notes that a target destroyed what it was given.
func (r *Referrals) takeShredded(tx *vault.Tx, in handoff.Incoming) error {
	k, err := about(tx, in, referral.Source)
	if err != nil {
		return err
	}
	var receipt referral.ShredReceipt
	if err := in.Statement.Read(&receipt); err != nil {
		return handoff.Refuse(refusedMark, err)
	}
	if !r.timely(receipt.At) {
		return handoff.Refuse(refusedTime, nil)
	}
	known := !k.Shredded.At.IsZero()
	if k.Copy, err = k.Shred(receipt); err != nil {
		return handoff.Await(refusedSubject, err)
	}
	if known {
		return nil
	}
	return errors.Join(table.Put(tx, string(k.ID), k.Key, k), audit.Append(tx, audit.Entry{
		At: r.c.Now(), Act: audit.ShredConfirmed, Referral: k.ID, Event: in.Statement.ID(), Peer: in.From,
	}))
}

// Unconfirmed counts those who were told that she took it back, had it, and did
// not say in time that they destroyed it.
func (r *Referrals) Unconfirmed() (count int, err error) {
	err = r.c.Vault.View(func(tx *vault.Tx) error {
		list, err := those(tx, r.unconfirmed)
		count = len(list)
		return err
	})
	return count, err
}

func (r *Referrals) unconfirmed(k kept) bool {
	at := k.Life.Withdrawn()
	return k.Side == referral.Source && !k.Paper && !at.IsZero() && !k.Delivered.IsZero() && k.Shredded.At.IsZero() &&
		r.c.Now().After(at.Add(referral.Confirmation))
}
