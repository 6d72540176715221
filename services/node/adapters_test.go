package node

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/vault"
)

// TestTheAccountIsWalkedAfreshEachHour: between, what was added is walked from where it was found
// whole; what is broken is found again at each asking.
func TestTheAccountIsWalkedAfreshEachHour(t *testing.T) {
	dir, secret := t.TempDir(), vault.Key([32]byte{1, 2, 3})
	if err := vault.Create(dir, secret, rand.Reader); err != nil {
		t.Fatal(err)
	}
	store, err := vault.Open(dir, secret, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	h := &health{vault: store, now: func() time.Time { return now }}
	write := func(add func(tx *vault.Tx) error) {
		t.Helper()
		if err := store.Update(add); err != nil {
			t.Fatal(err)
		}
	}
	happened := func(tx *vault.Tx) error { return audit.Append(tx, audit.Entry{At: now, Act: audit.SignedIn}) }
	is := func(when string, entries uint64, whole bool) {
		t.Helper()
		a, err := h.Audit()
		if err != nil || a.Entries != entries || a.Whole != whole {
			t.Errorf("%s: %d entries, whole: %v, %v", when, a.Entries, a.Whole, err)
		}
	}
	is("nothing happened", 0, true)
	for n := range uint64(3) {
		write(happened)
		is("something happened", n+1, true)
	}
	h.whole.Head = "" // as if the last entry had been another when it was found whole
	is("the last is another", 3, false)
	is("walked from its first entry", 3, true)
	h.whole = audit.Checked{Count: 7, Head: h.whole.Head} // what is there no more
	h.since = now.Add(-afresh)
	is("an hour later", 3, true)
	h.whole, now = audit.Checked{Count: 7}, now.Add(-time.Minute)
	is("the clock was set back", 3, true)
	write(func(tx *vault.Tx) error {
		_, err := tx.Append("audit", vault.KeyID{}, append([]byte{1}, `{"prev":"another","entry":{"at":"2026-03-14T23:40:00Z","act":"locked","shared":[]}}`...))
		return err
	})
	is("what was added is linked to nothing", 3, false)
	is("asked again", 3, false)
}
