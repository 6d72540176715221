package letterbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/vault"
)

var secret = vault.Key([32]byte{1, 2, 3})

func now() time.Time { return time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// place is a vault's folder with a box beside it.
type place struct {
	t   *testing.T
	dir string
	box *Box
}

func newPlace(t *testing.T) place {
	p := place{t, t.TempDir(), nil}
	must(t, vault.Create(p.dir, secret, rand.Reader))
	p.box = New(filepath.Join(p.dir, "letters"), rand.Reader, now)
	p.open(func(*vault.Vault, *Opened) {})
	return p
}

// open opens vault and box for a while.
func (p place) open(f func(*vault.Vault, *Opened)) {
	p.t.Helper()
	v, err := vault.Open(p.dir, secret, rand.Reader)
	must(p.t, err)
	defer func() { must(p.t, v.Close()) }()
	o, err := p.box.Open(v)
	must(p.t, err)
	f(v, o)
}

func (p place) put(bodies ...string) {
	p.t.Helper()
	for _, b := range bodies {
		must(p.t, p.box.Put(Request{Method: "POST", Path: "/v1/consents", Language: "es", Token: "token", Body: []byte(b)}))
	}
}

func (p place) letters() []string {
	p.t.Helper()
	names, err := filepath.Glob(filepath.Join(p.dir, "letters", "*"+suffix))
	must(p.t, err)
	return names
}

var effects = vault.Table[string]{Name: "effects", Version: 1}

// act is what a unit does: its effect and the audit's entry in one transaction.
func act(t *testing.T, v *vault.Vault, r Request) Answer {
	t.Helper()
	must(t, v.Update(func(tx *vault.Tx) error {
		if _, err := effects.Append(tx, vault.KeyID{}, string(r.Body)); err != nil {
			return err
		}
		return audit.Append(tx, audit.Entry{At: now(), By: posada.IDFrom[posada.StaffID]([16]byte{1}), Act: audit.ConsentRecorded})
	}))
	return Answer{Status: http.StatusCreated}
}

func done(t *testing.T, v *vault.Vault) (list []string) {
	t.Helper()
	must(t, v.View(func(tx *vault.Tx) error {
		return effects.Log(tx, 1, func(_ uint64, body string) error { list = append(list, body); return nil })
	}))
	return list
}

func TestLettersAreCarriedOutInOrderAndGo(t *testing.T) {
	p := newPlace(t)
	var want []string
	for i := range 12 {
		want = append(want, fmt.Sprint("letter ", i))
	}
	p.put(want...)
	p.open(func(v *vault.Vault, o *Opened) {
		must(t, o.Deliver(t.Context(), func(_ context.Context, r Request) Answer {
			if r.Method != "POST" || r.Path != "/v1/consents" || r.Language != "es" || r.Token != "token" {
				t.Errorf("%s %s %s", r.Method, r.Path, r.Language)
			}
			return act(t, v, r)
		}))
		if got := done(t, v); !slices.Equal(got, want) || len(p.letters()) != 0 {
			t.Errorf("%q, %v", got, p.letters())
		}
	})
}

// TestALetterIsCarriedOutOnceThoughTheProcessDies at each step: before it was
// done, when it was done and not noted, when it was noted and not removed.
func TestALetterIsCarriedOutOnceThoughTheProcessDies(t *testing.T) {
	for name, die := range map[string]func(t *testing.T, v *vault.Vault, r Request){
		"before":                         func(*testing.T, *vault.Vault, Request) {},
		"after it was done":              func(t *testing.T, v *vault.Vault, r Request) { act(t, v, r) },
		"after, with one kept before it": func(t *testing.T, v *vault.Vault, r Request) { act(t, v, r) },
	} {
		p := newPlace(t)
		if name == "after, with one kept before it" {
			// The first could not be done: it has its turn before the one that
			// was under way, and must not be taken for it.
			p.put("kept")
			p.open(func(_ *vault.Vault, o *Opened) {
				must(t, o.Deliver(t.Context(), func(context.Context, Request) Answer { return Answer{Status: 503, Code: "unavailable"} }))
			})
		}
		p.put("one", "two")
		p.open(func(v *vault.Vault, o *Opened) {
			defer func() { _ = recover() }()
			_ = o.Deliver(t.Context(), func(_ context.Context, r Request) Answer {
				if string(r.Body) == "kept" {
					return Answer{Status: 503, Code: "unavailable"}
				}
				die(t, v, r)
				panic("the process dies")
			})
		})
		before := map[string][]byte{}
		for _, path := range p.letters() {
			text, err := os.ReadFile(path)
			must(t, err)
			before[path] = text
		}
		for range 3 { // and what was noted and not removed comes back
			p.open(func(v *vault.Vault, o *Opened) {
				must(t, o.Deliver(t.Context(), func(_ context.Context, r Request) Answer { return act(t, v, r) }))
				got := done(t, v)
				slices.Sort(got)
				want := []string{"one", "two"}
				if len(before) == 3 {
					want = []string{"kept", "one", "two"}
				}
				if !slices.Equal(got, want) {
					t.Errorf("died %s: %q", name, got)
				}
				list, waiting, err := o.Refused(time.Time{})
				if err != nil || len(list) != 0 || waiting != 0 {
					t.Errorf("died %s: %v %d %v", name, list, waiting, err)
				}
			})
			for path, text := range before {
				must(t, os.WriteFile(path, text, 0o600))
			}
		}
	}
}

// TestWhatIsRefusedIsToldAndWhatFailedIsTriedAgain: three times.
func TestWhatIsRefusedIsToldAndWhatFailedIsTriedAgain(t *testing.T) {
	p := newPlace(t)
	p.put("refused", "fails")
	asked := map[string]int{}
	for round := range 5 {
		p.open(func(v *vault.Vault, o *Opened) {
			must(t, o.Deliver(t.Context(), func(_ context.Context, r Request) Answer {
				asked[string(r.Body)]++
				if string(r.Body) == "refused" {
					return Answer{Status: 409, Code: "conflict", Key: "preview_gone"}
				}
				// Staff act afterwards: that is not this letter's doing.
				return Answer{Status: 500, Code: "internal", Key: "unexpected_failure"}
			}))
			list, waiting, err := o.Refused(time.Time{})
			must(t, err)
			if round < tries-1 && (len(list) != 1 || list[0].Key != "preview_gone" || waiting != 1) || round >= tries-1 && (len(list) != 2 || waiting != 0) {
				t.Errorf("round %d: %+v, %d wait", round, list, waiting)
			}
			refusals := 0
			must(t, v.View(func(tx *vault.Tx) error {
				return audit.Each(tx, 1, func(_ uint64, e audit.Entry) error {
					if e.Act == audit.HandedInRefused {
						refusals++
					}
					return nil
				})
			}))
			if refusals != len(list) {
				t.Errorf("the audit has %d", refusals)
			}
			act(t, v, Request{Body: []byte("by hand")})
		})
	}
	if asked["refused"] != 1 || asked["fails"] != tries {
		t.Error(asked)
	}
}

func TestNothingReadableIsInTheBox(t *testing.T) {
	p := newPlace(t)
	const canary = "XOCHITL-LETTER-41"
	must(t, p.box.Put(Request{Method: canary, Path: canary, Language: canary, Token: canary, Body: []byte(canary)}))
	files, err := filepath.Glob(filepath.Join(p.dir, "*", "*"))
	must(t, err)
	if len(files) != 2 {
		t.Errorf("%q", files)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		must(t, err)
		info, err := os.Stat(f)
		must(t, err)
		if bytes.Contains(text, []byte(canary)) || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v", f, info.Mode())
		}
	}
	r := Request{Path: canary}
	if text := fmt.Sprintf("%v %+v %#v", r, r, r); bytes.Contains([]byte(text), []byte(canary)) {
		t.Error(text)
	}
}

