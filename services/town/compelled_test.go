package town_test

import (
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
)

// TestNoPaperSendsAnything is that a judge's order is answered by a person, on
// paper: whatever comes, and though it names every kind there is, no member has more
// than before, least of all one that people fear. Nothing happens at the node but that
// it is recorded and that what there is was looked at.
func TestNoPaperSendsAnything(t *testing.T) {
	t.Parallel()
	w := start(t, lay(t), town.Options{})
	ngo := ask(t, w, "ngo")
	of := agree(t, ngo).Case
	sent := send(t, ngo, of)
	eventually(t, "it was signed for", func() bool {
		r, err := ngo.Referral(t.Context(), sent.ID)
		return err == nil && !r.Delivered.IsZero()
	})
	others := []string{"legal", "shelter", "police"}
	before := map[string][2]int{}
	for _, key := range others {
		before[key] = holds(t, w, key)
	}
	begun := status(t, ngo).Audit.Entries

	looks, all := 0, posada.Texts(posada.Members[posada.Category]())
	for _, kind := range posada.Members[posada.Instrument]() {
		in := client.NewPaper{Case: of, Kind: string(kind)}
		if kind.Judicial() {
			in.Counsel, in.Names, in.By = "Invented Advocate", all, "2026-12-05"
			looks++
		}
		out, err := ngo.RecordPaper(t.Context(), in)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		// She is told of which kinds there are some, and of none a value.
		if want := kind.Judicial(); slices.Contains(out.Held, posada.CategoryIdentity) != want || (len(out.Held) > 0) != want || out.More {
			t.Errorf("%s: %v is here", kind, out.Held)
		}
	}
	now := status(t, ngo)
	if papers := len(posada.Members[posada.Instrument]()); now.Audit.Entries != begun+uint64(papers+looks) || now.Waiting+now.AtHub != 0 || now.Tell != 2 {
		t.Errorf("%d entries after %d, %d papers and %d looks; %d wait, %d to tell", now.Audit.Entries, begun, papers, looks, now.Waiting+now.AtHub, now.Tell)
	}
	if list, err := ngo.Referrals(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("%d referrals, %v", len(list), err)
	}
	for _, key := range others {
		if got := holds(t, w, key); got != before[key] {
			t.Errorf("%s holds %v; it held %v", key, got, before[key])
		}
	}
}

// holds is how many referrals an agency has, and how many entries its account.
func holds(t *testing.T, w *town.Town, key string) [2]int {
	t.Helper()
	c := ask(t, w, key)
	list, err := c.Referrals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return [2]int{len(list), int(status(t, c).Audit.Entries)}
}

func status(t *testing.T, c *client.Client) client.Status {
	t.Helper()
	s, err := c.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAnOrderIsToldOfWhatWasTakenOver: what an agency keeps of its own is what an order
// is about first.
func TestAnOrderIsToldOfWhatWasTakenOver(t *testing.T) {
	t.Parallel()
	_, w, legal, ngo, _ := onwardTown(t)
	_, id := share(t, legal, ngo)
	own := newConsent()
	own.Allow = []client.NewAllowance{{To: "Invented NGO", Purpose: "case_management", Share: []string{"needs", "safe_contact"}}}
	taken, err := ngo.TakeOver(t.Context(), id, own)
	if err != nil {
		t.Fatal(err)
	}
	out, err := ngo.RecordPaper(t.Context(), client.NewPaper{
		Case: taken.Case, Kind: string(posada.InstrumentCourtOrder), Counsel: "Invented Advocate", Names: []string{"safe_contact", "identity"}, By: "2026-12-05",
	})
	if err != nil || !slices.Equal(out.Held, []posada.Category{posada.CategorySafeContact}) {
		t.Errorf("%v are here, %v", out.Held, err)
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
}
