package trust_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
)

func edition(v uint64) trust.Edition { return trust.Edition{Version: v, Digest: string('a' + rune(v))} }

func TestWhatIsWiderWaits(t *testing.T) {
	running := trust.Activation{}.Step(trust.Sighting{Newest: edition(1), Wider: true, Now: start})
	if running.Running != edition(1) {
		t.Fatal("the first edition waits")
	}
	for name, c := range map[string]struct {
		sighting trust.Sighting
		wait     time.Duration
	}{
		"narrower":              {trust.Sighting{}, 0},
		"wider":                 {trust.Sighting{Wider: true}, 24 * time.Hour},
		"wider, signed by all":  {trust.Sighting{Wider: true, Newest: trust.Edition{All: true}}, time.Hour},
		"wider, in an exercise": {trust.Sighting{Wider: true, Practice: true}, 0},
	} {
		s := c.sighting
		s.Newest.Version, s.Newest.Digest = 2, "c"
		for _, at := range []time.Duration{0, max(c.wait-1, 0), c.wait, c.wait + time.Hour} {
			a := running
			for _, look := range []time.Duration{0, at} {
				s.Now = start.Add(look)
				a = keptActivation(t, a.Step(s))
			}
			if runs := a.Running.Version == 2; runs != (at >= c.wait) {
				t.Errorf("%s: runs after %v: %t", name, at, runs)
			}
		}
	}
}

// keptActivation is the activation as a node finds it after a restart.
func keptActivation(t *testing.T, a trust.Activation) (again trust.Activation) {
	t.Helper()
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	return again
}

func TestAnObjectionStopsWhatIsWiderWhileItLasts(t *testing.T) {
	object := []trust.SeenBrake{{Brake: trust.Brake{Object: []string{edition(2).Digest}, Until: start.Add(40 * time.Hour).Unix()}}}
	a := trust.Activation{Running: edition(1)}
	s := trust.Sighting{Newest: edition(2), Wider: true, Brakes: object}
	for h := range 50 {
		s.Now = start.Add(time.Duration(h) * time.Hour)
		if a = a.Step(s); (a.Running.Version == 2) != (h >= 40) {
			t.Fatalf("after %d hours %d runs", h, a.Running.Version)
		}
	}
	a = trust.Activation{Running: edition(1)}.Step(trust.Sighting{Newest: edition(2), Brakes: object, Now: start})
	if a.Running.Version != 2 {
		t.Error("an objection keeps what m stewards took away")
	}
	other := trust.Sighting{Newest: edition(3), Wider: true, Practice: true, Brakes: object, Now: start}
	if a = (trust.Activation{Running: edition(1)}).Step(other); a.Running.Version != 3 {
		t.Error("an objection to one edition stops another")
	}
}

func TestANewerCandidateWaitsAnew(t *testing.T) {
	a := trust.Activation{Running: edition(1)}
	at := func(h int, v uint64, wider bool) {
		a = a.Step(trust.Sighting{Newest: edition(v), Wider: wider, Now: start.Add(time.Duration(h) * time.Hour)})
	}
	at(0, 2, true)
	at(23, 3, true)
	at(24, 3, true)
	if due, waits := a.Due(false); a.Running.Version != 1 || !waits || !due.Equal(start.Add(47*time.Hour)) {
		t.Errorf("%+v", a)
	}
	at(30, 2, true) // an older one, again
	if a.Candidate.Version != 3 || !a.FirstSeen.Equal(start.Add(23*time.Hour)) {
		t.Errorf("%+v", a)
	}
	at(31, 4, false)
	if a != (trust.Activation{Running: edition(4)}) {
		t.Errorf("%+v", a)
	}
	at(100, 2, true)
	if a != (trust.Activation{Running: edition(4)}) {
		t.Errorf("an older edition: %+v", a)
	}
}

// TestNothingWiderRunsUnseen over any sequence of sightings: what runs only
// rises, and what was wider had been the candidate for its whole wait.
func TestNothingWiderRunsUnseen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := trust.Activation{Running: edition(1)}
		now, since, shown := start, map[uint64]time.Time{}, uint64(1)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "hours")) * time.Hour)
			v := rapid.Uint64Range(1, 6).Draw(t, "version")
			if v > shown {
				shown, since[v] = v, now
			}
			wider := rapid.Bool().Draw(t, "wider")
			next := a.Step(trust.Sighting{Newest: edition(v), Wider: wider, Now: now})
			if next.Running.Version < a.Running.Version {
				t.Fatal("went back")
			}
			if next.Running != a.Running && wider && now.Sub(since[next.Running.Version]) < 24*time.Hour {
				t.Fatalf("%d ran after %v", v, now.Sub(since[v]))
			}
			a = next
		}
	})
}

func TestStalenessAndBeingBehind(t *testing.T) {
	for age, want := range map[time.Duration]posada.Staleness{
		-11 * time.Minute: posada.StalenessStale, -10 * time.Minute: posada.StalenessLive, 0: posada.StalenessLive,
		time.Hour: posada.StalenessLive, time.Hour + 1: posada.StalenessFresh,
		24 * time.Hour: posada.StalenessFresh, 24*time.Hour + 1: posada.StalenessStale,
	} {
		if got := trust.Fresh(start, start.Add(age)); got != want {
			t.Errorf("%v: %s", age, got)
		}
	}
	mine := trust.Versions{Roster: 4, Policy: 7}
	for theirs, want := range map[trust.Versions]bool{
		mine: false, {}: false, {Roster: 5, Policy: 1}: true, {Roster: 1, Policy: 8}: true, {Roster: 3, Policy: 7}: false,
	} {
		if trust.Behind(mine, theirs) != want {
			t.Errorf("%v", theirs)
		}
	}
}

// TestWhatAnEditionPermitsOfOneAgencyWaits: a day, also where all signed; and any steward
// stops it, by the edition or by the agency.
func TestWhatAnEditionPermitsOfOneAgencyWaits(t *testing.T) {
	agency, in := posada.AgencyID("aaaaaaaaaaaaaaaaaaaaaaaaaa"), edition(2)
	in.All = true
	until := start.Add(40 * time.Hour)
	object := []trust.SeenBrake{{Brake: trust.Brake{Object: []string{in.Digest}, Until: until.Unix()}}}
	suspend := []trust.SeenBrake{{Brake: trust.Brake{Suspend: []posada.AgencyID{agency}, Until: until.Unix()}}}
	other := []trust.SeenBrake{{Brake: trust.Brake{Object: []string{"of another"}, Suspend: []posada.AgencyID{"another"}, Until: until.Unix()}}}
	for name, c := range map[string]struct {
		brakes   []trust.SeenBrake
		practice bool
		from     time.Duration
	}{
		"signed by all":  {nil, false, 24 * time.Hour},
		"in an exercise": {nil, true, 0},
		"objected to":    {object, false, 40 * time.Hour},
		"suspended":      {suspend, false, 40 * time.Hour},
		"braked another": {other, false, 24 * time.Hour},
	} {
		for _, at := range []time.Duration{0, max(c.from-time.Second, 0), c.from, 50 * time.Hour} {
			s := trust.Sighting{Practice: c.practice, Brakes: c.brakes, Now: start.Add(at)}
			if counts := trust.Counts(in, agency, start, s); counts != (at >= c.from) {
				t.Errorf("%s: counts after %v: %t", name, at, counts)
			}
		}
	}
}
