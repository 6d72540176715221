package records

import (
	"errors"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Review gives up what was taken over into a case under a consent that is over, in
// the transaction that ended it. The vault's Sweep destroys its key.
func (r *Records) Review(tx *vault.Tx, of handoff.Case) error {
	return r.end(tx, func(k own) bool { return k.Case == of.ID })
}

// Sweep gives up what was taken over under a consent whose time is over.
func (r *Records) Sweep() error {
	return r.c.Vault.Update(func(tx *vault.Tx) error { return r.end(tx, func(own) bool { return true }) })
}

// end gives up what may no longer be kept, of what which says so.
func (r *Records) end(tx *vault.Tx, which func(own) bool) error {
	list, err := those(tx, which)
	if err != nil {
		return err
	}
	for _, k := range list {
		stands, err := r.c.Consents.Stands(tx, k.Consent)
		if err == nil && !stands {
			err = r.giveUp(tx, k)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Erase gives up all that was taken over into a case that is to be destroyed, and
// says how much that was.
func (r *Records) Erase(tx *vault.Tx, of handoff.Case) (count int, err error) {
	list, err := those(tx, func(k own) bool { return k.Case == of.ID })
	for _, k := range list {
		err = errors.Join(err, r.giveUp(tx, k))
	}
	return len(list), err
}

func (r *Records) giveUp(tx *vault.Tx, k own) error {
	return errors.Join(table.Delete(tx, string(k.Consent)), tx.Erase(k.Key), audit.Append(tx, audit.Entry{
		At: r.c.Now(), Act: audit.OwnErased, Case: k.Case, Consent: k.Consent, Peer: k.From,
	}))
}
