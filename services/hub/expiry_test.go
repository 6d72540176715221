package hub_test

import (
	"context"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/registry"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

// TestAConnectionEndsWhenItsStatementDoes: a key whose time is over is no longer
// there, though it once was let on; another takes the line over (T7, T10).
func TestAConnectionEndsWhenItsStatementDoes(t *testing.T) {
	b := start(t, 3)
	other := b.dial(t, 1)
	line, ends := b.letOn(t)
	for {
		is := line.Connected() // looked at before the time is
		if !time.Now().Before(ends.Add(-200 * time.Millisecond)) {
			break
		}
		if !is {
			t.Fatal("it ended before its time")
		}
		time.Sleep(10 * time.Millisecond)
	}
	until(t, "it goes on", func() bool { return !line.Connected() })
	time.Sleep(2 * time.Second) // it asks again, and is refused
	if line.Connected() {
		t.Error("it came back")
	}
	if !other.Connected() {
		t.Error("another's ended with it")
	}
	seed, statement := b.vouched(t, 0, time.Now().Add(time.Hour))
	until(t, "nobody goes over to the next key", func() bool { return line.Rekey(t.Context(), seed, statement) == nil })
	until(t, "the next key is not let on", line.Connected)
}

// letOn is a line that works, and when its statement ends: soon. A machine that is too slow to
// let it on before that is given longer.
func (b *bench) letOn(t *testing.T) (line *broker.Line, ends time.Time) {
	t.Helper()
	for life := 3 * time.Second; life < patience; life *= 2 {
		ends = time.Now().Add(life).Truncate(time.Second)
		seed, vouched := b.vouched(t, 0, ends)
		line = b.line(t, 0, seed, vouched)
		soon, cancel := context.WithDeadline(t.Context(), ends.Add(-time.Second))
		_, err := line.Ask(soon, broker.CollectPrefix, mail.WriteAcknowledged(nil))
		cancel()
		if err == nil && line.Connected() {
			return line, ends
		}
		line.Close()
	}
	t.Fatal("it is not let on")
	return nil, ends
}

// TestAConnectionEndsWithTheIdentityKeyThatVouchesForIt: the stewards gave the
// agency another.
func TestAConnectionEndsWithTheIdentityKeyThatVouchesForIt(t *testing.T) {
	b := start(t, 3)
	lost, other := b.dial(t, 0), b.dial(t, 1)
	until(t, "they are not let on", func() bool { return lost.Connected() && other.Connected() })
	now, err := roster.Read(b.council.InForce[trust.RoleRoster].Target)
	if err != nil {
		t.Fatal(err)
	}
	next := now.Snapshot()
	next.Version++
	next.Agencies[0].Identity = invented.Key(t, 150).Public()
	p, err := b.council.Roster(next, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := registry.New(other).Publish(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	until(t, "it goes on", func() bool { return !lost.Connected() })
	if !other.Connected() {
		t.Error("another's ended with it")
	}
}
