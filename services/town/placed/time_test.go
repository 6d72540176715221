package placed

import (
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestAChoiceThatComesLateIsAnsweredGone: a few minutes late it was on its way and counts;
// after that the place was promised to nobody, though it may be free.
func TestAChoiceThatComesLateIsAnsweredGone(t *testing.T) {
	for late, want := range map[time.Duration]posada.PlacementState{
		34 * time.Minute: posada.PlacementHeld, 36 * time.Minute: posada.PlacementGone,
	} {
		w := newWorld(t, 1, 1, 1)
		ngo, sh := w.order[0], w.order[1]
		w.dorm(sh, 1)
		id := w.posts(ngo)
		w.all()
		must(sh.places.Offer(t.Context(), sh.by, id, "dorm", 1))
		w.now = w.now.Add(late)
		w.say(ngo, sh, must(event.Chosen(w.drawn(), id, w.now)))
		if got := must(sh.places.Show(sh.by, id)).State; got != want {
			t.Errorf("chosen after %v it is %s", late, got)
		}
	}
}

// TestADeclineStandsWhateverIsChosen: who declined before the choice came says so once more.
func TestADeclineStandsWhateverIsChosen(t *testing.T) {
	w := newWorld(t, 1, 1, 1)
	ngo, sh := w.order[0], w.order[1]
	w.dorm(sh, 1)
	id := w.posts(ngo)
	w.all()
	must(sh.places.Decline(sh.by, id, posada.DeclineOther))
	w.say(ngo, sh, must(event.Chosen(w.drawn(), id, w.now)))
	if got := must(sh.places.Show(sh.by, id)).State; got != posada.PlacementDeclined {
		t.Errorf("it is %s", got)
	}
	if p := must(sh.places.Places(sh.by))[0]; p.Free != 1 {
		t.Errorf("%d are free", p.Free)
	}
}

// TestTimeAloneEndsANeedCountsItAndTellsWhoHoldsAPlace: nobody has to look at it.
func TestTimeAloneEndsANeedCountsItAndTellsWhoHoldsAPlace(t *testing.T) {
	w := newWorld(t, 1, 1, 1)
	ngo, sh := w.order[0], w.order[1]
	w.dorm(sh, 1)
	id, nobody := w.posts(ngo), w.posts(ngo)
	w.all()
	must(sh.places.Offer(t.Context(), sh.by, id, "dorm", 1))
	w.all()
	must(ngo.needs.Choose(t.Context(), ngo.by, id, sh.id))
	w.all()
	w.now = w.now.Add(4*time.Hour + time.Minute)
	w.do(ngo.needs.Sweep())
	w.all()
	ended := map[posada.NeedState]int{}
	for _, c := range must(ngo.needs.Counts()) {
		ended[c.Ended] += c.Needs
	}
	if ended[posada.NeedExpired] != 1 || ended[posada.NeedNoPlacementFound] != 1 {
		t.Errorf("counted %v", ended)
	}
	for _, id := range []posada.NeedID{id, nobody} {
		if got := must(sh.places.Show(sh.by, id)).State; got != posada.PlacementClosed {
			t.Errorf("at the shelter it is %s", got)
		}
	}
}

// TestNobodyOffersWhatIsNotFree: beds that are promised are not, nor more than there are.
func TestNobodyOffersWhatIsNotFree(t *testing.T) {
	w := newWorld(t, 1, 1, 1)
	ngo, sh := w.order[0], w.order[1]
	w.dorm(sh, 1)
	first, second := w.posts(ngo), w.posts(ngo)
	w.all()
	if _, err := sh.places.Offer(t.Context(), sh.by, first, "dorm", 2); fault.From(err).Key != fault.PlaceNotFree {
		t.Errorf("two of one: %v", err)
	}
	must(sh.places.Offer(t.Context(), sh.by, first, "dorm", 1))
	w.all()
	must(ngo.needs.Choose(t.Context(), ngo.by, first, sh.id))
	w.all()
	if _, err := sh.places.Offer(t.Context(), sh.by, second, "dorm", 1); fault.From(err).Key != fault.PlaceNotFree {
		t.Errorf("one that is promised: %v", err)
	}
}

// TestWhoIsOnCallIsToldOfEachStepOnce: for ten minutes after it came due, and not while
// there is an offer to choose.
func TestWhoIsOnCallIsToldOfEachStepOnce(t *testing.T) {
	w := newWorld(t, 1, 1, 1)
	ngo, sh := w.order[0], w.order[1]
	w.dorm(sh, 1)
	id, start, tells := w.posts(ngo), w.now, 0
	w.all()
	for minute := range 80 {
		w.now = start.Add(time.Duration(minute) * time.Minute)
		tells += must(ngo.needs.Waiting())
	}
	steps := len(w.engine.Get().Silence()[posada.PriorityTonight]) - 1 // it says no region
	if tells < 10*(steps-1) || tells > 10*steps {
		t.Errorf("in 80 minutes with %d steps %d minutes tell", steps, tells)
	}
	w.now = start.Add(16 * time.Minute)
	must(sh.places.Offer(t.Context(), sh.by, id, "dorm", 1))
	w.all()
	if n := must(ngo.needs.Waiting()); n != 0 {
		t.Errorf("there is an offer, and %d wait", n)
	}
}
