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

// byCommitment finds what came in under grants with a commitment.
var byCommitment = vault.Table[[]posada.ReferralID]{Name: "referrals_of_commitment", Version: 1}

// WithdrawSent tells whoever was sent something of a case, under a consent that is
// meant, that she took it back. It gives what was taken back now; what is not sent yet
// is stopped by Review.
func (r *Referrals) WithdrawSent(tx *vault.Tx, back consent.TakenBack) ([]referral.View, error) {
	list, err := those(tx, func(k kept) bool {
		return k.Side == referral.Source && k.Case == back.Label && (back.From == "" || k.Peer == back.From) &&
			k.Life.Withdrawn().IsZero()
	})
	if err != nil {
		return nil, err
	}
	var views []referral.View
	for _, k := range list {
		given, err := r.c.Consents.Given(tx, k.Consent)
		if err != nil {
			return nil, err
		}
		if !back.Means(given) {
			continue
		}
		if k, err = r.takeBack(tx, back.By, k); err != nil {
			return nil, err
		}
		v := r.view(k)
		v.Content.Records = nil
		views = append(views, v)
	}
	return views, nil
}

// WithdrawReceived destroys all that the source of a referral shared with us of
// the person it is about, and what still comes under the same grants, and tells it
// her word. Whoever sees the referral may: whom she speaks to is not always whose
// work she is. What she does not see is destroyed as well, and not told of.
func (r *Referrals) WithdrawReceived(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.ReferralID) ([]referral.View, error) {
	k, err := find(tx, id)
	if err != nil {
		return nil, err
	}
	if _, err := r.look(ctx, tx, by, k); err != nil {
		return nil, err
	}
	if !k.Life.Withdrawn().IsZero() {
		return nil, mayNot(referral.ErrNotFrom, k, referral.Mark{State: posada.StateWithdrawnBySurvivor})
	}
	list, err := ofHer(tx, k)
	if err != nil {
		return nil, err
	}
	var views []referral.View
	for _, o := range list {
		_, err := r.look(ctx, tx, by, o)
		sees := err == nil
		if err != nil && !notThere(err) {
			return nil, err
		}
		if sees && len(o.Assigned) == 0 {
			o.Assigned = []posada.StaffID{by.ID} // whoever heard her sees that it is done
		}
		gone, err := r.takeBack(tx, by.ID, o)
		if err != nil {
			return nil, err
		}
		if err := r.burn(tx, o.Commitment); err != nil {
			return nil, err
		}
		if sees {
			v := r.view(gone)
			v.Content = referral.Content{}
			views = append(views, v)
		}
	}
	return views, nil
}

