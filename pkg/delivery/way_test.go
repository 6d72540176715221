package delivery_test

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/delivery"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
)

func id(n int) posada.MessageID { return posada.MessageID{byte(n), byte(n >> 8)} }

// TestNothingThatMayLieAtTheHubIsForgotten draws what may happen to an event in any
// order: every envelope that the hub may hold is known by its id, and a void is not
// sent while one of what it voids may lie there.
func TestNothingThatMayLieAtTheHubIsForgotten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w delivery.Way
		made, gone := 0, map[posada.MessageID]bool{}
		before := map[posada.MessageID]bool{} // of what it was before it was stopped
		t.Repeat(map[string]func(*rapid.T){
			"attempt": func(t *rapid.T) {
				was := w
				after, goes := w.Attempt(id(made))
				if goes {
					made++
					for m := range before {
						if !gone[m] && w.Was != "" {
							t.Fatal("a void goes while what it voids may lie at the hub")
						}
					}
				}
				if !reflect.DeepEqual(was, w) {
					t.Fatal("a step changed what it was given")
				}
				w = after
			},
			"submitted": func(*rapid.T) {
				if len(w.Lying) > 0 {
					w = w.Submitted()
				}
			},
			"stopped": func(*rapid.T) {
				if w.Was == "" {
					w = w.Stopped(event.TypeReferral)
					for n := range made {
						before[id(n)] = true
					}
				}
			},
			"gone": func(t *rapid.T) {
				all := slices.Concat(w.Back, w.Lying)
				if len(all) == 0 {
					return
				}
				m := rapid.SampledFrom(all).Draw(t, "which")
				gone[m] = true
				w, _ = w.Gone(m)
			},
			"": func(t *rapid.T) {
				for n := range made {
					if known := w.Concerns(id(n)); known == gone[id(n)] {
						t.Fatalf("envelope %d: known %v, gone %v", n, known, gone[id(n)])
					}
				}
				if len(w.Lying) > delivery.MaxLying {
					t.Fatal("too many lie at the hub")
				}
			},
		})
	})
}

func TestAReceiptOfWhatNeverWasSentEndsNothing(t *testing.T) {
	for _, c := range []struct {
		way  delivery.Way
		void bool
		want bool
	}{
		{delivery.Way{Tries: 1}, false, true},
		{delivery.Way{}, false, false},
		{delivery.Way{Tries: 1}, true, false},
		{delivery.Way{Was: event.TypeReferral}, true, true},
		{delivery.Way{Was: event.TypeReferral}, false, true},
	} {
		if got := c.way.Receipted(c.void); got != c.want {
			t.Errorf("%+v, void %v: %v", c.way, c.void, got)
		}
	}
}
