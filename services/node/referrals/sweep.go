package referrals

import (
	"errors"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// over reports whether what was given to us may no longer be kept (G6).
func (r *Referrals) over(k kept) bool {
	if k.Gone {
		return !r.c.Now().Before(k.Until)
	}
	return (k.Side == referral.Target || k.Of != "") && r.c.Now().Unix() >= k.Obligations.RetainUntil
}

// Sweep lets go of what may no longer be kept: previews that nobody sent, and
// what was given to us, whose key it gives up, when its time is over.
func (r *Referrals) Sweep() error {
	now := r.c.Now()
	return r.c.Vault.Update(func(tx *vault.Tx) error {
		err := previews.Each(tx, func(digest string, p shown) error {
			if now.Before(p.Until) {
				return nil
			}
			return previews.Delete(tx, digest)
		})
		if err != nil {
			return err
		}
		err = burned.Each(tx, func(name string, at time.Time) error {
			if now.Sub(at) < remembered {
				return nil
			}
			return burned.Delete(tx, name)
		})
		if err != nil {
			return err
		}
		if err := r.discardBurned(tx); err != nil {
			return err
		}
		return table.Each(tx, func(name string, k kept) error {
			if k.Talk != (vault.KeyID{}) && !r.talks(k) {
				var err error
				if k, err = r.endTalk(tx, k); err != nil {
					return err
				}
				if err := table.Put(tx, name, k.Key, k); err != nil {
					return err
				}
			}
			if !r.over(k) {
				return nil
			}
			switch {
			case k.Gone:
				return errors.Join(table.Delete(tx, name), forgetEvent(tx, k))
			case k.Of != "":
				_, err := r.letGoOf(tx, "", k, false)
				return err
			}
			k.Copy, k.Assigned = k.Over(), nil
			gone := r.gone(k)
			return errors.Join(r.unindex(tx, k), table.Put(tx, name, vault.KeyID{}, gone), tx.Erase(k.Key), audit.Append(tx, audit.Entry{
				At: now, Act: audit.ReferralErased, Referral: k.ID, Peer: k.Peer,
			}))
		})
	})
}

// forgetEvent forgets which disclosure a referral went with.
func forgetEvent(tx *vault.Tx, k kept) error {
	if k.Event == "" {
		return nil
	}
	return byEvent.Delete(tx, string(k.Event))
}
