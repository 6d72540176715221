package webhooks

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/silence"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/pkg/webhook"
)

// Add has an endpoint (its address, whom it is for, what it is told of and how it is signed)
// told of what comes from now on, and gives what it checks by, which is
// shown this once where it is a secret. fault.WebhookURL, fault.WebhooksMany: nothing was
// added.
func (w *Webhooks) Add(by posada.StaffID, in client.Webhook) (client.AddedWebhook, error) {
	if _, err := webhook.CheckURL(in.URL, w.c.Loopback); err != nil {
		return client.AddedWebhook{}, fault.New(fault.Invalid, fault.WebhookURL).Because(err)
	}
	if _, err := w.c.Who(in.For); err != nil {
		return client.AddedWebhook{}, err
	}
	key, err := webhook.NewKey(in.Scheme, w.c.Random)
	if err != nil {
		return client.AddedWebhook{}, err
	}
	id, err := posada.NewID[posada.WebhookID](w.c.Random)
	if err != nil {
		return client.AddedWebhook{}, err
	}
	e := endpoint{ID: id, URL: in.URL, For: in.For, Types: in.Types, Scheme: in.Scheme, By: by, Added: w.c.Now().UTC().Truncate(time.Second), Key: key.Secret()}
	err = w.c.Vault.Update(func(tx *vault.Tx) error {
		count := 0
		if err := endpoints.Each(tx, func(string, endpoint) error { count++; return nil }); err != nil {
			return err
		}
		if count >= maxEndpoints {
			return fault.New(fault.Conflict, fault.WebhooksMany, "most", strconv.Itoa(maxEndpoints))
		}
		if err := w.note(tx, by, audit.WebhookAdded); err != nil {
			return err
		}
		e.Seal = vault.KeyID{}
		if e.From, err = audit.Entries(tx); err != nil {
			return err
		}
		_, err := reseal(tx, e)
		return err
	})
	return client.AddedWebhook{Webhook: w.show(e, 0), Key: key.Shared()}, err
}

func (w *Webhooks) note(tx *vault.Tx, by posada.StaffID, act audit.Act) error {
	return audit.Append(tx, audit.Entry{At: w.c.Now(), By: by, Act: act})
}

// List is every endpoint, the oldest first.
func (w *Webhooks) List() (list []client.Webhook, err error) {
	list = []client.Webhook{}
	err = w.c.Vault.View(func(tx *vault.Tx) error {
		return endpoints.Each(tx, func(_ string, e endpoint) error {
			left, err := queued(tx, e.ID)
			list = append(list, w.show(e, len(left)))
			return err
		})
	})
	slices.SortFunc(list, func(a, b client.Webhook) int { return cmp.Or(a.Added.Compare(b.Added), cmp.Compare(a.ID, b.ID)) })
	return list, err
}

func (w *Webhooks) show(e endpoint, left int) client.Webhook {
	out := client.Webhook{
		ID: e.ID, URL: e.URL, For: e.For, Types: e.Types, Scheme: e.Scheme, Added: e.Added, Off: e.Off, OffAt: e.OffAt,
		Failing: e.Failing, Taken: e.Taken, Waiting: left,
	}
	if key, err := webhook.ReadKey(e.Key); err == nil && e.Scheme == posada.WebhookV1a {
		out.Public = key.Shared()
	}
	if e.Before != "" && w.c.Now().Before(e.Until) {
		out.Overlap = e.Until
	}
	return out
}

// Show is one endpoint and the newest of what became of attempts to tell it, the newest
// first. fault.NothingThere: there is none.
func (w *Webhooks) Show(id posada.WebhookID) (out client.Webhook, lines []client.WebhookAttempt, err error) {
	lines = []client.WebhookAttempt{}
	err = w.c.Vault.View(func(tx *vault.Tx) error {
		e, err := find(tx, id)
		if err != nil {
			return err
		}
		left, err := queued(tx, id)
		if err != nil {
			return err
		}
		out = w.show(e, len(left))
		list, err := logs.Get(tx, string(id))
		if vault.Gone(err) {
			return nil
		}
		for _, a := range slices.Backward(list) {
			lines = append(lines, client.WebhookAttempt{At: a.At, Event: a.Event, Type: a.Type, Status: a.Status, Outcome: a.Outcome})
		}
		return err
	})
	return out, lines, err
}

