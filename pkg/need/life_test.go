package need_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

// letter is something on its way between whoever asked and a shelter. It may come late
// and more than once, and is lost never: who sent it sends it again.
type letter struct {
	kind  string // to a shelter: choose, closed; from one: offer, decline, hold, gone
	need  posada.NeedID
	with  posada.AgencyID
	until time.Time
}

// world is needs, shelters with a few beds each, and letters that are under way.
type world struct {
	*rapid.T
	now      time.Time
	lives    map[posada.NeedID]need.Life
	beds     map[posada.AgencyID]need.Beds
	letters  []letter
	told     map[letter]bool // closed: once for each need and shelter
	arrived  map[posada.NeedID]posada.AgencyID
	shelters []posada.AgencyID
	needs    []posada.NeedID
}

func newWorld(t *rapid.T) *world {
	w := &world{
		T: t, now: time.Date(2026, 11, 30, 23, 40, 0, 0, time.UTC), lives: map[posada.NeedID]need.Life{}, beds: map[posada.AgencyID]need.Beds{},
		told: map[letter]bool{}, arrived: map[posada.NeedID]posada.AgencyID{},
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "shelters") {
		id := posada.AgencyID(fmt.Sprint("shelter ", i))
		w.shelters = append(w.shelters, id)
		w.beds[id] = need.Beds{Total: rapid.IntRange(0, 2).Draw(t, "beds")}
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "needs") {
		id := posada.NeedID(fmt.Sprint("need ", i))
		w.needs = append(w.needs, id)
		w.lives[id] = need.Post(w.shelters, rapid.SampledFrom([]posada.Priority{posada.PriorityTonight, posada.PriorityEmergency}).Draw(t, "priority"), w.now)
	}
	return w
}

func (w *world) aNeed() posada.NeedID { return rapid.SampledFrom(w.needs).Draw(w.T, "need") }
func (w *world) aShelter() posada.AgencyID {
	return rapid.SampledFrom(w.shelters).Draw(w.T, "shelter")
}

// keep takes a need's life and queues what it says is to be told.
func (w *world) keep(id posada.NeedID, l need.Life) {
	w.lives[id] = l
	for _, a := range l.Closed() {
		if c := (letter{kind: "closed", need: id, with: a}); !w.told[c] {
			w.told[c] = true
			w.letters = append(w.letters, c)
		}
	}
}

// deliver carries out what a letter says.
func (w *world) deliver(l letter) {
	life := w.lives[l.need]
	switch l.kind {
	case "offer":
		after, err := life.Offer(l.with, l.until, w.now)
		w.must(err)
		w.keep(l.need, after)
	case "decline":
		after, err := life.Decline(l.with, posada.DeclineLackOfCapacity, w.now)
		w.must(err)
		w.keep(l.need, after)
	case "choose":
		beds, until := w.beds[l.with].Hold(l.need, 1, w.now)
		w.beds[l.with] = beds
		if until.IsZero() {
			w.letters = append(w.letters, letter{kind: "gone", need: l.need, with: l.with})
		} else {
			w.letters = append(w.letters, letter{kind: "hold", need: l.need, with: l.with, until: until})
		}
	case "hold":
		w.keep(l.need, life.Hold(l.with, l.until, w.now))
	case "gone":
		w.keep(l.need, life.Lose(l.with, w.now))
	case "closed":
		if w.arrived[l.need] == l.with {
			w.Fatal("who took somebody in was told that it is closed")
		}
		w.beds[l.with] = w.beds[l.with].Release(l.need)
	}
}

