package placed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/needs"
	"github.com/posada-exchange/posada/services/node/places"
	"github.com/posada-exchange/posada/services/town"
)

// lane is both units of one agency on a vault of their own, with letters between them
// carried by the test: in any order, as late as it likes.
type lane struct {
	id     posada.AgencyID
	vault  *vault.Vault
	needs  *needs.Needs
	places *places.Places
	by     handoff.Asker
	world  *world
}

// letter is one that was queued.
type letter struct {
	from, to *lane
	event    event.Event
}

type world struct {
	t       *testing.T
	now     time.Time
	members *roster.Current
	engine  *pdp.Current
	lanes   map[posada.AgencyID]*lane
	order   []*lane
	letters []letter
	random  *rand.Rand
	closed  map[string]bool // what letters that say closed have in them, but for their ids
}

// carrier is one agency's way out: letters wait in the world until it carries them.
type carrier struct{ *lane }

func (p carrier) Enqueue(_ *vault.Tx, to posada.AgencyID, e event.Event, _ vault.KeyID) error {
	p.world.letters = append(p.world.letters, letter{p.lane, p.world.lanes[to], e})
	return nil
}

func (p carrier) AtHub(_ *vault.Tx, id posada.EventID) (bool, error) {
	return !slices.ContainsFunc(p.world.letters, func(l letter) bool { return l.event.ID() == id }), nil
}

func (carrier) Wake()                       {}
func (carrier) Review()                     {}
func (carrier) Staleness() posada.Staleness { return posada.StalenessFresh }

// oneCase is the case of every need: what is random here is not whose it is.
type oneCase struct{}

func (oneCase) of() handoff.Case {
	return handoff.Case{ID: posada.IDFrom[posada.CaseID]([16]byte{7}), Label: "wren-19", Assigned: []posada.StaffID{person().ID}}
}

func (c oneCase) Open(*vault.Tx, handoff.Asker) (handoff.Case, error) { return c.of(), nil }
func (c oneCase) Of(*vault.Tx, string) (handoff.Case, error)          { return c.of(), nil }
func (c oneCase) Seen(context.Context, *vault.Tx, handoff.Asker, string) (handoff.Case, error) {
	return c.of(), nil
}

func (c oneCase) Work(context.Context, *vault.Tx, handoff.Asker, string) (handoff.Case, error) {
	return c.of(), nil
}
func (oneCase) Feared(*vault.Tx, string) ([]posada.AgencyID, error) { return nil, nil }

func person() handoff.Asker {
	return handoff.Asker{ID: posada.IDFrom[posada.StaffID]([16]byte{9}), Roles: posada.SetOf(posada.RoleAdvocate)}
}

func newWorld(t *testing.T, ngos, shelters int, seed uint64, more ...town.Agency) *world {
	t.Helper()
	p := plan(ngos, shelters)
	p.Agencies = append(p.Agencies, more...)
	laid, err := town.Lay(t.TempDir(), p, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	decided := must(laid.Decided())
	w := &world{
		t: t, now: time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC), members: roster.NewCurrent(decided),
		engine: pdp.NewCurrent(must(pdp.Shipped())), lanes: map[posada.AgencyID]*lane{},
		random: rand.New(rand.NewPCG(seed, 1)), closed: map[string]bool{},
	}
	random := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	for _, a := range p.Agencies {
		dir := filepath.Join(t.TempDir(), "vault")
		if err := vault.Create(dir, vault.Key([32]byte{1}), random); err != nil {
			t.Fatal(err)
		}
		v, err := vault.Open(dir, vault.Key([32]byte{1}), random)
		if err != nil {
			t.Fatal(err)
		}
		l := &lane{id: laid.Members[a.Key].ID, vault: v, by: person(), world: w}
		t.Cleanup(func() { _ = v.Close() })
		now := func() time.Time { return w.now }
		l.needs = needs.New(needs.Config{Agency: l.id, Vault: v, Members: w.members, Policy: w.engine, Decide: w.engine, Cases: oneCase{}, Consents: oneCase{}, Post: carrier{l}, Now: now, Random: random})
		l.places = places.New(places.Config{Agency: l.id, Vault: v, Members: w.members, Policy: w.engine, Decide: w.engine, Post: carrier{l}, Now: now, Random: random})
		w.lanes[l.id], w.order = l, append(w.order, l)
	}
	return w
}

