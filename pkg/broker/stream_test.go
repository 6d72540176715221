package broker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
)

func mailbox() broker.StreamConfig {
	return broker.StreamConfig{
		Name: "mail", Subjects: "mail.*.*", MaxAge: time.Hour, MaxBytes: 1 << 20, MaxSize: 16 << 10, Replicas: 1,
	}
}

func (b *bench) stream(t testing.TB, c broker.StreamConfig) *broker.Stream {
	t.Helper()
	s, err := b.dial(t, b.hub).OpenStream(soon(t), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t testing.TB, s *broker.Stream, subject, body string) {
	t.Helper()
	if err := s.Put(soon(t), subject, []byte(body)); err != nil {
		t.Fatal(err)
	}
}

// walk is what Next finds from the beginning.
func walk(t testing.TB, s *broker.Stream, subjects string) (found []string) {
	t.Helper()
	for place := uint64(0); ; {
		k, next, err := s.Next(soon(t), subjects, place)
		if errors.Is(err, broker.ErrNoneLeft) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		found, place = append(found, k.Subject+"="+string(k.Body)), next
	}
}

func TestAMessageIsKeptUntilItIsErased(t *testing.T) {
	t.Parallel()
	b := start(t)
	s := b.stream(t, mailbox())
	put(t, s, "mail.ana.1", "first")
	for range 2 { // reading takes nothing away
		if k, err := find(soon(t), s, "mail.ana.1"); err != nil || k.Subject != "mail.ana.1" || string(k.Body) != "first" {
			t.Errorf("%+v, %v", k, err)
		}
	}
	if _, err := find(soon(t), s, "mail.ana.2"); !errors.Is(err, broker.ErrNoneLeft) {
		t.Errorf("another: %v", err)
	}
	k, err := find(soon(t), s, "mail.ana.1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Erase(soon(t), k); err != nil {
		t.Error(err)
	}
	if _, err := find(soon(t), s, "mail.ana.1"); !errors.Is(err, broker.ErrNoneLeft) {
		t.Errorf("it is still there: %v", err)
	}
	put(t, s, "mail.ana.1", "again") // its subject is free
}

func TestNextFindsTheirsInOrderAndNobodyElses(t *testing.T) {
	t.Parallel()
	s := start(t).stream(t, mailbox())
	if found := walk(t, s, "mail.>"); len(found) != 0 {
		t.Errorf("an empty stream holds %q", found)
	}
	for n := range 4 {
		put(t, s, fmt.Sprintf("mail.ana.%d", n), fmt.Sprint(n))
		put(t, s, fmt.Sprintf("mail.eva.%d", n), fmt.Sprint(n))
	}
	k, err := find(soon(t), s, "mail.ana.1")
	if err != nil || s.Erase(soon(t), k) != nil {
		t.Fatal(err)
	}
	want := []string{"mail.ana.0=0", "mail.ana.2=2", "mail.ana.3=3"}
	if found := walk(t, s, "mail.ana.*"); fmt.Sprint(found) != fmt.Sprint(want) {
		t.Errorf("%q; want %q", found, want)
	}
	if found := walk(t, s, "mail.rosa.*"); len(found) != 0 {
		t.Errorf("a stranger is given %q", found)
	}
	if found := walk(t, s, "mail.>"); len(found) != 7 {
		t.Errorf("%q", found)
	}
}

// The same message put again, its first acknowledgement lost, must not stand
// twice, and another one must not take its place.
func TestOneSubjectHoldsOneMessageAndTheFirstStays(t *testing.T) {
	t.Parallel()
	s := start(t).stream(t, mailbox())
	put(t, s, "mail.ana.1", "first")
	for _, body := range []string{"first", "second", ""} {
		if err := s.Put(soon(t), "mail.ana.1", []byte(body)); !errors.Is(err, broker.ErrTwice) {
			t.Errorf("%q: %v", body, err)
		}
	}
	if found := walk(t, s, "mail.>"); len(found) != 1 || found[0] != "mail.ana.1=first" {
		t.Errorf("%q", found)
	}
}

// A full hub refuses what comes: what it has was promised to its sender.
func TestAFullStreamRefusesAndKeepsWhatItHas(t *testing.T) {
	t.Parallel()
	s := start(t).stream(t, mailbox())
	body := bytes.Repeat([]byte("a"), 15<<10)
	kept := 0
	for ; kept < 100; kept++ {
		err := s.Put(soon(t), fmt.Sprintf("mail.ana.%d", kept), body)
		if errors.Is(err, broker.ErrFull) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if kept < 60 || kept > 70 { // 1 MiB of 15 KiB, and what the server adds to each
		t.Errorf("%d were taken", kept)
	}
	if found := walk(t, s, "mail.>"); len(found) != kept {
		t.Errorf("%d of %d are left", len(found), kept)
	}
	k, err := find(soon(t), s, "mail.ana.0")
	if err != nil || s.Erase(soon(t), k) != nil {
		t.Fatal(err)
	}
	if err := s.Put(soon(t), "mail.ana.x", body); err != nil {
		t.Errorf("there is room again: %v", err)
	}
}

func TestWhatIsTooLargeOrNobodysIsNotKept(t *testing.T) {
	t.Parallel()
	s := start(t).stream(t, mailbox())
	if err := s.Put(soon(t), "mail.ana.1", make([]byte, 16<<10+1)); err == nil {
		t.Error("a byte too many was taken")
	}
	if err := s.Put(soon(t), "elsewhere.ana.1", nil); !errors.Is(err, broker.ErrUnreachable) {
		t.Errorf("a subject of no stream: %v", err)
	}
	if found := walk(t, s, ">"); len(found) != 0 {
		t.Errorf("%d are there", len(found))
	}
}

// on reports which of the texts the files of a folder hold.
func on(t testing.TB, dir string, texts ...string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, text := range texts {
			if bytes.Contains(content, []byte(text)) {
				found[text] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWhatIsKeptSurvivesARestartAndWhatWasErasedIsNotOnTheDisk(t *testing.T) {
	t.Parallel()
	const kept, erased = "KEPT-CANARY-7f3a91", "ERASED-CANARY-02bd44"
	b := start(t)
	s := b.stream(t, mailbox())
	put(t, s, "mail.ana.1", erased)
	put(t, s, "mail.ana.2", kept)
	where := b.address(t)
	b.stop(t)
	if found := on(t, b.dir, kept, erased); !found[kept] || !found[erased] {
		t.Fatalf("%v lie on the disk: this test sees nothing", found)
	}
	b.run(t, where)
	s = b.stream(t, mailbox())
	if found := walk(t, s, "mail.>"); len(found) != 2 {
		t.Fatalf("%q after a restart", found)
	}
	k, err := find(soon(t), s, "mail.ana.1")
	if err != nil || s.Erase(soon(t), k) != nil {
		t.Fatal(err)
	}
	b.stop(t)
	if found := on(t, b.dir, kept, erased); !found[kept] || found[erased] {
		t.Errorf("on the disk: %v", found)
	}
	b.run(t, where)
	if found := walk(t, b.stream(t, mailbox()), "mail.>"); len(found) != 1 || found[0] != "mail.ana.2="+kept {
		t.Errorf("%q", found)
	}
}

// A hub is given another size with mail in it.
func TestAStreamThatIsThereIsGivenItsNewSettingsAndKeepsItsMail(t *testing.T) {
	t.Parallel()
	b := start(t)
	put(t, b.stream(t, mailbox()), "mail.ana.1", "first")
	larger := mailbox()
	larger.MaxSize = 32 << 10
	for _, c := range []broker.StreamConfig{mailbox(), larger} {
		if found := walk(t, b.stream(t, c), "mail.>"); len(found) != 1 {
			t.Errorf("opened again it holds %q", found)
		}
	}
	put(t, b.stream(t, larger), "mail.ana.2", strings.Repeat("a", 20<<10))
}

// Whatever the answer was, it did not come: the asker asks again.
func TestAStreamThatIsAwayIsUnreachable(t *testing.T) {
	t.Parallel()
	b := start(t)
	s := b.stream(t, mailbox())
	put(t, s, "mail.ana.1", "first")
	k, err := find(soon(t), s, "mail.ana.1")
	if err != nil {
		t.Fatal(err)
	}
	b.stop(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, _, next := s.Next(ctx, "mail.>", 0)
	_, find := find(ctx, s, "mail.ana.1")
	for name, err := range map[string]error{
		"put": s.Put(ctx, "mail.ana.2", nil), "next": next, "find": find, "erase": s.Erase(ctx, k),
	} {
		if !errors.Is(err, broker.ErrUnreachable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// find is the message on a subject, or broker.ErrNoneLeft.
func find(ctx context.Context, s *broker.Stream, subject string) (broker.Kept, error) {
	k, _, err := s.Next(ctx, subject, 0)
	return k, err
}
