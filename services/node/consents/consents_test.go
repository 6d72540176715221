package consents

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

func TestAConsentIsKeptAsItWasGiven(t *testing.T) {
	b := newBench(t)
	given := b.now
	kept := b.add(t, "", agreed())
	want := agreed()
	want.ID, want.Case = kept.Record.ID, kept.Record.Case
	want.Given, want.NotBefore, want.Expires = given, given, given.Add(consent.DefaultLife)
	want.History = []consent.StatusChange{{Status: posada.ConsentGiven, At: given, By: ana()}}
	if !reflect.DeepEqual(kept.Record, want) || kept.Record.ID == "" || kept.Record.Case == "" {
		t.Errorf("what was said back is not what was given")
	}
	b.reopen(t)
	list, err := b.List(t.Context(), worker())
	if err != nil || len(list) != 1 || !reflect.DeepEqual(list[0], kept) {
		t.Errorf("%d records after reopening, %v", len(list), err)
	}
	shown, err := b.Show(t.Context(), worker(), kept.Record.ID)
	if err != nil || !reflect.DeepEqual(shown, kept) {
		t.Errorf("shown another one, %v", err)
	}
	b.view(t, func(tx *vault.Tx) {
		must(t, audit.Each(tx, 2, func(_ uint64, e audit.Entry) error {
			if e.Act != audit.ConsentRecorded || e.By != ana() || e.Consent != kept.Record.ID || !e.At.Equal(given) {
				t.Errorf("%+v", e)
			}
			return nil
		}))
	})
	if n := b.entries(t); n != 2 { // its case was opened, and it was recorded

		t.Errorf("%d entries in the audit", n)
	}
}

// Whoever writes a consent down cannot choose its id, its case, its history or
// when it was given.
func TestWhatTheNodeItselfSaysCannotBeSaidForIt(t *testing.T) {
	b := newBench(t)
	r := agreed()
	r.ID, r.Case, r.Renews = posada.ConsentID(agency(50)), posada.CaseID(agency(51)), posada.ConsentID(agency(52))
	r.Given, r.Expires = b.now.AddDate(-1, 0, 0), b.now.AddDate(1, 0, 0)
	r.History = []consent.StatusChange{{Status: posada.ConsentRenewed, At: b.now.AddDate(-1, 0, 0), By: ana()}}
	given := b.now
	got := b.add(t, "", r).Record
	if got.ID == r.ID || got.Case == r.Case || !got.Given.Equal(given) || !got.Expires.Equal(given.Add(consent.DefaultLife)) {
		t.Error("an id, a case or a time was taken from outside")
	}
	if got.Renews != "" || len(got.History) != 1 || got.Status() != posada.ConsentGiven {
		t.Error("a history was taken from outside")
	}
}

func TestAConsentLivesFromItsBeginningForAsLongAsWasSaid(t *testing.T) {
	b := newBench(t)
	later := b.now.Add(48 * time.Hour)
	for name, c := range map[string]struct {
		from time.Time
		life time.Duration
		end  time.Time
		want error
	}{
		"the default":    {time.Time{}, 0, b.now.Add(30 * 24 * time.Hour), nil},
		"a day":          {time.Time{}, 24 * time.Hour, b.now.Add(24 * time.Hour), nil},
		"a day, later":   {later, 24 * time.Hour, later.Add(24 * time.Hour), nil},
		"90 days":        {time.Time{}, consent.MaxLife, b.now.Add(consent.MaxLife), nil},
		"90 days, later": {later, consent.MaxLife, time.Time{}, consent.ErrTimes},
		"a second more":  {time.Time{}, consent.MaxLife + time.Second, time.Time{}, consent.ErrTimes},
		"less than none": {time.Time{}, -time.Hour, time.Time{}, consent.ErrTimes},
		"from yesterday": {b.now.AddDate(0, 0, -1), 0, time.Time{}, consent.ErrTimes},
	} {
		r := agreed()
		r.NotBefore = c.from
		kept, err := b.Add(t.Context(), worker(), "", c.life, r)
		if !errors.Is(err, c.want) || !kept.Record.Expires.Equal(c.end) {
			t.Errorf("%s: until %v, %v; want %v, %v", name, kept.Record.Expires, err, c.end, c.want)
		}
	}
}

