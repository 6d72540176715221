package post

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/delivery"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// opened is an empty vault.
func opened(t testing.TB) *vault.Vault {
	t.Helper()
	secret, dir := vault.Key([32]byte{1, 2, 3}), t.TempDir()
	must(t, vault.Create(dir, secret, rand.Reader))
	v, err := vault.Open(dir, secret, rand.Reader)
	must(t, err)
	t.Cleanup(func() { must(t, v.Close()) })
	return v
}

func moment() time.Time { return time.Date(2026, 3, 14, 23, 40, 0, 123456789, time.UTC) }

func other() posada.AgencyID { return posada.IDFrom[posada.AgencyID]([16]byte{2}) }

func eventID(n byte) posada.EventID { return posada.IDFrom[posada.EventID]([16]byte{n}) }

// stored is an event as the outbox keeps it.
func stored(t testing.TB, e event.Event) json.RawMessage {
	t.Helper()
	text, err := e.Store()
	must(t, err)
	return text
}

// survives puts a record into its table and holds what is read against it.
func survives[R any](t *testing.T, v *vault.Vault, table vault.Table[R], name string, want R) {
	t.Helper()
	must(t, v.Update(func(tx *vault.Tx) error { return table.Put(tx, name, vault.KeyID{}, want) }))
	must(t, v.View(func(tx *vault.Tx) error {
		if got, err := table.Get(tx, name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s, %s: %+v, %v; want %+v", table.Name, name, got, err, want)
		}
		return nil
	}))
}

// TestEveryRecordComesBackAsItWasPut holds the least each record can hold and
// the most. What could be written and not be read would stop the whole outbox,
// or keep everything that comes from being taken in.
func TestEveryRecordComesBackAsItWasPut(t *testing.T) {
	v := opened(t)
	void := event.Void(eventID(3), moment())

	survives(t, v, outbox, "least", waiting{To: other(), Event: stored(t, void)})
	survives(t, v, outbox, "most", waiting{
		To: other(), Event: stored(t, void), Place: event.Place{Seq: math.MaxUint64, Prev: eventID(4)}, Key: vault.KeyID{5},
		Queued: moment(), Next: moment(), Lies: moment(), Quiet: true,
		Way: delivery.Way{Tries: math.MaxInt, Lying: []posada.MessageID{{}, {6}}, Back: []posada.MessageID{{7}}, AtHub: true, Was: event.TypeReferral},
	})
	survives(t, v, peers, "least", peer{})
	survives(t, v, peers, "most", peer{
		OutSeq: math.MaxUint64, OutLast: eventID(7), InSeq: math.MaxUint64, InLast: eventID(8), Missing: []uint64{1, math.MaxUint64},
		Anew: moment(), Held: []posada.EventID{eventID(9)}, Bytes: math.MaxInt,
		Fresh: moment(), Newest: moment(), Placed: moment(), Ahead: ahead{Seq: math.MaxUint64, At: moment()}, Beyond: math.MaxUint64, Broken: true, Behind: true, Joined: true, JoinedTo: math.MaxUint64,
		Heard: moment(), Kept: moment(), Alive: eventID(12), Asked: moment(), Owes: true, Answered: moment(),
	})
	survives(t, v, seenTable, "least", seen{})
	survives(t, v, seenTable, "most", seen{At: moment(), Void: true})
	survives(t, v, asides, "least", aside{})
	survives(t, v, asides, "most", aside{Count: math.MaxUint64, Last: moment()})
	survives(t, v, heldTable, "least", held{From: other(), Statement: json.RawMessage(`{}`)})
	survives(t, v, heldTable, "most", held{
		At: moment(), Code: "unknown_type", From: other(), Statement: stored(t, void), Key: vault.KeyID{10}, Until: moment(), Waits: true, Unheard: true,
	})
}

// What an attempt keeps in memory is of that attempt: a record that was read
// has none of it.
func TestWhatBelongsToAnAttemptIsNotKept(t *testing.T) {
	v := opened(t)
	void := event.Void(eventID(3), moment())
	w := waiting{To: other(), Event: stored(t, void), id: eventID(3), read: void}
	must(t, v.Update(func(tx *vault.Tx) error { return outbox.Put(tx, "one", vault.KeyID{}, w) }))
	must(t, v.View(func(tx *vault.Tx) error {
		got, err := outbox.Get(tx, "one")
		if err != nil || got.id != "" || !reflect.DeepEqual(got.read, event.Event{}) {
			t.Errorf("%+v, %v", got, err)
		}
		return nil
	}))
}

// newerOf writes a record of the next form and reads it as this one.
func newerOf[R any](t *testing.T, v *vault.Vault, table vault.Table[R]) {
	t.Helper()
	var zero R
	newer := vault.Table[R]{Name: table.Name, Version: table.Version + 1}
	must(t, v.Update(func(tx *vault.Tx) error { return newer.Put(tx, "newer", vault.KeyID{}, zero) }))
	must(t, v.View(func(tx *vault.Tx) error {
		if _, err := table.Get(tx, "newer"); !errors.Is(err, vault.ErrNewer) {
			t.Errorf("%s: %v", table.Name, err)
		}
		return nil
	}))
}

