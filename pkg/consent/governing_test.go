package consent_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
)

func TestTheNewestRecordThatNamesBothGoverns(t *testing.T) {
	first, second, aside := record(), record(), record()
	second.ID, second.Given = posada.ConsentID(agency(80)), given.Add(time.Hour)
	second.Allowances[0].Categories = posada.SetOf(posada.CategoryNeeds)
	aside.ID, aside.Given = posada.ConsentID(agency(81)), given.Add(2*time.Hour)
	aside.Allowances = aside.Allowances[1:]
	for name, c := range map[string]struct {
		records []consent.Record
		to      posada.AgencyID
		want    posada.ConsentID
	}{
		"the newer of two":                  {[]consent.Record{first, second}, agency(2), second.ID},
		"whichever stands first":            {[]consent.Record{second, first}, agency(2), second.ID},
		"not a newer one of somebody else":  {[]consent.Record{first, aside}, agency(2), first.ID},
		"the newest where none names both":  {[]consent.Record{first, aside, second}, agency(9), aside.ID},
		"nothing where nothing is recorded": {nil, agency(2), ""},
	} {
		if got := consent.Governing(c.records, c.to, posada.PurposeLegal); got.ID != c.want {
			t.Errorf("%s: %s governs, not %s", name, got.ID, c.want)
		}
	}
}

// TestALaterRecordTakesAwayFromEarlierOnes is G14 and G15 over the records of a
// case: whom any of them excludes has nothing, and what a later one withholds
// is withheld from those that an earlier one names.
func TestALaterRecordTakesAwayFromEarlierOnes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		earlier, later := record(), record()
		later.Given = earlier.Given.Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "seconds")) * time.Second)
		later.Allowances = later.Allowances[1:] // it does not speak of agency 2
		later.Excluded = posada.SetOf(rapid.SliceOf(rapid.SampledFrom(posada.Members[posada.Category]())).Draw(t, "withheld")...)
		if rapid.Bool().Draw(t, "excludes") {
			later.ExcludedAgencies = []posada.AgencyID{agency(2)}
		}
		records := []consent.Record{earlier, later}
		if rapid.Bool().Draw(t, "order") {
			slices.Reverse(records)
		}
		alone := consent.Governing([]consent.Record{earlier}, agency(2), posada.PurposeLegal)
		both := consent.Governing(records, agency(2), posada.PurposeLegal)
		if !both.Excluded.Covers(alone.Excluded.Or(later.Excluded)) {
			t.Fatalf("withheld %v, want at least %v", both.Excluded.List(), later.Excluded.List())
		}
		excluded := both.Naming(agency(2)) == posada.Excluded
		if want := slices.Contains(later.ExcludedAgencies, agency(2)); excluded != want {
			t.Fatalf("excluded %v, want %v", excluded, want)
		}
		if both.Naming(agency(4)) != posada.Excluded {
			t.Fatal("an earlier exclusion was forgotten")
		}
	})
}

// TestALaterYesCanTakeBackAnEarlierNo: what she withheld last month and allows
// by name today is hers to allow.
func TestALaterYesCanTakeBackAnEarlierNo(t *testing.T) {
	earlier, later := record(), record()
	earlier.Excluded = posada.SetOf(posada.CategoryMedical)
	earlier.ExcludedAgencies = nil
	later.Given, later.Excluded = given.Add(time.Hour), 0
	later.Allowances[0].Categories = posada.SetOf(posada.CategoryMedical)
	got := consent.Governing([]consent.Record{earlier, later}, agency(2), posada.PurposeLegal)
	if got.Excluded.Has(posada.CategoryMedical) {
		t.Error("she cannot change her mind")
	}
}

// allows is what a case's records let an agency have for a purpose at a moment, as
// far as this package's facts say: in force, named, agreed to and not withheld.
func allows(records []consent.Record, to posada.AgencyID, purpose posada.Purpose, at time.Time) posada.Set[posada.Category] {
	r := consent.Governing(records, to, purpose)
	f := r.Facts(to, purpose, "", at)
	if f.Status != posada.ConsentGiven && f.Status != posada.ConsentRenewed || f.Window != posada.WindowWithin || r.Naming(to) != posada.Named || !f.Purposes.Has(purpose) {
		return 0
	}
	return f.Categories.Minus(f.Excluded)
}

