package hub_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/roster"
)

// raw is a NATS client with a member's real key and none of our manners.
type raw struct {
	nc    *nats.Conn
	mu    sync.Mutex
	heard map[string]int
	said  int // errors the server sent
}

func (b *bench) tls() nats.Option {
	return nats.Secure(broker.ClientTLS(roster.Pinned(b.parts.Founding.Roster().Hub().Pins...)))
}

func (b *bench) raw(t *testing.T, n int) *raw {
	t.Helper()
	key, err := nkeys.FromSeed(b.members[n].seed)
	if err != nil {
		t.Fatal(err)
	}
	r := &raw{heard: map[string]int{}}
	r.nc, err = nats.Connect(b.hub.Where().Bus,
		b.tls(), nats.TLSHandshakeFirst(), nats.Token(b.members[n].statement), nats.Nkey(b.members[n].connection, func(nonce []byte) ([]byte, error) { return key.Sign(nonce) }),
		nats.CustomInboxPrefix(broker.RouteOf(string(b.members[n].agency.ID)).Inbox()), nats.MaxReconnects(-1),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) { r.mu.Lock(); r.said++; r.mu.Unlock() }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.nc.Close)
	return r
}

func (r *raw) flush(t *testing.T) {
	t.Helper()
	if err := r.nc.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
}

func (r *raw) listen(t *testing.T, subject string) {
	t.Helper()
	// A pattern NATS itself finds malformed is refused just as well.
	_, _ = r.nc.Subscribe(subject, func(m *nats.Msg) { r.mu.Lock(); r.heard[subject+" <- "+m.Subject]++; r.mu.Unlock() })
}

// TestNoMemberHearsOrSaysAnythingOfAnother lets every member listen everywhere
// and publish everywhere, while the others use the exchange.
func TestNoMemberHearsOrSaysAnythingOfAnother(t *testing.T) {
	const count = 6 // the last is suspended
	b := start(t, count)
	patterns := func(from, of int) []string {
		r := string(broker.RouteOf(string(b.members[of].agency.ID)))
		box := b.members[of].agency.Mailbox.String()
		list := []string{
			broker.SubmitPrefix + r, broker.CollectPrefix + r, broker.RecallPrefix + r, broker.SyncPrefix + r,
			"posada.v1.inbox." + r, "posada.v1.inbox." + r + ".bell", "posada.v1.inbox." + r + ".>", "posada.v1.inbox." + r + ".*",
			"mail.*." + box + ".*.*", "mail.0." + box + ".8192.x", "$JS.API.DIRECT.GET.mail0.mail.0." + box + ".8192.x", "_INBOX." + r + ".x", r, "*." + r,
		}
		if from == of {
			list = list[8:] // its own services and inbox are its own
		}
		return list
	}
	shared := append([]string{">", "*", "*.>", "posada.>", "posada.v1.>", "posada.v1.*.*", "posada.v1.submit.*", "posada.v1.collect.>", "posada.v1.inbox.>", "posada.v1.inbox.*.bell",
		"_INBOX.>", "_R_.>", "_R_.*.*", "$JS.>", "$JS.API.>", "$SYS.>", "$SRV.>", "$G.>", "$KV.>", "$O.>", "$MQTT.>", "$NRG.>", "mail.>", "mail.0.>", "$JS.EVENT.ADVISORY.>", "a", ""}, reserved()...)
	clients := make([]*raw, count-1)
	patternsTried := 0
	for i := range clients {
		clients[i] = b.raw(t, i)
		for j := range count {
			for _, p := range patterns(i, j) {
				clients[i].listen(t, p)
				patternsTried++
			}
		}
	}
	for i, c := range clients {
		for _, p := range shared {
			c.listen(t, p)
			patternsTried++
		}
		_ = i
		c.flush(t)
	}
	published := 0
	for i, c := range clients {
		for j := range count {
			for _, p := range append(patterns(i, j), shared...) {
				if strings.ContainsAny(p, "*>") || p == "" {
					continue
				}
				if err := c.nc.PublishRequest(p, "posada.v1.inbox."+string(broker.RouteOf(string(b.members[j].agency.ID)))+".x", []byte("forged")); err != nil {
					t.Fatal(err)
				}
				published++
			}
		}
		c.flush(t)
	}
	for i := range clients {
		if err := second(ask(t, b.dial(t, i), broker.SubmitPrefix, b.sealed(t, (i+1)%(count-1), envelope.Class8K).Bytes())); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range clients {
		c.flush(t)
		own := "posada.v1.inbox." + string(broker.RouteOf(string(b.members[i].agency.ID))) + "."
		until(t, "it was refused nothing", func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.said > 0 })
		c.mu.Lock()
		for what, n := range c.heard {
			if _, subject, _ := strings.Cut(what, " <- "); !strings.HasPrefix(subject, own) {
				t.Errorf("member %d heard %s (%d times)", i, what, n)
			}
		}
		c.mu.Unlock()
		if list, _ := collect(t, b.dial(t, i)); len(list) != 1 {
			t.Errorf("member %d finds %d envelopes; want 1", i, len(list))
		}
	}
	t.Logf("%d subscriptions and %d publications tried by %d members", patternsTried, published, len(clients))
}

