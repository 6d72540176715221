package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	demo "github.com/posada-exchange/posada/deploy/demo"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/processes"
)

const shelterPassphrase = "an invented passphrase, with ñ"

// lockCommands are what the stories about locked nodes need; each script has
// its own clock and its own process.
type lockCommands struct {
	ahead atomic.Int64
	cut   atomic.Bool // nothing comes to the hub
	laid  town.Laid
	alone *exec.Cmd
	hub   *town.Town // that the node alone knows of
}

type lockKey struct{}

// withLock gives a command what its script keeps.
func withLock(do func(*lockCommands, *testscript.TestScript, bool, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		do(ts.Value(lockKey{}).(*lockCommands), ts, neg, args)
	}
}

// lay lays deploy/demo's network; a person unlocks the node of the agency.
func (l *lockCommands) lay(ts *testscript.TestScript, key string) (town.Laid, town.Plan) {
	file, err := demo.Files.Open("town.yaml")
	ts.Check(err)
	var plan town.Plan
	ts.Check(config.Document(file, &plan))
	plan.Stretch = processes.Unstretched
	for i := range plan.Agencies {
		if plan.Agencies[i].Key == key {
			plan.Agencies[i].Passphrase = shelterPassphrase
		}
	}
	laid, err := town.Lay(ts.MkAbs("town"), plan, time.Now())
	ts.Check(err)
	ts.Setenv("PASSPHRASE", laid.PassphraseFile(key))
	l.laid = laid
	return laid, plan
}

// start runs that network, on a clock that later moves: locked-town AGENCY
func (l *lockCommands) start(ts *testscript.TestScript, _ bool, args []string) {
	laid, plan := l.lay(ts, args[0])
	w, err := town.Start(context.Background(), laid, town.Options{
		Skip: []string{"condado"}, Clock: func(string) time.Time { return time.Now().Add(time.Duration(l.ahead.Load())) },
		Hub: func(_ string, h post.Hub) post.Hub { return wire{h, &l.cut} },
	})
	ts.Check(err)
	ts.Defer(func() { ts.Check(w.Stop()) })
	for _, a := range plan.Agencies {
		if a.Key != "condado" {
			ts.Setenv("NODE_"+a.Key, w.API(a.Key))
			ts.Setenv("ADMIN_"+a.Key, w.Admin(a.Key))
			ts.Setenv("TOKEN_"+a.Key, w.TokenFile(a.Key))
		}
	}
}

// wire is a way to the hub that can be cut.
type wire struct {
	post.Hub
	cut *atomic.Bool
}

func (l wire) Submit(ctx context.Context, e envelope.Envelope) error {
	if l.cut.Load() {
		return errors.New("the line is cut")
	}
	return l.Hub.Submit(ctx, e)
}

// lineCut keeps what anybody sends from the hub, or no longer: line-cut, ! line-cut
func (l *lockCommands) lineCut(_ *testscript.TestScript, neg bool, _ []string) { l.cut.Store(!neg) }

// later moves the clock of everybody: later DURATION
func (l *lockCommands) later(ts *testscript.TestScript, _ bool, args []string) {
	by, err := time.ParseDuration(args[0])
	ts.Check(err)
	l.ahead.Add(int64(by))
}

// hubAlone runs the hub of a laid town, or ends it: hub-alone, ! hub-alone
func (l *lockCommands) hubAlone(ts *testscript.TestScript, neg bool, _ []string) {
	if neg {
		ts.Check(l.hub.Stop())
		return
	}
	var skip []string
	for _, a := range l.laid.Plan.Agencies {
		skip = append(skip, a.Key)
	}
	var err error
	l.hub, err = town.Start(context.Background(), l.laid, town.Options{Skip: skip})
	ts.Check(err)
	ts.Setenv("HUB", l.hub.Bus())
	ts.Defer(func() { ts.Check(l.hub.Stop()) })
}

// node runs one node of a laid town in a process of its own: node-alone AGENCY
func (l *lockCommands) node(ts *testscript.TestScript, _ bool, args []string) {
	binary, err := exec.LookPath("posada")
	ts.Check(err)
	l.alone = exec.Command(binary, "node", "--config", filepath.Join(ts.MkAbs("town"), args[0], "node.yaml"))
	l.alone.Env = append(os.Environ(), "LANG=C", "POSADA_HUB="+ts.Getenv("HUB"))
	out, err := l.alone.StdoutPipe()
	ts.Check(err)
	ts.Check(l.alone.Start())
	process := l.alone.Process
	ts.Defer(func() { _ = process.Kill() })
	up := bufio.NewScanner(out)
	if !up.Scan() || !strings.Contains(up.Text(), "LOCKED") {
		ts.Fatalf("the node said %q, %v", up.Text(), l.alone.Wait())
	}
	ts.Setenv("POSADA_NODE", strings.Fields(up.Text())[4])
	ts.Setenv("POSADA_TOKEN_FILE", filepath.Join(ts.MkAbs("town"), args[0], "token"))
}

// kill ends that process as a power cut does.
func (l *lockCommands) kill(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(l.alone.Process.Signal(syscall.SIGKILL))
	_ = l.alone.Wait()
}

// locks waits until a node says that it is locked: locks AGENCY. It asks the
// page for whoever runs the node; a request of staff would keep it unlocked.
func locks(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		response, err := http.Get(ts.Getenv("ADMIN_"+args[0]) + "/readyz")
		ts.Check(err)
		text, err := io.ReadAll(response.Body)
		ts.Check(errors.Join(err, response.Body.Close()))
		if string(text) == "locked\n" {
			return
		}
	}
	ts.Fatalf("%s never locked", args[0])
}
