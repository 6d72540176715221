package webhooks

import (
	"cmp"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/pkg/webhook"
)

// endpoint is who is told. It lies under a key of its own, which is given up with it, and
// when a secret of it ends.
type endpoint struct {
	ID     posada.WebhookID     `json:"id"`
	Seal   vault.KeyID          `json:"seal"`
	URL    string               `json:"url"`
	For    posada.StaffID       `json:"for"` // told of what she would be shown
	Types  []posada.WebhookType `json:"types,omitempty"`
	Scheme posada.WebhookScheme `json:"scheme"`
	By     posada.StaffID       `json:"by"`
	Added  time.Time            `json:"added"`

	Key    string    `json:"key"` // webhook.Key.Secret
	Before string    `json:"before,omitempty"`
	Until  time.Time `json:"until,omitzero"` // Before signs too

	Off   posada.WebhookOff `json:"off,omitempty"`
	OffAt time.Time         `json:"off_at,omitzero"`

	From  uint64          `json:"from"`           // entries of the agency's account that were looked at
	Count uint64          `json:"count"`          // of what was to be told
	Told  []posada.NeedID `json:"told,omitempty"` // of these needs, that they fit and wait

	Failing  time.Time `json:"failing,omitzero"` // nothing was taken since
	Failures int       `json:"failures,omitempty"`
	Taken    time.Time `json:"taken,omitzero"` // when it last took something
}

// wants reports whether it is to be told of a type.
func (e endpoint) wants(t posada.WebhookType) bool {
	return len(e.Types) == 0 || slices.Contains(e.Types, t)
}

// keys are those that sign now, the newest first.
func (e endpoint) keys(now time.Time) ([]webhook.Key, error) {
	texts := []string{e.Key}
	if e.Before != "" && now.Before(e.Until) {
		texts = append(texts, e.Before)
	}
	var list []webhook.Key
	for _, text := range texts {
		k, err := webhook.ReadKey(text)
		if err != nil {
			return nil, err
		}
		list = append(list, k)
	}
	return list, nil
}

// thing is what something happened to: one of the three.
type thing struct {
	Referral  posada.ReferralID `json:"referral,omitempty"`
	Need      posada.NeedID     `json:"need,omitempty"`
	Placement posada.NeedID     `json:"placement,omitempty"`
}

// happened is what an endpoint is told of, for as long as it may ask what it was.
type happened struct {
	Endpoint posada.WebhookID   `json:"endpoint"`
	Type     posada.WebhookType `json:"type"`
	At       time.Time          `json:"at"`
	Thing    thing              `json:"thing"`
}

// waiting is what an endpoint was not told yet.
type waiting struct {
	Endpoint posada.WebhookID `json:"endpoint"`
	N        uint64           `json:"n"`  // its place among what the endpoint is told
	Of       string           `json:"of"` // the case it belongs to, or what else keeps an order
	Tries    int              `json:"tries,omitempty"`
	Next     time.Time        `json:"next"`

	id posada.EventID
}

// attempt is a line of what became of attempts: no word of what was answered.
type attempt struct {
	At      time.Time             `json:"at"`
	Event   posada.EventID        `json:"event"`
	Type    posada.WebhookType    `json:"type"`
	Status  int                   `json:"status,omitempty"` // 0: there was none
	Outcome posada.WebhookOutcome `json:"outcome"`
}

var (
	endpoints = vault.Table[endpoint]{Name: "webhooks", Version: 1}
	events    = vault.Table[happened]{Name: "webhook_events", Version: 1}
	queue     = vault.Table[waiting]{Name: "webhook_queue", Version: 1}
	logs      = vault.Table[[]attempt]{Name: "webhook_log", Version: 1}
)

// Most of what is kept.
const (
	maxEndpoints = 16
	maxWaiting   = 4096
	maxLog       = 100
	remembered   = 7 * 24 * time.Hour
)

// queued is what an endpoint was not told yet, in its order.
func queued(tx *vault.Tx, of posada.WebhookID) (list []waiting, err error) {
	err = queue.Each(tx, func(name string, w waiting) error {
		if w.Endpoint == of {
			w.id = posada.EventID(name)
			list = append(list, w)
		}
		return nil
	})
	slices.SortFunc(list, func(a, b waiting) int { return cmp.Compare(a.N, b.N) })
	return list, err
}

// heads are the first of each order.
func heads(list []waiting) (first []waiting) {
	seen := map[string]bool{}
	for _, w := range list {
		if !seen[w.Of] {
			seen[w.Of] = true
			first = append(first, w)
		}
	}
	return first
}

func put(tx *vault.Tx, e endpoint) error { return endpoints.Put(tx, string(e.ID), e.Seal, e) }

// reseal writes an endpoint under a new key, and gives the one before up.
func reseal(tx *vault.Tx, e endpoint) (_ endpoint, err error) {
	if e.Seal != (vault.KeyID{}) {
		if err := tx.Erase(e.Seal); err != nil {
			return e, err
		}
	}
	if e.Seal, err = tx.NewKey(); err != nil {
		return e, err
	}
	return e, put(tx, e)
}

// note adds a line to an endpoint's log; the oldest goes.
func note(tx *vault.Tx, of posada.WebhookID, a attempt) error {
	list, err := logs.Get(tx, string(of))
	if err != nil && !vault.Gone(err) {
		return err
	}
	list = append(list, a)
	return logs.Put(tx, string(of), vault.KeyID{}, list[max(0, len(list)-maxLog):])
}

// drop lets go of everything that an endpoint was not told yet.
func drop(tx *vault.Tx, of posada.WebhookID) error {
	list, err := queued(tx, of)
	for _, w := range list {
		if err == nil {
			err = queue.Delete(tx, string(w.id))
		}
	}
	return err
}
