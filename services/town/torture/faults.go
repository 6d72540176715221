package torture

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Faults is how many were put in.
type Faults struct {
	Killed  int `json:"killed"`
	Paused  int `json:"paused"`
	Cut     int `json:"cut"`
	Stalled int `json:"stalled"`
	Slowed  int `json:"slowed"`
	Flipped int `json:"flipped"` // the hub killed, bits of its store turned over or cut off
	Wiped   int `json:"wiped"`   // the hub killed, its whole store gone
}

// All is how many they are together.
func (f Faults) All() int {
	return f.Killed + f.Paused + f.Cut + f.Stalled + f.Slowed + f.Flipped + f.Wiped
}

type faults struct {
	mu sync.Mutex
	n  Faults
	// wrong is what a process did when something was done to it: it panicked, ended by itself,
	// or did not come up again.
	wrong []Finding
}

func (f *faults) all() Faults {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n
}

func (f *faults) counts(k kind) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*map[kind]*int{
		killing: &f.n.Killed, pausing: &f.n.Paused, cutting: &f.n.Cut, stalling: &f.n.Stalled, slowing: &f.n.Slowed, flipping: &f.n.Flipped, wiping: &f.n.Wiped,
	}[k]++
}

func (f *faults) fails(of string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wrong = append(f.wrong, Finding{What: WrongProcess, Agency: of, Detail: err.Error()})
}

func (f *faults) found() []Finding {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.wrong)
}

// faultsOn puts faults in, several at once, until ctx ends, and takes every one out again.
func (w *world) faultsOn(ctx context.Context, random *rand.Rand) {
	var under sync.WaitGroup
	defer under.Wait()
	processes := w.all()
	for {
		between := 50*time.Millisecond + time.Duration(random.Int64N(int64(1500*time.Millisecond)))
		if !waits(ctx, between) {
			return
		}
		lasts := time.Duration(random.Int64N(int64(3 * time.Second)))
		p := processes[random.IntN(len(processes))]
		l := w.lines[w.laid.Plan.Agencies[random.IntN(len(w.lines))].Key]
		kind, own := kinds()[random.IntN(len(kinds()))], rand.New(rand.NewPCG(w.Seed, random.Uint64()))
		under.Go(func() {
			if err := w.fault(ctx, kind, p, l, lasts, own); err != nil {
				w.counted.fails(p.name, err)
			}
		})
	}
}

// kind is what is done.
type kind int

const (
	killing kind = iota
	pausing
	cutting
	stalling
	slowing
	flipping
	wiping
)

// kinds are what is drawn from: what happens more often stands there more often.
func kinds() []kind {
	return []kind{killing, killing, killing, pausing, pausing, cutting, cutting, stalling, stalling, slowing, slowing, flipping, wiping}
}

func (w *world) fault(ctx context.Context, k kind, p *process, l *line, lasts time.Duration, random *rand.Rand) error {
	during := func() error { waits(ctx, lasts); return nil }
	store := filepath.Join(filepath.Dir(w.laid.HubConfig()), "mail")
	w.counted.counts(k)
	switch k {
	case killing:
		return p.killed(ctx, during)
	case pausing:
		return p.paused(during)
	case cutting:
		return l.during(cut, during)
	case stalling:
		return l.during(stalled, during)
	case slowing:
		return l.during(slow, during)
	case flipping:
		return w.lying(ctx, func() error { return errors.Join(during(), flips(store, random)) })
	default:
		return w.lying(ctx, func() error { return errors.Join(during(), os.RemoveAll(store)) })
	}
}

// lying kills the hub when it has something that nobody collected, and harms it.
func (w *world) lying(ctx context.Context, harm func() error) error {
	for _, a := range targets() {
		w.lines[a.key].set(cut)
	}
	waits(ctx, time.Second)
	err := w.hub.killed(ctx, harm)
	for _, a := range targets() {
		w.lines[a.key].set(open)
	}
	return err
}

// during makes a line so for a while.
func (l *line) during(is quality, meanwhile func() error) error {
	defer l.set(open)
	l.set(is)
	return meanwhile()
}

// waits reports whether ctx goes on so long.
func waits(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
