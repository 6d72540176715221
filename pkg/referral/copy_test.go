package referral_test

import (
	"errors"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

func night() time.Time { return time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC) }

// must is a step that is not refused.
func must(t *testing.T) func(referral.Copy, referral.Do, error) (referral.Copy, referral.Do) {
	return func(c referral.Copy, do referral.Do, err error) (referral.Copy, referral.Do) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c, do
	}
}

// What all histories of these steps lead to, services/town/takenback holds; here is
// what its model does not look at.

func TestWhatIsSaidTwiceIsToldOnceAndDestroyedOnce(t *testing.T) {
	for _, before := range []referral.Copy{referral.Sent(night()), referral.Received(night())} {
		once, do := must(t)(before.TakenBack(night()))
		if do.Tell.State != posada.StateWithdrawnBySurvivor || do.Shred != (before.Side == referral.Target) || once.Gone != do.Shred {
			t.Errorf("%s: %+v", before.Side, do)
		}
		twice, do := must(t)(once.TakenBack(night().Add(time.Hour)))
		if do != (referral.Do{}) || !twice.Life.Withdrawn().Equal(night()) {
			t.Errorf("%s, again: %+v", before.Side, do)
		}
	}
}

// TestWhoAsksAgainIsToldAgain: a source whose node lost what it was told says again
// that it is taken back, and hears again that it is destroyed.
func TestWhoAsksAgainIsToldAgain(t *testing.T) {
	gone, _ := must(t)(referral.Received(night()).Looked().TakenBack(night()))
	gone, receipt := gone.Confirm(night())
	if gone.ToConfirm() || !receipt.Read {
		t.Fatalf("%+v", receipt)
	}
	back, _ := must(t)(referral.Sent(night()).TakenBack(night()))
	asked, do := must(t)(gone.Told(back.Life.Source[len(back.Life.Source)-1]))
	if do.Shred || !asked.ToConfirm() {
		t.Errorf("%+v", do)
	}
	if _, again := asked.Confirm(night()); !again.Read {
		t.Error("the second time it is said that nobody had read it")
	}
}

func TestOnlyWhatWasTakenBackCanBeConfirmed(t *testing.T) {
	sent := referral.Sent(night())
	receipt := referral.ShredReceipt{At: night(), Read: true}
	if _, err := sent.Shred(receipt); !errors.Is(err, referral.ErrNothingTakenBack) {
		t.Error(err)
	}
	back, _ := must(t)(sent.TakenBack(night()))
	first, err := back.Shred(receipt)
	if err != nil || first.Shredded != receipt {
		t.Errorf("%+v, %v", first.Shredded, err)
	}
	if second, err := first.Shred(referral.ShredReceipt{At: night().Add(time.Hour)}); err != nil || second.Shredded != receipt {
		t.Errorf("what was said first is %+v now, %v", second.Shredded, err)
	}
}

func TestWhatTimeEndedIsToldToNobodyAndKeepsWhetherItWasRead(t *testing.T) {
	over := referral.Received(night()).Looked().Over()
	if !over.Gone || !over.Unseen || !over.Read || over.ToConfirm() || over.Looked().Read != true {
		t.Errorf("%+v", over)
	}
	if never := referral.Never(); never.Looked().Over().Read == true && !never.Unseen {
		t.Error("what never came was read")
	}
}

func TestAStepChangesNothingItIsGiven(t *testing.T) {
	before := referral.Received(night())
	before.Life.Source = append(make([]referral.Mark, 0, 8), before.Life.Source...)
	back, _ := must(t)(referral.Sent(night()).TakenBack(night()))
	must(t)(before.TakenBack(night()))
	must(t)(before.Told(back.Life.Source[3]))
	before.Erased()
	if len(before.Life.Source) != 1 || len(before.Life.Target) != 0 || before.Gone {
		t.Errorf("%+v", before)
	}
}

// TestWhatWasPrintedIsNotCalledBack: an agency without a node says on the telephone what it
// does, and here both sides' states are set; it is not recalled, and nobody waits for it.
func TestWhatWasPrintedIsNotCalledBack(t *testing.T) {
	now := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	c := referral.OnPaper(now)
	if _, _, err := c.Set(referral.Mark{State: posada.StateRecalled, At: now}); !errors.Is(err, referral.ErrNotFrom) {
		t.Errorf("it is recalled: %v", err)
	}
	for _, s := range []posada.ReferralState{posada.StateAccepted, posada.StateArrived, posada.StateLostToFollowUp} {
		after, _, err := c.Set(referral.Mark{State: s, At: now})
		if err != nil || after.Life.State() != s {
			t.Fatalf("%s: %s, %v", s, after.Life.State(), err)
		}
		c = after
	}
	if _, _, err := referral.Sent(now).Set(referral.Mark{State: posada.StateAccepted, At: now}); !errors.Is(err, referral.ErrNotYours) {
		t.Errorf("what was sent is accepted by its source: %v", err)
	}
}
