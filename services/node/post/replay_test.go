package post

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/pkg/vault"
)

// replays is how many envelopes a hostile hub gives that it has given before;
// go test -replays 1000000 is the long run.
var replays = flag.Int("replays", 600, "envelopes given again by a hub that repeats, reorders and loses")

// wild is a hub that forgets nothing and keeps to nothing: it gives in any
// order, again and again, late or never, and fails though it did what it was
// asked.
type wild struct {
	random *mathrand.Rand
	boxes  map[posada.MailboxID]*wildBox
	left   int  // of the replays of this round
	calm   bool // it is a hub as it should be
	away   bool // it answers nothing

	given, replayed, reordered, lost, failed int
}

// wildBox is a mailbox of it.
type wildBox struct {
	waiting []letter // never given
	late    []letter // the same, and not in this round
	history [][]byte // given once at least
	count   int
	newest  int // of those given
}

// letter is an envelope, and the how-manieth it is.
type letter struct {
	wire []byte
	n    int
}

// maxHistory bounds what a box keeps to give again: some of it is old.
const maxHistory = 2000

var (
	errWild = errors.New("a hub that cannot be relied on")
	_       = Hub(wildHub{})
)

// wildHub is the hub as one member sees it.
type wildHub struct {
	*wild
	own posada.MailboxID
}

// fails reports whether a call fails before it is carried out, or after.
func (w *wild) fails() (before, after bool) {
	if w.away {
		return true, false
	}
	if w.calm {
		return false, false
	}
	switch w.random.IntN(32) {
	case 0:
		before = true
	case 1:
		after = true
	}
	if before || after {
		w.failed++
	}
	return before, after
}

func (w *wild) box(of posada.MailboxID) *wildBox {
	if w.boxes[of] == nil {
		w.boxes[of] = &wildBox{}
	}
	return w.boxes[of]
}

func (w wildHub) Submit(_ context.Context, e envelope.Envelope) error {
	before, after := w.fails()
	if before {
		return errWild
	}
	box := w.box(e.Header().Mailbox)
	box.count++
	luck := w.random.IntN(8)
	if w.calm {
		luck = 7
	}
	switch wire := (letter{bytes.Clone(e.Bytes()), box.count}); luck {
	case 0:
		w.lost++ // and receipted
	case 1, 2:
		box.late = append(box.late, wire)
	default:
		box.waiting = append(box.waiting, wire)
	}
	if after {
		return errWild
	}
	return nil
}

func (w wildHub) Collect(context.Context, []posada.MessageID) (list [][]byte, more bool, err error) {
	before, after := w.fails()
	if before {
		return nil, false, errWild
	}
	box := w.box(w.own)
	w.random.Shuffle(len(box.waiting), func(i, j int) { box.waiting[i], box.waiting[j] = box.waiting[j], box.waiting[i] })
	for _, l := range box.waiting {
		if l.n < box.newest {
			w.reordered++
		}
		box.newest = max(box.newest, l.n)
		list = append(list, l.wire)
	}
	box.waiting, box.history = nil, append(box.history, list...)
	for len(box.history) > maxHistory {
		i := w.random.IntN(len(box.history))
		box.history = slices.Delete(box.history, i, i+1)
	}
	again := min(w.left, 12)
	if len(box.history) == 0 {
		again, w.left = 0, 0
	}
	w.left -= again
	for range again {
		back := len(box.history)
		if w.random.IntN(4) > 0 {
			back = min(back, 64) // most of it can still be opened
		}
		// Anywhere in the answer, also before what it repeats.
		list = slices.Insert(list, w.random.IntN(len(list)+1), box.history[len(box.history)-1-w.random.IntN(back)])
	}
	w.given += len(list)
	w.replayed += again
	if after { // all of it is replayed, or sent again
		return nil, false, errWild
	}
	return list, w.left > 0, nil
}

func (w wildHub) Recall(context.Context, posada.MailboxID, posada.MessageID) error { return nil }

func (w wildHub) Listen(context.Context) (<-chan struct{}, error) { return nil, nil }

// nextRound lets what was late come, and allows so many replays to one mailbox.
func (w *wild) nextRound(replays int) {
	for _, box := range w.boxes {
		if w.random.IntN(3) == 0 {
			box.waiting, box.late = append(box.waiting, box.late...), nil
		}
	}
	w.left = replays
}

// counted is a unit whose effect is to count, in the transaction it is told in.
type counted struct{}

var _ handoff.Unit = counted{}

// effect is how often something was taken in here, or was receipted to us.
type effect struct {
	Count int    `json:"count"`
	Seq   uint64 `json:"seq"`
}

var effectTable = vault.Table[effect]{Name: "effects", Version: 1}

func count(tx *vault.Tx, id posada.EventID, seq uint64) error {
	e, err := effectTable.Get(tx, string(id))
	if err != nil && !errors.Is(err, vault.ErrNotFound) {
		return err
	}
	return effectTable.Put(tx, string(id), vault.KeyID{}, effect{e.Count + 1, seq})
}

