package trust_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// feared is a roster of four: the second is suspended, the fourth a border guard.
func feared(version uint64) roster.Snapshot {
	s := snapshot(posada.NetworkID(agency(90)), version, 4)
	s.Agencies[1].Standing = posada.StandingSuspended
	s.Agencies[3].Class = posada.ClassBorder
	return s
}

// rides are the disguises in which a body could leave a distrusted class together
// with something else; alone is one in which nothing else is allowed more.
func rides() map[string]func(*roster.Snapshot) {
	free := func(s *roster.Snapshot) { s.Agencies[3].Class = posada.ClassNGO }
	with := func(change func(*roster.Snapshot)) func(*roster.Snapshot) {
		return func(s *roster.Snapshot) { free(s); change(s) }
	}
	return map[string]func(*roster.Snapshot){
		"and somebody joins":       with(func(s *roster.Snapshot) { s.Agencies = append(s.Agencies, newcomer()) }),
		"and somebody is let back": with(func(s *roster.Snapshot) { s.Agencies[1].Standing = posada.StandingActive }),
		"and another class":        with(func(s *roster.Snapshot) { s.Agencies[0].Class = posada.ClassShelter }),
		"and with other keys":      with(func(s *roster.Snapshot) { s.Agencies[3].Identity = key(51).Public() }),
		"and another pin":          with(func(s *roster.Snapshot) { s.Hub.Pins = append(s.Hub.Pins, roster.Pin{2}) }),
		"under another id":         with(func(s *roster.Snapshot) { s.Agencies[3].ID, s.Agencies[3].Sponsors = agency(9), newcomer().Sponsors }),
		"under another id and mailbox": with(func(s *roster.Snapshot) {
			s.Agencies[3].ID, s.Agencies[3].Mailbox, s.Agencies[3].Sponsors = agency(9), raw(9), newcomer().Sponsors
		}),
		"under another id and key": with(func(s *roster.Snapshot) {
			s.Agencies[3].ID, s.Agencies[3].Identity, s.Agencies[3].Sponsors = agency(9), key(51).Public(), newcomer().Sponsors
		}),
	}
}

func alone(s *roster.Snapshot) {
	s.Agencies[3].Class, s.Agencies[0].Standing = posada.ClassNGO, posada.StandingSuspended
}

// newcomer is a fifth agency, for which the first and the third speak.
func newcomer() roster.Agency {
	n := snapshot(posada.NetworkID(agency(90)), 1, 5).Agencies[4]
	n.Sponsors = [2]posada.AgencyID{agency(1), agency(3)}
	return n
}

func changed(s roster.Snapshot, change func(*roster.Snapshot)) roster.Snapshot {
	s.Version++
	s.Agencies = slices.Clone(s.Agencies)
	change(&s)
	return s
}

