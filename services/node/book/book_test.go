package book

import (
	"crypto/rand"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/pkg/vault"
)

var now = time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)

// queued is what a unit gave to post.
type queued struct {
	to  posada.AgencyID
	key directory.Key
	e   event.Event
}

// world is a unit of one agency, and what stewards signed.
type world struct {
	*Book
	t       *testing.T
	edition trust.Edition
	text    []byte
	queue   []queued
	current *roster.Current
	members roster.Snapshot
}

func (w *world) Enqueue(_ *vault.Tx, to posada.AgencyID, e event.Event, _ vault.KeyID) error {
	opens, is := e.Opens()
	if !is {
		w.t.Errorf("%s was sent", e.Type())
	}
	w.queue = append(w.queue, queued{to, opens.Key, e})
	return nil
}

func (w *world) Wake() {}

// newWorld is agency 1 of four: two NGOs, a police and one that is suspended.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, members: roster.Snapshot{Network: invented.Network, Version: 1, Hub: roster.Hub{Operator: "Invented Hub", Receipt: invented.Key(t, 99).Public()}}}
	for i := byte(1); i <= 4; i++ {
		w.members.Agencies = append(w.members.Agencies, invented.New(t, i, now).Member)
	}
	w.members.Agencies[2].Class, w.members.Agencies[3].Standing = posada.ClassLawEnforcement, posada.StandingSuspended
	r, err := roster.New(w.members)
	if err != nil {
		t.Fatal(err)
	}
	w.current = roster.NewCurrent(r)
	folder := filepath.Join(t.TempDir(), "vault")
	if err := vault.Create(folder, vault.Key([32]byte{1}), rand.Reader); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(folder, vault.Key([32]byte{1}), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	w.Book = &Book{c: Config{
		Agency: invented.ID(1), Network: invented.Network, Vault: v, Members: w.current, Post: w, Now: func() time.Time { return now }, Random: rand.Reader,
		Signed: func() (trust.Edition, []byte, error) { return w.edition, w.text, nil },
		File:   directory.Named(map[posada.AgencyID]string{invented.ID(2): "From a File"}, directory.Book{}),
	}}
	w.restart()
	return w
}

// restart makes the unit anew, on the same vault.
func (w *world) restart() {
	w.t.Helper()
	b, err := New(w.Book.c)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Book = b
}

// change makes the roster another.
func (w *world) change(do func(*roster.Snapshot)) {
	w.t.Helper()
	w.members.Version++
	w.members.Agencies = slices.Clone(w.members.Agencies)
	do(&w.members)
	r, err := roster.New(w.members)
	if err != nil {
		w.t.Fatal(err)
	}
	w.current.Change(func(*roster.Roster) *roster.Roster { return r })
	w.decided()
}

func (w *world) decided() {
	w.t.Helper()
	if err := w.Decided(); err != nil {
		w.t.Fatal(err)
	}
}

// sign has stewards sign a version in which agency 2 is called so.
func (w *world) sign(version uint64, name string) directory.Keys {
	w.t.Helper()
	return w.list(bookOf(version, name))
}

