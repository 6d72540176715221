package stewards

import (
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

const years = 10 * 365 * 24 * time.Hour

// TestAClockThatIsOffStopsWhatNeedsTheTime is T23: ten years forward and back,
// while the node runs and over a restart.
func TestAClockThatIsOffStopsWhatNeedsTheTime(t *testing.T) {
	for name, off := range map[string]time.Duration{"forward": years, "back": -years, "eleven minutes": 11 * time.Minute} {
		for _, again := range []bool{false, true} {
			w := newWorld(t)
			w.refresh()
			third := w.snap.Agencies[2]
			w.decide(func(s *roster.Snapshot) { s.Agencies = s.Agencies[:2] })
			w.refresh()
			w.off = off
			if again {
				w.restart(25 * time.Hour) // nothing that was agreed on is that new
			}
			w.decide(func(s *roster.Snapshot) { s.Agencies = append(s.Agencies, joins(third)) })
			w.pass(2 * time.Minute)
			_ = w.Refresh(t.Context())
			w.age(posada.StalenessStale)
			ran := false
			must(t, w.Trusted(func(time.Time) error { ran = true; return nil }))
			if ran || w.Knowledge().Dispute == nil {
				t.Errorf("%s, again %v: something was done at a time nobody knows", name, again)
			}
			w.runs(2, 1)

			w.off = 0
			w.pass(2 * time.Minute)
			w.refresh()
			w.age(posada.StalenessLive)
			w.runs(2, 1) // the day that what is wider waits begins now at the earliest
			w.pass(25 * time.Hour)
			w.refresh()
			w.runs(3, 1)
		}
	}
}

// TestNothingWiderBeginsWhileTheTimeIsDisputed, though by what the hub signs its
// day is over: a hub cannot shorten it.
func TestNothingWiderBeginsWhileTheTimeIsDisputed(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	w.decide(func(s *roster.Snapshot) { s.Agencies[3].Class = posada.ClassNGO })
	w.refresh()
	w.off = 11 * time.Minute
	w.pass(25 * time.Hour)
	w.refresh()
	if k := w.Knowledge(); k.Dispute == nil || k.View.SignedAt.Sub(night) < 24*time.Hour {
		t.Errorf("%+v", k)
	}
	w.runs(1, 1)
	w.off = 0
	w.refresh()
	w.runs(2, 1)
}

// TestTwoOfStaffSettleTheTime: one alone does not, nor the same one twice, nor
// two a quarter of an hour apart.
func TestTwoOfStaffSettleTheTime(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	one, two := posada.IDFrom[posada.StaffID]([16]byte{1}), posada.IDFrom[posada.StaffID]([16]byte{2})
	if _, err := w.Confirm(one); err == nil {
		t.Error("what nobody disputes was confirmed")
	}
	w.hub.away, w.off = true, 3*time.Hour
	says := func(who posada.StaffID, want bool) {
		t.Helper()
		if taken, err := w.Confirm(who); taken != want || err != nil {
			t.Errorf("%v, %v; want %v", taken, err, want)
		}
	}
	says(one, false)
	says(one, false)
	w.now, w.up = w.now.Add(15*time.Minute), w.up+15*time.Minute
	says(two, false)
	if w.Knowledge().Dispute == nil {
		t.Error("settled by words that were not said together")
	}
	says(one, true)
	if w.Knowledge().Dispute != nil {
		t.Error("not settled")
	}
	w.age(posada.StalenessFresh) // three hours on, by the clock that was taken
	var who []posada.StaffID
	must(t, w.vault.View(func(tx *vault.Tx) error {
		return audit.Each(tx, 1, func(_ uint64, e audit.Entry) error {
			if e.Act == audit.ClockConfirmed {
				who = append(who, e.By)
			}
			return nil
		})
	}))
	if len(who) != 2 || who[0] != two || who[1] != one {
		t.Errorf("noted: %v", who)
	}
}

// TestTimeThatPassedIsNotLivedTwice: what the clock must at least be is kept,
// so a machine set back while it was off is found out.
func TestTimeThatPassedIsNotLivedTwice(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	w.pass(5 * time.Hour)
	w.refresh()
	w.hub.away = true
	w.off = -4 * time.Hour
	w.restart(time.Minute)
	w.age(posada.StalenessStale)
	if w.Knowledge().Dispute == nil {
		t.Error("the machine's clock was believed")
	}
}
