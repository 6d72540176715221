package stewards

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/posada-exchange/posada/pkg/trust"
)

// running runs the unit until the test ends, in a bubble of its own time.
func running(t *testing.T, w *world) {
	ctx, stop := t.Context(), make(chan error, 1)
	go func() { stop <- w.Run(ctx, func() {}) }()
	t.Cleanup(func() { must(t, <-stop) })
	synctest.Wait()
}

// looks is how often the hub was asked what is newest.
func (w *world) looks() (n int) {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	for _, name := range w.hub.asked {
		if name == trust.PulseName {
			n++
		}
	}
	return n
}

// TestAHubThatDidNotAnswerIsAskedAgainSoon, less and less often, and not after an hour; one
// that answered is left alone.
func TestAHubThatDidNotAnswerIsAskedAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.hub.goes(true)
		running(t, w)
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if n := w.looks(); n < 5 || n > 10 {
			t.Errorf("it was asked %d times in half a minute", n)
		}
		w.hub.goes(false)
		time.Sleep(32 * time.Second)
		synctest.Wait()
		w.runs(1, 1)
		before := w.looks()
		time.Sleep(50 * time.Minute)
		synctest.Wait()
		if n := w.looks(); n != before {
			t.Errorf("one that answered was asked %d times more", n-before)
		}
	})
}

// TestWhoIsToldAsksWithinASecond and not more than twice in one, however often it is told.
func TestWhoIsToldAsksWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		running(t, w)
		w.table(func(cells map[string]any) { delete(cells, "worker_center") })
		w.Told()
		time.Sleep(together)
		synctest.Wait()
		w.runs(1, 2)
		before := w.looks()
		for range 1000 {
			w.Told()
			time.Sleep(10 * time.Millisecond)
		}
		synctest.Wait()
		if n := w.looks() - before; n < 9 || n > 20 {
			t.Errorf("it asked %d times in ten seconds", n)
		}
	})
}

// TestOneChangeCostsSixQuestions, and nothing new costs one.
func TestOneChangeCostsSixQuestions(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	w.hub.asked = nil
	w.refresh()
	if len(w.hub.asked) != 1 {
		t.Errorf("where nothing is new: %v", w.hub.asked)
	}
	w.table(func(cells map[string]any) { delete(cells, "worker_center") })
	w.hub.asked = nil
	w.refresh()
	w.runs(1, 2)
	files := slices.DeleteFunc(slices.Clone(w.hub.asked), func(name string) bool { return !strings.Contains(name, "policy") })
	if len(w.hub.asked) != 6 || len(files) != 2 || w.looks() != 1 {
		t.Errorf("one table costs %v", w.hub.asked)
	}
}