// onward is to whom an agency may pass on.
func onward(records []consent.Record, to posada.AgencyID, purpose posada.Purpose) []posada.AgencyID {
	return consent.Governing(records, to, purpose).Onward(to, purpose)
}

// TestToWhomSheSaidNoNobodyPassesAnythingOn: for that purpose, from then on, until she
// says yes to it; and to be asked changes nothing.
func TestToWhomSheSaidNoNobodyPassesAnythingOn(t *testing.T) {
	first := record()
	first.Allowances[0].Onward = []posada.AgencyID{agency(3), agency(6)}
	says := func(status posada.ConsentStatus, purpose posada.Purpose, after time.Duration) consent.Record {
		r := record()
		r.ID, r.Given, r.History[0].Status = posada.ConsentID(agency(84)), given.Add(after), status
		r.Allowances = []consent.Allowance{{To: agency(3), Purpose: purpose, Categories: posada.SetOf(posada.CategoryNeeds)}}
		return r
	}
	for name, c := range map[string]struct {
		said []consent.Record
		want int
	}{
		"nothing":             {nil, 2},
		"no":                  {[]consent.Record{says(posada.ConsentRefused, posada.PurposeLegal, time.Hour)}, 1},
		"not now":             {[]consent.Record{says(posada.ConsentDeferred, posada.PurposeLegal, time.Hour)}, 1},
		"no, for another use": {[]consent.Record{says(posada.ConsentRefused, posada.PurposeShelter, time.Hour)}, 2},
		"no, before":          {[]consent.Record{says(posada.ConsentRefused, posada.PurposeLegal, -time.Hour)}, 2},
		"no, and then yes":    {[]consent.Record{says(posada.ConsentRefused, posada.PurposeLegal, time.Hour), says(posada.ConsentGiven, posada.PurposeLegal, 2*time.Hour)}, 2},
		"she was only asked":  {[]consent.Record{says(posada.ConsentRequested, posada.PurposeLegal, time.Hour)}, 2},
	} {
		all := append([]consent.Record{first}, c.said...)
		if got := onward(all, agency(2), posada.PurposeLegal); len(got) != c.want {
			t.Errorf("%s: to %d, want %d", name, len(got), c.want)
		}
		again, err := first.Renew(toldNow(), all, given.Add(48*time.Hour), 0, lifeBy)
		if err != nil || len(again.Onward(agency(2), posada.PurposeLegal)) != c.want {
			t.Errorf("%s, renewed: to %d, want %d, %v", name, len(again.Onward(agency(2), posada.PurposeLegal)), c.want, err)
		}
		if !slices.Equal(first.Allowances[0].Onward, []posada.AgencyID{agency(3), agency(6)}) {
			t.Fatal("the first was changed")
		}
	}
}

// TestToSayNoOrToBeAskedNeverAllowsMore: whatever a case's records are, one more that
// was asked about and not given lets nobody have anything they could not have before;
// and what was refused or put off last, nobody has.
func TestToSayNoOrToBeAskedNeverAllowsMore(t *testing.T) {
	denied, kept := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		var before []consent.Record
		for i := range rapid.IntRange(0, 4).Draw(t, "records") {
			before = append(before, drawRecord(t, i))
		}
		said := drawRecord(t, 9)
		said.History = nil
		word := rapid.SampledFrom(consent.Questions()).Draw(t, "said")
		said, err := said.Ask(word, said.Given, lifeBy)
		if err != nil {
			t.Fatal(err)
		}
		after := slices.Insert(slices.Clone(before), rapid.IntRange(0, len(before)).Draw(t, "place"), said)
		for _, line := range record().Allowances {
			for _, at := range []time.Time{given, given.Add(6 * time.Hour)} {
				on, onto := onward(before, line.To, line.Purpose), onward(after, line.To, line.Purpose)
				if slices.ContainsFunc(onto, func(id posada.AgencyID) bool { return !slices.Contains(on, id) }) && !allows(after, line.To, line.Purpose, at).Empty() {
					t.Fatalf("%s: passed on to %d before, to %d after", word, len(on), len(onto))
				}
				had, has := allows(before, line.To, line.Purpose, at), allows(after, line.To, line.Purpose, at)
				if !had.Covers(has) {
					t.Fatalf("%s: %v before, %v after", word, had.List(), has.List())
				}
				_, names := said.Allowance(line.To, line.Purpose)
				last := names && !slices.ContainsFunc(before, func(r consent.Record) bool { return !r.Given.Before(said.Given) })
				if last && word != posada.ConsentRequested && !has.Empty() {
					t.Fatalf("%s last, and %v may be had", word, has.List())
				}
				if word == posada.ConsentRequested && said.Excluded.Empty() && len(said.ExcludedAgencies) == 0 && had != has {
					t.Fatalf("to ask took away %v", had.Minus(has).List())
				}
				if had.Empty() {
					continue
				}
				if has.Empty() {
					denied++
				} else {
					kept++
				}
			}
		}
	})
	t.Logf("%d times all was taken away, %d times something stayed", denied, kept)
}

