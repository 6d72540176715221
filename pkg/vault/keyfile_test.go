package vault

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// twoRecords makes a vault with two records, each under a key of its own.
func twoRecords(t *testing.T) (dir string, first, second KeyID) {
	t.Helper()
	dir = create(t)
	v := reopen(t, dir)
	for name, key := range map[string]*KeyID{"first": &first, "second": &second} {
		must(t, v.Update(func(tx *Tx) (err error) {
			if *key, err = tx.NewKey(); err != nil {
				return err
			}
			return tx.Put("r", name, *key, []byte(name))
		}))
	}
	closed(t, v)
	return dir, first, second
}

func get(v *Vault, name string) error {
	return v.View(func(tx *Tx) error { _, err := tx.Get("r", name); return err })
}

func TestAnErasedKeyTakesItsRecordsWithIt(t *testing.T) {
	dir, first, _ := twoRecords(t)
	before, err := os.ReadFile(filepath.Join(dir, dataFile))
	must(t, err)
	v := reopen(t, dir)
	must(t, v.Erase(first))
	check := func(v *Vault, when string) {
		if err := get(v, "first"); !errors.Is(err, ErrErased) {
			t.Errorf("%s: the erased record: %v", when, err)
		}
		if err := get(v, "second"); err != nil {
			t.Errorf("%s: the other record: %v", when, err)
		}
		count := 0
		must(t, v.View(func(tx *Tx) error { return tx.Each("r", func(string, []byte) error { count++; return nil }) }))
		if count != 1 {
			t.Errorf("%s: %d records are listed", when, count)
		}
		if err := v.Update(func(tx *Tx) error { return tx.Put("r", "first", first, []byte("again")) }); !errors.Is(err, ErrErased) {
			t.Errorf("%s: an erased key seals again: %v", when, err)
		}
	}
	check(v, "at once")
	closed(t, v)
	v = reopen(t, dir)
	check(v, "after reopening")
	must(t, v.Erase(first, KeyID{9}))
	closed(t, v)
	// A backup of the records, made before, does not bring them back.
	must(t, os.WriteFile(filepath.Join(dir, dataFile), before, 0o600))
	v = reopen(t, dir)
	check(v, "with the database from before")
	closed(t, v)
}

// TestAKeyGivenUpIsDestroyedBySweeping: not before its transaction is done, and
// not if that fails.
func TestAKeyGivenUpIsDestroyedBySweeping(t *testing.T) {
	dir, first, second := twoRecords(t)
	v := reopen(t, dir)
	must(t, v.Update(func(tx *Tx) error { return tx.Erase(first) }))
	if err := v.Update(func(tx *Tx) error { return errors.Join(tx.Erase(second), io.EOF) }); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	must(t, get(v, "first"))
	closed(t, v)
	v = reopen(t, dir)
	defer closed(t, v)
	if n, err := v.Sweep(); n != 1 || err != nil {
		t.Errorf("%d keys, %v", n, err)
	}
	if err := get(v, "first"); !errors.Is(err, ErrErased) {
		t.Error(err)
	}
	must(t, get(v, "second"))
	if n, err := v.Sweep(); n != 0 || err != nil {
		t.Errorf("again: %d keys, %v", n, err)
	}
}

// TestTheOldGenerationIsOverwritten keeps the old file open, as this process
// does, and looks at what is left of it.
func TestTheOldGenerationIsOverwritten(t *testing.T) {
	dir, first, _ := twoRecords(t)
	old, err := os.Open(filepath.Join(dir, keysFile))
	must(t, err)
	defer old.Close()
	v := reopen(t, dir)
	must(t, v.Erase(first))
	closed(t, v)
	left, err := io.ReadAll(old)
	must(t, err)
	if len(left) == 0 || !bytes.Equal(left, make([]byte, len(left))) {
		t.Errorf("%d bytes of the old generation, not all zero", len(left))
	}
	names, err := filepath.Glob(filepath.Join(dir, keysFile+"*"))
	if err != nil || len(names) != 1 {
		t.Errorf("%v, %v", names, err)
	}
}

// TestATornKeyFileLosesOnlyWhatWasNeverUsed cuts the file at every length: up
// to the end of the last whole entry everything opens; a cut into the head or
// into an entry before the last is damage.
func TestATornKeyFileLosesOnlyWhatWasNeverUsed(t *testing.T) {
	dir, _, _ := twoRecords(t)
	path := filepath.Join(dir, keysFile)
	whole, err := os.ReadFile(path)
	must(t, err)
	if len(whole) != keysHead+2*entrySize {
		t.Fatalf("%d bytes", len(whole))
	}
	for size := range whole {
		must(t, os.WriteFile(path, whole[:size], 0o600))
		k, err := openKeyFile(path, mustDerive(t, dir).generations, rand.Reader)
		if size < keysHead {
			if err == nil {
				t.Fatalf("cut to %d bytes: opened without its head", size)
			}
			continue
		}
		if err != nil {
			t.Fatalf("cut to %d bytes: %v", size, err)
		}
		if want := (size - keysHead) / entrySize; len(k.keys) != want {
			t.Fatalf("cut to %d bytes: %d keys, want %d", size, len(k.keys), want)
		}
		// What is added next stands where the torn entry began.
		must(t, k.add(map[KeyID][]byte{{7}: make([]byte, keySize)}))
		must(t, k.close())
		k, err = openKeyFile(path, mustDerive(t, dir).generations, rand.Reader)
		if err != nil || len(k.keys) != (size-keysHead)/entrySize+1 {
			t.Fatalf("cut to %d bytes and added to: %v", size, err)
		}
		must(t, k.close())
	}
	damaged := bytes.Clone(whole)
	damaged[keysHead+5] ^= 1
	must(t, os.WriteFile(path, damaged, 0o600))
	if _, err := openKeyFile(path, mustDerive(t, dir).generations, rand.Reader); !errors.Is(err, ErrDamaged) {
		t.Errorf("a damaged entry that is not the last: %v", err)
	}
}