func find(tx *vault.Tx, id posada.WebhookID) (endpoint, error) {
	e, err := endpoints.Get(tx, string(id))
	if vault.Gone(err) {
		return endpoint{}, nothing()
	}
	return e, err
}

// change changes an endpoint, and notes who did.
func (w *Webhooks) change(by posada.StaffID, id posada.WebhookID, act audit.Act, how func(*vault.Tx, endpoint) (endpoint, error)) (out client.Webhook, err error) {
	err = w.c.Vault.Update(func(tx *vault.Tx) error {
		e, err := find(tx, id)
		if err != nil {
			return err
		}
		if err := w.note(tx, by, act); err != nil {
			return err
		}
		if e, err = how(tx, e); err != nil {
			return err
		}
		left, err := queued(tx, id)
		out = w.show(e, len(left))
		return err
	})
	return out, err
}

// Rotate draws another key. The one before signs beside it for a day; one of before that ends.
func (w *Webhooks) Rotate(by posada.StaffID, id posada.WebhookID) (client.AddedWebhook, error) {
	var key webhook.Key
	out, err := w.change(by, id, audit.WebhookRotated, func(tx *vault.Tx, e endpoint) (_ endpoint, err error) {
		if key, err = webhook.NewKey(e.Scheme, w.c.Random); err != nil {
			return e, err
		}
		e.Before, e.Key, e.Until = e.Key, key.Secret(), w.c.Now().UTC().Truncate(time.Second).Add(webhook.Overlap)
		return reseal(tx, e)
	})
	if err != nil {
		return client.AddedWebhook{}, err
	}
	return client.AddedWebhook{Webhook: out, Key: key.Shared()}, nil
}

// Disable has an endpoint told nothing until it is enabled; what waited for it waits on.
func (w *Webhooks) Disable(by posada.StaffID, id posada.WebhookID) (client.Webhook, error) {
	return w.change(by, id, audit.WebhookOff, func(tx *vault.Tx, e endpoint) (endpoint, error) {
		e.Off, e.OffAt = posada.WebhookOffByPerson, w.c.Now().UTC().Truncate(time.Second)
		return e, put(tx, e)
	})
}

// Enable has an endpoint told what waited for it, at once, and what comes from now on. Of
// what came while it was off it is told nothing.
func (w *Webhooks) Enable(by posada.StaffID, id posada.WebhookID) (client.Webhook, error) {
	return w.change(by, id, audit.WebhookOn, func(tx *vault.Tx, e endpoint) (_ endpoint, err error) {
		if e.Off == "" {
			return e, nil
		}
		e.Off, e.OffAt, e.Failing, e.Failures, e.Told = "", time.Time{}, time.Time{}, 0, nil
		if e.From, err = audit.Entries(tx); err != nil {
			return e, err
		}
		left, err := queued(tx, id)
		for _, one := range left {
			one.Next = w.c.Now().UTC()
			err = errors.Join(err, queue.Put(tx, string(one.id), vault.KeyID{}, one))
		}
		return e, errors.Join(err, put(tx, e))
	})
}

// Remove forgets an endpoint with its keys and all it was not told.
func (w *Webhooks) Remove(by posada.StaffID, id posada.WebhookID) error {
	_, err := w.change(by, id, audit.WebhookRemoved, func(tx *vault.Tx, e endpoint) (endpoint, error) {
		err := events.Each(tx, func(name string, of happened) error {
			if of.Endpoint != id {
				return nil
			}
			return events.Delete(tx, name)
		})
		return e, errors.Join(err, drop(tx, id), logs.Delete(tx, string(id)), endpoints.Delete(tx, string(id)), tx.Erase(e.Seal))
	})
	return err
}

