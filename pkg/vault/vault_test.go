package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

var secret = Key([32]byte{1, 2, 3})

func create(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := Create(dir, secret, rand.Reader); err != nil {
		t.Fatal(err)
	}
	return dir
}

func reopen(t testing.TB, dir string) *Vault {
	t.Helper()
	v, err := Open(dir, secret, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func closed(t testing.TB, v *Vault) {
	t.Helper()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatUpdateReturnedIsThereAfterReopening(t *testing.T) {
	dir := create(t)
	v := reopen(t, dir)
	var id KeyID
	must(t, v.Update(func(tx *Tx) (err error) {
		if id, err = tx.NewKey(); err != nil {
			return err
		}
		if err := tx.Put("cases", "one", id, []byte("first")); err != nil {
			return err
		}
		_, err = tx.Append("log", KeyID{}, []byte("entry"))
		return err
	}))
	closed(t, v)
	v = reopen(t, dir)
	defer closed(t, v)
	must(t, v.View(func(tx *Tx) error {
		value, err := tx.Get("cases", "one")
		if err != nil || string(value) != "first" {
			t.Errorf("%q, %v", value, err)
		}
		n, value, err := tx.Last("log")
		if err != nil || n != 1 || string(value) != "entry" {
			t.Errorf("%d %q, %v", n, value, err)
		}
		if _, err := tx.Get("cases", "two"); !errors.Is(err, ErrNotFound) {
			t.Errorf("%v", err)
		}
		if _, err := tx.Get("nothing", "one"); !errors.Is(err, ErrNotFound) {
			t.Errorf("%v", err)
		}
		return nil
	}))
}

// TestAVaultIsAMap plays random puts and deletes against a Go map.
func TestAVaultIsAMap(t *testing.T) {
	v := reopen(t, create(t))
	defer closed(t, v)
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		b := Bucket(fmt.Sprint("b", round))
		model := map[string]string{}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			name := rapid.SampledFrom([]string{"", "a", "b", "a\x00b", "ab"}).Draw(t, "name")
			if rapid.IntRange(0, 3).Draw(t, "what") == 0 {
				delete(model, name)
				if err := v.Update(func(tx *Tx) error { return tx.Delete(b, name) }); err != nil {
					t.Fatal(err)
				}
				continue
			}
			value := rapid.String().Draw(t, "value")
			model[name] = value
			if err := v.Update(func(tx *Tx) error { return tx.Put(b, name, KeyID{}, []byte(value)) }); err != nil {
				t.Fatal(err)
			}
		}
		seen := map[string]string{}
		err := v.View(func(tx *Tx) error {
			return tx.Each(b, func(name string, value []byte) error { seen[name] = string(value); return nil })
		})
		if err != nil || len(seen) != len(model) {
			t.Fatalf("%v: %q, want %q", err, seen, model)
		}
		for name, value := range model {
			if seen[name] != value {
				t.Fatalf("%q is %q, want %q", name, seen[name], value)
			}
		}
	})
}