func (counted) Handle(_ context.Context, tx *vault.Tx, in handoff.Incoming) error {
	return count(tx, in.Statement.ID(), in.Statement.Place().Seq)
}

func (counted) Recheck(context.Context, *vault.Tx, posada.AgencyID, event.Event) (handoff.Verdict, error) {
	return handoff.Send, nil
}

func (counted) Settled(tx *vault.Tx, _ posada.AgencyID, e event.Event, end handoff.Ending) error {
	if end != handoff.Receipted {
		return errDoubt
	}
	return count(tx, e.ID(), 0)
}

// side is an agency's post on a vault of its own.
type side struct {
	*Post
	*invented.Agency
	dir   string
	vault *vault.Vault
	days  map[posada.Epoch]seal.Identity
}

var _ Keys = (*side)(nil)

func (s *side) Signer(time.Time) (jose.PrivateKey, error) { return s.Signing, nil }
func (s *side) Drained(time.Time) error                   { return nil }
func (s *side) Identity(e posada.Epoch) (seal.Identity, bool) {
	i, ok := s.days[e]
	return i, ok
}

// pair is two agencies with such a hub between them.
type pair struct {
	t       *testing.T
	now     time.Time
	hub     *wild
	members *roster.Current
	from    *side // sends
	to      *side
	starts  int
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{t: t, now: moment(), hub: &wild{random: mathrand.New(mathrand.NewPCG(14, 3)), boxes: map[posada.MailboxID]*wildBox{}}}
	for n, s := range []**side{&p.from, &p.to} {
		*s = &side{Agency: invented.New(t, byte(n+1), p.now), dir: t.TempDir(), days: map[posada.Epoch]seal.Identity{}}
		must(t, vault.Create((*s).dir, vault.Key([32]byte{1}), rand.Reader))
	}
	p.announce()
	p.start(p.from)
	p.start(p.to)
	t.Cleanup(func() { must(t, errors.Join(p.from.vault.Close(), p.to.vault.Close())) })
	return p
}

// start opens a side's vault with a post that remembers nothing else.
func (p *pair) start(s *side) {
	p.t.Helper()
	var err error
	if s.vault != nil {
		must(p.t, s.vault.Close())
	}
	s.vault, err = vault.Open(s.dir, vault.Key([32]byte{1}), rand.Reader)
	must(p.t, err)
	s.Post = New(Config{
		Agency: s.Member.ID, Mailbox: s.Member.Mailbox, Keys: s, Vault: s.vault, Hub: wildHub{p.hub, s.Member.Mailbox}, Members: p.members,
		Network: &network{}, Now: func() time.Time { return p.now }, Random: rand.Reader, Refresh: func(context.Context) error { return nil },
	})
	s.Register(event.TypeMark, counted{})
	p.starts++
}

// announce gives both sides keys that count now.
func (p *pair) announce() {
	p.t.Helper()
	today := posada.EpochAt(p.now)
	for _, s := range []*side{p.from, p.to} {
		if _, ok := s.days[today]; !ok {
			identity, err := seal.GenerateIdentity()
			must(p.t, err)
			s.days[today] = identity
		}
		s.Keys.IssuedAt, s.Keys.Expires = p.now.Add(-time.Hour).Unix(), p.now.AddDate(0, 0, 14).Unix()
		s.Keys.Signing[0].From, s.Keys.Signing[0].Until = p.now.AddDate(0, 0, -20).Truncate(time.Second), p.now.AddDate(0, 0, 20).Truncate(time.Second)
		s.Keys.Epochs = []roster.EpochRecipient{{Epoch: today, Recipient: s.days[today].Recipient()}}
	}
	members := invented.Roster(p.t, p.from.Agency, p.to.Agency)
	if p.members == nil {
		p.members = roster.NewCurrent(members)
	}
	p.members.Change(func(*roster.Roster) *roster.Roster { return members })
}

// pass lets time go by: moments, past the hub's own removal of duplicates, past
// the next attempt, past a day, past what an envelope may wait.
func (p *pair) pass(round int) {
	by := []time.Duration{time.Second, 3 * time.Minute, 20 * time.Minute, time.Hour}[p.hub.random.IntN(4)]
	switch {
	case round%256 == 15:
		by = 8 * 24 * time.Hour
	case round%64 == 23:
		by = 25 * time.Hour
	}
	p.now = p.now.Add(by)
	p.announce()
}

// send queues so many events, whether or not anything goes.
func (p *pair) send(many int) {
	p.t.Helper()
	for range many {
		e, err := event.Mark(rand.Reader, posada.IDFrom[posada.ReferralID]([16]byte{1}), referral.Mark{State: posada.StateAccepted, N: 1, At: p.now}, p.now)
		must(p.t, err)
		must(p.t, p.from.vault.Update(func(tx *vault.Tx) error { return p.from.Enqueue(tx, p.to.Member.ID, e, vault.KeyID{}) }))
		if p.hub.random.IntN(2) == 0 { // some go together
			_, err := p.from.sendDue(p.t.Context())
			must(p.t, err)
		}
	}
}

