package placed

import (
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/needs"
)

func (w *world) all() { // carries everything, oldest first
	for n := 0; len(w.letters) > 0 && n < 1000; n++ {
		l := w.letters[0]
		w.letters = w.letters[1:]
		v := handoff.Stop
		w.do(l.from.vault.Update(func(tx *vault.Tx) (err error) {
			v, err = l.sends().Recheck(w.t.Context(), tx, l.to.id, l.event)
			return err
		}))
		if v != handoff.Send {
			w.do(l.from.vault.Update(func(tx *vault.Tx) error { return l.sends().Settled(tx, l.to.id, l.event, handoff.Ended) }))
			continue
		}
		w.say(l.from, l.to, l.event)
	}
}

func (w *world) say(from, to *lane, e event.Event) {
	s := must(e.In(from.id, event.Place{Seq: 1}))
	l := letter{from, to, e}
	err := to.vault.Update(func(tx *vault.Tx) error {
		return l.takes().Handle(w.t.Context(), tx, handoff.Incoming{From: from.id, Statement: s, Came: w.now})
	})
	if err != nil {
		w.t.Logf("%s refused: %v", e.Type(), err)
	}
}

func (w *world) posts(l *lane) posada.NeedID {
	p := must(l.needs.Preview(w.t.Context(), l.by, need.Draft{Profile: need.Profile{Priority: posada.PriorityTonight, Services: posada.SetOf(posada.ServiceShelterEmergency)}}))
	return must(l.needs.Post(w.t.Context(), l.by, p.Digest, "")).ID
}

func (w *world) dorm(l *lane, beds int) {
	must(l.places.Describe(l.by, "dorm", need.Rules{Services: need.Placing(), Interpreters: true, Longest: posada.NightsFrom31}))
	must(l.places.Count(l.by, "dorm", beds))
}

// offers is a need that a shelter with one bed has offered it for, and the asker knows.
func (w *world) offers(ngo, sh *lane) posada.NeedID {
	w.dorm(sh, 1)
	id := w.posts(ngo)
	w.all()
	must(sh.places.Offer(w.t.Context(), sh.by, id, "dorm", 1))
	w.all()
	return id
}

// TestNoLetterEndsAStay: chosen once more after the person came, and then closed.
func TestNoLetterEndsAStay(t *testing.T) {
	w := newWorld(t, 1, 1, 1)
	ngo, sh := w.order[0], w.order[1]
	id := w.offers(ngo, sh)
	must(ngo.needs.Choose(t.Context(), ngo.by, id, sh.id))
	w.all()
	must(sh.places.Arrive(sh.by, id))
	w.all()
	t.Logf("free %d", must(sh.places.Places(sh.by))[0].Free)
	w.say(ngo, sh, must(event.Chosen(w.drawn(), id, w.now)))
	t.Logf("after chosen again: %s", must(sh.places.Show(sh.by, id)).State)
	w.say(ngo, sh, must(event.Closed(w.drawn(), id, w.now)))
	if p := must(sh.places.Places(sh.by))[0]; p.Free != 0 {
		t.Errorf("a letter ended a stay: free %d, placement %s", p.Free, must(sh.places.Show(sh.by, id)).State)
	}
}

func (w *world) drawn() drawing { return drawing{w} }

type drawing struct{ w *world }

func (z drawing) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(z.w.random.Uint32())
	}
	return len(p), nil
}

// TestNobodyKeepsAnothersNeedAwayByItsId: another agency says first that it is closed. A body
// to be feared notes nothing at all.
func TestNobodyKeepsAnothersNeedAwayByItsId(t *testing.T) {
	w := newWorld(t, 1, 2, 1, agency("police", "Invented Police", posada.ClassLawEnforcement, posada.RoleAdvocate))
	ngo, b, hostile, police := w.order[0], w.order[1], w.order[2], w.order[3]
	w.dorm(b, 1)
	id := w.posts(ngo)
	w.say(hostile, b, must(event.Closed(w.drawn(), id, w.now)))
	w.all()
	if r, err := b.places.Show(b.by, id); err != nil || r.State != posada.PlacementAsked {
		t.Errorf("the need is suppressed at the shelter: %s %v", r.State, err)
	}
	for range 50 {
		w.say(police, b, must(event.Closed(w.drawn(), must(posada.NewID[posada.NeedID](w.drawn())), w.now)))
	}
	if n := len(must(b.places.List(b.by, true))); n > 2 {
		t.Errorf("the police made %d records at a shelter", n-2)
	}
}

type fear struct {
	oneCase
	list *[]posada.AgencyID
}

func (f fear) Feared(*vault.Tx, string) ([]posada.AgencyID, error) { return *f.list, nil }

func (w *world) fears(l *lane) *[]posada.AgencyID {
	list := &[]posada.AgencyID{}
	l.needs = needs.New(needs.Config{Agency: l.id, Vault: l.vault, Members: w.members, Policy: w.engine, Decide: w.engine, Cases: oneCase{}, Consents: fear{list: list}, Post: carrier{l}, Now: func() time.Time { return w.now }, Random: w.drawn()})
	return list
}

// TestWhoIsExcludedAfterOfferingIsNotChosen, and is not told that anybody comes.
func TestWhoIsExcludedAfterOfferingIsNotChosen(t *testing.T) {
	w := newWorld(t, 1, 1, 1)
	ngo, sh := w.order[0], w.order[1]
	feared := w.fears(ngo)
	id := w.offers(ngo, sh)
	*feared = append(*feared, sh.id)
	_, err := ngo.needs.Choose(t.Context(), ngo.by, id, sh.id)
	w.all()
	if r := must(sh.places.Show(sh.by, id)); err == nil || r.State == posada.PlacementHeld {
		t.Errorf("whom the person excluded is told that she comes: %s (choose: %v)", r.State, err)
	}
}

