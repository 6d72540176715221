package hub_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/services/hub"
)

// startApart runs a broker and so many relays, each a hub of its own with keys
// of its own, over real sockets.
func startApart(t *testing.T, count, relays int, change ...func(*hub.Config)) (*bench, []hub.ServiceKeys) {
	t.Helper()
	var keys []hub.ServiceKeys
	services := hub.Services{}
	for range relays {
		k, err := hub.NewServiceKeys("relay")
		if err != nil {
			t.Fatal(err)
		}
		public, err := k.Public()
		if err != nil {
			t.Fatal(err)
		}
		for key, kind := range public {
			services[key] = kind
		}
		keys = append(keys, k)
	}
	// The bench runs a whole hub; what it is made of is then run apart.
	b := start(t, count, change...)
	b.stop()
	whole, parts := b.config, b.parts
	c := whole
	c.Run = "broker,connect"
	b.parts.Services, b.parts.ReceiptKey = services, jose.PrivateKey{}
	b.run(t, c)
	for i, k := range keys {
		c := whole
		c.Run, c.NATS, c.ServiceKeys, c.Store, c.Relays = "relay", b.hub.Where().Bus, "as parts have them", filepath.Join(t.TempDir(), "nothing"), relays
		p := parts
		p.Policy, p.TLSKey, p.ServiceKeys = nil, ed25519.PrivateKey(nil), k
		r := &bench{parts: p}
		r.run(t, c)
		t.Cleanup(func() { r.stop() })
		if r.hub.Where().Bus != b.hub.Where().Bus {
			t.Errorf("relay %d is elsewhere", i)
		}
	}
	return b, keys
}

// TestSeveralRelaysTogetherKeepToOneMailboxesRoom is T15 and T12 with several:
// what they let into one mailbox is no more than one would, and takes nothing
// from another.
func TestSeveralRelaysTogetherKeepToOneMailboxesRoom(t *testing.T) {
	t.Parallel()
	const maxBytes = 12 << 20
	b, _ := startApart(t, 4, 3, func(c *hub.Config) { c.Shards, c.MaxBytes, c.PerSecond, c.Burst = 1, maxBytes, 1e6, 1e6 })
	hostile, ngo := b.dial(t, 0), b.dial(t, 1)
	filled := 0
	for refused := 0; refused < 60; { // each of the three has said no, again and again
		switch err := second(ask(t, hostile, broker.SubmitPrefix, b.sealed(t, 2, envelope.Class8K).Bytes())); {
		case errors.Is(err, mail.ErrBusy):
			refused++
		case err != nil:
			t.Fatal(err)
		default:
			filled++
		}
	}
	one := maxBytes / 4 / (8192 + 512)
	if filled > one || filled < one/3 {
		t.Errorf("%d envelopes were let into a mailbox with room for %d", filled, one)
	}
	for range one / 3 {
		if err := second(ask(t, ngo, broker.SubmitPrefix, b.sealed(t, 0, envelope.Class8K).Bytes())); err != nil {
			t.Fatalf("into another's: %v", err)
		}
	}
	t.Logf("%d envelopes of at most %d", filled, one)
}

// TestSeveralRelaysTogetherKeepToOneMembersRate is T15.
func TestSeveralRelaysTogetherKeepToOneMembersRate(t *testing.T) {
	t.Parallel()
	b, _ := startApart(t, 3, 4, func(c *hub.Config) { c.PerSecond, c.Burst = 0.001, 40 })
	ngo := b.dial(t, 0)
	taken := 0
	for range 200 {
		err := second(ask(t, ngo, broker.SubmitPrefix, b.sealed(t, 1, envelope.Class8K).Bytes()))
		if err == nil {
			taken++
		} else if !errors.Is(err, mail.ErrBusy) {
			t.Fatal(err)
		}
	}
	if taken > 40 || taken < 10 {
		t.Errorf("%d were taken at once; want at most 40", taken)
	}
}

// TestAServiceIsLetOnByAListedKeyForItsOwnKindAlone: a key of the one kind does
// nothing of another, and one that nobody listed does nothing at all.
func TestAServiceIsLetOnByAListedKeyForItsOwnKindAlone(t *testing.T) {
	t.Parallel()
	b, keys := startApart(t, 3, 1)
	connect := func(seed []byte) (*nats.Conn, chan error, error) {
		key, err := nkeys.FromSeed(seed)
		if err != nil {
			t.Fatal(err)
		}
		public, err := key.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		said := make(chan error, 16)
		nc, err := nats.Connect(b.hub.Where().Bus, b.tls(), nats.TLSHandshakeFirst(), nats.Nkey(public, key.Sign),
			nats.CustomInboxPrefix(broker.RouteOf(public).Inbox()),
			nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { said <- err }))
		if err == nil {
			t.Cleanup(nc.Close)
		}
		return nc, said, err
	}
	unlisted, err := hub.NewServiceKeys("relay")
	if err != nil {
		t.Fatal(err)
	}
	forbidden := map[string][]string{
		"relay":       {"mail.0.a.8192.b", "$JS.API.STREAM.INFO.mail0", "posada.v1.inbox.a.bell"},
		"relay_store": {"_R_.a.b", "$JS.API.STREAM.PURGE.mail0", "$JS.API.STREAM.DELETE.mail0", "posada.v1.inbox.a.bell"},
		"doorbell":    {"mail.0.a.8192.b", "posada.v1.submit.a", "posada.v1.inbox.a.b", "$SYS.REQ.SERVER.PING"},
	}
	for kind, seed := range keys[0] {
		nc, said, err := connect(seed)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		for _, subject := range forbidden[string(kind)] {
			if err := nc.Publish(subject, []byte("x")); err != nil {
				t.Fatal(err)
			}
			if err := nc.FlushTimeout(patience); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-said:
				if !errors.Is(err, nats.ErrPermissionViolation) {
					t.Errorf("%s to %s: %v", kind, subject, err)
				}
			case <-time.After(patience):
				t.Errorf("%s may publish to %s", kind, subject)
			}
		}
		if _, _, err := connect(unlisted[kind]); !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("a key of %s that nobody listed: %v", kind, err)
		}
	}
}

// TestARelayThatIsNotLetOnIsNeverReady: it waits.
func TestARelayThatIsNotLetOnIsNeverReady(t *testing.T) {
	t.Parallel()
	b, _ := startApart(t, 3, 1)
	unlisted, err := hub.NewServiceKeys("relay")
	if err != nil {
		t.Fatal(err)
	}
	c := b.config
	c.Run, c.NATS, c.ServiceKeys = "relay", b.hub.Where().Bus, "as parts have them"
	p := b.parts
	p.ServiceKeys, p.ReceiptKey, p.TLSKey = unlisted, b.key, nil
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
	defer stop()
	if err := hub.New(c, p).Run(ctx, func() { t.Error("it is ready") }); err != nil {
		t.Error(err)
	}
}
