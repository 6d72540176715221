package town_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/registry"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// TestOneStewardSuspendsAnAgencyAtEveryNode: what waits for it stays here, and
// nothing more is sealed to it, until its brake has ended.
func TestOneStewardSuspendsAnAgencyAtEveryNode(t *testing.T) {
	t.Parallel()
	shut := &gate{}
	var later atomic.Int64
	w := start(t, lay(t), town.Options{
		Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond,
		Clock: func(string) time.Time { return time.Now().Add(time.Duration(later.Load())) },
		Hub: func(key string, h post.Hub) post.Hub {
			if key != "ngo" {
				return h
			}
			shut.Hub = h
			return shut
		},
	})
	shut.unlock()
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	consent := agree(t, ngo)
	send(t, ngo, consent.Case)
	settle(t, ngo, legal, 1)
	standing := func(want posada.Standing) func() bool {
		return func() bool {
			list, err := ngo.Agencies(t.Context())
			for _, a := range list {
				if a.ID == w.Members["legal"].ID {
					return err == nil && a.Standing == want
				}
			}
			return false
		}
	}
	brake(t, w, "legal", time.Now().Add(time.Hour))
	eventually(t, "the brake", standing(posada.StandingSuspended))
	before := shut.attemptsTo(w.Members["legal"].Mailbox)
	preview, err := ngo.Preview(t.Context(), newPreview(consent.Case))
	if err == nil {
		_, err = ngo.Send(t.Context(), client.NewSend{Digest: preview.Digest})
	}
	if err == nil {
		t.Error("something was sent to a suspended agency")
	}
	time.Sleep(time.Second)
	if n := shut.attemptsTo(w.Members["legal"].Mailbox) - before; n != 0 {
		t.Errorf("%d envelopes were sealed to it", n)
	}
	later.Store(int64(time.Hour + time.Minute))
	eventually(t, "the brake's end", standing(posada.StandingActive))
	send(t, ngo, consent.Case)
	taken(t, legal, 2)
}

// TestAClockTenYearsOffOpensNothingAndLosesNothing is T23 on a whole node: its
// machine's clock jumps while a letter waits. Nothing is opened, no key is lost,
// and the node says what it waits for; when the clock is right it goes on.
func TestAClockTenYearsOffOpensNothingAndLosesNothing(t *testing.T) {
	for name, off := range map[string]time.Duration{"forward": 10 * 365 * 24 * time.Hour, "back": -10 * 365 * 24 * time.Hour, "eleven minutes": 11 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var jump atomic.Int64
			begun := time.Now()
			w := start(t, lay(t), town.Options{
				Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond,
				Ticks: func(string) time.Duration { return time.Since(begun) },
				Clock: func(key string) time.Time {
					if key == "legal" {
						return time.Now().Add(time.Duration(jump.Load()))
					}
					return time.Now()
				},
			})
			ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
			consent := agree(t, ngo)
			send(t, ngo, consent.Case)
			settle(t, ngo, legal, 1)
			jump.Store(int64(off))
			eventually(t, "the dispute", func() bool { s, err := legal.Status(t.Context()); return err == nil && s.Knows.Clock != nil })
			send(t, ngo, consent.Case)
			eventually(t, "it being at the hub", func() bool { s, err := ngo.Status(t.Context()); return err == nil && s.Waiting == 0 && s.AtHub == 1 })
			time.Sleep(time.Second)
			s, err := legal.Status(t.Context())
			if err != nil || len(s.Quarantined) != 0 || s.Knows.Age != posada.StalenessStale || s.Knows.Clock.Machine.Sub(time.Now().Add(off)).Abs() > time.Minute {
				t.Errorf("%+v, %v", s.Knows, err)
			}
			taken(t, legal, 1)
			jump.Store(0)
			taken(t, legal, 2)
			settleMore(t, ngo, legal, 2)
		})
	}
}

// TestAHubThatWasSetBackIsGivenWhatItPublished by a node that saw more, and goes
// on under what it saw; whoever knows nothing learns it from the hub again.
func TestAHubThatWasSetBackIsGivenWhatItPublished(t *testing.T) {
	t.Parallel()
	laid := lay(t)
	o := town.Options{Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond}
	w, err := town.Start(t.Context(), laid, o)
	if err != nil {
		t.Fatal(err)
	}
	runs := func() (version uint64) {
		eventually(t, "an answer", func() bool {
			s, err := ask(t, w, "ngo").Status(t.Context())
			version = s.Roster
			return err == nil
		})
		return version
	}
	at := func(version uint64) func() bool { return func() bool { return runs() == version } }
	eventually(t, "the first roster", at(1))
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	store, old := filepath.Join(laid.Dir, "hub", "mail"), filepath.Join(t.TempDir(), "old")
	if err := os.CopyFS(old, os.DirFS(store)); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if w, err = town.Start(t.Context(), laid, o); err != nil {
		t.Fatal(err)
	}
	decide(t, w, func(s *roster.Snapshot) { s.Agencies = s.Agencies[:3] })
	eventually(t, "the second roster", at(2))
	if err := errors.Join(w.Stop(), os.RemoveAll(store), os.CopyFS(store, os.DirFS(old))); err != nil {
		t.Fatal(err)
	}
	w = start(t, laid, o)
	line := lineOf(t, w, credentials(t, w, "shelter"))
	eventually(t, "a newcomer learning the second roster", func() bool {
		if version := runs(); version != 2 {
			t.Errorf("roster %d runs", version)
		}
		newcomer := trust.NewClient(&trust.Memory{}, laid.Root(), t.TempDir())
		view, err := newcomer.Refresh(t.Context(), registry.New(line), time.Now())
		if err != nil {
			time.Sleep(2 * time.Second) // whoever asks all of it more often is asked to wait, and never has it
		}
		return err == nil && view.RosterEdition.Version == 2
	})
	eventually(t, "the node following the hub again", func() bool {
		s, err := ask(t, w, "ngo").Status(t.Context())
		return err == nil && s.Knows.SignedAt.After(begun)
	})
}
