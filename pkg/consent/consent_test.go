package consent_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
)

var given = time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)

func agency(n byte) posada.AgencyID {
	return posada.IDFrom[posada.AgencyID]([16]byte(bytes.Repeat([]byte{n}, 16)))
}

// record is an invented adult's consent to legal aid by agency 2, single use,
// and to shelter by agency 3.
func record() consent.Record {
	return consent.Record{
		ID: posada.ConsentID(agency(90)), Case: posada.CaseID(agency(91)),
		Allowances: []consent.Allowance{
			{To: agency(2), Purpose: posada.PurposeLegal, Categories: posada.SetOf(posada.CategoryNeeds, posada.CategoryIdentity), SingleUse: true},
			{To: agency(3), Purpose: posada.PurposeShelter, Categories: posada.SetOf(posada.CategoryNeeds)},
		},
		Excluded:         posada.SetOf(posada.CategoryImmigrationStatus),
		ExcludedAgencies: []posada.AgencyID{agency(4)},
		Services:         posada.SetOf(posada.ServiceLegalImmigration),
		Given:            given, NotBefore: given, Expires: given.Add(consent.DefaultLife),
		GivenBy: posada.GivenBySelf, AgeBand: posada.Age25to39, Assent: posada.AssentNotAsked, Conflict: posada.ConflictUnchecked,
		Method: posada.MethodWritten, Language: "spa", Informed: posada.SetOf(posada.Members[posada.Informed]()...),
		Condition: posada.ServiceNotConditional, Form: consent.Digest{1}, TextVersion: "1",
		History: []consent.StatusChange{{Status: posada.ConsentGiven, At: given, By: posada.StaffID(agency(5))}},
	}
}

func TestAnHonestRecordIsTaken(t *testing.T) {
	if err := record().Check(); err != nil {
		t.Error(err)
	}
}

func TestAMinorsPlaceIsAFactOfHerConsent(t *testing.T) {
	r := record()
	r.GivenBy, r.AgeBand, r.Jurisdiction = posada.GivenByMinorAlone, posada.Age16to17, posada.JurisdictionTexas
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	if got := r.Facts(agency(2), posada.PurposeLegal, "", given).Jurisdiction; got != posada.JurisdictionTexas {
		t.Errorf("she is in %s", got)
	}
	if got := record().Facts(agency(2), posada.PurposeLegal, "", given).Jurisdiction; got != posada.JurisdictionElsewhere {
		t.Errorf("where nothing was recorded: %s", got)
	}
}

func TestRecordsThatContradictThemselvesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*consent.Record)
		want   error
	}{
		"names nobody":        {func(r *consent.Record) { r.Allowances = nil }, consent.ErrNobodyNamed},
		"shares nothing":      {func(r *consent.Record) { r.Allowances[0].Categories = 0 }, consent.ErrNothingShared},
		"shares what it bars": {func(r *consent.Record) { r.Excluded = r.Excluded.With(posada.CategoryNeeds) }, consent.ErrBoth},
		"names whom it bars":  {func(r *consent.Record) { r.ExcludedAgencies = append(r.ExcludedAgencies, agency(2)) }, consent.ErrBoth},
		"names a line twice":  {func(r *consent.Record) { r.Allowances = append(r.Allowances, r.Allowances[0]) }, consent.ErrNamedTwice},
		"begins before given": {func(r *consent.Record) { r.NotBefore = given.Add(-time.Second) }, consent.ErrTimes},
		"ends as it begins":   {func(r *consent.Record) { r.Expires = r.NotBefore }, consent.ErrTimes},
		"lasts over 90 days":  {func(r *consent.Record) { r.Expires = given.Add(consent.MaxLife + time.Second) }, consent.ErrTimes},
		"lasts over 90, later": {func(r *consent.Record) {
			r.NotBefore = given.Add(time.Hour)
			r.Expires = given.Add(consent.MaxLife + time.Hour)
		}, consent.ErrTimes},
		"no form":                {func(r *consent.Record) { r.Form = consent.Digest{} }, consent.ErrIncomplete},
		"no history":             {func(r *consent.Record) { r.History = nil }, consent.ErrIncomplete},
		"no text version":        {func(r *consent.Record) { r.TextVersion = "" }, consent.ErrIncomplete},
		"two-letter language":    {func(r *consent.Record) { r.Language = "es" }, consent.ErrIncomplete},
		"nobody gave it":         {func(r *consent.Record) { r.GivenBy = "" }, consent.ErrIncomplete},
		"a minor alone, nowhere": {func(r *consent.Record) { r.GivenBy = posada.GivenByMinorAlone }, consent.ErrIncomplete},
		"a minor alone, on Mars": {func(r *consent.Record) {
			r.GivenBy, r.Jurisdiction = posada.GivenByMinorAlone, "mars"
		}, consent.ErrIncomplete},
		"no assent said":            {func(r *consent.Record) { r.Assent = "" }, consent.ErrIncomplete},
		"no conflict said":          {func(r *consent.Record) { r.Conflict = "" }, consent.ErrIncomplete},
		"an exclusion of nobody":    {func(r *consent.Record) { r.ExcludedAgencies = append(r.ExcludedAgencies, "") }, consent.ErrIncomplete},
		"a line to nobody":          {func(r *consent.Record) { r.Allowances[0].To = "" }, consent.ErrIncomplete},
		"a line for nothing":        {func(r *consent.Record) { r.Allowances[0].Purpose = "" }, consent.ErrIncomplete},
		"passed on to nobody":       {func(r *consent.Record) { r.Allowances[0].Onward = []posada.AgencyID{""} }, consent.ErrIncomplete},
		"passed on to whom it bars": {func(r *consent.Record) { r.Allowances[0].Onward = []posada.AgencyID{agency(4)} }, consent.ErrBoth},
		"heard by nobody":           {func(r *consent.Record) { r.History[0].By = "" }, consent.ErrIncomplete},
		"an age nobody knows":       {func(r *consent.Record) { r.AgeBand = "26" }, consent.ErrIncomplete},
		"no method":                 {func(r *consent.Record) { r.Method = "" }, consent.ErrIncomplete},
		"condition not said":        {func(r *consent.Record) { r.Condition = "" }, consent.ErrIncomplete},
	} {
		r := record()
		c.change(&r)
		if err := r.Check(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v; want %v", name, err, c.want)
		}
	}
}

func TestFactsAreOfOneRecipientAndPurpose(t *testing.T) {
	r := record()
	f := r.Facts(agency(2), posada.PurposeLegal, "", given)
	if f.Categories != posada.SetOf(posada.CategoryNeeds, posada.CategoryIdentity) || f.Purposes != posada.SetOf(posada.PurposeLegal) || f.Use != posada.UseSingleUnused {
		t.Errorf("%+v", f)
	}
	for name, other := range map[string]consent.Facts{
		"another purpose":   r.Facts(agency(2), posada.PurposeShelter, "", given),
		"another recipient": r.Facts(agency(4), posada.PurposeLegal, "", given),
	} {
		if !other.Categories.Empty() {
			t.Errorf("%s has %v", name, other.Categories.List())
		}
	}
	for to, want := range map[posada.AgencyID]posada.Naming{agency(2): posada.Named, agency(4): posada.Excluded, agency(7): posada.Unnamed} {
		if got := r.Naming(to); got != want {
			t.Errorf("%s is %s; want %s", to, got, want)
		}
	}
	r.ExcludedAgencies = append(r.ExcludedAgencies, agency(2))
	if r.Naming(agency(2)) != posada.Excluded {
		t.Error("named beat excluded")
	}
}

func TestTimesBecomeWords(t *testing.T) {
	r := record()
	r.NotBefore = given.Add(time.Hour)
	for at, want := range map[time.Time]posada.Window{
		given:                             posada.WindowBefore,
		r.NotBefore.Add(-time.Nanosecond): posada.WindowBefore,
		r.NotBefore:                       posada.WindowWithin,
		r.Expires.Add(-time.Nanosecond):   posada.WindowWithin,
		r.Expires:                         posada.WindowAfter,
		r.Expires.AddDate(10, 0, 0):       posada.WindowAfter,
		time.Time{}:                       posada.WindowBefore,
	} {
		if got := r.Facts(agency(2), posada.PurposeLegal, "", at).Window; got != want {
			t.Errorf("%v is %s; want %s", at, got, want)
		}
	}
	for _, c := range []struct {
		rec  consent.OptInRecord
		want posada.OptIn
	}{
		{consent.OptInRecord{}, posada.OptInNone},
		{consent.OptInRecord{Counsel: true}, posada.OptInNone},
		{consent.OptInRecord{AskedAt: given.Add(-48 * time.Hour)}, posada.OptInWithoutCounsel},
		{consent.OptInRecord{AskedAt: given.Add(-24*time.Hour + 1), Counsel: true}, posada.OptInCoolingOff},
		{consent.OptInRecord{AskedAt: given.Add(-24 * time.Hour), Counsel: true}, posada.OptInComplete},
		{consent.OptInRecord{AskedAt: given.Add(time.Hour), Counsel: true}, posada.OptInCoolingOff},
	} {
		r.OptIn = c.rec
		if got := r.Facts(agency(2), posada.PurposeLegal, "", given).OptIn; got != c.want {
			t.Errorf("%+v is %s; want %s", c.rec, got, c.want)
		}
	}
}

