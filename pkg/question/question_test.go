package question_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/question"
)

var now = time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)

func id(n int) posada.QuestionID { return posada.IDFrom[posada.QuestionID]([16]byte{byte(n), 1}) }

func asking(n int, q posada.Question) question.Asking { return question.Asking{ID: id(n), Asks: q} }

func mustAsk(t interface{ Fatal(...any) }, talk question.Talk, a question.Asking) question.Talk {
	talk, err := talk.Ask(a, now)
	if err != nil {
		t.Fatal(err)
	}
	return talk
}

// TestTheListIsWhole: every question has a category that may leave its holder and at least
// two answers, every answer answers something, and whatever is asked nothing may be said.
func TestTheListIsWhole(t *testing.T) {
	holders := posada.SetOf(posada.CategoryLocationShelter, posada.CategoryLegalStrategy, posada.CategoryPhotoBiometric, posada.CategoryScreeningAnswers)
	used := map[posada.Answer]bool{}
	for _, q := range posada.Members[posada.Question]() {
		answers := question.Answers(q)
		if c := question.Category(q); !posada.Known(c) || holders.Has(c) || len(answers) < 3 || answers[len(answers)-1] != posada.AnswerNotSaid {
			t.Errorf("%s is of %q and has %d answers", q, c, len(answers))
		}
		for i, a := range answers {
			if slices.Contains(answers[:i], a) {
				t.Errorf("%s is answered by %s twice", q, a)
			}
			used[a] = true
			want := question.Category(q)
			if a == posada.AnswerNotSaid {
				want = posada.CategoryNeeds
			}
			if got := question.Tells(q, a); got != want {
				t.Errorf("%s to %s tells %s", a, q, got)
			}
		}
	}
	if len(used) != len(posada.Members[posada.Answer]()) {
		t.Errorf("%d answers are of some question", len(used))
	}
	if question.Answers("who_is_it") != nil || question.Category("who_is_it") != "" {
		t.Error("a word that is no question has answers")
	}
}

