package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/services/town/torture"
)

// comesToRest is how long everything may take to arrive when all of it runs again.
const comesToRest = 5 * time.Minute

var errNoHub = errors.New("the hub's program is not there")

// torture runs an invented network and does it all the harm there is, for as long as it is asked.
func (c *cli) torture() *cobra.Command {
	var how torture.Config
	cmd := c.command("torture", "posada")
	cmd.Args = c.exactly(0)
	cmd.Flags().DurationVar(&how.For, "for", time.Minute, c.Text("flag.torture_for"))
	cmd.Flags().Uint64Var(&how.Seed, "seed", 0, c.Text("flag.torture_seed"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		hub, err := exec.LookPath(program("posada-hub"))
		if err != nil {
			return errNoHub
		}
		own, err := os.Executable()
		if err != nil {
			return err
		}
		if how.Dir, err = os.MkdirTemp("", "posada-torture-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(how.Dir)) }()
		if how.Seed == 0 {
			how.Seed = rand.Uint64()
		}
		how.Quiet = comesToRest
		how.Hub = func(config string) *exec.Cmd { return exec.Command(hub, "--config", config) }
		how.Node = func(config string) *exec.Cmd { return exec.Command(own, "node", "--config", config) }
		if !c.output.ForPrograms() && !c.quiet {
			how.Tell = c.tellTorture
			c.note(c.Text("torture.begins", "for", how.For, "seed", how.Seed))
		}
		report, err := torture.Run(cmd.Context(), how)
		if err != nil {
			return err
		}
		if err := c.print(report, func(p *page) { p.torture(report) }); err != nil {
			return err
		}
		if len(report.Wrong) > 0 {
			return errNotTold
		}
		return nil
	}
	return cmd
}

func (c *cli) tellTorture(t torture.Progress) {
	fmt.Fprintf(c.err, "\r%s", c.Text("torture.progress", "passed", t.Passed.Round(time.Second), "sent", t.Told.Sent, "refused", t.Told.Refused, "unsure", t.Told.Unsure, "faults", t.Faults.All()))
}

// torture says what was done, and what became of it.
func (p *page) torture(r torture.Report) {
	p.line("")
	p.say("torture.seed", "seed", r.Seed, "took", r.Took.Round(time.Second))
	p.table(nil, [][]string{
		{p.Text("torture.killed"), fmt.Sprint(r.Faults.Killed)}, {p.Text("torture.paused"), fmt.Sprint(r.Faults.Paused)},
		{p.Text("torture.cut"), fmt.Sprint(r.Faults.Cut)}, {p.Text("torture.stalled"), fmt.Sprint(r.Faults.Stalled)}, {p.Text("torture.slowed"), fmt.Sprint(r.Faults.Slowed)},
		{p.Text("torture.flipped"), fmt.Sprint(r.Faults.Flipped)}, {p.Text("torture.wiped"), fmt.Sprint(r.Faults.Wiped)},
	})
	p.line("")
	p.say("torture.told", "sent", r.Told.Sent, "refused", r.Told.Refused, "unsure", r.Told.Unsure)
	p.say("torture.arrived", "arrived", r.Arrived)
	if len(r.Wrong) == 0 {
		p.say("torture.well")
		return
	}
	p.heading("torture.wrong", "count", len(r.Wrong))
	for _, f := range r.Wrong {
		p.line("  " + p.Text(i18n.Key("torture.wrong_"+string(f.What))) + " · " + f.Agency + " · " + f.Detail)
	}
}
