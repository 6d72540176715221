package post

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
)

// ruled says of each event what it is told to, and of the others that they go; what was
// settled is noted.
type ruled struct {
	counted
	says    map[posada.EventID]handoff.Verdict
	fails   map[posada.EventID]bool
	settled map[posada.EventID]handoff.Ending
}

func newRuled() ruled {
	return ruled{says: map[posada.EventID]handoff.Verdict{}, fails: map[posada.EventID]bool{}, settled: map[posada.EventID]handoff.Ending{}}
}

func (r ruled) Recheck(_ context.Context, _ *vault.Tx, _ posada.AgencyID, e event.Event) (handoff.Verdict, error) {
	if r.fails[e.ID()] {
		return handoff.Stop, errDoubt
	}
	if v, ok := r.says[e.ID()]; ok {
		return v, nil
	}
	return handoff.Send, nil
}

func (r ruled) Settled(_ *vault.Tx, _ posada.AgencyID, e event.Event, how handoff.Ending) error {
	r.settled[e.ID()] = how
	return nil
}

// discloses queues a disclosure with that id, under a key of its own.
func (p *pair) discloses(n byte) posada.EventID {
	p.t.Helper()
	must(p.t, p.from.vault.Update(func(tx *vault.Tx) error {
		key, err := tx.NewKey()
		if err != nil {
			return err
		}
		return p.from.Enqueue(tx, p.to.Member.ID, disclosure(p.t, eventID(n)), key)
	}))
	return eventID(n)
}

// says queues a word of the sender's, and sends nothing.
func (p *pair) says() posada.EventID {
	p.t.Helper()
	e, err := event.Mark(rand.Reader, posada.IDFrom[posada.ReferralID]([16]byte{1}), referral.Mark{State: posada.StateAccepted, N: 1, At: p.now}, p.now)
	must(p.t, err)
	must(p.t, p.from.vault.Update(func(tx *vault.Tx) error { return p.from.Enqueue(tx, p.to.Member.ID, e, vault.KeyID{}) }))
	return e.ID()
}

// waitsOf is what waits in a side's outbox under that name.
func (p *pair) waitsOf(s *side, id posada.EventID) (w waiting, there bool) {
	p.t.Helper()
	must(p.t, s.vault.View(func(tx *vault.Tx) (err error) {
		w, err = outbox.Get(tx, string(id))
		if there = err == nil; vault.Gone(err) {
			return nil
		}
		return err
	}))
	return w, there
}

// TestWhatWaitsAtItsSenderKeepsNothingElse: a disclosure that may not go yet, one that
// cannot be decided on and one that cannot be read have no place, so their recipient
// misses nothing, opens the rest, and hears how far what was said goes.
func TestWhatWaitsAtItsSenderKeepsNothingElse(t *testing.T) {
	p, unit := newPair(t), newRuled()
	p.quiet()
	p.from.Register(event.TypeReferral, unit)
	p.to.Register(event.TypeReferral, counted{})
	p.turn(0)
	p.turn(0)
	waits := p.discloses(1)
	unit.says[waits], unit.fails[p.discloses(2)] = handoff.Wait, true
	must(t, p.from.vault.Update(func(tx *vault.Tx) error {
		return outbox.Put(tx, string(eventID(3)), vault.KeyID{}, waiting{To: p.to.Member.ID, Event: json.RawMessage(`[]`)})
	}))
	for hour := range 30 {
		p.now = p.now.Add(time.Hour)
		p.announce()
		p.send(1)
		p.discloses(byte(10 + hour))
		p.to.Ask(p.from.Member.ID)
		for range 3 {
			p.turn(0)
		}
		if s, fresh := p.heardOf(p.to, p.from); s != posada.StalenessLive {
			t.Fatalf("hour %d: %s, known up to %s of %s", hour, s, fresh, p.now)
		}
	}
	if done, _ := p.effects(p.to); done != 60 || p.gaps() != 0 {
		t.Errorf("%d taken in, %d missing", done, p.gaps())
	}
	delete(unit.says, waits)
	p.now = p.now.Add(notNow)
	p.turn(0)
	p.turn(0)
	if done, places := p.effects(p.to); done != 61 || !places[61] || p.gaps() != 0 {
		t.Errorf("%d taken in when it may go, %d missing", done, p.gaps())
	}
}

// TestADisclosureThatNeverWentEndsWithoutAVoid, and its unit is told; one that did go is
// taken back, and a void takes its place.
func TestADisclosureThatNeverWentEndsWithoutAVoid(t *testing.T) {
	p, unit := newPair(t), newRuled()
	p.quiet()
	p.from.Register(event.TypeReferral, unit)
	p.to.Register(event.TypeReferral, counted{})
	sent := p.discloses(1)
	_, err := p.from.sendDue(t.Context())
	must(t, err)
	never := p.discloses(2)
	was, _ := p.waitsOf(p.from, never)
	unit.says[sent], unit.says[never] = handoff.Stop, handoff.Stop
	p.from.Review()
	_, err = p.from.sendDue(t.Context())
	must(t, err)
	if len(unit.settled) != 2 || unit.settled[sent] != handoff.Ended || unit.settled[never] != handoff.Ended {
		t.Errorf("told of %v", unit.settled)
	}
	if _, there := p.waitsOf(p.from, never); there {
		t.Error("what never went waits")
	}
	if w, there := p.waitsOf(p.from, sent); !there || w.Was != event.TypeReferral || w.Place.Seq != 1 {
		t.Errorf("of what went is left %v, %+v", there, w.Place)
	}
	must(t, p.from.vault.View(func(tx *vault.Tx) error {
		if holds, err := p.from.Holds(tx, was.Key); holds || err != nil {
			t.Errorf("its key is held: %v, %v", holds, err)
		}
		other, err := peerOf(tx, p.to.Member.ID)
		if err != nil || other.OutSeq != 1 {
			t.Errorf("%d places given, %v", other.OutSeq, err)
		}
		return nil
	}))
}

