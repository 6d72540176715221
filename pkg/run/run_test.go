package run_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/posada-exchange/posada/pkg/run"
)

// TestWhatFailedIsDoneAgainSooner: after a second, then twice as long each time, less up to
// half by chance, and never later than otherwise.
func TestWhatFailedIsDoneAgainSooner(t *testing.T) {
	for _, every := range []time.Duration{time.Millisecond, 2 * time.Minute, 24 * time.Hour} {
		if got := run.Again(0, every); got != every {
			t.Errorf("where nothing failed: %s", got)
		}
		for failed := 1; failed < 100; failed++ {
			most, differ := every, map[time.Duration]bool{}
			if failed < 12 {
				most = min(every, time.Second<<(failed-1))
			}
			for range 20 {
				got := run.Again(failed, every)
				if got > most || failed < 12 && got < most/2 || got < time.Second/2 && got < every/2 {
					t.Fatalf("after %d, where it is every %s: %s", failed, every, got)
				}
				differ[got] = true
			}
			if len(differ) < 2 {
				t.Errorf("after %d all come at once", failed)
			}
		}
	}
}

// diary is what happened, in order, and at which hour.
type diary struct {
	mu    sync.Mutex
	began time.Time
	lines []string
}

func newDiary() *diary { return &diary{began: time.Now()} }

func (d *diary) note(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, time.Since(d.began).String()+" "+line)
}

func (d *diary) is(t *testing.T, want ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.lines, want) {
		t.Errorf("it went\n%s\nwant\n%s", strings.Join(d.lines, "\n"), strings.Join(want, "\n"))
	}
}

// unit is ready and gone after these times, and notes both.
func (d *diary) unit(name string, start, stop time.Duration) run.Unit {
	return run.Unit{Name: name, Run: func(ctx context.Context, ready func()) error {
		d.note(name + " starts")
		time.Sleep(start)
		ready()
		<-ctx.Done()
		time.Sleep(stop)
		d.note(name + " stopped")
		return ctx.Err()
	}}
}

var errBroken = errors.New("broken")

// broken is a unit that fails: before it is ready, or a time after.
func broken(name string, isReady bool, after time.Duration, err error) run.Unit {
	return run.Unit{Name: name, Run: func(_ context.Context, ready func()) error {
		if isReady {
			ready()
		}
		time.Sleep(after)
		return err
	}}
}

func TestUnitsStartInOrderAndStopInReverse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		ctx, stop := context.WithCancel(t.Context())
		// An hour each: a start that did not wait for the unit before it, or a
		// stop for the one behind it, would stand at another time.
		err := run.Run(ctx, func() { d.note("ready"); stop() },
			d.unit("a", time.Hour, time.Hour), d.unit("b", time.Hour, time.Hour), d.unit("c", time.Hour, time.Hour))
		if err != nil {
			t.Errorf("being asked to stop is no failure: %v", err)
		}
		d.is(t, "0s a starts", "1h0m0s b starts", "2h0m0s c starts", "3h0m0s ready",
			"4h0m0s c stopped", "5h0m0s b stopped", "6h0m0s a stopped")
	})
}

func TestReadyIsNotSaidBeforeTheLastUnitIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		never := run.Unit{Name: "b", Run: func(ctx context.Context, _ func()) error { <-ctx.Done(); return nil }}
		go func() {
			done <- run.Run(ctx, func() { d.note("ready") }, d.unit("a", 0, 0), never, d.unit("c", 0, 0))
		}()
		synctest.Wait()
		d.is(t, "0s a starts")
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		d.is(t, "0s a starts", "0s a stopped")
	})
}

func TestAUnitThatEndsStopsAll(t *testing.T) {
	for name, c := range map[string]struct {
		unit run.Unit
		want error
		went []string
	}{
		"fails before it is ready": {broken("b", false, time.Hour, errBroken), errBroken, []string{
			"0s a starts", "1h0m0s a stopped"}},
		"fails later": {broken("b", true, time.Hour, errBroken), errBroken, []string{
			"0s a starts", "0s c starts", "0s ready", "1h0m0s c stopped", "1h0m0s a stopped"}},
		"returns though nobody asked": {broken("b", true, time.Hour, nil), run.ErrEnded, []string{
			"0s a starts", "0s c starts", "0s ready", "1h0m0s c stopped", "1h0m0s a stopped"}},
		"returns before it is ready": {broken("b", false, 0, nil), run.ErrEnded, []string{
			"0s a starts", "0s a stopped"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				err := run.Run(t.Context(), func() { d.note("ready") }, d.unit("a", 0, 0), c.unit, d.unit("c", 0, 0))
				if !errors.Is(err, c.want) || !strings.HasPrefix(err.Error(), "b: ") {
					t.Errorf("%v; want one that names b and is %v", err, c.want)
				}
				d.is(t, c.went...)
			})
		})
	}
}

// A unit in the middle of the order goes while those behind it still start:
// nobody may be told that all is well.
func TestAnEarlierUnitThatEndsWhileALaterOneStartsStopsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		never := run.Unit{Name: "c", Run: func(ctx context.Context, _ func()) error { <-ctx.Done(); return nil }}
		err := run.Run(t.Context(), func() { d.note("ready") }, d.unit("a", 0, 0), broken("b", true, time.Minute, errBroken), never)
		if !errors.Is(err, errBroken) {
			t.Error(err)
		}
		d.is(t, "0s a starts", "1m0s a stopped")
	})
}

func TestWhatFailsWhileStoppingIsToldToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := errors.New("files stayed open")
		sour := run.Unit{Name: "sour", Run: func(ctx context.Context, ready func()) error { ready(); <-ctx.Done(); return other }}
		err := run.Run(t.Context(), func() {}, sour, broken("b", true, time.Minute, errBroken))
		if !errors.Is(err, errBroken) || !errors.Is(err, other) || !strings.Contains(err.Error(), "sour: ") {
			t.Error(err)
		}
	})
}

type key struct{}

// What a unit relies on must outlive it: the store is still open while the
// last answer is written.
func TestAUnitsContextEndsWhenItsTurnComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(context.WithValue(t.Context(), key{}, "kept"))
		var below context.Context
		first := run.Unit{Name: "first", Run: func(ctx context.Context, ready func()) error {
			below = ctx
			ready()
			<-ctx.Done()
			return nil
		}}
		second := run.Unit{Name: "second", Run: func(ctx context.Context, ready func()) error {
			ready()
			<-ctx.Done()
			time.Sleep(time.Hour)
			if below.Err() != nil {
				t.Error("what stands below was stopped while this still worked")
			}
			return nil
		}}
		if err := run.Run(ctx, stop, first, second); err != nil {
			t.Error(err)
		}
		if below.Err() == nil || below.Value(key{}) != "kept" {
			t.Errorf("its context: %v, %v", below.Err(), below.Value(key{}))
		}
	})
}

func TestAStopThatIsAskedForEarlyStartsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		ctx, stop := context.WithCancel(t.Context())
		stop()
		slow := d.unit("a", time.Hour, 0)
		if err := run.Run(ctx, func() { d.note("ready") }, slow, d.unit("b", 0, 0)); err != nil {
			t.Error(err)
		}
		d.is(t, "0s a starts", "1h0m0s a stopped")
	})
}
