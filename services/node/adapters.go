package node

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/gateway"
	"github.com/posada-exchange/posada/services/node/post"
)

// sides is a type of statement that one unit sends and another takes in.
type sides struct{ sends, takes handoff.Unit }

var _ handoff.Unit = sides{}

// Handle takes a statement in.
func (s sides) Handle(ctx context.Context, tx *vault.Tx, in handoff.Incoming) error {
	return s.takes.Handle(ctx, tx, in)
}

// Recheck decides again on one that is to be sent.
func (s sides) Recheck(ctx context.Context, tx *vault.Tx, to posada.AgencyID, e event.Event) (handoff.Verdict, error) {
	return s.sends.Recheck(ctx, tx, to, e)
}

// Settled tells how one that was sent ended.
func (s sides) Settled(tx *vault.Tx, to posada.AgencyID, e event.Event, how handoff.Ending) error {
	return s.sends.Settled(tx, to, e, how)
}

// health answers how the node is.
type health struct {
	vault *vault.Vault
	post  *post.Post
	line  *broker.Line
	now   func() time.Time

	mu    sync.Mutex
	whole audit.Checked // how far its account of itself was found whole
	since time.Time     // when that was last begun at its first entry
}

var _ gateway.Health = (*health)(nil)

// afresh is how long what was found whole is not looked at again. Every page asks how
// the node is, and the account of a year has a hundred thousand entries.
const afresh = time.Hour

// Connected reports whether the hub is there now, and when it last answered.
func (h *health) Connected() (bool, time.Time) { return h.line.Connected(), h.post.Heard() }

// Mail counts what waits and lists what was put aside, and who is not believed.
func (h *health) Mail() (m gateway.Mail, err error) {
	return m, h.vault.View(func(tx *vault.Tx) error {
		s, err := h.post.Status(tx)
		if err != nil {
			return err
		}
		m.Waiting, m.AtHub, m.Missing = s.Waiting, s.AtHub, s.Missing
		for _, d := range s.Doubted {
			m.Doubted = append(m.Doubted, gateway.Doubted(d))
		}
		list, err := h.post.Quarantine(tx)
		for _, q := range list {
			m.Quarantined = append(m.Quarantined, gateway.Quarantined(q))
		}
		return err
	})
}

// Audit walks the node's account of itself: all of it at first, when it was found broken and
// once in an hour, else what was added. A broken chain is an answer, not an error.
func (h *health) Audit() (a client.Audit, err error) {
	h.mu.Lock() // before it is read: what is read is no older than what was found whole
	defer h.mu.Unlock()
	now := h.now()
	if age := now.Sub(h.since); age < 0 || age >= afresh {
		h.whole, h.since = audit.Checked{}, now
	}
	var found audit.Checked
	err = h.vault.View(func(tx *vault.Tx) (err error) {
		found, err = h.whole.On(tx)
		return err
	})
	a.Entries, a.Head, a.Whole = found.Count, found.Head, err == nil
	if h.whole = found; err != nil {
		h.whole = audit.Checked{}
	}
	if errors.Is(err, audit.ErrBroken) {
		return a, nil
	}
	return a, err
}
