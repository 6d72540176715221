package records

import (
	"context"
	"errors"
	"slices"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Show is the agency's own record of a case that she is to know of, reduced to what
// the policy lets her look at. That she looked, and at which categories, is noted.
func (r *Records) Show(ctx context.Context, by handoff.Asker, label string) (out handoff.OwnRecord, err error) {
	err = r.c.Vault.Update(func(tx *vault.Tx) error {
		of, err := r.c.Cases.Seen(ctx, tx, by, label)
		if err != nil {
			return err
		}
		out = handoff.OwnRecord{Label: of.Label, Assigned: of.Assigned}
		list, err := r.standing(tx, of.ID)
		if err != nil {
			return err
		}
		out.Imported, err = r.lookAtImported(ctx, tx, by, of)
		if err != nil || len(list)+len(out.Imported) == 0 {
			return err
		}
		var seen posada.Set[posada.Category]
		for _, i := range out.Imported {
			seen = seen.Or(i.Content.Categories())
		}
		for _, k := range list {
			o, err := r.look(ctx, by, of, k)
			if err != nil {
				return err
			}
			out.Entries, seen = append(out.Entries, o), seen.Or(o.Content.Categories())
		}
		return audit.Append(tx, audit.Entry{
			At: r.c.Now(), By: by.ID, Act: audit.OwnLookedAt, Case: of.ID, Shared: seen, Policy: r.c.Policy.Get().Digest(),
		})
	})
	if err != nil {
		return handoff.OwnRecord{}, err
	}
	return out, nil
}

// look is something that was taken over as she sees it.
func (r *Records) look(ctx context.Context, by handoff.Asker, of handoff.Case, k own) (handoff.Own, error) {
	o := k.whole()
	s, err := r.sight(ctx, by, of, k.Content)
	o.Content, o.More, o.Confirm = s.content, s.more, s.confirm
	return o, err
}

// sight is what somebody sees of a content, and what she does not.
type sight struct {
	content       referral.Content
	more, confirm bool
}

func (r *Records) sight(ctx context.Context, by handoff.Asker, of handoff.Case, content referral.Content) (s sight, err error) {
	carried := content.Categories()
	may, err := r.c.Policy.Get().View(ctx, by.LooksAtOwn(of.Assigned, carried))
	if err != nil {
		return sight{}, err
	}
	s.more = !may.Categories().Covers(carried)
	s.content, _ = redact.Narrow(content, may.Categories())
	if !carried.And(by.AfterConfirming).Empty() {
		would, err := r.c.Policy.Get().View(ctx, by.Confirmed().LooksAtOwn(of.Assigned, carried))
		s.confirm = !would.Categories().And(by.AfterConfirming).Empty()
		return s, err
	}
	return s, nil
}

// standing is what was taken over into a case and may still be kept, the oldest
// first. What ran out is not shown though its key is not destroyed yet.
func (r *Records) standing(tx *vault.Tx, of posada.CaseID) ([]own, error) {
	list, err := those(tx, func(k own) bool { return k.Case == of })
	if err != nil {
		return nil, err
	}
	var stand []own
	for _, k := range list {
		stands, err := r.c.Consents.Stands(tx, k.Consent)
		if err != nil {
			return nil, err
		}
		if stands {
			stand = append(stand, k)
		}
	}
	slices.SortFunc(stand, func(a, b own) int { return a.Taken.Compare(b.Taken) })
	return stand, nil
}

// Count is how much was taken over into a case and is kept.
func (r *Records) Count(tx *vault.Tx, of handoff.Case) (int, error) {
	list, err := r.standing(tx, of.ID)
	return len(list), err
}

// Remain are the cases, of those that are her work, into which something was taken
// over of the person whom an agency calls so.
func (r *Records) Remain(ctx context.Context, tx *vault.Tx, by handoff.Asker, from posada.AgencyID, alias posada.Alias) (labels []string, err error) {
	list, err := those(tx, func(k own) bool { return k.From == from && k.Alias == alias && alias != "" })
	if err != nil {
		return nil, err
	}
	for _, k := range list {
		of, err := r.c.Cases.Work(ctx, tx, by, k.Label)
		if handoff.NotHers(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		stands, err := r.c.Consents.Stands(tx, k.Consent)
		if err != nil {
			return nil, err
		}
		if stands && !slices.Contains(labels, of.Label) {
			labels = append(labels, of.Label)
		}
	}
	slices.Sort(labels)
	return labels, nil
}

// Excludes reports whether the person whom an agency calls so excluded another one in a
// case into which something of theirs was taken over.
func (r *Records) Excludes(tx *vault.Tx, from posada.AgencyID, alias posada.Alias, agency posada.AgencyID) (bool, error) {
	list, err := those(tx, func(k own) bool { return k.From == from && k.Alias == alias && alias != "" })
	for _, k := range list {
		of, wrong := r.c.Cases.Of(tx, k.Label)
		if err = errors.Join(err, wrong); slices.Contains(of.Excluded, agency) {
			return true, err
		}
	}
	return false, err
}