// Test tells an endpoint that this is a test, now, and says what came of it.
func (w *Webhooks) Test(ctx context.Context, id posada.WebhookID) (client.WebhookAttempt, error) {
	var e endpoint
	if err := w.c.Vault.View(func(tx *vault.Tx) (err error) { e, err = find(tx, id); return err }); err != nil {
		return client.WebhookAttempt{}, err
	}
	event, err := posada.NewID[posada.EventID](w.c.Random)
	if err != nil {
		return client.WebhookAttempt{}, err
	}
	a := attempt{At: w.c.Now().UTC().Truncate(time.Second), Event: event, Type: posada.WebhookTest}
	if a.Status, a.Outcome, err = w.send(ctx, e, event, happened{Endpoint: id, Type: a.Type, At: a.At}); err != nil {
		return client.WebhookAttempt{}, err
	}
	err = w.c.Vault.Update(func(tx *vault.Tx) error {
		if _, err := find(tx, id); err != nil {
			return err
		}
		return note(tx, id, a)
	})
	return client.WebhookAttempt{At: a.At, Event: a.Event, Type: a.Type, Status: a.Status, Outcome: a.Outcome}, err
}

// Event is what an endpoint was told of, for somebody who would be shown it.
// fault.NothingThere: she would not, it is long ago, or there was none.
func (w *Webhooks) Event(ctx context.Context, by handoff.Asker, id posada.EventID) (out client.WebhookEvent, err error) {
	var of happened
	err = w.c.Vault.View(func(tx *vault.Tx) (err error) {
		if of, err = events.Get(tx, string(id)); vault.Gone(err) {
			err = nothing()
		}
		return err
	})
	switch t := of.Thing; {
	case err != nil:
		return out, err
	case t.Referral != "":
		_, err = w.c.Seen.Referral(ctx, by, t.Referral)
	case t.Need != "":
		_, err = w.c.Seen.Need(ctx, by, t.Need)
	default:
		err = w.c.Seen.Placed(by, t.Placement)
	}
	if err != nil {
		return out, err
	}
	return client.WebhookEvent{ID: id, Type: of.Type, At: of.At, Referral: of.Thing.Referral, Need: of.Thing.Need, Placement: of.Thing.Placement}, nil
}

// Off counts the endpoints that are told nothing and that nobody turned off.
func (w *Webhooks) Off() (count int, err error) { return w.off(func(endpoint) bool { return true }) }

// JustOff counts those of the last minutes: who is on call is told of each once.
func (w *Webhooks) JustOff() (count int, err error) {
	return w.off(func(e endpoint) bool { return w.c.Now().Sub(e.OffAt) < silence.ToldWithin })
}

func (w *Webhooks) off(which func(endpoint) bool) (count int, err error) {
	return count, w.c.Vault.View(func(tx *vault.Tx) error {
		return endpoints.Each(tx, func(_ string, e endpoint) error {
			if e.Off != "" && e.Off != posada.WebhookOffByPerson && which(e) {
				count++
			}
			return nil
		})
	})
}

// Sweep lets go of what nobody may ask for any more, and of keys that were turned over.
func (w *Webhooks) Sweep() error {
	now := w.c.Now()
	return w.c.Vault.Update(func(tx *vault.Tx) error {
		err := events.Each(tx, func(name string, of happened) error {
			if now.Sub(of.At) < remembered {
				return nil
			}
			return errors.Join(events.Delete(tx, name), queue.Delete(tx, name))
		})
		if err != nil {
			return err
		}
		return endpoints.Each(tx, func(_ string, e endpoint) error {
			if e.Before == "" || now.Before(e.Until) {
				return nil
			}
			e.Before, e.Until = "", time.Time{}
			_, err := reseal(tx, e)
			return err
		})
	})
}