func TestANoteIsALineOfAtMost280Characters(t *testing.T) {
	for name, c := range map[string]struct {
		note string
		want error
	}{
		"none":           {"", nil},
		"280 of ñ":       {strings.Repeat("ñ", 280), nil},
		"281":            {strings.Repeat("ñ", 281), question.ErrLong},
		"as people do":   {"¿Llega antes de las 9? Hay cena – 2 camas.", nil},
		"a line end":     {"one\ntwo", question.ErrControl},
		"a tab":          {"one\ttwo", question.ErrControl},
		"a zero":         {"one\x00", question.ErrControl},
		"an escape":      {"\x1b[31m", question.ErrControl},
		"turned around":  {"abc\u202edef", question.ErrControl},
		"nothing wide":   {"a\u200bb", question.ErrControl},
		"a line, of two": {"a\u2028b", question.ErrControl},
		"no text":        {"\xff\xfe", question.ErrControl},
	} {
		if err := question.Note(c.note).Check(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWhatIsAskedIsBounded: whatever is asked and answered, in any order, at most three
// questions wait, at most twelve were asked, none waits twice, and the first answer
// counts.
func TestWhatIsAskedIsBounded(t *testing.T) {
	most := 0
	rapid.Check(t, func(t *rapid.T) {
		var talk question.Talk
		for range rapid.IntRange(200, 300).Draw(t, "steps") { // shorter ones hardly ever come to the twelfth
			before := slices.Clone(talk)
			n := rapid.IntRange(0, 20).Draw(t, "which")
			if rapid.Bool().Draw(t, "ask") {
				a := asking(n, rapid.SampledFrom(posada.Members[posada.Question]()).Draw(t, "question"))
				next, err := talk.Ask(a, now)
				if known, _ := talk.Find(a.ID); err == nil && known.ID != "" {
					t.Fatal("asked twice by one id")
				}
				talk = next
			} else if o, err := talk.Find(id(n)); err == nil {
				next, err := talk.Answer(question.Answering{ID: o.ID, Says: rapid.SampledFrom(question.Answers(o.Asks)).Draw(t, "answer")}, now)
				if (err == nil) != o.Open() {
					t.Fatalf("open %v: %v", o.Open(), err)
				}
				talk = next
			}
			seen := map[posada.Question]bool{}
			for i, a := range talk {
				if a.Open() && seen[a.Asks] {
					t.Fatal("one question waits twice")
				}
				seen[a.Asks] = seen[a.Asks] || a.Open()
				if i < len(before) && !before[i].Open() && a != before[i] {
					t.Fatal("an answer changed")
				}
			}
			if talk.Open() > question.MaxOpen || len(talk) > question.MaxAsked {
				t.Fatalf("%d wait of %d", talk.Open(), len(talk))
			}
			most = max(most, len(talk))
		}
	})
	if most < question.MaxAsked {
		t.Errorf("at most %d were asked: this shows little", most)
	}
}

func TestWhatIsNoQuestionOrNoAnswerChangesNothing(t *testing.T) {
	talk := mustAsk(t, nil, asking(1, posada.AskMedication))
	long := question.Note(strings.Repeat("x", 281))
	for name, c := range map[string]struct {
		a    question.Asking
		want error
	}{
		"no word":       {asking(2, "who_is_it"), question.ErrUnknown},
		"no id":         {question.Asking{Asks: posada.AskWhoComes}, question.ErrUnknown},
		"the same id":   {asking(1, posada.AskWhoComes), question.ErrAsked},
		"it waits":      {asking(2, posada.AskMedication), question.ErrAsked},
		"a long note":   {question.Asking{ID: id(2), Asks: posada.AskWhoComes, Note: long}, question.ErrLong},
		"a second line": {question.Asking{ID: id(2), Asks: posada.AskWhoComes, Note: "a\nb"}, question.ErrControl},
	} {
		if next, err := talk.Ask(c.a, now); !errors.Is(err, c.want) || len(next) != 1 {
			t.Errorf("%s: %v, %d asked", name, err, len(next))
		}
	}
	for name, c := range map[string]struct {
		a    question.Answering
		want error
	}{
		"not asked":         {question.Answering{ID: id(2), Says: posada.AnswerNo}, question.ErrNotAsked},
		"another's answer":  {question.Answering{ID: id(1), Says: posada.AnswerToday}, question.ErrUnknown},
		"no word":           {question.Answering{ID: id(1), Says: "xochitl"}, question.ErrUnknown},
		"a long note":       {question.Answering{ID: id(1), Says: posada.AnswerNo, Note: long}, question.ErrLong},
		"nothing, and more": {question.Answering{ID: id(1), Says: posada.AnswerNotSaid, Note: "but"}, question.ErrNothing},
	} {
		if next, err := talk.Answer(c.a, now); !errors.Is(err, c.want) || next.Open() != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOnlyWhatIsAllowedBecomesAnAnswer: for every question, answer and category that may
// be given.
func TestOnlyWhatIsAllowedBecomesAnAnswer(t *testing.T) {
	for _, q := range posada.Members[posada.Question]() {
		asked := mustAsk(t, nil, asking(1, q))[0]
		for _, a := range question.Answers(q) {
			for _, c := range posada.Members[posada.Category]() {
				in := question.Answering{ID: id(1), Says: a}
				allowed, err := question.Allow(asked, in, posada.SetOf(c))
				if want := c == question.Tells(q, a); (err == nil) != want || (allowed.Said() == in) != want || !want && !errors.Is(err, question.ErrUncovered) {
					t.Errorf("%s to %s, where %s may be given: %v", a, q, c, err)
				}
			}
		}
		if _, err := question.Allow(asked, question.Answering{ID: id(2), Says: posada.AnswerNotSaid}, ^posada.Set[posada.Category](0)); !errors.Is(err, question.ErrNotAsked) {
			t.Errorf("an answer to another question: %v", err)
		}
	}
}

// TestAnAnswerThatWasStoppedMayBeGivenAnew, and one that was read after all is given.
func TestAnAnswerThatWasStoppedMayBeGivenAnew(t *testing.T) {
	by := posada.IDFrom[posada.EventID]([16]byte{9})
	talk := mustAsk(t, nil, asking(1, posada.AskStillNeeded))
	talk, err := talk.Answer(question.Answering{ID: id(1), Says: posada.AnswerYes}, now)
	if err != nil {
		t.Fatal(err)
	}
	talk = talk.Carried(id(1), by)
	if talk.Open() != 0 || talk.Ended(by, true).Open() != 1 || talk.Ended(by, true).Ended(by, false).Open() != 0 || talk.Ended("", true).Open() != 0 {
		t.Error("what was stopped is not open, or what was not is")
	}
	again, err := talk.Ended(by, true).Answer(question.Answering{ID: id(1), Says: posada.AnswerNo}, now)
	if err != nil || again[0].Says != posada.AnswerNo || talk[0].Says != posada.AnswerYes {
		t.Errorf("%v", err)
	}
}

func TestNothingOfItPrints(t *testing.T) {
	const canary = "Xochitl-7f3a91"
	a := question.Asked{Asking: question.Asking{ID: id(1), Asks: posada.AskStillNeeded, Note: canary}, Reply: canary}
	allowed, err := question.Allow(a, question.Answering{ID: id(1), Says: posada.AnswerYes, Note: canary}, posada.SetOf(posada.CategoryNeeds))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{a, a.Asking, a.Note, question.Talk{a}, []question.Asked{a}, allowed, allowed.Said(), struct{ A question.Asked }{a}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, canary) {
				t.Errorf("%T as %s: %s", v, verb, text)
			}
		}
	}
}

func BenchmarkAsk(b *testing.B) {
	talk := mustAsk(b, nil, asking(1, posada.AskMedication))
	a := asking(2, posada.AskWhoComes)
	a.Note = question.Note(strings.Repeat("ñ", question.MaxNote))
	for b.Loop() {
		if _, err := talk.Ask(a, now); err != nil {
			b.Fatal(err)
		}
	}
}
