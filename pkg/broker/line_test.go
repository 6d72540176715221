package broker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/broker/embedded"
)

// TestALineIsNotGivenUpForAKeyThatIsRefused: a key that the hub does not let on
// (yet) leaves the line as it is; one that it does takes it over.
func TestALineIsNotGivenUpForAKeyThatIsRefused(t *testing.T) {
	b := start(t)
	line, err := broker.NewLine(broker.Dialing{URL: b.server.URL(), Seed: b.member.seed, Statement: "first"})
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	if err := line.Listen(func(broker.Ring) {}); err != nil {
		t.Fatal(err)
	}
	connected := func() {
		t.Helper()
		for deadline := time.Now().Add(patience); !line.Connected(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the line is down")
			}
		}
	}
	connected()
	next := newKey(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := line.Rekey(ctx, next.seed, "second"); !errors.Is(err, broker.ErrUnreachable) {
		t.Errorf("a key nobody knows: %v", err)
	}
	connected()
	b.door.let(next.public, embedded.Admission{Account: embedded.Members, Publish: []string{">"}, Subscribe: []string{">"}})
	for again := soon(t); ; { // a busy machine may not let it on as soon as it gives up
		if err := line.Rekey(again, next.seed, "second"); err == nil {
			break
		} else if again.Err() != nil {
			t.Fatal(err)
		}
	}
	connected()
	if err := line.Rekey(t.Context(), next.seed, "second"); err != nil {
		t.Errorf("the same again: %v", err)
	}
}

// TestEachConnectionHasItsOwnBell: whoever saw the last one's knows nothing of
// the next one's.
func TestEachConnectionHasItsOwnBell(t *testing.T) {
	b := start(t)
	changed := make(chan bool, 64)
	line, err := broker.NewLine(broker.Dialing{URL: b.server.URL(), Seed: b.member.seed, Statement: "first", Changed: func(connected bool) { changed <- connected }})
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	for !heard(t, changed) {
	}
	if line.Bell() != (broker.Bell{}) {
		t.Error("a bell that nobody listens to")
	}
	if err := line.Listen(func(broker.Ring) {}); err != nil {
		t.Fatal(err)
	}
	first := line.Bell()
	where := b.address(t)
	b.stop(t)
	b.run(t, where)
	for !heard(t, changed) {
	}
	if second := line.Bell(); second == first || second == (broker.Bell{}) {
		t.Errorf("%x after %x", second, first)
	}
}
