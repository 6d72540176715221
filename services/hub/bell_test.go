package hub_test

import (
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/registry"
	"github.com/posada-exchange/posada/services/hub"
)

// bells are the subjects below a raw client's inbox on which something came.
func (r *raw) bells() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := maps.Clone(r.heard)
	clear(r.heard)
	return got
}

// TestOnlyTheBellThatWasNamedLastRings, within its owner's inbox and nowhere
// else (T12, T15).
func TestOnlyTheBellThatWasNamedLastRings(t *testing.T) {
	b := start(t, 4)
	sender, other := b.dial(t, 0), b.dial(t, 2)
	owner := b.raw(t, 1)
	route := broker.RouteOf(string(b.members[1].agency.ID))
	inbox := route.Inbox() + ".bell.>"
	owner.listen(t, inbox)
	owner.flush(t)
	member := b.dial(t, 1)
	name := func(c *broker.Conn, bell broker.Bell) {
		t.Helper()
		if err := second(ask(t, c, broker.CollectPrefix, mail.WriteCollection(bell, nil))); err != nil {
			t.Fatal(err)
		}
	}
	rings := func(want ...broker.Bell) {
		t.Helper()
		if err := second(ask(t, sender, broker.SubmitPrefix, b.sealed(t, 1, envelope.Class8K).Bytes())); err != nil {
			t.Fatal(err)
		}
		wanted := map[string]int{}
		for _, bell := range want {
			wanted[inbox+" <- "+route.Bell(bell)] = 1
		}
		got := map[string]int{}
		for deadline := time.Now().Add(patience); len(got) < len(wanted) && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			maps.Copy(got, owner.bells())
		}
		time.Sleep(50 * time.Millisecond)
		if maps.Copy(got, owner.bells()); !maps.Equal(got, wanted) {
			t.Errorf("%v rang; want %v", got, wanted)
		}
	}
	rings() // none was named
	name(member, broker.Bell{1})
	rings(broker.Bell{1})
	collect(t, member) // names none: the last one stays
	rings(broker.Bell{1})
	name(member, broker.Bell{2})
	rings(broker.Bell{2})
	name(other, broker.Bell{3}) // another's own
	rings(broker.Bell{2})
}

// TestEveryRelayKnowsTheBell, whichever of them it was named to.
func TestEveryRelayKnowsTheBell(t *testing.T) {
	t.Parallel()
	b, _ := startApart(t, 3, 3)
	rung := make(chan struct{}, 100)
	line := b.line(t, 0, b.members[0].seed, b.members[0].statement)
	heard := func(says broker.Ring) {
		if says == broker.RingMail {
			rung <- struct{}{}
		}
	}
	if err := line.Listen(heard); err != nil {
		t.Fatal(err)
	}
	if _, err := line.Ask(t.Context(), broker.CollectPrefix, mail.WriteCollection(line.Bell(), nil)); err != nil {
		t.Fatal(err)
	}
	sender := b.dial(t, 1)
	for i := range 20 {
		if err := second(ask(t, sender, broker.SubmitPrefix, b.sealed(t, 0, envelope.Class8K).Bytes())); err != nil {
			t.Fatal(err)
		}
		select {
		case <-rung:
		case <-time.After(patience):
			t.Fatalf("envelope %d rang no bell", i)
		}
	}
}

// TestADecisionRingsEveryMembersBell, and says what it is; that the newest is still the newest
// rings none.
func TestADecisionRingsEveryMembersBell(t *testing.T) {
	b := start(t, 4, func(c *hub.Config) { c.Renew = 20 * time.Millisecond })
	var mu sync.Mutex
	heard := map[int]int{}
	for n := range 3 {
		line := b.line(t, n, b.members[n].seed, b.members[n].statement)
		err := line.Listen(func(says broker.Ring) {
			mu.Lock()
			defer mu.Unlock()
			if says == broker.RingDecided {
				heard[n]++
			}
		})
		if err == nil {
			_, err = line.Ask(t.Context(), broker.CollectPrefix, mail.WriteCollection(line.Bell(), nil))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	all := func(rung int) func() bool {
		return func() bool {
			mu.Lock()
			defer mu.Unlock()
			return heard[0] >= rung && heard[1] >= rung && heard[2] >= rung
		}
	}
	r, published := registry.New(b.dial(t, 0)), 0
	next := func() { b.edition(t, r); published++ }
	for next(); !all(1)() && published < 240; next() { // what was there before the hub first looked is no news
		time.Sleep(500 * time.Millisecond)
	}
	mu.Lock()
	before := heard[0]
	mu.Unlock()
	next()
	until(t, "it is not rung for the next", all(before+1))
	time.Sleep(time.Second) // some dozens of timestamps
	mu.Lock()
	defer mu.Unlock()
	for n, rung := range heard {
		if rung > published {
			t.Errorf("%d editions rang member %d %d times", published, n, rung)
		}
	}
}

// TestABellThatIsGuessedDoesNotRing: a member has answers of the hub sent to
// whatever it can name of another's inbox (T12, T15).
func TestABellThatIsGuessedDoesNotRing(t *testing.T) {
	b := start(t, 4)
	line := b.line(t, 0, b.members[0].seed, b.members[0].statement)
	rung := make(chan struct{}, 100)
	if err := line.Listen(func(broker.Ring) { rung <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	named := func() {
		t.Helper()
		if _, err := line.Ask(t.Context(), broker.CollectPrefix, mail.WriteCollection(line.Bell(), nil)); err != nil {
			t.Fatal(err)
		}
	}
	named()
	hostile := b.raw(t, 1)
	own := string(broker.RouteOf(string(b.members[1].agency.ID)))
	victim := broker.RouteOf(string(b.members[0].agency.ID))
	guesses := []string{
		victim.Inbox(), victim.Inbox() + ".bell", victim.Inbox() + ".bell.", victim.Inbox() + ".bell.*", victim.Inbox() + ".bell.>", victim.Inbox() + ".>", victim.Inbox() + ".*.*",
		victim.Bell(broker.Bell{}), victim.Bell(broker.Bell{1}), victim.Bell([16]byte(b.members[0].agency.Mailbox)), strings.ToUpper(victim.Bell(line.Bell())),
	}
	for _, reply := range guesses {
		for _, prefix := range []string{broker.SubmitPrefix, broker.CollectPrefix, broker.RecallPrefix, broker.SyncPrefix} {
			if err := hostile.nc.PublishRequest(prefix+own, reply, mail.WriteCollection(line.Bell(), nil)); err != nil {
				t.Fatal(err)
			}
		}
		_ = hostile.nc.Publish(reply, []byte{1})
	}
	hostile.flush(t)
	collect(t, b.dial(t, 1)) // everything before it was answered
	named()
	select {
	case <-rung:
		t.Error("it rang")
	case <-time.After(200 * time.Millisecond):
	}
	// It is not deaf: it rings for mail, and with another key by another bell.
	before := line.Bell()
	for _, rekey := range []bool{false, true} {
		if rekey {
			seed, statement := b.vouched(t, 0, time.Now().Add(time.Hour))
			until(t, "nobody goes over to the next key", func() bool { return line.Rekey(t.Context(), seed, statement) == nil })
			<-rung // it is to be named
			if line.Bell() == before {
				t.Error("the bell is the one before")
			}
			named()
		}
		if err := second(ask(t, b.dial(t, 1), broker.SubmitPrefix, b.sealed(t, 0, envelope.Class8K).Bytes())); err != nil {
			t.Fatal(err)
		}
		select {
		case <-rung:
		case <-time.After(patience):
			t.Errorf("rekeyed %t: no bell rang", rekey)
		}
	}
}