// TestAVoidIsNeverForgottenWhileItsRecipientIsThere: who is away for longer than a month
// finds no hole in the sequence when it is back; of who was removed nothing is kept.
func TestAVoidIsNeverForgottenWhileItsRecipientIsThere(t *testing.T) {
	p, unit := newPair(t), newRuled()
	p.quiet()
	p.from.Register(event.TypeMark, unit)
	p.turn(0)
	p.turn(0)
	stopped, box := p.says(), p.hub.box(p.to.Member.Mailbox)
	unit.says[stopped] = handoff.Stop
	days := func(n int) {
		for range 2 * n { // and what lies at the hub expires there
			_, err := p.from.sendDue(t.Context())
			must(t, err)
			p.from.recallAll(t.Context())
			box.waiting = nil
			p.now = p.now.Add(12 * time.Hour)
			p.announce()
		}
	}
	days(35)
	for range 3 {
		p.says()
		p.to.Ask(p.from.Member.ID)
		p.turn(0)
		p.turn(0)
		p.now = p.now.Add(time.Hour)
		p.announce()
	}
	if s, fresh := p.heardOf(p.to, p.from); s == posada.StalenessStale || len(p.missing()) > 0 {
		t.Errorf("%s, known up to %s of %s; missing %v", s, fresh, p.now, p.missing())
	}

	stopped = p.says()
	unit.says[stopped] = handoff.Stop
	days(1)
	p.members.Change(func(*roster.Roster) *roster.Roster { return invented.Roster(t, p.from.Agency) })
	p.now = p.now.Add(forgotten + time.Hour)
	_, err := p.from.sendDue(t.Context())
	must(t, err)
	if _, there := p.waitsOf(p.from, stopped); there {
		t.Error("a void waits for who is no member")
	}
}

// missing are the places of the sender's that its recipient counts as missing.
func (p *pair) missing() (list []uint64) {
	p.t.Helper()
	must(p.t, p.to.vault.View(func(tx *vault.Tx) error {
		other, err := peerOf(tx, p.from.Member.ID)
		list = other.Missing
		return err
	}))
	return list
}

// TestWhatGoesTogetherIsInTheOrderOfItsPlaces: a word that was queued after a disclosure
// has its place, and that is given the next.
func TestWhatGoesTogetherIsInTheOrderOfItsPlaces(t *testing.T) {
	p := newPair(t)
	p.quiet()
	var list []posada.EventID
	for _, typ := range []event.Type{event.TypeReferral, event.TypeMark} {
		p.from.Register(typ, newRuled())
		p.to.Register(typ, seeing{&list})
	}
	disclosed, word := p.discloses(1), p.says()
	p.turn(0)
	p.turn(0)
	if !slices.Equal(list, []posada.EventID{word, disclosed}) || !slices.Equal(p.places(list), []uint64{1, 2}) {
		t.Errorf("%v came, with places %v", list, p.places(list))
	}
}

// seeing notes what comes, in order.
type seeing struct{ list *[]posada.EventID }

func (s seeing) Handle(_ context.Context, tx *vault.Tx, in handoff.Incoming) error {
	*s.list = append(*s.list, in.Statement.ID())
	return count(tx, in.Statement.ID(), in.Statement.Place().Seq)
}

func (seeing) Recheck(context.Context, *vault.Tx, posada.AgencyID, event.Event) (handoff.Verdict, error) {
	return handoff.Send, nil
}

func (seeing) Settled(*vault.Tx, posada.AgencyID, event.Event, handoff.Ending) error { return nil }

func (p *pair) places(list []posada.EventID) (places []uint64) {
	must(p.t, p.to.vault.View(func(tx *vault.Tx) error {
		for _, id := range list {
			e, err := effectTable.Get(tx, string(id))
			if err != nil {
				return err
			}
			places = append(places, e.Seq)
		}
		return nil
	}))
	return places
}

// TestAKeepAliveSaysHowFarTheSequenceGoesWhenItGoes: a disclosure that was given its
// place since it was made is part of it, and has no receipt.
func TestAKeepAliveSaysHowFarTheSequenceGoesWhenItGoes(t *testing.T) {
	p := newPair(t)
	made, err := event.Alive(p.from.c.Random, event.Reach{Seq: 1, Last: eventID(9), Ask: true}, p.now)
	must(t, err)
	p.now = p.now.Add(time.Hour)
	must(t, p.from.vault.Update(func(tx *vault.Tx) error {
		must(t, peers.Put(tx, string(p.to.Member.ID), vault.KeyID{}, peer{OutSeq: 2, OutLast: eventID(8)}))
		w := waiting{To: p.to.Member.ID, Quiet: true, read: made}
		err := p.from.goes(tx, &w)
		if r := w.read.Reach(); err != nil || r != (event.Reach{Seq: 2, Last: eventID(8), Open: 2, Ask: true}) {
			t.Errorf("it says %+v, %v", r, err)
		}
		s, err := w.read.In(p.from.Member.ID, event.Place{})
		if err != nil || !s.Time().Equal(p.now.Truncate(time.Second)) {
			t.Errorf("of %s, not %s; %v", s.Time(), p.now, err)
		}
		return nil
	}))
}