// turn lets both sides do what their goroutines do.
func (p *pair) turn(replays int) {
	p.t.Helper()
	p.hub.nextRound(replays)
	for _, s := range []*side{p.to, p.from} { // who sends gets some of the replays: receipts
		if s == p.from {
			p.hub.left = replays / 8
		}
		if err := s.receiveAll(p.t.Context()); err != nil && !errors.Is(err, errWild) {
			p.t.Fatal(err)
		}
		_, err := s.sendDue(p.t.Context())
		must(p.t, err)
	}
}

// effects counts what a side has done, holds that nothing was done twice, and
// gives the places it was about.
func (p *pair) effects(s *side) (done int, places map[uint64]bool) {
	p.t.Helper()
	places = map[uint64]bool{}
	must(p.t, s.vault.View(func(tx *vault.Tx) error {
		return effectTable.Each(tx, func(_ string, e effect) error {
			if e.Count != 1 {
				return fmt.Errorf("something was done %d times", e.Count)
			}
			done, places[e.Seq] = done+1, true
			return nil
		})
	}))
	return done, places
}

// gaps holds that what is missing is told, exactly, and counts it.
func (p *pair) gaps() int {
	p.t.Helper()
	_, places := p.effects(p.to)
	var want []uint64
	for seq := uint64(1); len(places) > 0; seq++ {
		if places[seq] {
			delete(places, seq)
		} else {
			want = append(want, seq)
		}
	}
	var told []uint64
	must(p.t, p.to.vault.View(func(tx *vault.Tx) error {
		other, err := peerOf(tx, p.from.Member.ID)
		told = other.Missing
		status, wrong := p.to.Status(tx)
		if wrong == nil && status.Missing != other.missing() {
			wrong = fmt.Errorf("%d are said to be missing", status.Missing)
		}
		return errors.Join(err, wrong)
	}))
	if slices.Sort(told); !slices.Equal(told, want) {
		p.t.Fatalf("missing are %v; told was %v", want, told)
	}
	return len(want)
}

// TestWhateverTheHubRepeatsReordersAndLosesIsDoneOnce is T9 and M8: two posts on
// real vaults, with a hub between them that gives what it likes, over restarts
// of either side, and past every window.
func TestWhateverTheHubRepeatsReordersAndLosesIsDoneOnce(t *testing.T) {
	p := newPair(t)
	sent, rounds, gaps, most := 0, 0, 0, 0
	begun := p.now
	for p.hub.replayed < *replays {
		n := p.hub.random.IntN(5)
		p.send(n)
		sent, rounds = sent+n, rounds+1
		p.turn(min(max(*replays/2000, 24), 500))
		p.pass(rounds)
		if p.hub.random.IntN(4) == 0 {
			p.start(p.to)
		}
		if p.hub.random.IntN(8) == 0 {
			p.start(p.from)
		}
		if rounds%8 == 0 || *replays < 1e4 {
			missing := p.gaps()
			gaps, most = gaps+min(missing, 1), max(most, missing)
		}
	}
	// It goes on as before; only nothing new is sent.
	for range 200 {
		p.turn(8)
		if done, _ := p.effects(p.from); done == sent {
			break
		}
		p.now = p.now.Add(2 * time.Hour)
		p.announce()
	}
	done, _ := p.effects(p.to)
	receipted, _ := p.effects(p.from)
	if done != sent || receipted != sent || p.gaps() != 0 {
		t.Errorf("%d sent, %d taken in, %d receipted, %d missing", sent, done, receipted, p.gaps())
	}
	codes := map[string]int{}
	for _, s := range []*side{p.from, p.to} {
		must(t, s.vault.View(func(tx *vault.Tx) error {
			list, err := s.Quarantine(tx)
			for _, q := range list {
				codes[q.Code] += q.Count
			}
			return err
		}))
	}
	for code := range codes {
		if code != "expired" && code != "epoch" {
			t.Errorf("put aside as %s", code)
		}
	}
	if gaps == 0 || p.hub.reordered == 0 || p.hub.lost == 0 || codes["expired"]+codes["epoch"] == 0 {
		t.Error("the hub did none of one kind: this test sees nothing")
	}
	t.Logf("%d events; %d envelopes given, %d of them again, %d out of order, %d lost, %d failed calls; %d starts in %v of the clock; put aside as too old: %d; gaps in %d of %d rounds, at most %d places; nothing done twice",
		sent, p.hub.given, p.hub.replayed, p.hub.reordered, p.hub.lost, p.hub.failed, p.starts, p.now.Sub(begun).Round(time.Hour), codes["expired"]+codes["epoch"], gaps, rounds, most)
}
