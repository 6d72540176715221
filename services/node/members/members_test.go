package members

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

var (
	now    = time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	secret = vault.Key([32]byte{1, 2, 3})
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// own is an agency whose keys do not turn over.
type own struct {
	announced roster.Announcement
	told      int
	jumped    []uint64
}

func (o *own) Turn(time.Time) (bool, error)           { return false, nil }
func (o *own) Announced() (roster.Announcement, bool) { return o.announced, o.told > 0 }
func (o *own) Told(roster.Announcement) error         { o.told++; return nil }

// Jump passes a number once.
func (o *own) Jump(sequence uint64, _ time.Time) error {
	if o.jumped = append(o.jumped, sequence); len(o.jumped) > 1 {
		return errors.New("not again")
	}
	return nil
}

// hostile is a registry in the hands of whoever seized the hub: it says what it
// likes.
type hostile struct {
	mu       sync.Mutex // of what a unit that runs reads and notes
	replies  []mail.Reply
	more     bool
	err      error
	asked    []map[posada.AgencyID]uint64
	received []string
}

func (h *hostile) Sync(_ context.Context, have map[posada.AgencyID]uint64) (mail.Reply, bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, have)
	if len(h.replies) == 0 {
		return mail.Reply{}, h.more, h.err
	}
	reply := h.replies[0]
	h.replies = h.replies[1:]
	return reply, h.more || len(h.replies) > 0, h.err
}

func (h *hostile) Announce(_ context.Context, compact []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.received = append(h.received, string(compact))
	return h.err
}

// questions is how many came.
func (h *hostile) questions() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.asked)
}

// says is how it answers from now on.
func (h *hostile) says(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.err = err
}

// bench is agency 1, which knows of 2 and 3.
type bench struct {
	*Members
	dir     string
	vault   *vault.Vault
	hub     *hostile
	own     *own
	current *roster.Current
	all     []*invented.Agency
	log     bytes.Buffer
	changes int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), hub: &hostile{}}
	for n := byte(1); n <= 3; n++ {
		b.all = append(b.all, invented.New(t, n, now))
	}
	b.own = &own{announced: b.all[0].Announce(t)}
	must(t, vault.Create(b.dir, secret, rand.Reader))
	b.open(t)
	t.Cleanup(func() { must(t, b.vault.Close()) })
	return b
}

func (b *bench) open(t *testing.T) {
	t.Helper()
	var err error
	b.vault, err = vault.Open(b.dir, secret, rand.Reader)
	must(t, err)
	base, err := roster.New(invented.Snapshot(t, b.all...))
	must(t, err)
	b.current = roster.NewCurrent(base)
	b.Members, err = New(Config{
		Agency: b.all[0].Member.ID, Vault: b.vault, Registry: b.hub, Own: b.own, Base: base, Current: b.current,
		Trusted: func(f func(time.Time) error) error { return f(now) }, Now: func() time.Time { return now }, Log: obs.NewLog(&b.log), Every: time.Hour,
		Connect: func(context.Context) {}, Changed: func() { b.changes++ },
	})
	must(t, err)
}

// TestARegistryThatIsBusyIsAskedAgainSoon, and one that answered is not.
func TestARegistryThatIsBusyIsAskedAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.hub.err, b.own.told = mail.ErrBusy, 1
		ctx, stopped := t.Context(), make(chan error, 1)
		go func() { stopped <- b.Run(ctx, func() {}) }()
		t.Cleanup(func() { must(t, <-stopped) })
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if n := b.hub.questions(); n < 5 || n > 10 {
			t.Errorf("it was asked %d times in half a minute", n)
		}
		b.hub.says(nil)
		time.Sleep(32 * time.Second)
		synctest.Wait()
		before := b.hub.questions()
		time.Sleep(50 * time.Minute)
		b.Rebase(b.base) // another table, the same members: nobody to ask about
		synctest.Wait()
		if n := b.hub.questions(); n != before {
			t.Errorf("one that answered was asked %d times more", n-before)
		}
		next := b.base.Snapshot()
		next.Version++
		base, err := roster.New(next)
		must(t, err)
		b.Rebase(base)
		synctest.Wait()
		if n := b.hub.questions(); n != before+1 {
			t.Errorf("about other members it was asked %d times", n-before)
		}
	})
}

