package nudges

import (
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// night is a unit with two people on call and a program that writes down what it is given.
type night struct {
	*Nudges
	now     time.Time
	waiting int
	people  []Person
	wrote   string
}

func newNight(t *testing.T, script string) *night {
	t.Helper()
	folder := t.TempDir()
	if err := vault.Create(filepath.Join(folder, "vault"), vault.Key([32]byte{1}), rand.Reader); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(filepath.Join(folder, "vault"), vault.Key([32]byte{1}), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	n := &night{now: time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC), wrote: filepath.Join(folder, "wrote")}
	program := filepath.Join(folder, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"+strings.ReplaceAll(script, "WROTE", n.wrote)+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i, reach := range []string{"+1 915 555 0100", "second@casa.example.org"} {
		n.people = append(n.people, Person{posada.IDFrom[posada.StaffID]([16]byte{byte(i + 1)}), reach})
	}
	n.Nudges = New(Config{
		Vault: v, Waiting: []func() (int, error){func() (int, error) { return n.waiting, nil }},
		OnCall: func() ([]Person, error) { return n.people, nil }, Program: program, After: 10 * time.Minute, Now: func() time.Time { return n.now },
	})
	return n
}

// told is what the program was given since it was last asked.
func (n *night) told(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(n.wrote)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	_ = os.Remove(n.wrote)
	return string(text)
}

// TestWhoIsOnCallIsToldOneAfterAnotherInTheSameWords: each once however much waits, the next
// after ten minutes, nobody when nothing waits any more; and what the program is given is an
// address and one text, and nothing of this process but the way to other programs.
func TestWhoIsOnCallIsToldOneAfterAnotherInTheSameWords(t *testing.T) {
	t.Setenv("POSADA_CANARY", "XOCHITL-7f3a91")
	n := newNight(t, `{ echo "$# $1"; cat; env; } >> WROTE`)
	look := func(after time.Duration) string {
		t.Helper()
		n.now = n.now.Add(after)
		if err := n.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		return n.told(t)
	}
	if got := look(0); got != "" {
		t.Errorf("nothing waits, and %q was told", got)
	}
	n.waiting = 2
	first := look(0)
	if !strings.HasPrefix(first, "1 +1 915 555 0100\n"+Text) || strings.Contains(first, "XOCHITL") || strings.Count(first, Text) != 1 {
		t.Errorf("the first was told %q", first)
	}
	if got := look(9 * time.Minute); got != "" {
		t.Errorf("too soon %q was told", got)
	}
	if got := look(time.Minute); !strings.HasPrefix(got, "1 second@casa.example.org\n") {
		t.Errorf("the second was told %q", got)
	}
	n.waiting = 0
	if got := look(15 * time.Second); got != "" {
		t.Errorf("all is answered, and %q was told", got)
	}
	// What comes one after another wakes nobody each time.
	n.waiting = 1
	if got := look(15 * time.Second); got != "" {
		t.Errorf("half a minute after the last %q was told", got)
	}
	if got := look(2 * time.Minute); !strings.HasPrefix(got, "1 +1 915") {
		t.Errorf("of what is new %q was told", got)
	}
}

// TestManyNeedsOneAfterAnotherWakeSomebodyAFewTimes: one a quarter of a minute, each answered
// at once, for an hour.
func TestManyNeedsOneAfterAnotherWakeSomebodyAFewTimes(t *testing.T) {
	n := newNight(t, `echo "$1" >> WROTE`)
	for i := range 240 {
		n.waiting = 0
		if i%2 == 0 {
			n.waiting = 1
		}
		if err := n.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		n.now = n.now.Add(15 * time.Second)
	}
	if told := strings.Count(n.told(t), "\n"); told > 30 || told < 20 {
		t.Errorf("in an hour somebody was told %d times", told)
	}
}

// TestWhereOneCannotBeToldTheNextIs, and the failure is said once, to whoever runs the node.
func TestWhereOneCannotBeToldTheNextIs(t *testing.T) {
	n := newNight(t, `case "$1" in +1*) exit 3;; esac; echo "$1" >> WROTE`)
	n.waiting = 1
	if err := n.look(t.Context()); err == nil {
		t.Error("that it failed is not said")
	} else if failed, ok := errors.AsType[*exec.ExitError](err); !ok || failed.ExitCode() != 3 {
		t.Error(err)
	}
	n.now = n.now.Add(15 * time.Second)
	if err := n.look(t.Context()); err != nil || n.told(t) != "second@casa.example.org\n" {
		t.Errorf("the next was not told: %v", err)
	}
}

// TestNobodyWhoIsNowhereReachedIsTold: who is on call without an address is passed over.
func TestNobodyWhoIsNowhereReachedIsTold(t *testing.T) {
	n := newNight(t, `echo "$1" >> WROTE`)
	n.people[0].Reach = ""
	n.waiting = 1
	if err := n.look(t.Context()); err != nil || n.told(t) != "second@casa.example.org\n" {
		t.Errorf("%v", err)
	}
}
