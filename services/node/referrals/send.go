package referrals

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Send sends what was previewed, once. It decides again: where consent or
// policy have narrowed since, nothing is sent and what is no longer covered is
// named.
func (r *Referrals) Send(ctx context.Context, by handoff.Asker, digest string) (sent referral.View, err error) {
	err = r.c.Vault.Update(func(tx *vault.Tx) error {
		p, assigned, err := r.previewedBy(ctx, tx, by, digest)
		if err != nil {
			return err
		}
		if p.Paper {
			return fault.New(fault.Conflict, fault.ToPrint)
		}
		record, decided, err := r.attempt(ctx, tx, p, by.ID)
		if err != nil {
			return err
		}
		if err := previews.Delete(tx, digest); err != nil {
			return err
		}
		sent = r.view(record)
		sent.Assigned, sent.Decision = assigned, decided
		sent.Content, sent.Confirm = shownOf(by, record.Content)
		return nil
	})
	if err != nil {
		return referral.View{}, err
	}
	r.c.Post.Wake()
	return sent, nil
}

// previewedBy is what somebody was shown under a digest and may still give, and whose work
// it is.
func (r *Referrals) previewedBy(ctx context.Context, tx *vault.Tx, by handoff.Asker, digest string) (shown, []posada.StaffID, error) {
	p, err := previews.Get(tx, digest)
	if vault.Gone(err) {
		return shown{}, nil, fault.New(fault.Conflict, fault.PreviewGone).Because(err)
	}
	if err != nil {
		return shown{}, nil, err
	}
	assigned, err := r.sender(ctx, tx, by, p.Draft)
	if err != nil {
		return shown{}, nil, err
	}
	if r.c.Now().After(p.Until) {
		return shown{}, nil, fault.New(fault.Conflict, fault.PreviewOutdated)
	}
	return p, assigned, nil
}

// sender finds whose work it is to send a draft, by among them. What is not her work is
// not there for her; nor can she know the digest.
func (r *Referrals) sender(ctx context.Context, tx *vault.Tx, by handoff.Asker, d referral.Draft) ([]posada.StaffID, error) {
	if d.Of != "" {
		k, err := r.live(ctx, tx, by, d.Of)
		if err != nil && fault.From(err).Code != fault.Internal {
			err = fault.New(fault.Conflict, fault.PreviewGone).Because(err)
		}
		return k.Assigned, err
	}
	of, err := r.c.Cases.Work(ctx, tx, by, d.Case)
	if handoff.NotHers(err) {
		err = fault.New(fault.Conflict, fault.PreviewGone).Because(err)
	}
	return of.Assigned, err
}

// leaving is what of a preview leaves, the key of what it is of, and the name under which
// the decision can be asked about.
type leaving struct {
	redact.Minimal
	key     vault.KeyID
	decided posada.DecisionID
}

// stands is what of a preview leaves: decide again on everything that was asked, redact to
// what is permitted, and hold that against what was shown.
func (r *Referrals) stands(ctx context.Context, tx *vault.Tx, p shown, what giving, m moment) (leaving, error) {
	d := p.Draft
	consented, key, permit, err := r.decide(ctx, tx, what, p.Event, m)
	if err != nil {
		return leaving{}, err
	}
	minimal, left, err := redact.Reduce(d.Content, permit.Categories())
	if missing := uncovered(d.Content, left, permit); len(missing) > 0 || !permit.Covers(d.Content.Categories()) {
		return leaving{}, refusal(missing, permit.Decision())
	}
	if err != nil {
		return leaving{}, err
	}
	// The grant and the obligations were shown too, and rest on that consent
	// and those rules.
	if !bytes.Equal(minimal.Data(), p.Data) || consented.ID != p.Consent || r.c.Policy.Get().Digest() != p.Policy ||
		!slices.Equal(consented.Onward(d.To, d.Content.Purpose), p.Onward) {
		return leaving{}, fault.New(fault.Conflict, fault.PreviewOutdated)
	}
	return leaving{minimal, key, permit.Decision()}, nil
}

// attempt is the one path by which anything is sent: what still stands of a preview is
// queued, with the record and the audit entry, in tx.
func (r *Referrals) attempt(ctx context.Context, tx *vault.Tx, p shown, by posada.StaffID) (kept, posada.DecisionID, error) {
	d := p.Draft
	leaves, err := r.stands(ctx, tx, p, all(d), prepared)
	if err != nil {
		return kept{}, "", err
	}
	id, err := posada.NewID[posada.ReferralID](r.c.Random)
	if err != nil {
		return kept{}, "", err
	}
	now := r.c.Now()
	disclosed, err := event.Disclosure(p.Event, id, leaves.Minimal, p.Grant, p.Obligations, now)
	if err != nil {
		return kept{}, "", err
	}
	key := leaves.key
	index := key
	if d.Of != "" {
		// What came in goes when it must; what waits of it to be taken back goes then.
		// A receipt for it may come later still.
		index = vault.KeyID{}
		key, err = tx.NewKey()
	} else {
		err = r.c.Consents.Use(tx, d.Case, d.To, d.Content.Purpose, p.Event)
	}
	if err != nil {
		return kept{}, "", err
	}
	if err := r.c.Post.Enqueue(tx, d.To, disclosed, key); err != nil {
		return kept{}, "", err
	}
	record := kept{
		ID: id, Peer: d.To, Key: key, Sent: now.UTC(), Copy: referral.Sent(now),
		Content: leaves.Content(), Obligations: p.Obligations, Grant: p.Grant,
		Case: d.Case, Of: d.Of, Consent: p.Consent, Onward: p.Onward, RetainDays: p.RetainDays, Event: p.Event, Purpose: d.Content.Purpose,
	}
	if err := errors.Join(table.Put(tx, string(id), key, record), byEvent.Put(tx, string(p.Event), index, id)); err != nil {
		return kept{}, "", err
	}
	return record, leaves.decided, audit.Append(tx, audit.Entry{
		At: now, By: by, Act: audit.ReferralSent, Referral: id, Event: p.Event, Peer: d.To,
		Shared: leaves.Categories(), Policy: r.c.Policy.Get().Digest(),
	})
}

// refusal names every field that is not covered, for our own staff.
func refusal(missing []referral.Uncovered, decided posada.DecisionID) error {
	var places []string
	for _, m := range missing {
		places = append(places, m.Place)
	}
	return fault.New(fault.Refused, fault.Uncovered, "fields", strings.Join(places, ", "), "decision", string(decided)).Because(ErrUncovered)
}

// ErrUncovered says that something asked is not covered by consent or policy.
var ErrUncovered = errors.New("something asked is not covered by consent or policy")
