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
	must(t, v.Update(func(tx *Tx) (err error) {
		if first, err = tx.NewKey(); err != nil {
			return err
		}
		if second, err = tx.NewKey(); err != nil {
			return err
		}
		return errors.Join(tx.Put("r", "first", first, []byte("1")), tx.Put("r", "second", second, []byte("2")))
	}))
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

// TestAnErasureCutShortErasesOrDoesNot leaves a half-written next generation
// beside the file, as a crash would.
func TestAnErasureCutShortErasesOrDoesNot(t *testing.T) {
	dir, _, _ := twoRecords(t)
	must(t, os.WriteFile(filepath.Join(dir, keysFile+".new"), []byte("half"), 0o600))
	v := reopen(t, dir)
	defer closed(t, v)
	if err := errors.Join(get(v, "first"), get(v, "second")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, keysFile+".new")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the half-written file is still there")
	}
}