// says is a reply with announcements.
func says(all ...roster.Announcement) mail.Reply {
	var r mail.Reply
	for _, a := range all {
		r.Announced = append(r.Announced, string(a.Compact()))
	}
	return r
}

// sequence is the place of what is known of an agency; 0 where nothing is.
func (b *bench) sequence(n int) uint64 {
	a, _ := b.current.Get().Announcement(b.all[n-1].Member.ID)
	return a.Keys().Sequence
}

func (b *bench) next(t *testing.T, n int) roster.Announcement {
	t.Helper()
	a := b.all[n-1]
	before := a.Announce(t)
	a.Keys.Sequence, a.Keys.Previous = before.Keys().Sequence+1, before.Digest()
	return a.Announce(t)
}

func TestWhatMembersAnnouncedIsKnownAndStaysKnown(t *testing.T) {
	b := newBench(t)
	b.hub.replies = []mail.Reply{says(b.all[1].Announce(t)), says(b.all[2].Announce(t))}
	must(t, b.Refresh(t.Context()))
	if b.sequence(1) != 1 || b.sequence(2) != 1 || b.sequence(3) != 1 || b.changes != 1 || b.own.told != 1 {
		t.Fatalf("%d %d %d, changed %d times, told %d times", b.sequence(1), b.sequence(2), b.sequence(3), b.changes, b.own.told)
	}
	last := b.hub.asked[len(b.hub.asked)-1]
	if len(last) != 2 || last[invented.ID(1)] != 1 || last[invented.ID(2)] != 1 {
		t.Errorf("the second question named %v", last)
	}
	second := b.next(t, 2)
	b.hub.replies = []mail.Reply{says(second)}
	must(t, b.Refresh(t.Context()))
	must(t, b.vault.Close())
	b.open(t)
	if b.sequence(2) != 2 || b.sequence(3) != 1 {
		t.Errorf("after a restart %d %d", b.sequence(2), b.sequence(3))
	}
	must(t, b.Refresh(t.Context()))
	if b.changes != 2 {
		t.Errorf("nothing new changed something: %d", b.changes)
	}
}

// TestAHostileRegistryChangesNothing is T7: what is withheld is missing, and
// nothing that it says is taken for a member's word.
func TestAHostileRegistryChangesNothing(t *testing.T) {
	b := newBench(t)
	first := b.all[1].Announce(t)
	second := b.next(t, 2)
	b.hub.replies = []mail.Reply{says(second)}
	must(t, b.Refresh(t.Context()))
	want := second.Digest()
	other := invented.New(t, 2, now)
	other.Keys.Epochs[0].Recipient, other.Keys.Sequence, other.Keys.Previous = "age1pq1stolen", 2, first.Digest()
	forked := other.Announce(t)
	other.Keys.Sequence, other.Keys.Previous = 3, forked.Digest()
	branch := other.Announce(t)
	stranger := invented.New(t, 9, now)
	swapped := *b.all[2]
	swapped.Keys.Issuer = b.all[1].Member.ID
	inAnothersName, err := roster.Announce(swapped.Keys, b.all[2].Identity)
	if err == nil {
		t.Log("signed by 3 in the name of 2")
	}
	elsewhere := invented.New(t, 2, now)
	elsewhere.Keys.Network, elsewhere.Keys.Sequence, elsewhere.Keys.Previous = "ooooooooooooooooooooooooea", 9, "x"
	practice, err := roster.Announce(elsewhere.Keys, elsewhere.Identity)
	must(t, err)
	text := string(second.Compact())
	for name, reply := range map[string]mail.Reply{
		"an older one":               says(first),
		"the same again":             says(second),
		"another in its place":       says(forked),
		"the next of another branch": says(branch),
		"somebody who is no member":  says(stranger.Announce(t)),
		"in another's name":          says(inAnothersName),
		"of another network":         says(practice),
		"a signature changed":        {Announced: []string{text[:len(text)-8] + "AAAAAAAA"}},
		"nothing at all":             {},
		"noise":                      {Announced: []string{"", "a.b.c", strings.Repeat("A", 1<<18)}},
		"wanting what nobody has":    {Wanted: []posada.AgencyID{invented.ID(9), invented.ID(3)}},
	} {
		b.hub.replies, b.hub.received = []mail.Reply{reply}, nil
		must(t, b.Refresh(t.Context()))
		if got, _ := b.current.Get().Announcement(invented.ID(2)); got.Digest() != want || b.sequence(3) != 0 {
			t.Errorf("%s: it is believed", name)
		}
		if len(b.hub.received) > 0 {
			t.Errorf("%s: %d announcements given away", name, len(b.hub.received))
		}
	}
	if strings.Contains(b.log.String(), string(invented.ID(2))) || strings.Contains(b.log.String(), "age1pq1") {
		t.Error("the log names a member")
	}
	if !strings.Contains(b.log.String(), "contradict each other") {
		t.Error("two in one place raised no alarm")
	}
}

