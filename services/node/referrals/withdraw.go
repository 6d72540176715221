package referrals

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// remembered is how long it is known that something was taken back: longer than
// anything under a grant of before can still come.
const remembered = consent.MaxLife + 30*24*time.Hour

// burned are the commitments that were withdrawn here, and when.
var burned = vault.Table[time.Time]{Name: "withdrawn", Version: 1}

func burnedName(c consent.Digest) string { return hex.EncodeToString(c[:]) }

func (r *Referrals) takenBack(at time.Time) referral.Mark {
	return referral.Mark{State: posada.StateWithdrawnBySurvivor, At: at.UTC().Truncate(time.Second)}
}

// WithdrawSent tells whoever was sent something of a case that she took it back:
// one agency, or, where from is empty, all of them. It gives what was taken back
// now; what is not sent yet is stopped by Review.
func (r *Referrals) WithdrawSent(tx *vault.Tx, by posada.StaffID, label string, from posada.AgencyID) ([]referral.View, error) {
	list, err := those(tx, func(k kept) bool {
		return k.Side == referral.Source && k.Case == label && (from == "" || k.Peer == from) && k.Life.Withdrawn().IsZero()
	})
	if err != nil {
		return nil, err
	}
	var views []referral.View
	for _, k := range list {
		if k, err = r.tell(tx, by, k); err != nil {
			return nil, err
		}
		if err := table.Put(tx, string(k.ID), k.Key, k); err != nil {
			return nil, err
		}
		v := r.view(k)
		v.Content.Records = nil
		views = append(views, v)
	}
	return views, nil
}

// WithdrawReceived destroys all that the source of a referral shared with us of
// the person it is about, and tells it her word. Whoever sees the referral may:
// whom she speaks to is not always whose work she is.
func (r *Referrals) WithdrawReceived(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.ReferralID) ([]referral.View, error) {
	k, err := find(tx, id)
	if err != nil {
		return nil, err
	}
	if _, err := r.look(ctx, tx, by, k); err != nil {
		return nil, err
	}
	if !k.Life.Withdrawn().IsZero() {
		return nil, mayNot(referral.ErrNotFrom, k, r.takenBack(r.c.Now()))
	}
	return r.destroy(tx, by.ID, func(o kept) bool { return o.ID == id || o.Peer == k.Peer && o.Alias == k.Alias && k.Alias != "" })
}

// CaseOf is the case a referral was sent of; empty where it came in.
func (r *Referrals) CaseOf(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.ReferralID) (label string, peer posada.AgencyID, err error) {
	k, err := find(tx, id)
	if err == nil {
		_, err = r.look(ctx, tx, by, k)
	}
	if err != nil {
		return "", "", err
	}
	return k.Case, k.Peer, nil
}

// WithdrawCommitted destroys what is here under a grant with this commitment, and
// what comes under one from now on. It says nothing of whether there was any.
func (r *Referrals) WithdrawCommitted(tx *vault.Tx, c consent.Digest) error {
	if err := burned.Put(tx, burnedName(c), vault.KeyID{}, r.c.Now().UTC()); err != nil {
		return err
	}
	if _, err := r.destroy(tx, "", func(k kept) bool { return k.Commitment == c }); err != nil {
		return err
	}
	return r.c.Post.Discard(tx, func(from posada.AgencyID, s event.Statement) bool {
		if s.Type() != event.TypeReferral {
			return false
		}
		grant, err := consent.ReadGrant(s.Grant(), from, r.c.Agency, r.c.Now(), r.c.Members.Get())
		return err == nil && grant.Withdrawal == c
	})
}

// destroy tells the source of each of what came in that it was taken back, and
// gives up its key.
func (r *Referrals) destroy(tx *vault.Tx, by posada.StaffID, which func(kept) bool) ([]referral.View, error) {
	list, err := those(tx, func(k kept) bool {
		return k.Side == referral.Target && !k.Gone && k.Life.Withdrawn().IsZero() && which(k)
	})
	if err != nil {
		return nil, err
	}
	var views []referral.View
	for _, k := range list {
		if k, err = r.tell(tx, by, k); err != nil {
			return nil, err
		}
		if len(k.Assigned) == 0 && by != "" {
			k.Assigned = []posada.StaffID{by} // whoever heard her sees that it is done
		}
		if err := r.shred(tx, k); err != nil {
			return nil, err
		}
		v := r.view(k)
		v.Content = referral.Content{}
		views = append(views, v)
	}
	return views, nil
}

// those are the records of which which says so.
func those(tx *vault.Tx, which func(kept) bool) (list []kept, err error) {
	return list, table.Each(tx, func(_ string, k kept) error {
		if which(k) {
			list = append(list, k)
		}
		return nil
	})
}

