package stewards

import (
	"bytes"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/trust"
)

// TestADirectoryIsToldOfAtOnce, and is there after a restart without the hub.
func TestADirectoryIsToldOfAtOnce(t *testing.T) {
	w := newWorld(t)
	w.refresh()
	if e, text, err := w.Directory(t.Context()); err != nil || e.Version != 0 || text != nil {
		t.Errorf("there is one: %+v, %v", e, err)
	}
	sealed := bytes.Repeat([]byte{7}, 100<<10)
	p, err := w.council.Decide(trust.RoleDirectory, sealed, w.now)
	must(t, err)
	must(t, w.hub.Publish(t.Context(), p))
	w.pass(time.Minute)
	before := w.changes
	w.refresh()
	if w.changes != before+1 {
		t.Errorf("it was told of %d times", w.changes-before)
	}
	w.pass(time.Minute)
	w.refresh()
	if w.changes != before+1 {
		t.Error("it was told of again")
	}
	w.hub.away = true
	w.restart(time.Minute)
	if e, text, err := w.Directory(t.Context()); err != nil || e.Version != 1 || !bytes.Equal(text, sealed) {
		t.Errorf("%+v, %v", e, err)
	}
}