func (w *world) must(err error) {
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) acts() map[string]func(*rapid.T) {
	said := func(step func(need.Life) (need.Life, error), ok ...error) func(*rapid.T) {
		return func(*rapid.T) {
			id := w.aNeed()
			after, err := step(w.lives[id])
			if err != nil && !slices.ContainsFunc(ok, func(o error) bool { return errors.Is(err, o) }) {
				w.Fatal(err)
			}
			w.keep(id, after)
		}
	}
	return map[string]func(*rapid.T){
		"offer": func(*rapid.T) {
			w.letters = append(w.letters, letter{kind: "offer", need: w.aNeed(), with: w.aShelter(), until: w.now.Add(time.Hour)})
		},
		"offer and choose": func(*rapid.T) {
			id, a := w.aNeed(), w.aShelter()
			w.deliver(letter{kind: "offer", need: id, with: a, until: w.now.Add(time.Hour)})
			if after, err := w.lives[id].Choose(a, w.now); err == nil {
				w.keep(id, after)
				w.letters = append(w.letters, letter{kind: "choose", need: id, with: a})
			}
		},
		"all in their order": func(*rapid.T) {
			for range len(w.letters) {
				l := w.letters[0]
				w.letters = w.letters[1:]
				w.deliver(l)
			}
		},
		"decline": func(*rapid.T) {
			w.letters = append(w.letters, letter{kind: "decline", need: w.aNeed(), with: w.aShelter()})
		},
		"choose": func(*rapid.T) {
			id, a := w.aNeed(), w.aShelter()
			after, err := w.lives[id].Choose(a, w.now)
			if err == nil {
				w.letters = append(w.letters, letter{kind: "choose", need: id, with: a})
			}
			w.keep(id, after)
		},
		"refuse": said(func(l need.Life) (need.Life, error) { return l.Refuse(w.aShelter(), w.now) }, need.ErrOver, need.ErrNoOffer),
		"end": said(func(l need.Life) (need.Life, error) {
			switch rapid.IntRange(0, 7).Draw(w.T, "end") {
			case 0:
				return l.GiveUp(w.now)
			case 1:
				return l.Withdraw(w.now)
			}
			return l, nil
		}, need.ErrOver),
		"arrive": func(*rapid.T) { // the shelter says so, and whoever asked hears it at once
			id := w.aNeed()
			l := w.lives[id].At(w.now)
			if l.Held.IsZero() || l.State.Over() {
				return
			}
			beds, ok := w.beds[l.Chosen].Arrive(id, w.now)
			if !ok {
				w.Fatal("the place was held, and is not held there")
			}
			w.beds[l.Chosen], w.arrived[id] = beds, l.Chosen
			after, err := l.Fill(w.now)
			w.must(err)
			w.keep(id, after)
		},
		"deliver": func(t *rapid.T) {
			if len(w.letters) == 0 {
				return
			}
			at := rapid.IntRange(0, len(w.letters)-1).Draw(t, "letter")
			l := w.letters[at]
			if rapid.Bool().Draw(t, "and it stays") {
				w.letters = slices.Delete(w.letters, at, at+1)
			}
			w.deliver(l)
		},
		"time": func(t *rapid.T) {
			w.now = w.now.Add(rapid.SampledFrom([]time.Duration{time.Minute, 20 * time.Minute, 2 * time.Hour}).Draw(t, "for"))
			for id, l := range w.lives {
				w.keep(id, l.At(w.now))
			}
		},
	}
}

// TestNoBedIsHeldTwiceAndEveryNeedEnds plays needs against shelters with letters that
// come late, twice and in any order. No shelter holds more than it has; an end stays
// one; who is to be told that a need is closed is told for good; and when all time is
// over and all letters came, a bed is held for whoever is there, and for nobody else.
func TestNoBedIsHeldTwiceAndEveryNeedEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		acts := w.acts()
		ended, closed := map[posada.NeedID]posada.NeedState{}, map[posada.NeedID][]posada.AgencyID{}
		acts[""] = func(t *rapid.T) {
			for a, b := range w.beds {
				if b.Free(w.now) < 0 {
					t.Fatalf("%s holds more than it has", a)
				}
			}
			for id, l := range w.lives {
				if was := ended[id]; was != "" && l.State != was {
					t.Fatalf("from %s to %s", was, l.State)
				}
				if l.State.Over() {
					ended[id] = l.State
				}
				for _, a := range closed[id] {
					if !slices.Contains(l.Closed(), a) {
						t.Fatalf("%s was told that it is closed, and is not any more", a)
					}
				}
				closed[id] = l.Closed()
				if next := l.Next(w.now); l.At(w.now).State.Over() != next.IsZero() || !next.IsZero() && !next.After(w.now) {
					t.Fatalf("%s has %v next, at %v", l.State, next, w.now)
				}
			}
		}
		t.Repeat(acts)
		for _, id := range w.needs { // in the end
			w.now = w.now.Add(need.HoldLasts + 24*time.Hour)
			w.keep(id, w.lives[id].At(w.now))
		}
		for len(w.letters) > 0 {
			l := w.letters[0]
			w.letters = w.letters[1:]
			w.deliver(l)
		}
		there := map[posada.AgencyID]int{}
		for id, l := range w.lives {
			if !l.State.Over() || (l.State == posada.NeedFilled) != (w.arrived[id] != "") {
				t.Fatalf("%s is %s", id, l.State)
			}
			if a := w.arrived[id]; a != "" {
				there[a]++
			}
		}
		for a, b := range w.beds {
			if len(b.Held) != there[a] || b.Free(w.now) != b.Total-there[a] {
				t.Fatalf("%s holds %d for %d who are there", a, len(b.Held), there[a])
			}
		}
	})
}

