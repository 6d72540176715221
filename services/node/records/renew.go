package records

import (
	"context"
	"errors"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Renewed lets what was taken over under a consent go on under the one that renews it,
// in the transaction that records that: from then on it is kept under the new one alone,
// and only what that names of it, until it ends. What came with the referral and was not
// taken over is not asked for again.
//
// All of it is sealed anew, under another key, and the old key is given up: what is
// narrowed away is in no copy of the store that any key left here opens.
//
// The policy is asked as for a taking over, but for how long the hub was silent: nothing
// is copied from what another agency may have taken back since, and what she says now is
// later than any word of hers that is still under way.
func (r *Records) Renewed(ctx context.Context, tx *vault.Tx, by posada.StaffID, of handoff.Case, given consent.Record) error {
	k, err := r.keptUnder(tx, given.Renews)
	if err != nil {
		return err
	}
	line, named := given.Own(r.c.Agency)
	content, _ := redact.Narrow(k.Content, line.Categories)
	if !named || content.Categories().Empty() {
		return fault.New(fault.Invalid, fault.OwnNothingLeft)
	}
	if err := r.decide(ctx, tx, of, line, content, posada.StalenessLive, fault.OwnUncovered); err != nil {
		return err
	}
	if err := errors.Join(table.Delete(tx, string(k.Consent)), tx.Erase(k.Key)); err != nil {
		return err
	}
	k.Consent, k.Until, k.Content = given.ID, given.Expires, content
	if k.Key, err = tx.NewKey(); err != nil {
		return err
	}
	return errors.Join(table.Put(tx, string(k.Consent), k.Key, k), audit.Append(tx, audit.Entry{
		At: r.c.Now(), By: by, Act: audit.OwnRenewed, Case: k.Case, Referral: k.Referral, Consent: k.Consent, Peer: k.From,
		Shared: content.Categories(), Policy: r.c.Policy.Get().Digest(),
	}))
}

// keptUnder is what is kept under a consent and may be. What ran out is over, though no
// sweep came yet: what she agrees to now does not bring it back.
func (r *Records) keptUnder(tx *vault.Tx, id posada.ConsentID) (own, error) {
	k, err := table.Get(tx, string(id))
	if err != nil && !vault.Gone(err) {
		return own{}, err
	}
	stands := err == nil
	if stands {
		stands, err = r.c.Consents.Stands(tx, id)
		if err != nil {
			return own{}, err
		}
	}
	if !stands {
		return own{}, fault.New(fault.Conflict, fault.OwnNotKept)
	}
	return k, nil
}
