package main

import (
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// healthy is the status of a node that nothing is wrong with.
func healthy() client.Status {
	return client.Status{
		Agency: client.Agency{Name: "Invented Shelter"}, Hub: "connected", Heard: time.Unix(9, 0), Roster: 3,
		Knows: client.Knows{Member: true, SignedAt: time.Unix(9, 0), Age: posada.StalenessLive}, Audit: client.Audit{Whole: true},
	}
}

// TestWhatIsIllIsNamedWithWhatToDo: each thing that can be ill with a node is found, alone, as bad
// as it is, and a sentence in each language says what to do about it.
func TestWhatIsIllIsNamedWithWhatToDo(t *testing.T) {
	stops := map[string]func(*client.Status){
		"network.never":     func(s *client.Status) { s.Knows.SignedAt = time.Time{} },
		"network.no_member": func(s *client.Status) { s.Knows.Member = false },
		"clock.disagrees":   func(s *client.Status) { s.Knows.Clock = &client.Clock{Machine: time.Unix(1, 0)} },
		"decisions.frozen":  func(s *client.Status) { s.Knows.Frozen = &client.Agency{Name: "Invented Clinic"} },
		"decisions.stale":   func(s *client.Status) { s.Knows.Age = posada.StalenessStale },
		"keys.not_ours":     func(s *client.Status) { s.Knows.NotOurs = true },
		"sequence.behind":   func(s *client.Status) { s.Doubted = []client.Doubted{{}, {Ours: true}} },
		"account.broken":    func(s *client.Status) { s.Audit.Whole = false },
	}
	attend := map[string]func(*client.Status){
		"hub.away":          func(s *client.Status) { s.Hub = "away" },
		"sequence.doubted":  func(s *client.Status) { s.Doubted = []client.Doubted{{}} },
		"sequence.missing":  func(s *client.Status) { s.Missing = 1 },
		"aside.some":        func(s *client.Status) { s.Quarantined = []client.Quarantined{{Count: 1}} },
		"handed_in.refused": func(s *client.Status) { s.HandedIn.Refused = []client.Refused{{Count: 1}} },
		"held.some":         func(s *client.Status) { s.Knows.Held = []client.Held{{}} },
		"on_call.nobody":    func(s *client.Status) { s.NobodyOnCall = true },
	}
	for want, cases := range map[state]map[string]func(*client.Status){stateWell: {"": func(*client.Status) {}}, stateStopped: stops, stateAttention: attend} {
		for name, breaks := range cases {
			s := healthy()
			breaks(&s)
			for _, l := range i18n.Languages() {
				c := &cli{Printer: i18n.For(l)}
				for _, f := range c.examine(s) {
					check, _, _ := strings.Cut(name, ".")
					if ill := f.State != stateWell; ill != (f.Check == check) || ill && f.State != want {
						t.Errorf("%s: %+v", name, f)
					}
					if (f.Next == "") != (f.State == stateWell) || strings.Contains(f.Text+f.Next, "doctor.") || strings.Contains(f.Text, "{{") {
						t.Errorf("%s, %s: %+v", name, l, f)
					}
				}
			}
		}
	}
}
