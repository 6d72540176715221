package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/spf13/cobra"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/commandline"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
)

// How long a watcher waits before it asks a node that is away again: more and more, and
// never so long that a need for tonight waits for it.
const (
	firstPause = time.Second
	mostPause  = 30 * time.Second
)

// placementWatch tells of each need that fits as it comes, until it is interrupted.
func (c *cli) placementWatch() *cobra.Command {
	var asJSON bool
	cmd := c.command("watch", "posada", "placement")
	cmd.Args = c.exactly(0)
	cmd.Flags().BoolVar(&asJSON, "json", false, c.Text("flag.watch_json"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		node, err := c.ask()
		if err != nil {
			return err
		}
		if asJSON {
			c.output = commandline.JSONLines
		}
		w := watcher{cli: c, asks: node, told: map[posada.NeedID]bool{}}
		return w.watch(cmd.Context())
	}
	return cmd
}

// watcher is somebody who waits for needs.
type watcher struct {
	*cli
	asks *client.Client
	told map[posada.NeedID]bool
}

// watch goes on until ctx ends, which is no error, or the node says what waiting does
// not change.
func (w *watcher) watch(ctx context.Context) error {
	if !w.quiet {
		w.note(w.Text("watch.begins"))
	}
	for {
		err := w.once(ctx)
		if err = w.cameBack(ctx, err); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// once watches until the node ends it. A node tells anew of all that waits; what was
// told of before is not told twice for it.
func (w *watcher) once(ctx context.Context) error {
	before := maps.Clone(w.told)
	return w.asks.WatchPlacements(ctx, func(l client.Placement) error {
		w.told[l.ID] = true
		if before[l.ID] {
			delete(before, l.ID)
			return nil
		}
		if w.output.ForPrograms() {
			return w.output.WriteNext(w.out, l)
		}
		return w.print(l, func(p *page) {
			p.placement(l)
			p.line("")
		})
	})
}

// cameBack returns when a node that went away answers again; it says once that it is
// away, and that it is back.
func (w *watcher) cameBack(ctx context.Context, err error) error {
	said := false
	for pause := firstPause; ; pause = min(2*pause, mostPause) {
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && !goesAway(err) {
			return err
		}
		if err != nil && !said {
			said = true
			if isLocked(err) {
				w.note(w.Text("watch.locked"))
			} else {
				w.note(w.Text("watch.away", "node", w.node))
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		if _, err = w.asks.Status(ctx); err == nil {
			if said {
				w.note(w.Text("watch.back"))
			}
			return nil
		}
	}
}

// goesAway reports whether an error passes: the node is away, locked, or busy.
func goesAway(err error) bool {
	p, is := errors.AsType[*client.Problem](err)
	return errors.Is(err, client.ErrUnreachable) || is && p.Code == string(fault.Unavailable)
}

func isLocked(err error) bool {
	p, is := errors.AsType[*client.Problem](err)
	return is && p.Key == string(fault.NodeLocked)
}

// note writes a sentence where it does not mix with what is told of needs.
func (c *cli) note(text string) { fmt.Fprintln(c.err, text) }
