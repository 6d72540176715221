package silence_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/silence"
)

// drawn is some of the steps for tonight, at random minutes.
func drawn(r *rand.Rand) map[posada.SilenceStep]int {
	steps := map[posada.SilenceStep]int{}
	for _, s := range posada.Members[posada.SilenceStep]() {
		if r.IntN(4) > 0 {
			steps[s] = r.IntN(130) - 3
		}
	}
	return steps
}

// TestStepsComeInTheirOrderAndNoneIsSkipped walks through the time of a priority minute by
// minute, for tables that Check lets pass: each step of the table is due once its minutes
// are over and never before, the next is always the one that follows, and all are due
// before the priority's time is over.
func TestStepsComeInTheirOrderAndNoneIsSkipped(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	since := time.Date(2026, 11, 29, 23, 40, 0, 0, time.UTC)
	passed, all := 0, posada.Members[posada.SilenceStep]()
	for range 3000 {
		steps := drawn(r)
		table := silence.Table{posada.PriorityTonight: steps}
		if table.Check() != nil {
			continue
		}
		passed++
		seen := map[posada.SilenceStep]bool{}
		var before silence.Standing
		for at := range int(posada.PriorityTonight.Answer() / time.Minute) {
			s := table.At(posada.PriorityTonight, since, since.Add(time.Duration(at)*time.Minute), all)
			for step, minutes := range steps {
				if at >= minutes && steps[s.Step] < minutes {
					t.Fatalf("%v: after %d minutes %q stands, and %q is due", steps, at, s.Step, step)
				}
			}
			if s.Step != "" && steps[s.Step] > at {
				t.Fatalf("%v: %q stands after %d minutes", steps, s.Step, at)
			}
			if at > 0 && s.Step != before.Step && s.Step != before.Next {
				t.Fatalf("%v: %q follows %q", steps, s.Step, before.Step)
			}
			seen[s.Step], before = true, s
		}
		for step := range steps {
			if !seen[step] {
				t.Errorf("%v: %q never came", steps, step)
			}
		}
	}
	if passed < 300 {
		t.Fatalf("%d tables were let pass", passed)
	}
}

func TestATableOutOfOrderIsRefused(t *testing.T) {
	for name, steps := range map[string]map[posada.SilenceStep]int{
		"a step before the one it follows": {posada.SilenceReminder: 30, posada.SilenceCoordinator: 20},
		"two at once":                      {posada.SilenceReminder: 30, posada.SilenceCoordinator: 30},
		"after the end":                    {posada.SilenceVoucherFund: 120},
		"at once":                          {posada.SilenceReminder: 0},
		"before it was asked":              {posada.SilenceReminder: -1},
	} {
		if err := (silence.Table{posada.PriorityTonight: steps}).Check(); !errors.Is(err, silence.ErrOrder) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (silence.Table{"soon": {posada.SilenceReminder: 1}}).Check(); !errors.Is(err, silence.ErrOrder) {
		t.Errorf("a priority that nobody knows: %v", err)
	}
}

func TestAStepIsToldOnce(t *testing.T) {
	table := silence.Table{posada.PriorityTonight: {posada.SilenceReminder: 15, posada.SilenceCoordinator: 60}}
	since, told, all := time.Now(), 0, posada.Members[posada.SilenceStep]()
	for minute := range 120 {
		now := since.Add(time.Duration(minute) * time.Minute)
		if table.At(posada.PriorityTonight, since, now, all).Fresh(now, 10*time.Minute) {
			told++
		}
	}
	if told != 20 {
		t.Errorf("of 120 minutes %d tell", told)
	}
	if s := table.At(posada.PriorityTonight, since, since.Add(20*time.Minute), all[:1]); s.Step != posada.SilenceReminder || s.Next != "" {
		t.Errorf("where the second step makes no sense: %+v", s)
	}
	if s := table.At(posada.PriorityNormal, since, since.Add(time.Hour), all); s != (silence.Standing{}) {
		t.Errorf("a priority without steps: %+v", s)
	}
}