// TestNobodyLeavesADistrustedClassWithAnythingElse is G10, in every disguise: the
// step is told, and a node takes it without letting the body out.
func TestNobodyLeavesADistrustedClassWithAnythingElse(t *testing.T) {
	base := feared(1)
	for name, change := range rides() {
		next := changed(base, change)
		taken := trust.Taken(base, next, false)
		if !trust.Rides(base, next, false) || len(trust.Freed(base, taken)) != 0 {
			t.Errorf("%s: %+v", name, taken.Agencies)
		}
		if _, err := roster.New(taken); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	next := changed(base, alone)
	if !trust.Wider(base, next) || trust.Rides(base, next, false) || !trust.Rides(base, next, true) {
		t.Error("alone it waits, and with a wider policy it is refused")
	}
	if taken := trust.Taken(base, next, false); !taken.Same(next) {
		t.Errorf("alone: %+v", taken.Agencies)
	}
	if taken := trust.Taken(base, next, true); len(trust.Freed(base, taken)) != 0 || taken.Agencies[0].Standing != posada.StandingSuspended {
		t.Errorf("with a wider policy: %+v", taken.Agencies)
	}
	removed := changed(base, func(s *roster.Snapshot) {
		s.Agencies[3].Class, s.Agencies[3].Standing = posada.ClassNGO, posada.StandingRemoved
	})
	if !trust.Wider(base, removed) {
		t.Error("out of its class at once, and active later")
	}
}

// TestADistrustedBodyIsNotForgotten by leaving its row out and listing it anew.
func TestADistrustedBodyIsNotForgotten(t *testing.T) {
	base := feared(1)
	taken := trust.Taken(base, changed(base, func(s *roster.Snapshot) { s.Agencies = s.Agencies[:3] }), false)
	if len(taken.Agencies) != 4 || taken.Agencies[3].Class != posada.ClassBorder || taken.Agencies[3].Standing != posada.StandingRemoved || trust.Wider(base, taken) {
		t.Fatalf("%+v", taken.Agencies)
	}
	for name, change := range rides() {
		back := changed(taken, func(s *roster.Snapshot) { change(s); s.Agencies[3].Standing = posada.StandingActive })
		if again := trust.Taken(taken, back, false); len(trust.Freed(taken, again)) != 0 {
			t.Errorf("%s: %+v", name, again.Agencies)
		}
	}
}

// TestTwoMembersSpeakForWhoJoins; who is listed in whatever standing has joined.
func TestTwoMembersSpeakForWhoJoins(t *testing.T) {
	base := feared(1)
	for name, c := range map[string]struct {
		speak [2]posada.AgencyID
		want  error
	}{
		"two members":         {[2]posada.AgencyID{agency(1), agency(3)}, nil},
		"nobody":              {[2]posada.AgencyID{}, trust.ErrSponsors},
		"one":                 {[2]posada.AgencyID{agency(1)}, trust.ErrSponsors},
		"one, twice":          {[2]posada.AgencyID{agency(1), agency(1)}, trust.ErrSponsors},
		"one is suspended":    {[2]posada.AgencyID{agency(1), agency(2)}, trust.ErrSponsors},
		"one is distrusted":   {[2]posada.AgencyID{agency(4), agency(1)}, trust.ErrSponsors},
		"one is itself":       {[2]posada.AgencyID{agency(1), agency(5)}, trust.ErrSponsors},
		"one is nobody known": {[2]posada.AgencyID{agency(9), agency(1)}, trust.ErrSponsors},
	} {
		n := newcomer()
		n.Sponsors = c.speak
		next := changed(base, func(s *roster.Snapshot) { s.Agencies = append(s.Agencies, n) })
		if err := trust.Sponsored(base, next); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if taken := trust.Taken(base, next, false); (len(taken.Agencies) == 5) != (c.want == nil) {
			t.Errorf("%s: a node counts %d", name, len(taken.Agencies))
		}
	}
}

// TestWhoWasAwayCountsWhoJoinedOneByTheOther, but nobody who only speaks for
// themselves in a circle.
func TestWhoWasAwayCountsWhoJoinedOneByTheOther(t *testing.T) {
	base := feared(1)
	all := snapshot(base.Network, 7, 8).Agencies
	all[1].Standing, all[3].Class = base.Agencies[1].Standing, base.Agencies[3].Class
	speak := func(n, a, b byte) { all[n-1].Sponsors = [2]posada.AgencyID{agency(a), agency(b)} }
	speak(6, 5, 1)
	speak(5, 1, 3)
	speak(7, 8, 1)
	speak(8, 7, 1)
	taken := trust.Taken(base, changed(base, func(s *roster.Snapshot) { s.Agencies = all }), false)
	if len(taken.Agencies) != 6 || taken.Agencies[4].ID != agency(5) || taken.Agencies[5].ID != agency(6) {
		t.Errorf("%+v", taken.Agencies)
	}
}

// TestWhatANodeTakesIsNeverMore than what stewards signed, nor lets anybody out
// in the same step as anything else.
func TestWhatANodeTakesIsNeverMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		running, newest, wider := members(t, "running"), members(t, "newest"), rapid.Bool().Draw(t, "wider policy")
		for i := range newest.Agencies {
			newest.Agencies[i].Sponsors[0] = agency(byte(rapid.IntRange(0, 4).Draw(t, "sponsor")))
			newest.Agencies[i].Sponsors[1] = agency(byte(rapid.IntRange(0, 4).Draw(t, "sponsor")))
		}
		taken := trust.Taken(running, newest, wider)
		if trust.Rides(running, taken, wider) {
			t.Fatal("somebody is let out with something else")
		}
		for _, a := range taken.Agencies {
			i := slices.IndexFunc(newest.Agencies, func(b roster.Agency) bool { return b.ID == a.ID })
			if i < 0 && (a.Standing != posada.StandingRemoved || !a.Class.Distrusted()) {
				t.Fatalf("%+v is of nobody", a)
			}
			if i >= 0 && a.Class != newest.Agencies[i].Class && !a.Class.Distrusted() {
				t.Fatalf("%+v has a class that nobody gave it", a)
			}
		}
	})
}

