package webhooks

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net/http"
	"time"

	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/pkg/webhook"
)

// inARow is how many an endpoint is told before it is looked again what came.
const inARow = 64

// tell tells an endpoint what is due, the oldest first, until it takes one not.
func (w *Webhooks) tell(ctx context.Context, id posada.WebhookID) error {
	for range inARow {
		e, next, found, err := w.due(id)
		if err != nil || !found {
			return err
		}
		took, err := w.try(ctx, e, next)
		if err != nil || !took {
			return err
		}
	}
	return nil
}

// due is the oldest of what an endpoint is to be told now. Of each case only the oldest
// that it was not told counts: what came after waits for it.
func (w *Webhooks) due(id posada.WebhookID) (e endpoint, next waiting, found bool, err error) {
	now := w.c.Now()
	err = w.c.Vault.View(func(tx *vault.Tx) error {
		if e, err = endpoints.Get(tx, string(id)); vault.Gone(err) || err == nil && e.Off != "" {
			return nil
		}
		if err != nil {
			return err
		}
		list, err := queued(tx, id)
		for _, one := range heads(list) {
			if !found && !now.Before(one.Next) {
				next, found = one, true
			}
		}
		return err
	})
	return e, next, found, err
}

// try tells an endpoint one thing, unless whoever it is for is not to know of it any more,
// and keeps what came of it. It reports whether the next may be told at once.
func (w *Webhooks) try(ctx context.Context, e endpoint, next waiting) (took bool, err error) {
	var of happened
	err = w.c.Vault.View(func(tx *vault.Tx) (err error) { of, err = events.Get(tx, string(next.id)); return err })
	if err != nil && !vault.Gone(err) {
		return false, err
	}
	done := attempt{At: w.c.Now().UTC().Truncate(time.Second), Event: next.id, Type: of.Type}
	switch shown, err := w.shown(ctx, e, of); {
	case err != nil:
		return false, err
	case !shown:
		done.Outcome = posada.WebhookLetGo
	case w.c.Now().Sub(of.At) >= webhook.Patience && next.Tries > 0:
		done.Outcome = posada.WebhookGivenUp
	default:
		if done.Status, done.Outcome, err = w.send(ctx, e, next.id, of); err != nil {
			return false, err
		}
		if ctx.Err() != nil {
			return false, nil // it was broken off here: it is told again
		}
	}
	return done.Outcome == posada.WebhookDelivered || done.Outcome == posada.WebhookLetGo || done.Outcome == posada.WebhookGivenUp, w.settle(next, done)
}

// shown reports whether whoever an endpoint is for would be shown now what something is about.
func (w *Webhooks) shown(ctx context.Context, e endpoint, of happened) (bool, error) {
	by, err := w.c.Who(e.For)
	switch {
	case err != nil:
	case of.Thing == (thing{}):
		return false, nil // it was let go meanwhile
	case of.Type == posada.WebhookWithdrawn: // takenBack
	case of.Thing.Referral != "":
		_, err = w.c.Seen.Referral(ctx, by, of.Thing.Referral)
	case of.Thing.Need != "":
		_, err = w.c.Seen.Need(ctx, by, of.Thing.Need)
	default:
		err = w.c.Seen.Placed(by, of.Thing.Placement)
	}
	if notThere(err) {
		return false, nil
	}
	return err == nil, err
}

// settle keeps what came of an attempt.
func (w *Webhooks) settle(next waiting, done attempt) error {
	return w.c.Vault.Update(func(tx *vault.Tx) error {
		e, err := endpoints.Get(tx, string(next.Endpoint))
		if vault.Gone(err) {
			return nil // it was removed meanwhile
		}
		if err != nil {
			return err
		}
		if err := note(tx, e.ID, done); err != nil {
			return err
		}
		switch {
		case done.Outcome == posada.WebhookDelivered:
			e.Failing, e.Failures, e.Taken = time.Time{}, 0, done.At
			return errors.Join(put(tx, e), queue.Delete(tx, string(next.id)))
		case done.Outcome == posada.WebhookLetGo:
			return errors.Join(events.Delete(tx, string(next.id)), queue.Delete(tx, string(next.id)))
		case done.Outcome == posada.WebhookGivenUp:
			return queue.Delete(tx, string(next.id))
		case done.Status == http.StatusGone:
			return errors.Join(w.turnedOff(tx, e, posada.WebhookOffGone), drop(tx, e.ID))
		}
		return w.failed(tx, e, next, done.At)
	})
}

// failed has something tried again later; an endpoint that took nothing for days is told
// nothing more.
func (w *Webhooks) failed(tx *vault.Tx, e endpoint, next waiting, at time.Time) error {
	later, err := w.jitter()
	if err != nil {
		return err
	}
	next.Tries++
	next.Next = at.Add(webhook.After(next.Tries, later))
	if err := queue.Put(tx, string(next.id), vault.KeyID{}, next); err != nil {
		return err
	}
	if e.Failures++; e.Failing.IsZero() {
		e.Failing = at
	}
	if e.Off == "" && e.Failures >= webhook.LeastOfIt && at.Sub(e.Failing) >= webhook.Patience {
		return w.turnedOff(tx, e, posada.WebhookOffFailing)
	}
	return put(tx, e)
}

// jitter is a number from 0 to 1.
func (w *Webhooks) jitter() (float64, error) {
	var drawn [4]byte
	_, err := io.ReadFull(w.c.Random, drawn[:])
	return float64(binary.BigEndian.Uint32(drawn[:])) / math.MaxUint32, err
}

// turnOff has an endpoint told nothing more.
func (w *Webhooks) turnOff(id posada.WebhookID, why posada.WebhookOff) error {
	return w.c.Vault.Update(func(tx *vault.Tx) error {
		e, err := endpoints.Get(tx, string(id))
		if vault.Gone(err) || err == nil && e.Off != "" {
			return nil
		}
		if err != nil {
			return err
		}
		return w.turnedOff(tx, e, why)
	})
}

func (w *Webhooks) turnedOff(tx *vault.Tx, e endpoint, why posada.WebhookOff) error {
	e.Off, e.OffAt = why, w.c.Now().UTC().Truncate(time.Second)
	w.c.Log.Alarm("an endpoint is told nothing more; posada webhook list says why", obs.Reason(errOff))
	return put(tx, e)
}

var errOff = errors.New("it was turned off")