func TestAFailedTransactionChangesNothingAndFailsAlone(t *testing.T) {
	v := reopen(t, create(t))
	defer closed(t, v)
	refused := errors.New("refused")
	var wg sync.WaitGroup
	var failed, done atomic.Int32
	for i := range 200 {
		wg.Go(func() {
			err := v.Update(func(tx *Tx) error {
				if err := tx.Put("numbers", fmt.Sprint(i), KeyID{}, []byte("x")); err != nil {
					return err
				}
				switch i % 4 {
				case 1:
					return refused
				case 2:
					panic("a record's text")
				}
				return nil
			})
			switch {
			case err == nil:
				done.Add(1)
			case i%4 == 1 && errors.Is(err, refused), i%4 == 2 && !strings.Contains(err.Error(), "record's text"):
				failed.Add(1)
			default:
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if done.Load() != 100 || failed.Load() != 100 {
		t.Errorf("%d done, %d failed", done.Load(), failed.Load())
	}
	must(t, v.View(func(tx *Tx) error {
		count := 0
		return errors.Join(tx.Each("numbers", func(name string, _ []byte) error { count++; return nil }), func() error {
			if count != 100 {
				return fmt.Errorf("%d records", count)
			}
			return nil
		}())
	}))
}

func TestNothingReadableIsOnTheDisk(t *testing.T) {
	const canary = "XOCHITL-CANARY-7f3a91"
	dir := create(t)
	v := reopen(t, dir)
	must(t, v.Update(func(tx *Tx) error {
		id, err := tx.NewKey()
		if err != nil {
			return err
		}
		if err := tx.Put("cases", "name "+canary, id, []byte("value "+canary)); err != nil {
			return err
		}
		_, err = tx.Append("log", id, []byte("entry "+canary))
		return err
	}))
	must(t, v.Update(func(tx *Tx) error { return tx.Delete("cases", "name "+canary) }))
	closed(t, v)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		must(t, err)
		if bytes.Contains(content, []byte(canary)) {
			t.Errorf("%s holds the canary", f)
		}
		info, err := os.Stat(f)
		must(t, err)
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v: others may read it", f, info.Mode())
		}
	}
}

func TestARecordThatWasMovedOrChangedIsDamaged(t *testing.T) {
	dir := create(t)
	v := reopen(t, dir)
	must(t, v.Update(func(tx *Tx) error {
		for _, b := range []Bucket{"a", "b"} {
			for _, name := range []string{"one", "two"} {
				if err := tx.Put(b, name, KeyID{}, []byte(string(b)+name)); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	one, two := v.blind("a", "one"), v.blind("a", "two")
	sealed := func(change func(b *bbolt.Tx) error) error {
		t.Helper()
		must(t, v.db.Update(change))
		return v.View(func(tx *Tx) error { _, err := tx.Get("a", "one"); return err })
	}
	var original []byte
	for name, value := range map[string]func(b *bbolt.Tx) []byte{
		"another record's": func(b *bbolt.Tx) []byte { return bytes.Clone(b.Bucket([]byte("a")).Get(two)) },
		"another bucket's": func(b *bbolt.Tx) []byte { return bytes.Clone(b.Bucket([]byte("b")).Get(v.blind("b", "one"))) },
		"a bit changed":    func(*bbolt.Tx) []byte { c := bytes.Clone(original); c[len(c)-1] ^= 1; return c },
		"cut":              func(*bbolt.Tx) []byte { return original[:30] },
		"empty":            func(*bbolt.Tx) []byte { return []byte{} },
		"format zero":      func(*bbolt.Tx) []byte { c := bytes.Clone(original); c[0] = 0; return c },
	} {
		err := sealed(func(b *bbolt.Tx) error {
			if original == nil {
				original = bytes.Clone(b.Bucket([]byte("a")).Get(one))
			}
			return b.Bucket([]byte("a")).Put(one, value(b))
		})
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := sealed(func(b *bbolt.Tx) error {
		c := bytes.Clone(original)
		c[0] = format + 1
		return b.Bucket([]byte("a")).Put(one, c)
	}); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer form: %v", err)
	}
	closed(t, v)
}

func TestOnlyTheSecretOpensAVault(t *testing.T) {
	dir := t.TempDir()
	must(t, Create(dir, Passphrase([]byte("an invented passphrase")), rand.Reader))
	if err := Create(dir, secret, rand.Reader); !errors.Is(err, ErrExists) {
		t.Errorf("a second vault in one place: %v", err)
	}
	for name, s := range map[string]Secret{
		"another passphrase": Passphrase([]byte("an invented passphrase ")),
		"an empty one":       Passphrase(nil),
		"a key":              secret,
		"none":               {},
	} {
		if v, err := Open(dir, s, rand.Reader); !errors.Is(err, ErrSecret) {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	v, err := Open(dir, Passphrase([]byte("an invented passphrase")), rand.Reader)
	must(t, err)
	if _, err := Open(dir, Passphrase([]byte("an invented passphrase")), rand.Reader); !errors.Is(err, ErrInUse) {
		t.Errorf("opened twice: %v", err)
	}
	closed(t, v)
	if _, err := Open(t.TempDir(), secret, rand.Reader); !errors.Is(err, ErrNoVault) {
		t.Errorf("an empty folder: %v", err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		if text := fmt.Sprintf(verb, Passphrase([]byte("hidden"))); text != "(secret)" {
			t.Errorf("%s: %s", verb, text)
		}
	}
}

// TestARewrappedVaultOpensWithTheNewSecretAlone: also while it is open, and what
// it holds is what it was. A wrong secret changes nothing.
func TestARewrappedVaultOpensWithTheNewSecretAlone(t *testing.T) {
	dir := t.TempDir()
	secrets := []Secret{Passphrase([]byte("an invented one")), Passphrase([]byte("another one")), Key([32]byte{7})}
	must(t, Create(dir, secrets[0], rand.Reader))
	v, err := Open(dir, secrets[0], rand.Reader)
	must(t, err)
	table := Table[string]{Name: "words", Version: 1}
	must(t, v.Update(func(tx *Tx) error { return table.Put(tx, "word", KeyID{}, "kept") }))
	before, err := os.ReadFile(filepath.Join(dir, headFile))
	must(t, err)
	if err := Rewrap(dir, secrets[1], secrets[2], rand.Reader); !errors.Is(err, ErrSecret) {
		t.Errorf("by whoever does not know it: %v", err)
	}
	if after, err := os.ReadFile(filepath.Join(dir, headFile)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("it was changed: %v", err)
	}
	for i, to := range secrets[1:] {
		must(t, Rewrap(dir, secrets[i], to, rand.Reader))
		must(t, v.Update(func(tx *Tx) error { return table.Put(tx, "word", KeyID{}, "kept") }))
		must(t, v.Close())
		for j, s := range secrets {
			opened, err := Open(dir, s, rand.Reader)
			if (err == nil) != (j == i+1) || err != nil && !errors.Is(err, ErrSecret) {
				t.Errorf("after change %d, secret %d: %v", i, j, err)
			}
			if err == nil {
				v = opened
			}
		}
		must(t, v.View(func(tx *Tx) error {
			got, err := table.Get(tx, "word")
			if got != "kept" {
				t.Errorf("it holds %q", got)
			}
			return err
		}))
	}
	must(t, v.Close())
	if byPassphrase, err := OpensByPassphrase(dir); err != nil || byPassphrase {
		t.Errorf("it says that it wants a passphrase: %v", err)
	}
}

// An empty passphrase or a dry source must leave the vault as it was.
func TestARewrapThatCannotBeDoneChangesNothing(t *testing.T) {
	dir := t.TempDir()
	must(t, Create(dir, Key([32]byte{1}), rand.Reader))
	for name, c := range map[string]struct {
		to     Secret
		random io.Reader
	}{
		"nothing":        {Secret{}, rand.Reader},
		"an empty one":   {Passphrase(nil), rand.Reader},
		"a dry source":   {Key([32]byte{2}), bytes.NewReader(nil)},
		"a dry source 2": {Key([32]byte{2}), bytes.NewReader(make([]byte, saltSize+1))},
	} {
		if err := Rewrap(dir, Key([32]byte{1}), c.to, c.random); err == nil {
			t.Errorf("%s: it was rewrapped", name)
		}
		v, err := Open(dir, Key([32]byte{1}), rand.Reader)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		must(t, v.Close())
	}
	if err := Rewrap(t.TempDir(), Key([32]byte{1}), Key([32]byte{2}), rand.Reader); !errors.Is(err, ErrNoVault) {
		t.Errorf("no vault: %v", err)
	}
}

func TestAClosedVaultTakesNothing(t *testing.T) {
	v := reopen(t, create(t))
	closed(t, v)
	if err := v.Update(func(*Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := v.View(func(*Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// TestClosingOverwritesTheKeys looks at the memory the keys were in.
func TestClosingOverwritesTheKeys(t *testing.T) {
	dir, first, _ := twoRecords(t)
	v := reopen(t, dir)
	record, ok := v.keys.get(first)
	if !ok {
		t.Fatal("the record's key is not there")
	}
	held := map[string][]byte{
		"records": v.subs.records, "blinding": v.subs.blinding, "generations": v.subs.generations, "pseudonyms": v.subs.pseudonyms,
		"generation": v.keys.key, "a record's": record,
	}
	for name, key := range held {
		if len(key) != keySize || bytes.Equal(key, make([]byte, keySize)) {
			t.Fatalf("%s: %d bytes, or none", name, len(key))
		}
	}
	closed(t, v)
	for name, key := range held {
		if !bytes.Equal(key, make([]byte, keySize)) {
			t.Errorf("the key of %s is still there", name)
		}
	}
}

// TestNothingIsSealedUnderKeysThatAreZeros: a closed vault's keys are, so it
// must take no name, no key and no erasure.
func TestNothingIsSealedUnderKeysThatAreZeros(t *testing.T) {
	dir, first, _ := twoRecords(t)
	v := reopen(t, dir)
	closed(t, v)
	if err := v.Erase(first); !errors.Is(err, ErrClosed) {
		t.Errorf("it erases: %v", err)
	}
	if err := v.keys.add(map[KeyID][]byte{{1}: make([]byte, keySize)}); !errors.Is(err, ErrClosed) {
		t.Errorf("it takes keys: %v", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("it makes pseudonyms")
			}
		}()
		v.Pseudonym("x")
	}()
	v = reopen(t, dir)
	defer closed(t, v)
	if err := get(v, "first"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestLogsKeepTheirOrder(t *testing.T) {
	v := reopen(t, create(t))
	defer closed(t, v)
	for i := range 300 {
		must(t, v.Update(func(tx *Tx) error {
			n, err := tx.Append("log", KeyID{}, fmt.Append(nil, i))
			if err == nil && n != uint64(i+1) {
				err = fmt.Errorf("number %d for %d", n, i)
			}
			return err
		}))
	}
	var got []string
	must(t, v.View(func(tx *Tx) error {
		return tx.Log("log", 298, func(n uint64, value []byte) error { got = append(got, string(value)); return nil })
	}))
	if !slices.Equal(got, []string{"297", "298", "299"}) {
		t.Error(got)
	}
}

func TestPseudonymsAreTheVaultsOwn(t *testing.T) {
	a, b := reopen(t, create(t)), reopen(t, create(t))
	defer closed(t, a)
	defer closed(t, b)
	if a.Pseudonym("x", "y") == b.Pseudonym("x", "y") {
		t.Error("two vaults make one pseudonym")
	}
	seen := map[[16]byte]bool{}
	for _, parts := range [][]string{{"x", "y"}, {"xy"}, {"xy", ""}, {"", "xy"}, {"x", "y", ""}, {"y", "x"}} {
		p := a.Pseudonym(parts...)
		if seen[p] || p != a.Pseudonym(parts...) {
			t.Errorf("%q", parts)
		}
		seen[p] = true
	}
}

type record struct{ Name string }

func TestATableRefusesANewerRecord(t *testing.T) {
	v := reopen(t, create(t))
	defer closed(t, v)
	older, newer := Table[record]{"t", 1}, Table[record]{"t", 2}
	must(t, v.Update(func(tx *Tx) error {
		return errors.Join(newer.Put(tx, "new", KeyID{}, record{"n"}), older.Put(tx, "old", KeyID{}, record{"o"}))
	}))
	must(t, v.View(func(tx *Tx) error {
		if _, err := older.Get(tx, "new"); !errors.Is(err, ErrNewer) {
			t.Errorf("%v", err)
		}
		if r, err := newer.Get(tx, "old"); err != nil || r.Name != "o" {
			t.Errorf("%+v, %v", r, err)
		}
		if err := older.Each(tx, func(string, record) error { return nil }); !errors.Is(err, ErrNewer) {
			t.Errorf("%v", err)
		}
		return nil
	}))
}

// TestRawJSONComesBackAsItWas: a record may hold bytes that somebody signed.
func TestRawJSONComesBackAsItWas(t *testing.T) {
	v := reopen(t, create(t))
	defer closed(t, v)
	raw := json.RawMessage(`{"a":"<Ana & Bo> \u2028 ` + "\u2028\u2029" + `"}`)
	signed := Table[struct{ Text json.RawMessage }]{"t", 1}
	must(t, v.Update(func(tx *Tx) error {
		return signed.Put(tx, "a", KeyID{}, struct{ Text json.RawMessage }{raw})
	}))
	must(t, v.View(func(tx *Tx) error {
		if got, err := signed.Get(tx, "a"); err != nil || string(got.Text) != string(raw) {
			t.Errorf("%s, %v", got.Text, err)
		}
		return nil
	}))
}

func BenchmarkUpdateAlone(b *testing.B) {
	v := reopen(b, create(b))
	defer closed(b, v)
	value := make([]byte, 4096)
	for b.Loop() {
		must(b, v.Update(func(tx *Tx) error { _, err := tx.Append("log", KeyID{}, value); return err }))
	}
}

func BenchmarkUpdateTogether(b *testing.B) {
	v := reopen(b, create(b))
	defer closed(b, v)
	value := make([]byte, 4096)
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			must(b, v.Update(func(tx *Tx) error { _, err := tx.Append("log", KeyID{}, value); return err }))
		}
	})
}
