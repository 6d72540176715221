package oncall_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestOneAfterAnotherIsToldAndNobodyTwiceBeforeAll plays a night: each is told once before
// anybody is told again, and between two that could be told there is the time that one
// has to answer.
func TestOneAfterAnotherIsToldAndNobodyTwiceBeforeAll(t *testing.T) {
	const patience = 10 * time.Minute
	rapid.Check(t, func(r *rapid.T) {
		people := make([]posada.StaffID, rapid.IntRange(1, 4).Draw(r, "people"))
		for i := range people {
			people[i] = posada.IDFrom[posada.StaffID]([16]byte{byte(i + 1)})
		}
		now := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
		var told []oncall.Told
		for range 120 {
			if whom, tell := oncall.Nudge(people, told, patience, now); tell {
				told = append(told, oncall.Told{Whom: whom, At: now, Failed: rapid.IntRange(0, 3).Draw(r, "failed") == 0})
			}
			now = now.Add(time.Minute)
		}
		for i, one := range told {
			if i > 0 && !told[i-1].Failed && one.At.Sub(told[i-1].At) < patience {
				r.Fatalf("told after %v", one.At.Sub(told[i-1].At))
			}
			if i < len(people) && slices.ContainsFunc(told[:i], func(b oncall.Told) bool { return b.Whom == one.Whom }) {
				r.Fatalf("one is told twice before all were: %v", told[:i+1])
			}
		}
		if len(told) < 120/10 {
			r.Fatalf("in two hours %d were told", len(told))
		}
	})
}

func TestWhereNobodyIsOnCallNobodyIsTold(t *testing.T) {
	if _, tell := oncall.Nudge(nil, nil, time.Minute, time.Now()); tell {
		t.Error("somebody is told")
	}
}
