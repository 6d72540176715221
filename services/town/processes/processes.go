// Package processes runs hubs and nodes of a town as processes of a test's own binary, so
// that a test can kill a real process, at an exact step or whenever it likes.
//
// Holds: nothing; what it runs holds what a town does. May reach: the processes it
// started. If compromised: nobody; everything in a town is invented.
package processes

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/hub"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// Environment of a child.
const (
	roleVar   = "POSADA_TEST_ROLE"   // hub or node
	configVar = "POSADA_TEST_CONFIG" // its configuration file
	stepVar   = "POSADA_TEST_STEP"   // the step at which
	doVar     = "POSADA_TEST_DO"     // it kills itself, or waits for a line
)

// What a child does at a step.
const (
	Kill = "kill" // itself: nothing is flushed, nothing is said
	Wait = "wait" // for a line on its standard input, having said where it is
)

// Main runs the tests of a package, or this process as what its parent wants of it, and
// gives the status to exit with.
func Main(m *testing.M) int {
	role := os.Getenv(roleVar)
	if role == "" {
		return m.Run()
	}
	if err := child(role); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func child(role string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ready := func() { fmt.Fprintln(os.Stdout, "ready") }
	if role == "hub" {
		c, err := hub.ReadConfig(os.Getenv(configVar), nil)
		if err != nil {
			return err
		}
		parts, err := c.Load(ctx)
		if err != nil {
			return err
		}
		return hub.New(c, parts).Run(ctx, ready)
	}
	c, err := node.ReadConfig(os.Getenv(configVar), nil)
	if err != nil {
		return err
	}
	parts, err := c.Load(ctx)
	if err != nil {
		return err
	}
	parts.Clock, parts.Random, parts.Step, parts.Stretch = time.Now, rand.Reader, atStep(), Unstretched
	if os.Getenv("POSADA_TEST_LOG") != "" {
		parts.Log = obs.NewLog(os.Stderr)
	}
	return node.New(c, parts).Run(ctx, ready)
}

// armed is the file beside a node's configuration from which on the step counts.
func armed(config string) string { return config + ".armed" }

// Arm lets a node's step count from now on: nodes that start tell each other that they
// are there, by the same steps.
func Arm(t testing.TB, config string) {
	t.Helper()
	if err := os.WriteFile(armed(config), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// atStep kills this process the first time it reaches the step once that counts, or
// says that it is there and waits.
func atStep() func(post.Step) {
	wanted, do := post.Step(os.Getenv(stepVar)), os.Getenv(doVar)
	in := bufio.NewReader(os.Stdin)
	var reached atomic.Bool // several envelopes go at once
	return func(s post.Step) {
		if s != wanted {
			return
		}
		if _, err := os.Stat(armed(os.Getenv(configVar))); err != nil || !reached.CompareAndSwap(false, true) {
			return
		}
		switch do {
		case Kill:
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		case Wait:
			fmt.Fprintln(os.Stdout, "at "+string(s))
			_, _ = in.ReadString('\n')
		}
	}
}

// Process is a hub or a node of its own.
type Process struct {
	In     io.WriteCloser
	Ended  chan struct{} // closed when it has
	cmd    *exec.Cmd
	lines  chan string
	errors bytes.Buffer // read only after it ended
}

// Spawn runs the test's binary as a hub or a node and waits until it is ready. Its
// address was free when the town was laid; somebody else on the machine may hold it for
// a moment since, which is no finding of the test.
func Spawn(t testing.TB, role, file, step, do string) *Process {
	t.Helper()
	for tries := 0; ; tries++ {
		p := Launch(t, role, file, step, do)
		select {
		case got := <-p.lines:
			if got != "ready" {
				t.Fatalf("said %q before it was ready", got)
			}
			return p
		case <-p.Ended:
			if tries == 10 || !strings.Contains(p.Errors(), "address already in use") {
				t.Fatalf("ended before it was ready: %s", p.Errors())
			}
			time.Sleep(time.Second)
		case <-time.After(2 * time.Minute):
			t.Fatal("was never ready")
		}
	}
}

// Command is the test's binary as a hub or a node, by its configuration, for whoever runs it.
func Command(role, file string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVar+"="+role, configVar+"="+file)
	return cmd
}

// Launch runs it and does not wait.
func Launch(t testing.TB, role, file, step, do string) *Process {
	t.Helper()
	p := &Process{cmd: Command(role, file), lines: make(chan string, 16), Ended: make(chan struct{})}
	p.cmd.Env = append(p.cmd.Env, stepVar+"="+step, doVar+"="+do)
	p.cmd.Stderr = io.MultiWriter(os.Stderr, &p.errors)
	var err error
	if p.In, err = p.cmd.StdinPipe(); err != nil {
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
		close(p.Ended)
	}()
	t.Cleanup(func() {
		p.Kill()
		if strings.Contains(p.Errors(), "WARNING: DATA RACE") {
			t.Errorf("a %s raced with itself", role) // what it printed is on standard error
		}
		if strings.Contains(p.Errors(), "panic: ") {
			t.Errorf("a %s panicked", role)
		}
	})
	return p
}

// Errors is what it said on its standard error. It may be called once it has ended.
func (p *Process) Errors() string { return p.errors.String() }

// Expect waits for a line.
func (p *Process) Expect(t testing.TB, line string) {
	t.Helper()
	select {
	case got := <-p.lines:
		if got != line {
			t.Fatalf("said %q; want %q", got, line)
		}
	case <-p.Ended:
		t.Fatalf("ended before it said %q", line)
	case <-time.After(2 * time.Minute):
		t.Fatalf("never said %q", line)
	}
}

// Kill is kill -9.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.Ended
}

// Dies waits until it has killed itself.
func (p *Process) Dies(t testing.TB) {
	t.Helper()
	select {
	case <-p.Ended:
	case <-time.After(2 * time.Minute):
		t.Fatal("the step was never reached")
	}
}

// Outside asks a node of another process, by its configuration.
func Outside(t testing.TB, laid town.Laid, key string) *client.Client {
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

// Unstretched is K of a case's code without the work of Argon2id, for a town whose tests are
// about something else than what it costs to guess at codes. The processes of a town make
// the same of them, so every plan that has any of them has it.
func Unstretched(c consent.Code, network posada.NetworkID) consent.CaseSecret {
	return sha256.Sum256(append([]byte(network+"\n"), c[:]...))
}

// Host is an address of this test's own where the machine has more than one on
// loopback, so that towns beside each other do not take each other's ports.
func Host() string {
	own := fmt.Sprintf("127.%d.%d.%d", 1+mathrand.IntN(254), mathrand.IntN(256), 1+mathrand.IntN(254))
	l, err := net.Listen("tcp", own+":0")
	if err != nil || l.Close() != nil {
		return ""
	}
	return own
}
