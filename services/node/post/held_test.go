package post

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/delivery"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// TestWhatIsHeldOfOneSenderIsBounded: what is over is counted, and the others'
// room is their own.
func TestWhatIsHeldOfOneSenderIsBounded(t *testing.T) {
	v := opened(t)
	p := New(Config{Vault: v, Now: moment, Random: rand.Reader})
	hold := func(from posada.AgencyID, n int) {
		must(t, v.Update(func(tx *vault.Tx) error {
			for i := range n {
				e := event.Void(posada.IDFrom[posada.EventID]([16]byte{byte(i), byte(i >> 8)}), moment())
				s, err := e.In(from, event.Place{Seq: 1})
				if err != nil {
					return err
				}
				if err := p.hold(tx, from, s, handoff.ErrNotAdmitted); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	hold(other(), maxHeld+3)
	hold(posada.IDFrom[posada.AgencyID]([16]byte{3}), 2)
	must(t, v.View(func(tx *vault.Tx) error {
		s, err := p.Status(tx)
		if err != nil || s.Held != maxHeld+2 || s.Aside != 3 {
			t.Errorf("%+v, %v", s, err)
		}
		return err
	}))
}

// TestWhatIsHeldGoesWhenItsTimeIsOver, and its room is free again.
func TestWhatIsHeldGoesWhenItsTimeIsOver(t *testing.T) {
	v, now := opened(t), moment()
	p := New(Config{Vault: v, Now: func() time.Time { return now }, Random: rand.Reader})
	must(t, v.Update(func(tx *vault.Tx) error {
		s, err := event.Void(eventID(1), now).In(other(), event.Place{Seq: 1})
		if err != nil {
			return err
		}
		return p.hold(tx, other(), s, handoff.ErrNotAdmitted)
	}))
	left := func() (n int) {
		must(t, p.Sweep())
		must(t, v.View(func(tx *vault.Tx) error {
			other, err := peerOf(tx, other())
			if len(other.Held) == 0 && other.Bytes != 0 {
				t.Errorf("%d bytes of nothing", other.Bytes)
			}
			n = len(other.Held)
			return err
		}))
		return n
	}
	now = now.Add(heldFor - time.Second)
	if left() != 1 {
		t.Error("it went too early")
	}
	now = now.Add(time.Second)
	if left() != 0 {
		t.Error("it is still there")
	}
	if n, err := v.Sweep(); n != 1 || err != nil {
		t.Errorf("%d keys were given up, %v", n, err)
	}
}

func TestWhatWasSeenIsForgottenWhenItCanNoLongerBeSaidAgain(t *testing.T) {
	v, now := opened(t), moment()
	p := New(Config{Vault: v, Now: func() time.Time { return now }, Random: rand.Reader})
	must(t, v.Update(func(tx *vault.Tx) error { return seenTable.Put(tx, "one", vault.KeyID{}, seen{At: now}) }))
	there := func() bool {
		must(t, p.Sweep())
		return v.View(func(tx *vault.Tx) error { _, err := seenTable.Get(tx, "one"); return err }) == nil
	}
	now = now.Add(seenFor - time.Second)
	if !there() {
		t.Error("it was forgotten too early")
	}
	now = now.Add(24 * time.Hour)
	if there() {
		t.Error("it is still there")
	}
}

// doubtful is a unit that cannot decide on one of its events.
type doubtful struct{ about posada.EventID }

var _ handoff.Unit = doubtful{}

var errDoubt = errors.New("a record cannot be read")

func (doubtful) Handle(context.Context, *vault.Tx, handoff.Incoming) error { return errDoubt }

func (d doubtful) Recheck(_ context.Context, _ *vault.Tx, _ posada.AgencyID, e event.Event) (handoff.Verdict, error) {
	if e.ID() == d.about {
		return handoff.Stop, errDoubt
	}
	return handoff.Stop, nil
}

func (doubtful) Settled(*vault.Tx, posada.AgencyID, event.Event, handoff.Ending) error { return nil }

// TestWhatCannotBeDecidedOnIsNotSentAndStopsNothingElse reviews an outbox with
// one event whose unit fails on it: it stays as it is, and the other is
// stopped.
func TestWhatCannotBeDecidedOnIsNotSentAndStopsNothingElse(t *testing.T) {
	v := opened(t)
	p := New(Config{Agency: posada.IDFrom[posada.AgencyID]([16]byte{9}), Vault: v, Now: moment, Random: rand.Reader})
	p.Register(event.TypeReferral, doubtful{about: eventID(1)})
	for i := range byte(2) {
		e := disclosure(t, eventID(i+1))
		must(t, v.Update(func(tx *vault.Tx) error { return p.Enqueue(tx, other(), e, vault.KeyID{}) }))
	}
	must(t, p.reviewOutbox(t.Context()))
	must(t, v.View(func(tx *vault.Tx) error {
		first, err := outbox.Get(tx, string(eventID(1)))
		must(t, err)
		// The other never went, so no void need take a place of it.
		if _, err := outbox.Get(tx, string(eventID(2))); first.Was != "" || !vault.Gone(err) {
			t.Errorf("%q, %v", first.Was, err)
		}
		return nil
	}))
	d := decided{later: moment().Add(again)}
	must(t, v.Update(func(tx *vault.Tx) error {
		return p.decide(t.Context(), tx, eventID(1), posada.MessageID{1}, &d)
	}))
	if len(d.going) != 0 || !d.later.After(moment()) {
		t.Errorf("%d go, the next at %v", len(d.going), d.later)
	}
}

// disclosure is an event with an invented content.
func disclosure(t *testing.T, id posada.EventID) event.Event {
	t.Helper()
	c := referral.Content{Purpose: posada.PurposeLegal, Priority: posada.PriorityNormal, Services: posada.SetOf(posada.ServiceLegalFamily)}
	m, _, err := redact.Reduce(c, c.Categories())
	must(t, err)
	e, err := event.Disclosure(id, posada.IDFrom[posada.ReferralID]([16]byte{1}), m, "a.b.c", consent.Obligations{
		RetainUntil: moment().Add(time.Hour).Unix(), Onward: consent.OnwardNone, Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure,
	}, moment())
	must(t, err)
	return e
}

// TestAReceiptClearsOnlyWhatWasSentAndWhatItSays: a member may say anything.
func TestAReceiptClearsOnlyWhatWasSentAndWhatItSays(t *testing.T) {
	for name, c := range map[string]struct {
		way     delivery.Way
		void    bool
		cleared int
	}{
		"stored":                 {delivery.Way{Tries: 1}, false, 1},
		"never sent":             {delivery.Way{}, false, 0},
		"void, and never was":    {delivery.Way{Tries: 1}, true, 0},
		"stopped, and came void": {delivery.Way{Was: event.TypeReferral}, true, 1},
		"stopped too late":       {delivery.Way{Was: event.TypeReferral}, false, 1},
	} {
		v := opened(t)
		p := New(Config{Vault: v, Now: moment, Random: rand.Reader})
		w := waiting{To: other(), Event: stored(t, event.Void(eventID(1), moment())), Way: c.way}
		var got taken
		must(t, v.Update(func(tx *vault.Tx) error {
			return errors.Join(outbox.Put(tx, string(eventID(1)), vault.KeyID{}, w), p.clearOne(tx, other(), eventID(1), c.void, &got))
		}))
		if got.cleared != c.cleared {
			t.Errorf("%s: %d cleared; want %d", name, got.cleared, c.cleared)
		}
	}
}
