package event_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/htcds"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/question"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
)

var at = time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)

func id(n byte) [16]byte { return [16]byte(bytes.Repeat([]byte{n}, 16)) }

var (
	source  = posada.IDFrom[posada.AgencyID](id(1))
	first   = posada.IDFrom[posada.EventID](id(2))
	subject = posada.IDFrom[posada.ReferralID](id(3))
	asked   = posada.IDFrom[posada.NeedID](id(4))
)

func posting() need.Posting {
	return need.Posting{Need: asked, Until: at.Add(2 * time.Hour), Profile: need.Profile{
		Priority: posada.PriorityTonight, Services: posada.SetOf(posada.ServiceShelterEmergency), Gender: posada.GenderMan,
	}}
}

func minimal(t testing.TB) redact.Minimal {
	t.Helper()
	c := referral.Content{
		Purpose: posada.PurposeLegal, Priority: posada.PriorityNormal, Services: posada.SetOf(posada.ServiceLegalFamily),
		Records: []referral.Record{{Role: htcds.Survivor, Fields: map[string]string{"psd_PreferredName": "Invented"}}},
	}
	m, _, err := redact.Reduce(c, c.Categories())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func disclosure(t testing.TB) event.Event {
	t.Helper()
	e, err := event.Disclosure(first, subject, minimal(t), "a.b.c", consent.Obligations{RetainUntil: at.Unix(), Onward: consent.OnwardNone, Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure}, at)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func under() event.Under {
	return event.Under{Referral: subject, Grant: "a.b.c", Obligations: consent.Obligations{RetainUntil: at.Unix(), Onward: consent.OnwardNone, Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure}}
}

func asks() question.Asking {
	return question.Asking{ID: posada.IDFrom[posada.QuestionID](id(5)), Asks: posada.AskMedication, Note: "Invented"}
}

// allowed is an answer to that, where these categories may be given; the zero value where
// it may not.
func allowed(t testing.TB, allow posada.Set[posada.Category]) question.Allowed {
	t.Helper()
	a := question.Answering{ID: asks().ID, Says: posada.AnswerRunsOut, Note: "Invented"}
	said, err := question.Allow(question.Asked{Asking: asks()}, a, allow)
	if (err == nil) != allow.Has(posada.CategoryMedical) {
		t.Fatal(err)
	}
	return said
}

// each is one event of every type, and whether it has a place.
func each(t testing.TB) map[event.Type]event.Event {
	return map[event.Type]event.Event{
		event.TypeReferral: disclosure(t),
		event.TypeMark:     must(event.Mark(rand.Reader, subject, referral.Mark{State: posada.StateAccepted, N: 1, At: at}, at)),
		event.TypeQuestion: must(event.Question(rand.Reader, under(), asks(), at)),
		event.TypeAnswer:   must(event.Answer(first, under(), allowed(t, posada.SetOf(posada.CategoryMedical)), at)),
		event.TypeReceipt:  must(event.Receipt(rand.Reader, event.Receipted{Stored: []posada.EventID{first}}, at)),
		event.TypeNeed:     must(event.Need(rand.Reader, posting(), at)),
		event.TypeReply:    must(event.Reply(rand.Reader, need.Reply{Need: asked, Says: posada.ReplyOffer, Until: at.Add(time.Hour)}, at)),
		event.TypeChosen:   must(event.Chosen(rand.Reader, asked, at)),
		event.TypeClosed:   must(event.Closed(rand.Reader, asked, at)),
		event.TypeMotion:   must(event.Motion(rand.Reader, []byte("{}"), at)),
		event.TypeVoid:     event.Void(first, at),
		event.TypeFiller:   must(event.Filler(rand.Reader, at)),
		event.TypeAlive:    must(event.Alive(rand.Reader, event.Reach{Seq: 7, Last: first, Open: 5, Ask: true}, at)),
	}
}

func place(e event.Event) event.Place {
	if e.Type().Sequenced() {
		return event.Place{Seq: 2, Prev: first}
	}
	return event.Place{}
}

func TestEveryStatementSurvivesTheWireAndTheOutbox(t *testing.T) {
	for typ, e := range each(t) {
		stored, err := e.Store()
		if err != nil {
			t.Fatal(err)
		}
		restored, err := event.Restore(stored)
		if err != nil {
			t.Fatal(err)
		}
		s, err := restored.In(source, place(e))
		if err != nil {
			t.Fatalf("%s: %v", typ, err)
		}
		original, err := e.In(source, place(e))
		if err != nil {
			t.Fatal(err)
		}
		text, want := must(jose.Marshal(s)), must(jose.Marshal(original))
		if !bytes.Equal(text, want) {
			t.Errorf("%s changed in the outbox:\n%s\n%s", typ, text, want)
		}
		var read event.Statement
		if err := jose.Unmarshal(text, &read); err != nil || read.Check(source) != nil {
			t.Fatalf("%s: %v, %v", typ, err, read.Check(source))
		}
		if again := must(jose.Marshal(read)); !bytes.Equal(again, text) {
			t.Errorf("%s changed on the wire:\n%s\n%s", typ, again, text)
		}
	}
}

func TestDataTravelsByteForByte(t *testing.T) {
	s := must(disclosure(t).In(source, event.Place{Seq: 1}))
	var read event.Statement
	if err := jose.Unmarshal(must(jose.Marshal(s)), &read); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read.Data(), minimal(t).Data()) || read.Grant() != "a.b.c" || read.Subject() != subject {
		t.Errorf("%s", read.Data())
	}
}

func TestStatementsOutOfPlaceAreRefused(t *testing.T) {
	for typ, e := range each(t) {
		for name, p := range map[string]event.Place{
			"none":              {},
			"first":             {Seq: 1},
			"first, with prev":  {Seq: 1, Prev: first},
			"second":            {Seq: 2, Prev: first},
			"second, no prev":   {Seq: 2},
			"prev alone":        {Prev: first},
			"beyond exact json": {Seq: 1<<53 + 1, Prev: first},
		} {
			want := name == "none"
			if typ.Sequenced() {
				want = name == "first" || name == "second"
			}
			if _, err := e.In(source, p); (err == nil) != want {
				t.Errorf("%s in place %q: %v", typ, name, err)
			}
		}
		if _, err := e.In("", place(e)); !errors.Is(err, event.ErrShape) {
			t.Errorf("%s of nobody: %v", typ, err)
		}
		if s, err := e.In(source, place(e)); err != nil || s.Check(posada.IDFrom[posada.AgencyID](id(9))) == nil {
			t.Errorf("%s passes for another agency's", typ)
		}
	}
}

func TestADisclosureNeedsDataAGrantAndASubject(t *testing.T) {
	o := consent.Obligations{}
	for name, err := range map[string]error{
		"no id":                   second(event.Disclosure("", subject, minimal(t), "a.b.c", o, at)),
		"no subject":              second(event.Disclosure(first, "", minimal(t), "a.b.c", o, at)),
		"no grant":                second(event.Disclosure(first, subject, minimal(t), "", o, at)),
		"no data":                 second(event.Disclosure(first, subject, redact.Minimal{}, "a.b.c", o, at)),
		"empty receipt":           second(event.Receipt(rand.Reader, event.Receipted{}, at)),
		"none after one":          second(event.Alive(rand.Reader, event.Reach{Seq: 1}, at)),
		"one after none":          second(event.Alive(rand.Reader, event.Reach{Last: first}, at)),
		"open beyond":             second(event.Alive(rand.Reader, event.Reach{Seq: 1, Last: first, Open: 2}, at)),
		"answer nobody allowed":   second(event.Answer(first, under(), allowed(t, posada.SetOf(posada.CategoryNeeds)), at)),
		"answer without a grant":  second(event.Answer(first, event.Under{Referral: subject}, allowed(t, posada.SetOf(posada.CategoryMedical)), at)),
		"question without one":    second(event.Question(rand.Reader, event.Under{Referral: subject}, asks(), at)),
		"question of nothing":     second(event.Question(rand.Reader, event.Under{Grant: "a.b.c"}, asks(), at)),
		"question of no word":     second(event.Question(rand.Reader, under(), question.Asking{ID: asks().ID, Asks: "who_is_it"}, at)),
		"question with two lines": second(event.Question(rand.Reader, under(), question.Asking{ID: asks().ID, Asks: posada.AskAccess, Note: "a\nb"}, at)),
		"mark of nothing":         second(event.Mark(rand.Reader, "", referral.Mark{}, at)),
		"zero event":              second(event.Event{}.In(source, event.Place{Seq: 1})),
	} {
		if !errors.Is(err, event.ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAKeepAliveAsksWhereItSays(t *testing.T) {
	for _, ask := range []bool{true, false} {
		if e := must(event.Alive(rand.Reader, event.Reach{Ask: ask}, at)); e.Reach().Ask != ask {
			t.Errorf("asks %v where it says %v", e.Reach().Ask, ask)
		}
	}
	if disclosure(t).Reach() != (event.Reach{}) {
		t.Error("a disclosure asks")
	}
}

func second[A, B any](_ A, b B) B { return b }

func TestEventsPrintAsNothing(t *testing.T) {
	s := must(disclosure(t).In(source, event.Place{Seq: 1}))
	asked := must(event.Question(rand.Reader, under(), asks(), at))
	for _, v := range []any{disclosure(t), s, []event.Statement{s}, asked, must(asked.In(source, event.Place{Seq: 1}))} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "Invented") || strings.Contains(text, "a.b.c") {
				t.Errorf("%s: %s", verb, text)
			}
		}
	}
}

func TestOnlyEventsAndNoticesHaveAPlace(t *testing.T) {
	for _, typ := range []event.Type{event.TypeReceipt, event.TypeFiller, event.TypeAlive, "", "org.example"} {
		if typ.Sequenced() {
			t.Errorf("%s is sequenced: two nodes would receipt receipts forever", typ)
		}
	}
}

func BenchmarkStatement(b *testing.B) {
	e := disclosure(b)
	for b.Loop() {
		s, err := e.In(source, event.Place{Seq: 1})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := jose.Marshal(s); err != nil {
			b.Fatal(err)
		}
	}
}
