package torture_test

import (
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/posada-exchange/posada/services/town/processes"
	"github.com/posada-exchange/posada/services/town/torture"
)

var (
	long = flag.Duration("for", 10*time.Second, "how long faults are put in")
	seed = flag.Uint64("seed", 0, "of which faults come when; 0 draws one")
)

func TestMain(m *testing.M) { flag.Parse(); os.Exit(processes.Main(m)) }

// TestWhatANodeSaidItSentArrivesOnce whatever is killed, stopped, cut or slowed meanwhile.
func TestWhatANodeSaidItSentArrivesOnce(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("-seed %d -for %s", *seed, *long)
	report, err := torture.Run(t.Context(), torture.Config{
		Dir: t.TempDir(), Host: processes.Host(), For: *long, Seed: *seed, Quiet: 90 * time.Second, Stretch: processes.Unstretched,
		Hub:  func(config string) *exec.Cmd { return processes.Command("hub", config) },
		Node: func(config string) *exec.Cmd { return processes.Command("node", config) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", report)
	for _, w := range report.Wrong {
		t.Errorf("%+v", w)
	}
	if report.Told.Sent == 0 || report.Faults == (torture.Faults{}) {
		t.Error("nothing was sent, or nothing went wrong")
	}
}