// TestWhatNeverReachedSomebodyIsNotClosedToThem: the person excludes an agency while the
// question to it waits, and the need ends.
func TestWhatNeverReachedSomebodyIsNotClosedToThem(t *testing.T) {
	w := newWorld(t, 1, 1, 1)
	ngo, sh := w.order[0], w.order[1]
	feared := w.fears(ngo)
	id := w.posts(ngo)
	*feared = append(*feared, sh.id)
	must(ngo.needs.End(t.Context(), ngo.by, id, posada.NeedWithdrawn))
	w.all()
	if list := must(sh.places.List(sh.by, true)); len(list) > 0 {
		t.Errorf("whom she excluded before anything left has a record: %s", list[0].State)
	}
}

// TestWhatWasReadAfterAllIsClosed: of a question that was stopped post knows only its id; it
// was read all the same, and is closed there.
func TestWhatWasReadAfterAllIsClosed(t *testing.T) {
	w := newWorld(t, 1, 1, 1)
	ngo, sh := w.order[0], w.order[1]
	id := w.posts(ngo)
	q := w.letters[0]
	w.letters = nil
	w.say(ngo, sh, q.event)
	settle := func(e event.Event, how handoff.Ending) {
		w.do(ngo.vault.Update(func(tx *vault.Tx) error { return ngo.needs.Settled(tx, sh.id, e, how) }))
	}
	settle(q.event, handoff.Ended)
	settle(event.Void(q.event.ID(), w.now), handoff.Receipted) // post.clearOne restores w.Event: a void
	must(ngo.needs.End(t.Context(), ngo.by, id, posada.NeedWithdrawn))
	w.all()
	if r := must(sh.places.Show(sh.by, id)); r.State != posada.PlacementClosed {
		t.Errorf("it read the need and is never told that it is closed: %s", r.State)
	}
}

// TestWhoArrivesBeforeTheWordThatAPlaceIsHeldIsThere: the two letters come the other way round.
func TestWhoArrivesBeforeTheWordThatAPlaceIsHeldIsThere(t *testing.T) {
	now := time.Now()
	a := posada.IDFrom[posada.AgencyID]([16]byte{1})
	l := need.Post([]posada.AgencyID{a}, posada.PriorityTonight, now)
	l = must(l.Offer(a, now.Add(time.Hour), now))
	l = must(l.Choose(a, now))
	l = must(l.Take(a, need.Reply{Says: posada.ReplyArrived}, now))
	l = must(l.Take(a, need.Reply{Says: posada.ReplyHeld, Until: now.Add(4 * time.Hour)}, now))
	if l = l.At(now.Add(5 * time.Hour)); l.State != posada.NeedFilled {
		t.Errorf("she is there, and the need is %s; told closed: %d", l.State, len(l.Closed()))
	}
}

// TestAnOfferTakenBackCannotBeChosen, and says why.
func TestAnOfferTakenBackCannotBeChosen(t *testing.T) {
	w := newWorld(t, 1, 1, 1)
	ngo, sh := w.order[0], w.order[1]
	id := w.offers(ngo, sh)
	must(sh.places.Decline(sh.by, id, posada.DeclineOther))
	w.all()
	if v := must(ngo.needs.Show(t.Context(), ngo.by, id)); v.Lines[0].State != posada.AskedDeclined {
		t.Errorf("taken back, it is shown as %s (%s)", v.Lines[0].State, v.Life.State)
	}
}

// TestAPlaceIsGivenBackWhenItIsClosed, at once: somebody else may have it tonight.
func TestAPlaceIsGivenBackWhenItIsClosed(t *testing.T) {
	w := newWorld(t, 1, 1, 1)
	ngo, sh := w.order[0], w.order[1]
	id := w.offers(ngo, sh)
	must(ngo.needs.Choose(t.Context(), ngo.by, id, sh.id))
	w.all()
	if free := must(sh.places.Places(sh.by))[0].Free; free != 0 {
		t.Fatalf("held, and %d are free", free)
	}
	must(ngo.needs.End(t.Context(), ngo.by, id, posada.NeedWithdrawn))
	w.all()
	if p := must(sh.places.Places(sh.by))[0]; p.Free != 1 {
		t.Errorf("the person wants no place any more, and %d are free", p.Free)
	}
}

// TestWhatAnExcludedAgencyOfferedIsRefusedForThePerson, also when it holds the place already: it
// is told what everybody else is told, and no more.
func TestWhatAnExcludedAgencyOfferedIsRefusedForThePerson(t *testing.T) {
	for _, held := range []bool{false, true} {
		w := newWorld(t, 1, 1, 1)
		ngo, sh := w.order[0], w.order[1]
		feared := w.fears(ngo)
		id := w.offers(ngo, sh)
		if held {
			must(ngo.needs.Choose(t.Context(), ngo.by, id, sh.id))
			w.all()
		}
		*feared = append(*feared, sh.id)
		w.do(ngo.needs.Sweep())
		w.all()
		if v := must(ngo.needs.Show(t.Context(), ngo.by, id)); v.Lines[0].State != posada.AskedRefused {
			t.Errorf("held %v: its offer is %s", held, v.Lines[0].State)
		}
		if got := must(sh.places.Show(sh.by, id)).State; got != posada.PlacementClosed || must(sh.places.Places(sh.by))[0].Free != 1 {
			t.Errorf("held %v: at the shelter it is %s", held, got)
		}
	}
}
