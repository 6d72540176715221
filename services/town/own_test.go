package town_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
)

// ownConsent is what she agrees to that the legal aid may keep.
func ownConsent() client.NewConsent {
	in := newConsent()
	in.Allow = []client.NewAllowance{{To: "Invented Legal Aid", Purpose: "legal", Share: []string{"identity"}}}
	return in
}

// TestWhatWasTakenOverEndsWithItsOwnConsent: the legal aid takes a name over and leaves
// the telephone number where it was. When she takes back what was shared, the number is
// gone and the name is not; when she takes that back too, of the store as it is then,
// and of a backup of before, nothing of hers opens with every key that is left. Nobody
// else hears that there was an own record.
func TestWhatWasTakenOverEndsWithItsOwnConsent(t *testing.T) {
	t.Parallel()
	const phone = "+15550100"
	laid := lay(t)
	w, err := town.Start(t.Context(), laid, town.Options{Skip: []string{"shelter", "police"}, Poll: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	agreed := agree(t, ngo)
	sent := send(t, ngo, agreed.Case)
	settle(t, ngo, legal, 1)
	taken, err := legal.TakeOver(t.Context(), sent.ID, ownConsent())
	if err != nil || len(taken.TakenOver) != 1 || !keeps(taken, her) || keeps(taken, phone) {
		t.Fatalf("%d were taken over, %v", len(taken.TakenOver), err)
	}
	backup := filepath.Join(t.TempDir(), "legal")
	store := filepath.Join(laid.Dir, "legal", "vault", "vault.db")
	copyFile(t, store, backup)

	// What was shared is taken back, where it came from.
	if _, err := ngo.Withdraw(t.Context(), client.NewWithdrawal{Case: agreed.Case}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the legal aid's word that it is destroyed", func() bool {
		r, err := ngo.Referral(t.Context(), sent.ID)
		return err == nil && r.Shredded != nil
	})
	if shown, err := legal.Referral(t.Context(), sent.ID); err != nil || len(shown.Carried) != 0 {
		t.Errorf("%d fields of what was shared are shown, %v", len(shown.Carried), err)
	}
	own, err := legal.OwnRecord(t.Context(), client.NewLook{Case: taken.Case})
	if err != nil || !keeps(own, her) {
		t.Errorf("the own record is gone: %v", err)
	}
	if _, err := legal.TakeOver(t.Context(), sent.ID, ownConsent()); key(err) != "take_over_back" {
		t.Errorf("what is destroyed was taken over: %v", err)
	}

	// And what was taken over, where that is.
	waiting := func() int {
		s, err := legal.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s.Waiting + s.AtHub
	}
	eventually(t, "nothing waits", func() bool { return waiting() == 0 })
	back, err := legal.Withdraw(t.Context(), client.NewWithdrawal{Case: taken.Case})
	if err != nil || back.Own != 1 || len(back.Back) != 0 || waiting() != 0 {
		t.Errorf("%d destroyed, %d taken back, %d wait, %v", back.Own, len(back.Back), waiting(), err)
	}
	if own, err := legal.OwnRecord(t.Context(), client.NewLook{Case: taken.Case}); err != nil || len(own.TakenOver) != 0 {
		t.Errorf("%d are shown, %v", len(own.TakenOver), err)
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // as it is, and as it was
		for _, text := range []string{her, phone} {
			if n := readable(t, laid, "legal", text); n != 0 {
				t.Errorf("%d records say %s", n, text)
			}
		}
		copyFile(t, backup, store)
	}
	acts(t, laid, "ngo", map[audit.Act]int{audit.TakenOver: 0, audit.OwnErased: 0})
}

// TestAnOwnRecordGoesWithItsCaseAndItsCode: the words of the case in which something is
// kept end it, said anywhere; so does destroying the case.
func TestAnOwnRecordGoesWithItsCaseAndItsCode(t *testing.T) {
	t.Parallel()
	laid := lay(t)
	w := start(t, laid, town.Options{Skip: []string{"shelter", "police"}, Poll: 20 * time.Millisecond})
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	agreed := agree(t, ngo)
	sent := send(t, ngo, agreed.Case)
	settle(t, ngo, legal, 1)
	var labels []string
	for range 2 {
		taken, err := legal.TakeOver(t.Context(), sent.ID, ownConsent())
		if err != nil {
			t.Fatal(err)
		}
		labels = append(labels, taken.Case)
	}
	kept := func(label string) bool {
		own, err := legal.OwnRecord(t.Context(), client.NewLook{Case: label})
		return err == nil && keeps(own, her)
	}
	words, err := legal.Words(t.Context(), client.NewWords{Case: labels[0]})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ngo.Withdraw(t.Context(), client.NewWithdrawal{Code: words.English}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "her words have reached it", func() bool { return !kept(labels[0]) })
	if !kept(labels[1]) {
		t.Error("another case's own record went with it")
	}
	if r, err := legal.Referral(t.Context(), sent.ID); err != nil || !carries(r, her) {
		t.Errorf("what was shared went with it: %v", err)
	}
	erased, err := legal.EraseCase(t.Context(), client.NewErasure{Case: labels[1]})
	if err != nil || erased.Done.IsZero() || erased.Own != 1 || kept(labels[1]) {
		t.Errorf("%d destroyed, %v", erased.Own, err)
	}
	// Whoever withdraws what was shared is told of no case that is not there any more.
	back, err := legal.Withdraw(t.Context(), client.NewWithdrawal{Referral: string(sent.ID)})
	if err != nil || len(back.Back) != 1 || len(back.Remain) != 0 || back.Back[0].State != posada.StateWithdrawnBySurvivor {
		t.Errorf("%d taken back, %v remain, %v", len(back.Back), back.Remain, err)
	}
}

// TestAPaperKeepsNothingFromBeingTakenBackThatIsElsewhere: where one came, who is to ask
// counsel takes back what was shared and leaves the own record; whoever does not ask, and
// the person's own words, leave nothing.
func TestAPaperKeepsNothingFromBeingTakenBackThatIsElsewhere(t *testing.T) {
	t.Parallel()
	laid := lay(t)
	w := start(t, laid, town.Options{Skip: []string{"shelter", "police"}, Poll: 20 * time.Millisecond})
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	sent := send(t, ngo, agree(t, ngo).Case)
	settle(t, ngo, legal, 1)
	for name, c := range map[string]struct {
		paper, asks, words, stays bool
	}{
		"asks":           {true, true, false, true},
		"asks, no paper": {false, true, false, false},
		"does not ask":   {true, false, false, false},
		"their words":    {true, true, true, false},
	} {
		taken, err := legal.TakeOver(t.Context(), sent.ID, ownConsent())
		if err != nil {
			t.Fatal(err)
		}
		shares := newConsent()
		shares.Case, shares.Allow[0].To, shares.Allow[0].Purpose = taken.Case, "Invented NGO", "case_management"
		given, err := legal.AddConsent(t.Context(), shares)
		if err != nil {
			t.Fatal(err)
		}
		p := newPreview(taken.Case)
		p.To, p.Purpose = "Invented NGO", "case_management"
		preview, err := legal.Preview(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := legal.Send(t.Context(), client.NewSend{Digest: preview.Digest}); err != nil {
			t.Fatal(err)
		}
		words, err := legal.Words(t.Context(), client.NewWords{Case: taken.Case})
		if err != nil {
			t.Fatal(err)
		}
		if c.paper {
			if _, err := legal.RecordPaper(t.Context(), client.NewPaper{Case: taken.Case, Kind: "subpoena"}); err != nil {
				t.Fatal(err)
			}
		}
		if c.asks {
			_, err := legal.Withdraw(t.Context(), client.NewWithdrawal{Case: taken.Case, From: "Invented Legal Aid", AskCounsel: true})
			if refused := key(err) == "own_paper_came"; refused != c.paper {
				t.Errorf("%s: from ourselves: %v", name, err)
			}
		}
		back, err := legal.Withdraw(t.Context(), client.NewWithdrawal{Case: taken.Case, AskCounsel: c.asks})
		if c.words && err == nil {
			_, err = legal.Withdraw(t.Context(), client.NewWithdrawal{Code: words.Spanish})
		}
		own, wrong := legal.OwnRecord(t.Context(), client.NewLook{Case: taken.Case})
		if err != nil || wrong != nil || len(back.Back) != 1 || keeps(own, her) != c.stays || (back.Kept == 1) != (c.paper && c.asks) {
			t.Errorf("%s: %d taken back, %d kept, %v", name, len(back.Back), back.Kept, err)
		}
		list, err := legal.Consents(t.Context())
		i := slices.IndexFunc(list, func(k client.Consent) bool { return k.ID == given.ID })
		if err != nil || i < 0 || list[i].Status != posada.ConsentWithdrawn {
			t.Errorf("%s: what she agreed to for others is not taken back, %v", name, err)
		}
	}
}

func keeps(r client.OwnRecord, value string) bool {
	return slices.ContainsFunc(r.TakenOver, func(o client.TakenOver) bool {
		return slices.ContainsFunc(o.Carried, func(c client.Carried) bool { return c.Value == value })
	})
}
