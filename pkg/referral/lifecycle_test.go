package referral_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

func mark(s posada.ReferralState) referral.Mark {
	m := referral.Mark{State: s, At: time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)}
	if s == posada.StateDeclined {
		m.Reason = posada.DeclineLackOfCapacity
	}
	if s == posada.StateCompleted {
		m.Outcome = posada.OutcomeSuccessful
	}
	return m
}

// sent is the life of a referral that was just sent.
func sent(t interface{ Fatal(...any) }) referral.Life {
	var l referral.Life
	var err error
	for _, s := range []posada.ReferralState{posada.StateDrafted, posada.StateConsented, posada.StateSent} {
		if l, _, err = l.Add(referral.Source, mark(s)); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func states() []posada.ReferralState { return posada.Members[posada.ReferralState]() }

func TestEachStateHasTheSideTheDomainGivesIt(t *testing.T) {
	target := posada.SetOf(posada.StateAcknowledged, posada.StateAccepted, posada.StateDeclined, posada.StateScheduled,
		posada.StateArrived, posada.StateNoShow, posada.StateInService, posada.StateOnHold, posada.StateCompleted)
	for _, s := range states() {
		m := mark(s)
		m.N = 1
		_, bySource := (referral.Life{}).Merge(referral.Source, m)
		_, byTarget := (referral.Life{}).Merge(referral.Target, m)
		switch {
		case s == posada.StateWithdrawnBySurvivor:
			if bySource != nil || byTarget != nil {
				t.Errorf("%s: both sides may, got %v and %v", s, bySource, byTarget)
			}
		case target.Has(s):
			if byTarget != nil || !errors.Is(bySource, referral.ErrNotYours) {
				t.Errorf("%s is the target's, got %v and %v", s, bySource, byTarget)
			}
		default:
			if bySource != nil || !errors.Is(byTarget, referral.ErrNotYours) {
				t.Errorf("%s is the source's, got %v and %v", s, bySource, byTarget)
			}
		}
	}
}

// walk visits every state that can be reached, by real steps.
func walk(t *testing.T, visit func(l referral.Life)) map[posada.ReferralState]bool {
	reached := map[posada.ReferralState]bool{}
	queue := []referral.Life{{}}
	for len(queue) > 0 {
		l := queue[0]
		queue = queue[1:]
		if reached[l.State()] {
			continue
		}
		reached[l.State()] = true
		visit(l)
		for _, side := range []referral.Side{referral.Source, referral.Target} {
			for _, s := range states() {
				if next, _, err := l.Add(side, mark(s)); err == nil {
					queue = append(queue, next)
				}
			}
		}
	}
	return reached
}

// TestAMarkCountsOnlyWhatWasSet: a hostile side that claims to have seen marks
// nobody set would have the last word for ever.
func TestAMarkCountsOnlyWhatWasSet(t *testing.T) {
	l, accepted, err := sent(t).Add(referral.Target, mark(posada.StateAccepted))
	if err != nil {
		t.Fatal(err)
	}
	good := referral.Mark{State: posada.StateLostToFollowUp, N: 4, Seen: accepted.N, At: time.Now()}
	if _, err := l.Merge(referral.Source, good); err != nil {
		t.Error(err)
	}
	for name, m := range map[string]referral.Mark{
		"more than was set": {State: posada.StateLostToFollowUp, N: 4, Seen: accepted.N + 1},
		"for ever":          {State: posada.StateLostToFollowUp, N: 4, Seen: math.MaxUint32},
		"too many":          {State: posada.StateLostToFollowUp, N: referral.MaxMarks + 1, Seen: accepted.N},
	} {
		if _, err := l.Merge(referral.Source, m); !errors.Is(err, referral.ErrCount) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryStateIsReachedAndEachIsOneStepFromWithdrawn(t *testing.T) {
	reached := walk(t, func(l referral.Life) {
		for _, side := range []referral.Side{referral.Source, referral.Target} {
			next, _, err := l.Add(side, mark(posada.StateWithdrawnBySurvivor))
			if l.State() == posada.StateWithdrawnBySurvivor {
				if err == nil {
					t.Error("withdrawn twice")
				}
				for _, s := range states() {
					if _, _, err := l.Add(side, mark(s)); err == nil {
						t.Errorf("%s leads out of withdrawn", s)
					}
				}
				continue
			}
			if err != nil || next.State() != posada.StateWithdrawnBySurvivor {
				t.Errorf("%s: the %s cannot withdraw: %v", l.State(), side, err)
			}
		}
	})
	for _, s := range states() {
		if !reached[s] {
			t.Errorf("%s cannot be reached", s)
		}
	}
}

func TestReasonsAndOutcomesStandWhereTheyBelong(t *testing.T) {
	l := sent(t)
	for name, m := range map[string]referral.Mark{
		"declined without a reason": {State: posada.StateDeclined},
		"declined with an outcome":  {State: posada.StateDeclined, Reason: posada.DeclineOther, Outcome: posada.OutcomeSuccessful},
		"accepted with a reason":    {State: posada.StateAccepted, Reason: posada.DeclineOther},
	} {
		if _, _, err := l.Add(referral.Target, m); !errors.Is(err, referral.ErrNeedReason) {
			t.Errorf("%s: %v", name, err)
		}
		m.N = 1
		if _, err := l.Merge(referral.Target, m); !errors.Is(err, referral.ErrNeedReason) {
			t.Errorf("%s, merged: %v", name, err)
		}
	}
}

// TestCopiesConverge lets both sides act on their own copy, with marks still
// under way, and delivers them in any order: both copies end in one state.
func TestCopiesConverge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := sent(t)
		at := map[referral.Side]referral.Life{referral.Source: start, referral.Target: {Source: start.Source}}
		var underWay []struct {
			by referral.Side
			m  referral.Mark
		}
		deliver := func(i int) {
			d := underWay[i]
			underWay = append(underWay[:i], underWay[i+1:]...)
			to := referral.Target
			if d.by == referral.Target {
				to = referral.Source
			}
			l, err := at[to].Merge(d.by, d.m)
			if err != nil {
				t.Fatalf("%s from %s: %v", d.m.State, d.by, err)
			}
			if _, err := l.Merge(d.by, d.m); !errors.Is(err, referral.ErrOldMark) {
				t.Fatalf("a mark counted twice: %v", err)
			}
			at[to] = l
		}
		withdrawn := false
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			if len(underWay) > 0 && rapid.Bool().Draw(t, "deliver") {
				deliver(rapid.IntRange(0, len(underWay)-1).Draw(t, "which"))
				continue
			}
			side := rapid.SampledFrom([]referral.Side{referral.Source, referral.Target}).Draw(t, "side")
			s := rapid.SampledFrom(states()).Draw(t, "state")
			l, m, err := at[side].Add(side, mark(s))
			if err != nil {
				continue
			}
			withdrawn = withdrawn || s == posada.StateWithdrawnBySurvivor
			at[side] = l
			underWay = append(underWay, struct {
				by referral.Side
				m  referral.Mark
			}{side, m})
		}
		for len(underWay) > 0 {
			deliver(rapid.IntRange(0, len(underWay)-1).Draw(t, "rest"))
		}
		a, b := at[referral.Source].State(), at[referral.Target].State()
		if a != b {
			t.Fatalf("the source shows %s, the target %s", a, b)
		}
		if withdrawn && a != posada.StateWithdrawnBySurvivor {
			t.Fatalf("withdrawn, and shows %s", a)
		}
	})
}