// sends is the unit that a letter is of at its sender, takes the one at its recipient.
func (l letter) sends() handoff.Unit {
	if l.event.Type() == event.TypeReply {
		return l.from.places
	}
	return l.from.needs
}

func (l letter) takes() handoff.Unit {
	if l.event.Type() == event.TypeReply {
		return l.to.needs
	}
	return l.to.places
}

// carry carries one letter, whichever: its sender decides again, and its recipient takes
// it in, as post would have them.
func (w *world) carry() {
	if len(w.letters) == 0 {
		return
	}
	i := w.random.IntN(len(w.letters))
	l := w.letters[i]
	w.letters = slices.Delete(w.letters, i, i+1)
	verdict, how := handoff.Stop, handoff.Ended
	w.do(l.from.vault.Update(func(tx *vault.Tx) (err error) {
		verdict, err = l.sends().Recheck(w.t.Context(), tx, l.to.id, l.event)
		return err
	}))
	if verdict == handoff.Send {
		how = handoff.Receipted
		s := must(l.event.In(l.from.id, event.Place{Seq: 1}))
		if l.event.Type() == event.TypeClosed {
			w.closed[string(s.Data()[:9])+fmt.Sprint(len(s.Data()))] = true
		}
		err := l.to.vault.Update(func(tx *vault.Tx) error {
			return l.takes().Handle(w.t.Context(), tx, handoff.Incoming{From: l.from.id, Statement: s, Came: w.now})
		})
		if r, waits := err.(*handoff.Refusal); waits && r.Waits {
			w.letters = append(w.letters, l) // what it is about has not come yet
			return
		}
		w.do(err)
	}
	w.do(l.from.vault.Update(func(tx *vault.Tx) error { return l.sends().Settled(tx, l.to.id, l.event, how) }))
}

// do fails on a defect; what is only refused is part of the game.
func (w *world) do(err error) {
	w.t.Helper()
	if err != nil && fault.From(err).Code == fault.Internal {
		w.t.Fatal(err)
	}
}

// pick is one of a list, if there is one.
func pick[T any](w *world, list []T) (one T, is bool) {
	if len(list) == 0 {
		return one, false
	}
	return list[w.random.IntN(len(list))], true
}

// asks is something that a person does at an agency that asks.
func (w *world) asks(l *lane) {
	list := must(l.needs.List(w.t.Context(), l.by))
	v, is := pick(w, list)
	line, _ := pick(w, v.Lines)
	if open := slices.DeleteFunc(slices.Clone(v.Lines), func(l need.Line) bool { return l.State != posada.AskedOffers }); len(open) > 0 && w.random.IntN(8) > 0 {
		line, _ = pick(w, open)
	}
	switch n := w.random.IntN(20); {
	case !is || n < 3 && len(list) < 12:
		p := must(l.needs.Preview(w.t.Context(), l.by, need.Draft{Profile: need.Profile{
			Priority: posada.Members[posada.Priority]()[w.random.IntN(4)], Services: posada.SetOf(posada.ServiceShelterEmergency),
			Size: posada.Members[posada.HouseholdSize]()[w.random.IntN(2)],
		}}))
		_, err := l.needs.Post(w.t.Context(), l.by, p.Digest, "")
		w.do(err)
	case n < 18:
		_, err := l.needs.Choose(w.t.Context(), l.by, v.ID, line.Agency)
		w.do(err)
	case n < 19:
		_, err := l.needs.Refuse(w.t.Context(), l.by, v.ID, line.Agency, "")
		w.do(err)
	default:
		how, _ := pick(w, posada.Members[posada.NeedState]())
		_, err := l.needs.End(w.t.Context(), l.by, v.ID, how)
		w.do(err)
	}
}

