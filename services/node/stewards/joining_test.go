package stewards

import (
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// stands says in which standing an agency is here.
func (w *world) stands(n byte, want posada.Standing) {
	w.t.Helper()
	if got := w.Base().Standing(invented.ID(n)); got != want {
		w.t.Errorf("%d is %s; want %s", n, got, want)
	}
}

func (w *world) admits(all ...roster.Agency) {
	w.t.Helper()
	w.decide(func(s *roster.Snapshot) { s.Agencies = append(s.Agencies, all...) })
	w.refresh()
}

// TestWhoJoinsIsJoiningForADay from when this node first saw it, over restarts, and whatever
// a clock says that was moved; then it is a member like any other.
func TestWhoJoinsIsJoiningForADay(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	w.pass(time.Hour)
	told := w.changes
	w.admits(joins(invented.New(t, 5, night).Member))
	w.stands(5, posada.StandingJoining)
	w.runs(1, 1)
	if k := w.Knowledge(); w.changes != told+1 || !k.Roster.FirstSeen.Equal(w.now) {
		t.Errorf("told %d times, since %v", w.changes-told, k.Roster.FirstSeen)
	}
	w.pass(10 * time.Hour)
	w.restart(time.Minute)
	w.stands(5, posada.StandingJoining) // before the hub is asked
	w.off = 25 * time.Hour
	_ = w.Refresh(t.Context())
	w.stands(5, posada.StandingJoining)
	w.off = 0
	w.pass(14*time.Hour - 2*time.Minute)
	w.refresh()
	w.stands(5, posada.StandingJoining)
	w.pass(time.Minute)
	w.refresh()
	w.stands(5, posada.StandingActive)
	w.runs(2, 1)
}

// TestWhoJoinsByAllStewardsIsJoiningForAnHour.
func TestWhoJoinsByAllStewardsIsJoiningForAnHour(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	w.council.Charter.Threshold = len(w.council.Keys) // as many sign
	w.admits(joins(invented.New(t, 5, night).Member))
	w.stands(5, posada.StandingJoining)
	w.pass(time.Hour - time.Second)
	w.refresh()
	w.stands(5, posada.StandingJoining)
	w.pass(time.Second)
	w.refresh()
	w.stands(5, posada.StandingActive)
}

// TestWhoIsObjectedToOrSuspendedIsNotJoining: one steward alone ends it, as long as her brake
// holds, and the day is not over by that.
func TestWhoIsObjectedToOrSuspendedIsNotJoining(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	w.admits(joins(invented.New(t, 5, night).Member), joins(invented.New(t, 6, night).Member))
	w.brake(trust.Brake{Suspend: []posada.AgencyID{invented.ID(5)}, Until: w.now.Add(time.Hour).Unix()})
	w.refresh()
	w.stands(5, posada.StandingSuspended)
	w.stands(6, posada.StandingJoining)
	w.pass(time.Hour)
	w.refresh()
	w.stands(5, posada.StandingJoining)
	w.brake(trust.Brake{Object: []string{w.Knowledge().Roster.Candidate.Digest}, Until: w.now.Add(30 * time.Hour).Unix()})
	w.refresh()
	w.stands(5, posada.StandingUnknown)
	w.stands(6, posada.StandingUnknown)
	w.pass(29 * time.Hour)
	w.refresh()
	w.stands(5, posada.StandingUnknown)
}

// TestNobodyElseIsJoining: not who is feared or not in good standing, not who has no sponsors
// here, not who was somebody else here under another name; and nobody else's row changes
// before its time.
func TestNobodyElseIsJoining(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	w.lets()
	police, unsponsored, listed := joins(invented.New(t, 5, night).Member), invented.New(t, 6, night).Member, joins(invented.New(t, 7, night).Member)
	police.Class = posada.ClassLawEnforcement
	listed.Standing = posada.StandingSuspended
	feared, again := joins(w.snap.Agencies[3]), joins(w.snap.Agencies[2])
	feared.ID, feared.Class, again.ID = invented.ID(8), posada.ClassNGO, invented.ID(9)
	w.decide(func(s *roster.Snapshot) {
		s.Agencies[1].Class = posada.ClassShelter
		s.Agencies = append(s.Agencies[:2:2], police, unsponsored, listed, feared, again, joins(invented.New(t, 10, night).Member))
	})
	w.refresh()
	for n := byte(5); n <= 9; n++ {
		w.stands(n, posada.StandingUnknown)
	}
	w.stands(10, posada.StandingJoining)
	if was := invented.New(t, 2, night).Member.Class; w.Base().Class(invented.ID(2)) != was || w.Base().Standing(invented.ID(3)) != posada.StandingActive {
		t.Errorf("somebody's row is another: %+v", w.Base().Agencies())
	}
}