// SourceOf is the case a referral was sent of, and to whom; the label is empty
// where it came in.
func (r *Referrals) SourceOf(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.ReferralID) (label string, peer posada.AgencyID, err error) {
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
// what comes under one from now on. It says nothing of whether there was any. from
// is who passed it on; empty where it was said here.
func (r *Referrals) WithdrawCommitted(tx *vault.Tx, from posada.AgencyID, c consent.Digest) error {
	ids, err := byCommitment.Get(tx, burnedName(c))
	if err != nil && !vault.Gone(err) {
		return err
	}
	if len(ids) == 0 && from != "" {
		if err := r.ofNothing(tx, from); err != nil {
			return err
		}
	}
	if err := r.burn(tx, c); err != nil {
		return err
	}
	for _, id := range ids {
		k, err := table.Get(tx, string(id))
		if vault.Gone(err) || err == nil && (k.Gone || k.Commitment != c) {
			continue
		}
		if err != nil {
			return err
		}
		if _, err := r.takeBack(tx, "", k); err != nil {
			return err
		}
	}
	return nil
}

// burn remembers that what comes under a commitment was taken back. What is held
// is looked through for it by the next Sweep.
func (r *Referrals) burn(tx *vault.Tx, c consent.Digest) error {
	if c == (consent.Digest{}) {
		return nil
	}
	if _, err := burned.Get(tx, burnedName(c)); !errors.Is(err, vault.ErrNotFound) {
		return err
	}
	r.burnt.Store(true)
	r.c.Post.ReviewLater()
	return burned.Put(tx, burnedName(c), vault.KeyID{}, r.c.Now().UTC())
}

// discardBurned lets go of what is held under a commitment that was burned.
func (r *Referrals) discardBurned(tx *vault.Tx) error {
	if !r.burnt.Swap(false) {
		return nil
	}
	err := r.c.Post.Discard(tx, func(from posada.AgencyID, s event.Statement) bool {
		if s.Grant() == "" {
			return false
		}
		grant, err := consent.ReadGrant(s.Grant(), from, r.c.Agency, r.c.Now(), r.c.Members.Get())
		if err != nil {
			return false
		}
		_, err = burned.Get(tx, burnedName(grant.Withdrawal))
		return err == nil
	})
	if err != nil {
		r.burnt.Store(true)
	}
	return err
}

// takeBack is a referral after it was heard here, or by a code, that she took it
// back.
func (r *Referrals) takeBack(tx *vault.Tx, by posada.StaffID, k kept) (kept, error) {
	c, do, err := k.TakenBack(r.c.Now())
	if err != nil {
		return kept{}, err
	}
	k.Copy = c
	return r.done(tx, by, k, do)
}

// done keeps a referral after a step, and does what the step asks for.
func (r *Referrals) done(tx *vault.Tx, by posada.StaffID, k kept, do referral.Do) (kept, error) {
	if do.Tell.State != "" {
		if err := r.tell(tx, by, k, do.Tell); err != nil {
			return kept{}, err
		}
	}
	if !k.Lives() {
		var err error
		if k, err = r.endTalk(tx, k); err != nil {
			return kept{}, err
		}
	}
	if do.Shred {
		return r.shred(tx, k)
	}
	if k.ToConfirm() {
		r.c.Post.ReviewLater()
	}
	if err := table.Put(tx, string(k.ID), k.Key, k); err != nil || do.TakeBack.IsZero() {
		return k, err
	}
	if k.Of != "" {
		return k, r.heardBack(tx, k)
	}
	return k, r.shareNoMore(tx, k, do.TakeBack)
}

// ofHer are a referral that came in and all else that its source shared of the same
// person, if they are here.
func ofHer(tx *vault.Tx, k kept) ([]kept, error) {
	return here(tx, func(o kept) bool { return o.ID == k.ID || o.Peer == k.Peer && o.Alias == k.Alias && k.Alias != "" })
}

// here are what came in and is not destroyed, of which which says so.
func here(tx *vault.Tx, which func(kept) bool) ([]kept, error) {
	return those(tx, func(k kept) bool { return k.Side == referral.Target && !k.Gone && which(k) })
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

// tell queues a mark of ours for the other side, where it has a node, and notes it.
func (r *Referrals) tell(tx *vault.Tx, by posada.StaffID, k kept, set referral.Mark) error {
	if !k.Paper {
		told, err := event.Mark(r.c.Random, k.ID, set, r.c.Now())
		if err != nil {
			return err
		}
		// Closed words and an id: it outlives what may be kept of her.
		if err := r.c.Post.Enqueue(tx, k.Peer, told, vault.KeyID{}); err != nil {
			return err
		}
	}
	return audit.Append(tx, audit.Entry{At: r.c.Now(), By: by, Act: audit.StateSet, Referral: k.ID, Peer: k.Peer, State: set.State})
}

// gone is what stays of a referral whose content is destroyed: that there was
// something, between whom, and whether it was read or said to be destroyed.
// Nothing of her.
func (r *Referrals) gone(k kept) kept {
	left := kept{ID: k.ID, Peer: k.Peer, Copy: k.Copy, Of: k.Of, Sent: k.Sent, Assigned: k.Assigned, Until: r.c.Now().Add(remembered).UTC()}
	if k.Of != "" {
		left.Event = k.Event // its receipt may still come
	}
	return left
}

// shred gives up the key of what came in and was taken back.
func (r *Referrals) shred(tx *vault.Tx, k kept) (kept, error) {
	err := errors.Join(r.passedBack(tx, k.ID), r.unindex(tx, k), table.Put(tx, string(k.ID), vault.KeyID{}, r.gone(k)), audit.Append(tx, audit.Entry{
		At: r.c.Now(), Act: audit.Shredded, Referral: k.ID, Peer: k.Peer,
	}))
	if (k.Key != vault.KeyID{}) {
		err = errors.Join(err, tx.Erase(k.Key))
	}
	r.c.Post.ReviewLater()
	return k, errors.Join(err, r.c.Post.Discard(tx, func(from posada.AgencyID, s event.Statement) bool {
		return from == k.Peer && s.Subject() == k.ID
	}))
}

// Confirm destroys the keys that were given up and then says so to whoever had
// shared what they sealed: never before, and again where this program ended
// between.
func (r *Referrals) Confirm() error {
	var waits []kept
	err := r.c.Vault.View(func(tx *vault.Tx) (err error) {
		waits, err = unconfirmedHere(tx)
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
			if err != nil {
				return err
			}
			if k.Confirmed {
				continue
			}
			var receipt referral.ShredReceipt
			k.Copy, receipt = k.Confirm(now)
			said, err := event.Shredded(r.c.Random, k.ID, receipt, now)
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

// EraseSent lets go of what was sent of a case, all of which she took back: what
// stays is to whom, and whether they said that they destroyed it. It says how many
// there were.
func (r *Referrals) EraseSent(tx *vault.Tx, of handoff.Case) (count int, err error) {
	list, err := those(tx, func(k kept) bool { return k.Side == referral.Source && k.Case == of.Label })
	if err != nil {
		return 0, err
	}
	for _, k := range list {
		k.Copy = k.Erased()
		if k, err = r.endTalk(tx, k); err != nil {
			return 0, err
		}
		if err := errors.Join(table.Put(tx, string(k.ID), vault.KeyID{}, r.gone(k)), byEvent.Delete(tx, string(k.Event))); err != nil {
			return 0, err
		}
	}
	return len(list), previews.Each(tx, func(digest string, p shown) error {
		if p.Draft.Case != of.Label {
			return nil
		}
		return previews.Delete(tx, digest)
	})
}

// shareNoMore does at the source what a target's word that she took it back asks
// for: nothing more of the case is shared there, and what else it has is taken back.
func (r *Referrals) shareNoMore(tx *vault.Tx, k kept, said time.Time) error {
	r.c.Post.ReviewLater()
	back := consent.TakenBack{Label: k.Case, From: k.Peer, Said: consent.SaidElsewhere(said, r.c.Now().UTC())}
	err := r.c.Consents.Withdraw(tx, back)
	if fault.From(err).Key == fault.UnknownCase {
		err = nil // it was erased: there is nothing left to share
	}
	if err != nil {
		return err
	}
	_, err = r.WithdrawSent(tx, back)
	return err
}
