package referral_test

import (
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// TestWhatIsLeftOfALifeSaysWhereItStoodAndNotWhy: and what it was stays as it was.
func TestWhatIsLeftOfALifeSaysWhereItStoodAndNotWhy(t *testing.T) {
	at := time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	life := referral.Life{
		Source: []referral.Mark{{State: posada.StateSent, N: 3, At: at}, {State: posada.StateWithdrawnBySurvivor, N: 4, Seen: 1, At: at.Add(time.Hour)}},
		Target: []referral.Mark{{State: posada.StateDeclined, Reason: posada.DeclineOther, N: 1, At: at}, {State: posada.StateCompleted, Outcome: posada.OutcomeSuccessful, N: 2, At: at}},
	}
	bare := life.Bare()
	if bare.State() != posada.StateWithdrawnBySurvivor || !bare.Withdrawn().Equal(at.Add(time.Hour)) || len(bare.Target) != 2 {
		t.Errorf("%+v", bare)
	}
	for _, m := range bare.Target {
		if m.Reason != "" || m.Outcome != "" {
			t.Errorf("%+v", m)
		}
	}
	if life.Target[0].Reason == "" || !(referral.Life{}).Withdrawn().IsZero() {
		t.Error("it was changed")
	}
	// That she took it back counts whatever was seen, and however full a side is.
	for _, m := range []referral.Mark{
		{State: posada.StateWithdrawnBySurvivor, N: 5, Seen: 900, At: at}, {State: posada.StateWithdrawnBySurvivor, N: referral.MaxMarks + 1, At: at},
	} {
		next, err := referral.Life{Source: life.Source[:1]}.Merge(referral.Source, m)
		if err != nil || next.State() != posada.StateWithdrawnBySurvivor {
			t.Errorf("%+v: %v", m, err)
		}
	}
}
