package consents

import (
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// both is agreed to by two agencies, each for its own purpose.
func both() consent.Record {
	r := agreed()
	r.Allowances = append(r.Allowances, consent.Allowance{
		To: shelter(), Purpose: posada.PurposeShelter, Categories: posada.SetOf(posada.CategoryNeeds), Onward: []posada.AgencyID{legal()},
	})
	return r
}

func (b *bench) withdraw(t testing.TB, label string, from posada.AgencyID) {
	t.Helper()
	must(t, b.c.Vault.Update(func(tx *vault.Tx) error {
		said, err := b.Newest(tx, label)
		if err != nil {
			return err
		}
		return b.Withdraw(tx, consent.TakenBack{Label: label, From: from, By: ana(), Said: said})
	}))
}

// may reports whether an agency is named for its purpose, and whom it may pass on
// to.
func (b *bench) may(t testing.TB, label string, to posada.AgencyID) (named bool, onward []posada.AgencyID) {
	t.Helper()
	purpose := map[posada.AgencyID]posada.Purpose{legal(): posada.PurposeLegal, shelter(): posada.PurposeShelter}[to]
	b.view(t, func(tx *vault.Tx) {
		r, _, err := b.For(tx, label, to, purpose)
		must(t, err)
		f := r.Facts(to, purpose, "", b.now)
		named = r.Naming(to) == posada.Named && f.Status == posada.ConsentGiven && f.Purposes.Has(purpose)
		onward = r.Onward(to, purpose)
	})
	return named, onward
}

func (b *bench) code(t testing.TB, label string) consent.Code {
	t.Helper()
	code, err := b.Code(t.Context(), worker(), label)
	must(t, err)
	return code
}

// TestWhatSheTookBackFromOneCountsForThatOne: from all it was agreed with, in every
// record of the case; what she says afterwards counts, whatever the clock shows.
func TestWhatSheTookBackFromOneCountsForThatOne(t *testing.T) {
	for name, passes := range map[string]time.Duration{"a minute later": time.Minute, "at once": 0, "and the clock goes back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			first := b.add(t, "", both())
			b.add(t, first.Label, both())
			other := b.add(t, "", both())
			b.now = b.now.Add(-time.Minute) // of the last record
			b.withdraw(t, first.Label, legal())
			if named, _ := b.may(t, first.Label, legal()); named {
				t.Error("it is still named")
			}
			if named, onward := b.may(t, first.Label, shelter()); !named || len(onward) != 0 {
				t.Errorf("the other is named: %v, and may pass on to %d", named, len(onward))
			}
			if named, _ := b.may(t, other.Label, legal()); !named {
				t.Error("another case's is gone")
			}
			list, err := b.List(t.Context(), worker())
			must(t, err)
			for _, f := range list {
				if want := f.Label == first.Label; slices.Contains(f.Withdrawn, legal()) != want || slices.Contains(f.Withdrawn, shelter()) {
					t.Errorf("%s: %d are withdrawn from", f.Label, len(f.Withdrawn))
				}
			}
			b.now = b.now.Add(passes)
			b.add(t, first.Label, both())
			if named, _ := b.may(t, first.Label, legal()); !named {
				t.Error("what she said afterwards does not count")
			}
		})
	}
}

// TestWhatSheSaidBeforeIsNotOfWhatCameAfter: her word reaches us late, from where she
// said it; what she agreed to meanwhile counts.
func TestWhatSheSaidBeforeIsNotOfWhatCameAfter(t *testing.T) {
	for _, from := range []posada.AgencyID{"", legal()} {
		b := newBench(t)
		first := b.add(t, "", both())
		said := b.now
		b.now = b.now.Add(24 * time.Hour)
		later := b.add(t, first.Label, both())
		b.now = b.now.Add(24 * time.Hour)
		for _, at := range []time.Time{said, said.Add(-time.Second)} {
			must(t, b.c.Vault.Update(func(tx *vault.Tx) error {
				return b.Withdraw(tx, consent.TakenBack{Label: first.Label, From: from, Said: consent.SaidElsewhere(at, b.now)})
			}))
		}
		if named, _ := b.may(t, first.Label, legal()); !named {
			t.Errorf("from %q: what came after is taken back", from)
		}
		if f, err := b.Show(t.Context(), worker(), later.Record.ID); err != nil || f.Status != posada.ConsentGiven || len(f.Withdrawn) != 0 {
			t.Errorf("from %q: %s, %v", from, f.Status, err)
		}
		if f, err := b.Show(t.Context(), worker(), first.Record.ID); err != nil || from == "" && f.Status != posada.ConsentWithdrawn || from != "" && len(f.Withdrawn) != 1 {
			t.Errorf("from %q: the first is %s, %v", from, f.Status, err)
		}
	}
}

