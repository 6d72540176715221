package town_test

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/sampled"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/processes"
)

// TestKilledBetweenAnyTwoStepsNothingIsLostOrDoubled kills the sender, the
// recipient and the hub at every step of post's table, each a process of its
// own, and lets it come back.
func TestKilledBetweenAnyTwoStepsNothingIsLostOrDoubled(t *testing.T) {
	type place struct{ victim, step string }
	var places []place
	for _, victim := range []string{"ngo", "legal", "hub"} {
		for _, step := range post.Steps() {
			places = append(places, place{victim, string(step)})
		}
	}
	for _, p := range sampled.Of(places, few(7)) {
		t.Run(p.victim+" at "+p.step, func(t *testing.T) {
			t.Parallel()
			crash(t, p.victim, p.step)
		})
	}
}

// stopper is whose post the hub is killed beside: a step of sending, or one of
// receiving.
func stopper(step string) string {
	switch post.Step(step) {
	case post.StepCollected, post.StepOpened, post.StepTaken, post.StepAcknowledged:
		return "legal"
	}
	return "ngo"
}

func crash(t *testing.T, victim, step string) {
	laid := lay(t)
	var hubProcess *processes.Process
	startNode := func(key string) *processes.Process {
		switch {
		case victim == key:
			return processes.Spawn(t, "node", laid.NodeConfig(key), step, processes.Kill)
		case victim == "hub" && stopper(step) == key:
			return processes.Spawn(t, "node", laid.NodeConfig(key), step, processes.Wait)
		}
		return processes.Spawn(t, "node", laid.NodeConfig(key), "", "")
	}
	hubProcess = processes.Spawn(t, "hub", laid.HubConfig(), "", "")
	nodes := map[string]*processes.Process{"legal": startNode("legal"), "ngo": startNode("ngo")}
	ngo, legal := processes.Outside(t, laid, "ngo"), processes.Outside(t, laid, "legal")

	consent := agree(t, ngo)
	for key := range nodes {
		processes.Arm(t, laid.NodeConfig(key))
	}
	const sends = 3
	for range sends {
		preview, err := ngo.Preview(t.Context(), newPreview(consent.Case))
		if err != nil {
			break // the victim is dead; the rest is sent when it is back
		}
		if _, err := ngo.Send(t.Context(), client.NewSend{Digest: preview.Digest}); err != nil {
			break
		}
	}
	if victim == "legal" && step == string(post.StepCleared) {
		// It clears its own outbox only when something of its own is receipted.
		eventually(t, "arrival of one", func() bool {
			list, err := legal.Referrals(t.Context())
			if err != nil || len(list) == 0 {
				return false
			}
			_, err = legal.Mark(t.Context(), list[0].ID, client.NewMark{State: "acknowledged"})
			return err == nil
		})
	}
	if victim == "hub" {
		paused := nodes[stopper(step)]
		paused.Expect(t, "at "+step)
		hubProcess.Kill()
		processes.Spawn(t, "hub", laid.HubConfig(), "", "")
		fmt.Fprintln(paused.In)
	} else {
		nodes[victim].Dies(t)
		nodes[victim] = processes.Spawn(t, "node", laid.NodeConfig(victim), "", "")
	}
	top := func() int {
		list, err := ngo.Referrals(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	for top() < sends {
		send(t, ngo, consent.Case)
	}
	settle(t, ngo, legal, sends)
	for _, p := range nodes {
		p.Kill()
	}
	acts(t, laid, "ngo", map[audit.Act]int{audit.ReferralSent: sends, audit.Delivered: sends})
	acts(t, laid, "legal", map[audit.Act]int{audit.ReferralTaken: sends})
}

// settle accepts everything at the target and waits until both sides are done
// and agree.
func settle(t *testing.T, ngo, legal *client.Client, sends int) {
	t.Helper()
	defer func() {
		if t.Failed() {
			for name, node := range map[string]*client.Client{"ngo": ngo, "legal": legal} {
				s, err := node.Status(t.Context())
				list, _ := node.Referrals(t.Context())
				t.Logf("%s: hub %s, %d waiting, %d at hub, %d missing, %v aside; %d referrals; %v", name, s.Hub, s.Waiting, s.AtHub, s.Missing, s.Quarantined, len(list), err)
			}
		}
	}()
	eventually(t, "arrival", func() bool {
		list, err := legal.Referrals(t.Context())
		return err == nil && len(list) == sends
	})
	list, err := legal.Referrals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if _, err := legal.Mark(t.Context(), r.ID, client.NewMark{State: "accepted"}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "agreement", func() bool {
		list, err := ngo.Referrals(t.Context())
		if err != nil || len(list) != sends {
			return false
		}
		for _, r := range list {
			if r.State != posada.StateAccepted || r.Delivered.IsZero() {
				return false
			}
		}
		for _, node := range []*client.Client{ngo, legal} {
			s, err := node.Status(t.Context())
			if err != nil || s.Waiting+s.AtHub != 0 || s.Missing != 0 || len(s.Quarantined) != 0 || !s.Audit.Whole {
				return false
			}
		}
		return true
	})
}

// acts counts what an agency's own account says was done.
func acts(t *testing.T, laid town.Laid, key string, want map[audit.Act]int) {
	t.Helper()
	v := storeOf(t, laid, key)
	defer v.Close()
	got := map[audit.Act]int{}
	err := v.View(func(tx *vault.Tx) error {
		if _, _, err := audit.Verify(tx); err != nil {
			return err
		}
		return audit.Each(tx, 1, func(_ uint64, e audit.Entry) error { got[e.Act]++; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	for act, n := range want {
		if got[act] != n {
			t.Errorf("%s: %s %d times; want %d (%s)", key, act, got[act], n, strings.TrimSpace(fmt.Sprint(got)))
		}
	}
}

// storeOf opens the store of an agency whose node is stopped.
func storeOf(t testing.TB, laid town.Laid, key string) *vault.Vault {
	t.Helper()
	dir := filepath.Join(laid.Dir, key)
	seed, err := config.ReadSeed(filepath.Join(dir, "vault.key"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(filepath.Join(dir, "vault"), vault.Key(seed), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
