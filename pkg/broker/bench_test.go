package broker_test

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/broker/embedded"
)

// door lets on whoever holds a key it lists and proves it.
type door struct {
	mu      sync.Mutex
	known   map[string]embedded.Admission
	refused chan string // whoever was not let on
}

func (d *door) Admit(p embedded.Proof) (embedded.Admission, bool) {
	d.mu.Lock()
	a, known := d.known[p.Key]
	d.mu.Unlock()
	key, err := nkeys.FromPublicKey(p.Key)
	if !known || err != nil || key.Verify(p.Nonce, p.Signature) != nil {
		select {
		case d.refused <- p.Key:
		default:
		}
		return embedded.Admission{}, false
	}
	return a, true
}

func (d *door) let(key string, a embedded.Admission) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[key] = a
}

// bench is a bus with a key for the hub's side and one for a member.
type bench struct {
	door        *door
	server      *embedded.Server
	dir         string
	hub, member key
}

type key struct {
	seed   []byte
	public string
}

func newKey(t testing.TB) key {
	t.Helper()
	seed, public, err := broker.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return key{seed, public}
}

func start(t testing.TB) *bench {
	t.Helper()
	b := &bench{door: &door{known: map[string]embedded.Admission{}, refused: make(chan string, 64)}, dir: t.TempDir(), hub: newKey(t), member: newKey(t)}
	b.door.let(b.hub.public, embedded.Admission{Account: embedded.Hub, Publish: []string{">"}, Subscribe: []string{">"}})
	b.door.let(b.member.public, asMember(b.member))
	b.run(t, netip.MustParseAddrPort("127.0.0.1:0"))
	t.Cleanup(func() { b.stop(t) })
	return b
}

// asMember is what a member may do: ask under its own route, hear its inbox.
func asMember(k key) embedded.Admission {
	r := broker.RouteOf(k.public)
	return embedded.Admission{
		Account:   embedded.Members,
		Publish:   []string{broker.SubmitPrefix + string(r), broker.CollectPrefix + string(r), broker.RecallPrefix + string(r)},
		Subscribe: []string{r.Inbox() + ".>"},
	}
}

func (b *bench) run(t testing.TB, listen netip.AddrPort) {
	t.Helper()
	var err error
	b.server, err = embedded.Start(embedded.Config{Listen: listen, StoreDir: b.dir, Gate: b.door})
	if err != nil {
		t.Fatal(err)
	}
}

// stop is done twice without harm.
func (b *bench) stop(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	if err := b.server.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// address is where the bus is, to come back to.
func (b *bench) address(t testing.TB) netip.AddrPort {
	t.Helper()
	a, err := netip.ParseAddrPort(strings.TrimPrefix(b.server.URL(), "nats://"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (b *bench) dial(t testing.TB, k key) *broker.Conn {
	t.Helper()
	c, err := broker.Dial(broker.Dialing{URL: b.server.URL(), Seed: k.seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// patience is a time that a working bus never needs, whatever else the machine has to do.
const patience = 2 * time.Minute

// soon is a context of that time.
func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// serve answers until the test ends, or stop.
func (b *bench) serve(t testing.TB, c *broker.Conn, answers map[string]broker.Answer) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- c.Serve(ctx, "relay", answers, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { _ = stop() }) // where it matters the test has looked
	return stop
}

// heard waits for the next of a channel.
func heard[T any](t testing.TB, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	return v
}
