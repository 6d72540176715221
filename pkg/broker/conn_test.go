package broker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"github.com/posada-exchange/posada/pkg/broker"
)

func TestAConnectionKeyIsKnownByItsPublicPartAlone(t *testing.T) {
	seed, public, err := broker.NewKey()
	if err != nil || len(seed) != 58 || !bytes.HasPrefix(seed, []byte("SU")) || len(public) != 56 || public[0] != 'U' {
		t.Fatalf("%d characters of seed, %q, %v", len(seed), public, err)
	}
	if again, err := broker.PublicKey(seed); err != nil || again != public {
		t.Errorf("%s, %v", again, err)
	}
	if other, _, err := broker.NewKey(); err != nil || bytes.Equal(other, seed) {
		t.Errorf("two keys are one: %v", err)
	}
	for _, wrong := range [][]byte{nil, []byte("SUAnonsense"), []byte(public), seed[:57], append(bytes.Clone(seed), 'A')} {
		if got, err := broker.PublicKey(wrong); err == nil || len(wrong) > 0 && strings.Contains(err.Error(), string(wrong)) {
			t.Errorf("%s, %v", got, err)
		}
		if c, err := broker.Dial(broker.Dialing{URL: "nats://127.0.0.1:1", Seed: wrong}); err == nil {
			c.Close()
			t.Error("dialled without a key")
		}
	}
}

// A route stands in subjects that logs and other members' clients may see: it
// is one token, and not the key.
func TestARouteIsOneTokenOf128Bits(t *testing.T) {
	_, public, err := broker.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	r := broker.RouteOf(public)
	if len(r) != 26 || strings.Trim(string(r), "abcdefghijklmnopqrstuvwxyz234567") != "" || r != broker.RouteOf(public) {
		t.Errorf("%q", r)
	}
	if strings.Contains(strings.ToUpper(string(r)), public[:8]) || r == broker.RouteOf(public+"A") {
		t.Errorf("%q tells the key, or is another's", r)
	}
	// Members derive it by themselves: it may never change.
	if got := broker.RouteOf("UINVENTED"); got != "nxdnjhkgqzwapkvh4jivjau3yy" {
		t.Error(got)
	}
	if r.Inbox() != "posada.v1.inbox."+string(r) || r.Bell(broker.Bell{1}) != r.Inbox()+".bell.01"+strings.Repeat("0", 30) {
		t.Errorf("%s, %s", r.Inbox(), r.Bell(broker.Bell{1}))
	}
}

func TestARequestIsAnsweredAndItsCallerIsKnownByItsRoute(t *testing.T) {
	t.Parallel()
	b := start(t)
	echo := func(verb string) broker.Answer {
		return func(_ context.Context, caller broker.Route, body []byte) []byte {
			return fmt.Appendf(nil, "%s %s %s", verb, caller, body)
		}
	}
	b.serve(t, b.dial(t, b.hub), map[string]broker.Answer{broker.SubmitPrefix: echo("submit"), broker.CollectPrefix: echo("collect")})
	member := b.dial(t, b.member)
	if member.Route() != broker.RouteOf(b.member.public) || !member.Connected() {
		t.Errorf("%s, connected %v", member.Route(), member.Connected())
	}
	for prefix, verb := range map[string]string{broker.SubmitPrefix: "submit", broker.CollectPrefix: "collect"} {
		for _, body := range []string{"", "a", strings.Repeat("b", 1<<20)} {
			got, err := member.Request(soon(t), prefix+string(member.Route()), []byte(body))
			if want := verb + " " + string(member.Route()) + " " + body; err != nil || string(got) != want {
				t.Errorf("%s of %d bytes: %d bytes, %v", verb, len(body), len(got), err)
			}
		}
	}
}

// An empty message is a command to some of NATS's own subjects.
func TestNoAnswerIsEmpty(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.serve(t, b.dial(t, b.hub), map[string]broker.Answer{
		broker.SubmitPrefix: func(context.Context, broker.Route, []byte) []byte { return nil },
	})
	member := b.dial(t, b.member)
	if got, err := member.Request(soon(t), broker.SubmitPrefix+string(member.Route()), nil); err != nil || len(got) != 1 {
		t.Errorf("%q, %v", got, err)
	}
}