// answers is something that a person does at a shelter.
func (w *world) answers(l *lane) {
	r, is := pick(w, must(l.places.List(l.by, true)))
	if !is {
		return
	}
	var err error
	switch n := w.random.IntN(20); {
	case n < 14:
		_, err = l.places.Offer(w.t.Context(), l.by, r.ID, "dorm", 0)
	case n < 15:
		_, err = l.places.Decline(l.by, r.ID, posada.DeclineOther)
	default:
		_, err = l.places.Arrive(l.by, r.ID)
	}
	w.do(err)
}

// check holds what is promised against the beds there are, from both sides.
func (w *world) check(beds int) {
	w.t.Helper()
	held := map[posada.AgencyID]int{}
	for _, l := range w.order {
		for _, v := range must(l.needs.List(w.t.Context(), l.by)) {
			if v.Life.State == posada.NeedOfferSelected && !v.Life.Held.IsZero() {
				held[v.Life.Chosen] += v.Profile.Size.Beds()
			}
		}
		for _, p := range must(l.places.Places(l.by)) {
			if p.Free < 0 || p.Free+p.Held != beds {
				w.t.Fatalf("of %d beds %d are free and %d held", beds, p.Free, p.Held)
			}
		}
	}
	for a, n := range held {
		if n > beds {
			w.t.Fatalf("%d beds of %s are counted on; it has %d", n, a, beds)
		}
	}
}

// TestLettersInAnyOrderPromiseNoBedTwice lets letters come in any order and as late as they
// like, while people at two agencies that ask and three that are asked do whatever they
// may, and time passes. At the end nothing is left open.
func TestLettersInAnyOrderPromiseNoBedTwice(t *testing.T) {
	t.Parallel()
	const beds = 2
	for seed := range *seeds {
		w := newWorld(t, 2, 3, seed)
		for _, l := range w.order[2:] {
			rules := need.Rules{Services: need.Placing(), With: posada.SetOf(posada.Members[posada.HouseholdKind]()...), Longest: posada.NightsFrom31, Interpreters: true}
			must(l.places.Describe(l.by, "dorm", rules))
			must(l.places.Count(l.by, "dorm", beds))
		}
		for range 300 {
			switch n := w.random.IntN(16); {
			case n < 3:
				w.asks(w.order[w.random.IntN(2)])
			case n < 6:
				w.answers(w.order[2+w.random.IntN(3)])
			case n < 7:
				w.now = w.now.Add(time.Duration(w.random.IntN(25)) * time.Minute)
			case n < 8:
				l := w.order[w.random.IntN(len(w.order))]
				w.do(l.needs.Sweep())
				w.do(l.places.Sweep())
			default:
				w.carry()
			}
			w.check(beds)
		}
		w.end()
	}
}

// end lets all letters come and all time pass.
func (w *world) end() {
	for range 3 {
		for n := 0; len(w.letters) > 0 && n < 20000; n++ {
			w.carry()
		}
		w.now = w.now.Add(15 * 24 * time.Hour)
		for _, l := range w.order {
			w.do(l.needs.Sweep())
			w.do(l.places.Sweep())
		}
	}
	if len(w.letters) > 0 {
		w.t.Errorf("%d letters never end", len(w.letters))
	}
	ended := map[posada.NeedState]int{}
	for _, l := range w.order {
		for _, v := range must(l.needs.List(w.t.Context(), l.by)) {
			ended[v.Life.State]++
			if !v.Life.State.Over() {
				w.t.Errorf("a need is %s for ever", v.Life.State)
			}
		}
		for _, r := range must(l.places.List(l.by, true)) {
			if !r.State.Over() {
				w.t.Errorf("at a shelter one is %s for ever", r.State)
			}
		}
	}
	if len(w.closed) > 1 {
		w.t.Errorf("letters that say closed differ: %v", w.closed)
	}
	w.t.Logf("needs ended %v", ended)
}
