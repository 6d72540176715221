package town_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/sampled"
	"github.com/posada-exchange/posada/services/town"
)

const hers = "+15550100" // her telephone number, which may be passed on

// share sends the NGO, from the legal aid that collected her consent, what it may pass
// on to some; the NGO's advocate takes it on.
func share(t *testing.T, legal, ngo *client.Client, onward ...string) (label string, id posada.ReferralID) {
	t.Helper()
	record := newConsent()
	record.Allow[0].To, record.Allow[0].Purpose, record.Allow[0].Onward = "Invented NGO", "case_management", onward
	agreed, err := legal.AddConsent(t.Context(), record)
	if err != nil {
		t.Fatal(err)
	}
	draft := newPreview(agreed.Case)
	draft.To, draft.Purpose = "Invented NGO", "case_management"
	preview, err := legal.Preview(t.Context(), draft)
	if err != nil || preview.Digest == "" {
		t.Fatalf("%+v, %v", preview.Uncovered, err)
	}
	sent, err := legal.Send(t.Context(), client.NewSend{Digest: preview.Digest})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "it arrived and was taken on", func() bool {
		_, err := ngo.Mark(t.Context(), sent.ID, client.NewMark{State: "acknowledged"})
		return err == nil
	})
	return agreed.Case, sent.ID
}

// toShelter is what the NGO passes on: what is needed and how to reach her.
func toShelter() client.NewPassing {
	return client.NewPassing{To: "Invented Shelter", Categories: []string{"needs", "safe_contact"}}
}

// passOn passes that on, and the shelter takes it on.
func passOn(t *testing.T, ngo, shelter *client.Client, of posada.ReferralID) client.Referral {
	t.Helper()
	preview, err := ngo.PassOn(t.Context(), of, toShelter())
	if err != nil || preview.Digest == "" {
		t.Fatalf("%+v, %v", preview.Uncovered, err)
	}
	sent, err := ngo.Send(t.Context(), client.NewSend{Digest: preview.Digest})
	if err != nil {
		t.Fatal(err)
	}
	if shelter != nil {
		eventually(t, "the shelter has taken it on", func() bool {
			_, err := shelter.Mark(t.Context(), sent.ID, client.NewMark{State: "acknowledged"})
			return err == nil
		})
	}
	return sent
}