func TestARecordOfANewerFormIsRefused(t *testing.T) {
	v := opened(t)
	newerOf(t, v, outbox)
	newerOf(t, v, peers)
	newerOf(t, v, seenTable)
	newerOf(t, v, asides)
	newerOf(t, v, heldTable)
	// Passing it over would send, or take in, what a newer program decided
	// otherwise about.
	must(t, v.View(func(tx *vault.Tx) error {
		if todo, err := due(tx, invented.Roster(t), moment(), false, time.Time{}); !errors.Is(err, vault.ErrNewer) {
			t.Errorf("due: %d, %v", len(todo.ready), err)
		}
		return nil
	}))
	must(t, v.Update(func(tx *vault.Tx) error {
		newer := vault.Table[peer]{Name: peers.Name, Version: peers.Version + 1}
		return newer.Put(tx, string(other()), vault.KeyID{}, peer{})
	}))
	must(t, v.View(func(tx *vault.Tx) error {
		if p, err := peerOf(tx, other()); !errors.Is(err, vault.ErrNewer) {
			t.Errorf("peer: %+v, %v", p, err)
		}
		return nil
	}))
}

func TestAPeerNobodyHeardOfBeginsAtNothing(t *testing.T) {
	must(t, opened(t).View(func(tx *vault.Tx) error {
		if p, err := peerOf(tx, other()); err != nil || !reflect.DeepEqual(p, peer{}) {
			t.Errorf("%+v, %v", p, err)
		}
		return nil
	}))
}

func TestTwoSendersOfOneIDAreSeenApart(t *testing.T) {
	names := map[string]bool{}
	for _, from := range []posada.AgencyID{other(), posada.IDFrom[posada.AgencyID]([16]byte{3})} {
		for _, id := range []posada.EventID{eventID(1), eventID(2)} {
			names[seenName(from, id)] = true
		}
	}
	if len(names) != 4 {
		t.Errorf("%d names for four statements", len(names))
	}
}

// TestOnlyWhatIsDueIsAttemptedAndTheNextIsKnown: at its very moment an event
// is due.
func TestOnlyWhatIsDueIsAttemptedAndTheNextIsKnown(t *testing.T) {
	v := opened(t)
	times := map[posada.EventID]time.Time{
		eventID(1): {}, eventID(2): moment(), eventID(3): moment().Add(time.Nanosecond), eventID(4): moment().Add(time.Hour),
	}
	must(t, v.Update(func(tx *vault.Tx) error {
		for id, next := range times {
			w := waiting{To: other(), Event: stored(t, event.Void(id, moment())), Next: next}
			if err := outbox.Put(tx, string(id), vault.KeyID{}, w); err != nil {
				return err
			}
		}
		// One that cannot be read is told of, and holds up none of the others.
		return outbox.Put(tx, "unread", vault.KeyID{}, waiting{To: other(), Event: json.RawMessage(`[]`)})
	}))
	at := func(now time.Time) (found map[posada.EventID]bool, next time.Time) {
		found = map[posada.EventID]bool{}
		must(t, v.View(func(tx *vault.Tx) error {
			todo, err := due(tx, invented.Roster(t), now, false, time.Time{})
			if todo.unread != 1 {
				t.Errorf("%d cannot be read; want the one", todo.unread)
			}
			for _, w := range todo.ready {
				found[w.id] = w.read.ID() == w.id && w.read.Type() == event.TypeVoid
			}
			next = todo.next
			return err
		}))
		return found, next
	}
	if found, next := at(moment()); len(found) != 2 || !found[eventID(1)] || !found[eventID(2)] || !next.Equal(times[eventID(3)]) {
		t.Errorf("%v, next %v", found, next)
	}
	if found, next := at(moment().Add(time.Hour)); len(found) != 4 || !next.IsZero() {
		t.Errorf("%v, next %v", found, next)
	}
}

// TestWhatTheHubMayHaveLostIsSentAgainSoon: what it had before it was away, once it is there again
// and whoever has something to say of it had the time; never later than without that, the oftener
// it was attempted the more seldom, and nothing that it has had only since.
func TestWhatTheHubMayHaveLostIsSentAgainSoon(t *testing.T) {
	lies, there := moment(), moment().Add(3*time.Minute)
	soon := there.Add(settled)
	for name, c := range map[string]struct {
		w     waiting
		there time.Time
		want  time.Time
	}{
		"it was away since":            {waiting{Lies: lies, Way: delivery.Way{AtHub: true, Tries: 1}}, there, soon},
		"it was not":                   {waiting{Lies: there, Way: delivery.Way{AtHub: true, Tries: 1}}, there, lies.Add(again)},
		"it never had it":              {waiting{Lies: lies, Way: delivery.Way{Tries: 1}}, there, lies.Add(again)},
		"a record of before":           {waiting{Way: delivery.Way{AtHub: true, Tries: 1}}, there, soon},
		"attempted again and again":    {waiting{Lies: lies, Way: delivery.Way{AtHub: true, Tries: 40}}, there, lies.Add(longest)},
		"due before that all the same": {waiting{Lies: lies, Way: delivery.Way{AtHub: true, Tries: 1}}, lies.Add(again).Add(-time.Second), lies.Add(again)},
	} {
		c.w.Next = lies.Add(again)
		if got := c.w.nextAttempt(c.there); !got.Equal(c.want) {
			t.Errorf("%s: %s; want %s", name, got.Sub(lies), c.want.Sub(lies))
		}
	}
}
