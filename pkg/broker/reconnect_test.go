package broker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
)

// watched is a connection that tells when it is lost or back.
func (b *bench) watched(t testing.TB, url string, k key) (*broker.Conn, chan bool) {
	t.Helper()
	changed := make(chan bool, 64)
	c, err := broker.Dial(broker.Dialing{URL: url, Seed: k.seed, Changed: func(connected bool) { changed <- connected }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, changed
}

// TestAConnectionComesBackAndKeepsNothingForLater: what was said while the bus
// was away failed at once, and nobody hears it when it is back.
func TestAConnectionComesBackAndKeepsNothingForLater(t *testing.T) {
	t.Parallel()
	b := start(t)
	c, changed := b.watched(t, b.server.URL(), b.hub)
	if !heard(t, changed) || !c.Connected() {
		t.Fatal("not connected")
	}
	rung := make(chan struct{}, 8)
	if err := c.Subscribe("mail.bell", func() { rung <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	where := b.address(t)
	b.stop(t)
	if heard(t, changed) || c.Connected() {
		t.Fatal("the loss was not told")
	}
	if err := c.Publish("mail.bell", []byte("while away")); !errors.Is(err, broker.ErrUnreachable) {
		t.Errorf("publish: %v", err)
	}
	if _, err := c.Request(soon(t), "mail.bell", nil); !errors.Is(err, broker.ErrUnreachable) {
		t.Errorf("request: %v", err)
	}
	b.run(t, where)
	if !heard(t, changed) || !c.Connected() {
		t.Fatal("it did not come back")
	}
	// What it listened to it listens to again, and hears this first.
	if err := c.Publish("mail.bell", []byte("after")); err != nil {
		t.Fatal(err)
	}
	heard(t, rung)
	if _, err := c.Request(soon(t), "$JS.API.INFO", nil); err != nil || len(rung) != 0 {
		t.Errorf("%d more were heard, %v", len(rung), err)
	}
}

func TestDialReturnsBeforeTheBusIsThereAndConnectsWhenItIs(t *testing.T) {
	t.Parallel()
	b := start(t)
	where, url := b.address(t), b.server.URL()
	b.stop(t)
	c, changed := b.watched(t, url, b.hub)
	if c.Connected() {
		t.Fatal("connected to nothing")
	}
	if err := c.Publish("mail.bell", nil); !errors.Is(err, broker.ErrUnreachable) {
		t.Errorf("publish: %v", err)
	}
	b.run(t, where)
	if !heard(t, changed) || !c.Connected() {
		t.Error("it did not connect")
	}
}

// A key that is not announced yet, or not any more, is refused; the node keeps
// asking, because the hub may learn better.
func TestARefusedKeyHearsNothingAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := start(t)
	stranger := newKey(t)
	c, changed := b.watched(t, b.server.URL(), stranger)
	for range 3 { // the library by itself gives up after two
		if who := heard(t, b.door.refused); who != stranger.public {
			t.Fatalf("%s was refused", who)
		}
	}
	if c.Connected() {
		t.Error("a refused key is connected")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Request(ctx, broker.SubmitPrefix+string(c.Route()), nil); !errors.Is(err, broker.ErrUnreachable) {
		t.Errorf("request: %v", err)
	}
	b.door.let(stranger.public, asMember(stranger))
	for !heard(t, changed) {
	}
	if !c.Connected() {
		t.Error("it was let on and is not connected")
	}
}

func TestAClosedConnectionDoesNotComeBack(t *testing.T) {
	t.Parallel()
	b := start(t)
	c, changed := b.watched(t, b.server.URL(), b.hub)
	heard(t, changed)
	c.Close()
	if c.Connected() {
		t.Error("it is connected")
	}
	if _, err := c.Request(soon(t), "$JS.API.INFO", nil); !errors.Is(err, broker.ErrUnreachable) {
		t.Errorf("request: %v", err)
	}
	nobody := map[string]broker.Answer{broker.SubmitPrefix: func(context.Context, broker.Route, []byte) []byte { return nil }}
	if err := c.Serve(soon(t), "relay", nobody, func() { t.Error("it said that it is ready") }); err == nil {
		t.Error("it served")
	}
}

// TestAMemberThatServesIsNotReached: the server refuses its subscriptions
// later than Serve asks for them, so Serve itself may say that it is ready.
func TestAMemberThatServesIsNotReached(t *testing.T) {
	t.Parallel()
	b := start(t)
	other := newKey(t)
	b.door.let(other.public, asMember(other))
	posing := b.dial(t, b.member)
	b.serve(t, posing, map[string]broker.Answer{
		broker.SubmitPrefix: func(context.Context, broker.Route, []byte) []byte { t.Error("it was reached"); return nil },
	})
	asking := b.dial(t, other)
	if _, err := asking.Request(soon(t), broker.SubmitPrefix+string(asking.Route()), nil); !errors.Is(err, broker.ErrUnreachable) {
		t.Error(err)
	}
}