func TestTakingBackWinsOverWhatWasSetUnawares(t *testing.T) {
	l := sent(t)
	both := func(source, target posada.ReferralState) posada.ReferralState {
		_, s, err := l.Add(referral.Source, mark(source))
		if err != nil {
			t.Fatal(err)
		}
		merged, _, err := l.Add(referral.Target, mark(target))
		if err != nil {
			t.Fatal(err)
		}
		if merged, err = merged.Merge(referral.Source, s); err != nil {
			t.Fatal(err)
		}
		return merged.State()
	}
	for _, c := range []struct{ source, target, want posada.ReferralState }{
		{posada.StateRecalled, posada.StateAccepted, posada.StateRecalled},
		{posada.StateEnteredInError, posada.StateAccepted, posada.StateEnteredInError},
		{posada.StateEnteredInError, posada.StateWithdrawnBySurvivor, posada.StateWithdrawnBySurvivor},
		{posada.StateRecalled, posada.StateWithdrawnBySurvivor, posada.StateWithdrawnBySurvivor},
		{posada.StateExpired, posada.StateAccepted, posada.StateAccepted},
		{posada.StateLostToFollowUp, posada.StateAcknowledged, posada.StateAcknowledged},
	} {
		if got := both(c.source, c.target); got != c.want {
			t.Errorf("%s beside %s gives %s; want %s", c.source, c.target, got, c.want)
		}
	}
}

func BenchmarkState(b *testing.B) {
	l := sent(b)
	for b.Loop() {
		if l.State() != posada.StateSent {
			b.Fatal("lost")
		}
	}
}
