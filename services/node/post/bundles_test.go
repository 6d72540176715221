package post

import (
	"crypto/rand"
	"testing"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
)

// TestNoReceiptIsTakenBackWithADisclosure: an envelope may be taken back for a
// disclosure in it, and a receipt is sent once.
func TestNoReceiptIsTakenBackWithADisclosure(t *testing.T) {
	about, disclosed := posada.IDFrom[posada.ReferralID]([16]byte{1}), disclosure(t, eventID(1))
	receipt, err := event.Receipt(rand.Reader, event.Receipted{Stored: []posada.EventID{eventID(2)}}, moment())
	must(t, err)
	mark, err := event.Mark(rand.Reader, about, referral.Mark{State: posada.StateAccepted, N: 1, At: moment()}, moment())
	must(t, err)
	var ready []waiting
	for i, e := range []event.Event{disclosed, receipt, mark, disclosed} {
		w := waiting{To: other(), Event: stored(t, e), id: e.ID(), read: e}
		if e.Type().Sequenced() {
			w.Place.Seq = uint64(i + 1)
		}
		ready = append(ready, w)
	}
	// In another order of their places a mark may be with either.
	ready[2].Place.Seq, ready[0].Place.Seq = 1, 3
	got := bundles(ready)
	var sizes []int
	for _, b := range got {
		receipts, disclosures := 0, 0
		for _, w := range b {
			switch w.read.Type() {
			case event.TypeReceipt:
				receipts++
			case event.TypeReferral:
				disclosures++
			}
		}
		if receipts > 0 && disclosures > 0 {
			t.Error("one envelope holds both")
		}
		sizes = append(sizes, len(b))
	}
	if len(sizes) != 2 || sizes[0] != 2 || sizes[1] != 2 {
		t.Errorf("%v go together", sizes)
	}
}
