package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	demo "github.com/posada-exchange/posada/deploy/demo"
	"github.com/posada-exchange/posada/pkg/config"
	"github.com/posada-exchange/posada/pkg/sampled"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/processes"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"posada": func() { os.Exit(run(os.Args[1:], os.Environ(), streams{os.Stdin, os.Stdout, os.Stderr})) },
	})
}

// all has every story played; without, some are, or those that -run names.
var all = flag.Bool("all", false, "every story in testdata/script")

// stories are the files of those that are played.
func stories(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(files) < 35 {
		t.Fatalf("%d stories, %v", len(files), err)
	}
	if *all || strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
		return files
	}
	return sampled.Of(files, 11)
}

// TestStories plays stories in testdata/script: the words of somebody at a
// command line, on a real town.
func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Files: stories(t), RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TMPDIR", e.Getenv("WORK")+"/tmp")
			e.Setenv("LANG", "C")
			files, err := filepath.Abs("../../deploy/demo")
			e.Setenv("DEMO", files)
			e.Values[lockKey{}] = &lockCommands{}
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"town": startTown, "as": asStaff, "exits": exits, "eventually": eventually, "save": save, "stays": stays, "starts": starts, "pages": servesPages,
			"locked-town": withLock((*lockCommands).start), "laid-town": withLock(func(l *lockCommands, ts *testscript.TestScript, _ bool, args []string) { l.lay(ts, args[0]) }),
			"later": withLock((*lockCommands).later), "line-cut": withLock((*lockCommands).lineCut), "hub-alone": withLock((*lockCommands).hubAlone), "node-alone": withLock((*lockCommands).node), "node-killed": withLock((*lockCommands).kill),
			"new-hub": newHub, "hub-runs": hubRuns, "node-runs": nodeRuns,
			"signs-in": signsIn, "locks": locks, "remembers": withLock((*lockCommands).remembers),
		},
	})
}

// startTown runs deploy/demo's network until the script ends.
func startTown(ts *testscript.TestScript, _ bool, _ []string) {
	file, err := demo.Files.Open("town.yaml")
	ts.Check(err)
	var plan town.Plan
	ts.Check(config.Document(file, &plan))
	plan.Stretch = processes.Unstretched
	laid, err := town.Lay(ts.MkAbs("town"), plan, time.Now())
	ts.Check(err)
	w, err := town.Start(context.Background(), laid, town.Options{Skip: []string{"condado"}})
	ts.Check(err)
	ts.Defer(func() { ts.Check(w.Stop()) })
	for _, a := range plan.Agencies {
		if a.Key != "condado" {
			ts.Setenv("NODE_"+a.Key, w.API(a.Key))
			ts.Setenv("TOKEN_"+a.Key, w.TokenFile(a.Key))
		}
	}
}

// asStaff makes the posada commands that follow those of an agency's staff.
func asStaff(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv("POSADA_NODE", ts.Getenv("NODE_"+args[0]))
	ts.Setenv("POSADA_TOKEN_FILE", ts.Getenv("TOKEN_"+args[0]))
}

// exits runs a command that must end with a code: exits CODE posada …
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s (%v); want %s", got, err, args[0])
	}
}

// patience is how long something may take, on a machine that has much else to do.
const patience = 2 * time.Minute

// eventually runs a command until what it prints matches: eventually PATTERN
// posada …
func eventually(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile(args[0])
	pause := 20 * time.Millisecond // more and more: each look is a process of its own
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); pause = min(2*pause, 300*time.Millisecond) {
		if ts.Exec(args[1], args[2:]...) == nil && want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		time.Sleep(pause)
	}
	ts.Fatalf("%s never printed %s", strings.Join(args[1:], " "), args[0])
}

// save puts what a pattern's group matched in the last output into a
// variable: save NAME PATTERN
func save(ts *testscript.TestScript, _ bool, args []string) {
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) < 2 {
		ts.Fatalf("nothing matches %s", args[1])
	}
	ts.Setenv(args[0], m[1])
}

// stays runs the demo without --once, types what it says to type, and ends it
// with Ctrl-C.
func stays(ts *testscript.TestScript, _ bool, _ []string) {
	binary, err := exec.LookPath("posada")
	ts.Check(err)
	cmd := exec.Command(binary, "demo", "--console")
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "TMPDIR="+ts.Getenv("TMPDIR"))
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	typed, pages := 0, 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "Ctrl-C") {
			break
		}
		if at := strings.TrimSpace(lines.Text()); strings.HasSuffix(at, "/sign-in/first") {
			answer, err := http.Get(at)
			ts.Check(err)
			ts.Check(answer.Body.Close())
			if answer.StatusCode == http.StatusOK {
				pages++
			}
		}
		line, ok := strings.CutPrefix(lines.Text(), "  POSADA_NODE=")
		if !ok {
			continue
		}
		ts.Check(ts.Exec("sh", "-c", "POSADA_NODE="+line))
		ts.Logf("%s", ts.ReadFile("stdout"))
		typed++
	}
	ts.Check(cmd.Process.Signal(os.Interrupt))
	if err := cmd.Wait(); err != nil || typed != 3 || pages != 4 {
		ts.Fatalf("%d commands typed, %d pages opened; it ended with %v", typed, pages, err)
	}
}

// starts starts the hub and one node of a network that the demo kept, each on
// its own, and asks the node: starts FOLDER
func starts(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	defer runHub(ts, filepath.Join(dir, "hub"), nil)()

	binary, err := exec.LookPath("posada")
	ts.Check(err)
	agency := exec.Command(binary, "node", "--config", filepath.Join(dir, "girasol", "node.yaml"))
	agency.Env = append(os.Environ(), "LANG=C")
	out, err := agency.StdoutPipe()
	ts.Check(err)
	ts.Check(agency.Start())
	up := bufio.NewScanner(out)
	if !up.Scan() || !strings.HasPrefix(up.Text(), "The node is up: ") {
		ts.Fatalf("the node said %q, %v", up.Text(), agency.Wait())
	}
	ts.Setenv("POSADA_NODE", strings.Fields(up.Text())[4])
	ts.Setenv("POSADA_TOKEN_FILE", filepath.Join(dir, "girasol", "token"))
	eventually(ts, false, []string{"Hub: connected", "posada", "status"})
	ts.Check(agency.Process.Signal(os.Interrupt))
	ts.Check(agency.Wait())
}

// TestEveryExampleFileIsRead holds the files people are told to copy against
// the programs that read them.
func TestEveryExampleFileIsRead(t *testing.T) {
	read := 0
	err := fs.WalkDir(demo.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := demo.Files.ReadFile(path)
		if read++; !bytes.Contains(bytes.ToLower(text), []byte("invent")) {
			t.Errorf("%s does not say that it is invented", path)
		}
		return err
	})
	if err != nil || read < 15 {
		t.Errorf("%d files, %v", read, err)
	}
	fmt.Fprintln(t.Output(), read, "files")
}
