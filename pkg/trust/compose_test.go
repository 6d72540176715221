package trust_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// members draws a roster of up to four members out of few values, so that two
// drawn ones often agree in part.
func members(t *rapid.T, label string) roster.Snapshot {
	s := snapshot(posada.NetworkID(agency(90)), 1, byte(rapid.IntRange(0, 4).Draw(t, label+" members")))
	small := func(what string) byte { return byte(rapid.SampledFrom([]int{0, 0, 0, 0, 1}).Draw(t, label+" "+what)) }
	for i := range s.Agencies {
		a := &s.Agencies[i]
		a.Class = rapid.SampledFrom([]posada.AgencyClass{posada.ClassNGO, posada.ClassNGO, posada.ClassShelter, posada.ClassBorder, posada.ClassMilitary, "unknown"}).Draw(t, label+" class")
		a.Standing = rapid.SampledFrom([]posada.Standing{posada.StandingActive, posada.StandingActive, posada.StandingSuspended, posada.StandingRemoved, "unknown", ""}).Draw(t, label+" standing")
		a.Mailbox[0] += small("mailbox")
		a.Identity = key(byte(i) + 100*small("identity")).Public()
	}
	if small("hub") == 1 {
		s.Hub.Receipt = jose.PublicKey{}
	}
	return s
}

func brakes(t *rapid.T) []trust.SeenBrake {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) trust.SeenBrake {
		return trust.SeenBrake{Brake: trust.Brake{
			Suspend: rapid.SliceOf(rapid.Map(rapid.ByteRange(1, 5), agency)).Draw(t, "suspend"),
			Until:   start.Unix() + int64(rapid.IntRange(-2, 2).Draw(t, "until")),
		}}
	}), 0, 3).Draw(t, "brakes")
}

// next draws a roster anew, or, as often, what is left of one when something was taken away:
// two that are drawn apart are hardly ever one narrower than the other.
func next(t *rapid.T, before roster.Snapshot, label string) roster.Snapshot {
	if rapid.Bool().Draw(t, label+" anew") {
		return members(t, label)
	}
	after := before
	after.Agencies = slices.Clone(before.Agencies[:rapid.IntRange(0, len(before.Agencies)).Draw(t, label+" stay")])
	for i := range after.Agencies {
		if rapid.Bool().Draw(t, label+" is removed") {
			after.Agencies[i].Standing = posada.StandingRemoved
		}
	}
	return after
}

func TestNarrowStepsNeverAddUpToAWideOne(t *testing.T) {
	narrow := 0
	rapid.Check(t, func(t *rapid.T) {
		a := members(t, "a")
		b := next(t, a, "b")
		c := next(t, b, "c")
		if trust.Wider(a, a) {
			t.Fatal("a roster is wider than itself")
		}
		if trust.Wider(a, b) || trust.Wider(b, c) {
			return
		}
		narrow++
		if trust.Wider(a, c) {
			t.Fatalf("%+v\n%+v\n%+v", a, b, c)
		}
	})
	if narrow == 0 {
		t.Error("no two steps were narrow: this test sees nothing")
	}
}

func TestABrakeOnlyTakesAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, all := members(t, "base"), brakes(t)
		before, _ := json.Marshal(base.Agencies)
		some := all[:rapid.IntRange(0, len(all)).Draw(t, "some")]
		with, without := trust.Compose(base, all, start), trust.Compose(base, some, start)
		if trust.Wider(base, with) || trust.Wider(without, with) || trust.Wider(base, without) {
			t.Fatal("a brake widened")
		}
		if after, _ := json.Marshal(base.Agencies); string(before) != string(after) {
			t.Fatal("the base was changed")
		}
		for i, a := range with.Agencies {
			suspended := slices.ContainsFunc(all, func(b trust.SeenBrake) bool {
				return b.Brake.Until > start.Unix() && slices.Contains(b.Brake.Suspend, a.ID)
			})
			want := base.Agencies[i].Standing
			if suspended && want == posada.StandingActive {
				want = posada.StandingSuspended
			}
			if a.Standing != want {
				t.Fatalf("%s; want %s", a.Standing, want)
			}
		}
	})
}