// TestEachStepLeavesTheLifeItIsOfAsItWas, so that a transaction that fails kept it.
func TestEachStepLeavesTheLifeItIsOfAsItWas(t *testing.T) {
	now := time.Date(2026, 11, 30, 23, 40, 0, 0, time.UTC)
	l := need.Post([]posada.AgencyID{"a", "b"}, posada.PriorityTonight, now)
	l, _ = l.Offer("a", now.Add(time.Hour), now)
	l, _ = l.Decline("b", posada.DeclineLackOfCapacity, now)
	chosen, err := l.Choose("a", now)
	if err != nil || !reflect.DeepEqual(l.Offers["a"].Until, now.Add(need.OfferLasts)) {
		t.Fatal(err, l.Offers)
	}
	before := fmt.Sprintf("%+v", chosen)
	chosen.Lose("a", now)
	if _, err := chosen.Refuse("a", now); err != nil {
		t.Fatal(err)
	}
	chosen.Hold("a", now.Add(time.Hour), now)
	if after := fmt.Sprintf("%+v", chosen); after != before {
		t.Errorf("%s became %s", before, after)
	}
	b := need.Beds{Total: 1}
	held, until := b.Hold("n", 1, now)
	if again, same := held.Hold("n", 1, now.Add(time.Minute)); until.IsZero() || !same.Equal(until) || b.Free(now) != 1 || again.Free(now) != 0 {
		t.Errorf("held until %v, again until %v", until, same)
	}
	held.Arrive("n", now)
	held.Release("n")
	if held.Held["n"].Until.IsZero() || held.Over["n"] {
		t.Error("what was only asked was done")
	}
	there, ok := held.Arrive("n", now)
	if later := now.Add(need.HoldLasts); !ok || there.Free(later) != 0 || held.Free(later) != 1 {
		t.Error("whoever came has no bed after the hold's time, or whoever did not has one")
	}
	if _, ok := held.Arrive("n", now.Add(need.HoldLasts)); ok {
		t.Error("somebody came to a place that was held no more")
	}
	if _, until := held.Release("n").Hold("n", 1, now); !until.IsZero() {
		t.Error("a need that was closed holds a bed again")
	}
}

