package audit

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

var (
	secret = vault.Key([32]byte{1, 2, 3})
	at     = time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// created is an empty vault's folder.
func created(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	must(t, vault.Create(dir, secret, rand.Reader))
	return dir
}

// with opens the vault, lets fn do its work and closes it again.
func with(t testing.TB, dir string, fn func(v *vault.Vault)) {
	t.Helper()
	v, err := vault.Open(dir, secret, rand.Reader)
	must(t, err)
	defer func() { must(t, v.Close()) }()
	fn(v)
}

// entries are n different things that happened.
func entries(n int) []Entry {
	acts := []Act{ConsentRecorded, ReferralPreview, ReferralSent, Delivered, StateSet}
	list := make([]Entry, n)
	for i := range list {
		list[i] = Entry{
			At: at.Add(time.Duration(i) * time.Minute), By: posada.IDFrom[posada.StaffID]([16]byte{1}), Act: acts[i%len(acts)],
			Referral: posada.IDFrom[posada.ReferralID]([16]byte{byte(i)}), Shared: posada.SetOf(posada.CategoryNeeds),
		}
	}
	return list
}

// chain writes entries, each in a transaction of its own, into a new vault.
func chain(t testing.TB, list []Entry) string {
	t.Helper()
	dir := created(t)
	with(t, dir, func(v *vault.Vault) {
		for _, e := range list {
			must(t, v.Update(func(tx *vault.Tx) error { return Append(tx, e) }))
		}
	})
	return dir
}

// verified is what Verify says of the vault in dir.
func verified(t testing.TB, dir string) (count uint64, head string, err error) {
	t.Helper()
	with(t, dir, func(v *vault.Vault) {
		err = v.View(func(tx *vault.Tx) (err error) { count, head, err = Verify(tx); return err })
	})
	return count, head, err
}

// read is every entry from a number on.
func read(t testing.TB, dir string, from uint64) (list []Entry) {
	t.Helper()
	with(t, dir, func(v *vault.Vault) {
		must(t, v.View(func(tx *vault.Tx) error {
			return Each(tx, from, func(n uint64, e Entry) error {
				if n != from+uint64(len(list)) {
					t.Errorf("number %d after %d entries", n, len(list))
				}
				list = append(list, e)
				return nil
			})
		}))
	})
	return list
}

func TestAnEmptyChainIsWhole(t *testing.T) {
	if count, head, err := verified(t, created(t)); count != 0 || head != "" || err != nil {
		t.Errorf("%d, %q, %v", count, head, err)
	}
}

func TestWhatWasWrittenIsReadInItsOrderAfterReopening(t *testing.T) {
	want := entries(7)
	dir := chain(t, want)
	count, head, err := verified(t, dir)
	if count != 7 || len(head) != 64 || err != nil {
		t.Errorf("%d, %q, %v", count, head, err)
	}
	if again, same, err := verified(t, dir); again != count || same != head || err != nil {
		t.Errorf("a second walk finds %d, %q, %v", again, same, err)
	}
	if got := read(t, dir, 1); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v; want %+v", got, want)
	}
	if got := read(t, dir, 6); !reflect.DeepEqual(got, want[5:]) {
		t.Errorf("from the sixth: %+v; want %+v", got, want[5:])
	}
	// What comes after reopening continues the same chain.
	with(t, dir, func(v *vault.Vault) {
		must(t, v.Update(func(tx *vault.Tx) error { return Append(tx, entries(8)[7]) }))
	})
	if more, other, err := verified(t, dir); more != 8 || other == head || err != nil {
		t.Errorf("%d, %q, %v", more, other, err)
	}
}

// An entry of the node itself has nobody, no referral and no event; read back,
// none of these may stand in the way of the others.
func TestEntriesOfLittleAndOfMuchComeBackAsTheyWere(t *testing.T) {
	want := []Entry{{At: at, Act: Quarantined}, {
		At: at, By: posada.IDFrom[posada.StaffID]([16]byte{1}), Act: ReferralSent,
		Referral: posada.IDFrom[posada.ReferralID]([16]byte{2}), Consent: posada.IDFrom[posada.ConsentID]([16]byte{3}),
		Event: posada.IDFrom[posada.EventID]([16]byte{4}), Peer: posada.IDFrom[posada.AgencyID]([16]byte{5}),
		State: posada.StateAccepted, Shared: posada.SetOf(posada.Members[posada.Category]()...), Policy: strings.Repeat("ab", 32),
	}, {At: at, Act: StaffAdded}}
	dir := chain(t, want)
	if _, _, err := verified(t, dir); err != nil {
		t.Error(err)
	}
	if got := read(t, dir, 1); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v; want %+v", got, want)
	}
}

func TestTimesAreKeptInUTCToTheSecond(t *testing.T) {
	dir := chain(t, []Entry{{At: at.Add(999 * time.Millisecond).In(time.FixedZone("elsewhere", -6*60*60)), Act: StaffAdded}})
	if got := read(t, dir, 1); len(got) != 1 || got[0].At != at {
		t.Errorf("%+v", got)
	}
}

