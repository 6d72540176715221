package records

import (
	"context"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// brought is what was brought into a case from another program of this agency, by the
// case's label and under its key: whatever destroys the case destroys it.
type brought struct {
	Case    posada.CaseID    `json:"case"`
	Mapping string           `json:"mapping"`
	At      time.Time        `json:"at"`
	By      posada.StaffID   `json:"by"`
	Content referral.Content `json:"content"`
}

var imported = vault.Table[brought]{Name: "own_imported", Version: 1}

// Import puts what was brought in into a case, in the transaction that opened it.
func (r *Records) Import(tx *vault.Tx, by handoff.Asker, of handoff.Case, mapping string, content referral.Content) error {
	at := r.c.Now().UTC().Truncate(time.Second)
	k := brought{Case: of.ID, Mapping: mapping, At: at, By: by.ID, Content: content}
	if err := imported.Put(tx, of.Label, of.Key, k); err != nil {
		return err
	}
	return audit.Append(tx, audit.Entry{At: at, By: by.ID, Act: audit.OwnImported, Case: of.ID, Shared: content.Categories()})
}

// Imported is what was brought into a case; false: nothing was.
func (r *Records) Imported(tx *vault.Tx, of handoff.Case) (referral.Content, bool, error) {
	k, err := imported.Get(tx, of.Label)
	if vault.Gone(err) {
		return referral.Content{}, false, nil
	}
	return k.Content, err == nil, err
}

// lookAtImported is what was brought into a case as she sees it: one thing, or none.
func (r *Records) lookAtImported(ctx context.Context, tx *vault.Tx, by handoff.Asker, of handoff.Case) ([]handoff.Imported, error) {
	k, err := imported.Get(tx, of.Label)
	if vault.Gone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := r.sight(ctx, by, of, k.Content)
	return []handoff.Imported{{Mapping: k.Mapping, At: k.At, Content: s.content, More: s.more, Confirm: s.confirm}}, err
}