func TestWhatIsRefusedLeavesNothing(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]struct {
		label  string
		change func(*consent.Record)
		want   fault.Key
	}{
		"nobody named":      {"", func(r *consent.Record) { r.Allowances = nil }, fault.ConsentContradictsItself},
		"nothing shared":    {"", func(r *consent.Record) { r.Allowances[0].Categories = 0 }, fault.ConsentContradictsItself},
		"no form":           {"", func(r *consent.Record) { r.Form = consent.Digest{} }, fault.ConsentContradictsItself},
		"we ourselves":      {"", func(r *consent.Record) { r.Allowances[0].To = us() }, fault.ConsentNamesOurselves},
		"a stranger":        {"", func(r *consent.Record) { r.Allowances[0].To = agency(8) }, fault.NoClassSigned},
		"onward to one":     {"", func(r *consent.Record) { r.Allowances[0].Onward = []posada.AgencyID{shelter(), agency(8)} }, fault.NoClassSigned},
		"a case nobody has": {"wren-10", func(*consent.Record) {}, fault.UnknownCase},
	} {
		r := agreed()
		c.change(&r)
		_, err := b.Add(t.Context(), worker(), c.label, 0, r)
		if told := fault.From(err); told.Code != fault.Invalid || told.Key != c.want {
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
	if list, err := b.List(t.Context(), worker()); err != nil || len(list) != 0 || b.entries(t) != 0 {
		t.Errorf("%d records, %v, and %d entries in the audit", len(list), err, b.entries(t))
	}
	b.view(t, func(tx *vault.Tx) {
		must(t, b.c.Cases.Each(tx, func(of handoff.Case) error { t.Errorf("the case %s was opened", of.Label); return nil }))
	})
}

func TestASecondConsentOfACaseJoinsIt(t *testing.T) {
	b := newBench(t)
	first := b.add(t, "", agreed())
	other := b.add(t, "", agreed())
	second := b.add(t, first.Label, agreed())
	if second.Label != first.Label || second.Record.Case != first.Record.Case || second.Record.ID == first.Record.ID {
		t.Error("the second is not of the first's case, or took its place")
	}
	if other.Label == first.Label || other.Record.Case == first.Record.Case {
		t.Error("two cases have become one")
	}
	list, err := b.List(t.Context(), worker())
	if err != nil || len(list) != 3 {
		t.Fatalf("%d records, %v", len(list), err)
	}
	for i, want := range []consent.Filed{second, other, first} { // the newest first
		if list[i].Record.ID != want.Record.ID || list[i].Label != want.Label {
			t.Errorf("place %d holds another", i)
		}
	}
}

func TestWhatIsNotThereIsWithheld(t *testing.T) {
	b := newBench(t)
	b.add(t, "", agreed())
	for _, id := range []posada.ConsentID{"", "not an id", posada.ConsentID(agency(50))} {
		if _, err := b.Show(t.Context(), worker(), id); fault.From(err).Code != fault.Withheld || fault.From(err).Key != fault.NothingThere {
			t.Errorf("%q: %v", id, err)
		}
	}
	b.view(t, func(tx *vault.Tx) {
		if r, key, err := b.For(tx, "wren-10", legal(), posada.PurposeLegal); fault.From(err).Key != fault.UnknownCase || r.ID != "" || key != (vault.KeyID{}) {
			t.Errorf("%v", err)
		}
	})
}

func TestARecipientsRecordIsTheNewestThatNamesIt(t *testing.T) {
	b := newBench(t)
	label := b.add(t, "", agreed()).Label
	toShelter := agreed()
	toShelter.Allowances = []consent.Allowance{{To: shelter(), Purpose: posada.PurposeShelter, Categories: posada.SetOf(posada.CategoryNeeds)}}
	both := agreed()
	both.Allowances = append(both.Allowances, toShelter.Allowances[0])
	newer := b.add(t, label, both)
	newest := b.add(t, label, toShelter)
	elsewhere := b.add(t, "", agreed())
	for name, c := range map[string]struct {
		label   string
		to      posada.AgencyID
		purpose posada.Purpose
		want    posada.ConsentID
	}{
		"the newest names it":            {label, shelter(), posada.PurposeShelter, newest.Record.ID},
		"an older one names it":          {label, legal(), posada.PurposeLegal, newer.Record.ID},
		"none names it for this":         {label, legal(), posada.PurposeShelter, newest.Record.ID},
		"none names it":                  {label, us(), posada.PurposeLegal, newest.Record.ID},
		"another case's newest is alone": {elsewhere.Label, legal(), posada.PurposeLegal, elsewhere.Record.ID},
	} {
		b.view(t, func(tx *vault.Tx) {
			r, _, err := b.For(tx, c.label, c.to, c.purpose)
			if err != nil || r.ID != c.want {
				t.Errorf("%s: another record, %v", name, err)
			}
		})
	}
}

func TestWhomOneRecordExcludesTheCaseExcludes(t *testing.T) {
	b := newBench(t)
	label := b.add(t, "", agreed()).Label
	barring := agreed()
	barring.Allowances = []consent.Allowance{{To: shelter(), Purpose: posada.PurposeShelter, Categories: posada.SetOf(posada.CategoryNeeds)}}
	barring.ExcludedAgencies = []posada.AgencyID{legal()}
	elsewhere := b.add(t, "", agreed()).Label
	b.add(t, label, barring)
	for of, want := range map[string]posada.Naming{label: posada.Excluded, elsewhere: posada.Named} {
		b.view(t, func(tx *vault.Tx) {
			r, _, err := b.For(tx, of, legal(), posada.PurposeLegal)
			if err != nil || r.Naming(legal()) != want {
				t.Errorf("%s, %v; want %s", r.Naming(legal()), err, want)
			}
		})
	}
}

// Ended, a record permits nothing, is shown as over, and what waits is decided
// again. An older one does not come back in its place.
func TestAnEndedConsentPermitsNothingAndNoOlderOneDoes(t *testing.T) {
	b := newBench(t)
	changed := 0
	b.c.Changed = func() { changed++ }
	older := b.add(t, "", agreed())
	newer := b.add(t, older.Label, agreed())
	other := b.add(t, "", agreed())
	changed = 0
	for _, how := range []posada.ConsentStatus{posada.ConsentGiven, posada.ConsentRenewed, posada.ConsentExpired, posada.ConsentUnknown, ""} {
		if _, err := b.End(t.Context(), worker(), newer.Record.ID, how); fault.From(err).Key != fault.ConsentEnding {
			t.Errorf("as %q: %v", how, err)
		}
	}
	for _, id := range []posada.ConsentID{"", posada.ConsentID(agency(50))} {
		if _, err := b.End(t.Context(), worker(), id, posada.ConsentWithdrawn); fault.From(err).Code != fault.Withheld {
			t.Errorf("%q: %v", id, err)
		}
	}
	ended, err := b.End(t.Context(), worker(), newer.Record.ID, posada.ConsentWithdrawn)
	if err != nil || ended.Status != posada.ConsentWithdrawn || ended.Label != newer.Label || changed != 1 {
		t.Errorf("%s, %v, decided again %d times", ended.Status, err, changed)
	}
	if _, err := b.End(t.Context(), worker(), newer.Record.ID, posada.ConsentRevoked); fault.From(err).Key != fault.ConsentOver || fault.From(err).Code != fault.Conflict {
		t.Errorf("again: %v", err)
	}
	b.reopen(t)
	for label, want := range map[string]posada.ConsentStatus{newer.Label: posada.ConsentWithdrawn, other.Label: posada.ConsentGiven} {
		b.view(t, func(tx *vault.Tx) {
			r, _, err := b.For(tx, label, legal(), posada.PurposeLegal)
			if err != nil || r.Status() != want {
				t.Errorf("what governs is %s, %v; want %s", r.Status(), err, want)
			}
		})
	}
}

func TestWhatRunsOutSoonIsDueAndWhatRanOutIsExpired(t *testing.T) {
	b := newBench(t)
	first := b.add(t, "", agreed())
	look := func() consent.Filed {
		f, err := b.Show(t.Context(), worker(), first.Record.ID)
		must(t, err)
		return f
	}
	if f := look(); f.Due || f.Status != posada.ConsentGiven {
		t.Errorf("new, and %v, %s", f.Due, f.Status)
	}
	b.now = first.Record.Expires.Add(-consent.Reminder)
	if !look().Due {
		t.Error("it is not said that it ends soon")
	}
	b.add(t, "", agreed()) // another case's takes no place of it
	if !look().Due {
		t.Error("another case's took its place")
	}
	b.add(t, first.Label, agreed())
	if look().Due {
		t.Error("a later one did not take its place")
	}
	b.now = first.Record.Expires
	if f := look(); f.Due || f.Status != posada.ConsentExpired {
		t.Errorf("over, and %v, %s", f.Due, f.Status)
	}
}

// What the case excludes counts for every record of it, those given later as
// well, and is written into none.
func TestWhomTheCaseExcludesNoRecordCanName(t *testing.T) {
	b := newBench(t)
	filed := b.filed(b.c.Vault)
	first, elsewhere := b.add(t, "", agreed()), b.add(t, "", agreed())
	_, err := filed.Exclude(t.Context(), worker(), first.Label, legal())
	must(t, err)
	b.add(t, first.Label, agreed())
	for of, want := range map[string]posada.Naming{first.Label: posada.Excluded, elsewhere.Label: posada.Named} {
		b.view(t, func(tx *vault.Tx) {
			r, _, err := b.For(tx, of, legal(), posada.PurposeLegal)
			if err != nil || r.Naming(legal()) != want {
				t.Errorf("%s, %v; want %s", r.Naming(legal()), err, want)
			}
		})
	}
	must(t, b.c.Vault.Update(func(tx *vault.Tx) error {
		return b.Use(tx, first.Label, legal(), posada.PurposeLegal, posada.EventID(agency(70)))
	}))
	list, err := b.List(t.Context(), worker())
	must(t, err)
	for _, f := range list {
		if len(f.Record.ExcludedAgencies) != 0 {
			t.Error("it was written into a record")
		}
	}
}

// TestWhatIsSaidLastCountsThoughTheClockWentBack: which record governs is by
// their order, not by what the clock showed.
func TestWhatIsSaidLastCountsThoughTheClockWentBack(t *testing.T) {
	b := newBench(t)
	first := b.add(t, "", agreed())
	b.now = b.now.Add(-time.Hour)
	less := agreed()
	less.Allowances[0].Categories = posada.SetOf(posada.CategoryNeeds)
	second := b.add(t, first.Label, less)
	must(t, b.c.Vault.View(func(tx *vault.Tx) error {
		got, _, err := b.For(tx, first.Label, less.Allowances[0].To, less.Allowances[0].Purpose)
		if err != nil || got.ID != second.Record.ID {
			t.Errorf("%s governs, not %s: %v", got.ID, second.Record.ID, err)
		}
		return nil
	}))
}

// TestACaseReadsNoOther: what another case holds, and how many there are, is
// nothing to it.
func TestACaseReadsNoOther(t *testing.T) {
	b := newBench(t)
	first, second := b.add(t, "", agreed()), b.add(t, "", agreed())
	newer := vault.Table[consent.Record]{Name: records.Name, Version: records.Version + 1}
	must(t, b.c.Vault.Update(func(tx *vault.Tx) error {
		return newer.Put(tx, string(first.Record.ID), vault.KeyID{}, first.Record)
	}))
	if _, err := b.Add(t.Context(), worker(), first.Label, 0, agreed()); !errors.Is(err, vault.ErrNewer) {
		t.Errorf("to a case that cannot be read: %v", err)
	}
	for name, label := range map[string]string{"to a new case": "", "to the other": second.Label} {
		if _, err := b.Add(t.Context(), worker(), label, 0, agreed()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.view(t, func(tx *vault.Tx) {
		if r, _, err := b.For(tx, second.Label, legal(), posada.PurposeLegal); err != nil || r.Case != second.Record.Case {
			t.Errorf("what governs the other: %v", err)
		}
	})
}
