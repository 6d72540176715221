package records

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/redact"
	"github.com/posada-exchange/posada/pkg/referral"
	"github.com/posada-exchange/posada/pkg/vault"
)

// TestARenewalKeepsExactlyWhatItNames until its own end: the old consent is over for it
// however it ends, and each thing that should end the new one does.
func TestARenewalKeepsExactlyWhatItNames(t *testing.T) {
	type happens = func(t *testing.T, b *bench, label string, first, now own) error
	end := func(id func(first, now own) posada.ConsentID) happens {
		return func(t *testing.T, b *bench, _ string, first, now own) error {
			_, err := b.consents.End(t.Context(), lawyer(), id(first, now), posada.ConsentWithdrawn)
			return err
		}
	}
	back := func(from func(b *bench) posada.AgencyID, said time.Duration) happens {
		return func(_ *testing.T, b *bench, label string, _, _ own) error {
			return b.vault.Update(func(tx *vault.Tx) error {
				return b.consents.Withdraw(tx, consent.TakenBack{Label: label, From: from(b), Said: b.now.Add(-said)})
			})
		}
	}
	all, us := func(*bench) posada.AgencyID { return "" }, func(b *bench) posada.AgencyID { return b.c.Agency }
	at := func(when func(first, now own) time.Time) happens {
		return func(_ *testing.T, b *bench, _ string, first, now own) error {
			b.now = when(first, now)
			return b.Sweep()
		}
	}
	for name, c := range map[string]struct {
		happens happens
		ends    bool
	}{
		"nothing":              {func(*testing.T, *bench, string, own, own) error { return nil }, false},
		"the old one ends":     {end(func(first, _ own) posada.ConsentID { return first.Consent }), false},
		"the old one runs out": {at(func(first, _ own) time.Time { return first.Until.Add(time.Hour) }), false},
		"all of the case, said before it was renewed": {back(all, time.Hour), false},
		"our part, said before it was renewed":        {back(us, time.Hour), false},
		"the new one ends":                            {end(func(_, now own) posada.ConsentID { return now.Consent }), true},
		"the new one runs out":                        {at(func(_, now own) time.Time { return now.Until }), true},
		"all of the case":                             {back(all, 0), true},
		"our part of it":                              {back(us, 0), true},
		"its case is destroyed": {func(t *testing.T, b *bench, label string, _, _ own) error {
			return b.vault.Update(func(tx *vault.Tx) error {
				of, err := b.cases.Erase(t.Context(), tx, lawyer(), label)
				if err != nil {
					return err
				}
				_, err = b.Erase(tx, of)
				return err
			})
		}, true},
	} {
		b := newBench(t)
		label, first := b.takenOver(t)
		b.now = b.now.AddDate(0, 0, 25)
		must(t, b.referrals.Sweep()) // what was shared is over
		filed, err := b.consents.Renew(t.Context(), lawyer(), first.Consent, label, 60*24*time.Hour, b.said(posada.CategoryIdentity))
		must(t, err)
		list := b.kept(t)
		want, _ := redact.Narrow(first.Content, posada.SetOf(posada.CategoryIdentity))
		if len(list) != 1 || list[0].Consent != filed.Record.ID || !list[0].Until.Equal(b.now.AddDate(0, 0, 60)) || list[0].Key == first.Key || !reflect.DeepEqual(list[0].Content, want) {
			t.Fatalf("%s: %d are kept", name, len(list))
		}
		if err := b.vault.Update(func(tx *vault.Tx) error { return table.Put(tx, "again", first.Key, own{}) }); !vault.Gone(err) {
			t.Errorf("%s: what is narrowed away waits to be destroyed: %v", name, err)
		}
		now := list[0]
		b.now = b.now.Add(time.Minute)
		must(t, c.happens(t, b, label, first, now))
		must(t, b.Sweep())
		_, err = b.vault.Sweep()
		must(t, err)
		shown, err := b.Show(t.Context(), lawyer(), label)
		if err != nil && fault.From(err).Key != fault.BeingErased || (len(shown.Entries) == 0) != c.ends || (len(b.kept(t)) == 0) != c.ends {
			t.Errorf("%s: %d are shown, %v", name, len(shown.Entries), err)
		}
		for which, key := range map[string]vault.KeyID{"old": first.Key, "new": now.Key} {
			err := b.vault.Update(func(tx *vault.Tx) error { return table.Put(tx, "again", key, own{}) })
			if vault.Gone(err) != (c.ends || which == "old") {
				t.Errorf("%s: the %s key: %v", name, which, err)
			}
		}
		if n := b.acts(t, audit.OwnRenewed, now.Consent); n != 1 {
			t.Errorf("%s: it is noted %d times that it was renewed", name, n)
		}
	}
}

