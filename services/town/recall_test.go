package town_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/sampled"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// narrower is a later consent of a case that shares only what is needed.
func narrower(label string) client.NewConsent {
	c := newConsent()
	c.Case, c.Allow[0].Share = label, []string{"needs"}
	return c
}

// stops waits until a referral is stopped where it was sent from: the hub may have given it
// back before that is written down.
func stops(t *testing.T, ngo *client.Client, id posada.ReferralID) {
	t.Helper()
	eventually(t, "it being stopped", func() bool {
		r, err := ngo.Referral(t.Context(), id)
		return err == nil && r.State == posada.StateExpired
	})
}

// TestAStopLongAfterTheSendTakesBackToo: more than a month on, when the
// recipient, who never came, has no key announced any more and what could be
// sealed to it is at an end. Its old letters could still be opened.
func TestAStopLongAfterTheSendTakesBackToo(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	g := &gate{open: true}
	w := start(t, lay(t), town.Options{
		Skip: []string{"legal", "shelter", "police"}, Poll: 50 * time.Millisecond,
		Clock: func(string) time.Time { return time.Now().Add(time.Duration(later.Load())) },
		Hub:   func(_ string, h post.Hub) post.Hub { g.Hub = h; return g },
	})
	ngo := ask(t, w, "ngo")
	long := newConsent()
	long.Days = 90
	agreed, err := ngo.AddConsent(t.Context(), long)
	if err != nil {
		t.Fatal(err)
	}
	sent := send(t, ngo, agreed.Case)
	eventually(t, "a submission", func() bool { s, err := ngo.Status(t.Context()); return err == nil && s.AtHub == 1 })
	later.Store(int64(40 * 24 * time.Hour))
	eventually(t, "the hub having answered since", func() bool {
		s, err := ngo.Status(t.Context())
		return err == nil && s.Heard.After(time.Now().Add(39*24*time.Hour))
	})
	if _, err := ngo.AddConsent(t.Context(), narrower(agreed.Case)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the envelope being taken back", func() bool { return g.takenBack() > 0 })
	stops(t, ngo, sent.ID)
	eventually(t, "the void waiting alone", func() bool {
		s, err := ngo.Status(t.Context())
		return err == nil && s.Waiting == 1 && s.AtHub == 0
	})
}

// TestWhatSheTakesBackIsTakenBackFromTheHub: by her word, by no or not now when she
// is asked again, and by a fear she names later. What nobody collected is gone from there, and the recipient,
// when it comes, finds nothing.
func TestWhatSheTakesBackIsTakenBackFromTheHub(t *testing.T) {
	t.Parallel()
	for name, take := range sampled.Rows(map[string]func(ctx context.Context, ngo *client.Client, of client.Consent) error{
		"withdrawn": func(ctx context.Context, ngo *client.Client, of client.Consent) error {
			_, err := ngo.EndConsent(ctx, of.ID, client.NewEnding{How: string(posada.ConsentWithdrawn)})
			return err
		},
		"refused":  asksAgain(posada.ConsentRefused),
		"deferred": asksAgain(posada.ConsentDeferred),
		"excluded": func(ctx context.Context, ngo *client.Client, of client.Consent) error {
			_, err := ngo.Exclude(ctx, client.NewExclusion{Case: of.Case, Agency: string(of.Allow[0].To.ID)})
			return err
		},
	}, few(2)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := &gate{open: true}
			w := start(t, lay(t), town.Options{
				Skip: []string{"legal", "shelter", "police"}, Poll: 50 * time.Millisecond,
				Hub: func(_ string, h post.Hub) post.Hub { g.Hub = h; return g },
			})
			ngo := ask(t, w, "ngo")
			agreed := agree(t, ngo)
			sent := send(t, ngo, agreed.Case)
			eventually(t, "a submission", func() bool { s, err := ngo.Status(t.Context()); return err == nil && s.AtHub == 1 })
			if err := take(t.Context(), ngo, agreed); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the envelope being taken back", func() bool { return g.takenBack() > 0 })
			stops(t, ngo, sent.ID)
		})
	}
}

// stuck is a hub at which recalls hang for a while.
type stuck struct {
	gate
	free atomic.Bool
}

