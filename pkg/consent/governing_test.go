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
