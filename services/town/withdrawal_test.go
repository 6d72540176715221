package town_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// her is the name the referrals of these tests carry; it is invented.
const her = "Xochitl (invented)"

// TestAfterAWithdrawalNothingOfHersIsLeft: her code, passed on by an agency that
// never met her, destroys what the legal aid has. Of its store as it is then, and
// of a backup of before, nothing of hers opens with every key that is left; and the
// agency that shared it has the legal aid's word for that. What a hub that kept every
// envelope can still open with the legal aid's keys of that day it can until the day's
// key is destroyed, and then no more: nothing of hers is left that anybody can read.
func TestAfterAWithdrawalNothingOfHersIsLeft(t *testing.T) {
	t.Parallel()
	laid, history := lay(t), &tap{}
	today := time.Now()
	options := func(at time.Time) town.Options {
		begun := time.Now()
		return town.Options{
			Skip: []string{"police"}, Poll: 20 * time.Millisecond,
			Clock: func(string) time.Time { return at.Add(time.Since(begun)) },
			Hub: func(key string, h post.Hub) post.Hub {
				if key != "legal" {
					return h
				}
				history.Hub = h
				return history
			},
		}
	}
	w, err := town.Start(t.Context(), laid, options(today))
	if err != nil {
		t.Fatal(err)
	}
	ngo, legal, shelter := ask(t, w, "ngo"), ask(t, w, "legal"), ask(t, w, "shelter")
	agreed := agree(t, ngo)
	words, err := ngo.Words(t.Context(), client.NewWords{Case: agreed.Case})
	if err != nil {
		t.Fatal(err)
	}
	sent := send(t, ngo, agreed.Case)
	settle(t, ngo, legal, 1)
	if shown, err := legal.Referral(t.Context(), sent.ID); err != nil || !carries(shown, her) {
		t.Fatalf("the legal aid does not have it: %v", err)
	}
	backup := t.TempDir()
	store := func(key string) string { return filepath.Join(laid.Dir, key, "vault", "vault.db") }
	for _, key := range []string{"ngo", "legal"} {
		copyFile(t, store(key), filepath.Join(backup, key))
	}

	begun := time.Now()
	if _, err := shelter.Withdraw(t.Context(), client.NewWithdrawal{Code: words.Spanish}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the legal aid's word that it is destroyed", func() bool {
		r, err := ngo.Referral(t.Context(), sent.ID)
		return err == nil && r.Shredded != nil && r.Shredded.Read && r.State == posada.StateWithdrawnBySurvivor
	})
	t.Logf("destroyed and confirmed after %v", time.Since(begun).Round(time.Millisecond))
	if shown, err := legal.Referral(t.Context(), sent.ID); err != nil || len(shown.Carried) != 0 {
		t.Errorf("%d fields are shown, %v", len(shown.Carried), err)
	}
	// The police runs no node here: what had been sent to it would wait.
	eventually(t, "nothing is on its way to anybody", func() bool {
		s, err := shelter.Status(t.Context())
		return err == nil && s.Waiting+s.AtHub == 0
	})
	eventually(t, "the consent being withdrawn", func() bool {
		consents, err := ngo.Consents(t.Context())
		return err == nil && consents[0].Status == posada.ConsentWithdrawn
	})
	// What the agency that collected it has is hers to have destroyed, too.
	erased, err := ngo.EraseCase(t.Context(), client.NewErasure{Case: agreed.Case})
	if err != nil || erased.Done.IsZero() || erased.Consents != 1 || erased.Referrals != 1 || len(erased.Back) != 0 {
		t.Errorf("%+v, %v", erased, err)
	}
	if cases, err := ngo.Cases(t.Context()); err != nil || len(cases) != 0 {
		t.Errorf("%d cases are left, %v", len(cases), err)
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	if opened := seize(t, laid, history.wire, today); opened != len(history.wire) || opened == 0 {
		t.Errorf("on the day itself %d of %d envelopes open; want all", opened, len(history.wire))
	}
	if w, err = town.Start(t.Context(), laid, options(today.AddDate(0, 0, 9))); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the day's end", func() bool {
		s, err := ask(t, w, "legal").Status(t.Context())
		return err == nil && s.Hub == "connected" && !s.Heard.IsZero()
	})
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	if opened := seize(t, laid, history.wire, today); opened != 0 {
		t.Errorf("nine days on %d of %d envelopes open; want none", opened, len(history.wire))
	}
	for _, key := range []string{"ngo", "legal"} {
		if n := readable(t, laid, key, her) + readable(t, laid, key, agreed.Case); n != 0 {
			t.Errorf("%d records of the store of %s say her name, or what her case was called", n, key)
		}
		copyFile(t, filepath.Join(backup, key), store(key))
		if n := readable(t, laid, key, her); n != 0 {
			t.Errorf("%d records of the backup of %s say her name", n, key)
		}
	}
	if opened := seize(t, laid, history.wire, today); opened != 0 {
		t.Errorf("with the backup %d of %d envelopes open; want none", opened, len(history.wire))
	}
	acts(t, laid, "shelter", map[audit.Act]int{audit.CodePassedOn: 1, audit.Shredded: 0})
}

