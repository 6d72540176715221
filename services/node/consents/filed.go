package consents

import (
	"context"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// holding is what there is of one case to say how its consents stand; nothing where the case
// is not the work of whoever asks.
type holding struct {
	hers  bool
	label string
	book  book
	left  []consent.Record // what counts of each, as it is not taken back
}

// holdings are those that were read, so that each is read once.
type holdings map[posada.CaseID]holding

// filed is a record as it stands, if its case is her work.
func (c *Consents) filed(ctx context.Context, tx *vault.Tx, by handoff.Asker, known holdings, r consent.Record) (consent.Filed, bool, error) {
	of, read := known[r.Case]
	if !read {
		var err error
		if of, err = c.holding(ctx, tx, by, r.Case); err != nil {
			return consent.Filed{}, false, err
		}
		known[r.Case] = of
	}
	if !of.hers {
		return consent.Filed{}, false, nil
	}
	now, left := c.c.Now(), of.book.Withdrawn.Left(r)
	all := c.bearing(left, of.left)
	return consent.Filed{
		Label: of.label, Record: r, Status: r.StatusAt(now), Withdrawn: of.book.takenBack(r),
		Due: consent.Due(left, all, now), NoMore: consent.NoMore(left, all),
	}, true, nil
}

// holding reads a case's book, and every record in it.
func (c *Consents) holding(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.CaseID) (of holding, err error) {
	of.book, err = books.Get(tx, string(id))
	if vault.Gone(err) { // it went with its case
		return holding{}, nil
	}
	if err != nil {
		return holding{}, err
	}
	hers, err := c.c.Cases.Work(ctx, tx, by, of.book.Label)
	if handoff.NotHers(err) || err == nil && hers.ID != id {
		return holding{}, nil
	}
	if err != nil {
		return holding{}, err
	}
	of.hers, of.label = true, hers.Label
	all, err := of.book.records(tx)
	for _, r := range all {
		of.left = append(of.left, of.book.Withdrawn.Left(r))
	}
	return of, err
}
