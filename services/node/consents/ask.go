package consents

import (
	"context"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Ask records that she was asked now, and what she said: nothing yet, not now, or no
// (consent.Questions). Of the record only what was asked about is kept. No and not now
// count at once against what she agreed to before.
func (c *Consents) Ask(ctx context.Context, by handoff.Asker, label string, said posada.ConsentStatus, r consent.Record) (consent.Filed, error) {
	r = consent.Record{Allowances: r.Allowances, Excluded: r.Excluded, ExcludedAgencies: r.ExcludedAgencies, Services: r.Services}
	return c.begin(ctx, by, label, audit.ConsentAsked, r, func(r consent.Record, now time.Time) (consent.Record, error) {
		return r.Ask(said, now, by.ID)
	})
}

// Answer records what she says now to what she was asked before: not now, no, or
// nothing yet (she was asked again).
func (c *Consents) Answer(ctx context.Context, by handoff.Asker, id posada.ConsentID, said posada.ConsentStatus) (consent.Filed, error) {
	return c.answered(ctx, by, id, audit.ConsentAnswered, func(_ book, r consent.Record, now time.Time) (consent.Record, error) {
		return r.Ask(said, now, by.ID)
	})
}

// Agree records that she agrees now to what she was asked before, or to less of it:
// a consent like any, for life from its beginning. A label, if there is one, is of
// the case that is meant.
func (c *Consents) Agree(ctx context.Context, by handoff.Asker, id posada.ConsentID, label string, life time.Duration, said consent.Record) (consent.Filed, error) {
	return c.answered(ctx, by, id, audit.ConsentRecorded, func(held book, r consent.Record, now time.Time) (consent.Record, error) {
		if err := ofCase(held, label); err != nil {
			return consent.Record{}, err
		}
		r, err := r.Anew(said)
		if err != nil {
			return consent.Record{}, err
		}
		if r, err = r.Give(now, life, by.ID); err != nil {
			return consent.Record{}, err
		}
		return r, c.check(r)
	})
}

// answered is a step of a record that says something new: it comes after all that was
// said in the case, whatever the clock shows.
func (c *Consents) answered(ctx context.Context, by handoff.Asker, id posada.ConsentID, act audit.Act, how func(book, consent.Record, time.Time) (consent.Record, error)) (consent.Filed, error) {
	err := c.change(ctx, by, id, act, func(tx *vault.Tx, held book, r consent.Record, now time.Time) (consent.Record, error) {
		before := r.Given
		r, err := how(held, r, now)
		if err == nil && !r.Given.Equal(before) {
			r.Given, err = after(tx, held, r.Given)
		}
		return r, err
	})
	if c.changed(err) != nil {
		return consent.Filed{}, err
	}
	return c.Show(ctx, by, id)
}

// Renew records that she agrees again, now, to what a record says, or to less of it:
// a new record. The one it renews stays as it is. What this agency keeps of its own
// under the old one goes on under the new one, in the same transaction, and what that
// does not name any more is destroyed.
func (c *Consents) Renew(ctx context.Context, by handoff.Asker, id posada.ConsentID, label string, life time.Duration, said consent.Record) (consent.Filed, error) {
	now := c.c.Now().UTC()
	next, err := posada.NewID[posada.ConsentID](c.c.Random)
	if err != nil {
		return consent.Filed{}, err
	}
	own := false
	err = c.c.Vault.Update(func(tx *vault.Tx) error {
		r, held, of, err := c.hers(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if err := ofCase(held, label); err != nil {
			return err
		}
		all, err := held.counting(tx)
		if err != nil {
			return err
		}
		if r, err = held.Withdrawn.Left(r).Renew(said, c.bearing(r, all), now, life, by.ID); err != nil {
			return mayNot(err)
		}
		r.ID = next
		if own, err = c.again(r); err != nil {
			return err
		}
		if r.Given, err = after(tx, held, r.Given); err != nil {
			return err
		}
		if err := held.add(tx, of, r); err != nil {
			return err
		}
		if err := audit.Append(tx, audit.Entry{At: now, By: by.ID, Act: audit.ConsentRecorded, Consent: next}); err != nil || !own {
			return err
		}
		return c.c.Renewed(ctx, tx, by.ID, of, r)
	})
	if c.changed(err) != nil {
		return consent.Filed{}, err
	}
	if own {
		if _, err := c.c.Vault.Sweep(); err != nil {
			// It is tried again by itself.
			return consent.Filed{}, fault.New(fault.Unavailable, fault.OwnNotDestroyed).Because(err)
		}
	}
	return c.Show(ctx, by, next)
}

// ofCase refuses a label of another case: what somebody agreed to is not written into
// the case of somebody else.
func ofCase(held book, label string) error {
	if label == "" || strings.EqualFold(label, held.Label) {
		return nil
	}
	return fault.New(fault.Invalid, fault.ConsentOtherCase)
}