func TestWhatSheTookBackFromAllIsOver(t *testing.T) {
	b := newBench(t)
	first := b.add(t, "", both())
	b.withdraw(t, first.Label, "")
	for _, to := range []posada.AgencyID{legal(), shelter()} {
		if named, _ := b.may(t, first.Label, to); named {
			t.Errorf("%s is still named", to)
		}
	}
	if f, err := b.Show(t.Context(), worker(), first.Record.ID); err != nil || f.Status != posada.ConsentWithdrawn {
		t.Errorf("%s, %v", f.Status, err)
	}
	// Taken back again it is no less over, and the code of before is used up.
	code := b.code(t, first.Label)
	b.withdraw(t, first.Label, "")
	b.withdraw(t, first.Label, legal())
	if f, err := b.Show(t.Context(), worker(), first.Record.ID); err != nil || len(f.Record.History) != 2 || b.code(t, first.Label) == code {
		t.Errorf("%d steps, %v", len(f.Record.History), err)
	}
	if err := b.c.Vault.Update(func(tx *vault.Tx) error { return b.Withdraw(tx, consent.TakenBack{Label: "wren-10", Said: b.now}) }); fault.From(err).Key != fault.UnknownCase {
		t.Errorf("%v", err)
	}
}

// TestACodeIsACasesOwnAndUsedUp: what is granted commits to it; once something was
// taken back, what is granted then commits to another, and both find the case.
func TestACodeIsACasesOwnAndUsedUp(t *testing.T) {
	b := newBench(t)
	first, other := b.add(t, "", both()), b.add(t, "", both())
	code := b.code(t, first.Label)
	if code == b.code(t, other.Label) || code == (consent.Code{}) {
		t.Error("two cases have one code")
	}
	b.add(t, first.Label, both())
	if b.code(t, first.Label) != code {
		t.Error("another consent has another code")
	}
	commits := func(c consent.Code) bool {
		var compact string
		must(t, b.c.Vault.Update(func(tx *vault.Tx) (err error) {
			governs, _, err := b.For(tx, first.Label, shelter(), posada.PurposeShelter)
			must(t, err)
			rule := consent.OnwardNone
			if len(governs.Onward(shelter(), posada.PurposeShelter)) > 0 {
				rule = consent.OnwardNamed
			}
			compact, err = b.Grant(tx, first.Label, shelter(), posada.PurposeShelter, posada.SetOf(posada.CategoryNeeds), consent.Obligations{
				RetainUntil: b.now.Add(time.Hour).Unix(), Onward: rule, Recheck: posada.StalenessFresh, Notice: consent.NoticeNoRedisclosure,
			})
			return err
		}))
		g, err := consent.ReadGrant(compact, us(), shelter(), b.now, b.members)
		must(t, err)
		return g.Withdrawal == c.Secret(b.members.Network()).WithdrawalCommitment(shelter())
	}
	finds := func(c consent.Code, want consent.TakenBack) {
		t.Helper()
		b.view(t, func(tx *vault.Tx) {
			back, err := b.Withdrawable(tx, c.Secret(b.members.Network()).WithdrawalSecret(us()), b.now)
			if err != nil || back != want {
				t.Errorf("it finds %+v, %v; want %+v", back, err, want)
			}
		})
	}
	if !commits(code) {
		t.Error("a grant commits to something else")
	}
	finds(code, consent.TakenBack{Label: first.Label, Said: b.now})
	finds(consent.Code{1}, consent.TakenBack{})
	used := b.now
	b.withdraw(t, first.Label, legal())
	b.now = b.now.Add(time.Hour)
	next := b.code(t, first.Label)
	if next == code || commits(code) || !commits(next) {
		t.Error("the code was not used up")
	}
	b.reopen(t)
	// What it was used for is over; what came after is not meant by it.
	finds(code, consent.TakenBack{Label: first.Label, Said: used, Former: true})
	finds(next, consent.TakenBack{Label: first.Label, Said: b.now})
	later := b.add(t, first.Label, both())
	must(t, b.c.Vault.Update(func(tx *vault.Tx) error {
		return b.Withdraw(tx, consent.TakenBack{Label: first.Label, Said: used, Former: true})
	}))
	if f, err := b.Show(t.Context(), worker(), later.Record.ID); err != nil || f.Status != posada.ConsentGiven || b.code(t, first.Label) != next {
		t.Errorf("what came after a used code is %s, %v", f.Status, err)
	}
	// Another's secret is not ours, though it is of the same code.
	b.view(t, func(tx *vault.Tx) {
		if back, err := b.Withdrawable(tx, code.Secret(b.members.Network()).WithdrawalSecret(legal()), b.now); err != nil || back.Label != "" {
			t.Errorf("%+v, %v", back, err)
		}
	})
	shown := 0
	b.view(t, func(tx *vault.Tx) {
		must(t, audit.Each(tx, 1, func(_ uint64, e audit.Entry) error {
			if e.Act == audit.CodeShown && e.By == ana() {
				shown++
			}
			return nil
		}))
	})
	if shown != 5 {
		t.Errorf("that the words were read is noted %d times", shown)
	}
}