// TestToAskSilencesNothing: she was asked again, by whomever; what she said last
// counts until she says something else. Put off and asked again is still put off.
func TestToAskSilencesNothing(t *testing.T) {
	at := func(hours int) time.Time { return given.Add(time.Duration(hours) * time.Hour) }
	ask := func(steps ...posada.ConsentStatus) consent.Record {
		r := asked()
		r.ID = posada.ConsentID(agency(81))
		for i, s := range steps {
			var err error
			if r, err = take(r, s, at(1+i), 0, lifeBy); err != nil {
				t.Fatal(err)
			}
		}
		return r
	}
	between := record()
	between.ID, between.Given = posada.ConsentID(agency(82)), at(2).Add(time.Minute) // after two steps
	nobodyKnows := record()
	nobodyKnows.ID, nobodyKnows.Given, nobodyKnows.History = posada.ConsentID(agency(83)), at(1), nil
	const requested, deferred, invalidated = posada.ConsentRequested, posada.ConsentDeferred, posada.ConsentInvalidated
	for name, c := range map[string]struct {
		records []consent.Record
		want    posada.ConsentStatus
		noMore  bool
	}{
		"asked":                            {[]consent.Record{record(), ask(requested)}, posada.ConsentGiven, false},
		"asked by mistake":                 {[]consent.Record{record(), ask(requested, invalidated)}, posada.ConsentGiven, false},
		"put off":                          {[]consent.Record{record(), ask(requested, deferred)}, deferred, true},
		"put off and asked again":          {[]consent.Record{record(), ask(requested, deferred, requested)}, requested, true},
		"put off, by mistake":              {[]consent.Record{record(), ask(deferred, invalidated)}, invalidated, true},
		"put off, given, asked again":      {[]consent.Record{record(), ask(requested, deferred, requested), between}, posada.ConsentGiven, false},
		"put off, given, put off":          {[]consent.Record{record(), ask(requested, deferred, deferred), between}, deferred, true},
		"refused":                          {[]consent.Record{record(), ask(posada.ConsentRefused)}, posada.ConsentRefused, true},
		"refused, then given in another":   {[]consent.Record{record(), ask(posada.ConsentRefused), between}, posada.ConsentGiven, false},
		"nobody knows what was said":       {[]consent.Record{record(), nobodyKnows}, posada.ConsentUnknown, true},
		"asked, and never given or denied": {[]consent.Record{ask(requested)}, requested, false},
	} {
		if got := consent.Governing(c.records, agency(2), posada.PurposeLegal); got.Status() != c.want {
			t.Errorf("%s: what governs is %s, not %s", name, got.Status(), c.want)
		}
		if got := consent.NoMore(c.records[0], c.records); (len(got) > 0) != c.noMore {
			t.Errorf("%s: %d lines of the first are no more", name, len(got))
		}
		if due := consent.Due(c.records[0], c.records, record().Expires.Add(-1)); due != (name == "asked" || name == "asked by mistake") {
			t.Errorf("%s: the first is due: %v", name, due)
		}
	}
}
