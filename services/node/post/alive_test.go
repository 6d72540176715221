package post

import (
	"context"
	"crypto/rand"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// heardOf is how lately a side heard the other, and up to when it knows it.
func (p *pair) heardOf(at, of *side) (s posada.Staleness, fresh time.Time) {
	p.t.Helper()
	must(p.t, at.vault.View(func(tx *vault.Tx) (err error) {
		other, err := peerOf(tx, of.Member.ID)
		if err != nil {
			return err
		}
		fresh = other.Fresh
		s, err = at.Freshness(tx, of.Member.ID)
		return err
	}))
	return s, fresh
}

// TestNobodyIsHeardUpToATimeOfWhichSomethingIsMissing: two posts on real vaults,
// with a hub between them that gives what it likes, over restarts of either side.
// Whatever was queued for the recipient before the time up to which it knows its
// sender was taken in.
func TestNobodyIsHeardUpToATimeOfWhichSomethingIsMissing(t *testing.T) {
	p := newPair(t)
	var queued []time.Time // by place
	live, stale, last := 0, 0, time.Time{}
	for round := range 120 {
		n := p.hub.random.IntN(3)
		for range n {
			queued = append(queued, p.now)
			p.send(1)
		}
		p.turn(8)
		s, fresh := p.heardOf(p.to, p.from)
		switch {
		case fresh.After(p.now), fresh.Before(last):
			t.Fatalf("heard up to %s, now %s, before %s", fresh, p.now, last)
		case s == posada.StalenessLive:
			live++
		case s == posada.StalenessStale:
			stale++
		}
		last = fresh
		_, places := p.effects(p.to)
		for i, at := range queued {
			if at.Before(fresh) && !places[uint64(i+1)] {
				t.Fatalf("heard up to %s, and place %d of %s did not come", fresh, i+1, at)
			}
		}
		p.pass(round)
		if p.hub.random.IntN(4) == 0 {
			p.start(p.to)
		}
		if p.hub.random.IntN(8) == 0 {
			p.start(p.from)
		}
	}
	if live == 0 || stale == 0 || len(queued) == 0 {
		t.Errorf("live %d times, stale %d: this test sees nothing", live, stale)
	}
	t.Logf("%d statements in %d starts: live %d times, stale %d", len(queued), p.starts, live, stale)
}

// quiet makes the hub one that gives what it was given, once and in order.
func (p *pair) quiet() {
	p.hub.calm = true
}

// TestHowLatelyAnAgencyWasHeardTurnsAtTheHourAndTheDay, to the second.
func TestHowLatelyAnAgencyWasHeardTurnsAtTheHourAndTheDay(t *testing.T) {
	p := newPair(t)
	p.quiet()
	if s, _ := p.heardOf(p.to, p.from); s != posada.StalenessStale {
		t.Errorf("never heard: %s", s)
	}
	p.turn(0)
	p.turn(0)
	s, fresh := p.heardOf(p.to, p.from)
	if s != posada.StalenessLive || fresh.IsZero() {
		t.Fatalf("%s, up to %s", s, fresh)
	}
	for _, c := range []struct {
		age  time.Duration
		want posada.Staleness
	}{
		{0, posada.StalenessLive}, {time.Hour - time.Second, posada.StalenessLive}, {time.Hour, posada.StalenessLive},
		{time.Hour + time.Second, posada.StalenessFresh}, {24*time.Hour - time.Second, posada.StalenessFresh}, {24 * time.Hour, posada.StalenessFresh},
		{24*time.Hour + time.Second, posada.StalenessStale},
	} {
		p.now = fresh.Add(c.age)
		if s, _ := p.heardOf(p.to, p.from); s != c.want {
			t.Errorf("%s after: %s, not %s", c.age, s, c.want)
		}
	}
}

// TestKeepAlivesAreFew counts them over 48 hours, with restarts among them, and
// holds that what people see of the outbox has nothing of them.
func TestKeepAlivesAreFew(t *testing.T) {
	p := newPair(t)
	p.quiet()
	for hour := range 48 {
		p.announce()
		if hour%5 == 0 {
			p.start(p.from)
		}
		for range 6 {
			p.turn(0)
			must(t, p.from.vault.View(func(tx *vault.Tx) error {
				s, err := p.from.Status(tx)
				if s.Waiting+s.AtHub+s.Aside+s.Held+s.Missing != 0 || !s.Oldest.IsZero() {
					t.Errorf("hour %d: %+v", hour, s)
				}
				return err
			}))
			p.now = p.now.Add(10 * time.Minute)
		}
	}
	if n := p.hub.box(p.to.Member.Mailbox).count; n != 6 {
		t.Errorf("%d envelopes in 48 hours, not 6", n)
	}
	if s, _ := p.heardOf(p.to, p.from); s == posada.StalenessStale {
		t.Error("it is not heard")
	}
}

// TestWhoIsNotThereIsToldOnceADay: keep-alives do not fill the mailbox of somebody
// who is away for a week, and when it is back it hears all there is to hear.
func TestWhoIsNotThereIsToldOnceADay(t *testing.T) {
	p := newPair(t)
	p.quiet()
	p.turn(0)
	p.turn(0)
	before := p.hub.box(p.to.Member.Mailbox).count
	for range 7 * 24 {
		p.now = p.now.Add(time.Hour)
		p.announce()
		_, err := p.from.sendDue(t.Context())
		must(t, err)
	}
	if n := p.hub.box(p.to.Member.Mailbox).count - before; n != 8 {
		t.Errorf("%d envelopes in a week, not 8", n)
	}
	for range 3 {
		p.turn(0)
		p.now = p.now.Add(aliveAnew)
	}
	if s, fresh := p.heardOf(p.to, p.from); s != posada.StalenessLive {
		t.Errorf("%s, up to %s of %s", s, fresh, p.now)
	}
}

// TestWhatCouldNotBeSentIsReplaced: while the hub is away one keep-alive waits, and
// when it is back what goes is of lately.
func TestWhatCouldNotBeSentIsReplaced(t *testing.T) {
	p := newPair(t)
	p.quiet()
	p.hub.away = true
	for range 30 {
		p.turn(0)
		n := 0
		must(t, p.from.vault.View(func(tx *vault.Tx) error {
			s, err := p.from.Status(tx)
			if !reflect.DeepEqual(s, Status{}) {
				t.Errorf("it is seen: %+v", s)
			}
			return errors.Join(err, outbox.Each(tx, func(string, waiting) error { n++; return nil }))
		}))
		if n > 1 {
			t.Fatalf("%d wait", n)
		}
		p.now = p.now.Add(20 * time.Minute)
		p.announce()
	}
	p.hub.away = false
	p.now = p.now.Add(20 * time.Minute)
	p.turn(0)
	p.turn(0)
	if s, fresh := p.heardOf(p.to, p.from); s != posada.StalenessLive {
		t.Errorf("%s, up to %s of %s", s, fresh, p.now)
	}
	if n := p.hub.box(p.to.Member.Mailbox).count; n != 1 {
		t.Errorf("%d envelopes", n)
	}
}

// TestWhoAsksIsAnsweredOnceAMinute, whoever asks how often.
func TestWhoAsksIsAnsweredOnceAMinute(t *testing.T) {
	p := newPair(t)
	p.quiet()
	p.turn(0)
	p.turn(0)
	p.now = p.now.Add(2 * time.Hour)
	p.announce()
	before := p.hub.box(p.to.Member.Mailbox).count
	hasty := func(tx *vault.Tx) error { // one that keeps to no minute
		other, err := peerOf(tx, p.from.Member.ID)
		must(t, err)
		return p.to.sayAlive(tx, p.from.Member.ID, other, 0, true)
	}
	ask := func() {
		must(t, p.to.vault.Update(hasty))
		_, err := p.to.sendDue(t.Context())
		must(t, err)
		must(t, p.from.receiveAll(t.Context()))
		_, err = p.from.sendDue(t.Context())
		must(t, err)
	}
	for range 5 {
		ask()
	}
	if s, _ := p.heardOf(p.to, p.from); s != posada.StalenessFresh {
		t.Errorf("before the answer is taken in: %s", s)
	}
	must(t, p.to.receiveAll(t.Context()))
	if s, _ := p.heardOf(p.to, p.from); s != posada.StalenessLive {
		t.Errorf("after the answer: %s", s)
	}
	if n := p.hub.box(p.to.Member.Mailbox).count - before; n != 1 {
		t.Errorf("%d answers within a minute", n)
	}
	p.now = p.now.Add(time.Minute)
	ask()
	if n := p.hub.box(p.to.Member.Mailbox).count - before; n != 2 {
		t.Errorf("%d answers after a minute", n)
	}
	before = p.hub.box(p.from.Member.Mailbox).count
	for range 3 {
		p.to.Ask(p.from.Member.ID)
		_, err := p.to.sendDue(t.Context())
		must(t, err)
	}
	if n := p.hub.box(p.from.Member.Mailbox).count - before; n != 1 {
		t.Errorf("%d questions within a minute", n)
	}
}

// heeded admits while its sender was heard lately, as a disclosure is.
type heeded struct {
	counted
	post *Post
}

func (h heeded) Handle(ctx context.Context, tx *vault.Tx, in handoff.Incoming) error {
	s, err := h.post.Freshness(tx, in.From)
	if err != nil {
		return err
	}
	if s == posada.StalenessStale {
		return handoff.Await("issuer_unheard", nil)
	}
	return h.counted.Handle(ctx, tx, in)
}

// stopping lets nothing be sent.
type stopping struct{ counted }

func (stopping) Recheck(context.Context, *vault.Tx, posada.AgencyID, event.Event) (handoff.Verdict, error) {
	return handoff.Stop, nil
}

func (stopping) Settled(*vault.Tx, posada.AgencyID, event.Event, handoff.Ending) error { return nil }

// TestHowFarASequenceGoesIsSaidLast, behind what it goes to.
func TestHowFarASequenceGoesIsSaidLast(t *testing.T) {
	list := []waiting{{id: "a", Quiet: true}, {id: "b", Place: event.Place{Seq: 2}}, {id: "c"}, {id: "d", Place: event.Place{Seq: 1}}}
	for turn := range list {
		var order []posada.EventID
		for _, w := range bundles(slices.Concat(list[turn:], list[:turn]))[0] {
			order = append(order, w.id)
		}
		if !slices.Equal(order, []posada.EventID{"c", "d", "b", "a"}) {
			t.Error(order)
		}
	}
}

// TestWhatIsHeldIsAdmittedWhenItsSenderIsHeard: what came a day late waits, and the
// next word of its sender admits it; while something said before that is missing no
// word does, until that comes.
func TestWhatIsHeldIsAdmittedWhenItsSenderIsHeard(t *testing.T) {
	for name, unit := range map[string]handoff.Unit{"what was missing": counted{}, "a void in the place of what was missing": stopping{}} {
		t.Run(name, func(t *testing.T) { heldBehindAGap(t, unit) })
	}
}

func heldBehindAGap(t *testing.T, first handoff.Unit) {
	p := newPair(t)
	p.quiet()
	p.to.Register(event.TypeMark, heeded{post: p.to.Post})
	box := p.hub.box(p.to.Member.Mailbox)
	given := func(by *side) (list []letter) {
		_, err := by.sendDue(t.Context())
		must(t, err)
		list, box.waiting = box.waiting, nil
		return list
	}
	took := func(what []letter, want, held int, when string) {
		t.Helper()
		box.waiting = what
		must(t, p.to.receiveAll(t.Context()))
		done, _ := p.effects(p.to)
		must(t, p.to.vault.View(func(tx *vault.Tx) error {
			if s, err := p.to.Status(tx); err != nil || done != want || s.Held != held {
				t.Fatalf("%s: %d taken in, not %d; %+v, %v", when, done, want, s, err)
			}
			return nil
		}))
	}
	p.turn(0)
	p.turn(0)
	old := p.now.Add(time.Minute)
	p.now = p.now.Add(25 * time.Hour)
	p.announce()
	given(p.from) // its keep-alive is lost
	said := func() []letter {
		e, err := event.Mark(rand.Reader, posada.IDFrom[posada.ReferralID]([16]byte{1}), referral.Mark{State: posada.StateAccepted, N: 1, At: old}, old)
		must(t, err)
		must(t, p.from.vault.Update(func(tx *vault.Tx) error { return p.from.Enqueue(tx, p.to.Member.ID, e, vault.KeyID{}) }))
		return given(p.from)
	}
	p.from.Register(event.TypeMark, first)
	missing := append(said(), given(p.from)...)
	p.from.Register(event.TypeMark, counted{})
	second := said()
	took(second, 0, 1, "what is a day old, behind a gap")
	p.to.Ask(p.from.Member.ID)
	_, err := p.to.sendDue(t.Context())
	must(t, err)
	must(t, p.from.receiveAll(t.Context()))
	took(given(p.from), 0, 1, "its sender's word, while something is missing")
	want := 2
	if first == (stopping{}) {
		want = 1
	}
	took(missing, want, 0, "what was missing")
}

// TestWhatIsHeldIsAdmittedByAWordAlone, where nothing is missing.
func TestWhatIsHeldIsAdmittedByAWordAlone(t *testing.T) {
	p := newPair(t)
	p.quiet()
	p.to.Register(event.TypeMark, heeded{post: p.to.Post})
	p.turn(0)
	p.turn(0)
	old := p.now
	p.now = p.now.Add(25 * time.Hour)
	p.announce()
	_, err := p.from.sendDue(t.Context())
	must(t, err)
	box := p.hub.box(p.to.Member.Mailbox)
	word := box.waiting
	e, err := event.Mark(rand.Reader, posada.IDFrom[posada.ReferralID]([16]byte{1}), referral.Mark{State: posada.StateAccepted, N: 1, At: old}, old)
	must(t, err)
	must(t, p.from.vault.Update(func(tx *vault.Tx) error { return p.from.Enqueue(tx, p.to.Member.ID, e, vault.KeyID{}) }))
	box.waiting = nil
	_, err = p.from.sendDue(t.Context())
	must(t, err)
	must(t, p.to.receiveAll(t.Context()))
	if done, _ := p.effects(p.to); done != 0 {
		t.Fatal("it was admitted, and its sender was not heard for a day")
	}
	p.start(p.to) // and what is known is kept
	p.to.Register(event.TypeMark, heeded{post: p.to.Post})
	must(t, p.to.receiveAll(t.Context()))
	if done, _ := p.effects(p.to); done != 0 {
		t.Fatal("a restart admitted it")
	}
	// Its keep-alive of before says less than has come, and tells nothing of what may
	// have been said since; its next one does.
	box.waiting = word
	must(t, p.to.receiveAll(t.Context()))
	if done, _ := p.effects(p.to); done != 0 {
		t.Fatal("a word of before it admitted it")
	}
	p.now = p.now.Add(aliveRare) // it did not hear us either
	p.announce()
	_, err = p.from.sendDue(t.Context())
	must(t, err)
	must(t, p.to.receiveAll(t.Context()))
	if done, _ := p.effects(p.to); done != 1 {
		t.Error("its sender's word did not admit it")
	}
}