func TestAnAnnouncementInOurNameThatWeDidNotMakeIsAnAlarm(t *testing.T) {
	b := newBench(t)
	mine := b.own.announced
	b.hub.replies = []mail.Reply{says(mine)}
	must(t, b.Refresh(t.Context()))
	if b.NotOurs() {
		t.Error("our own is an alarm")
	}
	before := b.all[0].Announce(t)
	b.own.announced = b.next(t, 1)
	b.hub.replies = []mail.Reply{says(before)}
	must(t, b.Refresh(t.Context()))
	if b.NotOurs() {
		t.Error("our own of yesterday is an alarm")
	}
	if len(b.own.jumped) > 0 {
		t.Error("our own numbers are passed")
	}
	// Our store is an old copy: the number is passed, once.
	newer := b.own.announced
	b.own.announced = before
	b.hub.replies = []mail.Reply{says(newer)}
	must(t, b.Refresh(t.Context()))
	if b.NotOurs() || len(b.own.jumped) != 1 || b.own.jumped[0] != 2 || b.sequence(1) != 1 || len(b.wake) != 1 {
		t.Errorf("alarm %t, passed %v, ours is number %d", b.NotOurs(), b.own.jumped, b.sequence(1))
	}
	if !strings.Contains(b.log.String(), "old copy") {
		t.Error("nobody is told")
	}
	// It goes on: that is somebody else.
	b.hub.replies = []mail.Reply{says(b.next(t, 1))}
	must(t, b.Refresh(t.Context()))
	if !b.NotOurs() || b.sequence(1) != 1 {
		t.Errorf("alarm %t; ours is number %d", b.NotOurs(), b.sequence(1))
	}
}

// TestANumberThatIsAnothersIsPassed: the hub refuses ours, and shows by what.
func TestANumberThatIsAnothersIsPassed(t *testing.T) {
	for name, change := range map[string]func(*roster.Keys){
		"the same number":   func(*roster.Keys) {},
		"the number before": func(k *roster.Keys) { k.Sequence, k.Previous = 2, "x" },
	} {
		b := newBench(t)
		theirs := b.all[0].Announce(t)
		mine := invented.New(t, 1, now)
		mine.Keys.Epochs[0].Recipient = "age1pq1other"
		change(&mine.Keys)
		b.own.announced = mine.Announce(t)
		b.c.Registry = &refusing{hostile: b.hub, with: mail.ErrUsed}
		b.hub.replies = []mail.Reply{says(theirs)}
		if err := b.Refresh(t.Context()); !errors.Is(err, mail.ErrUsed) {
			t.Errorf("%s: %v", name, err)
		}
		if b.hub.asked[0][b.all[0].Member.ID] != 0 || b.NotOurs() || len(b.own.jumped) != 1 {
			t.Errorf("%s: asked with %v, passed %v", name, b.hub.asked, b.own.jumped)
		}
	}
}

// TestOnlyWhatOurIdentityKeySignedIsPassed: the stewards gave the agency another
// identity, and whoever has it announces.
func TestOnlyWhatOurIdentityKeySignedIsPassed(t *testing.T) {
	b := newBench(t)
	former := invented.New(t, 1, now)
	former.Identity = invented.Key(t, 99)
	b.own.announced = former.Announce(t)
	b.hub.replies = []mail.Reply{says(b.next(t, 1))}
	must(t, b.Refresh(t.Context()))
	if !b.NotOurs() || len(b.own.jumped) != 0 {
		t.Errorf("alarm %t, passed %v", b.NotOurs(), b.own.jumped)
	}
}