// TestWhatMayNotBeKeptOnIsNotRenewed: neither a consent is recorded nor is anything lost
// of what is kept.
func TestWhatMayNotBeKeptOnIsNotRenewed(t *testing.T) {
	var b *bench
	type attempt struct {
		by    handoff.Asker
		id    posada.ConsentID
		label string
		life  time.Duration
		r     consent.Record
	}
	for name, c := range map[string]struct {
		change func(t *testing.T, a *attempt)
		want   fault.Key
	}{
		"somebody else's work":    {func(_ *testing.T, a *attempt) { a.by = staff(3, posada.RoleLegal) }, fault.NothingThere},
		"another case":            {func(_ *testing.T, a *attempt) { a.label = "wren-10" }, fault.ConsentOtherCase},
		"too long":                {func(_ *testing.T, a *attempt) { a.life = consent.MaxLife + time.Second }, fault.ConsentContradictsItself},
		"no form":                 {func(_ *testing.T, a *attempt) { a.r.Form = consent.Digest{} }, fault.ConsentContradictsItself},
		"more than was kept":      {func(_ *testing.T, a *attempt) { a.r = b.said(posada.CategoryIdentity, posada.CategoryDocuments) }, fault.ConsentWider},
		"to somebody else":        {func(_ *testing.T, a *attempt) { a.r.Allowances[0].To = b.other.Member.ID }, fault.ConsentWider},
		"for something else (N1)": {func(_ *testing.T, a *attempt) { a.r.Allowances[0].Purpose = posada.PurposeShelter }, fault.ConsentWider},
		"to pass on":              {func(_ *testing.T, a *attempt) { a.r.Allowances[0].Onward = []posada.AgencyID{b.other.Member.ID} }, fault.ConsentWider},
		"nothing of what is kept": {func(_ *testing.T, a *attempt) { a.r = b.said(posada.CategoryHousehold) }, fault.OwnNothingLeft},
		"she excludes us (G14)":   {func(_ *testing.T, a *attempt) { a.r.ExcludedAgencies = []posada.AgencyID{b.c.Agency} }, fault.ConsentContradictsItself},
		"she excluded us since": {func(t *testing.T, a *attempt) {
			r := b.agreed(posada.CategoryNeeds)
			r.Allowances[0].To, r.ExcludedAgencies = b.other.Member.ID, []posada.AgencyID{b.c.Agency}
			_, err := b.consents.Add(t.Context(), lawyer(), a.label, 0, r)
			must(t, err)
		}, fault.ConsentOver},
		"not told (G3)":     {func(_ *testing.T, a *attempt) { a.r.Informed = 0 }, fault.OwnUncovered},
		"conditional (G11)": {func(_ *testing.T, a *attempt) { a.r.Condition = posada.ServiceConditional }, fault.OwnUncovered},
		"not begun (G3)":    {func(_ *testing.T, a *attempt) { a.r.NotBefore = b.now.Add(time.Hour) }, fault.OwnUncovered},
		"a minor alone (G5)": {func(_ *testing.T, a *attempt) {
			a.r.AgeBand, a.r.GivenBy, a.r.Jurisdiction = posada.Age16to17, posada.GivenByMinorAlone, posada.JurisdictionElsewhere
		}, fault.OwnUncovered},
		"a guardian, unasked (G5)": {func(_ *testing.T, a *attempt) {
			a.r.AgeBand, a.r.GivenBy = posada.Age16to17, posada.GivenByGuardianAndMinor
		}, fault.OwnUncovered},
	} {
		b = newBench(t)
		out, err := b.TakeOver(t.Context(), lawyer(), b.arrives(t, lawyer()), "", 0, b.agreed(posada.CategoryIdentity, posada.CategoryEmployer, posada.CategoryHousehold))
		must(t, err)
		b.now = b.now.Add(time.Minute)
		a := attempt{by: lawyer(), id: out.Entries[0].Consent, label: out.Label, r: b.said(posada.CategoryIdentity)}
		c.change(t, &a)
		before, entries, agreements := b.kept(t), b.entries(t), b.agreements(t)
		_, err = b.consents.Renew(t.Context(), a.by, a.id, a.label, a.life, a.r)
		if fault.From(err).Key != c.want {
			t.Errorf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(b.kept(t), before) || b.entries(t) != entries || b.agreements(t) != agreements {
			t.Errorf("%s: something was changed", name)
		}
	}
}

// TestWhatIsNotKeptAnyMoreIsNotRenewed: what was renewed before is under another consent,
// and what ran out is over though no sweep came.
func TestWhatIsNotKeptAnyMoreIsNotRenewed(t *testing.T) {
	b := newBench(t)
	label, first := b.takenOver(t)
	again, err := b.consents.Renew(t.Context(), lawyer(), first.Consent, label, 0, b.said(posada.CategoryIdentity))
	must(t, err)
	b.now = b.now.Add(time.Minute)
	before := b.kept(t)
	for _, keep := range [][]posada.Category{nil, {posada.CategoryIdentity}} {
		if _, err := b.consents.Renew(t.Context(), lawyer(), first.Consent, label, 0, b.said(keep...)); fault.From(err).Key != fault.OwnNotKept {
			t.Errorf("renewed twice: %v", err)
		}
	}
	b.now = again.Record.Expires
	if _, err := b.consents.Renew(t.Context(), lawyer(), again.Record.ID, label, 0, b.said()); fault.From(err).Key != fault.OwnNotKept {
		t.Errorf("it had run out: %v", err)
	}
	if !reflect.DeepEqual(b.kept(t), before) {
		t.Error("something was changed")
	}
}

// TestWhatIsSaidOfOneThingSaysNothingOfAnother: two that were taken over into one case are
// each due by themselves, and each renewed with what it has; but what she withholds, she
// withholds of both.
func TestWhatIsSaidOfOneThingSaysNothingOfAnother(t *testing.T) {
	b := newBench(t)
	label, first := b.takenOver(t)
	out, err := b.TakeOver(t.Context(), lawyer(), b.arrives(t, lawyer()), label, consent.MaxLife, b.agreed(posada.CategoryDocuments))
	must(t, err)
	second := out.Entries[0].Consent
	due := func(id posada.ConsentID) bool {
		filed, err := b.consents.Show(t.Context(), lawyer(), id)
		must(t, err)
		return filed.Due
	}
	b.now = first.Until.Add(-consent.Reminder)
	if !due(first.Consent) || due(second) {
		t.Errorf("due are the first: %v, the second: %v", due(first.Consent), due(second))
	}
	renewed, err := b.consents.Renew(t.Context(), lawyer(), first.Consent, label, consent.MaxLife, b.said())
	must(t, err)
	if got := renewed.Record.Allowances[0].Categories; got != posada.SetOf(posada.CategoryIdentity, posada.CategoryEmployer) {
		t.Errorf("the first is renewed with %v", got.List())
	}
	if due(first.Consent) || due(renewed.Record.ID) {
		t.Error("what was renewed is due")
	}
	_, err = b.consents.End(t.Context(), lawyer(), second, posada.ConsentWithdrawn)
	must(t, err)
	if filed, err := b.consents.Show(t.Context(), lawyer(), renewed.Record.ID); err != nil || len(filed.NoMore) != 0 || len(b.kept(t)) != 1 {
		t.Errorf("that the other ended says no to it: %v", err)
	}
	r := b.agreed(posada.CategoryDocuments)
	r.Excluded = posada.SetOf(posada.CategoryEmployer)
	b.now = b.now.Add(time.Minute)
	must(t, b.vault.Update(func(tx *vault.Tx) error {
		_, _, err := b.consents.AddOwn(t.Context(), tx, lawyer(), label, 0, r)
		return err
	}))
	b.now = b.now.Add(time.Minute)
	renewed, err = b.consents.Renew(t.Context(), lawyer(), renewed.Record.ID, label, 0, b.said())
	if err != nil || renewed.Record.Allowances[0].Categories != posada.SetOf(posada.CategoryIdentity) {
		t.Errorf("what is withheld since is renewed: %v", err)
	}
}

// life is what is expected of something that was taken over: what she last allowed, and
// what that leaves.
type life struct {
	consents []posada.ConsentID // the last is the one it is kept under
	keeps    posada.Set[posada.Category]
	named    posada.Set[posada.Category]
	until    time.Time
	over     bool
}

// TestWhatIsShownIsWhatSheLastAllowed plays sequences of takings over, renewals with as
// much, less or more, endings and passing time, against what is expected of each. At
// every moment exactly what she last allowed is shown; and no copy of the store from
// before yields, with the keys that are left, a value that is not shown now.
func TestWhatIsShownIsWhatSheLastAllowed(t *testing.T) {
	const week = 7 * 24 * time.Hour
	renewals, refusals, narrowed := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		b := newBench(t)
		var before []byte
		var lives []*life
		label, content, begin := "", shared(), b.now
		may := posada.SetOf(posada.CategoryIdentity, posada.CategoryEmployer, posada.CategoryDocuments, posada.CategorySafeContact, posada.CategoryHousehold)
		draw := func() posada.Set[posada.Category] {
			return posada.SetOf(rapid.SliceOfNDistinct(rapid.SampledFrom(may.List()), 1, 5, rapid.ID[posada.Category]).Draw(rt, "categories")...)
		}
		for range rapid.IntRange(2, 8).Draw(rt, "steps") {
			switch step := rapid.IntRange(0, 9).Draw(rt, "step"); {
			case len(lives) == 0 || step < 2 && b.now.Before(begin.Add(week)): // what the NGO shared it signed with a key of then
				named := draw()
				out, err := b.TakeOver(t.Context(), lawyer(), b.arrives(t, lawyer()), label, 0, b.agreed(named.List()...))
				keeps := named.And(content.Categories())
				if (err == nil) != !keeps.Empty() {
					rt.Fatalf("take over %v: %v", named.List(), err)
				}
				if err == nil {
					label = out.Label
					lives = append(lives, &life{consents: []posada.ConsentID{out.Entries[0].Consent}, keeps: keeps, named: named, until: b.now.Add(consent.DefaultLife)})
				}
			case step < 7: // also of what is over, and of what was renewed before
				l, named := rapid.SampledFrom(lives).Draw(rt, "which"), draw()
				which := rapid.SampledFrom(l.consents).Draw(rt, "old or new")
				said := b.said(named.List()...)
				if rapid.Bool().Draw(rt, "as before") {
					said, named = b.said(), l.named
				}
				filed, err := b.consents.Renew(t.Context(), lawyer(), which, label, 2*week, said)
				last := which == l.consents[len(l.consents)-1]
				if want := last && !l.over && b.now.Before(l.until) && l.named.Covers(named) && !named.And(l.keeps).Empty(); want != (err == nil) {
					rt.Fatalf("renew %v of %v with %v, over %v: %v", l.keeps.List(), l.named.List(), named.List(), l.over, err)
				}
				if err != nil {
					refusals++
					break
				}
				renewals++
				if !named.Covers(l.keeps) {
					narrowed++
				}
				l.consents, l.keeps, l.named, l.until = append(l.consents, filed.Record.ID), l.keeps.And(named), named, b.now.Add(2*week)
			case step == 7:
				l := rapid.SampledFrom(lives).Draw(rt, "which")
				which := rapid.SampledFrom(l.consents).Draw(rt, "old or new")
				_, err := b.consents.End(t.Context(), lawyer(), which, posada.ConsentWithdrawn)
				l.over = l.over || err == nil && which == l.consents[len(l.consents)-1]
			case step == 8 && rapid.Bool().Draw(rt, "all of it"):
				must(t, b.vault.Update(func(tx *vault.Tx) error {
					return b.consents.Withdraw(tx, consent.TakenBack{Label: label, Said: b.now})
				}))
				for _, l := range lives {
					l.over = true
				}
			default:
				b.now = b.now.Add(rapid.SampledFrom([]time.Duration{time.Hour, week, 2 * week}).Draw(rt, "passes"))
			}
			b.now = b.now.Add(time.Minute)
			b.shows(t, rt, label, content, lives)
			before = b.yieldsNoMore(t, rt, before)
		}
	})
	t.Logf("%d renewals, %d of them narrowed, %d refused", renewals, narrowed, refusals)
	if renewals < 20 || narrowed == 0 || refusals < 20 {
		t.Error("this shows little")
	}
}

