package post

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

// oneDay is keys with an identity for today alone.
type oneDay struct{ identity seal.Identity }

var _ Keys = oneDay{}

func (oneDay) Signer(time.Time) (jose.PrivateKey, error)     { return jose.PrivateKey{}, nil }
func (k oneDay) Identity(posada.Epoch) (seal.Identity, bool) { return k.identity, true }
func (oneDay) Drained(time.Time) error                       { return nil }
func asideNow(t *testing.T, p *Post, v *vault.Vault) (n int) {
	must(t, v.View(func(tx *vault.Tx) error {
		s, err := p.Status(tx)
		n = s.Aside
		return err
	}))
	return n
}

// network is one that was heard of just now; what anybody runs is known.
type network struct{ stale, behind bool }

var _ Network = (*network)(nil)

func (n *network) Staleness() posada.Staleness {
	if n.stale {
		return posada.StalenessStale
	}
	return posada.StalenessLive
}
func (*network) Versions() trust.Versions { return trust.Versions{Roster: 1, Policy: 1} }
func (n *network) Known(context.Context, posada.AgencyID, trust.Versions) bool {
	return !n.behind
}

// TestWhoIsUnknownWhileTheRegistryIsAwayIsNotPutAside: an envelope whose signer
// has not been heard of stays at the hub until the registry could be asked, for
// a few questions; then its sender, who has no receipt, sends it again.
func TestWhoIsUnknownWhileTheRegistryIsAwayIsNotPutAside(t *testing.T) {
	now := moment()
	identity, err := seal.GenerateIdentity()
	must(t, err)
	recipient, err := seal.ParseRecipient(identity.Recipient())
	must(t, err)
	from, me := invented.New(t, 1, now), invented.New(t, 2, now)
	current := roster.NewCurrent(invented.Roster(t, me))
	filler, err := event.Filler(rand.Reader, now)
	must(t, err)
	s, err := filler.In(from.Member.ID, event.Place{})
	must(t, err)
	e, err := seal.Seal(seal.Sender{Network: invented.Network, Agency: from.Member.ID, Key: from.Signing, Roster: 1, Policy: 1},
		seal.Address{Agency: me.Member.ID, Mailbox: me.Member.Mailbox, Epoch: posada.EpochAt(now), Recipient: recipient},
		posada.MessageID{1}, now, []event.Statement{s})
	must(t, err)

	v, answers, asked := opened(t), false, 0
	p := New(Config{
		Agency: me.Member.ID, Mailbox: me.Member.Mailbox, Keys: oneDay{identity}, Vault: v, Members: current, Network: &network{},
		Now: func() time.Time { return now }, Random: rand.Reader,
		Refresh: func(context.Context) error {
			if asked++; !answers {
				return broker.ErrUnreachable
			}
			current.Change(func(*roster.Roster) *roster.Roster { return invented.Roster(t, me, from) })
			return nil
		},
	})
	for range 5 * maxFailed { // within one question's time
		if _, done := p.receive(t.Context(), e.Bytes()); done {
			t.Fatal("it was let go though nobody could be asked")
		}
	}
	now = now.Add(askAgain)
	if _, done := p.receive(t.Context(), e.Bytes()); done || asked != 2 {
		t.Fatalf("let go %v after %d questions", done, asked)
	}
	answers, now = true, now.Add(askAgain)
	if _, done := p.receive(t.Context(), e.Bytes()); !done || asideNow(t, p, v) != 0 {
		t.Errorf("when it could be asked: done %v, %d aside", done, asideNow(t, p, v))
	}

	// Somebody unknown stands before the others only so long.
	current.Change(func(*roster.Roster) *roster.Roster { return invented.Roster(t, me) })
	answers, asked, now = false, 0, now.Add(askAgain)
	for done := false; !done; now = now.Add(askAgain) {
		if _, done = p.receive(t.Context(), e.Bytes()); done && (asked != maxFailed || asideNow(t, p, v) != 1) {
			t.Errorf("put aside after %d questions; %d aside", asked, asideNow(t, p, v))
		}
	}
}
