package needs

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// Choose is the person's yes to an offer. The agency is asked to hold the place.
func (n *Needs) Choose(ctx context.Context, by handoff.Asker, id posada.NeedID, from posada.AgencyID) (need.View, error) {
	return n.step(ctx, by, id, audit.OfferChosen, from, func(tx *vault.Tx, k *kept, now time.Time) (err error) {
		if err := n.notFeared(tx, *k, from); err != nil {
			return err
		}
		if k.Life, err = k.Life.Choose(from, now); err != nil || slices.Contains(k.Phoned, from) {
			return err
		}
		e, err := event.Chosen(n.c.Random, id, now)
		if err != nil {
			return err
		}
		return n.c.Post.Enqueue(tx, from, e, k.Key)
	})
}

// Refuse is the person's no to an offer. Why is kept here for those whose work it is.
func (n *Needs) Refuse(ctx context.Context, by handoff.Asker, id posada.NeedID, from posada.AgencyID, why string) (need.View, error) {
	why, err := noted(why)
	if err != nil {
		return need.View{}, err
	}
	return n.step(ctx, by, id, audit.OfferRefused, from, func(_ *vault.Tx, k *kept, now time.Time) (err error) {
		if k.Life, err = k.Life.Refuse(from, now); err == nil && why != "" {
			if k.Why == nil {
				k.Why = map[posada.AgencyID]string{}
			}
			k.Why[from] = why
		}
		return err
	})
}

// End ends a need: filled (the person is in the place that is held), withdrawn (the
// person wants none), or no_placement_found.
func (n *Needs) End(ctx context.Context, by handoff.Asker, id posada.NeedID, how posada.NeedState) (need.View, error) {
	return n.step(ctx, by, id, audit.NeedEnded, "", func(_ *vault.Tx, k *kept, now time.Time) (err error) {
		switch how {
		case posada.NeedFilled:
			k.Life, err = k.Life.Fill(now)
		case posada.NeedWithdrawn:
			k.Life, err = k.Life.Withdraw(now)
		case posada.NeedNoPlacementFound:
			k.Life, err = k.Life.GiveUp(now)
		default:
			err = fault.New(fault.Invalid, fault.NeedEnding)
		}
		return err
	})
}

// Called records what an agency said on the telephone: one that has no node, or whose
// node did not answer. Whom the person excluded is not called.
func (n *Needs) Called(ctx context.Context, by handoff.Asker, id posada.NeedID, from posada.AgencyID, said need.Call) (need.View, error) {
	return n.step(ctx, by, id, audit.AgencyCalled, from, func(tx *vault.Tx, k *kept, now time.Time) error {
		err := n.notFeared(tx, *k, from)
		if err != nil {
			return err
		}
		if k.Life.At(now).State.Over() {
			return need.ErrOver
		}
		if !slices.Contains(k.Life.Asked, from) {
			k.Life.Asked = append(slices.Clone(k.Life.Asked), from)
		}
		if !slices.Contains(k.Phoned, from) {
			k.Phoned = append(k.Phoned, from)
		}
		k.Life, err = k.Life.Call(from, said, id, now)
		return err
	})
}

// refuseFeared says no, for the person, to what an agency offered that was excluded since:
// the place is given back, and it is told that it is closed like any other.
func (n *Needs) refuseFeared(tx *vault.Tx, k *kept, now time.Time) error {
	if k.Life.State.Over() || len(k.Life.Offers) == 0 {
		return nil
	}
	feared, err := n.c.Consents.Feared(tx, k.Case)
	for _, a := range feared {
		if after, refused := k.Life.Refuse(a, now); refused == nil {
			k.Life = after
		}
	}
	return err
}

// notFeared refuses an agency that the person excluded, whenever it was.
func (n *Needs) notFeared(tx *vault.Tx, k kept, agency posada.AgencyID) error {
	feared, err := n.c.Consents.Feared(tx, k.Case)
	if err == nil && slices.Contains(feared, agency) {
		err = fault.New(fault.Refused, fault.NeedExcluded, "agency", string(agency))
	}
	return err
}

