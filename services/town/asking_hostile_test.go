package town_test

import (
	"bytes"
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	asking "github.com/posada-exchange/posada/pkg/question"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// reworded says a good statement with other data in it, signed all the same.
func (f *forger) reworded(e event.Event, data any) event.Statement {
	f.t.Helper()
	s := f.place(e)
	text, err := jose.Marshal(s)
	if err != nil {
		f.t.Fatal(err)
	}
	other, err := jose.Marshal(data)
	if err != nil {
		f.t.Fatal(err)
	}
	var changed event.Statement
	if err := jose.Unmarshal(bytes.Replace(text, s.Data(), other, 1), &changed); err != nil {
		f.t.Fatal(err)
	}
	return changed
}

// asked is a question under what a referral came with.
func (f *forger) asked(u event.Under, a asking.Asking) event.Event {
	f.t.Helper()
	e, err := event.Question(rand.Reader, u, a, time.Now())
	if err != nil {
		f.t.Fatal(err)
	}
	return e
}

func (f *forger) aQuestion(word posada.Question) asking.Asking {
	return asking.Asking{ID: posada.IDFrom[posada.QuestionID](f.id()), Asks: word, Note: noteAsked}
}

// whatCame is what an agency that is played by hand was sent of one referral.
func (f *forger) whatCame() event.Under {
	f.t.Helper()
	var u event.Under
	eventually(f.t, "the referral came", func() bool {
		for _, s := range f.take(f.t) {
			if s.Type() == event.TypeReferral {
				u = event.Under{Referral: s.Subject(), Grant: s.Grant(), Obligations: s.Obligations()}
			}
		}
		return u.Grant != ""
	})
	return u
}

// TestWhoeverWasSentAReferralAsksWithinIt: a legal aid that turned hostile, and a shelter
// that helps it, ask a real node everything that may not be asked. Nothing of it is
// taken in; what may be asked is.
func TestWhoeverWasSentAReferralAsksWithinIt(t *testing.T) {
	t.Parallel()
	var in *injector
	laid := lay(t)
	w, err := town.Start(t.Context(), laid, town.Options{
		Skip: []string{"legal", "shelter", "police"}, Poll: 20 * time.Millisecond,
		Hub: func(_ string, h post.Hub) post.Hub { in = &injector{Hub: h}; return in },
	})
	if err != nil {
		t.Fatal(err)
	}
	ngo := ask(t, w, "ngo")
	label := agree(t, ngo).Case
	id := send(t, ngo, label).ID
	f, other := newForgerTo(t, w, "legal", "ngo"), newForgerTo(t, w, "shelter", "ngo")
	u := f.whatCame()
	if u.Referral != id {
		t.Fatal("another referral came")
	}
	good := f.aQuestion(posada.AskStillNeeded)
	in.put(f.good(f.place(f.asked(u, good))))
	eventually(t, "a good one came", func() bool { return asked(t, ngo, id) == 1 })

	elsewhere, bare, longer := u, u, u
	elsewhere.Referral = posada.IDFrom[posada.ReferralID](f.id())
	bare.Grant = f.grant(f.content())
	longer.Obligations.RetainUntil++
	fine := f.aQuestion(posada.AskAccess)
	reworded := func(change func(*asking.Asking)) event.Statement {
		a := f.aQuestion(posada.AskAccess)
		e := f.asked(u, a)
		change(&a)
		return f.reworded(e, a)
	}
	wrong := map[string]event.Statement{
		"no word of the list":   reworded(func(a *asking.Asking) { a.Asks = "who_is_it" }),
		"a note of 281":         reworded(func(a *asking.Asking) { a.Note = asking.Note(strings.Repeat("x", 281)) }),
		"a note of two lines":   reworded(func(a *asking.Asking) { a.Note = "a\nb" }),
		"no id":                 reworded(func(a *asking.Asking) { a.ID = "" }),
		"more than that":        f.reworded(f.asked(u, fine), map[string]string{"question": string(fine.ID), "asks": "access_needs", "name": her}),
		"of another's referral": f.place(f.asked(elsewhere, fine)),
		"under another grant":   f.place(f.asked(bare, fine)),
		"for longer":            f.place(f.asked(longer, fine)),
		"it waits already":      f.place(f.asked(u, f.aQuestion(posada.AskStillNeeded))),
		"the same id":           f.place(f.asked(u, asking.Asking{ID: good.ID, Asks: posada.AskAccess})),
	}
	for _, s := range wrong {
		in.put(f.good(s))
	}
	// The shelter has the legal aid's grant, and its name for the referral.
	in.put(other.good(other.place(other.asked(u, other.aQuestion(posada.AskAccess)))))
	eventually(t, "all of it is put aside", func() bool {
		s, err := ngo.Status(t.Context())
		return err == nil && putAside(s) == len(wrong)+1
	})
	if n := asked(t, ngo, id); n != 1 {
		t.Errorf("%d questions were taken in", n)
	}
	// As many as may wait, and not one more.
	for _, word := range []posada.Question{posada.AskAccess, posada.AskWhenCanCome, posada.AskHowLong} {
		in.put(f.good(f.place(f.asked(u, f.aQuestion(word)))))
	}
	eventually(t, "the fourth is put aside", func() bool {
		s, err := ngo.Status(t.Context())
		return err == nil && putAside(s) == len(wrong)+2
	})
	if n := asked(t, ngo, id); n != asking.MaxOpen {
		t.Errorf("%d questions wait", n)
	}
	// What was taken back is not asked about, and what of it was held goes with it.
	if _, err := ngo.Withdraw(t.Context(), client.NewWithdrawal{Case: label}); err != nil {
		t.Fatal(err)
	}
	before, err := ngo.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in.put(f.good(f.place(f.asked(u, f.aQuestion(posada.AskAnimal)))))
	in.put(f.good(f.place(f.asked(elsewhere, f.aQuestion(posada.AskAnimal))))) // when it is put aside, both were looked at
	eventually(t, "it was looked at", func() bool {
		s, err := ngo.Status(t.Context())
		return err == nil && putAside(s) > putAside(before)
	})
	s, err := ngo.Status(t.Context())
	if n := asked(t, ngo, id); err != nil || n != 0 || s.ToAnswer != 0 || putAside(s) != 3 { // of no referral here, twice, and the shelter's
		t.Errorf("%d questions are left, %d to answer, %+v, %v", n, s.ToAnswer, s.Quarantined, err)
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	acts(t, laid, "ngo", map[audit.Act]int{audit.QuestionTaken: asking.MaxOpen})
}

// asked counts the questions that a node shows of a referral.
func asked(t *testing.T, node *client.Client, id posada.ReferralID) int {
	t.Helper()
	r, err := node.Referral(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return len(r.Questions)
}

// TestOnlyWhatWasAskedIsAnsweredOnceAndWithinTheGrant: an NGO that turned hostile answers a
// real legal aid everything that was not asked, and more than its grant covers.
func TestOnlyWhatWasAskedIsAnsweredOnceAndWithinTheGrant(t *testing.T) {
	t.Parallel()
	var in *injector
	w := start(t, lay(t), town.Options{
		Skip: []string{"ngo", "shelter", "police"}, Poll: 20 * time.Millisecond,
		Hub: func(_ string, h post.Hub) post.Hub { in = &injector{Hub: h}; return in },
	})
	legal, f, other := ask(t, w, "legal"), newForger(t, w, "ngo"), newForger(t, w, "shelter")
	content, o := f.content(), f.obligations()
	grant := f.grant(content, func(g *consent.Grant) { g.Obligations = o })
	disclosed := f.disclosed(content, grant, o)
	in.put(f.good(f.place(disclosed)))
	id := disclosed.Subject()
	eventually(t, "it was taken on", func() bool {
		_, err := legal.Mark(t.Context(), id, client.NewMark{State: "accepted"})
		return err == nil
	})
	asks(t, legal, id, "when_can_come")
	asks(t, legal, id, "medication_with_them")
	waits := func(word string) posada.QuestionID {
		q, _ := questionOf(t, legal, id, word)
		return q.ID
	}
	when, medication := waits("when_can_come"), waits("medication_with_them")
	under := event.Under{Referral: id, Grant: grant, Obligations: o}
	answer := func(u event.Under, q asking.Asking, says posada.Answer) event.Event {
		allowed, err := asking.Allow(asking.Asked{Asking: q}, asking.Answering{ID: q.ID, Says: says, Note: noteAnswered}, ^posada.Set[posada.Category](0))
		if err != nil {
			t.Fatal(err)
		}
		e, err := event.Answer(posada.IDFrom[posada.EventID](f.id()), u, allowed, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	of := func(q posada.QuestionID, word posada.Question) asking.Asking { return asking.Asking{ID: q, Asks: word} }
	good := of(when, posada.AskWhenCanCome)
	says := func(change func(*asking.Answering)) event.Statement {
		a := asking.Answering{ID: when, Says: posada.AnswerToday, Note: noteAnswered}
		change(&a)
		return f.reworded(answer(under, good, posada.AnswerToday), a)
	}
	bare, longer, elsewhere := under, under, under
	bare.Grant = f.grant(content)
	longer.Obligations.RetainUntil++
	elsewhere.Referral = posada.IDFrom[posada.ReferralID](f.id())
	wrong := []event.Statement{
		f.place(answer(under, of(posada.IDFrom[posada.QuestionID](f.id()), posada.AskWhenCanCome), posada.AnswerToday)), // nobody asked
		f.place(answer(under, of(medication, posada.AskMedication), posada.AnswerRunsOut)),                              // not within the grant
		f.place(answer(bare, good, posada.AnswerToday)),
		f.place(answer(longer, good, posada.AnswerToday)),
		f.place(answer(elsewhere, good, posada.AnswerToday)),
		says(func(a *asking.Answering) { a.Says = posada.AnswerEnough }), // of another question
		says(func(a *asking.Answering) { a.Says = posada.Answer(her) }),
		says(func(a *asking.Answering) { a.Says = posada.AnswerNotSaid }), // with a note
		says(func(a *asking.Answering) { a.Note = asking.Note(strings.Repeat("x", 281)) }),
		says(func(a *asking.Answering) { a.Note = "\x1b[2J" }),
	}
	for _, s := range wrong {
		in.put(f.good(s))
	}
	in.put(other.good(other.place(answer(under, good, posada.AnswerToday))))
	eventually(t, "all of it is put aside", func() bool {
		s, err := legal.Status(t.Context())
		return err == nil && putAside(s) == len(wrong)+1
	})
	r, err := legal.Referral(t.Context(), id)
	if err != nil || r.Open != 2 || slices.ContainsFunc(r.Questions, func(q client.Question) bool { return q.Answer != "" || q.Reply != "" }) {
		t.Errorf("%d wait, %v", r.Open, err)
	}
	// The first answer counts.
	in.put(f.good(f.place(answer(under, good, posada.AnswerToday))))
	arrives(t, legal, id, "when_can_come", "today")
	in.put(f.good(f.place(answer(under, good, posada.AnswerLater))))
	eventually(t, "the second is put aside", func() bool {
		s, err := legal.Status(t.Context())
		return err == nil && putAside(s) == len(wrong)+2
	})
	if q, _ := questionOf(t, legal, id, "when_can_come"); q.Answer != posada.AnswerToday {
		t.Errorf("it is answered %s", q.Answer)
	}
	// And none after the end.
	mark, err := event.Mark(rand.Reader, id, referral.Mark{State: posada.StateEnteredInError, N: 4, Seen: 1, At: time.Now().UTC().Truncate(time.Second)}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	in.put(f.good(f.place(mark), f.place(answer(under, of(medication, posada.AskMedication), posada.AnswerRunsOut))))
	eventually(t, "nothing is left of it", func() bool { return asked(t, legal, id) == 0 })
}