func TestACodeIsShownToThoseWhoseWorkItIs(t *testing.T) {
	b := newBench(t)
	first := b.add(t, "", both())
	stranger := worker()
	stranger.ID = posada.IDFrom[posada.StaffID]([16]byte{10})
	if code, err := b.Code(t.Context(), stranger, first.Label); fault.From(err).Key != fault.UnknownCase || code != (consent.Code{}) {
		t.Errorf("%v", err)
	}
	filed := b.filed(b.c.Vault)
	empty, err := filed.Start(worker())
	must(t, err)
	if _, err := b.Code(t.Context(), worker(), empty.Label); fault.From(err).Key != fault.NoConsentYet {
		t.Errorf("%v", err)
	}
}

// TestAConsentIsThereForThoseWhoseWorkItIs: to everybody else it is as if it were
// not.
func TestAConsentIsThereForThoseWhoseWorkItIs(t *testing.T) {
	b := newBench(t)
	first := b.add(t, "", agreed())
	stranger := worker()
	stranger.ID = posada.IDFrom[posada.StaffID]([16]byte{10})
	coordinator := stranger
	coordinator.Roles = posada.SetOf(posada.RoleCoordinator)
	before := b.entries(t)
	if list, err := b.List(t.Context(), stranger); err != nil || len(list) != 0 {
		t.Errorf("%d, %v", len(list), err)
	}
	if list, err := b.List(t.Context(), coordinator); err != nil || len(list) != 0 {
		t.Errorf("%d, %v", len(list), err)
	}
	if _, err := b.Show(t.Context(), stranger, first.Record.ID); fault.From(err).Key != fault.NothingThere {
		t.Errorf("%v", err)
	}
	if _, err := b.End(t.Context(), coordinator, first.Record.ID, posada.ConsentWithdrawn); fault.From(err).Key != fault.NothingThere {
		t.Errorf("%v", err)
	}
	if _, err := b.Add(t.Context(), stranger, first.Label, 0, agreed()); fault.From(err).Key != fault.UnknownCase {
		t.Errorf("%v", err)
	}
	if b.entries(t) != before {
		t.Error("something was done")
	}
}

// TestACaseThatIsBeingDestroyedTakesNothingFromTheOthers: its consents are listed no
// more, and those of the others are.
func TestACaseThatIsBeingDestroyedTakesNothingFromTheOthers(t *testing.T) {
	b := newBench(t)
	going, stays := b.add(t, "", agreed()), b.add(t, "", agreed())
	filed := b.filed(b.c.Vault)
	must(t, b.c.Vault.Update(func(tx *vault.Tx) error {
		_, err := filed.Erase(t.Context(), tx, worker(), going.Label)
		return err
	}))
	if list, err := b.List(t.Context(), worker()); err != nil || len(list) != 1 || list[0].Label != stays.Label {
		t.Errorf("%d are listed, %v", len(list), err)
	}
	if _, err := b.Show(t.Context(), worker(), going.Record.ID); fault.From(err).Key != fault.NothingThere {
		t.Errorf("%v", err)
	}
}

// TestACodeIsDrawnBeforeItsTransaction: one that lies ready is used up, by one case
// alone, and the next case finds another. None is drawn for a case that has one, nor
// for one that is nobody's work here.
func TestACodeIsDrawnBeforeItsTransaction(t *testing.T) {
	b := newBench(t)
	seen := map[consent.Code]bool{}
	ahead := func(label string, want int) {
		t.Helper()
		if must(t, b.Ahead(t.Context(), worker(), label)); len(b.ahead) != want {
			t.Fatalf("%d lie ready; want %d", len(b.ahead), want)
		}
	}
	for range 3 {
		ahead("wren-99", 0)
		label := b.add(t, "", both()).Label
		ahead(label, 1)
		ahead(label, 1)
		code := b.code(t, label)
		if len(b.ahead) != 0 || seen[code] {
			t.Errorf("%d lie ready, and it is another's: %v", len(b.ahead), seen[code])
		}
		ahead(label, 0)
		seen[code] = true
	}
}
