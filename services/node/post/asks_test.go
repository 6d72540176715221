package post

import (
	"context"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// wanting takes in what was said by whoever was heard within the hour, and waits for
// the word of who was not, as a disclosure of where a person is does.
type wanting struct {
	counted
	post *Post
}

func (h wanting) Handle(ctx context.Context, tx *vault.Tx, in handoff.Incoming) error {
	s, err := h.post.Freshness(tx, in.From)
	if err != nil {
		return err
	}
	if s != posada.StalenessLive {
		return handoff.AwaitWord("issuer_unheard")
	}
	return h.counted.Handle(ctx, tx, in)
}

// asked is when a side last asked the other.
func (p *pair) asked(at, of *side) (when time.Time) {
	p.t.Helper()
	must(p.t, at.vault.View(func(tx *vault.Tx) error {
		other, err := peerOf(tx, of.Member.ID)
		when = other.Asked
		return err
	}))
	return when
}

// late has something of the sender's come two hours after it was said, so that it is
// held.
func (p *pair) late() {
	p.t.Helper()
	p.quiet()
	p.to.Register(event.TypeMark, wanting{post: p.to.Post})
	p.turn(0)
	p.turn(0)
	p.says()
	_, err := p.from.sendDue(p.t.Context())
	must(p.t, err)
	p.now = p.now.Add(2 * time.Hour)
	p.announce()
	must(p.t, p.to.receiveAll(p.t.Context()))
	_, err = p.to.sendDue(p.t.Context())
	must(p.t, err)
}

// TestWhatIsHeldIsAskedForAgainWhenTheAnswerIsOld: the sender answered at once, and its
// answer was collected an hour and a half later. Then it is asked again, though what
// refused what is held was undone with all that it did.
func TestWhatIsHeldIsAskedForAgainWhenTheAnswerIsOld(t *testing.T) {
	p := newPair(t)
	p.late()
	must(t, p.from.receiveAll(t.Context()))
	_, err := p.from.sendDue(t.Context())
	must(t, err)
	p.now = p.now.Add(90 * time.Minute)
	p.announce()
	for range 2 {
		p.turn(0)
	}
	must(t, p.to.receiveAll(t.Context()))
	must(t, p.to.receiveAll(t.Context())) // and what waited for it is decided on again
	if done, _ := p.effects(p.to); done != 1 {
		s, fresh := p.heardOf(p.to, p.from)
		t.Errorf("both are there, and it is held: %s, known up to %s of %s; asked at %s", s, fresh, p.now, p.asked(p.to, p.from))
	}
}

// TestWhatIsHeldIsAskedForUntilItIsHeard: whoever does not answer is asked again, also
// after a restart, and not so often that it fills their mailbox; once it is there what
// was held is taken in.
func TestWhatIsHeldIsAskedForUntilItIsHeard(t *testing.T) {
	p := newPair(t)
	p.late()
	box, questions := p.hub.box(p.from.Member.Mailbox), 0
	for minute := range 120 {
		box.waiting = nil // of what is asked nothing comes
		p.now = p.now.Add(time.Minute)
		if minute == 60 {
			p.start(p.to)
			p.to.Register(event.TypeMark, wanting{post: p.to.Post})
		}
		must(t, p.to.receiveAll(t.Context()))
		_, err := p.to.sendDue(t.Context())
		must(t, err)
		questions += len(box.waiting)
	}
	if questions < 10 || questions > 14 {
		t.Errorf("%d questions in two hours", questions)
	}
	for range 10 {
		p.now = p.now.Add(time.Minute)
		p.turn(0)
	}
	p.turn(0)
	if done, _ := p.effects(p.to); done != 1 {
		t.Error("its sender is there, and it is held")
	}
}

// TestAskingIsPossibleWhereNothingCanBeWritten: a review of the outbox asks whoever
// shared what waits to be passed on, and changes nothing.
func TestAskingIsPossibleWhereNothingCanBeWritten(t *testing.T) {
	p := newPair(t)
	p.quiet()
	must(t, p.to.vault.View(func(*vault.Tx) error { p.to.Ask(p.from.Member.ID); return nil }))
	p.turn(0)
	if p.asked(p.to, p.from).IsZero() {
		t.Error("nobody was asked")
	}
}

// TestAnAnswerThatIsOwedIsGivenAfterARestart, and where another was given within the
// minute, when that is over.
func TestAnAnswerThatIsOwedIsGivenAfterARestart(t *testing.T) {
	p := newPair(t)
	p.quiet()
	p.turn(0)
	p.turn(0)
	p.now = p.now.Add(aliveAnew)
	box := p.hub.box(p.to.Member.Mailbox)
	before := box.count
	for range 2 {
		must(t, p.to.vault.Update(func(tx *vault.Tx) error {
			other, err := peerOf(tx, p.from.Member.ID)
			must(t, err)
			return p.to.sayAlive(tx, p.from.Member.ID, other, 0, true)
		}))
		_, err := p.to.sendDue(t.Context())
		must(t, err)
		must(t, p.from.receiveAll(t.Context()))
		p.start(p.from)
		_, err = p.from.sendDue(t.Context())
		must(t, err)
	}
	if box.count != before+1 {
		t.Errorf("%d answers within the minute", box.count-before)
	}
	p.now = p.now.Add(askEach)
	_, err := p.from.sendDue(t.Context())
	must(t, err)
	if box.count != before+2 {
		t.Errorf("%d answers to two questions", box.count-before)
	}
}

// TestNothingIsSaidOfHowFarItGoesWhileSomethingHandedInIsNotDone: before what was handed
// in is carried out nothing goes at all; where it cannot be, words go, and neither a
// keep-alive nor an answer.
func TestNothingIsSaidOfHowFarItGoesWhileSomethingHandedInIsNotDone(t *testing.T) {
	p := newPair(t)
	p.quiet()
	p.from.Hush()
	p.says()
	p.to.Ask(p.from.Member.ID)
	box := p.hub.box(p.to.Member.Mailbox)
	for range 3 {
		p.turn(0)
		p.now = p.now.Add(time.Hour)
		p.announce()
	}
	if box.count != 0 {
		t.Fatalf("%d envelopes while it is not known what was handed in", box.count)
	}
	p.from.Speak(false)
	for range 3 {
		p.turn(0)
		p.now = p.now.Add(time.Hour)
		p.announce()
	}
	if done, _ := p.effects(p.to); done != 1 {
		t.Errorf("%d words came", done)
	}
	if _, fresh := p.heardOf(p.to, p.from); !fresh.Equal(moment().Truncate(time.Second)) {
		t.Errorf("known up to %s, and something that was handed in since is not done", fresh)
	}
	p.from.Speak(true)
	p.turn(0)
	p.turn(0)
	if s, fresh := p.heardOf(p.to, p.from); s != posada.StalenessLive {
		t.Errorf("%s, known up to %s of %s", s, fresh, p.now)
	}
}
