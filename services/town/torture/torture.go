// Package torture runs a whole invented network as processes of its own, refers people through
// it while it kills and stops them and cuts and slows their lines at random, and then holds
// what every caller was told against what arrived.
//
// Its promise under test: what a node said it sent arrives once, as it was sent, and where it
// was sent to alone; what it refused does not arrive; what it gave no answer to arrives once or
// not at all.
//
// What it does not show: a kill leaves what the system had taken to be written. That is not a
// power cut, which loses what was not synced.
//
// Holds: what a town does. May reach: the processes it started, on loopback. If compromised:
// nobody; everything in a town is invented.
package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"sync"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/services/hub"
	"github.com/posada-exchange/posada/services/town"
)

// Config is what a run is given.
type Config struct {
	Dir   string        // an empty folder
	Host  string        // on loopback; 127.0.0.1 where it is empty
	For   time.Duration // how long faults are put in
	Seed  uint64        // of which faults come when; which calls they meet is not drawn
	Quiet time.Duration // how long all may take to arrive when everything runs again

	// Hub and Node are the programs, given their configuration's file.
	Hub, Node func(config string) *exec.Cmd
	Stretch   consent.Stretch // what the programs make of withdrawal codes; nil: what production does
	Tell      func(Progress)  // told each second; may be nil
}

// Progress is how far a run is.
type Progress struct {
	Passed time.Duration
	Told   Told
	Faults Faults
}

// Report is what a run found.
type Report struct {
	Seed    uint64        `json:"seed"`
	Took    time.Duration `json:"took_ns"`
	Told    Told          `json:"told"`
	Faults  Faults        `json:"faults"`
	Arrived int           `json:"arrived"`
	Wrong   []Finding     `json:"wrong"` // empty: as promised
}

// world is a run under way.
type world struct {
	Config
	laid    town.Laid
	hub     *process
	nodes   map[string]*process
	lines   map[string]*line
	asks    map[string]*client.Client // by their first member of staff
	ledger  ledger
	counted faults
}

// Run lays a network, tortures it, lets it come to rest, and says what became of everything.
// Its error is that it could not be run; what the network did wrong is in the report.
func Run(ctx context.Context, c Config) (report Report, err error) {
	w := &world{Config: c, nodes: map[string]*process{}, lines: map[string]*line{}, asks: map[string]*client.Client{}}
	begun := time.Now()
	if w.laid, err = town.Lay(c.Dir, plan(c.Host, c.Stretch), begun); err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	if err := w.start(ctx); err != nil {
		return report, err
	}
	cases, err := w.agree(ctx)
	if err != nil {
		return report, err
	}
	w.torture(ctx, cases)
	if err := ctx.Err(); err != nil {
		return report, err
	}
	if err := w.heal(ctx); err != nil {
		return report, err
	}
	report = Report{Seed: c.Seed, Wrong: []Finding{}}
	report.Arrived, report.Wrong, err = w.reconcile(ctx)
	report.Told, report.Faults, report.Took = w.ledger.told(), w.counted.all(), time.Since(begun)
	return report, err
}

// start runs the hub, then the nodes, each behind a line of its own.
func (w *world) start(ctx context.Context) error {
	settings, err := hub.ReadConfig(w.laid.HubConfig(), nil)
	if err != nil {
		return err
	}
	w.hub = newProcess("hub", func() *exec.Cmd { return w.Hub(w.laid.HubConfig()) }, listens(settings.Listen))
	if err := w.hub.start(ctx); err != nil {
		return err
	}
	for _, a := range w.laid.Plan.Agencies {
		l, err := newLine(ctx, settings.Listen)
		if err != nil {
			return err
		}
		w.lines[a.Key] = l
		if w.asks[a.Key], err = w.ask(a.Key); err != nil {
			return err
		}
		w.nodes[a.Key] = newProcess(a.Key, func() *exec.Cmd {
			cmd := w.Node(w.laid.NodeConfig(a.Key))
			cmd.Env = append(cmd.Environ(), "POSADA_HUB=tls://"+l.address(), "POSADA_POLL=1s", "POSADA_SYNC=10s")
			return cmd
		}, answers(w.asks[a.Key]))
		if err := w.nodes[a.Key].start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// torture sends, and puts faults in, until the time is over and what was begun has ended.
func (w *world) torture(ctx context.Context, cases map[string]string) {
	ctx, over := context.WithTimeout(ctx, w.For)
	defer over()
	random := rand.New(rand.NewPCG(w.Seed, 0))
	var under sync.WaitGroup
	for key, label := range cases {
		own := rand.New(rand.NewPCG(w.Seed, random.Uint64()))
		under.Go(func() { w.sendsOn(ctx, key, label, own) })
	}
	under.Go(func() { w.faultsOn(ctx, random) })
	if w.Tell != nil {
		under.Go(func() { w.tellsOn(ctx) })
	}
	under.Wait()
}

func (w *world) tellsOn(ctx context.Context) {
	begun, each := time.Now(), time.NewTicker(time.Second)
	defer each.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-each.C:
			w.Tell(Progress{time.Since(begun), w.ledger.told(), w.counted.all()})
		}
	}
}

// heal opens every line and sees that every process runs.
func (w *world) heal(ctx context.Context) error {
	for _, l := range w.lines {
		l.set(open)
	}
	for _, p := range w.all() {
		if err := p.start(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) all() []*process {
	list := []*process{w.hub}
	for _, a := range w.laid.Plan.Agencies {
		list = append(list, w.nodes[a.Key])
	}
	return list
}

// stop ends everything.
func (w *world) stop() error {
	var wrong []error
	for _, p := range w.all() {
		if p != nil {
			if err := p.end(); err != nil {
				wrong = append(wrong, fmt.Errorf("%s: %w", p.name, err))
			}
		}
	}
	for _, l := range w.lines {
		l.close()
	}
	return errors.Join(wrong...)
}