// TestTheRegistryKeepsApartWhatMustNotRide: in one publication, in one motion, and
// in two that are less than two waits apart, whichever comes first; what takes
// away may come at any time.
func TestTheRegistryKeepsApartWhatMustNotRide(t *testing.T) {
	begin := func(t *testing.T) *world {
		w := newWorld(t, 2, 3)
		w.publish(w.propose(trust.RoleRoster, rosterText(t, feared(2))))
		w.later(3 * 24 * time.Hour)
		return w
	}
	members := func(w *world, version uint64, change func(*roster.Snapshot)) trust.Proposal {
		w.t.Helper()
		s := feared(version - 1)
		s = changed(s, change)
		return w.propose(trust.RoleRoster, rosterText(w.t, s))
	}
	wide, narrow := policyText(2, "a longer word"), policyText(2, "no")
	refused := func(t *testing.T, w *world, p ...trust.Proposal) {
		t.Helper()
		if err := w.registry.Publish(t.Context(), w.now, p...); !errors.Is(err, trust.ErrRides) {
			t.Errorf("published: %v", err)
		}
	}
	for name, change := range rides() {
		t.Run(name, func(t *testing.T) {
			w := begin(t)
			refused(t, w, members(w, 3, change))
		})
	}
	t.Run("in one motion with a policy", func(t *testing.T) {
		w := begin(t)
		refused(t, w, members(w, 3, alone), w.propose(trust.RolePolicy, wide))
		w.publish(members(w, 3, alone), w.propose(trust.RolePolicy, narrow))
	})
	t.Run("a policy a day later", func(t *testing.T) {
		w := begin(t)
		w.publish(members(w, 3, alone))
		w.later(24 * time.Hour)
		refused(t, w, w.propose(trust.RolePolicy, wide))
		w.publish(w.propose(trust.RolePolicy, narrow))
		w.later(24*time.Hour + time.Second)
		w.publish(w.propose(trust.RolePolicy, policyText(3, "a longer word")))
	})
	t.Run("a policy a day before", func(t *testing.T) {
		w := begin(t)
		w.publish(w.propose(trust.RolePolicy, wide))
		w.later(47 * time.Hour)
		refused(t, w, members(w, 3, alone))
		w.later(time.Hour)
		w.publish(members(w, 3, alone))
	})
	t.Run("a member a day before", func(t *testing.T) {
		w := begin(t)
		w.publish(members(w, 3, func(s *roster.Snapshot) { s.Agencies = append(s.Agencies, newcomer()) }))
		w.later(47 * time.Hour)
		both := func(s *roster.Snapshot) {
			s.Agencies = append(s.Agencies, newcomer())
			s.Agencies[3].Class = posada.ClassNGO
		}
		refused(t, w, members(w, 4, both))
		w.later(time.Hour)
		w.publish(members(w, 4, both))
	})
	t.Run("a registry that lost the files of before", func(t *testing.T) {
		w := begin(t)
		w.publish(members(w, 3, func(s *roster.Snapshot) { s.Agencies = s.Agencies[:4] }))
		gone := 0
		for name := range w.blobs.Files {
			if text := w.blobs.Files[name]; string(text) == string(rosterText(t, feared(2))) {
				delete(w.blobs.Files, name)
				gone++
			}
		}
		refused(t, w, members(w, 4, rides()["and somebody joins"]))
		if w.publish(members(w, 4, alone)); gone != 1 {
			t.Errorf("%d files were lost", gone)
		}
	})
	t.Run("nobody speaks", func(t *testing.T) {
		w := begin(t)
		p := members(w, 3, func(s *roster.Snapshot) {
			n := newcomer()
			n.Sponsors[1] = agency(4)
			s.Agencies = append(s.Agencies, n)
		})
		if err := w.registry.Publish(t.Context(), w.now, p); !errors.Is(err, trust.ErrSponsors) {
			t.Errorf("published: %v", err)
		}
	})
}
