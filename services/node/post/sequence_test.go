package post

import (
	"crypto/rand"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// placed is a statement that was given its place at a time, which is not the time
// it says of itself where it is a void.
type placed struct {
	event.Statement
	at time.Time
}

// talk is a sender, what lies between it and its recipient, and what that knows.
type talk struct {
	t       *rapid.T
	now     time.Time
	said    []placed // by place
	reaches []event.Reach
	made    []time.Time // when each of them was
	open    map[uint64]bool
	known   peer
	seen    map[posada.EventID]bool // here, or by the node this one took the place of
	again   bool
}

func newTalk(t *rapid.T, again bool) *talk {
	return &talk{t: t, now: moment().Truncate(time.Second), open: map[uint64]bool{}, seen: map[posada.EventID]bool{}, again: again}
}

func (k *talk) place() event.Place {
	if len(k.said) == 0 {
		return event.Place{Seq: 1}
	}
	return event.Place{Seq: uint64(len(k.said)) + 1, Prev: k.said[len(k.said)-1].ID()}
}

func (k *talk) in(e event.Event, err error, p event.Place) event.Statement {
	if err != nil {
		k.t.Fatal(err)
	}
	s, err := e.In(other(), p)
	if err != nil {
		k.t.Fatal(err)
	}
	return s
}

func (k *talk) say() {
	e, err := event.Mark(rand.Reader, posada.IDFrom[posada.ReferralID]([16]byte{1}), referral.Mark{State: posada.StateAccepted, N: 1, At: k.now}, k.now)
	p := k.place()
	k.said, k.open[p.Seq] = append(k.said, placed{k.in(e, err, p), k.now}), true
}

// void puts one in the place of something that did not come, and says it is of now.
func (k *talk) void() {
	for i, s := range k.said {
		if !k.seen[s.ID()] {
			k.said[i].Statement = k.in(event.Void(s.ID(), k.now), nil, s.Place())
			return
		}
	}
}

func (k *talk) reach() {
	r := event.Reach{Seq: uint64(len(k.said))}
	if r.Seq > 0 {
		r.Last = k.said[r.Seq-1].ID()
	}
	for seq := range k.open {
		if r.Open == 0 || seq < r.Open {
			r.Open = seq
		}
	}
	k.reaches, k.made = append(k.reaches, r), append(k.made, k.now)
}

// deliver gives one of what was said, and perhaps its receipt back.
func (k *talk) deliver(i int, receipted bool) {
	s := k.said[i]
	if !k.seen[s.ID()] { // else it is a duplicate
		k.known.statement(s.Statement, s.at, k.now, k.again)
		k.seen[s.ID()] = true
	}
	if receipted {
		delete(k.open, s.Place().Seq)
	}
	k.check()
}

// lost gives one to the node that this one took the place of. What was said to that
// one until then only that one can open.
func (k *talk) lost(i int) {
	if s := k.said[i]; k.again && k.known.InSeq == 0 && !k.known.Joined {
		k.seen[s.ID()] = true
		delete(k.open, s.Place().Seq)
		k.reaches, k.made = nil, nil
	}
}

// restart keeps of what is known what a vault keeps.
func (k *talk) restart() {
	text, err := json.Marshal(k.known)
	if err != nil {
		k.t.Fatal(err)
	}
	k.known = peer{}
	if err := json.Unmarshal(text, &k.known); err != nil {
		k.t.Fatal(err)
	}
}

func (k *talk) check() {
	if k.known.Fresh.After(k.now) {
		k.t.Fatalf("known up to %s, which is yet to come", k.known.Fresh)
	}
	for _, s := range k.said {
		if s.at.Before(k.known.Fresh) && !k.seen[s.ID()] {
			k.t.Fatalf("known up to %s, and place %d of %s did not come", k.known.Fresh, s.Place().Seq, s.at)
		}
	}
}

// TestNoTimeIsClaimedOfWhichSomethingIsMissing draws what a sender says and what
// becomes of it on its way: late, out of order, twice, never, voided; to a node that
// restarts, and to one that took the place of another. What it claims to know the
// sender up to is a time before which everything came.
func TestNoTimeIsClaimedOfWhichSomethingIsMissing(t *testing.T) {
	for name, again := range map[string]bool{"a node": false, "a node in the place of one that was lost": true} {
		t.Run(name, func(t *testing.T) { claims(t, again) })
	}
}

func claims(t *testing.T, again bool) {
	fresher := 0
	rapid.Check(t, func(t *rapid.T) {
		k := newTalk(t, again)
		t.Repeat(map[string]func(*rapid.T){
			"say":   func(*rapid.T) { k.say() },
			"void":  func(*rapid.T) { k.void() },
			"reach": func(*rapid.T) { k.reach() },
			"tick":  func(t *rapid.T) { k.now = k.now.Add(time.Duration(rapid.IntRange(1, 7000).Draw(t, "s")) * time.Second) },
			"deliver": func(t *rapid.T) {
				if len(k.said) > 0 {
					k.deliver(rapid.IntRange(0, len(k.said)-1).Draw(t, "which"), rapid.Bool().Draw(t, "receipted"))
				}
			},
			"lost node": func(t *rapid.T) {
				if len(k.said) > 0 {
					k.lost(rapid.IntRange(0, len(k.said)-1).Draw(t, "which"))
				}
			},
			"told": func(t *rapid.T) {
				if len(k.reaches) == 0 {
					return
				}
				before := k.known.Fresh
				i := rapid.IntRange(0, len(k.reaches)-1).Draw(t, "which")
				k.known.reach(k.reaches[i], k.made[i], k.now, k.again)
				if k.known.Fresh.After(before) {
					fresher++
				}
				k.check()
			},
			"restart": func(*rapid.T) { k.restart() },
			"":        func(*rapid.T) { k.check() },
		})
		// In the end all of it comes, and one more word: it is known up to that.
		for i := range k.said {
			k.deliver(i, true)
		}
		k.now = k.now.Add(time.Second)
		k.reach()
		k.known.reach(k.reaches[len(k.reaches)-1], k.now, k.now, k.again)
		k.check()
		if !k.known.Fresh.Equal(k.now) || k.known.missing() != 0 || !k.known.believed() {
			t.Fatalf("all of it came, and it is known up to %s of %s: %+v", k.known.Fresh, k.now, k.known)
		}
	})
	if fresher == 0 {
		t.Error("no word made anybody fresher: this test sees nothing")
	}
}

// TestASequenceThatContradictsItselfIsBelievedNoMore: places given twice, as by a
// store that went back, say nothing of what is missing.
func TestASequenceThatContradictsItselfIsBelievedNoMore(t *testing.T) {
	now := moment().Truncate(time.Second)
	mark := func(p event.Place) event.Statement {
		e, err := event.Mark(rand.Reader, posada.IDFrom[posada.ReferralID]([16]byte{1}), referral.Mark{State: posada.StateAccepted, N: 1, At: now}, now)
		must(t, err)
		s, err := e.In(other(), p)
		must(t, err)
		return s
	}
	for name, then := range map[string]func(*peer) bool{
		"a place again": func(o *peer) bool {
			on, _ := o.statement(mark(event.Place{Seq: 1}), now, now, false)
			return on
		},
		"a sender that forgot it": func(o *peer) bool {
			later := now.Add(clocks + time.Second)
			return o.reach(event.Reach{}, later, later, false)
		},
		"another chain": func(o *peer) bool {
			on, _ := o.statement(mark(event.Place{Seq: 2, Prev: eventID(9)}), now, now, false)
			return on
		},
		"another last": func(o *peer) bool { return o.reach(event.Reach{Seq: 1, Last: eventID(9)}, now, now, false) },
	} {
		var o peer
		first := mark(event.Place{Seq: 1})
		o.statement(first, now, now, false)
		if !o.Fresh.Equal(now) {
			t.Fatalf("%s: known up to %s", name, o.Fresh)
		}
		if then(&o) {
			t.Errorf("%s: it is said to go on", name)
		}
		later := now.Add(time.Hour)
		o.reach(event.Reach{Seq: o.InSeq, Last: o.InLast}, later, later, false)
		if !o.Broken || o.Fresh.After(now) {
			t.Errorf("%s: known up to %s", name, o.Fresh)
		}
		o.Identity = "before"
		if o.speaks("after", now); o.Broken || !o.Fresh.IsZero() || o.InSeq != 0 {
			t.Errorf("%s: with another identity it begins anew, and is %+v", name, o)
		}
	}
}

// TestAClockAheadOfOursIsNotBelieved beyond now.
func TestAClockAheadOfOursIsNotBelieved(t *testing.T) {
	now := moment().Truncate(time.Second)
	var o peer
	o.reach(event.Reach{}, now.Add(9*time.Minute), now, false)
	o.reach(event.Reach{}, now.Add(-time.Hour), now.Add(5*time.Minute), false)
	if !o.Fresh.Equal(now) {
		t.Errorf("known up to %s", o.Fresh)
	}
	if !slices.Equal(o.Missing, nil) {
		t.Error(o.Missing)
	}
}

// TestAWordOfBeforeIsNoContradiction: it was made before what came, by as much as clocks
// may differ, and overtaken.
func TestAWordOfBeforeIsNoContradiction(t *testing.T) {
	now := moment().Truncate(time.Second)
	var o peer
	o.statement(word(t, event.Place{Seq: 1}, now.Add(-48*time.Hour)), now, now, false) // that waited for two days
	for _, at := range []time.Time{now.Add(-time.Hour), now, now.Add(clocks)} {
		if !o.reach(event.Reach{}, at, now, false) || !o.believed() {
			t.Errorf("a word of %s, when it came at %s", at, now)
		}
	}
	if !o.Fresh.Equal(now.Add(-48 * time.Hour)) {
		t.Errorf("known up to %s", o.Fresh)
	}
}

// word is a statement that was made at a time.
func word(t *testing.T, p event.Place, at time.Time) event.Statement {
	t.Helper()
	e, err := event.Mark(rand.Reader, posada.IDFrom[posada.ReferralID]([16]byte{1}), referral.Mark{State: posada.StateAccepted, N: 1, At: at}, at)
	must(t, err)
	s, err := e.In(other(), p)
	must(t, err)
	return s
}

// TestWhoHasOurReceiptOfWhatIsNotHereTellsThatWeForgot it: our store is one of before.
func TestWhoHasOurReceiptOfWhatIsNotHereTellsThatWeForgot(t *testing.T) {
	now := moment().Truncate(time.Second)
	for name, c := range map[string]struct {
		said   event.Reach
		forgot bool
	}{
		"all is receipted":            {event.Reach{Seq: 5, Last: eventID(9)}, true},
		"what is missing is":          {event.Reach{Seq: 5, Last: eventID(9), Open: 3}, true},
		"what is missing is not":      {event.Reach{Seq: 5, Last: eventID(9), Open: 2}, false},
		"beyond what came nothing is": {event.Reach{Seq: 9, Last: eventID(9), Open: 2}, false},
	} {
		for again, forgot := range map[bool]bool{false: c.forgot, true: false} {
			var o peer
			o.statement(word(t, event.Place{Seq: 1}, now), now, now, false)
			o.statement(word(t, event.Place{Seq: 3, Prev: eventID(8)}, now), now, now, false) // 2 is missing
			o.reach(c.said, now, now, again)
			if o.Behind != forgot {
				t.Errorf("%s, again %v: %+v", name, again, o)
			}
		}
	}
}

// TestAFurtherPlaceIsNotForgotten, whatever the clock of who said it did meanwhile.
func TestAFurtherPlaceIsNotForgotten(t *testing.T) {
	now := moment().Truncate(time.Second)
	var o peer
	first := word(t, event.Place{Seq: 1}, now)
	o.reach(event.Reach{Seq: 1, Last: first.ID(), Open: 1}, now.Add(9*time.Minute), now, false) // its clock was ahead
	o.reach(event.Reach{Seq: 2, Last: eventID(8), Open: 1}, now.Add(time.Minute), now.Add(time.Minute), false)
	o.statement(first, now, now.Add(10*time.Minute), false)
	o.reach(event.Reach{Seq: 1, Last: first.ID(), Open: 1}, now.Add(9*time.Minute), now.Add(10*time.Minute), false)
	if o.missing() != 1 || o.Fresh.After(now.Add(time.Minute)) {
		t.Errorf("%d missing, known up to %s", o.missing(), o.Fresh)
	}
}

// TestAWordThatOvertakesWhatIsSaidAgainIsNoContradiction: the lost node's receipt came to
// its sender just after that had said the same to the node that took its place.
func TestAWordThatOvertakesWhatIsSaidAgainIsNoContradiction(t *testing.T) {
	now := moment().Truncate(time.Second)
	var o peer
	again := word(t, event.Place{Seq: 40, Prev: eventID(9)}, now)
	o.reach(event.Reach{Seq: 40, Last: again.ID()}, now, now, true)
	if on, _ := o.statement(again, now, now, true); !on || !o.believed() {
		t.Error("it is believed no more")
	}
	o.statement(word(t, event.Place{Seq: 41, Prev: again.ID()}, now), now, now, true)
	if on, _ := o.statement(word(t, event.Place{Seq: 41, Prev: again.ID()}, now), now, now, true); on || o.believed() {
		t.Error("a place that was given twice since is none")
	}
}

// TestMoreMissingThanIsCountedIsWaitedFor, whatever of it comes in which order, and is over
// when its sender has our receipts for all of it.
func TestMoreMissingThanIsCountedIsWaitedFor(t *testing.T) {
	now := moment().Truncate(time.Second)
	const last = maxMissing + 5
	at := func(seq uint64) event.Statement {
		p := event.Place{Seq: seq}
		if seq > 1 {
			p.Prev = eventID(9)
		}
		return word(t, p, now)
	}
	var o peer
	newest := at(last)
	o.statement(newest, now, now, false)
	for seq := uint64(last - 1); seq > 0; seq-- {
		if on, _ := o.statement(at(seq), now, now, false); !on || !o.believed() {
			t.Fatalf("place %d is a contradiction", seq)
		}
		if !o.Fresh.IsZero() || o.missing() == 0 {
			t.Fatalf("known up to %s, %d missing", o.Fresh, o.missing())
		}
	}
	o.reach(event.Reach{Seq: last, Last: newest.ID(), Open: 2}, now, now, false)
	if !o.Fresh.IsZero() || o.missing() == 0 {
		t.Errorf("not all is receipted, and it is known up to %s", o.Fresh)
	}
	o.reach(event.Reach{Seq: last, Last: newest.ID(), Open: last}, now, now, false)
	if !o.Fresh.Equal(now) || o.missing() != 0 {
		t.Errorf("all of it came, and it is known up to %s: %d missing", o.Fresh, o.missing())
	}
}

// TestNothingIsOfLaterThanItsEnvelope: what was sealed before it says it was made counts as
// of when it was sealed.
func TestNothingIsOfLaterThanItsEnvelope(t *testing.T) {
	sealed := moment().Truncate(time.Second)
	now := sealed.Add(48 * time.Hour)
	var o peer
	o.statement(word(t, event.Place{Seq: 1}, now), sealed, now, false)
	if !o.Fresh.Equal(sealed) {
		t.Errorf("known up to %s of what was sealed at %s", o.Fresh, sealed)
	}
	p := newPair(t)
	must(t, p.to.vault.Update(func(tx *vault.Tx) error {
		e, err := event.Alive(rand.Reader, event.Reach{}, p.now.Add(-time.Hour))
		must(t, err)
		s, err := e.In(p.from.Member.ID, event.Place{})
		must(t, err)
		return p.to.takeAlive(tx, p.from.Member.ID, s, p.now.Add(-5*time.Hour), &taken{})
	}))
	if _, fresh := p.heardOf(p.to, p.from); !fresh.Equal(p.now.Add(-5 * time.Hour).UTC()) {
		t.Errorf("a keep-alive: %s", fresh)
	}
}
