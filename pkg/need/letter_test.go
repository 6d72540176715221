package need

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/posada"
)

// TestAReplyTakesTheStepItNames, and one of no known word takes none.
func TestAReplyTakesTheStepItNames(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	shelter := posada.IDFrom[posada.AgencyID]([16]byte{1})
	fresh := Post([]posada.AgencyID{shelter}, posada.PriorityTonight, now)
	take := func(l Life, r Reply) Life {
		t.Helper()
		after, err := l.Take(shelter, r, now)
		if err != nil {
			t.Fatal(err)
		}
		return after
	}
	offered := take(fresh, Reply{Says: posada.ReplyOffer, Until: now.Add(time.Hour)})
	chosen, err := offered.Choose(shelter, now)
	if err != nil {
		t.Fatal(err)
	}
	held := take(chosen, Reply{Says: posada.ReplyHeld, Until: now.Add(time.Hour)})
	for name, c := range map[string]struct{ got, want posada.NeedState }{
		"an offer":                 {offered.State, posada.NeedOffersOpen},
		"a no":                     {take(fresh, Reply{Says: posada.ReplyDeclined, Reason: posada.DeclineOther}).State, posada.NeedPosted},
		"held":                     {held.State, posada.NeedOfferSelected},
		"gone":                     {take(chosen, Reply{Says: posada.ReplyGone}).State, posada.NeedPosted},
		"arrived":                  {take(held, Reply{Says: posada.ReplyArrived}).State, posada.NeedFilled},
		"arrived before held came": {take(take(chosen, Reply{Says: posada.ReplyArrived}), Reply{Says: posada.ReplyHeld, Until: now.Add(time.Hour)}).State, posada.NeedFilled},
		"arrived and not chosen":   {take(offered, Reply{Says: posada.ReplyArrived}).State, posada.NeedOffersOpen},
		"taken back":               {take(offered, Reply{Says: posada.ReplyDeclined, Reason: posada.DeclineOther}).State, posada.NeedPosted},
		"taken back when chosen":   {take(chosen, Reply{Says: posada.ReplyDeclined, Reason: posada.DeclineOther}).State, posada.NeedOfferSelected},
		"held and not chosen":      {take(offered, Reply{Says: posada.ReplyHeld, Until: now.Add(time.Hour)}).State, posada.NeedOffersOpen},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s", name, c.got)
		}
	}
	if _, err := fresh.Take(shelter, Reply{Says: "maybe"}, now); !errors.Is(err, ErrLetter) {
		t.Error(err)
	}
	met := take(chosen, Reply{Says: posada.ReplyHeld, Until: now.Add(time.Hour), Meet: posada.MeetWeCall})
	if again := take(met, Reply{Says: posada.ReplyHeld, Until: now.Add(time.Hour), Meet: posada.MeetInPublic}); met.Meet != posada.MeetWeCall || again.Meet != met.Meet {
		t.Errorf("how one meets is %q, and after the same again %q", met.Meet, again.Meet)
	}
	for _, r := range []Reply{
		{Need: "n", Says: posada.ReplyOffer, Until: now, Meet: posada.MeetWeCall}, {Need: "n", Says: posada.ReplyGone, Meet: posada.MeetWeCall},
		{Need: "n", Says: posada.ReplyHeld, Until: now, Meet: "Calle Inventada 12"},
	} {
		if r.Check() == nil {
			t.Errorf("it is let pass: %+v", r)
		}
	}
	if take(fresh, Reply{Says: posada.ReplyDeclined, Reason: posada.DeclineLanguage}).Declined[shelter] != posada.DeclineLanguage {
		t.Error("the reason is lost")
	}
}

// TestAnOfferThatLapsedMayBeMadeAnew, and an old letter does not make it last longer.
func TestAnOfferThatLapsedMayBeMadeAnew(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	shelter := posada.IDFrom[posada.AgencyID]([16]byte{1})
	l, err := Post([]posada.AgencyID{shelter}, posada.PriorityTonight, now).Offer(shelter, now.Add(OfferLasts), now)
	if err != nil {
		t.Fatal(err)
	}
	later := now.Add(OfferLasts)
	again, err := l.Offer(shelter, now.Add(OfferLasts), later)
	if err != nil || again.State != posada.NeedPosted {
		t.Errorf("the letter of before: %s, %v", again.State, err)
	}
	anew, err := l.Offer(shelter, later.Add(OfferLasts), later)
	if err != nil || anew.State != posada.NeedOffersOpen {
		t.Errorf("an offer anew: %s, %v", anew.State, err)
	}
}

// TestAfterACountSoManyAreFree, whoever came before and whatever is promised.
func TestAfterACountSoManyAreFree(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	rapid.Check(t, func(r *rapid.T) {
		b := Beds{Total: rapid.IntRange(0, 9).Draw(r, "total")}
		at := now
		for i := range byte(rapid.IntRange(0, 9).Draw(r, "needs")) {
			id := posada.IDFrom[posada.NeedID]([16]byte{i})
			b, _ = b.Hold(id, 1+int(i)%3, at)
			if rapid.Bool().Draw(r, "came") {
				b, _ = b.Arrive(id, at)
			}
			at = at.Add(time.Duration(rapid.IntRange(0, 3).Draw(r, "hours")) * time.Hour)
		}
		promised := 0
		for _, h := range b.Held {
			if !h.Until.IsZero() && h.at(at) {
				promised += h.Beds
			}
		}
		free := rapid.IntRange(0, 9).Draw(r, "free")
		after := b.Count(free, at)
		if after.Free(at) != free || after.Total-free != promised {
			r.Fatalf("%d free of %d, %d promised; counted %d", after.Free(at), after.Total, promised, free)
		}
		for id := range b.Over {
			after = after.Forget(id)
		}
		if after.Free(at) != free {
			r.Fatal("to forget what is over changed what is free")
		}
	})
}
