package records

import (
	"crypto/rand"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// covered is what the shipped policy lets a legal aid be given for legal help by
// consent alone, as the matrix says it, written out a second time.
func covered() posada.Set[posada.Category] {
	return posada.SetOf(
		posada.CategoryNeeds, posada.CategorySafeContact, posada.CategoryIdentity, posada.CategoryHousehold, posada.CategoryLocationHistory,
		posada.CategoryImmigrationStatus, posada.CategoryArrestHistory, posada.CategoryExploitationType, posada.CategoryExploitationNarrative,
		posada.CategoryPerpetrator, posada.CategoryOfficialPerpetrator, posada.CategoryEmployer, posada.CategoryDocuments, posada.CategoryServiceHistory,
	)
}

// TestWhatIsCopiedIsWhatWasNamedAndIsPermitted draws what is named, what she withholds,
// who asks and whether the consent counts. What is copied is exactly what was named of
// what came, and only where all that was named may be seen, kept and is agreed to;
// otherwise nothing is left of the attempt.
func TestWhatIsCopiedIsWhatWasNamedAndIsPermitted(t *testing.T) {
	b := newBench(t)
	copied, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		all := posada.Members[posada.Category]()
		named := posada.SetOf(rapid.SliceOfNDistinct(rapid.SampledFrom(all[:]), 1, 4, rapid.ID[posada.Category]).Draw(rt, "named")...)
		if rapid.Bool().Draw(rt, "of what is covered") {
			named = named.And(covered()).With(posada.CategoryIdentity)
		}
		who := staff(9, rapid.SampledFrom([]posada.StaffRole{posada.RoleLegal, posada.RoleAdvocate}).Draw(rt, "role"))
		given := b.agreed(named.List()...)
		withheld := posada.SetOf(rapid.SliceOfN(rapid.SampledFrom(all[:]), 0, 2).Draw(rt, "withheld")...)
		given.Excluded = withheld.Minus(named) // a record that does both contradicts itself
		counts := rapid.IntRange(0, 3).Draw(rt, "told") > 0
		if !counts {
			given.Informed = given.Informed.Minus(posada.SetOf(posada.Members[posada.Informed]()[0]))
		}
		id := b.arrives(t, who)
		content, before, entries := shared(), b.kept(t), b.entries(t)
		held := posada.SetOf(posada.CategoryLocationShelter, posada.CategoryLegalStrategy, posada.CategoryPhotoBiometric, posada.CategoryScreeningAnswers)
		may := counts && covered().Covers(named) && named.And(held).Empty() && !named.And(content.Categories()).Empty()
		out, err := b.TakeOver(t.Context(), who, id, "", 0, given)
		if may != (err == nil) {
			rt.Fatalf("%v of %v: %v", named.List(), content.Categories().List(), err)
		}
		after := b.kept(t)
		if err != nil {
			refused++
			if len(after) != len(before) || b.entries(t) != entries || len(out.Entries) != 0 {
				rt.Fatalf("refused with %v, and something was left", err)
			}
			return
		}
		copied++
		want, _ := redact.Narrow(content, named)
		got := out.Entries[0].Content
		if len(after) != len(before)+1 || !reflect.DeepEqual(got, want) || got.Categories() != named.And(content.Categories()) {
			rt.Fatalf("copied %v", got.Categories().List())
		}
		for _, k := range after {
			if k.Referral == id && !reflect.DeepEqual(k.Content, want) {
				rt.Fatalf("kept %v", k.Content.Categories().List())
			}
		}
	})
	t.Logf("%d times something was copied, %d times nothing", copied, refused)
	if copied < 10 || refused < 10 {
		t.Error("this shows little")
	}
}

