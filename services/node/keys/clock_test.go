package keys

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// works holds an agency to what it must be able to do on a day: sign, and open
// what is sealed to what it announces.
func (a *agency) works(t *testing.T, now time.Time) {
	t.Helper()
	_, err := a.Turn(now)
	must(t, err)
	if _, err := a.Signer(now); err != nil {
		t.Errorf("%v: %v", now, err)
	}
	announced, _ := a.Announced()
	r, today := base(t, a).With(announced), posada.EpochAt(now)
	text, err := r.Recipient(a.Member().ID, today)
	must(t, err)
	if identity, ok := a.Identity(today); !ok || identity.Recipient() != text {
		t.Errorf("%v: everybody seals to a key that is not there", now)
	}
}

// TestAClockThatWasWrongLocksNobodyOut is T23: years ahead or back for a moment,
// seen by the turning over, by the destroying, or by both.
func TestAClockThatWasWrongLocksNobodyOut(t *testing.T) {
	t.Parallel()
	for _, days := range []int{-3650, -20, -1, 1, 12, 40, 100, 365, 3650} {
		for _, seenBy := range []string{"turn", "destroy", "both"} {
			a := newAgency(t, begun)
			a.works(t, begun)
			wrong := begun.AddDate(0, 0, days)
			if seenBy != "destroy" {
				_, err := a.Turn(wrong)
				must(t, err)
			}
			if seenBy != "turn" {
				must(t, a.Drained(wrong))
				_, err := a.Destroy(wrong)
				must(t, err)
			}
			for _, later := range []int{0, 1, 14, 90, 366} {
				a.works(t, begun.AddDate(0, 0, later).Add(time.Minute))
			}
			if t.Failed() {
				t.Fatalf("%d days, seen by %s", days, seenBy)
			}
		}
	}
}

// TestAKeyOfADayIsDestroyedHoweverOftenTheClockWasWrong is T6 with an old copy of
// the records: each boot in the past must not leave a key behind that the rule
// then forgets.
func TestAKeyOfADayIsDestroyedHoweverOftenTheClockWasWrong(t *testing.T) {
	t.Parallel()
	a := newAgency(t, begun)
	today := posada.EpochAt(begun)
	was, _ := a.Identity(today)
	must(t, a.vault.Close())
	old, err := os.ReadFile(filepath.Join(a.dir, "vault.db"))
	must(t, err)
	a.open(t)
	a.Keys, err = New(a.vault, rand.Reader)
	must(t, err)
	for i := range 3 {
		_, err := a.Turn(begun.AddDate(-3, 0, i))
		must(t, err)
		_, err = a.Turn(begun.Add(time.Duration(i) * time.Minute))
		must(t, err)
	}
	for day := range 10 {
		now := begun.AddDate(0, 0, day).Add(time.Hour)
		a.works(t, now)
		must(t, a.Drained(now))
		_, err = a.Destroy(now)
		must(t, err)
	}
	must(t, a.vault.Close())
	must(t, os.WriteFile(filepath.Join(a.dir, "vault.db"), old, 0o600))
	a.open(t)
	a.Keys, err = New(a.vault, rand.Reader)
	must(t, err)
	if is, ok := a.Identity(today); ok && is.Secret() == was.Secret() {
		t.Error("with an old copy of the records the key of the first day opens")
	}
}

// TestWhatIsWrittenOverIsDestroyed: a private key that another takes the place of
// leaves no vault key behind.
func TestWhatIsWrittenOverIsDestroyed(t *testing.T) {
	t.Parallel()
	a := newAgency(t, begun)
	size := func() int64 {
		_, err := a.vault.Sweep()
		must(t, err)
		s, err := os.Stat(filepath.Join(a.dir, "vault.keys"))
		must(t, err)
		return s.Size()
	}
	write := func() {
		must(t, a.vault.Update(func(tx *vault.Tx) error { return put(tx, epochTable, "1", []byte("invented")) }))
	}
	write()
	before := size()
	for range 5 {
		write()
	}
	if after := size(); after > before {
		t.Errorf("the key file grew from %d to %d bytes", before, after)
	}
}

func TestADrainingNotedAheadOfTimeDestroysNothing(t *testing.T) {
	t.Parallel()
	a := newAgency(t, begun)
	must(t, a.Drained(begun.AddDate(1, 0, 0)))
	now := begun.AddDate(0, 0, 2)
	_, err := a.Turn(now)
	must(t, err)
	if n, err := a.Destroy(now); n > 0 || err != nil {
		t.Errorf("%d keys of a mailbox that was not seen empty, %v", n, err)
	}
}

// TestPrivateHalvesThatAreLostAreMadeAgain: a backup holds none.
func TestPrivateHalvesThatAreLostAreMadeAgain(t *testing.T) {
	t.Parallel()
	a := newAgency(t, begun)
	must(t, a.vault.Update(func(tx *vault.Tx) error {
		for id := range a.now().signing {
			if err := destroy(tx, signingTable, string(id)); err != nil {
				return err
			}
		}
		for e := range a.kept(t) {
			if err := destroy(tx, epochTable, epochName(e)); err != nil {
				return err
			}
		}
		return nil
	}))
	_, err := a.vault.Sweep()
	must(t, err)
	a.restart(t)
	a.works(t, begun.Add(time.Minute))
}