// TestOneMemberHasSoManyConnectionsAndNoMore: whatever number of keys it vouches
// for.
func TestOneMemberHasSoManyConnectionsAndNoMore(t *testing.T) {
	b := start(t, 3)
	made := 0
	dial := func(n int) (*nats.Conn, error) {
		seed := b.members[n].seed
		if made++; made%2 == 0 {
			var err error
			if seed, _, err = broker.NewKey(); err != nil {
				t.Fatal(err)
			}
		}
		key, err := nkeys.FromSeed(seed)
		if err != nil {
			t.Fatal(err)
		}
		public, err := key.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		statement, err := roster.Connection{
			Network: invented.Network, Issuer: b.members[n].agency.ID, Key: public,
			NotBefore: time.Now().Add(-time.Hour).Unix(), Expires: time.Now().Add(time.Hour).Unix(),
		}.Sign(invented.Key(t, byte(101+n)))
		if err != nil {
			t.Fatal(err)
		}
		c, err := nats.Connect(b.hub.Where().Bus, b.tls(), nats.TLSHandshakeFirst(), nats.Token(statement), nats.Nkey(public, key.Sign))
		if err == nil {
			t.Cleanup(c.Close)
		}
		return c, err
	}
	var last *nats.Conn
	for i := range 16 {
		c, err := dial(0)
		if err != nil {
			t.Fatal(i, err)
		}
		last = c
	}
	if _, err := dial(0); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("one more: %v", err)
	}
	if _, err := dial(1); err != nil {
		t.Errorf("another member's first: %v", err)
	}
	last.Close()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if _, err := dial(0); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("none is let on after one left")
		}
	}
}

func TestOnlyAnnouncedKeysInGoodStandingAreLetOn(t *testing.T) {
	b := start(t, 3)
	stranger, _, err := broker.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	suspended := b.members[2].seed
	good, err := nkeys.FromSeed(b.members[0].seed)
	if err != nil {
		t.Fatal(err)
	}
	connect := func(options ...nats.Option) error {
		nc, err := nats.Connect(b.hub.Where().Bus, append(options, b.tls(), nats.TLSHandshakeFirst())...)
		if err == nil {
			nc.Close()
		}
		return err
	}
	with := func(seed []byte) nats.Option {
		key, err := nkeys.FromSeed(seed)
		if err != nil {
			t.Fatal(err)
		}
		public, err := key.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		return nats.Nkey(public, func(nonce []byte) ([]byte, error) { return key.Sign(nonce) })
	}
	claimed := b.members[0].connection
	for name, options := range map[string][]nats.Option{
		"nothing shown":                            nil,
		"a password":                               {nats.UserInfo("MEMBERS", "x")},
		"a token":                                  {nats.Token("x")},
		"nobody's key":                             {with(stranger)},
		"nobody's key, with another's statement":   {with(stranger), nats.Token(b.members[0].statement)},
		"a member's key, with no statement":        {with(b.members[0].seed)},
		"a member's key, with another's statement": {with(b.members[0].seed), nats.Token(b.members[1].statement)},
		"a suspended member":                       {with(suspended), nats.Token(b.members[2].statement)},
		"another's key claimed":                    {nats.Token(b.members[0].statement), nats.Nkey(claimed, func(nonce []byte) ([]byte, error) { k, _ := nkeys.FromSeed(stranger); return k.Sign(nonce) })},
		"another nonce signed":                     {nats.Token(b.members[0].statement), nats.Nkey(claimed, func(nonce []byte) ([]byte, error) { return good.Sign(append(nonce, 'x')) })},
		"an empty signature":                       {nats.Token(b.members[0].statement), nats.Nkey(claimed, func([]byte) ([]byte, error) { return nil, nil })},
		"the account's name":                       {nats.UserInfo("HUB", ""), nats.Name("relay")},
	} {
		if err := connect(options...); !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := connect(with(b.members[0].seed), nats.Token(b.members[0].statement)); err != nil {
		t.Errorf("a member: %v", err)
	}
}
