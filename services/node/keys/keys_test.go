package keys

import (
	"crypto/rand"
	"errors"
	"flag"
	mathrand "math/rand/v2"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// epochsSimulated is how many days the simulation lasts; go test -epochs 10000
// is the long run.
var epochsSimulated = flag.Int("epochs", 100, "days of the simulation of keys turning over")

const network posada.NetworkID = "nnnnnnnnnnnnnnnnnnnnnnnnna"

var (
	secretOf = vault.Key([32]byte{1, 2, 3})
	begun    = time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// agency is an invented agency's keys and where they are kept.
type agency struct {
	*Keys
	dir   string
	vault *vault.Vault
}

func newAgency(t testing.TB, at time.Time) *agency {
	t.Helper()
	a := &agency{dir: t.TempDir()}
	must(t, vault.Create(a.dir, secretOf, rand.Reader))
	a.open(t)
	var err error
	a.Keys, err = Create(a.vault, network, "", rand.Reader, at)
	must(t, err)
	t.Cleanup(func() { must(t, a.vault.Close()) })
	return a
}

func (a *agency) open(t testing.TB) {
	t.Helper()
	var err error
	a.vault, err = vault.Open(a.dir, secretOf, rand.Reader)
	must(t, err)
}

// restart opens the vault again.
func (a *agency) restart(t testing.TB) {
	t.Helper()
	must(t, a.vault.Close())
	a.open(t)
	var err error
	a.Keys, err = New(a.vault, rand.Reader)
	must(t, err)
}

// kept lists the days whose private keys the disk still gives.
func (a *agency) kept(t testing.TB) map[posada.Epoch]bool {
	t.Helper()
	days := map[posada.Epoch]bool{}
	must(t, a.vault.View(func(tx *vault.Tx) error {
		return epochTable.Each(tx, func(name string, _ secret) error {
			e, err := readEpoch(name)
			days[e] = true
			return err
		})
	}))
	return days
}

// base is a roster of agencies that announced nothing.
func base(t testing.TB, all ...*agency) *roster.Roster {
	t.Helper()
	hub, err := jose.GenerateKey(rand.Reader)
	must(t, err)
	s := roster.Snapshot{Network: network, Version: 1, Hub: roster.Hub{Operator: "Invented Hub", Receipt: hub.Public()}}
	for _, a := range all {
		m := a.Member()
		m.Class = posada.ClassNGO
		s.Agencies = append(s.Agencies, m)
	}
	r, err := roster.New(s)
	must(t, err)
	return r
}

func TestANewAgencyCanBeReachedAtOnceAndForTwoWeeks(t *testing.T) {
	t.Parallel()
	a := newAgency(t, begun)
	announced, atHub := a.Announced()
	if atHub {
		t.Error("the hub has what nobody told it")
	}
	r := base(t, a).With(announced)
	id, today := a.Member().ID, posada.EpochAt(begun)
	for e := today - 1; e <= today+14; e++ {
		text, err := r.Recipient(id, e)
		identity, mine := a.Identity(e)
		if err != nil || !mine || identity.Recipient() != text {
			t.Errorf("day %d: %v, %t", int(e)-int(today), err, mine)
		}
	}
	// Its peers' clocks, and its own, may be wrong by minutes.
	for _, at := range []time.Time{begun.Add(-10 * time.Minute), begun, begun.AddDate(0, 0, 14)} {
		key, err := a.Signer(at)
		must(t, err)
		signer, err := r.Signer(id, key.Public().ID(), at)
		if err != nil || signer.Valid(at) != nil {
			t.Errorf("at %v: %v, %v", at, err, signer.Valid(at))
		}
	}
	connection, err := a.Connection(begun)
	must(t, err)
	for _, at := range []time.Time{begun.Add(-10 * time.Minute), begun, begun.AddDate(0, 0, 20)} {
		if member, _, err := r.Connecting(connection.Statement, public(t, connection), at); err != nil || member.ID != id {
			t.Errorf("connecting at %v: %v", at, err)
		}
	}
	must(t, a.Told(announced))
	a.restart(t)
	if again, atHub := a.Announced(); !atHub || again.Digest() != announced.Digest() {
		t.Error("what was announced is another after a restart")
	}
	if same, err := a.Connection(begun.Add(time.Hour)); err != nil || same.Statement != connection.Statement {
		t.Errorf("another key to connect with after a restart: %v", err)
	}
}

func TestTurningTwiceIsTurningOnce(t *testing.T) {
	t.Parallel()
	a := newAgency(t, begun)
	for day := range 30 {
		now := begun.AddDate(0, 0, day)
		_, err := a.Turn(now)
		must(t, err)
		first, _ := a.Announced()
		if changed, err := a.Turn(now.Add(time.Minute)); changed || err != nil {
			t.Errorf("day %d: turned again, %v", day, err)
		}
		if second, _ := a.Announced(); second.Digest() != first.Digest() {
			t.Errorf("day %d: announced again", day)
		}
	}
}

// TestAStolenOldKeyDatesNothingBack: a signing key that ended more than nine
// days ago signs nothing that anybody takes in, whatever date it writes; and its
// private half is on no disk from its end on.
func TestAStolenOldKeyDatesNothingBack(t *testing.T) {
	t.Parallel()
	a := newAgency(t, begun)
	announced, _ := a.Announced()
	old := announced.Keys().Signing[0]
	stolen := old.Key.ID()
	for now := begun; now.Before(old.Until.AddDate(0, 0, 30)); now = now.AddDate(0, 0, 1) {
		_, err := a.Turn(now)
		must(t, err)
		announced, _ = a.Announced()
		r := base(t, a).With(announced)
		if now.Before(old.Until.AddDate(0, 0, 9).Add(time.Hour)) {
			continue
		}
		for at := now.AddDate(0, 0, -9); at.Before(now.Add(10 * time.Minute)); at = at.Add(7 * time.Hour) {
			if key, err := r.Signer(a.Member().ID, stolen, now); err == nil && key.Valid(at) == nil {
				t.Fatalf("on %v it dates back to %v", now, at)
			}
		}
		if _, kept := a.now().signing[stolen]; kept {
			t.Fatalf("on %v its private half is still there", now)
		}
	}
	if _, err := a.Signer(old.Until.AddDate(1, 0, 0)); !errors.Is(err, ErrNoKey) {
		t.Errorf("a year on, with nothing turned over: %v", err)
	}
}

// TestEpochKeysGoByTheRule: kept while anything sealed to them may still come,
// destroyed from the end of the next epoch once the mailbox was seen empty, and
// at the latest eight days on.
func TestEpochKeysGoByTheRule(t *testing.T) {
	t.Parallel()
	for name, drains := range map[string]bool{"a mailbox seen empty each day": true, "one never seen empty": false} {
		t.Run(name, func(t *testing.T) {
			a := newAgency(t, begun)
			for day := range 25 {
				now := begun.AddDate(0, 0, day)
				today := posada.EpochAt(now)
				_, err := a.Turn(now)
				must(t, err)
				if drains {
					must(t, a.Drained(now))
				}
				_, err = a.Destroy(now)
				must(t, err)
				oldest := today - 8
				if drains {
					oldest = today - 1
				}
				for e := range a.kept(t) {
					if e < oldest {
						t.Fatalf("day %d: the key of %d days ago is kept", day, today-e)
					}
				}
				for e := max(oldest, posada.EpochAt(begun)-1); e <= today+14; e++ {
					if _, ok := a.Identity(e); !ok {
						t.Fatalf("day %d: the key of day %d is gone", day, int(e)-int(today))
					}
				}
			}
		})
	}
}

// TestTheDiskGivesNoDestroyedEpochKey is T6 and T24 at the vault: with the
// files, an older copy of the records and the secret, nine days on.
func TestTheDiskGivesNoDestroyedEpochKey(t *testing.T) {
	t.Parallel()
	a := newAgency(t, begun)
	today := posada.EpochAt(begun)
	if _, ok := a.Identity(today); !ok {
		t.Fatal("today's key is not there: this test sees nothing")
	}
	_, err := a.Turn(begun.AddDate(0, 0, 9))
	must(t, err)
	if n, err := a.Destroy(begun.AddDate(0, 0, 9)); n != 2 || err != nil {
		t.Fatalf("%d destroyed, %v; want yesterday's and today's", n, err)
	}
	if _, ok := a.Identity(today); ok {
		t.Error("the key is still in memory")
	}
	a.restart(t)
	if _, ok := a.Identity(today); ok {
		t.Error("the key is still on the disk")
	}
	if _, ok := a.Identity(today + 1); !ok {
		t.Error("the next day's key went with it")
	}
}

// letter is one thing somebody has to say to somebody, until it is receipted.
type letter struct {
	from, to  int
	recipient string // what its last envelope was sealed to
	epoch     posada.Epoch
	kid       jose.KeyID
	at        time.Time
	lying     bool // an envelope is at the hub
	arrived   bool
}

// world is agencies, a hub that keeps what is announced and sealed, and what
// each agency knows of the others.
type world struct {
	t       *testing.T
	random  *mathrand.Rand
	all     []*agency
	away    []int // days
	hub     *roster.Roster
	known   []*roster.Roster
	letters []*letter
	was     map[posada.AgencyID]map[posada.Epoch]string
	failed  int
	sealed  int
}

// TestKeysTurnOverAndEverythingArrives simulates agencies that are away at
// random, for up to forty days, over many epochs.
func TestKeysTurnOverAndEverythingArrives(t *testing.T) {
	t.Parallel()
	const agencies = 4
	seed := mathrand.Uint64()
	w := &world{t: t, random: mathrand.New(mathrand.NewPCG(seed, 1)), was: map[posada.AgencyID]map[posada.Epoch]string{}}
	for range agencies {
		w.all = append(w.all, newAgency(t, begun))
		w.away = append(w.away, 0)
	}
	w.hub = base(t, w.all...)
	for range agencies {
		w.known = append(w.known, w.hub)
	}
	for day := range *epochsSimulated {
		w.day(day, day > *epochsSimulated-5)
	}
	lost := 0
	for _, l := range w.letters {
		if !l.arrived {
			lost++
		}
	}
	t.Logf("seed %d: %d letters, %d envelopes, %d could not be opened and were sealed again, %d lost", seed, len(w.letters), w.sealed, w.failed, lost)
	if lost > 0 {
		t.Errorf("%d letters never arrived", lost)
	}
}

// day lets each agency that is there do its work, in some order. On the last
// days everybody is there and nobody begins anything.
func (w *world) day(day int, last bool) {
	now := begun.AddDate(0, 0, day)
	for _, i := range w.random.Perm(len(w.all)) {
		if w.away[i] > 0 && !last {
			w.away[i]--
			continue
		}
		if w.random.IntN(20) == 0 && !last {
			w.away[i] = 1 + w.random.IntN(40)
			continue
		}
		now = now.Add(time.Duration(w.random.IntN(60)) * time.Minute)
		w.work(i, now)
		if !last {
			to := w.random.IntN(len(w.all))
			if to != i {
				w.letters = append(w.letters, &letter{from: i, to: to})
				w.send(i, now)
			}
		}
	}
}

// work is an agency's day: keys, news, mailbox, outbox, and what is over.
func (w *world) work(i int, now time.Time) {
	w.t.Helper()
	a := w.all[i]
	_, err := a.Turn(now)
	must(w.t, err)
	announced, _ := a.Announced()
	w.announce(announced)
	must(w.t, a.Told(announced))
	for _, other := range w.all {
		if theirs, ok := w.hub.Announcement(other.Member().ID); ok {
			w.known[i] = w.known[i].With(theirs)
		}
	}
	for _, l := range w.letters {
		if l.to == i && l.lying {
			w.open(l, now)
		}
	}
	must(w.t, a.Drained(now))
	w.send(i, now)
	_, err = a.Destroy(now)
	must(w.t, err)
	for e := range a.kept(w.t) {
		if e+1 < posada.EpochAt(now) {
			w.t.Fatalf("a key of %d days ago is kept", posada.EpochAt(now)-e)
		}
	}
}

// announce takes an announcement in as the registry does, and holds it to what
// was announced before.
func (w *world) announce(a roster.Announcement) {
	id := a.Keys().Issuer
	if before, ok := w.hub.Announcement(id); ok {
		if err := a.Follows(before); err != nil && a.Digest() != before.Digest() {
			w.t.Fatalf("announced out of turn: %v", err)
		}
	}
	if w.was[id] == nil {
		w.was[id] = map[posada.Epoch]string{}
	}
	for _, e := range a.Keys().Epochs {
		if was, ok := w.was[id][e.Epoch]; ok && was != e.Recipient {
			w.t.Fatalf("the recipient of day %d is another", e.Epoch)
		}
		w.was[id][e.Epoch] = e.Recipient
	}
	w.hub = w.hub.With(a)
}

// open opens an envelope as pkg/seal does, as far as keys are concerned. What
// does not open is forgotten by the hub; its sender has no receipt.
func (w *world) open(l *letter, now time.Time) {
	l.lying = false
	if now.Sub(l.at) > 7*24*time.Hour {
		return // the hub forgot it, or it is past its time
	}
	identity, ok := w.all[l.to].Identity(l.epoch)
	key, err := w.known[l.to].Signer(w.all[l.from].Member().ID, l.kid, now)
	if !ok || identity.Recipient() != l.recipient || err != nil || key.Valid(l.at) != nil {
		w.failed++
		return
	}
	l.arrived = true
}

// send seals what has no receipt and lies in no epoch that lasts.
func (w *world) send(i int, now time.Time) {
	today := posada.EpochAt(now)
	for _, l := range w.letters {
		if l.from != i || l.arrived || l.lying && l.epoch >= today {
			continue
		}
		text, err := w.known[i].Recipient(w.all[l.to].Member().ID, today)
		if err != nil {
			continue // it has been away for long; it waits
		}
		key, err := w.all[i].Signer(now)
		if err != nil {
			w.t.Fatalf("nothing to sign with: %v", err)
		}
		l.recipient, l.epoch, l.kid, l.at, l.lying = text, today, key.Public().ID(), now, true
		w.sealed++
	}
}

func public(t testing.TB, c Connection) string {
	t.Helper()
	key, err := broker.PublicKey(c.Seed)
	must(t, err)
	return key
}