// copyFile copies a file as it was at one moment, also where somebody writes to it meanwhile:
// what reads the same twice was not written to between.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	var text []byte
	eventually(t, "nobody writing to it meanwhile", func() bool {
		before, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if text, err = os.ReadFile(from); err != nil {
			t.Fatal(err)
		}
		return bytes.Equal(before, text)
	})
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func carries(r client.Referral, value string) bool {
	return slices.ContainsFunc(r.Carried, func(c client.Carried) bool { return c.Value == value })
}

// readable counts the records of an agency's store that open with the keys that
// are left and say a text.
func readable(t *testing.T, laid town.Laid, key, text string) (count int) {
	t.Helper()
	v := storeOf(t, laid, key)
	defer v.Close()
	err := v.View(func(tx *vault.Tx) error {
		for _, b := range []vault.Bucket{"referrals", "held", "previews", "outbox", "consents", "cases", "own_records", "questions"} {
			if err := tx.Each(b, func(_ string, value []byte) error {
				if bytes.Contains(value, []byte(text)) {
					count++
				}
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// TestNothingOpensAfterItsWithdrawalIsKnown gives a real node a withdrawal and what
// it takes back in either order, once in one envelope and once in two, by the
// source's word and by code: what was known to be taken back is never shown.
func TestNothingOpensAfterItsWithdrawalIsKnown(t *testing.T) {
	t.Parallel()
	var in *injector
	p := plan() // a coordinator is shown what was taken back, too
	p.Agencies[1].Staff[0].Roles = []posada.StaffRole{posada.RoleLegal, posada.RoleCoordinator}
	laid, err := town.Lay(t.TempDir(), p, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, laid, town.Options{
		Skip: []string{"ngo", "shelter", "police"}, Poll: 20 * time.Millisecond,
		Hub: func(_ string, h post.Hub) post.Hub { in = &injector{Hub: h}; return in },
	})
	legal := ask(t, w, "legal")
	f := newForger(t, w, "ngo")
	now := time.Now().UTC().Truncate(time.Second)
	byWord := func(disclosed event.Event) event.Event {
		mark := referral.Mark{State: posada.StateWithdrawnBySurvivor, N: 4, At: now}
		e, err := event.Mark(rand.Reader, disclosed.Subject(), mark, now)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	n := 0
	secret := func() [32]byte { return consent.CaseSecret{byte(n), 2, 3}.WithdrawalSecret(f.to.Agency) }
	byCode := func(event.Event) event.Event {
		e, err := event.Withdrawal(rand.Reader, event.Withdrawn{Secret: secret()}, now)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	for name, back := range map[string]func(event.Event) event.Event{"word": byWord, "code": byCode} {
		for round := range 8 {
			first, apart, held := round&1 == 0, round&2 == 0, round&4 == 0
			covered, own := f.content(), secret()
			said := covered
			if held { // its grant does not cover it
				said = f.content(func(c *referral.Content) { c.Records[0].Fields["psd_ImmigrationStatus"] = her })
			}
			o := f.obligations()
			disclosed := f.disclosed(said, f.grant(covered, func(g *consent.Grant) { g.Withdrawal, g.Obligations = sha256.Sum256(own[:]), o }), o)
			all := []event.Event{disclosed, back(disclosed)}
			if first {
				slices.Reverse(all)
			}
			one, two := f.place(all[0]), f.place(all[1])
			if apart {
				in.put(f.good(one))
				in.put(f.good(two))
			} else {
				in.put(f.good(one, two))
			}
			// When what comes after both is there, both were taken in.
			last := f.content(func(c *referral.Content) { c.Records = nil })
			in.put(f.good(f.disclosure(last, f.grant(last, func(g *consent.Grant) { g.Obligations = o }), o)))
			n++
			eventually(t, "all was taken in", func() bool { return live(t, legal) == n })
			shown, err := legal.Referral(t.Context(), disclosed.Subject())
			if err == nil && (first || len(shown.Carried) != 0) {
				t.Errorf("by %s, withdrawn first %v, apart %v, held %v: %d fields are shown", name, first, apart, held, len(shown.Carried))
			}
		}
	}
	eventually(t, "nothing is held any more", func() bool {
		s, err := legal.Status(t.Context())
		return err == nil && len(s.Quarantined) == 0
	})
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	if n := readable(t, laid, "legal", her); n != 0 {
		t.Errorf("%d records say her name", n)
	}
}

// TestWhatComesAfterHerWordIsNotShown: she takes back one of several referrals where it
// is, by her word; another is there, one is held, one on its way. All are destroyed, and its source is told so.
func TestWhatComesAfterHerWordIsNotShown(t *testing.T) {
	t.Parallel()
	var in *injector
	laid := lay(t)
	w := start(t, laid, town.Options{
		Skip: []string{"ngo", "shelter", "police"}, Poll: 20 * time.Millisecond,
		Hub: func(_ string, h post.Hub) post.Hub { in = &injector{Hub: h}; return in },
	})
	legal := ask(t, w, "legal")
	f := newForger(t, w, "ngo")
	alias, o := posada.IDFrom[posada.Alias](f.id()), f.obligations()
	say := func(change ...func(*referral.Content)) event.Event {
		c := f.content()
		grant := f.grant(c, func(g *consent.Grant) { g.Subject, g.Obligations, g.Withdrawal = alias, o, consent.Digest{77} })
		return f.disclosed(f.content(change...), grant, o)
	}
	here, beside, held, late := say(), say(), say(func(c *referral.Content) { c.Records[0].Fields["psd_ImmigrationStatus"] = her }), say()
	in.put(f.good(f.place(here), f.place(beside), f.place(held)))
	eventually(t, "two are there and one is held", func() bool {
		s, err := legal.Status(t.Context())
		return err == nil && live(t, legal) == 2 && len(s.Quarantined) == 1
	})
	back, err := legal.Withdraw(t.Context(), client.NewWithdrawal{Referral: string(here.Subject())})
	if err != nil || len(back.Back) != 2 {
		t.Fatalf("%d were taken back, %v", len(back.Back), err)
	}
	in.put(f.good(f.place(late)))
	eventually(t, "what was held is gone", func() bool {
		s, err := legal.Status(t.Context())
		// Three states and that each is destroyed, at the least.
		return err == nil && len(s.Quarantined) == 0 && s.Waiting+s.AtHub >= 6
	})
	if n := live(t, legal); n != 0 {
		t.Errorf("%d are shown", n)
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	if n := readable(t, laid, "legal", her); n != 0 {
		t.Errorf("%d records say her name", n)
	}
	acts(t, laid, "legal", map[audit.Act]int{audit.Shredded: 3, audit.HeldErased: 1})
}

// TestACaseIsDestroyedWhenNothingOfItWaits: what was sent and is not read yet is taken
// back from the hub first; then all of it is destroyed, though nobody asks again and
// the node was started anew.
func TestACaseIsDestroyedWhenNothingOfItWaits(t *testing.T) {
	t.Parallel()
	laid := lay(t)
	w, err := town.Start(t.Context(), laid, town.Options{Skip: []string{"legal", "shelter", "police"}, Poll: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ngo := ask(t, w, "ngo")
	agreed := agree(t, ngo)
	send(t, ngo, agreed.Case)
	eventually(t, "it lies at the hub", func() bool {
		s, err := ngo.Status(t.Context())
		return err == nil && s.AtHub == 1
	})
	erased, err := ngo.EraseCase(t.Context(), client.NewErasure{Case: agreed.Case})
	if err != nil || !erased.Done.IsZero() || len(erased.Back) != 1 {
		t.Fatalf("%+v, %v", erased, err)
	}
	// Until then nothing is done in it any more.
	if _, err := ngo.Preview(t.Context(), newPreview(agreed.Case)); key(err) != "being_erased" && key(err) != "unknown_case" {
		t.Errorf("%v", err)
	}
	eventually(t, "the case is gone", func() bool {
		cases, err := ngo.Cases(t.Context())
		return err == nil && len(cases) == 0
	})
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	if n := readable(t, laid, "ngo", her) + readable(t, laid, "ngo", agreed.Case); n != 0 {
		t.Errorf("%d records say her name, or what her case was called", n)
	}
	acts(t, laid, "ngo", map[audit.Act]int{audit.CaseErasing: 1, audit.CaseErased: 1, audit.Stopped: 1})
}

// live counts the referrals that were not taken back.
func live(t *testing.T, node *client.Client) (count int) {
	t.Helper()
	list, err := node.Referrals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if r.State != posada.StateWithdrawnBySurvivor {
			count++
		}
	}
	return count
}

// TestWordsThatWereUsedTakeBackWhatWasSharedSinceUnderWhatTheyEnd: she took it back from
// one agency, and so the case has other words. Whoever hears the ones of before ends
// what she had agreed to then, and what another agency was sent under that only later
// is not left there under a consent that is over.
func TestWordsThatWereUsedTakeBackWhatWasSharedSinceUnderWhatTheyEnd(t *testing.T) {
	t.Parallel()
	w := start(t, lay(t), town.Options{Skip: []string{"police"}, Poll: 20 * time.Millisecond})
	ngo, legal, shelter := ask(t, w, "ngo"), ask(t, w, "legal"), ask(t, w, "shelter")
	agreed := agree(t, ngo)
	before, err := ngo.Words(t.Context(), client.NewWords{Case: agreed.Case})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ngo.Withdraw(t.Context(), client.NewWithdrawal{Case: agreed.Case, From: "Invented Shelter"}); err != nil {
		t.Fatal(err)
	}
	sent := send(t, ngo, agreed.Case)
	settle(t, ngo, legal, 1)
	if _, err := shelter.Withdraw(t.Context(), client.NewWithdrawal{Code: before.English}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the legal aid's word that it is destroyed", func() bool {
		r, err := ngo.Referral(t.Context(), sent.ID)
		return err == nil && r.State == posada.StateWithdrawnBySurvivor && r.Shredded != nil
	})
}
