package referrals

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// previewLife is how long a preview can be sent: long enough to read it to
// her, short enough that it is still true.
const previewLife = time.Hour

// Preview narrows a draft to what consent and policy allow and shows exactly
// that. Nothing leaves. Where all that was asked is covered, what was shown is
// kept for an hour, to be sent by its digest.
func (r *Referrals) Preview(ctx context.Context, by handoff.Asker, d referral.Draft) (p referral.Preview, err error) {
	if err := checkDraft(d); err != nil {
		return referral.Preview{}, err
	}
	if d.To == r.c.Agency { // whom a consent to an own record names
		return referral.Preview{}, fault.New(fault.Invalid, fault.ToOurselves)
	}
	id, err := posada.NewID[posada.EventID](r.c.Random)
	if err != nil {
		return referral.Preview{}, err
	}
	if err := r.c.Consents.Ahead(ctx, by, d.Case); err != nil {
		return referral.Preview{}, err
	}
	err = r.c.Vault.Update(func(tx *vault.Tx) error {
		if _, err := r.c.Cases.Work(ctx, tx, by, d.Case); err != nil {
			return err
		}
		if d.Content.Need = ""; !d.Content.Services.And(need.Placing()).Empty() {
			if d.Content.Need, err = r.c.Held(tx, d.Case, d.To); err != nil {
				return err
			}
		}
		p, err = r.previewed(ctx, tx, by, d, id)
		return err
	})
	return p, err
}

// previewed narrows a draft that is her work, in tx.
func (r *Referrals) previewed(ctx context.Context, tx *vault.Tx, by handoff.Asker, d referral.Draft, id posada.EventID) (referral.Preview, error) {
	p := referral.Preview{Draft: d, Paper: r.onPaper(d)}
	what := all(d)
	if p.Paper {
		what = what.onPaper()
	}
	record, key, permit, err := r.decide(ctx, tx, what, id, prepared)
	if err != nil {
		return p, err
	}
	p.Decision = permit.Decision()
	if err := audit.Append(tx, audit.Entry{
		At: r.c.Now(), By: by.ID, Act: audit.ReferralPreview, Referral: d.Of, Peer: d.To, Shared: permit.Categories(), Policy: r.c.Policy.Get().Digest(),
	}); err != nil {
		return p, err
	}
	minimal, left, err := redact.Reduce(d.Content, permit.Categories())
	if errors.Is(err, redact.ErrTooLarge) {
		return p, fault.New(fault.Invalid, fault.ContentTooLarge, "limit", strconv.Itoa(redact.MaxData>>10)).Because(err)
	}
	if err != nil && !errors.Is(err, redact.ErrNothingLeft) {
		return p, err
	}
	p.Carried, p.Uncovered = minimal.Content(), uncovered(d.Content, left, permit)
	if len(p.Uncovered) > 0 || !permit.Covers(d.Content.Categories()) {
		return p, nil
	}
	return p, r.keep(tx, &p, record, key, permit, minimal, id, by.ID)
}

// checkDraft refuses content the standard does not know, by field.
func checkDraft(d referral.Draft) error {
	if err := d.Content.Check(); err != nil {
		return fault.New(fault.Invalid, fault.ContentWrong, "what", err.Error()).Because(err)
	}
	return nil
}

// uncovered names everything asked that is not permitted.
func uncovered(asked referral.Content, left []referral.Place, permit pdp.Permit) []referral.Uncovered {
	var out []referral.Uncovered
	if !permit.Categories().Has(posada.CategoryNeeds) {
		lacks := permit.Unmet(posada.CategoryNeeds)
		if !asked.Services.Empty() {
			out = append(out, referral.Uncovered{Place: "services", Category: posada.CategoryNeeds, Lacks: lacks})
		}
		// Every referral has a priority, so none goes to who may not know that
		// there is a need.
		out = append(out, referral.Uncovered{Place: "priority", Category: posada.CategoryNeeds, Lacks: lacks})
	}
	for _, at := range left {
		// Each only visits fields that exist.
		if field, err := htcds.Lookup(at.Role, at.Field); err == nil {
			out = append(out, referral.Uncovered{Place: at.String(), Category: field.Category, Lacks: permit.Unmet(field.Category)})
		}
	}
	return out
}

// keep makes the grant and the obligations, and keeps what was shown.
func (r *Referrals) keep(tx *vault.Tx, p *referral.Preview, record consent.Record, key vault.KeyID, permit pdp.Permit, m redact.Minimal, id posada.EventID, by posada.StaffID) error {
	d := p.Draft
	var err error
	switch {
	case p.Paper:
		p.Obligations = r.obligations(record, d, permit) // paper holds no key
	case d.Of != "":
		of, wrong := table.Get(tx, string(d.Of))
		if wrong != nil {
			return wrong
		}
		p.Obligations = r.onwardObligations(of, d, permit)
		p.Grant, err = r.c.Consents.PassOn(of.Given, d.To, m.Categories(), p.Obligations)
	default:
		p.Obligations = r.obligations(record, d, permit)
		p.Grant, err = r.c.Consents.Grant(tx, d.Case, d.To, d.Content.Purpose, m.Categories(), p.Obligations)
	}
	if err != nil {
		return err
	}
	p.Data, p.Until = m.Data(), r.c.Now().Add(previewLife).UTC().Truncate(time.Second)
	if p.Digest, err = digest(p.Data, p.Grant, p.Obligations); err != nil {
		return err
	}
	return previews.Put(tx, p.Digest, key, shown{
		Draft: d, Paper: p.Paper, Event: id, Data: p.Data, Grant: p.Grant, Obligations: p.Obligations, Until: p.Until, By: by,
		Consent: record.ID, Onward: record.Onward(d.To, d.Content.Purpose), RetainDays: permit.RetainDays(), Policy: r.c.Policy.Get().Digest(),
	})
}

// digest stands for everything the recipient will decrypt: data, grant and
// obligations.
func digest(data []byte, grant string, o consent.Obligations) (string, error) {
	return handoff.Digest(struct {
		Data        []byte              `json:"data"`
		Grant       string              `json:"grant"`
		Obligations consent.Obligations `json:"obligations"`
	}{data, grant, o})
}
