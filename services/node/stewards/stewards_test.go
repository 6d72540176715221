package stewards

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// TestBeforeTheHubWasHeardNobodyIsKnown: a node that has only its join code.
func TestBeforeTheHubWasHeardNobodyIsKnown(t *testing.T) {
	w := newWorld(t)
	w.hub.away = true
	if err := w.Refresh(t.Context()); err == nil || len(w.Base().Agencies()) != 0 || w.changes != 0 {
		t.Errorf("%v, %d members", err, len(w.Base().Agencies()))
	}
	w.age(posada.StalenessStale)
	w.hub.away = false
	w.refresh()
	w.runs(1, 1)
	w.age(posada.StalenessLive)
	if w.members == nil || len(w.members.Agencies()) != 4 || !w.Knowledge().Member {
		t.Errorf("%+v", w.Knowledge())
	}
	w.restart(time.Minute)
	w.runs(1, 1) // before the hub is asked
}

// TestWhatTakesAwayRunsAtOnceAndWhatIsWiderWaits, over restarts, and by when it
// was first seen here.
func TestWhatTakesAwayRunsAtOnceAndWhatIsWiderWaits(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	third := w.snap.Agencies[2]
	w.decide(func(s *roster.Snapshot) { s.Agencies = append(s.Agencies[:2:2], s.Agencies[3]) })
	w.table(func(cells map[string]any) { delete(cells, "worker_center") })
	w.pass(time.Minute)
	w.refresh()
	w.runs(2, 2)

	w.decide(func(s *roster.Snapshot) { s.Agencies = append(s.Agencies, joins(third)) })
	w.table(func(cells map[string]any) {
		cells["shelter"].(map[string]any)["shelter"].(map[string]any)["documents"] = "consent"
	})
	w.pass(time.Minute)
	w.refresh()
	w.runs(2, 2)
	if k := w.Knowledge(); k.Roster.Candidate.Version != 3 || k.Policy.Candidate.Version != 3 || w.Versions() != (trust.Versions{Roster: 3, Policy: 3}) {
		t.Errorf("%+v", k)
	}
	w.restart(10 * time.Hour)
	w.pass(13 * time.Hour)
	w.refresh()
	w.runs(2, 2)
	before := w.changes
	w.pass(time.Hour)
	w.refresh()
	w.runs(3, 3)
	if w.changes != before+1 || !w.gives(posada.ClassShelter, posada.PurposeShelter, posada.CategoryDocuments) {
		t.Error("nobody was told")
	}
}

// TestOneStewardStopsAnAgencyAndACellUntilTheBrakeEnds, whether or not the hub
// answers when it ends; and a clock that was moved ends none.
func TestOneStewardStopsAnAgencyAndACellUntilTheBrakeEnds(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	w.brake(trust.Brake{
		Suspend: []posada.AgencyID{invented.ID(2)}, Until: w.now.Add(2 * time.Hour).Unix(),
		Never: []matrix.Cell{{Class: posada.ClassShelter, Purpose: posada.PurposeShelter, Category: posada.CategoryIdentity}},
	})
	holds := func(want bool) {
		t.Helper()
		if got := w.Base().Standing(invented.ID(2)) == posada.StandingSuspended; got != want {
			t.Errorf("suspended %v; want %v", got, want)
		}
		if got := !w.gives(posada.ClassShelter, posada.PurposeShelter, posada.CategoryIdentity); got != want {
			t.Errorf("never %v; want %v", got, want)
		}
	}
	holds(false)
	w.refresh()
	holds(true)
	w.restart(time.Minute)
	holds(true)
	for _, off := range []time.Duration{years, 3 * time.Hour} {
		w.off = off
		_ = w.Refresh(t.Context())
		holds(true)
	}
	w.off = 0
	w.hub.away = true
	w.now, w.up = w.now.Add(time.Hour), w.up+time.Hour
	_ = w.Refresh(t.Context())
	holds(true)
	w.now, w.up = w.now.Add(time.Hour), w.up+time.Hour
	_ = w.Refresh(t.Context())
	holds(false)
}

// TestKnowledgeAgesWithTheHubsLastSignature is T22, to the second.
func TestKnowledgeAgesWithTheHubsLastSignature(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	w.hub.away = true
	for _, c := range []struct {
		passed time.Duration
		want   posada.Staleness
	}{
		{time.Hour, posada.StalenessLive}, {time.Second, posada.StalenessFresh},
		{23*time.Hour - time.Second, posada.StalenessFresh}, {time.Second, posada.StalenessStale}, {30 * 24 * time.Hour, posada.StalenessStale},
	} {
		w.now, w.up = w.now.Add(c.passed), w.up+c.passed
		_ = w.Refresh(t.Context())
		w.age(c.want)
	}
	told := w.changes
	w.hub.away = false
	must(t, w.hub.Renew(t.Context(), w.now))
	w.refresh()
	w.age(posada.StalenessLive)
	if w.changes != told+1 {
		t.Error("nobody was told that work may go on")
	}
}

// TestAHubThatWasSetBackChangesNothing here; one that only lost what it had
// published is given it back, and others learn it from there.
func TestAHubThatWasSetBackChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.hub.refuses = true
	old := maps.Clone(w.blobs.Files)
	w.refresh()
	w.decide(func(s *roster.Snapshot) { s.Agencies = s.Agencies[:3] })
	w.pass(time.Hour)
	w.refresh()
	w.runs(2, 1)
	w.blobs.Files = old
	for range 2 {
		w.pass(10 * time.Hour)
		if err := w.Refresh(t.Context()); !errors.Is(err, trust.ErrChain) && !errors.Is(err, trust.ErrRollback) {
			t.Error(err)
		}
		w.runs(2, 1)
		w.age(posada.StalenessFresh)
	}
	w.pass(5 * time.Hour)
	_ = w.Refresh(t.Context())
	w.age(posada.StalenessStale)

	w.hub.refuses = false
	_ = w.Refresh(t.Context())
	w.pass(time.Minute)
	w.refresh()
	w.runs(2, 1)
	w.age(posada.StalenessLive)
	other := trust.NewClient(&trust.Memory{}, w.anchor.Root, t.TempDir())
	if view, err := other.Refresh(t.Context(), w.hub, w.now); err != nil || view.RosterEdition.Version != 2 {
		t.Errorf("what another learns: %d, %v", view.RosterEdition.Version, err)
	}
}

// TestPracticeIsNotTakenForReal, nor what is real for practice: at first contact
// and over a restart.
func TestPracticeIsNotTakenForReal(t *testing.T) {
	w := newWorld(t)
	w.anchor.Practice = true
	w.restart(0)
	for range 2 {
		if err := w.Refresh(t.Context()); !errors.Is(err, trust.ErrNetwork) || len(w.Base().Agencies()) != 0 {
			t.Errorf("%v, %d members", err, len(w.Base().Agencies()))
		}
		w.age(posada.StalenessStale)
	}
	w.anchor.Practice = false
	w.restart(0)
	w.refresh()
	w.runs(1, 1)
}