func TestASingleUseIsUsedUpByOneDisclosure(t *testing.T) {
	first, second := posada.EventID(agency(50)), posada.EventID(agency(51))
	r := record()
	used := r.Used(agency(2), posada.PurposeLegal, first)
	use := func(r consent.Record, by posada.EventID) posada.Use {
		return r.Facts(agency(2), posada.PurposeLegal, by, given).Use
	}
	if use(r, second) != posada.UseSingleUnused {
		t.Error("marking a copy used up the original")
	}
	if use(used, second) != posada.UseSingleUsed || use(used, "") != posada.UseSingleUsed {
		t.Error("a second disclosure may still use it")
	}
	if use(used, first) != posada.UseSingleUnused {
		t.Error("sealing the same disclosure again counts as a second use")
	}
	if again := used.Used(agency(2), posada.PurposeLegal, second); use(again, first) != posada.UseSingleUnused {
		t.Error("a later use took the place of the first")
	}
	if f := used.Facts(agency(3), posada.PurposeShelter, second, given); f.Use != posada.UseRepeated {
		t.Errorf("another line became %s", f.Use)
	}
}

func TestUnknownPermitsLeast(t *testing.T) {
	u := consent.Unknown()
	if u.Status != posada.ConsentUnknown || u.Window == posada.WindowWithin || !u.Categories.Empty() || !u.Purposes.Empty() ||
		!u.Informed.Empty() || u.Condition == posada.ServiceNotConditional || u.OptIn != posada.OptInNone || !u.CoSigned.Empty() {
		t.Errorf("%+v", u)
	}
	if (consent.Record{}).Status() != posada.ConsentUnknown {
		t.Error("a record without a history has a status")
	}
}

func TestTwoRecipientsHoldNothingInCommon(t *testing.T) {
	secret := consent.CaseSecret{7}
	if secret.WithdrawalCommitment(agency(2)) == secret.WithdrawalCommitment(agency(3)) {
		t.Error("two recipients hold one withdrawal commitment")
	}
	if again := (consent.CaseSecret{7}); secret.WithdrawalCommitment(agency(2)) != again.WithdrawalCommitment(agency(2)) {
		t.Error("one recipient's commitment changes")
	}
	form := consent.Digest{9}
	if consent.FormCommitment([32]byte{1}, form) == consent.FormCommitment([32]byte{2}, form) {
		t.Error("two salts give one form commitment")
	}
}

func TestRecordsAndSecretsPrintAsNothing(t *testing.T) {
	for _, v := range []any{record(), consent.CaseSecret{7}} {
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			if text := fmt.Sprintf(verb, v); text != "(redacted)" && text != "(secret)" {
				t.Errorf("%T with %s: %s", v, verb, text)
			}
		}
	}
}

func TestDigestsHaveOneSpelling(t *testing.T) {
	d := consent.Digest{1, 2, 3}
	text, err := d.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var again consent.Digest
	if err := again.UnmarshalText(text); err != nil || again != d {
		t.Fatalf("%s: %v", text, err)
	}
	for _, wrong := range []string{"", string(text[:42]), string(text) + "A", strings.Replace(string(text), "A", "+", 1), string(text[:42]) + "B", string(text) + "\n"} {
		if err := again.UnmarshalText([]byte(wrong)); !errors.Is(err, consent.ErrBadDigest) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func BenchmarkFacts(b *testing.B) {
	r := record()
	for b.Loop() {
		if f := r.Facts(agency(2), posada.PurposeLegal, "", given); f.Window != posada.WindowWithin {
			b.Fatal(f)
		}
	}
}