// step takes a step of a need that is her work, and does what follows from it.
func (n *Needs) step(ctx context.Context, by handoff.Asker, id posada.NeedID, act audit.Act, peer posada.AgencyID, do func(*vault.Tx, *kept, time.Time) error) (v need.View, err error) {
	err = n.c.Vault.Update(func(tx *vault.Tx) error {
		k, of, err := n.work(ctx, tx, by, id)
		if err != nil {
			return err
		}
		now := n.c.Now().UTC()
		if err := do(tx, &k, now); err != nil {
			return refused(err, peer)
		}
		if err := n.keep(tx, &k, now); err != nil {
			return err
		}
		if err := audit.Append(tx, audit.Entry{At: now, By: by.ID, Act: act, Case: of.ID, Need: id, Peer: peer}); err != nil {
			return err
		}
		v, err = n.view(tx, k, true)
		return err
	})
	if err != nil {
		return need.View{}, err
	}
	n.c.Post.Review() // who was not reached yet may not have to be
	n.c.Post.Wake()
	return v, nil
}

// work is a need that is her work, and its case.
func (n *Needs) work(ctx context.Context, tx *vault.Tx, by handoff.Asker, id posada.NeedID) (kept, handoff.Case, error) {
	k, err := find(tx, id)
	if err != nil {
		return kept{}, handoff.Case{}, err
	}
	of, err := n.c.Cases.Work(ctx, tx, by, k.Case)
	if fault.From(err).Key == fault.UnknownCase {
		err = nothing()
	}
	return k, of, err
}

// keep writes a need after a step: who is to be told that it is closed is told in the
// same transaction, and what is over is counted.
func (n *Needs) keep(tx *vault.Tx, k *kept, now time.Time) error {
	if err := n.refuseFeared(tx, k, now); err != nil {
		return err
	}
	for _, to := range k.Life.Closed() {
		if _, letter := k.Letters[to]; !letter || slices.Contains(k.Told, to) || slices.Contains(k.Missed, to) {
			continue
		}
		e, err := event.Closed(n.c.Random, k.ID, now)
		if err != nil {
			return err
		}
		// It says an id alone, and must not keep what is erased from being destroyed.
		if err := n.c.Post.Enqueue(tx, to, e, vault.KeyID{}); err != nil {
			return err
		}
		k.Told = append(k.Told, to)
	}
	if k.Life.State.Over() && k.As != k.Life.State && k.Anew == "" {
		if err := recount(tx, *k, now); err != nil {
			return err
		}
		if k.As = k.Life.State; k.Counted.IsZero() {
			k.Counted = now
		}
	}
	return table.Put(tx, string(k.ID), k.Key, *k)
}

// WithdrawOf ends what is asked for a case: the person took everything back, or all of it
// is to be destroyed; or, where from is somebody, what is asked of that agency.
func (n *Needs) WithdrawOf(tx *vault.Tx, label string, from posada.AgencyID) error {
	now := n.c.Now().UTC()
	return table.Each(tx, func(_ string, k kept) error {
		if k.Case != label {
			return nil
		}
		before := k.Life.At(now)
		k.Life = k.Life.Leave(from, now)
		if from == "" {
			var err error
			if k.Life, err = before.Withdraw(now); errors.Is(err, need.ErrOver) {
				return nil
			}
		}
		if reflect.DeepEqual(k.Life, before) {
			return nil
		}
		act := audit.OfferRefused
		if k.Life.State.Over() {
			act = audit.NeedEnded
		}
		return errors.Join(n.keep(tx, &k, now), audit.Append(tx, audit.Entry{At: now, Act: act, Case: k.CaseID, Need: k.ID, Peer: from}))
	})
}

// Erase lets go of the needs of a case whose key is destroyed, and of the ids of what was
// asked, which are under no key. What is counted stays.
func (n *Needs) Erase(tx *vault.Tx, of handoff.Case) error {
	return table.Each(tx, func(name string, k kept) error {
		if k.Case != of.Label {
			return nil
		}
		return forget(tx, name, k)
	})
}
