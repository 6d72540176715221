package stewards

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// TestWhatWasDecidedIsToldAsItWasSigned: each table there was, from the chain that was
// followed; once looked at it is there when the hub is not, and another file under an old
// name is nobody's table.
func TestWhatWasDecidedIsToldAsItWasSigned(t *testing.T) {
	w := newWorld(t)
	if chain, err := w.Chain(t.Context()); err != nil || len(chain) != 0 {
		t.Fatalf("before anything was heard: %v, %v", chain, err)
	}
	w.refresh()
	signed := [][]byte{bytes.Clone(w.matrix)}
	for range 2 {
		w.table(func(map[string]any) {})
		w.decide(func(*roster.Snapshot) {})
		w.refresh()
		signed = append(signed, bytes.Clone(w.matrix))
	}
	tables := func() (list []trust.Entry) {
		chain, err := w.Chain(t.Context())
		must(t, err)
		for _, e := range chain {
			if e.Role == trust.RolePolicy {
				list = append(list, e)
			}
		}
		return list
	}
	list := tables()
	if len(list) != len(signed) {
		t.Fatalf("%d tables of %d", len(list), len(signed))
	}
	told := func(e trust.Entry) []byte {
		text, err := w.Past(t.Context(), e)
		must(t, err)
		return text
	}
	w.hub.busy = 2
	if !bytes.Equal(told(list[0]), signed[0]) || list[0].Version != 1 {
		t.Error("the first is told otherwise")
	}
	for name := range w.blobs.Files {
		if strings.HasPrefix(name, "targets/") && strings.Contains(name, list[1].Digest) {
			w.blobs.Files[name] = signed[2] // a hub that would have another table stand in its history
		}
	}
	if _, err := w.Past(t.Context(), list[1]); !errors.Is(err, trust.ErrMix) {
		t.Errorf("another file under its name: %v", err)
	}
	w.hub.away = true
	w.restart(time.Minute)
	if got := tables(); !slices.Equal(got, list) {
		t.Errorf("after a restart, with no hub: %v", got)
	}
	if !bytes.Equal(told(list[0]), signed[0]) {
		t.Error("what was looked at once is told otherwise")
	}
	if _, err := w.Past(t.Context(), list[2]); !errors.Is(err, trust.ErrUnreachable) {
		t.Errorf("what was not, with no hub: %v", err)
	}
}

// TestWhoWaitsIsToldBesideWhoCounts: who joins counts as others do a day later, and whom a brake suspends
// is suspended in both lists.
func TestWhoWaitsIsToldBesideWhoCounts(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	standing := func(list roster.Snapshot, n byte) posada.Standing {
		i := slices.IndexFunc(list.Agencies, func(a roster.Agency) bool { return a.ID == invented.ID(n) })
		if i < 0 {
			return posada.StandingUnknown
		}
		return list.Agencies[i].Standing
	}
	if _, next, err := w.Members(); err != nil || next != nil {
		t.Fatalf("something waits at first: %v, %v", next, err)
	}
	w.decide(func(s *roster.Snapshot) { s.Agencies = append(s.Agencies, joins(invented.New(t, 5, night).Member)) })
	w.brake(trust.Brake{Suspend: []posada.AgencyID{invented.ID(2)}, Until: w.now.Add(time.Hour).Unix()})
	w.refresh()
	now, next, err := w.Members()
	must(t, err)
	if next == nil {
		t.Fatal("nothing waits")
	}
	for _, of := range []struct {
		list roster.Snapshot
		n    byte
		want posada.Standing
	}{{now, 5, posada.StandingJoining}, {*next, 5, posada.StandingActive}, {now, 2, posada.StandingSuspended}, {*next, 2, posada.StandingSuspended}, {*next, 3, posada.StandingActive}} {
		if got := standing(of.list, of.n); got != of.want {
			t.Errorf("list %d has %d as %s; want %s", of.list.Version, of.n, got, of.want)
		}
	}
	w.pass(25 * time.Hour)
	w.refresh()
	if now, next, err := w.Members(); err != nil || next != nil || standing(now, 5) != posada.StandingActive {
		t.Errorf("a day later: %v, %v", next, err)
	}
}

// TestAnObjectionIsToldWithItsEnd, of two the later, and none once both are over.
func TestAnObjectionIsToldWithItsEnd(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	w.decide(func(s *roster.Snapshot) { s.Agencies = append(s.Agencies, joins(invented.New(t, 5, night).Member)) })
	w.refresh()
	waits := w.Knowledge().Roster.Candidate
	if until := w.Objected(waits); !until.IsZero() {
		t.Errorf("nobody objects, until %s", until)
	}
	long := w.now.Add(48 * time.Hour)
	for i, until := range []time.Time{w.now.Add(2 * time.Hour), long} {
		p, err := w.council.Brake(i, trust.Brake{Object: []string{waits.Digest}, Until: until.Unix()}, w.now)
		must(t, err)
		must(t, w.hub.Publish(t.Context(), p))
	}
	w.refresh()
	if until := w.Objected(waits); !until.Equal(long) {
		t.Errorf("until %s; want %s", until, long)
	}
	if until := w.Objected(w.Knowledge().Policy.Running); !until.IsZero() {
		t.Error("the objection is to another edition")
	}
	w.pass(49 * time.Hour)
	w.refresh()
	if until := w.Objected(waits); !until.IsZero() {
		t.Errorf("when both are over: %s", until)
	}
}
