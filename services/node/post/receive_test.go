package post

import (
	"testing"
	"time"
)

// TestAMailboxThatCouldNotBeEmptiedIsLookedIntoSooner: after a second, each time twice
// as long, and never later than otherwise.
func TestAMailboxThatCouldNotBeEmptiedIsLookedIntoSooner(t *testing.T) {
	for _, poll := range []time.Duration{10 * time.Millisecond, 30 * time.Second, time.Hour} {
		last := time.Duration(0)
		for failed := range 100 {
			got := lookAgain(poll, failed)
			want := poll
			if failed > 0 {
				want = min(poll, max(time.Second, 2*last))
				last = got
			}
			if got != want {
				t.Fatalf("poll %v, after %d: %v; want %v", poll, failed, got, want)
			}
		}
	}
}
