package main

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/posada-exchange/posada/services/hub"
	"github.com/posada-exchange/posada/services/town/processes"
)

// newHub does what posada-hub init does, with an address that is free now:
// new-hub FOLDER
func newHub(ts *testscript.TestScript, _ bool, args []string) { ts.Check(createHub(ts.MkAbs(args[0]))) }

func newTestHub(t *testing.T) {
	t.Helper()
	if err := createHub("hub"); err != nil {
		t.Fatal(err)
	}
}

// createHub makes a hub's folder. It is run some commands later: on an address of loopback that is
// this one's own nobody takes its port meanwhile.
func createHub(dir string) error {
	l, err := net.Listen("tcp", cmp.Or(processes.Host(), "127.0.0.1")+":0")
	if err != nil {
		return err
	}
	_, err = hub.Create(dir, "Invented Hub", l.Addr().String(), rand.Reader)
	return errors.Join(err, l.Close())
}

// hubRuns runs a hub's folder until the script ends: hub-runs FOLDER
func hubRuns(ts *testscript.TestScript, _ bool, args []string) {
	ts.Defer(runHub(ts, ts.MkAbs(args[0]), map[string]string{"POSADA_HUB_ADMIN": "127.0.0.1:0", "POSADA_HUB_RENEW": "1s"}))
}

// runHub runs a hub's folder until stop is called.
func runHub(ts *testscript.TestScript, dir string, environment map[string]string) (stop func()) {
	settings, err := hub.ReadConfig(filepath.Join(dir, hub.ConfigFile), environment)
	ts.Check(err)
	parts, err := settings.Load(context.Background())
	ts.Check(err)
	ctx, cancel := context.WithCancel(context.Background())
	relay, ready, ended := hub.New(settings, parts), make(chan struct{}), make(chan error, 1)
	go func() { ended <- relay.Run(ctx, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-ended:
		cancel()
		ts.Fatalf("the hub did not start: %v", err)
	}
	return func() { cancel(); ts.Check(<-ended) }
}

// nodeRuns runs an agency's node in a process of its own until the script ends,
// and makes the commands after it those of its staff by as: node-runs FOLDER
func nodeRuns(ts *testscript.TestScript, _ bool, args []string) {
	binary, err := exec.LookPath("posada")
	ts.Check(err)
	dir := ts.MkAbs(args[0])
	agency := exec.Command(binary, "node", "--config", filepath.Join(dir, configFile))
	agency.Env = append(os.Environ(), "LANG=C", "POSADA_LISTEN=127.0.0.1:0", "POSADA_ADMIN=127.0.0.1:0", "POSADA_SYNC=1s", "POSADA_POLL=1s")
	log, err := os.Create(filepath.Join(dir, "log"))
	ts.Check(err)
	agency.Stderr = log
	out, err := agency.StdoutPipe()
	ts.Check(err)
	ts.Check(agency.Start())
	ts.Defer(func() {
		_ = agency.Process.Signal(os.Interrupt)
		_ = agency.Wait()
		_ = log.Close()
	})
	up := bufio.NewScanner(out)
	if !up.Scan() || !strings.HasPrefix(up.Text(), "The node is up: ") {
		said, _ := os.ReadFile(log.Name())
		ts.Fatalf("the node said %q: %s", up.Text(), said)
	}
	ts.Setenv("NODE_"+args[0], strings.Fields(up.Text())[4])
	ts.Setenv("TOKEN_"+args[0], filepath.Join(dir, tokenFile))
}
