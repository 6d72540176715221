package motions

import (
	"context"
	"errors"
	"slices"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

var _ handoff.Unit = (*Motions)(nil)

// sendTo sends a motion to each agency but this one, and counts them.
func (m *Motions) sendTo(tx *vault.Tx, stewards []posada.AgencyID, text []byte) (agencies int, err error) {
	for _, to := range stewards {
		if to == m.c.Agency {
			continue
		}
		e, err := event.Motion(m.c.Random, text, m.c.Now())
		if errors.Is(err, event.ErrShape) {
			return 0, fault.New(fault.Invalid, fault.MotionTooLong)
		}
		if err == nil {
			err = m.c.Post.Enqueue(tx, to, e, vault.KeyID{})
		}
		if err != nil {
			return 0, err
		}
		agencies++
	}
	return agencies, nil
}

// Handle takes in what another agency's steward proposes, or has signed.
func (m *Motions) Handle(_ context.Context, tx *vault.Tx, in handoff.Incoming) error {
	var moved event.Moved
	if err := in.Statement.Read(&moved); err != nil {
		return handoff.Refuse(refused, err)
	}
	now := m.now()
	if len(moved.Motion) > event.MaxMotion || !slices.Contains(now.stewards, in.From) {
		return handoff.Refuse(refused, nil)
	}
	motion, err := now.read(moved.Motion)
	if errors.Is(err, errOver) {
		return nil // it was decided before it came
	}
	if err != nil {
		return handoff.Refuse(refused, err)
	}
	_, err = m.keep(tx, in.From, motion)
	return err
}

// Recheck decides again whether a motion is still to be sent: until it is decided, and to
// whoever has a steward.
func (m *Motions) Recheck(_ context.Context, _ *vault.Tx, to posada.AgencyID, e event.Event) (handoff.Verdict, error) {
	now := m.now()
	moved, is := e.Moved()
	if !is || !slices.Contains(now.stewards, to) {
		return handoff.Stop, nil
	}
	if _, err := now.read(moved.Motion); err != nil {
		return handoff.Stop, nil
	}
	switch m.c.Members.Get().Standing(to) {
	case posada.StandingActive:
		return handoff.Send, nil
	case posada.StandingSuspended:
		return handoff.Wait, nil
	}
	return handoff.Stop, nil
}

// Settled has nothing to note: who signed stands on the motion.
func (m *Motions) Settled(*vault.Tx, posada.AgencyID, event.Event, handoff.Ending) error { return nil }