func TestAnEntryIsNotThereWithoutWhatItTellsOf(t *testing.T) {
	dir := chain(t, entries(2))
	refused := errors.New("refused")
	with(t, dir, func(v *vault.Vault) {
		err := v.Update(func(tx *vault.Tx) error {
			if err := Append(tx, entries(3)[2]); err != nil {
				return err
			}
			return refused
		})
		if !errors.Is(err, refused) {
			t.Error(err)
		}
		must(t, v.Update(func(tx *vault.Tx) error { return errors.Join(Append(tx, entries(3)[2]), Append(tx, entries(4)[3])) }))
	})
	if count, _, err := verified(t, dir); count != 4 || err != nil {
		t.Errorf("%d, %v", count, err)
	}
}

// links is every link of a chain, as whoever has the vault's secret reads them.
func links(t testing.TB, dir string) (list []link) {
	t.Helper()
	with(t, dir, func(v *vault.Vault) {
		must(t, v.View(func(tx *vault.Tx) error {
			return table.Log(tx, 1, func(_ uint64, l link) error { list = append(list, l); return nil })
		}))
	})
	return list
}

// TestWhoeverHasTheSecretCannotPatchAChain writes chains that were changed in
// one place into other vaults, sealed as they must be.
func TestWhoeverHasTheSecretCannotPatchAChain(t *testing.T) {
	whole := links(t, chain(t, entries(6)))
	_, head, err := verified(t, chain(t, entries(6)))
	must(t, err)
	for name, c := range map[string]struct {
		change func(l []link) []link
		broken string // where; empty: only the head tells
	}{
		"unchanged":             {func(l []link) []link { return l }, ""},
		"one altered":           {func(l []link) []link { l[2].Entry.Shared = 0; return l }, "at entry 4"},
		"the first altered":     {func(l []link) []link { l[0].Entry.By = ""; return l }, "at entry 2"},
		"the last altered":      {func(l []link) []link { l[5].Entry.Act = ReferralRefused; return l }, ""},
		"one removed":           {func(l []link) []link { return slices.Delete(l, 2, 3) }, "at entry 3"},
		"the first removed":     {func(l []link) []link { return l[1:] }, "at entry 1"},
		"the last removed":      {func(l []link) []link { return l[:5] }, ""},
		"two in another order":  {func(l []link) []link { l[2], l[3] = l[3], l[2]; return l }, "at entry 3"},
		"one twice":             {func(l []link) []link { return slices.Insert(l, 3, l[2]) }, "at entry 4"},
		"one put between":       {func(l []link) []link { return slices.Insert(l, 3, link{Prev: l[3].Prev, Entry: l[0].Entry}) }, "at entry 5"},
		"a beginning elsewhere": {func(l []link) []link { l[0].Prev = strings.Repeat("0", 64); return l }, "at entry 1"},
		"a link cut":            {func(l []link) []link { l[3].Prev = ""; return l }, "at entry 4"},
	} {
		dir := created(t)
		with(t, dir, func(v *vault.Vault) {
			must(t, v.Update(func(tx *vault.Tx) error {
				for _, l := range c.change(slices.Clone(whole)) {
					if _, err := table.Append(tx, vault.KeyID{}, l); err != nil {
						return err
					}
				}
				return nil
			}))
		})
		_, got, err := verified(t, dir)
		switch {
		case c.broken != "" && (!errors.Is(err, ErrBroken) || !strings.HasSuffix(err.Error(), c.broken)):
			t.Errorf("%s: %v; want it broken %s", name, err, c.broken)
		case c.broken == "" && (err != nil || (got == head) != (name == "unchanged")):
			t.Errorf("%s: %v, the head is the same: %v", name, err, got == head)
		}
	}
}

// TestWhoeverHasOnlyTheFilesCannotEither changes the sealed store beneath.
func TestWhoeverHasOnlyTheFilesCannotEither(t *testing.T) {
	place := func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	for name, c := range map[string]struct {
		change func(b *bbolt.Bucket) error
		want   error
	}{
		"one removed":          {func(b *bbolt.Bucket) error { return b.Delete(place(3)) }, ErrBroken},
		"the first removed":    {func(b *bbolt.Bucket) error { return b.Delete(place(1)) }, ErrBroken},
		"one copied to behind": {func(b *bbolt.Bucket) error { return b.Put(place(7), slices.Clone(b.Get(place(6)))) }, vault.ErrDamaged},
		"two exchanged": {func(b *bbolt.Bucket) error {
			third, fourth := slices.Clone(b.Get(place(3))), slices.Clone(b.Get(place(4)))
			return errors.Join(b.Put(place(3), fourth), b.Put(place(4), third))
		}, vault.ErrDamaged},
		"a bit changed": {func(b *bbolt.Bucket) error {
			third := slices.Clone(b.Get(place(3)))
			third[len(third)-1] ^= 1
			return b.Put(place(3), third)
		}, vault.ErrDamaged},
	} {
		dir := chain(t, entries(6))
		beneath(t, dir, c.change)
		if _, _, err := verified(t, dir); !errors.Is(err, c.want) {
			t.Errorf("%s: %v; want %v", name, err, c.want)
		}
	}
}

