package town_test

import (
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/services/town"
)

// TestWhatWasPassedOnIsAskedAboutWhereItCameFrom: by whoever passed it on it is answered,
// as far as the grant lets it pass on; and what was said goes with what it came from.
func TestWhatWasPassedOnIsAskedAboutWhereItCameFrom(t *testing.T) {
	t.Parallel()
	laid, w, legal, ngo, shelter := onwardTown(t)
	label, came := share(t, legal, ngo, "Invented Shelter")
	passed := passOn(t, ngo, shelter, came).ID
	for _, word := range []string{"how_to_reach", "documents_with_them"} {
		asks(t, shelter, passed, word)
	}
	answers(t, ngo, passed, "how_to_reach", "through_us")
	arrives(t, shelter, passed, "how_to_reach", "through_us")
	var q client.Question
	eventually(t, "the other question came", func() (came bool) {
		q, came = questionOf(t, ngo, passed, "documents_with_them")
		return came
	})
	if _, err := ngo.AnswerAbout(t.Context(), passed, client.NewReply{Question: string(q.ID), Answer: "yes"}); key(err) != "answer_uncovered" {
		t.Errorf("%v", err)
	}
	if _, err := legal.AnswerAbout(t.Context(), passed, client.NewReply{Question: string(q.ID), Answer: "not_said"}); key(err) != "nothing_there" {
		t.Errorf("whoever did not pass it on answers: %v", err)
	}
	if _, err := legal.Withdraw(t.Context(), client.NewWithdrawal{Case: label}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is gone at both", func() bool {
		a, err := ngo.Referral(t.Context(), passed)
		b, wrong := shelter.Referral(t.Context(), passed)
		s, no := ngo.Status(t.Context())
		o, neither := shelter.Status(t.Context())
		return err == nil && wrong == nil && no == nil && neither == nil && len(a.Questions)+len(b.Questions) == 0 && a.Shredded != nil && s.Waiting+s.AtHub+o.Waiting+o.AtHub == 0
	})
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	sweep(t, laid, "ngo", "shelter")
	for _, key := range []string{"ngo", "shelter"} {
		if n := readable(t, laid, key, noteAsked) + readable(t, laid, key, noteAnswered); n != 0 {
			t.Errorf("%d records of %s say what was asked or answered", n, key)
		}
	}
}

// sweep destroys what nodes that are stopped have given up.
func sweep(t *testing.T, laid town.Laid, keys ...string) {
	t.Helper()
	for _, key := range keys {
		v := storeOf(t, laid, key)
		if _, err := v.Sweep(); err != nil {
			t.Error(err)
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
}
