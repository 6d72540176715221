// Package webhooks tells programs that an agency names, by Standard Webhooks, that something
// came for the people who work here.
//
// Holds: the addresses of those programs and what signs for them; what they were not told
// yet, by ids; when they were told, and with which status they answered. May reach: those
// addresses over HTTPS, and nothing within a network. If compromised: that something came
// here, of which kind and when; and what is told could be signed as ours.
//
// An endpoint is told of what one member of staff would be shown, and told nothing of it: a
// type, a time and names that mean nothing elsewhere. What happened is read off the
// agency's own account (pkg/audit), which each thing is written to in its own transaction,
// so nothing that came is missed, whenever this stops. It is told at least once, and what
// belongs to one case in its order. While the vault is closed nobody is told anything.
package webhooks

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/pkg/webhook"
)

// lookEvery is how often it is looked whether something came, or is to be tried again.
const lookEvery = time.Second

// Seen is what one member of staff would be shown now. fault.NothingThere: she is not to
// know of it, or it is not there.
//
//  1. Referral and Need give what keeps an order beside them: their case, or themselves.
//  2. Placement finds what people here call a need that an agency asked, and whether it was
//     offered a place here.
//  3. Fitting are needs that wait for an answer here and fit.
type Seen interface {
	Referral(ctx context.Context, by handoff.Asker, id posada.ReferralID) (of string, err error)
	Need(ctx context.Context, by handoff.Asker, id posada.NeedID) (of string, err error)
	Placement(by handoff.Asker, from posada.AgencyID, id posada.NeedID) (called posada.NeedID, offered bool, err error)
	Placed(by handoff.Asker, called posada.NeedID) error
	Fitting(by handoff.Asker) ([]posada.NeedID, error)
}

// Config is what webhooks needs.
type Config struct {
	Vault *vault.Vault
	Seen  Seen
	// Who is somebody who works here, as she is now. fault.NothingThere: nobody does.
	Who      func(posada.StaffID) (handoff.Asker, error)
	Loopback bool // an endpoint may be a program on this machine
	Now      func() time.Time
	Random   io.Reader
	Log      obs.Log
}

// Webhooks is the unit. It is safe for concurrent use.
type Webhooks struct {
	c     Config
	reach reach

	mu   sync.Mutex
	busy map[posada.WebhookID]bool // is being told
}

// New makes the unit. It has no side effects.
func New(c Config) *Webhooks {
	return &Webhooks{c: c, reach: newReach(c.Loopback), busy: map[posada.WebhookID]bool{}}
}

// Run tells whoever is to be told until ctx ends.
func (w *Webhooks) Run(ctx context.Context, ready func()) error {
	ready()
	var telling sync.WaitGroup
	defer telling.Wait()
	for {
		if err := w.look(ctx, &telling); err != nil && ctx.Err() == nil {
			w.alarm(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(lookEvery):
		}
	}
}

func (w *Webhooks) alarm(err error) {
	w.c.Log.Alarm("an endpoint could not be told what came; it will be tried again", obs.Reason(err, vault.ErrClosed, vault.ErrDamaged, webhook.ErrKey, net.ErrClosed))
}

// look finds what came, and begins to tell each endpoint that nobody is telling yet: one
// that is slow keeps nobody waiting but itself.
func (w *Webhooks) look(ctx context.Context, telling *sync.WaitGroup) error {
	list, err := w.on()
	if err != nil {
		return err
	}
	var wrong []error
	for _, e := range list {
		if err := w.gather(ctx, e); err != nil {
			wrong = append(wrong, err)
			continue
		}
		if !w.begin(e.ID) {
			continue
		}
		telling.Go(func() {
			defer w.end(e.ID)
			if err := w.tell(ctx, e.ID); err != nil && ctx.Err() == nil {
				w.alarm(err)
			}
		})
	}
	return errors.Join(wrong...)
}

// on are those that are told.
func (w *Webhooks) on() (list []endpoint, err error) {
	return list, w.c.Vault.View(func(tx *vault.Tx) error {
		return endpoints.Each(tx, func(_ string, e endpoint) error {
			if e.Off == "" {
				list = append(list, e)
			}
			return nil
		})
	})
}

func (w *Webhooks) begin(id posada.WebhookID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[id] {
		return false
	}
	w.busy[id] = true
	return true
}

func (w *Webhooks) end(id posada.WebhookID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.busy, id)
}