func onwardTown(t *testing.T) (laid town.Laid, w *town.Town, legal, ngo, shelter *client.Client) {
	t.Helper()
	laid = lay(t)
	w, err := town.Start(t.Context(), laid, town.Options{Skip: []string{"police"}, Poll: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return laid, w, ask(t, w, "legal"), ask(t, w, "ngo"), ask(t, w, "shelter")
}

// TestOnlyWhatAGrantLetsBePassedOnIs is G13: to whom it names, what it covers and the
// network lets that class have, for no longer; and no further.
func TestOnlyWhatAGrantLetsBePassedOnIs(t *testing.T) {
	t.Parallel()
	_, w, legal, ngo, shelter := onwardTown(t)
	_, free := share(t, legal, ngo, "Invented Shelter")
	_, bound := share(t, legal, ngo)
	refused := func(of posada.ReferralID, in client.NewPassing, lack posada.Condition) {
		t.Helper()
		p, err := ngo.PassOn(t.Context(), of, in)
		if err != nil || p.Digest != "" || !slices.ContainsFunc(p.Uncovered, func(u client.Uncovered) bool { return slices.Contains(u.Lacks, lack) }) {
			t.Errorf("to %s: %q, %+v, %v; want %s", in.To, p.Digest, p.Uncovered, err, lack)
		}
	}
	refused(bound, toShelter(), "O.named")
	refused(free, client.NewPassing{To: "Invented Police", Categories: []string{"needs"}}, "O.trust")
	refused(free, client.NewPassing{To: "Invented Legal Aid", Categories: []string{"needs"}}, "O.named")
	refused(free, client.NewPassing{To: "Invented Shelter"}, "O.network") // her name is not for a shelter's case work
	for name, c := range map[string]struct {
		of   posada.ReferralID
		in   client.NewPassing
		want string
	}{
		"to ourselves":          {free, client.NewPassing{To: "Invented NGO"}, "to_ourselves"},
		"a service nobody asks": {free, client.NewPassing{To: "Invented Shelter", Services: []string{"food"}}, "pass_on_services"},
		"what is not there":     {posada.IDFrom[posada.ReferralID]([16]byte{9}), toShelter(), "nothing_there"},
	} {
		if _, err := ngo.PassOn(t.Context(), c.of, c.in); key(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	sent := passOn(t, ngo, shelter, free)
	ours, err := ngo.Referral(t.Context(), free)
	if err != nil || len(ours.Onward) != 1 || ours.Onward[0].Name != "Invented Shelter" {
		t.Errorf("it may be passed on to %v, %v", ours.Onward, err)
	}
	got, err := shelter.Referral(t.Context(), sent.ID)
	if err != nil || !carries(got, hers) || carries(got, her) || got.Peer.Name != "Invented NGO" || len(got.Onward) != 0 {
		t.Fatalf("the shelter has %d fields from %s, %v", len(got.Carried), got.Peer.Name, err)
	}
	if got.Obligations.Onward != "none" || got.Obligations.RetainUntil > ours.Obligations.RetainUntil || got.Alias == ours.Alias {
		t.Errorf("%+v of %+v", got.Obligations, ours.Obligations)
	}
	if _, err := shelter.PassOn(t.Context(), sent.ID, client.NewPassing{To: "Invented Legal Aid"}); err != nil {
		t.Error(err)
	}
	if list, err := legal.Referrals(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("the source sees %d referrals, %v", len(list), err)
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
}

// TestWhatWasPassedOnIsDestroyedWithWhatItCameFrom: by her word where it was collected,
// by her word where it was passed on from, and by her code said at the agency it was
// passed on to. The third's word that it is destroyed goes to whoever passed it on, and
// of that agency's store nothing of hers opens.
func TestWhatWasPassedOnIsDestroyedWithWhatItCameFrom(t *testing.T) {
	t.Parallel()
	for name, back := range sampled.Rows(map[string]func(t *testing.T, legal, ngo, shelter *client.Client, label string, id posada.ReferralID) error{
		"her word at the source": func(t *testing.T, legal, _, _ *client.Client, label string, _ posada.ReferralID) error {
			return second(legal.Withdraw(t.Context(), client.NewWithdrawal{Case: label}))
		},
		"her word at the passer": func(t *testing.T, _, ngo, _ *client.Client, _ string, id posada.ReferralID) error {
			return second(ngo.Withdraw(t.Context(), client.NewWithdrawal{Referral: string(id)}))
		},
		"her code": func(t *testing.T, legal, _, shelter *client.Client, label string, _ posada.ReferralID) error {
			words, err := legal.Words(t.Context(), client.NewWords{Case: label})
			if err != nil {
				return err
			}
			return second(shelter.Withdraw(t.Context(), client.NewWithdrawal{Code: words.Spanish}))
		},
		"her code for the third alone": func(t *testing.T, legal, _, shelter *client.Client, label string, _ posada.ReferralID) error {
			words, err := legal.Words(t.Context(), client.NewWords{Case: label})
			if err != nil {
				return err
			}
			return second(legal.Withdraw(t.Context(), client.NewWithdrawal{Code: words.English, From: "Invented Shelter"}))
		},
		"her word at the source, of the third alone": func(t *testing.T, legal, _, _ *client.Client, label string, _ posada.ReferralID) error {
			out, err := legal.Withdraw(t.Context(), client.NewWithdrawal{Case: label, From: "Invented Shelter"})
			if len(out.Thirds) != 1 || out.Thirds[0].Name != "Invented Shelter" {
				t.Errorf("%v were told", out.Thirds)
			}
			return err
		},
		"her word at the source, of somebody else and later of the third alone": func(t *testing.T, legal, _, _ *client.Client, label string, _ posada.ReferralID) error {
			if _, err := legal.Withdraw(t.Context(), client.NewWithdrawal{Case: label, From: "Invented Police"}); err != nil {
				return err
			}
			return second(legal.Withdraw(t.Context(), client.NewWithdrawal{Case: label, From: "Invented Shelter"}))
		},
	}, few(2)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			laid, w, legal, ngo, shelter := onwardTown(t)
			label, id := share(t, legal, ngo, "Invented Shelter")
			sent := passOn(t, ngo, shelter, id)
			if got, err := shelter.Referral(t.Context(), sent.ID); err != nil || !carries(got, hers) {
				t.Fatalf("the shelter does not have it: %v", err)
			}
			if err := back(t, legal, ngo, shelter, label, id); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the shelter's word that it is destroyed", func() bool {
				r, err := ngo.Referral(t.Context(), sent.ID)
				return err == nil && r.Shredded != nil && r.Shredded.Read
			})
			third := strings.HasSuffix(name, "the third alone")
			if !third {
				eventually(t, "the NGO's word that its own is", func() bool {
					list, err := legal.Referrals(t.Context())
					return err == nil && len(list) == 1 && list[0].Shredded != nil
				})
			}
			if err := w.Stop(); err != nil {
				t.Fatal(err)
			}
			if n := readable(t, laid, "shelter", hers); n != 0 {
				t.Errorf("%d records of the shelter say her number", n)
			}
			if n := readable(t, laid, "ngo", hers); (n == 0) == third {
				t.Errorf("%d records of the NGO say her number", n)
			}
		})
	}
}

// TestWhatWasPassedOnAndIsNotReadYetIsTakenBack: the shelter is away, so what was
// passed on lies at the hub. It is taken back from there, and of the NGO's store, of
// which its source has the word that it is destroyed, nothing of hers opens.
func TestWhatWasPassedOnAndIsNotReadYetIsTakenBack(t *testing.T) {
	t.Parallel()
	laid := lay(t)
	w, err := town.Start(t.Context(), laid, town.Options{Skip: []string{"shelter", "police"}, Poll: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	legal, ngo := ask(t, w, "legal"), ask(t, w, "ngo")
	label, id := share(t, legal, ngo, "Invented Shelter")
	sent := passOn(t, ngo, nil, id)
	eventually(t, "it lies at the hub", func() bool {
		s, err := ngo.Status(t.Context())
		return err == nil && s.AtHub >= 1
	})
	if _, err := legal.Withdraw(t.Context(), client.NewWithdrawal{Case: label}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the NGO's word that its own is destroyed", func() bool {
		r, err := legal.Referrals(t.Context())
		return err == nil && len(r) == 1 && r[0].Shredded != nil
	})
	if r, err := ngo.Referral(t.Context(), sent.ID); err != nil || r.State != posada.StateWithdrawnBySurvivor || len(r.Carried) != 0 || !r.Delivered.IsZero() {
		t.Errorf("%s, %d fields, delivered %v, %v", r.State, len(r.Carried), r.Delivered, err)
	}
	later := ask(t, w, "ngo")
	eventually(t, "it lies there no more", func() bool {
		s, err := later.Status(t.Context())
		return err == nil && s.AtHub <= 2 // her word, and that its place is void
	})
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{hers, her} {
		if n := readable(t, laid, "ngo", text); n != 0 {
			t.Errorf("%d records of the NGO say %s", n, text)
		}
	}
}

// TestHerWordAtTheThirdEndsThatAndNothingElse: the shelter destroys what it was passed
// and is passed nothing more of it; what another person's referral passed on to it, and
// what the NGO has, stay.
func TestHerWordAtTheThirdEndsThatAndNothingElse(t *testing.T) {
	t.Parallel()
	_, w, legal, ngo, shelter := onwardTown(t)
	_, id := share(t, legal, ngo, "Invented Shelter")
	_, others := share(t, legal, ngo, "Invented Shelter")
	sent, kept := passOn(t, ngo, shelter, id), passOn(t, ngo, shelter, others)
	if _, err := shelter.Withdraw(t.Context(), client.NewWithdrawal{Referral: string(sent.ID)}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the shelter's word that it is destroyed", func() bool {
		r, err := ngo.Referral(t.Context(), sent.ID)
		return err == nil && r.Shredded != nil
	})
	if p, err := ngo.PassOn(t.Context(), id, toShelter()); err != nil || p.Digest != "" {
		t.Errorf("it can be passed on again: %v", err)
	}
	for node, id := range map[*client.Client]posada.ReferralID{ngo: id, shelter: kept.ID} {
		if r, err := node.Referral(t.Context(), id); err != nil || !carries(r, hers) || r.State == posada.StateWithdrawnBySurvivor {
			t.Errorf("something else is gone: %v", err)
		}
	}
	// And by her word where it was passed on from: all that the shelter was passed of it.
	more := passOn(t, ngo, shelter, others)
	back, err := ngo.Withdraw(t.Context(), client.NewWithdrawal{Referral: string(kept.ID)})
	if err != nil || len(back.Back) != 2 {
		t.Fatalf("%d taken back, %v", len(back.Back), err)
	}
	for _, id := range []posada.ReferralID{kept.ID, more.ID} {
		eventually(t, "the shelter's word that that is destroyed, too", func() bool {
			r, err := ngo.Referral(t.Context(), id)
			return err == nil && r.Shredded != nil
		})
	}
	if r, err := ngo.Referral(t.Context(), others); err != nil || !carries(r, hers) {
		t.Errorf("what it came from is gone: %v", err)
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
}

// TestWhomSheExcludedHereNothingIsPassedOnTo is G14: she told the NGO, in the case into
// which it took something of hers over, whom she fears; what another agency's consent
// says is not stronger.
func TestWhomSheExcludedHereNothingIsPassedOnTo(t *testing.T) {
	t.Parallel()
	_, w, legal, ngo, _ := onwardTown(t)
	_, id := share(t, legal, ngo, "Invented Shelter")
	own := newConsent()
	own.Allow = []client.NewAllowance{{To: "Invented NGO", Purpose: "case_management", Share: []string{"needs"}}}
	taken, err := ngo.TakeOver(t.Context(), id, own)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := ngo.PassOn(t.Context(), id, toShelter()); err != nil || p.Digest == "" {
		t.Fatalf("%+v, %v", p.Uncovered, err)
	}
	if _, err := ngo.Exclude(t.Context(), client.NewExclusion{Case: taken.Case, Agency: "Invented Shelter"}); err != nil {
		t.Fatal(err)
	}
	p, err := ngo.PassOn(t.Context(), id, toShelter())
	if err != nil || p.Digest != "" || !slices.ContainsFunc(p.Uncovered, func(u client.Uncovered) bool { return slices.Contains(u.Lacks, "O.named") }) {
		t.Errorf("%+v, %v", p.Uncovered, err)
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
}