// TestATornAppendOfManyKeysIsForgotten writes back any part of the pages of an
// append that was never synced, as a crash may: what came before it opens.
func TestATornAppendOfManyKeysIsForgotten(t *testing.T) {
	dir, _, _ := twoRecords(t)
	path := filepath.Join(dir, keysFile)
	k, err := openKeyFile(path, mustDerive(t, dir).generations, rand.Reader)
	must(t, err)
	many := map[KeyID][]byte{}
	for i := range byte(8) {
		many[KeyID{100, i}] = make([]byte, keySize)
	}
	must(t, k.add(many))
	must(t, k.close())
	whole, err := os.ReadFile(path)
	must(t, err)
	for pattern := range 1 << 8 {
		torn := bytes.Clone(whole)
		for i := range 8 {
			if pattern&(1<<i) == 0 {
				clear(torn[keysHead+(2+i)*entrySize:][:entrySize])
			}
		}
		must(t, os.WriteFile(path, torn, 0o600))
		k, err := openKeyFile(path, mustDerive(t, dir).generations, rand.Reader)
		if err != nil || len(k.keys) < 2 {
			t.Fatalf("with the parts %b of the append: %v", pattern, err)
		}
		must(t, k.add(map[KeyID][]byte{{7}: make([]byte, keySize)}))
		must(t, k.close())
		if k, err = openKeyFile(path, mustDerive(t, dir).generations, rand.Reader); err != nil || k.keys[KeyID{7}] == nil {
			t.Fatalf("with the parts %b, and added to: %v", pattern, err)
		}
		must(t, k.close())
	}
}

// TestAnErasureThatFailedHalfwayIsFinished: the new generation was in place when
// syncing its name failed. Erasing again destroys the old one, and what is added
// from then on can be read after a restart.
func TestAnErasureThatFailedHalfwayIsFinished(t *testing.T) {
	dir, first, _ := twoRecords(t)
	v := reopen(t, dir)
	calls := 0
	v.keys.syncDir = func(string) error {
		if calls++; calls == 2 {
			return io.ErrShortWrite
		}
		return nil
	}
	if err := v.Erase(first); !errors.Is(err, io.ErrShortWrite) {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, keysFile+oldSuffix)); err != nil {
		t.Fatal("nothing of the old generation is left to destroy: this test sees nothing")
	}
	must(t, v.Erase(first)) // as a sweep would, again
	if names, err := filepath.Glob(filepath.Join(dir, keysFile+"*")); err != nil || len(names) != 1 {
		t.Errorf("%v are left: %v", names, err)
	}
	must(t, v.Update(func(tx *Tx) error {
		key, err := tx.NewKey()
		if err != nil {
			return err
		}
		return tx.Put("r", "third", key, []byte("3"))
	}))
	closed(t, v)
	v = reopen(t, dir)
	defer closed(t, v)
	if err := errors.Join(get(v, "second"), get(v, "third")); err != nil {
		t.Error(err)
	}
	if err := get(v, "first"); !errors.Is(err, ErrErased) {
		t.Error(err)
	}
}

func mustDerive(t *testing.T, dir string) subkeys {
	t.Helper()
	head, err := os.ReadFile(filepath.Join(dir, headFile))
	must(t, err)
	key, err := openHead(head, secret)
	must(t, err)
	s, err := derive(key)
	must(t, err)
	return s
}

// TestAnErasureCutShortErasesOrDoesNot leaves what a crash would between any
// two steps of an erasure: the next start finishes it or forgets it, and
// nothing of an old generation is left readable under any name.
func TestAnErasureCutShortErasesOrDoesNot(t *testing.T) {
	for name, left := range map[string]func(t *testing.T, path string){
		"a half-written next generation": func(t *testing.T, path string) { must(t, os.WriteFile(path+nextSuffix, []byte("half"), 0o600)) },
		"two names of the present one":   func(t *testing.T, path string) { must(t, os.Link(path, path+oldSuffix)) },
		"both": func(t *testing.T, path string) {
			must(t, os.WriteFile(path+nextSuffix, []byte("half"), 0o600))
			must(t, os.Link(path, path+oldSuffix))
		},
		"an old generation not yet overwritten": func(t *testing.T, path string) { must(t, os.WriteFile(path+oldSuffix, []byte("old"), 0o600)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, first, _ := twoRecords(t)
			path := filepath.Join(dir, keysFile)
			left(t, path)
			old, err := os.Open(path + oldSuffix)
			if err == nil {
				defer old.Close()
			}
			v := reopen(t, dir)
			if err := errors.Join(get(v, "first"), get(v, "second")); err != nil {
				t.Error(err)
			}
			if names, err := filepath.Glob(path + "*"); err != nil || len(names) != 1 {
				t.Errorf("%v are left, %v", names, err)
			}
			if text, err := io.ReadAll(old); err == nil && bytes.HasPrefix(text, []byte("old")) {
				t.Error("the old generation was not overwritten")
			}
			must(t, v.Erase(first))
			closed(t, v)
			v = reopen(t, dir)
			defer closed(t, v)
			if err := get(v, "first"); !errors.Is(err, ErrErased) {
				t.Error(err)
			}
		})
	}
}