// list has stewards sign a directory.
func (w *world) list(b directory.Book) directory.Keys {
	w.t.Helper()
	text, keys, err := b.Seal(rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	w.text, w.edition = text, trust.Edition{Version: b.Version}
	w.decided()
	return keys
}

func bookOf(version uint64, name string) directory.Book {
	return directory.Book{Network: invented.Network, Version: version, Entries: []directory.Entry{{
		ID: directory.IDFrom([16]byte{1}, 4), Member: invented.ID(2), Name: directory.Name{EN: name, ES: name},
	}}}
}

// hear has agency from send a key.
func (w *world) hear(from byte, key directory.Key) {
	w.t.Helper()
	e, err := event.Directory(rand.Reader, key, now)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := e.In(invented.ID(from), event.Place{Seq: 1})
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.c.Vault.Update(func(tx *vault.Tx) error {
		return w.Handle(w.t.Context(), tx, handoff.Incoming{From: invented.ID(from), Statement: s, Came: now})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) called(want string, version uint64) {
	w.t.Helper()
	if got := w.Known().Name(invented.ID(2)); got != want || w.Version() != version {
		w.t.Errorf("it is called %q, by version %d; want %q, %d", got, w.Version(), want, version)
	}
}

// TestADirectoryIsOpenedWhicheverComesFirst, the key or what it opens; from then on the file
// counts for nothing, also when the node is started again.
func TestADirectoryIsOpenedWhicheverComesFirst(t *testing.T) {
	w := newWorld(t)
	w.called("From a File", 0)
	keys := w.sign(1, "One")
	w.called("From a File", 0)
	w.hear(4, keys.Members)
	w.called("One", 1)
	text, next, err := bookOf(2, "Two").Seal(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.hear(4, next.Members)
	w.called("One", 1)
	w.restart()
	w.called("One", 1)
	w.text, w.edition = text, trust.Edition{Version: 2}
	w.decided()
	w.called("Two", 2)
	w.text, w.edition = nil, trust.Edition{}
	w.restart()
	w.called("Two", 2)
}

// TestNothingTakesThePlaceOfTheLastGoodOne but a newer one that is opened: no older one, none
// that was changed, none whose key did not come, and no key that is another.
func TestNothingTakesThePlaceOfTheLastGoodOne(t *testing.T) {
	w := newWorld(t)
	first := w.sign(1, "One")
	old := w.text
	w.hear(4, first.Members)
	w.called("One", 1)
	second := w.sign(2, "Two")
	w.hear(2, first.Members)
	w.hear(3, second.Others)
	w.hear(3, directory.Key{7})
	w.called("One", 1)
	w.hear(4, second.Members)
	w.called("Two", 2)
	// One that somebody set back.
	w.text, w.edition = old, trust.Edition{Version: 1}
	w.decided()
	w.hear(4, first.Members)
	w.called("Two", 2)
	third := w.sign(3, "Three")
	whole := w.text
	for what, change := range map[string]func([]byte) []byte{
		"a byte of the sheet":   func(b []byte) []byte { b[len(b)/4] ^= 1; return b },
		"its version":           func(b []byte) []byte { b[15]++; return b },
		"cut short":             func(b []byte) []byte { return b[:len(b)-1] },
		"an older in its place": func([]byte) []byte { return old },
		"the sheets swapped": func(b []byte) []byte {
			each := (len(b) - 80) / 2
			return slices.Concat(b[:80], b[80+each:], b[80:80+each])
		},
		"nothing": func([]byte) []byte { return nil },
	} {
		w.text = change(slices.Clone(whole))
		w.decided()
		w.hear(4, third.Members)
		if w.Version() != 2 {
			t.Errorf("%s: it was taken", what)
		}
		w.called("Two", 2)
	}
	ahead, later, err := bookOf(9, "Nine").Seal(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.text = ahead // signed as the third
	w.decided()
	w.hear(4, later.Members)
	w.called("Two", 2)
	w.text = whole
	w.decided()
	w.hear(4, third.Members)
	w.called("Three", 3)
}

// TestWhoFloodsWithKeysPutsNoOthersAway: a body to be feared may write to anybody.
func TestWhoFloodsWithKeysPutsNoOthersAway(t *testing.T) {
	w := newWorld(t)
	text, keys, err := bookOf(1, "One").Seal(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.hear(2, keys.Members)
	for i := range 300 {
		w.hear(3, directory.Key{byte(i), byte(i >> 8), 9})
	}
	w.text, w.edition = text, trust.Edition{Version: 1}
	w.decided()
	w.called("One", 1)
}

// TestADistrustedAgencyHasTheSameVersionOfNobody, though it has the members' key, too.
func TestADistrustedAgencyHasTheSameVersionOfNobody(t *testing.T) {
	w := newWorld(t)
	w.change(func(s *roster.Snapshot) { s.Agencies[0].Class = posada.ClassLawEnforcement })
	keys := w.sign(1, "One")
	w.hear(4, keys.Members)
	w.called("From a File", 0)
	w.hear(2, keys.Others)
	w.called(string(invented.ID(2)), 1)
	if n := len(w.Known().Entries()); n != 0 {
		t.Errorf("%d are listed", n)
	}
	// In another class it opens the other, of the same version.
	w.change(func(s *roster.Snapshot) { s.Agencies[0].Class = posada.ClassNGO })
	w.called("One", 1)
}

// TestEachMemberIsGivenTheKeyOfItsClassOnce: those that are active now, and whoever is later.
func TestEachMemberIsGivenTheKeyOfItsClassOnce(t *testing.T) {
	w := newWorld(t)
	keys := w.sign(1, "One")
	if n, err := w.Give("", keys); err != nil || n != 2 {
		t.Fatalf("%d agencies, %v", n, err)
	}
	w.called("One", 1)
	given := func() map[posada.AgencyID]directory.Key {
		got := map[posada.AgencyID]directory.Key{}
		for _, q := range w.queue {
			if _, twice := got[q.to]; twice {
				t.Errorf("%s is sent two", q.to)
			}
			got[q.to] = q.key
		}
		w.queue = nil
		return got
	}
	if got := given(); len(got) != 2 || got[invented.ID(2)] != keys.Members || got[invented.ID(3)] != keys.Others {
		t.Errorf("%d were sent", len(got))
	}
	w.decided()
	if got := given(); len(got) != 0 {
		t.Errorf("%d were sent it again", len(got))
	}
	w.change(func(s *roster.Snapshot) { s.Agencies[3].Standing = posada.StandingActive })
	if got := given(); len(got) != 1 || got[invented.ID(4)] != keys.Members {
		t.Errorf("whoever was admitted later was not sent it: %d", len(got))
	}
	// One that lost its node lost the key; one that is feared from now on is sent the other.
	w.change(func(s *roster.Snapshot) {
		s.Agencies[1].Identity = invented.Key(t, 77).Public()
		s.Agencies[3].Class = posada.ClassBorder
	})
	if got := given(); len(got) != 2 || got[invented.ID(2)] != keys.Members || got[invented.ID(4)] != keys.Others {
		t.Errorf("%d were sent", len(got))
	}
	// Of a newer version this agency has no keys yet.
	w.sign(2, "Two")
	if got := given(); len(got) != 0 {
		t.Errorf("%d were sent the key of an older version", len(got))
	}
}

// TestOnlyTheKeysOfTheDirectoryInForceAreGiven.
func TestOnlyTheKeysOfTheDirectoryInForceAreGiven(t *testing.T) {
	w := newWorld(t)
	refused := func(what string, keys directory.Keys) {
		t.Helper()
		if _, err := w.Give("", keys); fault.From(err).Key != fault.DirectoryKeys || len(w.queue) != 0 {
			t.Errorf("%s: %v, %d sent", what, err, len(w.queue))
		}
	}
	refused("there is none", directory.Keys{Network: invented.Network, Version: 1})
	first := w.sign(1, "One")
	second := w.sign(2, "Two")
	refused("of the one before", first)
	swapped := second
	swapped.Members, swapped.Others = second.Others, second.Members
	refused("the one for the other", swapped)
	other := second
	other.Network = "mmmmmmmmmmmmmmmmmmmmmmmmma"
	refused("of another network", other)
	if _, err := w.Give("", second); err != nil {
		t.Error(err)
	}
}

// TestAKeyThatWaitsIsDecidedAgain: its recipient may have been removed, suspended or feared
// since, and there may be a newer version.
func TestAKeyThatWaitsIsDecidedAgain(t *testing.T) {
	w := newWorld(t)
	if _, err := w.Give("", w.sign(1, "One")); err != nil {
		t.Fatal(err)
	}
	waits := w.queue[0]
	verdict := func(want handoff.Verdict, what string) {
		t.Helper()
		err := w.c.Vault.Update(func(tx *vault.Tx) error {
			got, err := w.Recheck(t.Context(), tx, waits.to, waits.e)
			if got != want {
				t.Errorf("%s: %d", what, got)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	stand := func(s posada.Standing) {
		w.change(func(r *roster.Snapshot) { r.Agencies[1].Standing = s })
	}
	verdict(handoff.Send, "a member")
	stand(posada.StandingSuspended)
	verdict(handoff.Wait, "suspended")
	stand(posada.StandingRemoved)
	verdict(handoff.Stop, "removed")
	stand(posada.StandingActive)
	verdict(handoff.Send, "a member again")
	w.change(func(r *roster.Snapshot) { r.Agencies[1].Class = posada.ClassBorder })
	verdict(handoff.Stop, "feared")
	w.change(func(r *roster.Snapshot) { r.Agencies[1].Class = posada.ClassNGO })
	w.sign(2, "Two")
	verdict(handoff.Stop, "there is a newer one")
}

// TestAKeyThatWasNotSentIsSentWhenItMayBe.
func TestAKeyThatWasNotSentIsSentWhenItMayBe(t *testing.T) {
	w := newWorld(t)
	if _, err := w.Give("", w.sign(1, "One")); err != nil {
		t.Fatal(err)
	}
	first := w.queue[0]
	w.queue = nil
	settle := func(how handoff.Ending) {
		t.Helper()
		if err := w.c.Vault.Update(func(tx *vault.Tx) error { return w.Settled(tx, first.to, first.e, how) }); err != nil {
			t.Fatal(err)
		}
		w.decided()
	}
	settle(handoff.Receipted)
	if len(w.queue) != 0 {
		t.Error("what was receipted is sent again")
	}
	settle(handoff.Ended)
	if len(w.queue) != 1 || w.queue[0].to != first.to {
		t.Errorf("%d are sent", len(w.queue))
	}
	settle(handoff.Ended) // of the first, once more
	if len(w.queue) != 1 {
		t.Error("the end of another one counted")
	}
}

func TestWhatIsNoKeyIsNotTakenIn(t *testing.T) {
	w := newWorld(t)
	e, err := event.Withdrawal(rand.Reader, event.Withdrawn{}, now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.In(invented.ID(2), event.Place{Seq: 1})
	if err != nil {
		t.Fatal(err)
	}
	err = w.c.Vault.Update(func(tx *vault.Tx) error {
		return w.Handle(t.Context(), tx, handoff.Incoming{From: invented.ID(2), Statement: s, Came: now})
	})
	if !errors.Is(err, handoff.ErrNotAdmitted) {
		t.Errorf("%v", err)
	}
	w.c.Signed = func() (trust.Edition, []byte, error) { return trust.Edition{}, nil, io.ErrUnexpectedEOF }
	if err := w.Decided(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
}
