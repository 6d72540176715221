package webhooks

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// atOnce is how many entries of the account are looked at in one go.
const atOnce = 256

// typeOf is what an endpoint is told of an entry of the agency's account: of what came
// from another agency, and of nothing that somebody here did.
func typeOf(e audit.Entry) (posada.WebhookType, bool) {
	if e.By != "" {
		return "", false
	}
	switch e.Act {
	case audit.ReferralTaken:
		return posada.WebhookReferral, true
	case audit.StateSet:
		if e.State == posada.StateWithdrawnBySurvivor {
			return posada.WebhookWithdrawn, true
		}
		return posada.WebhookMoved, true
	case audit.QuestionTaken:
		return posada.WebhookQuestion, true
	case audit.AnswerTaken:
		return posada.WebhookAnswer, true
	case audit.PlaceAnswered:
		return posada.WebhookNeedAnswer, true
	case audit.PlaceHeld:
		return posada.WebhookHeld, true
	case audit.PlaceGone:
		return posada.WebhookGone, true
	case audit.NeedClosed:
		return posada.WebhookClosed, true
	}
	return "", false
}

// found is something that an endpoint is to be told.
type found struct {
	happened
	of string
}

// gather puts what came since it was last looked, and whoever the endpoint is for would be
// shown, with what is to be told.
func (w *Webhooks) gather(ctx context.Context, e endpoint) error {
	by, err := w.c.Who(e.For)
	if notThere(err) {
		return w.turnOff(e.ID, posada.WebhookOffNobody)
	}
	if err != nil {
		return err
	}
	// What fits is asked before the account is read: what is closed in between is told after.
	list, told, err := w.fitting(e, by)
	if err != nil {
		return err
	}
	entries, last, err := w.since(e.From)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		t, is := typeOf(entry)
		if !is || !e.wants(t) {
			continue
		}
		one, err := w.ofEntry(ctx, by, entry, t, append(e.Told, told...))
		if t == posada.WebhookWithdrawn && notThere(err) {
			one, err = w.takenBack(e, entry)
		}
		if notThere(err) {
			continue
		}
		if err != nil {
			return err
		}
		one.Endpoint = e.ID
		list = append(list, one)
	}
	if last == e.From && len(list) == 0 && slices.Equal(told, e.Told) {
		return nil
	}
	return w.enqueue(e, last, told, list)
}

// since is the account from behind an entry on.
func (w *Webhooks) since(from uint64) (list []audit.Entry, last uint64, err error) {
	last = from
	enough := errors.New("enough")
	err = w.c.Vault.View(func(tx *vault.Tx) error {
		return audit.Each(tx, from+1, func(n uint64, e audit.Entry) error {
			if len(list) == atOnce {
				return enough
			}
			list, last = append(list, e), n
			return nil
		})
	})
	if errors.Is(err, enough) {
		err = nil
	}
	return list, last, err
}

// fitting are needs that fit and wait, of which it was not told; and all that do.
func (w *Webhooks) fitting(e endpoint, by handoff.Asker) (list []found, told []posada.NeedID, err error) {
	if !e.wants(posada.WebhookNeedFits) || !by.AnswersNeeds() {
		return nil, nil, nil
	}
	if told, err = w.c.Seen.Fitting(by); err != nil {
		return nil, nil, err
	}
	slices.Sort(told)
	for _, id := range told {
		if !slices.Contains(e.Told, id) {
			list = append(list, found{happened{e.ID, posada.WebhookNeedFits, w.c.Now().UTC().Truncate(time.Second), thing{Placement: id}}, string(id)})
		}
	}
	return list, told, nil
}

// ofEntry is what an entry tells whoever would be shown what it is about.
func (w *Webhooks) ofEntry(ctx context.Context, by handoff.Asker, e audit.Entry, t posada.WebhookType, told []posada.NeedID) (found, error) {
	one := found{happened: happened{Type: t, At: e.At}}
	var err error
	switch t {
	case posada.WebhookNeedAnswer:
		one.Thing.Need = e.Need
		one.of, err = w.c.Seen.Need(ctx, by, e.Need)
	case posada.WebhookHeld, posada.WebhookGone, posada.WebhookClosed:
		var offered bool
		one.Thing.Placement, offered, err = w.c.Seen.Placement(by, e.Peer, e.Need)
		one.of = string(one.Thing.Placement)
		if err == nil && t == posada.WebhookClosed && !offered && !slices.Contains(told, one.Thing.Placement) {
			err = nothing() // nobody here was told of it
		}
	default:
		one.Thing.Referral = e.Referral
		one.of, err = w.c.Seen.Referral(ctx, by, e.Referral)
	}
	return one, err
}

// takenBack is that a referral was taken back of which nobody is to know any more: whoever was
// told in the last days that it came, or is about to be, is told that, too, or would keep what
// they made of it.
func (w *Webhooks) takenBack(e endpoint, entry audit.Entry) (found, error) {
	was := false
	err := w.c.Vault.View(func(tx *vault.Tx) error {
		return events.Each(tx, func(_ string, h happened) error {
			was = was || h.Endpoint == e.ID && h.Thing.Referral == entry.Referral
			return nil
		})
	})
	if err == nil && !was {
		err = nothing()
	}
	return found{happened{Type: posada.WebhookWithdrawn, At: entry.At, Thing: thing{Referral: entry.Referral}}, string(entry.Referral)}, err
}

// enqueue keeps what an endpoint is to be told, with how far it was looked, at once.
func (w *Webhooks) enqueue(was endpoint, last uint64, told []posada.NeedID, list []found) error {
	return w.c.Vault.Update(func(tx *vault.Tx) error {
		e, err := endpoints.Get(tx, string(was.ID))
		if vault.Gone(err) || err == nil && (e.Off != "" || e.From != was.From) {
			return nil // it was changed meanwhile: the next look sees how
		}
		if err != nil {
			return err
		}
		before, err := queued(tx, e.ID)
		if err != nil {
			return err
		}
		if len(before)+len(list) > maxWaiting {
			return w.turnedOff(tx, e, posada.WebhookOffFailing)
		}
		e.From, e.Told = last, told
		for _, one := range list {
			id, err := posada.NewID[posada.EventID](w.c.Random)
			if err != nil {
				return err
			}
			e.Count++
			next := waiting{Endpoint: e.ID, N: e.Count, Of: one.of, Next: w.c.Now().UTC()}
			if err := errors.Join(events.Put(tx, string(id), vault.KeyID{}, one.happened), queue.Put(tx, string(id), vault.KeyID{}, next)); err != nil {
				return err
			}
		}
		return put(tx, e)
	})
}

func nothing() error { return fault.New(fault.Withheld, fault.NothingThere) }

func notThere(err error) bool { return err != nil && fault.From(err).Key == fault.NothingThere }
