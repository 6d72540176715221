package stewards

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// lets has a hub that looks into nothing carry what stewards sign from here on.
func (w *world) lets() {
	w.hub.Repository = trust.NewRepository(w.blobs, invented.Key(w.t, 90), careless())
}

// police says in which class the police are here, under whatever id.
func (w *world) police(want posada.AgencyClass) {
	w.t.Helper()
	for _, a := range w.Base().Agencies() {
		if a.Identity.ID() == invented.New(w.t, 4, night).Member.Identity.ID() && a.Class != want {
			w.t.Errorf("the police are %s; want %s", a.Class, want)
		}
	}
}

func asNGO(s *roster.Snapshot) { s.Agencies[3].Class = posada.ClassNGO }

// TestThePoliceAreNotAnNGOBesides: enough stewards signed it with something that
// seemed harmless, and the hub let it through. All else counts when its time has
// come; that does not, whatever comes after it, until it comes alone.
func TestThePoliceAreNotAnNGOBesides(t *testing.T) {
	newcomer := joins(invented.New(t, 5, night).Member)
	for name, sign := range map[string]func(*world){
		"in one list with who joins": func(w *world) {
			w.decide(func(s *roster.Snapshot) { asNGO(s); s.Agencies = append(s.Agencies, newcomer) })
		},
		"an hour before the table": func(w *world) {
			w.decide(asNGO)
			w.pass(time.Hour)
			w.refresh()
			w.table(wider)
		},
		"an hour after the table": func(w *world) {
			w.table(wider)
			w.pass(time.Hour)
			w.refresh()
			w.decide(asNGO)
		},
		"with the table": func(w *world) { w.decide(asNGO); w.table(wider) },
		"under another id, after their row was left out": func(w *world) {
			w.decide(func(s *roster.Snapshot) { s.Agencies = s.Agencies[:3] })
			w.pass(time.Hour)
			w.refresh()
			again := joins(invented.New(w.t, 4, night).Member)
			again.ID = invented.ID(6)
			w.decide(func(s *roster.Snapshot) { s.Agencies = append(s.Agencies, again) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.refresh()
			w.lets()
			sign(w)
			for range 4 {
				w.refresh()
				w.police(posada.ClassLawEnforcement)
				w.pass(25 * time.Hour)
			}
			w.refresh()
			w.restart(time.Minute)
			w.police(posada.ClassLawEnforcement)
			if h := w.Knowledge().Held; h.Roster != w.Knowledge().View.RosterEdition.Version || !slices.Contains(h.Members, invented.ID(4)) && !slices.Contains(h.Members, invented.ID(6)) || h.Policy != 0 {
				t.Errorf("held back: %+v", h)
			}
			if n := strings.Count(w.log.String(), "not all counts here"); w.Base().Version() < 2 || n != int(w.Base().Version())-1 {
				t.Errorf("it is said %d times of %d lists:\n%s", n, w.Base().Version()-1, w.log.String())
			}
		})
	}
}

func wider(cells map[string]any) {
	cells["shelter"].(map[string]any)["shelter"].(map[string]any)["documents"] = "consent"
}

// TestABodyLeavesItsClassAlone, a day after this node first saw it; and where it
// came with something else, when stewards decide it again.
func TestABodyLeavesItsClassAlone(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	w.lets()
	w.decide(func(s *roster.Snapshot) { asNGO(s); s.Agencies[2].Class = posada.ClassShelter })
	w.refresh()
	w.pass(25 * time.Hour)
	w.refresh()
	w.runs(2, 1)
	w.police(posada.ClassLawEnforcement)
	if h := w.Knowledge().Held; h.Roster != 2 || !slices.Equal(h.Members, []posada.AgencyID{invented.ID(4)}) {
		t.Errorf("held back: %+v", h)
	}
	w.decide(asNGO)
	w.refresh()
	w.pass(23 * time.Hour)
	w.refresh()
	w.police(posada.ClassLawEnforcement)
	if h := w.Knowledge().Held; h.Roster != 0 {
		t.Errorf("what waits its day counts as held back: %+v", h)
	}
	w.pass(time.Hour)
	w.refresh()
	w.runs(3, 1)
	w.police(posada.ClassNGO)
	if h := w.Knowledge().Held; h.Roster != 0 || len(h.Members) > 0 {
		t.Errorf("held back: %+v", h)
	}
}

// TestNobodyCountsForWhomNobodySpeaks, though enough stewards signed.
func TestNobodyCountsForWhomNobodySpeaks(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	w.lets()
	w.decide(func(s *roster.Snapshot) {
		s.Agencies = append(s.Agencies, invented.New(t, 5, night).Member, joins(invented.New(t, 6, night).Member))
	})
	w.refresh()
	w.pass(25 * time.Hour)
	w.refresh()
	w.runs(2, 1)
	if w.Base().Class(invented.ID(5)) != "" || w.Base().Class(invented.ID(6)) == "" {
		t.Errorf("%+v", w.Base().Agencies())
	}
}