func (s *stuck) Recall(ctx context.Context, to posada.MailboxID, id posada.MessageID) error {
	for !s.free.Load() && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	return s.gate.Recall(ctx, to, id)
}

// stubborn is a hub that never takes back the first envelope it is asked for.
type stubborn struct {
	gate
	first atomic.Pointer[posada.MessageID]
}

func (s *stubborn) Recall(ctx context.Context, to posada.MailboxID, id posada.MessageID) error {
	if s.first.CompareAndSwap(nil, &id) || *s.first.Load() == id {
		return errFault
	}
	return s.gate.Recall(ctx, to, id)
}

// TestOneRecallThatFailsKeepsNoOtherBack: five of six stopped referrals, each in
// an envelope of its own, are taken back.
func TestOneRecallThatFailsKeepsNoOtherBack(t *testing.T) {
	t.Parallel()
	s := &stubborn{gate: gate{open: true}}
	w := start(t, lay(t), town.Options{
		Skip: []string{"legal", "shelter", "police"}, Poll: 50 * time.Millisecond,
		Hub: func(_ string, h post.Hub) post.Hub { s.gate.Hub = h; return s },
	})
	ngo, legal := ask(t, w, "ngo"), newHand(t, w, "legal")
	agreed := agree(t, ngo)
	const count = 6
	for i := range count {
		send(t, ngo, agreed.Case)
		eventually(t, "it being at the hub", func() bool { s, err := ngo.Status(t.Context()); return err == nil && s.AtHub == i+1 })
	}
	if _, err := ngo.AddConsent(t.Context(), narrower(agreed.Case)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the others being taken back", func() bool { return s.takenBack() >= count-1 })
	disclosed := 0
	for _, s := range legal.take(t) {
		if s.Type() == event.TypeReferral {
			disclosed++
		}
	}
	if disclosed > 1 {
		t.Errorf("%d of %d stopped referrals arrived", disclosed, count)
	}
}

// TestAVoidWaitsForWhatItTakesBackAndNothingElseDoes: one of two referrals that
// share an envelope is stopped while recalls hang. The other agencies' mail
// goes; the void does not before its envelope is gone; then the other referral
// goes again, in another envelope.
func TestAVoidWaitsForWhatItTakesBackAndNothingElseDoes(t *testing.T) {
	t.Parallel()
	s := &stuck{gate: gate{open: true}}
	w := start(t, lay(t), town.Options{
		Skip: []string{"legal", "shelter", "police"}, Poll: 50 * time.Millisecond,
		Hub: func(_ string, h post.Hub) post.Hub { s.gate.Hub = h; return s },
	})
	ngo, legal, shelter := ask(t, w, "ngo"), newHand(t, w, "legal"), newHand(t, w, "shelter")
	first, second := agree(t, ngo), agree(t, ngo)
	one, two := send(t, ngo, first.Case), send(t, ngo, second.Case)
	eventually(t, "both being at the hub", func() bool { s, err := ngo.Status(t.Context()); return err == nil && s.AtHub == 2 })
	if _, err := ngo.AddConsent(t.Context(), narrower(first.Case)); err != nil {
		t.Fatal(err)
	}
	stops(t, ngo, one.ID)
	c := newConsent()
	c.Allow[0].To, c.Allow[0].Purpose, c.Allow[0].Share, c.Services = "Invented Shelter", "shelter", []string{"needs"}, []string{"shelter_emergency"}
	housing, err := ngo.AddConsent(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	draft := newPreview(housing.Case)
	draft.To, draft.Purpose, draft.Records, draft.Services = "Invented Shelter", "shelter", nil, []string{"shelter_emergency"}
	preview, err := ngo.Preview(t.Context(), draft)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ngo.Send(t.Context(), client.NewSend{Digest: preview.Digest}); err != nil {
		t.Fatal(err, preview.Uncovered)
	}
	eventually(t, "another agency's mail", func() bool { return len(shelter.take(t)) == 1 })
	s.free.Store(true)
	eventually(t, "the envelope being taken back", func() bool { return s.takenBack() > 0 })
	var got []event.Statement
	eventually(t, "the void, and the other referral", func() bool {
		got = append(got, legal.take(t)...)
		return slices.ContainsFunc(got, func(s event.Statement) bool { return s.Type() == event.TypeVoid }) &&
			slices.ContainsFunc(got, func(s event.Statement) bool { return s.Subject() == two.ID })
	})
	for _, s := range got {
		if s.Subject() == one.ID {
			t.Error("what was stopped arrived")
		}
	}
}

// TestWhoIsExcludedLaterIsInNoGrantThatStillGoes is G14 for passing on: a record
// about something else excludes an agency that a waiting grant, and one that was
// shown, names.
func TestWhoIsExcludedLaterIsInNoGrantThatStillGoes(t *testing.T) {
	t.Parallel()
	g := &gate{}
	w := start(t, lay(t), town.Options{
		Skip: []string{"legal", "shelter", "police"}, Poll: 50 * time.Millisecond,
		Hub: func(_ string, h post.Hub) post.Hub { g.Hub = h; return g },
	})
	ngo := ask(t, w, "ngo")
	c := newConsent()
	c.Allow[0].Onward = []string{"Invented Shelter"}
	agreed, err := ngo.AddConsent(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	sent := send(t, ngo, agreed.Case)
	preview, err := ngo.Preview(t.Context(), newPreview(agreed.Case))
	if err != nil {
		t.Fatal(err)
	}
	other := newConsent()
	other.Case, other.Allow[0].Purpose, other.Exclude = agreed.Case, "case_management", []string{"Invented Shelter"}
	if _, err := ngo.AddConsent(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if _, err := ngo.Send(t.Context(), client.NewSend{Digest: preview.Digest}); key(err) != "preview_outdated" {
		t.Errorf("the preview: %v", err)
	}
	stops(t, ngo, sent.ID)
	again, err := ngo.Preview(t.Context(), newPreview(agreed.Case))
	if err != nil || again.Obligations == nil || again.Obligations.Onward != "none" {
		t.Errorf("the next: %+v, %v", again.Obligations, err)
	}
}

// TestAHealthyReferralIsNotStopped while it waits: by time that passes, a clock
// that is set back a little, a hub that takes nothing for days, a restart,
// or what is said of other people, purposes and cases.
func TestAHealthyReferralIsNotStopped(t *testing.T) {
	t.Parallel()
	laid := lay(t)
	var later atomic.Int64
	g := &gate{}
	o := town.Options{
		Skip: []string{"legal", "shelter", "police"}, Poll: 50 * time.Millisecond,
		Clock: func(string) time.Time { return time.Now().Add(time.Duration(later.Load())) },
		Hub:   func(_ string, h post.Hub) post.Hub { g.Hub = h; return g },
	}
	w, err := town.Start(t.Context(), laid, o)
	if err != nil {
		t.Fatal(err)
	}
	ngo := ask(t, w, "ngo")
	agreed := agree(t, ngo)
	sent := send(t, ngo, agreed.Case)
	for i, moved := range []time.Duration{0, 26 * time.Hour, 26*time.Hour - 3*time.Second, 5 * 24 * time.Hour} {
		tried := g.attempts()
		later.Store(int64(moved))
		other := newConsent()
		other.Case, other.Allow[0].Purpose = agreed.Case, "case_management"
		if _, err := ngo.AddConsent(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		agree(t, ngo)
		if i%2 == 1 { // the clock went forward
			eventually(t, "another attempt", func() bool { return g.attempts() > tried })
		}
		if r, err := ngo.Referral(t.Context(), sent.ID); err != nil || r.State != posada.StateSent {
			t.Fatalf("after %v it is %s: %v", moved, r.State, err)
		}
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	w = start(t, laid, o)
	ngo = ask(t, w, "ngo")
	r, err := ngo.Referral(t.Context(), sent.ID)
	if err != nil || r.State != posada.StateSent {
		t.Fatalf("it is %s: %v", r.State, err)
	}
	g.unlock()
	legal := newHand(t, w, "legal")
	legal.now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	eventually(t, "its arrival", func() bool {
		for _, s := range legal.take(t) {
			if s.Subject() == sent.ID && s.Type() == event.TypeReferral {
				return true
			}
		}
		return false
	})
}
