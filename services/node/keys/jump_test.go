package keys

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/roster"
)

// TestAStorePutBackAnnouncesPastWhatWasUsed: what a member has of the lost one
// is followed by what the copy announces.
func TestAStorePutBackAnnouncesPastWhatWasUsed(t *testing.T) {
	t.Parallel()
	a := newAgency(t, begun)
	copied := t.TempDir()
	must(t, os.CopyFS(copied+"/vault", os.DirFS(a.dir)))
	now := begun
	for range 3 {
		now = now.Add(day)
		if changed, err := a.Turn(now); err != nil || !changed {
			t.Fatal(changed, err)
		}
	}
	lost, _ := a.Announced()
	back := &agency{dir: copied + "/vault"}
	back.open(t)
	var err error
	back.Keys, err = New(back.vault, a.random)
	must(t, err)
	t.Cleanup(func() { must(t, back.vault.Close()) })
	if _, err := back.Turn(now); err != nil {
		t.Fatal(err)
	}
	forked, _ := back.Announced()
	if err := forked.Follows(lost); err == nil {
		t.Fatal("it need not jump")
	}
	must(t, back.Jump(lost.Keys().Sequence, now))
	if err := back.Jump(lost.Keys().Sequence+9, now.Add(jumpEvery-time.Second)); !errors.Is(err, ErrJumped) {
		t.Errorf("again at once: %v", err)
	}
	back.restart(t)
	if changed, err := back.Turn(now); err != nil || !changed {
		t.Fatal(changed, err)
	}
	for range 3 {
		next, atHub := back.Announced()
		if err := next.Follows(lost); err != nil || atHub {
			t.Fatalf("%d after %d: %v, told %t", next.Keys().Sequence, lost.Keys().Sequence, err, atHub)
		}
		if kept, ok := base(t, back).With(lost).With(next).Announcement(back.Member().ID); !ok || kept.Digest() != next.Digest() {
			t.Error("it does not count")
		}
		lost = next
		now = now.Add(day)
		if changed, err := back.Turn(now); err != nil || !changed {
			t.Fatal(changed, err)
		}
	}
	if changed, err := back.Turn(now); err != nil || changed {
		t.Errorf("turned over again: %t, %v", changed, err)
	}
	next, _ := back.Announced()
	must(t, back.Jump(next.Keys().Sequence, now.Add(jumpEvery)))
	must(t, back.Jump(next.Keys().Sequence, now.Add(jumpEvery))) // still the same
	if _, err := back.Turn(now); err != nil {
		t.Fatal(err)
	}
	if last, _ := back.Announced(); last.Keys().Sequence <= next.Keys().Sequence || errors.Is(last.Follows(next), roster.ErrKeysForked) {
		t.Errorf("%d after %d", last.Keys().Sequence, next.Keys().Sequence)
	}
}
