package town_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
)

// phoned are agencies without a node: one whose class stewards sign, one of which they say
// none, and one that is to be feared.
func phoned(laid town.Laid, version uint64) directory.Book {
	b := bookOf(laid, version)
	b.Entries = b.Entries[:1]
	for i, of := range []posada.AgencyClass{posada.ClassLegalAid, "", posada.ClassLawEnforcement} {
		name := []string{"Invented Phone Clinic", "Invented Unsigned House", "Invented Sheriff"}[i]
		b.Entries = append(b.Entries, directory.Entry{
			ID: directory.IDFrom([16]byte{4 + byte(i)}, 4), Name: directory.Name{EN: name, ES: name}, Class: of, Phones: []directory.Phone{{Number: housePhone}},
		})
	}
	return b
}

// toPhone is the consent and the draft the tests use, for an agency without a node.
func toPhone(name string, share ...string) (client.NewConsent, client.NewPreview) {
	c, p := newConsent(), newPreview("")
	c.Allow[0].To, p.To = name, name
	c.Allow[0].Share = append(c.Allow[0].Share, share...)
	return c, p
}

// TestWhoHasNoNodeIsReadExactlyWhatWasShown: from when stewards signed its class, to the byte,
// once, and noted as shared; nothing waits to be sent, and a withdrawal does not say that it
// was called back. Of what no class is signed, or one to be feared, nobody is named at all.
func TestWhoHasNoNodeIsReadExactlyWhatWasShown(t *testing.T) {
	t.Parallel()
	laid := listedTown(t)
	w, err := town.Start(t.Context(), laid, town.Options{Poll: slowly, Skip: []string{"shelter"}})
	if err != nil {
		t.Fatal(err)
	}
	ngo, ctx := ask(t, w, "ngo"), t.Context()
	consented, draft := toPhone("Invented Phone Clinic", "location_current")
	if _, err := ngo.AddConsent(ctx, consented); faultOf(err) != "unknown_agency" {
		t.Errorf("before anything is signed: %v", err)
	}
	_, keys := list(t, w, phoned(laid, 1), "ngo")
	give(t, w, keys, 3)
	eventually(t, "the directory being open", opens(t, w, "ngo", 1, 2))
	for _, name := range []string{"Invented Unsigned House", "Invented Sheriff"} {
		feared, _ := toPhone(name)
		if _, err := ngo.AddConsent(ctx, feared); faultOf(err) != "no_class_signed" {
			t.Errorf("%s is named: %v", name, err)
		}
	}
	onward := newConsent()
	onward.Allow[0].To = houseShort + " Legal Aid"
	onward.Allow[0].Onward = []string{"Invented Phone Clinic"}
	if _, err := ngo.AddConsent(ctx, onward); faultOf(err) != "no_class_signed" {
		t.Errorf("a member may pass on to paper: %v", err)
	}
	agreed := sure(ngo.AddConsent(ctx, consented))
	draft.Case = agreed.Case
	where := draft
	where.Records = []client.NewRecord{{Role: "survivor", Fields: map[string]string{"psd_CurrentLocation": "by the invented bus stop"}}}
	if p := sure(ngo.Preview(ctx, where)); p.Digest != "" || !slices.ContainsFunc(p.Uncovered, func(u client.Uncovered) bool {
		return u.Category == posada.CategoryLocationCurrent && slices.Contains(u.Lacks, "G2.where")
	}) {
		t.Errorf("where she is now is read out: %+v", p.Uncovered)
	}
	printedOnce(t, ngo, draft)
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	acts(t, laid, "ngo", map[audit.Act]int{audit.ReferralPrinted: 1, audit.ReferralSent: 0, audit.StateSet: 2})
}

// printedOnce has a draft read out, and follows it to its end.
func printedOnce(t *testing.T, ngo *client.Client, draft client.NewPreview) {
	t.Helper()
	ctx, before := t.Context(), status(t, ngo)
	p := sure(ngo.Preview(ctx, draft))
	if !p.Paper || p.Digest == "" || p.Grant != "" || p.To.Standing != posada.StandingListed || p.To.Class != posada.ClassLegalAid {
		t.Fatalf("%+v", p.To)
	}
	if _, err := ngo.Send(ctx, client.NewSend{Digest: p.Digest}); faultOf(err) != "to_print" {
		t.Errorf("it is sent: %v", err)
	}
	out := sure(ngo.Print(ctx, client.NewSend{Digest: p.Digest}))
	r := out.Referral
	if out.Data != p.Data || !slices.Equal(r.Carried, p.Carried) || *r.Obligations != *p.Obligations || !strings.Contains(out.Data, her) {
		t.Errorf("%q was shown, %q is read out", p.Data, out.Data)
	}
	if _, err := ngo.Print(ctx, client.NewSend{Digest: p.Digest}); faultOf(err) != "preview_gone" {
		t.Errorf("it is read out twice: %v", err)
	}
	if slices.Contains(r.May, posada.StateRecalled) || !slices.Contains(r.May, posada.StateAccepted) {
		t.Errorf("it may be set to %v", r.May)
	}
	if r = sure(ngo.Mark(ctx, r.ID, client.NewMark{State: "accepted"})); r.State != posada.StateAccepted {
		t.Errorf("what it says on the telephone is %s", r.State)
	}
	back := sure(ngo.Withdraw(ctx, client.NewWithdrawal{Case: draft.Case}))
	if len(back.Back) != 1 || !back.Back[0].Paper || back.Back[0].State != posada.StateWithdrawnBySurvivor || back.Back[0].Shredded != nil {
		t.Errorf("%+v", back.Back)
	}
	if s := status(t, ngo); s.Waiting+s.AtHub > before.Waiting+before.AtHub || s.Unconfirmed != 0 {
		t.Errorf("%d waited to be sent, now %d do", before.Waiting+before.AtHub, s.Waiting+s.AtHub)
	}
}

// TestWhatWasNamedIsReadOutOnlyWhileItIsSigned: a class that stewards take back is nobody's at
// once, also for what was previewed; nor is one that this node has not read yet.
func TestWhatWasNamedIsReadOutOnlyWhileItIsSigned(t *testing.T) {
	t.Parallel()
	laid := listedTown(t)
	w := start(t, laid, town.Options{Poll: slowly, Skip: []string{"legal", "shelter"}})
	ngo, ctx := ask(t, w, "ngo"), t.Context()
	_, keys := list(t, w, phoned(laid, 1), "ngo")
	give(t, w, keys, 3)
	eventually(t, "the directory being open", opens(t, w, "ngo", 1, 2))
	consented, draft := toPhone("Invented Phone Clinic")
	draft.Case = sure(ngo.AddConsent(ctx, consented)).Case
	p := sure(ngo.Preview(ctx, draft))
	next := phoned(laid, 2)
	next.Entries[1].Class = posada.ClassConsular
	list(t, w, next, "ngo")
	eventually(t, "what nobody has read yet counting for nothing", func() bool {
		again := sure(ngo.Preview(ctx, draft))
		return again.Digest == "" && !again.Paper
	})
	if _, err := ngo.Print(ctx, client.NewSend{Digest: p.Digest}); faultOf(err) != "uncovered" {
		t.Errorf("it is read out to whoever stewards call another: %v", err)
	}
}
