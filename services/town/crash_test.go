package town_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// process is a hub or a node of its own.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  chan string
	errors bytes.Buffer // read only after ended
	ended  chan struct{}
}

// spawn runs this binary as a hub or a node and waits until it is ready. Its
// address was free when the town was laid; somebody else on the machine may
// hold it for a moment since, which is no finding of the test.
func spawn(t *testing.T, role, file, step, do string) *process {
	t.Helper()
	for tries := 0; ; tries++ {
		p := launch(t, role, file, step, do)
		select {
		case got := <-p.lines:
			if got != "ready" {
				t.Fatalf("said %q before it was ready", got)
			}
			return p
		case <-p.ended:
			if tries == 10 || !strings.Contains(p.errors.String(), "address already in use") {
				t.Fatalf("ended before it was ready: %s", p.errors.String())
			}
			time.Sleep(time.Second)
		case <-time.After(2 * time.Minute):
			t.Fatal("was never ready")
		}
	}
}

func launch(t *testing.T, role, file, step, do string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0]), lines: make(chan string, 16), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), roleVar+"="+role, configVar+"="+file, stepVar+"="+step, doVar+"="+do)
	p.cmd.Stderr = io.MultiWriter(os.Stderr, &p.errors)
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			p.lines <- s.Text()
		}
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(p.kill)
	return p
}

// expect waits for a line.
func (p *process) expect(t *testing.T, line string) {
	t.Helper()
	select {
	case got := <-p.lines:
		if got != line {
			t.Fatalf("said %q; want %q", got, line)
		}
	case <-p.ended:
		t.Fatalf("ended before it said %q", line)
	case <-time.After(2 * time.Minute):
		t.Fatalf("never said %q", line)
	}
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// dies waits until the process has killed itself.
func (p *process) dies(t *testing.T) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(2 * time.Minute):
		t.Fatal("the step was never reached")
	}
}

// outside asks a node of another process, by its configuration.
func outside(t *testing.T, laid town.Laid, key string) *client.Client {
	t.Helper()
	c, err := node.ReadConfig(laid.NodeConfig(key), nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := laid.Token(key)
	if err != nil {
		t.Fatal(err)
	}
	return client.New("http://"+c.Listen, token, "en")
}

// TestKilledBetweenAnyTwoStepsNothingIsLostOrDoubled kills the sender, the
// recipient and the hub at every step of post's table, each a process of its
// own, and lets it come back.
func TestKilledBetweenAnyTwoStepsNothingIsLostOrDoubled(t *testing.T) {
	for _, victim := range []string{"ngo", "legal", "hub"} {
		for _, step := range post.Steps() {
			t.Run(victim+" at "+string(step), func(t *testing.T) {
				t.Parallel()
				crash(t, victim, string(step))
			})
		}
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
	var hubProcess *process
	startNode := func(key string) *process {
		switch {
		case victim == key:
			return spawn(t, "node", laid.NodeConfig(key), step, "kill")
		case victim == "hub" && stopper(step) == key:
			return spawn(t, "node", laid.NodeConfig(key), step, "wait")
		}
		return spawn(t, "node", laid.NodeConfig(key), "", "")
	}
	hubProcess = spawn(t, "hub", laid.HubConfig(), "", "")
	nodes := map[string]*process{"legal": startNode("legal"), "ngo": startNode("ngo")}
	ngo, legal := outside(t, laid, "ngo"), outside(t, laid, "legal")

	consent := agree(t, ngo)
	for key := range nodes {
		if err := os.WriteFile(armed(laid.NodeConfig(key)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
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
		paused.expect(t, "at "+step)
		hubProcess.kill()
		spawn(t, "hub", laid.HubConfig(), "", "")
		fmt.Fprintln(paused.in)
	} else {
		nodes[victim].dies(t)
		nodes[victim] = spawn(t, "node", laid.NodeConfig(victim), "", "")
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
		p.kill()
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
