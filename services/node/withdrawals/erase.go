package withdrawals

import (
	"context"
	"errors"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Erasure is what became of a case that was to be destroyed: the receipt for it.
type Erasure struct {
	Label string
	Begun time.Time
	// Done is when the key of all of it was destroyed; zero while something of it
	// waits to be taken back from the hub.
	Done      time.Time
	Consents  int             // that were destroyed
	Own       int             // what had been taken over into it
	Referrals int             // that were sent, of which no content is left here
	Back      []referral.View // what was taken back for it
}

// EraseCase takes back all that was shared of a case and destroys what is here of
// it: at once, or, where something of it still waits at the hub, when that was
// taken back. Once begun it is done without anybody.
func (w *Withdrawals) EraseCase(ctx context.Context, by handoff.Asker, label string) (e Erasure, err error) {
	var of handoff.Case
	err = w.c.Vault.Update(func(tx *vault.Tx) error {
		if of, err = w.c.Cases.Erase(ctx, tx, by, label); err != nil {
			return err
		}
		if e.Own, err = w.c.Records.Erase(tx, of); err != nil {
			return err
		}
		e.Back, _, err = w.heard(tx, consent.TakenBack{Label: label, By: by.ID})
		return err
	})
	if err != nil {
		return Erasure{}, err
	}
	w.c.Post.Review()
	e.Label, e.Begun = of.Label, of.Erasing
	done, consents, referrals, err := w.destroy(of)
	if err != nil {
		return Erasure{}, fault.New(fault.Unavailable, fault.NotDestroyed).Because(err)
	}
	if done {
		e.Done, e.Consents, e.Referrals = w.c.Now().UTC(), consents, referrals
	}
	return e, nil
}

// Erase goes on with the cases that are to be destroyed.
func (w *Withdrawals) Erase() error {
	var list []handoff.Case
	err := w.c.Vault.View(func(tx *vault.Tx) error {
		return w.c.Cases.Each(tx, func(of handoff.Case) error {
			if !of.Erasing.IsZero() {
				list = append(list, of)
			}
			return nil
		})
	})
	for _, of := range list {
		_, _, _, failed := w.destroy(of)
		err = errors.Join(err, failed)
	}
	return err
}

// destroy destroys a case of which nothing waits any more.
func (w *Withdrawals) destroy(of handoff.Case) (done bool, consents, referrals int, err error) {
	err = w.c.Vault.Update(func(tx *vault.Tx) error {
		waits, err := w.c.Post.Holds(tx, of.Key)
		answers, wrong := w.c.Referrals.WaitsOf(tx, of.Label)
		if err = errors.Join(err, wrong); err != nil || waits || answers {
			return err
		}
		done = true
		if consents, err = w.c.Consents.Erase(tx, of); err != nil {
			return err
		}
		if referrals, err = w.c.Referrals.EraseSent(tx, of); err != nil {
			return err
		}
		return errors.Join(w.c.Needs.Erase(tx, of), w.c.Cases.Destroy(tx, of))
	})
	if err != nil || !done {
		return false, 0, 0, err
	}
	_, err = w.c.Vault.Sweep()
	return err == nil, consents, referrals, err
}
