package consents

import (
	"context"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// AddOwn records in tx that she agreed to what this agency takes over into its own
// record: the one consent that may name ourselves, and it names nobody else. An
// empty label opens a case; another must be her work. Whether it permits anything
// is the policy's.
func (c *Consents) AddOwn(ctx context.Context, tx *vault.Tx, by handoff.Asker, label string, life time.Duration, r consent.Record) (of handoff.Case, kept consent.Record, err error) {
	now := c.c.Now().UTC()
	if _, own := r.Own(c.c.Agency); !own {
		return of, kept, fault.New(fault.Invalid, fault.TakeOverConsent)
	}
	if r, err = c.begun(r, now, func(r consent.Record, now time.Time) (consent.Record, error) { return r.Give(now, life, by.ID) }); err != nil {
		return of, kept, err
	}
	if err := contradicts(r); err != nil {
		return of, kept, err
	}
	if label == "" {
		of, err = c.c.Cases.Open(tx, by)
	} else {
		of, err = c.c.Cases.Work(ctx, tx, by, label)
	}
	if err != nil {
		return handoff.Case{}, kept, err
	}
	kept, err = c.file(tx, by, audit.ConsentRecorded, of, r, now)
	return of, kept, err
}

// Stands reports whether what this agency keeps of its own under a consent may still
// be kept: nobody ended it, its time is not over, and she took it back from us
// neither with all of the case nor by itself.
func (c *Consents) Stands(tx *vault.Tx, id posada.ConsentID) (bool, error) {
	r, err := records.Get(tx, string(id))
	if vault.Gone(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	held, err := books.Get(tx, string(r.Case))
	if vault.Gone(err) {
		return false, nil
	}
	_, own := held.Withdrawn.Left(r).Own(c.c.Agency)
	return own && r.Lives(c.c.Now()), err
}

// again refuses a renewal that contradicts itself, and says whether it is of what this
// agency keeps of its own: the one record that may name ourselves, and it names nobody
// else.
func (c *Consents) again(r consent.Record) (own bool, err error) {
	if _, own = r.Own(c.c.Agency); own && c.c.Renewed != nil {
		return true, contradicts(r)
	}
	return false, c.check(r)
}

// bearing are the records of a case as they bear on one of them. To everything that
// this agency took over belongs a consent of its own: what was said of something else
// that it keeps says nothing of this, but for what and whom that excludes. What renews
// it does.
func (c *Consents) bearing(r consent.Record, all []consent.Record) []consent.Record {
	if _, own := r.Own(c.c.Agency); !own {
		return all
	}
	all = slices.Clone(all)
	for i, other := range all {
		if _, own := other.Own(c.c.Agency); own && other.ID != r.ID && other.Renews != r.ID {
			all[i].Allowances = nil
		}
	}
	return all
}

// ended tells whoever keeps something under the consents of a case that some ended.
func (c *Consents) ended(tx *vault.Tx, of handoff.Case) error {
	if c.c.Ended == nil {
		return nil
	}
	return c.c.Ended(tx, of)
}