// beneath changes the audit's bucket in the closed vault's own file.
func beneath(t testing.TB, dir string, change func(*bbolt.Bucket) error) {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(dir, "vault.db"), 0o600, &bbolt.Options{Timeout: time.Second})
	must(t, err)
	must(t, db.Update(func(tx *bbolt.Tx) error { return change(tx.Bucket([]byte(table.Name))) }))
	must(t, db.Close())
}

// A last entry that was taken away cannot be seen by itself; when the node
// writes on, it can.
func TestARemovedEndShowsWhenTheNodeWritesOn(t *testing.T) {
	dir := chain(t, entries(6))
	beneath(t, dir, func(b *bbolt.Bucket) error { return b.Delete(binary.BigEndian.AppendUint64(nil, 6)) })
	if count, _, err := verified(t, dir); count != 5 || err != nil {
		t.Errorf("%d, %v", count, err)
	}
	with(t, dir, func(v *vault.Vault) {
		must(t, v.Update(func(tx *vault.Tx) error { return Append(tx, entries(7)[6]) }))
	})
	if _, _, err := verified(t, dir); !errors.Is(err, ErrBroken) {
		t.Error(err)
	}
}

func TestALinkOfANewerFormIsRefusedAndNotWrittenBehind(t *testing.T) {
	dir := chain(t, entries(2))
	with(t, dir, func(v *vault.Vault) {
		newer := vault.Table[link]{Name: table.Name, Version: table.Version + 1}
		must(t, v.Update(func(tx *vault.Tx) error { _, err := newer.Append(tx, vault.KeyID{}, link{}); return err }))
		if err := v.Update(func(tx *vault.Tx) error { return Append(tx, Entry{Act: StaffAdded}) }); !errors.Is(err, vault.ErrNewer) {
			t.Errorf("append: %v", err)
		}
	})
	if _, _, err := verified(t, dir); !errors.Is(err, vault.ErrNewer) {
		t.Errorf("verify: %v", err)
	}
}

func TestWhatEachIsToldToStopWithItReturns(t *testing.T) {
	dir := chain(t, entries(3))
	enough := errors.New("enough")
	seen := 0
	with(t, dir, func(v *vault.Vault) {
		err := v.View(func(tx *vault.Tx) error {
			return Each(tx, 2, func(uint64, Entry) error { seen++; return enough })
		})
		if !errors.Is(err, enough) || seen != 1 {
			t.Errorf("%v after %d", err, seen)
		}
	})
}

// TestWhatWasFoundWholeIsGoneOnFrom: entries that are added are walked from there and found as by
// whoever walks all; an end that was taken away, exchanged or written over is found.
func TestWhatWasFoundWholeIsGoneOnFrom(t *testing.T) {
	on := func(dir string, from Checked) (c Checked, err error) {
		with(t, dir, func(v *vault.Vault) {
			err = v.View(func(tx *vault.Tx) (err error) { c, err = from.On(tx); return err })
		})
		return c, err
	}
	checked := func(dir string) Checked {
		count, head, err := verified(t, dir)
		must(t, err)
		return Checked{count, head}
	}
	for n := range 4 {
		for more := range 4 {
			first, all := checked(chain(t, entries(n))), chain(t, entries(n+more))
			if got, err := on(all, first); err != nil || got != checked(all) {
				t.Errorf("%d entries and %d more: %v, %v", n, more, got, err)
			}
		}
	}
	whole := chain(t, entries(6))
	other := entries(6)
	other[3].By = ""
	for name, from := range map[string]Checked{
		"one that is not there":            checked(chain(t, entries(7))),
		"another":                          checked(chain(t, other[:4])),
		"one before the last that differs": checked(chain(t, other)),
	} {
		if _, err := on(whole, from); !errors.Is(err, ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, entry := range map[string]byte{"the last that was checked": 4, "the first added": 5} {
		dir := chain(t, entries(6))
		beneath(t, dir, func(b *bbolt.Bucket) error { return b.Delete([]byte{0, 0, 0, 0, 0, 0, 0, entry}) })
		if _, err := on(dir, checked(chain(t, entries(4)))); !errors.Is(err, ErrBroken) {
			t.Errorf("%s taken away: %v", name, err)
		}
	}
}

// BenchmarkOn walks what was added to a chain of a thousand, as a share of walking all of it.
func BenchmarkOn(b *testing.B) {
	with(b, chain(b, nil), func(v *vault.Vault) {
		must(b, v.Update(func(tx *vault.Tx) error {
			for _, e := range entries(1000) {
				if err := Append(tx, e); err != nil {
					return err
				}
			}
			return nil
		}))
		var all, on time.Duration
		for b.Loop() {
			must(b, v.View(func(tx *vault.Tx) error {
				begun := time.Now()
				count, head, err := Verify(tx)
				all += time.Since(begun)
				if err != nil {
					return err
				}
				begun = time.Now()
				_, err = Checked{count, head}.On(tx)
				on += time.Since(begun)
				return err
			}))
		}
		b.ReportMetric(float64(on)/float64(all), "on/all")
	})
}