func TestWhatIsWider(t *testing.T) {
	base := func() roster.Snapshot {
		s := snapshot(posada.NetworkID(agency(90)), 1, 4)
		s.Agencies[1].Standing = posada.StandingSuspended
		s.Agencies[2].Standing = posada.StandingRemoved
		s.Agencies[3].Class = posada.ClassBorder
		s.Hub.Pins = []roster.Pin{{1}}
		return s
	}
	for name, c := range map[string]struct {
		change func(*roster.Snapshot)
		want   bool
	}{
		"nothing":                {func(*roster.Snapshot) {}, false},
		"a higher version":       {func(s *roster.Snapshot) { s.Version = 9 }, false},
		"a member less":          {func(s *roster.Snapshot) { s.Agencies = s.Agencies[1:] }, false},
		"suspended":              {func(s *roster.Snapshot) { s.Agencies[0].Standing = posada.StandingSuspended }, false},
		"removed":                {func(s *roster.Snapshot) { s.Agencies[1].Standing = posada.StandingRemoved }, false},
		"distrusted from now on": {func(s *roster.Snapshot) { s.Agencies[0].Class = posada.ClassProsecution }, false},
		"row of a removed one":   {func(s *roster.Snapshot) { s.Agencies[2].Mailbox = raw(77) }, false},
		"a member more":          {func(s *roster.Snapshot) { *s = snapshot(s.Network, 1, 5) }, true},
		"a member more, suspended": {func(s *roster.Snapshot) {
			n := snapshot(s.Network, 1, 5).Agencies[4]
			n.Standing = posada.StandingSuspended
			s.Agencies = append(s.Agencies, n)
		}, true},
		"active again":            {func(s *roster.Snapshot) { s.Agencies[1].Standing = posada.StandingActive }, true},
		"back from removed":       {func(s *roster.Snapshot) { s.Agencies[2].Standing = posada.StandingSuspended }, true},
		"another class":           {func(s *roster.Snapshot) { s.Agencies[0].Class = posada.ClassHealth }, true},
		"trusted from now on":     {func(s *roster.Snapshot) { s.Agencies[3].Class = posada.ClassNGO }, true},
		"another identity":        {func(s *roster.Snapshot) { s.Agencies[0].Identity = key(51).Public() }, true},
		"another mailbox":         {func(s *roster.Snapshot) { s.Agencies[0].Mailbox = raw(77) }, true},
		"another receipt key":     {func(s *roster.Snapshot) { s.Hub.Receipt = key(51).Public() }, true},
		"a pin of the hub's more": {func(s *roster.Snapshot) { s.Hub.Pins = append(s.Hub.Pins, roster.Pin{2}) }, true},
		"a pin of the hub's less": {func(s *roster.Snapshot) { s.Hub.Pins = nil }, false},
		"another operator":        {func(s *roster.Snapshot) { s.Hub.Operator = "Other" }, true},
		"another network":         {func(s *roster.Snapshot) { s.Network = posada.NetworkID(agency(91)) }, true},
		"one member twice, otherwise": {func(s *roster.Snapshot) {
			s.Agencies = append(s.Agencies, s.Agencies[1])
			s.Agencies[1].Standing = posada.StandingActive
		}, true},
	} {
		next := base()
		c.change(&next)
		if got := trust.Wider(base(), next); got != c.want {
			t.Errorf("%s: wider is %t", name, got)
		}
	}
}

func TestACellIsNeverWhileABrakeSaysSo(t *testing.T) {
	cell := matrix.Cell{Class: posada.ClassNGO, Purpose: posada.PurposeShelter, Category: posada.CategoryNeeds}
	b := trust.SeenBrake{Brake: trust.Brake{Never: []matrix.Cell{cell}, Until: start.Unix()}}
	if cells := trust.Nevers([]trust.SeenBrake{b, b}, start.Add(-time.Second)); len(cells) != 1 || cells[0] != cell {
		t.Errorf("%v", cells)
	}
	if cells := trust.Nevers([]trust.SeenBrake{b}, start); len(cells) != 0 {
		t.Errorf("after its end: %v", cells)
	}
}