func TestWhatARegistryLostIsGivenBack(t *testing.T) {
	b := newBench(t)
	b.hub.replies = []mail.Reply{says(b.all[1].Announce(t))}
	must(t, b.Refresh(t.Context()))
	b.hub.replies, b.hub.received = []mail.Reply{{Wanted: []posada.AgencyID{invented.ID(1), invented.ID(2)}}}, nil
	must(t, b.Refresh(t.Context()))
	if len(b.hub.received) != 2 || b.hub.received[1] != string(b.all[1].Announce(t).Compact()) {
		t.Errorf("%d were given back", len(b.hub.received))
	}
	// However often it asks for one, it gets it once; and one that it refuses
	// keeps no other back, least of all our own.
	b.hub.replies, b.hub.received = []mail.Reply{{Wanted: slices.Repeat([]posada.AgencyID{invented.ID(2), invented.ID(1)}, 10_000)}}, nil
	b.c.Registry = &refusing{hostile: b.hub}
	must(t, b.Refresh(t.Context()))
	if refused := b.c.Registry.(*refusing).refused; refused != 2 {
		t.Errorf("%d were offered; want two", refused)
	}
}

// TestWhatARegistrySaysIsBounded: in what is read of it, and in what is logged.
func TestWhatARegistrySaysIsBounded(t *testing.T) {
	b := newBench(t)
	b.hub.replies = []mail.Reply{{Announced: slices.Repeat([]string{"a.b.c"}, 100_000)}}
	must(t, b.Refresh(t.Context()))
	if b.log.Len() > 1000 {
		t.Errorf("%d bytes of log", b.log.Len())
	}
	// A member and the hub together could go on for ever.
	a := b.all[1]
	for range 50 {
		b.hub.replies = append(b.hub.replies, says(b.next(t, 2)))
	}
	b.hub.asked = nil
	must(t, b.Refresh(t.Context()))
	if len(b.hub.asked) > len(b.all)+1 {
		t.Errorf("asked %d times", len(b.hub.asked))
	}
	ahead := *a
	ahead.Keys.IssuedAt, ahead.Keys.Expires = now.Add(time.Hour).Unix(), now.Add(48*time.Hour).Unix()
	ahead.Keys.Sequence += 100
	b.hub.replies = []mail.Reply{says(ahead.Announce(t))}
	before := b.sequence(2)
	must(t, b.Refresh(t.Context()))
	if b.sequence(2) != before {
		t.Error("one dated in an hour took the place of one that counts")
	}
}

// TestARegistryThatNeverEndsIsLeft: one that says there is more for ever, and
// gives nothing new.
func TestARegistryThatNeverEndsIsLeft(t *testing.T) {
	b := newBench(t)
	b.hub.more = true
	b.hub.replies = []mail.Reply{says(b.all[1].Announce(t)), says(b.all[1].Announce(t))}
	must(t, b.Refresh(t.Context()))
	if len(b.hub.asked) != 2 {
		t.Errorf("asked %d times", len(b.hub.asked))
	}
}

func TestARefusedAnnouncementKeepsNobodyFromListening(t *testing.T) {
	b := newBench(t)
	refusing := &refusing{hostile: b.hub}
	b.c.Registry = refusing
	b.hub.replies = []mail.Reply{says(b.all[1].Announce(t))}
	must(t, b.Refresh(t.Context()))
	if b.sequence(2) != 1 || b.own.told != 0 {
		t.Errorf("known %d, told %d", b.sequence(2), b.own.told)
	}
	refusing.with = broker.ErrUnreachable
	if err := b.Refresh(t.Context()); !errors.Is(err, broker.ErrUnreachable) {
		t.Errorf("unreachable: %v", err)
	}
}

type refusing struct {
	*hostile
	with    error
	refused int
}

func (r *refusing) Announce(context.Context, []byte) error {
	r.refused++
	if r.with != nil {
		return r.with
	}
	return mail.ErrRefused
}
