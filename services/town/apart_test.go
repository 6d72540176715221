package town_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	demo "github.com/posada-exchange/posada/deploy/demo"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/hub"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/processes"
	"github.com/posada-exchange/posada/services/town/story"
)

// apart is a hub whose services are processes of their own.
type apart struct {
	town.Apart
	at       *processes.Process
	registry *processes.Process
	each     []*processes.Process // relays
}

// runApart starts a laid town's hub as a broker and so many relays.
func runApart(t *testing.T, laid town.Laid, relays int) *apart {
	t.Helper()
	a := &apart{}
	var err error
	if a.Apart, err = laid.Apart(relays); err != nil {
		t.Fatal(err)
	}
	a.at = processes.Spawn(t, "hub", a.Broker, "", "")
	a.registry = processes.Spawn(t, "hub", a.Registry, "", "")
	for _, file := range a.Relays {
		a.each = append(a.each, processes.Spawn(t, "hub", file, "", ""))
	}
	return a
}

// deployments are the ways a hub is run. Each gives what a town is started with.
func deployments() map[string]func(*testing.T, town.Laid) town.Options {
	return map[string]func(*testing.T, town.Laid) town.Options{
		"one process": func(*testing.T, town.Laid) town.Options { return town.Options{} },
		"a relay apart": func(t *testing.T, laid town.Laid) town.Options {
			runApart(t, laid, 1)
			return town.Options{Apart: true}
		},
		"two relays apart": func(t *testing.T, laid town.Laid) town.Options {
			runApart(t, laid, 2)
			return town.Options{Apart: true}
		},
	}
}

// TestTheStoryIsAsToldWhereTheHubIsApart plays the demo's night, the police and
// the seized hub in it, on a broker, a registry and two relays in processes of
// their own (T31).
func TestTheStoryIsAsToldWhereTheHubIsApart(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := story.New(story.Config{
		Dir: t.TempDir(), Files: demo.Files, Printer: i18n.For(i18n.English), Out: &out, Now: time.Now, Stretch: processes.Unstretched,
		Apart: func(laid town.Laid) error { runApart(t, laid, 2); return nil },
	})
	if err := errors.Join(s.Play(t.Context()), s.Close()); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// exchange is a town of two nodes in this process, its hub in others.
func exchange(t *testing.T, laid town.Laid) (w *town.Town, ngo, legal *client.Client) {
	t.Helper()
	w = start(t, laid, town.Options{Apart: true, Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond})
	return w, ask(t, w, "ngo"), ask(t, w, "legal")
}

// TestARelayKilledAloneLosesAndDoublesNothing is kill -9 of one relay, again
// and again, in the middle of traffic: with another beside it, and without.
func TestARelayKilledAloneLosesAndDoublesNothing(t *testing.T) {
	for relays := 1; relays <= 2; relays++ {
		t.Run(fmt.Sprint(relays, " relays"), func(t *testing.T) {
			t.Parallel()
			killed(t, relays, func(a *apart, n int) {
				i := n % relays
				a.each[i].Kill()
				a.each[i] = processes.Spawn(t, "hub", a.Relays[i], "", "")
			})
		})
	}
}

// TestABrokerKilledAloneLosesAndDoublesNothing: the relay waits for it, and
// works on without being started again.
func TestABrokerKilledAloneLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	killed(t, 1, func(a *apart, _ int) {
		a.at.Kill()
		a.at = processes.Spawn(t, "hub", a.Broker, "", "")
	})
}

func killed(t *testing.T, relays int, kill func(a *apart, n int)) {
	const sends, kills = 24, 4
	laid := lay(t)
	a := runApart(t, laid, relays)
	w, ngo, legal := exchange(t, laid)
	consent := agree(t, ngo)
	var traffic sync.WaitGroup
	traffic.Go(func() {
		for range sends {
			preview, err := ngo.Preview(t.Context(), newPreview(consent.Case))
			if err == nil {
				_, err = ngo.Send(t.Context(), client.NewSend{Digest: preview.Digest})
			}
			if err != nil {
				t.Error(err)
				return
			}
			time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond)
		}
	})
	for n := range kills {
		time.Sleep(time.Duration(100+rand.IntN(300)) * time.Millisecond)
		kill(a, n)
	}
	traffic.Wait()
	settle(t, ngo, legal, sends)
	if err := w.Stop(); err != nil {
		t.Error(err)
	}
	acts(t, laid, "ngo", map[audit.Act]int{audit.ReferralSent: sends, audit.Delivered: sends})
	acts(t, laid, "legal", map[audit.Act]int{audit.ReferralTaken: sends})
	for _, p := range a.each {
		select {
		case <-p.Ended:
			t.Error("a relay ended by itself")
		default:
		}
	}
}

// TestABrokerThatCameBackWithoutItsStoreIsUsedAgain: the disk was lost; the
// relay, which was not started again, makes its streams anew, and senders send
// once more what nobody signed for.
func TestABrokerThatCameBackWithoutItsStoreIsUsedAgain(t *testing.T) {
	t.Parallel()
	laid := lay(t)
	a := runApart(t, laid, 1)
	_, ngo, legal := exchange(t, laid)
	consent := agree(t, ngo)
	send(t, ngo, consent.Case)
	settle(t, ngo, legal, 1)
	a.at.Kill()
	loseStore(t, a.Broker)
	a.at = processes.Spawn(t, "hub", a.Broker, "", "")
	send(t, ngo, consent.Case)
	settleMore(t, ngo, legal, 2)
}

func loseStore(t *testing.T, file string) {
	t.Helper()
	c, err := hub.ReadConfig(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(c.Store); err != nil {
		t.Fatal(err)
	}
}

// settleMore accepts what is not yet accepted, and waits as settle does.
func settleMore(t *testing.T, ngo, legal *client.Client, sends int) {
	t.Helper()
	eventually(t, "arrival", func() bool {
		list, err := legal.Referrals(t.Context())
		if err != nil || len(list) != sends {
			return false
		}
		for _, r := range list {
			if r.State != posada.StateAccepted {
				if _, err := legal.Mark(t.Context(), r.ID, client.NewMark{State: "accepted"}); err != nil {
					t.Fatal(err)
				}
			}
		}
		return true
	})
	eventually(t, "agreement", func() bool {
		list, err := ngo.Referrals(t.Context())
		for _, r := range list {
			if r.State != posada.StateAccepted || r.Delivered.IsZero() {
				return false
			}
		}
		return err == nil && len(list) == sends
	})
}