func TestServeReturnsWhenWhatIsUnderWayIsAnswered(t *testing.T) {
	t.Parallel()
	b := start(t)
	asked, release := make(chan struct{}), make(chan struct{})
	stop := b.serve(t, b.dial(t, b.hub), map[string]broker.Answer{
		broker.SubmitPrefix: func(ctx context.Context, _ broker.Route, _ []byte) []byte {
			close(asked)
			<-ctx.Done() // it is told, and may still finish
			<-release
			return []byte("kept")
		},
		broker.CollectPrefix: func(context.Context, broker.Route, []byte) []byte { return []byte{1} },
	})
	member := b.dial(t, b.member)
	answered, stopped := make(chan string, 1), make(chan error, 1)
	go func() {
		got, err := member.Request(soon(t), broker.SubmitPrefix+string(member.Route()), nil)
		answered <- fmt.Sprintf("%s %v", got, err)
	}()
	heard(t, asked)
	go func() { stopped <- stop() }()
	// The bus says that nobody serves any more: were it for that alone, Serve
	// would be back before the requests after it are.
	for gone := 0; gone < 20; {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if _, err := member.Request(ctx, broker.CollectPrefix+string(member.Route()), nil); errors.Is(err, nats.ErrNoResponders) {
			gone++
		}
		cancel()
	}
	select {
	case err := <-stopped:
		t.Fatalf("it returned while an answer was under way: %v", err)
	default:
	}
	close(release)
	if got := heard(t, answered); got != "kept <nil>" {
		t.Error(got)
	}
	if err := heard(t, stopped); err != nil {
		t.Error(err)
	}
}

// A flood of one member's must not take the machine's memory: 64 are worked on
// at a time, and each of the others is answered in its turn.
func TestManyAreAnsweredAndNotAllAtOnce(t *testing.T) {
	t.Parallel()
	const atOnce, all = 64, 300
	b := start(t)
	var now, most atomic.Int32
	full, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	b.serve(t, b.dial(t, b.hub), map[string]broker.Answer{
		broker.SubmitPrefix: func(context.Context, broker.Route, []byte) []byte {
			n := now.Add(1)
			defer now.Add(-1)
			for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
			}
			if n == atOnce {
				once.Do(func() { close(full) })
			}
			<-release
			return []byte{1}
		},
		broker.CollectPrefix: func(context.Context, broker.Route, []byte) []byte { return []byte{1} },
	})
	member := b.dial(t, b.member)
	var group errgroup.Group
	for range all {
		group.Go(func() error {
			_, err := member.Request(soon(t), broker.SubmitPrefix+string(member.Route()), nil)
			return err
		})
	}
	heard(t, full)
	// While as many as may be are worked on, one more is not, of any kind.
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := member.Request(ctx, broker.CollectPrefix+string(member.Route()), nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one more was answered: %v", err)
	}
	close(release)
	if err := group.Wait(); err != nil || most.Load() != atOnce {
		t.Errorf("%d at once, %v", most.Load(), err)
	}
}

func TestAnErrorOfTheBusNamesNoCaller(t *testing.T) {
	t.Parallel()
	b := start(t)
	member := b.dial(t, b.member)
	subject := broker.SubmitPrefix + string(member.Route())
	_, err := member.Request(soon(t), subject, nil) // nobody serves
	if !errors.Is(err, broker.ErrUnreachable) || strings.Contains(err.Error(), string(member.Route())) || !strings.Contains(err.Error(), "submit") {
		t.Errorf("request: %v", err)
	}
	member.Close()
	if err := member.Publish(subject, nil); !errors.Is(err, broker.ErrUnreachable) || strings.Contains(err.Error(), string(member.Route())) {
		t.Errorf("publish: %v", err)
	}
	if err := member.Subscribe(member.Route().Bell(broker.Bell{1}), func() {}); err == nil || strings.Contains(err.Error(), string(member.Route())) {
		t.Errorf("subscribe: %v", err)
	}
}

func TestARequestEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := start(t)
	asked, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	b.serve(t, b.dial(t, b.hub), map[string]broker.Answer{
		broker.SubmitPrefix: func(context.Context, broker.Route, []byte) []byte { close(asked); <-release; return nil },
	})
	member := b.dial(t, b.member)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	_, err := member.Request(ctx, broker.SubmitPrefix+string(member.Route()), nil)
	if !errors.Is(err, broker.ErrUnreachable) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestWhoListensHearsOneAtATime(t *testing.T) {
	t.Parallel()
	b := start(t)
	hub, member := b.dial(t, b.hub), b.dial(t, b.hub)
	var inside atomic.Int32
	rung := make(chan bool, 32)
	if err := member.Subscribe("mail.bell", func() { rung <- inside.Add(1) == 1; inside.Add(-1) }); err != nil {
		t.Fatal(err)
	}
	// An answered request shows that the subscription has arrived before it.
	if _, err := member.Request(soon(t), "$JS.API.INFO", nil); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if err := hub.Publish("mail.bell", []byte("anything")); err != nil {
			t.Fatal(err)
		}
	}
	for range 10 {
		if !heard(t, rung) {
			t.Error("two at once")
		}
	}
}