// shows compares what is shown in a case with what is expected.
func (b *bench) shows(t *testing.T, rt *rapid.T, label string, content referral.Content, lives []*life) {
	if label == "" {
		return
	}
	shown, err := b.Show(t.Context(), lawyer(), label)
	must(t, err)
	want := 0
	for _, l := range lives {
		i := slices.IndexFunc(shown.Entries, func(o handoff.Own) bool { return slices.Contains(l.consents, o.Consent) })
		if l.over || !b.now.Before(l.until) {
			if i >= 0 {
				rt.Fatal("what is over is shown")
			}
			continue
		}
		want++
		keeps, _ := redact.Narrow(content, l.keeps)
		if i < 0 || !reflect.DeepEqual(shown.Entries[i].Content, keeps) || shown.Entries[i].Consent != l.consents[len(l.consents)-1] || !shown.Entries[i].Until.Equal(l.until) {
			rt.Fatalf("not what she last allowed: %v", l.keeps.List())
		}
	}
	if len(shown.Entries) != want {
		rt.Fatalf("%d are shown, not %d", len(shown.Entries), want)
	}
}

// yieldsNoMore lets go of what is over and opens a copy of the store as it was a step
// before, and one of now, with the keys that are left: each own record in it is as it is
// kept now. It gives that copy. What an older one yielded besides, the one between did
// too, for no key comes back.
func (b *bench) yieldsNoMore(t *testing.T, rt *rapid.T, before []byte) []byte {
	must(t, b.Sweep())
	_, err := b.vault.Sweep()
	must(t, err)
	kept := b.kept(t)
	now, err := os.ReadFile(filepath.Join(b.dir, "vault.db"))
	must(t, err)
	for _, old := range [][]byte{before, now} {
		if old == nil {
			continue
		}
		dir, err := os.MkdirTemp(t.TempDir(), "")
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, "vault.db"), old, 0o600))
		for _, name := range []string{"vault.head", "vault.keys"} {
			text, err := os.ReadFile(filepath.Join(b.dir, name))
			must(t, err)
			must(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
		}
		v, err := vault.Open(dir, secret, rand.Reader)
		must(t, err)
		must(t, v.View(func(tx *vault.Tx) error {
			return table.Each(tx, func(_ string, k own) error {
				if !slices.ContainsFunc(kept, func(is own) bool { return reflect.DeepEqual(is, k) }) {
					rt.Fatalf("a copy yields %v, which is kept no more", k.Content.Categories().List())
				}
				return nil
			})
		}))
		must(t, v.Close())
		must(t, os.RemoveAll(dir))
	}
	return now
}
