package consents

import (
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// report is agreed to for a purpose of law enforcement.
func report() consent.Record {
	r := agreed()
	r.Allowances[0].Purpose = posada.PurposeSurvivorReport
	return r
}

// TestAnOptInCountsADayAfterItWasSaidHere: its time is this node's, whatever a record
// that is brought says of itself; said again the day begins anew.
func TestAnOptInCountsADayAfterItWasSaidHere(t *testing.T) {
	b := newBench(t)
	brought := report()
	brought.OptIn = consent.OptInRecord{AskedAt: b.now.Add(-48 * time.Hour), Counsel: true, By: ana()}
	kept := b.add(t, "", brought)
	state := func() posada.OptIn {
		var f consent.Facts
		b.view(t, func(tx *vault.Tx) {
			r, _, err := b.For(tx, kept.Label, legal(), posada.PurposeSurvivorReport)
			must(t, err)
			f = r.Facts(legal(), posada.PurposeSurvivorReport, "", b.now)
		})
		return f.OptIn
	}
	if got := state(); got != posada.OptInNone {
		t.Errorf("a ceremony was brought along: %s", got)
	}
	for range 2 {
		f, err := b.OptIn(t.Context(), worker(), kept.Record.ID)
		if err != nil || !f.Record.OptIn.AskedAt.Equal(b.now) || f.Record.OptIn.By != ana() || !f.Record.OptIn.Counts().Equal(b.now.Add(24*time.Hour)) {
			t.Fatalf("%v", err)
		}
		b.now = b.now.Add(consent.CoolingOff - time.Second)
		if got := state(); got != posada.OptInCoolingOff {
			t.Errorf("a second before the day is over: %s", got)
		}
	}
	b.now = b.now.Add(time.Second)
	if got := state(); got != posada.OptInComplete {
		t.Errorf("after a day: %s", got)
	}
	b.reopen(t)
	if got := state(); got != posada.OptInComplete {
		t.Errorf("after a restart: %s", got)
	}
}

func TestAnOptInThatCannotBeIsRefused(t *testing.T) {
	b := newBench(t)
	care, over, late := b.add(t, "", agreed()), b.add(t, "", report()), b.add(t, "", report())
	b.withdraw(t, over.Label, "")
	stranger := worker()
	stranger.ID = posada.IDFrom[posada.StaffID]([16]byte{10})
	if _, err := b.OptIn(t.Context(), stranger, late.Record.ID); fault.From(err).Key != fault.NothingThere {
		t.Errorf("somebody whose work it is not: %v", err)
	}
	question := b.put(t, "", posada.ConsentRequested, report())
	if _, err := b.OptIn(t.Context(), worker(), question.Record.ID); fault.From(err).Key != fault.ConsentNotGiven {
		t.Errorf("into a question: %v", err)
	}
	if _, err := b.OptIn(t.Context(), worker(), care.Record.ID); fault.From(err).Key != fault.NoOptIn {
		t.Errorf("for care: %v", err)
	}
	if _, err := b.OptIn(t.Context(), worker(), over.Record.ID); fault.From(err).Key != fault.ConsentOver {
		t.Errorf("one that is over: %v", err)
	}
	b.now = late.Record.Expires
	if _, err := b.OptIn(t.Context(), worker(), late.Record.ID); fault.From(err).Key != fault.ConsentOver {
		t.Errorf("one that ran out: %v", err)
	}
}
