package referrals

import (
	"context"
	"errors"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Print gives what was previewed, once, to be read out or printed for an agency without a
// node. It decides again; members and rules have to be known as of today, for what is read
// out waits in no queue in which it could still be stopped. It is a disclosure like any that
// is sent, and noted as one.
func (r *Referrals) Print(ctx context.Context, by handoff.Asker, digest string) (out referral.Printed, err error) {
	err = r.c.Vault.Update(func(tx *vault.Tx) error {
		p, assigned, err := r.previewedBy(ctx, tx, by, digest)
		if err != nil {
			return err
		}
		if !p.Paper {
			return fault.New(fault.Conflict, fault.ToSend)
		}
		record, decided, err := r.printed(ctx, tx, p, by.ID)
		if err != nil {
			return err
		}
		if err := previews.Delete(tx, digest); err != nil {
			return err
		}
		out = referral.Printed{View: r.view(record), Data: p.Data}
		out.View.Assigned, out.View.Decision = assigned, decided
		return nil
	})
	return out, err
}

// printed is the one path by which anything is told to whoever has no node: what still stands
// of a preview, with the record and the audit entry, in tx.
func (r *Referrals) printed(ctx context.Context, tx *vault.Tx, p shown, by posada.StaffID) (kept, posada.DecisionID, error) {
	d := p.Draft
	said, err := r.stands(ctx, tx, p, all(d).onPaper(), leaves)
	if err != nil {
		return kept{}, "", err
	}
	id, err := posada.NewID[posada.ReferralID](r.c.Random)
	if err != nil {
		return kept{}, "", err
	}
	now := r.c.Now()
	record := kept{
		ID: id, Peer: d.To, Key: said.key, Sent: now.UTC(), Copy: referral.OnPaper(now),
		Content: said.Content(), Obligations: p.Obligations,
		Case: d.Case, Consent: p.Consent, RetainDays: p.RetainDays, Event: p.Event, Purpose: d.Content.Purpose,
	}
	return record, said.decided, errors.Join(
		r.c.Consents.Use(tx, d.Case, d.To, d.Content.Purpose, p.Event),
		table.Put(tx, string(id), said.key, record),
		audit.Append(tx, audit.Entry{
			At: now, By: by, Act: audit.ReferralPrinted, Referral: id, Event: p.Event, Peer: d.To,
			Shared: said.Categories(), Policy: r.c.Policy.Get().Digest(),
		}),
	)
}

// onPaper reports whether a draft is for an agency without a node. What came in is passed
// on to nobody so: no grant names one.
func (r *Referrals) onPaper(d referral.Draft) bool {
	return d.Of == "" && r.c.Members.Get().Standing(d.To) == posada.StandingUnknown && r.c.Listed(d.To) != ""
}