// TestEachThingThatIsMissingRefuses: nothing is copied, and neither a case nor a
// consent is left of it.
func TestEachThingThatIsMissingRefuses(t *testing.T) {
	var b *bench
	type attempt struct {
		by    handoff.Asker
		id    posada.ReferralID
		label string
		life  time.Duration
		r     consent.Record
		keep  []posada.Category // instead of identity
	}
	for name, c := range map[string]struct {
		change func(a *attempt)
		want   fault.Key
	}{
		"somebody else's work":    {func(a *attempt) { a.by = staff(3, posada.RoleCoordinator) }, fault.NotYours},
		"of which she knows not":  {func(a *attempt) { a.by = staff(3, posada.RoleLegal) }, fault.NothingThere},
		"nobody's work":           {func(a *attempt) { a.id = b.arrives(t) }, fault.TakeOverNobodys},
		"a referral that is none": {func(a *attempt) { a.id = posada.IDFrom[posada.ReferralID]([16]byte{99}) }, fault.NothingThere},
		"her role sees it not":    {func(a *attempt) { a.keep = []posada.Category{posada.CategoryIdentity, posada.CategoryLocationShelter} }, fault.TakeOverUnseen},
		"it never leaves (G4)":    {func(a *attempt) { a.keep = []posada.Category{posada.CategoryIdentity, posada.CategoryLegalStrategy} }, fault.TakeOverUncovered},
		"no cell of ours (N1)":    {func(a *attempt) { a.keep = []posada.Category{posada.CategoryIdentity, posada.CategoryMedical} }, fault.TakeOverUncovered},
		"nothing of it came":      {func(a *attempt) { a.keep = []posada.Category{posada.CategoryHousehold} }, fault.TakeOverNothing},
		"nothing is named":        {func(a *attempt) { a.r.Allowances[0].Categories = 0 }, fault.TakeOverNothing},
		"another purpose (N1)":    {func(a *attempt) { a.r.Allowances[0].Purpose = posada.PurposeShelter }, fault.TakeOverUncovered},
		"not told (G3)":           {func(a *attempt) { a.r.Informed = 0 }, fault.TakeOverUncovered},
		"conditional (G11)":       {func(a *attempt) { a.r.Condition = posada.ServiceConditional }, fault.TakeOverUncovered},
		"a minor alone (G5)": {func(a *attempt) {
			a.r.AgeBand, a.r.GivenBy, a.r.Jurisdiction = posada.Age16to17, posada.GivenByMinorAlone, posada.JurisdictionElsewhere
		}, fault.TakeOverUncovered},
		"not begun (G3)":       {func(a *attempt) { a.r.NotBefore = b.now.Add(time.Hour) }, fault.TakeOverUncovered},
		"another service (G3)": {func(a *attempt) { a.keep, a.r.Services = []posada.Category{posada.CategoryNeeds}, 0 }, fault.TakeOverUncovered},
		"too long":             {func(a *attempt) { a.life = consent.MaxLife + time.Second }, fault.ConsentContradictsItself},
		"no form":              {func(a *attempt) { a.r.Form = consent.Digest{} }, fault.ConsentContradictsItself},
		"it names another":     {func(a *attempt) { a.r.Allowances[0].To = b.other.Member.ID }, fault.TakeOverConsent},
		"it names another too": {func(a *attempt) {
			a.r.Allowances = append(a.r.Allowances, consent.Allowance{To: b.other.Member.ID, Purpose: posada.PurposeLegal, Categories: posada.SetOf(posada.CategoryNeeds)})
		}, fault.TakeOverConsent},
		"it passes on": {func(a *attempt) { a.r.Allowances[0].Onward = []posada.AgencyID{b.other.Member.ID} }, fault.TakeOverConsent},
		"she excludes us (G14)": {func(a *attempt) {
			r := b.agreed(posada.CategoryNeeds)
			r.Allowances[0].To, r.ExcludedAgencies = b.other.Member.ID, []posada.AgencyID{b.c.Agency}
			filed, err := b.consents.Add(t.Context(), lawyer(), "", 0, r)
			must(t, err)
			a.label = filed.Label
		}, fault.TakeOverUncovered},
		"sent in error":      {func(a *attempt) { b.marked(t, a.id, posada.StateEnteredInError) }, fault.TakeOverBack},
		"a case that is not": {func(a *attempt) { a.label = "wren-10" }, fault.UnknownCase},
		"a case of others": {func(a *attempt) {
			theirs, err := b.cases.Start(staff(2, posada.RoleAdvocate))
			must(t, err)
			a.label = theirs.Label
		}, fault.UnknownCase},
		"the hub was silent":     {func(a *attempt) { b.line.staleness = posada.StalenessStale }, fault.TakeOverUncovered},
		"taken back by her word": {func(a *attempt) { b.back(t, a.id) }, fault.TakeOverBack},
		"its time is over":       {func(a *attempt) { b.now = b.now.AddDate(0, 0, 10) }, fault.NothingThere},
	} {
		b = newBench(t)
		a := attempt{by: lawyer(), id: b.arrives(t, lawyer()), r: b.agreed(posada.CategoryIdentity)}
		c.change(&a)
		if a.keep != nil {
			a.r.Allowances[0].Categories = posada.SetOf(a.keep...)
		}
		entries, before := b.entries(t), b.agreements(t)
		out, err := b.TakeOver(t.Context(), a.by, a.id, a.label, a.life, a.r)
		if fault.From(err).Key != c.want || len(out.Entries) != 0 {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(b.kept(t)); n != 0 || b.entries(t) != entries {
			t.Errorf("%s: %d were kept, %d entries were made", name, n, b.entries(t)-entries)
		}
		if after := b.agreements(t); after != before {
			t.Errorf("%s: %d cases and consents were there, then %d", name, before, after)
		}
	}
}

// agreements counts the lawyer's cases and the consents in them.
func (b *bench) agreements(t testing.TB) int {
	t.Helper()
	agreed, err := b.consents.List(t.Context(), lawyer())
	must(t, err)
	opened, err := b.cases.List(t.Context(), lawyer())
	must(t, err)
	return len(agreed) + len(opened)
}

// marked is a state that the source set and told.
func (b *bench) marked(t testing.TB, id posada.ReferralID, state posada.ReferralState) {
	t.Helper()
	e, err := event.Mark(rand.Reader, id, referral.Mark{State: state, N: 4, At: b.now}, b.now)
	must(t, err)
	s, err := e.In(b.other.Member.ID, event.Place{Seq: 1})
	must(t, err)
	must(t, b.vault.Update(func(tx *vault.Tx) error {
		return b.referrals.Handle(t.Context(), tx, handoff.Incoming{From: b.other.Member.ID, Statement: s})
	}))
}

// back is her word, at our agency, about what came in.
func (b *bench) back(t testing.TB, id posada.ReferralID) {
	t.Helper()
	must(t, b.vault.Update(func(tx *vault.Tx) error {
		_, err := b.referrals.WithdrawReceived(t.Context(), tx, lawyer(), id)
		return err
	}))
}

// TestWhatIsRefusedIsNamed: which categories, and what they lack.
func TestWhatIsRefusedIsNamed(t *testing.T) {
	b := newBench(t)
	_, err := b.TakeOver(t.Context(), lawyer(), b.arrives(t, lawyer()), "", 0, b.agreed(posada.CategoryIdentity, posada.CategoryMedical, posada.CategoryWageEvidence))
	if e := fault.From(err); e.Code != fault.Refused || e.Args["categories"] != "wage_evidence, medical" || !strings.Contains(e.Args["lacks"], "N1") {
		t.Errorf("%v %v", err, e.Args)
	}
}

// takenOver is identity and an employer in a case that is opened for it.
func (b *bench) takenOver(t testing.TB) (label string, of own) {
	t.Helper()
	out, err := b.TakeOver(t.Context(), lawyer(), b.arrives(t, lawyer()), "", 0, b.agreed(posada.CategoryIdentity, posada.CategoryEmployer))
	must(t, err)
	b.now = b.now.Add(time.Minute)
	list := b.kept(t)
	return out.Label, list[len(list)-1]
}

// TestItEndsWithItsOwnConsentAndWithNothingElse takes something over and lets each
// thing happen that could end it.
func TestItEndsWithItsOwnConsentAndWithNothingElse(t *testing.T) {
	withdrawn := func(b *bench, label string, from posada.AgencyID) error {
		return b.vault.Update(func(tx *vault.Tx) error {
			return b.consents.Withdraw(tx, consent.TakenBack{Label: label, From: from, Said: b.now})
		})
	}
	for name, c := range map[string]struct {
		happens func(t *testing.T, b *bench, label string, k own) error
		ends    bool
	}{
		"nothing":                 {func(*testing.T, *bench, string, own) error { return nil }, false},
		"what was shared is back": {func(t *testing.T, b *bench, _ string, k own) error { b.back(t, k.Referral); return nil }, false},
		"what was shared ran out": {func(_ *testing.T, b *bench, _ string, _ own) error {
			b.now = b.now.AddDate(0, 0, 11)
			return b.referrals.Sweep()
		}, false},
		"another agency's part of it": {func(_ *testing.T, b *bench, l string, _ own) error { return withdrawn(b, l, b.other.Member.ID) }, false},
		"all of the case":             {func(_ *testing.T, b *bench, l string, _ own) error { return withdrawn(b, l, "") }, true},
		"our part of it":              {func(_ *testing.T, b *bench, l string, _ own) error { return withdrawn(b, l, b.c.Agency) }, true},
		"its consent is invalid": {func(t *testing.T, b *bench, _ string, k own) error {
			_, err := b.consents.End(t.Context(), lawyer(), k.Consent, posada.ConsentInvalidated)
			return err
		}, true},
		"its consent ran out": {func(_ *testing.T, b *bench, _ string, k own) error { b.now = k.Until; return b.Sweep() }, true},
		"its case is destroyed": {func(t *testing.T, b *bench, l string, _ own) error {
			return b.vault.Update(func(tx *vault.Tx) error {
				of, err := b.cases.Erase(t.Context(), tx, lawyer(), l)
				if err != nil {
					return err
				}
				_, err = b.Erase(tx, of)
				return err
			})
		}, true},
	} {
		b := newBench(t)
		label, k := b.takenOver(t)
		must(t, c.happens(t, b, label, k))
		shown, err := b.Show(t.Context(), lawyer(), label)
		if err != nil && fault.From(err).Key != fault.BeingErased || (len(shown.Entries) == 0) != c.ends {
			t.Errorf("%s: %d are shown, %v", name, len(shown.Entries), err)
		}
		if !c.ends {
			must(t, b.Sweep())
		}
		_, err = b.vault.Sweep()
		must(t, err)
		gone := 0
		must(t, b.vault.View(func(tx *vault.Tx) error {
			must(t, audit.Each(tx, 1, func(_ uint64, e audit.Entry) error {
				if e.Act == audit.OwnErased && e.Consent == k.Consent {
					gone++
				}
				return nil
			}))
			return nil
		}))
		if left := len(b.kept(t)); (left == 0) != c.ends || (gone == 1) != c.ends || gone > 1 {
			t.Errorf("%s: %d are left, noted %d times", name, left, gone)
		}
		// Under a key that was destroyed nothing can be put again.
		err = b.vault.Update(func(tx *vault.Tx) error { return table.Put(tx, "again", k.Key, own{}) })
		if vault.Gone(err) != c.ends {
			t.Errorf("%s: its key: %v", name, err)
		}
	}
}

// TestItIsShownByRoleToThoseWhoMayKnowOfTheCase asks for what was taken over as each
// of several people.
func TestItIsShownByRoleToThoseWhoMayKnowOfTheCase(t *testing.T) {
	b := newBench(t)
	out, err := b.TakeOver(t.Context(), lawyer(), b.arrives(t, lawyer()), "", 0, b.agreed(posada.CategoryNeeds, posada.CategoryIdentity, posada.CategoryEmployer))
	must(t, err)
	nurse := staff(4, posada.RoleMedical)
	_, err = b.cases.Assign(t.Context(), lawyer(), out.Label, nurse, false)
	must(t, err)
	for name, c := range map[string]struct {
		by   handoff.Asker
		sees posada.Set[posada.Category]
		want fault.Key
	}{
		"whose work it is":     {lawyer(), posada.SetOf(posada.CategoryNeeds, posada.CategoryIdentity, posada.CategoryEmployer), ""},
		"a nurse, assigned":    {nurse, posada.SetOf(posada.CategoryNeeds, posada.CategoryIdentity), ""},
		"a coordinator":        {staff(5, posada.RoleCoordinator), posada.SetOf(posada.CategoryNeeds), ""},
		"a colleague":          {staff(6, posada.RoleLegal), 0, fault.UnknownCase},
		"a volunteer":          {staff(7, posada.RoleVolunteerScreener), 0, fault.UnknownCase},
		"an auditor":           {staff(8, posada.RoleAuditor), 0, fault.UnknownCase},
		"her id, no such role": {staff(9, posada.RoleAuditor), 0, fault.UnknownCase},
	} {
		got, err := b.Show(t.Context(), c.by, out.Label)
		if c.want != "" {
			if fault.From(err).Key != c.want || len(got.Entries) != 0 {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		all := posada.SetOf(posada.CategoryNeeds, posada.CategoryIdentity, posada.CategoryEmployer)
		if err != nil || len(got.Entries) != 1 || got.Entries[0].Content.Categories() != c.sees || got.Entries[0].More != (c.sees != all) {
			t.Errorf("%s: %d, %v", name, len(got.Entries), err)
		}
	}
}

// TestWhereItRemainsIsToldToThoseWhoseWorkItIs: also where it came with another
// referral about the same person.
func TestWhereItRemainsIsToldToThoseWhoseWorkItIs(t *testing.T) {
	b := newBench(t)
	label, k := b.takenOver(t)
	remain := func(by handoff.Asker, from posada.AgencyID, alias posada.Alias) (labels []string) {
		must(t, b.vault.View(func(tx *vault.Tx) (err error) {
			labels, err = b.Remain(t.Context(), tx, by, from, alias)
			return err
		}))
		return labels
	}
	another := posada.IDFrom[posada.Alias]([16]byte{77})
	if got := remain(lawyer(), k.From, k.Alias); !reflect.DeepEqual(got, []string{label}) {
		t.Errorf("she is told %v", got)
	}
	if got := append(append(append(remain(staff(6, posada.RoleLegal), k.From, k.Alias), remain(staff(5, posada.RoleCoordinator), k.From, k.Alias)...), remain(lawyer(), b.c.Agency, k.Alias)...), remain(lawyer(), k.From, another)...); len(got) != 0 {
		t.Errorf("others, or of others, are told %v", got)
	}
	b.now = k.Until
	if got := remain(lawyer(), k.From, k.Alias); len(got) != 0 {
		t.Errorf("of what ran out is told %v", got)
	}
}

// TestItComesBackAsItWasPut: an empty word that could be written and not be read would
// take all of it with it.
func TestItComesBackAsItWasPut(t *testing.T) {
	b := newBench(t)
	least := own{
		Consent: posada.IDFrom[posada.ConsentID]([16]byte{1}), Case: posada.IDFrom[posada.CaseID]([16]byte{2}), From: b.other.Member.ID,
		Referral: posada.IDFrom[posada.ReferralID]([16]byte{3}), By: lawyer().ID, Purpose: posada.PurposeLegal, Content: referral.Content{Purpose: posada.PurposeLegal},
	}
	must(t, b.vault.Update(func(tx *vault.Tx) error { return table.Put(tx, "least", vault.KeyID{}, least) }))
	if got := b.kept(t); len(got) != 1 || !reflect.DeepEqual(got[0], least) {
		t.Errorf("%d came back", len(got))
	}
}

// TestWhatRanOutIsNotShownThoughNoSweepCame: from the moment it ends.
func TestWhatRanOutIsNotShownThoughNoSweepCame(t *testing.T) {
	b := newBench(t)
	label, k := b.takenOver(t)
	for _, c := range []struct {
		at   time.Time
		want int
	}{{k.Until.Add(-time.Second), 1}, {k.Until, 0}} {
		b.now = c.at
		if shown, err := b.Show(t.Context(), lawyer(), label); err != nil || len(shown.Entries) != c.want {
			t.Errorf("%d are shown, %v; want %d", len(shown.Entries), err, c.want)
		}
	}
}