func TestABoxIsBounded(t *testing.T) {
	p := newPlace(t)
	if err := p.box.Put(Request{Body: make([]byte, MaxBody+1)}); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	count := 0
	for ; count <= MaxLetters; count++ {
		if err := p.box.Put(Request{Body: make([]byte, MaxBody)}); err != nil {
			if !errors.Is(err, ErrFull) {
				t.Fatal(err)
			}
			break
		}
	}
	size := int64(0)
	for _, path := range p.letters() {
		info, err := os.Stat(path)
		must(t, err)
		size += info.Size()
	}
	if count == 0 || count > MaxLetters || size > MaxBytes+256<<10 {
		t.Errorf("%d letters of %d bytes", count, size)
	}
	for _, path := range p.letters() {
		must(t, os.Remove(path))
	}
	for count = 0; count <= MaxLetters; count++ {
		if err := p.box.Put(Request{Body: []byte("{}")}); errors.Is(err, ErrFull) {
			break
		}
	}
	if count != MaxLetters {
		t.Errorf("%d small letters", count)
	}
}

// TestAnotherKeyInTheBoxIsFound, and what was sealed to it is told, not lost
// without a word.
func TestAnotherKeyInTheBoxIsFound(t *testing.T) {
	if err := New(t.TempDir(), rand.Reader, now).Put(Request{}); !errors.Is(err, ErrNoKey) {
		t.Errorf("without any: %v", err)
	}
	p := newPlace(t)
	thief, err := seal.GenerateIdentity()
	must(t, err)
	must(t, os.WriteFile(filepath.Join(p.dir, "letters", keyFile), []byte(thief.Recipient()), 0o600))
	p.put("to the thief")
	v, err := vault.Open(p.dir, secret, rand.Reader)
	must(t, err)
	o, err := p.box.Open(v)
	if !errors.Is(err, ErrOtherKey) {
		t.Error(err)
	}
	p.put("ours again")
	asked := 0
	must(t, o.Deliver(t.Context(), func(_ context.Context, r Request) Answer { asked++; return act(t, v, r) }))
	list, waiting, err := o.Refused(time.Time{})
	if err != nil || len(list) != 1 || list[0].Code != Damaged || waiting != 0 || asked != 1 {
		t.Errorf("%+v %d %v; %d carried out", list, waiting, err, asked)
	}
	must(t, v.Close())
}
