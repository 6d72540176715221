package town_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/sampled"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// gate stands between a post and the hub. While it is shut a submission fails:
// before it is made, or, where done is set, after the hub has it.
type gate struct {
	post.Hub
	done bool

	mu    sync.Mutex
	open  bool
	alive int                // keep-alives that are let through before anything is shut
	tried []posada.MailboxID // where each attempt was to go
	back  int                // envelopes that were taken back
}

func (g *gate) Recall(ctx context.Context, to posada.MailboxID, id posada.MessageID) error {
	err := g.Hub.Recall(ctx, to, id)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err == nil {
		g.back++
	}
	return err
}

func (g *gate) takenBack() int { g.mu.Lock(); defer g.mu.Unlock(); return g.back }

func (g *gate) Submit(ctx context.Context, e envelope.Envelope) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.alive > 0 {
		err := g.Hub.Submit(ctx, e)
		if err == nil {
			g.alive--
		}
		return err
	}
	g.tried = append(g.tried, e.Header().Mailbox)
	if g.open || g.done {
		if err := g.Hub.Submit(ctx, e); err != nil || g.open {
			return err
		}
	}
	return errFault
}

func (g *gate) attempts() int { g.mu.Lock(); defer g.mu.Unlock(); return len(g.tried) }

func (g *gate) attemptsTo(m posada.MailboxID) (count int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, to := range g.tried {
		if to == m {
			count++
		}
	}
	return count
}

// settled lets each other member be told that this one is there, before what a test
// is about is attempted.
func (g *gate) settled(t *testing.T) {
	t.Helper()
	eventually(t, "the keep-alives", func() bool { g.mu.Lock(); defer g.mu.Unlock(); return g.alive == 0 })
}

func (g *gate) unlock() { g.mu.Lock(); defer g.mu.Unlock(); g.open = true }

// TestAChangeOfMindStopsWhatWaits is T21: between "send" and the attempt that
// would have reached the hub, what she agreed to becomes less. What was to be
// sent is not, what the hub may have is taken back, the recipient learns that a
// place in the sequence is empty and nothing else, and the worker is told.
func TestAChangeOfMindStopsWhatWaits(t *testing.T) {
	for name, change := range map[string]func(label string) client.NewConsent{
		"she shares less with them": func(label string) client.NewConsent {
			c := newConsent()
			c.Case, c.Allow[0].Share = label, []string{"needs"}
			return c
		},
		"she excludes them": func(label string) client.NewConsent {
			c := newConsent()
			c.Case, c.Exclude = label, []string{"Invented Legal Aid"}
			c.Allow[0].To, c.Allow[0].Purpose, c.Allow[0].Share = "Invented Shelter", "shelter", []string{"needs"}
			return c
		},
		"she withholds it from everybody": func(label string) client.NewConsent {
			c := newConsent()
			c.Case, c.Withhold = label, []string{"identity"}
			c.Allow[0].To, c.Allow[0].Purpose, c.Allow[0].Share = "Invented Shelter", "shelter", []string{"needs"}
			return c
		},
	} {
		for where, g := range sampled.Rows(map[string]*gate{
			"the hub has nothing": {}, "the hub has it and we do not know": {done: true}, "the hub has it": {open: true},
		}, few(1)) {
			t.Run(name+", "+where, func(t *testing.T) {
				t.Parallel()
				changeOfMind(t, g, func(t *testing.T, ngo *client.Client, label string) {
					if _, err := ngo.AddConsent(t.Context(), change(label)); err != nil {
						t.Fatal(err)
					}
				})
			})
		}
	}
}

func changeOfMind(t *testing.T, held *gate, change func(*testing.T, *client.Client, string)) {
	held.alive = 3
	w := start(t, lay(t), town.Options{
		Skip: []string{"legal", "shelter", "police"}, Poll: 50 * time.Millisecond,
		Hub: func(_ string, h post.Hub) post.Hub { held.Hub = h; return held },
	})
	held.settled(t)
	ngo, legal := ask(t, w, "ngo"), newHand(t, w, "legal")
	agreed := agree(t, ngo)
	sent := send(t, ngo, agreed.Case)
	eventually(t, "an attempt", func() bool { return held.attempts() > 0 })
	change(t, ngo, agreed.Case)
	eventually(t, "that it stops", func() bool {
		r, err := ngo.Referral(t.Context(), sent.ID)
		return err == nil && r.State == posada.StateExpired
	})
	eventually(t, "the envelope being taken back", func() bool { return held.takenBack() > 0 })
	held.unlock()

	var got []event.Statement
	eventually(t, "a word that the place is empty", func() bool {
		got = append(got, legal.take(t)...)
		return slices.ContainsFunc(got, func(s event.Statement) bool { return s.Type() == event.TypeVoid })
	})
	for _, s := range got {
		if s.Type() != event.TypeVoid || len(s.Data()) > 0 || s.Grant() != "" {
			t.Errorf("a %s arrived, %d bytes of data", s.Type(), len(s.Data()))
		}
	}
	r, err := ngo.Referral(t.Context(), sent.ID)
	if err != nil || !r.Delivered.IsZero() || r.State != posada.StateExpired {
		t.Errorf("the worker is told %s, delivered %v: %v", r.State, r.Delivered, err)
	}
}
