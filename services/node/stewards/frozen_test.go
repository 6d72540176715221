package stewards

import (
	"context"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// TestAHubThatHidesADecisionIsFoundOut by what another member runs: knowledge is
// stale until the hub shows it, over a restart too.
func TestAHubThatHidesADecisionIsFoundOut(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	ahead := trust.Versions{Roster: 2, Policy: 1}
	if !w.Known(t.Context(), invented.ID(2), trust.Versions{Roster: 1, Policy: 1}) {
		t.Error("what both run is not known")
	}
	if w.Known(t.Context(), invented.ID(2), ahead) || w.Knowledge().Frozen != invented.ID(2) {
		t.Error("it was not noticed")
	}
	w.age(posada.StalenessStale)
	w.restart(time.Minute)
	w.refresh()
	w.age(posada.StalenessStale)
	w.decide(func(*roster.Snapshot) {})
	w.pass(time.Minute)
	told := w.changes
	w.refresh()
	w.age(posada.StalenessLive)
	if w.Knowledge().Frozen != "" || w.changes == told || len(w.decided.Claims) != 0 {
		t.Error("it still stops this node")
	}
	// What was only a moment newer is asked for, and known.
	w.up += askAgain
	w.table(func(map[string]any) {})
	if !w.Known(t.Context(), invented.ID(2), trust.Versions{Roster: 2, Policy: 2}) {
		t.Error("the hub had it and was not asked")
	}
}

// TestANodeThatEndsBeforeTheHubAnsweredBelievesNobody: what came waits, and
// nothing is said of a hub that had no time to answer.
func TestANodeThatEndsBeforeTheHubAnsweredBelievesNobody(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	ended, end := context.WithCancel(t.Context())
	end()
	if w.Known(ended, invented.ID(2), trust.Versions{Roster: 2, Policy: 1}) {
		t.Error("what the hub did not show was believed")
	}
	if len(w.decided.Claims) != 0 || w.Knowledge().Frozen != "" {
		t.Error("the hub was called frozen")
	}
}

// TestALyingMemberStopsNobodyForLong: a member of a distrusted class, a stranger
// and a suspended member stop nobody at all, and one steward's brake ends what
// another's claim did.
func TestALyingMemberStopsNobodyForLong(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	lie := trust.Versions{Roster: 1 << 60}
	for _, who := range []posada.AgencyID{invented.ID(4), invented.ID(40)} {
		if !w.Known(t.Context(), who, lie) {
			t.Error("who says so counts")
		}
	}
	w.age(posada.StalenessLive)
	if w.Known(t.Context(), invented.ID(2), lie) {
		t.Error("a member's word does not count")
	}
	w.age(posada.StalenessStale)
	told := w.changes
	w.brake(trust.Brake{Suspend: []posada.AgencyID{invented.ID(2)}, Until: w.now.Add(time.Hour).Unix()})
	w.pass(time.Minute)
	w.refresh()
	w.age(posada.StalenessLive)
	if w.changes == told || !w.Known(t.Context(), invented.ID(2), lie) {
		t.Error("a suspended member's word counts")
	}
}

// TestAClaimAsksTheHubOnlySoOften: whoever lies costs little.
func TestAClaimAsksTheHubOnlySoOften(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	w.decide(func(*roster.Snapshot) {})
	lie := trust.Versions{Roster: 9}
	w.Known(t.Context(), invented.ID(2), lie)
	w.runs(2, 1)
	w.decide(func(*roster.Snapshot) {})
	if w.Known(t.Context(), invented.ID(3), trust.Versions{Roster: 3}) || len(w.decided.Claims) != 1 {
		t.Error("something is said of a hub that was not asked")
	}
	w.runs(2, 1)
	w.up += askAgain
	w.Known(t.Context(), invented.ID(2), lie)
	w.runs(3, 1)
}