// TestNothingOfANeedIsOpenAfterItsTime tries each end and each thing that cannot be
// done any more.
func TestNothingOfANeedIsOpenAfterItsTime(t *testing.T) {
	now := time.Date(2026, 11, 30, 23, 40, 0, 0, time.UTC)
	asked := []posada.AgencyID{"a", "b"}
	posted := need.Post(asked, posada.PriorityTonight, now)
	offered, err := posted.Offer("a", now.Add(time.Hour), now)
	if err != nil || offered.State != posada.NeedOffersOpen {
		t.Fatal(offered.State, err)
	}
	if _, err := posted.Offer("c", now.Add(time.Hour), now); !errors.Is(err, need.ErrNotAsked) {
		t.Error(err)
	}
	if _, err := posted.Decline("c", posada.DeclineOther, now); !errors.Is(err, need.ErrNotAsked) {
		t.Error(err)
	}
	chosen, err := offered.Choose("a", now)
	if err != nil || chosen.State != posada.NeedOfferSelected || len(chosen.Closed()) != 0 {
		t.Fatal(chosen.State, err)
	}
	held := chosen.Hold("a", now.Add(24*time.Hour), now)
	if !held.Held.Equal(now.Add(need.HoldLasts)) || !slices.Equal(held.Closed(), []posada.AgencyID{"b"}) {
		t.Errorf("held until %v, %v closed", held.Held, held.Closed())
	}
	for name, c := range map[string]struct {
		life need.Life
		at   time.Duration
		want posada.NeedState
	}{
		"nobody offered":           {posted, 2 * time.Hour, posada.NeedNoPlacementFound},
		"an offer lapsed":          {offered, need.OfferLasts, posada.NeedPosted},
		"nobody chose":             {offered, 2 * time.Hour, posada.NeedExpired},
		"no answer to the choice":  {chosen, 2 * time.Hour, posada.NeedExpired},
		"held after the need's":    {held, 3 * time.Hour, posada.NeedOfferSelected},
		"nobody came to the place": {held, need.HoldLasts, posada.NeedExpired},
		"just before":              {posted, 2*time.Hour - 1, posada.NeedPosted},
	} {
		if is := c.life.At(now.Add(c.at)); is.State != c.want || is.State.Over() && !slices.Equal(is.Closed(), asked) {
			t.Errorf("%s: %s, %v closed", name, is.State, is.Closed())
		}
	}
	for name, err := range map[string]error{
		"a lapsed offer is chosen": second(offered.Choose("a", now.Add(need.OfferLasts))), "no offer is refused": second(posted.Refuse("a", now)),
	} {
		if !errors.Is(err, need.ErrNoOffer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := chosen.Choose("a", now); !errors.Is(err, need.ErrChosen) {
		t.Error(err)
	}
	if _, err := chosen.Fill(now); !errors.Is(err, need.ErrNotHeld) {
		t.Error(err)
	}
	refused, err := held.Refuse("a", now)
	if err != nil || refused.State != posada.NeedExpired || !slices.Equal(refused.Closed(), asked) {
		t.Error(refused.State, err)
	}
	if _, err := refused.Withdraw(now); !errors.Is(err, need.ErrOver) {
		t.Error(err)
	}
	if again := held.Lose("a", now); again.Chosen != "a" {
		t.Error("a place that is held was gone after all")
	}
	if again := held.Hold("a", now.Add(time.Hour), now); !again.Held.Equal(held.Held) {
		t.Error("the second word of a hold counts")
	}
	both, err := offered.Offer("b", now.Add(time.Hour), now)
	if err != nil {
		t.Fatal(err)
	}
	if other, err := both.Choose("b", now); err != nil || !other.Hold("a", now.Add(time.Hour), now).Held.IsZero() || other.Lose("a", now).Chosen != "b" {
		t.Error("an agency that was not chosen held the place, or lost it", err)
	}
	if no, err := offered.Refuse("a", now); err != nil || !errors.Is(second(no.Refuse("a", now)), need.ErrNoOffer) {
		t.Error("an offer is refused twice", err)
	}
	if no, err := chosen.Refuse("a", now); err != nil || no.State != posada.NeedPosted || !slices.Equal(no.Closed(), []posada.AgencyID{"a"}) {
		t.Error(no.State, no.Closed(), err)
	}
}

func second(_ need.Life, err error) error { return err }

// TestWhomThePersonTookItBackFromHoldsNothing: its question, its offer and its hold are over,
// for it alone while it was not chosen; that it was asked is no answer of anybody's.
func TestWhomThePersonTookItBackFromHoldsNothing(t *testing.T) {
	now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	const a, b posada.AgencyID = "a", "b"
	posted := need.Post([]posada.AgencyID{a, b}, posada.PriorityTonight, now)
	left := posted.Leave(a, now)
	if !slices.Equal(left.Closed(), []posada.AgencyID{a}) || left.State != posada.NeedPosted {
		t.Errorf("asked: %v are told, it is %s", left.Closed(), left.State)
	}
	if after, err := left.Offer(a, now.Add(time.Hour), now); err != nil || len(after.Offers) != 0 {
		t.Errorf("its offer counts, %v", err)
	}
	if ended := left.At(now.Add(3 * time.Hour)); ended.State != posada.NeedNoPlacementFound {
		t.Errorf("nobody offered, and it is %s", ended.State)
	}
	offered, err := posted.Offer(a, now.Add(time.Hour), now)
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := offered.Choose(a, now)
	if err != nil {
		t.Fatal(err)
	}
	if held := chosen.Hold(a, now.Add(time.Hour), now).Leave(a, now); held.State != posada.NeedExpired || len(held.Closed()) != 2 {
		t.Errorf("held, it is %s, and %v are told", held.State, held.Closed())
	}
	if gone := chosen.Leave(a, now); gone.Chosen != "" || gone.State != posada.NeedPosted {
		t.Errorf("chosen, it is %s", gone.State)
	}
	if other := chosen.Leave("c", now); !reflect.DeepEqual(other, chosen) {
		t.Error("whom nobody asked changes it")
	}
}