// tell sets on our side that she took it back, and queues the word for the other.
func (r *Referrals) tell(tx *vault.Tx, by posada.StaffID, k kept) (kept, error) {
	life, set, err := k.Life.Add(k.Side, r.takenBack(r.c.Now()))
	if err != nil {
		return kept{}, err
	}
	k.Life = life
	told, err := event.Mark(r.c.Random, k.ID, set, r.c.Now())
	if err != nil {
		return kept{}, err
	}
	return k, errors.Join(r.c.Post.Enqueue(tx, k.Peer, told, vault.KeyID{}), audit.Append(tx, audit.Entry{
		At: r.c.Now(), By: by, Act: audit.StateSet, Referral: k.ID, Peer: k.Peer, State: posada.StateWithdrawnBySurvivor,
	}))
}

// shred gives up the key of what came in. What stays says that there was
// something and that it is gone: nothing of her.
func (r *Referrals) shred(tx *vault.Tx, k kept) error {
	gone := kept{
		ID: k.ID, Side: referral.Target, Peer: k.Peer, Life: k.Life, Sent: k.Sent, Assigned: k.Assigned, Read: k.Read, Gone: true, Unseen: k.Unseen,
		Until: r.c.Now().Add(remembered).UTC(),
	}
	err := errors.Join(table.Put(tx, string(k.ID), vault.KeyID{}, gone), audit.Append(tx, audit.Entry{
		At: r.c.Now(), Act: audit.Shredded, Referral: k.ID, Peer: k.Peer,
	}))
	if (k.Key != vault.KeyID{}) {
		err = errors.Join(err, tx.Erase(k.Key))
	}
	r.c.Post.ReviewLater()
	return errors.Join(err, r.c.Post.Discard(tx, func(from posada.AgencyID, s event.Statement) bool {
		return from == k.Peer && s.Subject() == k.ID
	}))
}

// Confirm destroys the keys that were given up and then says so to whoever had
// shared what they sealed: never before, and again where this program ended
// between.
func (r *Referrals) Confirm() error {
	var waits []kept
	err := r.c.Vault.View(func(tx *vault.Tx) (err error) {
		waits, err = those(tx, func(k kept) bool { return k.Gone && !k.Confirmed })
		return err
	})
	if err != nil || len(waits) == 0 {
		return err
	}
	if _, err := r.c.Vault.Sweep(); err != nil {
		return err
	}
	now := r.c.Now().UTC().Truncate(time.Second)
	err = r.c.Vault.Update(func(tx *vault.Tx) error {
		for _, k := range waits {
			k, err := table.Get(tx, string(k.ID))
			if err != nil || k.Confirmed {
				return err
			}
			k.Confirmed = true
			said, err := event.Shredded(r.c.Random, k.ID, referral.ShredReceipt{At: now, Read: k.Read}, now)
			if err != nil {
				return err
			}
			if err := errors.Join(r.c.Post.Enqueue(tx, k.Peer, said, vault.KeyID{}), table.Put(tx, string(k.ID), vault.KeyID{}, k)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		r.c.Post.Wake()
	}
	return err
}

// takeShredded notes that a target destroyed what it was given.
func (r *Referrals) takeShredded(tx *vault.Tx, in handoff.Incoming) error {
	k, err := table.Get(tx, string(in.Statement.Subject()))
	if vault.Gone(err) || err == nil && (k.Peer != in.From || k.Side != referral.Source) {
		return handoff.Refuse(refusedSubject, err)
	}
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
	k.Shredded = receipt
	return errors.Join(table.Put(tx, string(k.ID), k.Key, k), audit.Append(tx, audit.Entry{
		At: r.c.Now(), Act: audit.ShredConfirmed, Referral: k.ID, Event: in.Statement.ID(), Peer: in.From,
	}))
}

// takeWithdrawn does what the other side's word that she took it back asks for. At
// the target: destroy it. At the source: share nothing more of the case with that
// agency.
func (r *Referrals) takeWithdrawn(tx *vault.Tx, k kept) error {
	if k.Side == referral.Source {
		r.c.Post.ReviewLater()
		err := r.c.Consents.Withdraw(tx, "", k.Case, k.Peer)
		if fault.From(err).Key == fault.UnknownCase {
			err = nil // it was erased: there is nothing left to share
		}
		return errors.Join(err, table.Put(tx, string(k.ID), k.Key, k))
	}
	if k.Gone {
		return table.Put(tx, string(k.ID), vault.KeyID{}, k)
	}
	return r.shred(tx, k)
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
	return k.Side == referral.Source && !at.IsZero() && !k.Delivered.IsZero() && k.Shredded.At.IsZero() &&
		r.c.Now().After(at.Add(referral.Confirmation))
}
