package stewards

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

// pastTable has files that were in force once, by their digest: a hub that lost its store
// has them no more.
var pastTable = vault.Table[file]{Name: "trust_past", Version: 1}

// Chain is all that the hub published, the oldest first, as far as this node followed it.
func (s *Stewards) Chain(ctx context.Context) ([]trust.Entry, error) {
	all, err := s.client.Chain(ctx)
	if errors.Is(err, trust.ErrAbsent) {
		return nil, nil // nothing was heard of yet
	}
	return all, err
}

// busyAgain is when a hub that is asked too much at once is asked again.
const busyAgain = 250 * time.Millisecond

// Past is the file that an entry of the chain speaks of. It is asked for once and kept; a hub
// that is busy is asked again until ctx ends.
// trust.ErrAbsent: the hub has it no more; trust.ErrUnreachable: nobody answers.
func (s *Stewards) Past(ctx context.Context, e trust.Entry) ([]byte, error) {
	var kept file
	err := s.c.Vault.View(func(tx *vault.Tx) (err error) {
		kept, err = optional(pastTable.Get(tx, e.Digest))
		return err
	})
	if err != nil || kept.Text != nil {
		return kept.Text, err
	}
	text, err := trust.Past(ctx, s.c.Registry, e)
	for errors.Is(err, mail.ErrBusy) && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(busyAgain):
			text, err = trust.Past(ctx, s.c.Registry, e)
		}
	}
	if err != nil {
		return nil, err
	}
	return text, s.c.Vault.Update(func(tx *vault.Tx) error { return pastTable.Put(tx, e.Digest, vault.KeyID{}, file{text}) })
}

// Members are those who count now, and those who will when what waits runs, if anything
// does: each less what brakes hold of it, and as this node takes it.
func (s *Stewards) Members() (now roster.Snapshot, next *roster.Snapshot, err error) {
	s.mu.Lock()
	view, d, base := s.view, s.decided, s.base
	s.mu.Unlock()
	now = base.Snapshot()
	if d.Roster.Candidate.Version == 0 || d.Roster.Candidate != view.RosterEdition {
		return now, nil, nil
	}
	running, err := d.running()
	if err != nil {
		return now, nil, fmt.Errorf("stewards: %w", err)
	}
	taken := trust.Compose(trust.Taken(running, view.Roster, d.widerPolicy(view)), view.Brakes, s.now(view))
	return now, &taken, nil
}

// Objected is until when brakes hold up an edition, as far as is known now; zero: none does.
func (s *Stewards) Objected(e trust.Edition) (until time.Time) {
	s.mu.Lock()
	view := s.view
	s.mu.Unlock()
	for _, b := range view.Brakes {
		if trust.Objected([]trust.SeenBrake{b}, e.Digest, s.now(view)) {
			if end := time.Unix(b.Brake.Until, 0).UTC(); end.After(until) {
				until = end
			}
		}
	}
	return until
}
