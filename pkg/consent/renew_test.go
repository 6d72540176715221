package consent_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
)

// renew renews the first of a case's records with what is said.
func renew(t testing.TB, what consent.Record, all ...consent.Record) (consent.Record, error) {
	t.Helper()
	before := encoded(t, all[0])
	got, err := all[0].Renew(what, all, given.Add(48*time.Hour), consent.MaxLife, lifeBy)
	if !bytes.Equal(encoded(t, all[0]), before) {
		t.Error("the record that was renewed is not what it was")
	}
	return got, err
}

// TestARenewalIsAnotherRecordAskedAnew: with the lines of the old one, what is told
// and signed now, its own time, and nothing of what was used or opted into before.
func TestARenewalIsAnotherRecordAskedAnew(t *testing.T) {
	old := record()
	old.Allowances[0].UsedBy = posada.EventID(agency(70))
	old.OptIn = consent.OptInRecord{AskedAt: given, Counsel: true, By: lifeBy}
	anew := toldNow()
	anew.Language, anew.Method = "eng", posada.MethodThumbprint
	got, err := renew(t, anew, old)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Anew(anew); err != nil || old.Allowances[0].UsedBy == "" {
		t.Errorf("the old one was changed, %v", err)
	}
	got.ID = posada.ConsentID(agency(80))
	if err := got.Check(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*consent.Record){
		"renews nothing":         func(r *consent.Record) { r.Renews = "" },
		"given, and renews some": func(r *consent.Record) { r.History = old.History },
	} {
		wrong := got
		change(&wrong)
		if err := wrong.Check(); !errors.Is(err, consent.ErrIncomplete) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got.Renews != old.ID || got.Status() != posada.ConsentRenewed || len(got.History) != 1 || !got.Given.Equal(given.Add(48*time.Hour)) || !got.Expires.Equal(got.Given.Add(consent.MaxLife)) {
		t.Errorf("it is %s, of %v to %v", got.Status(), got.Given, got.Expires)
	}
	if got.TextVersion != "2" || got.Form != (consent.Digest{2}) || got.Language != "eng" || got.Method != posada.MethodThumbprint || got.OptIn != (consent.OptInRecord{}) {
		t.Error("something of before is in it")
	}
	want := slices.Clone(old.Allowances)
	want[0].UsedBy = ""
	if !slices.EqualFunc(got.Allowances, want, func(a, b consent.Allowance) bool {
		return a.To == b.To && a.Purpose == b.Purpose && a.Categories == b.Categories && a.SingleUse == b.SingleUse && a.UsedBy == b.UsedBy
	}) || got.Excluded != old.Excluded || !slices.Equal(got.ExcludedAgencies, old.ExcludedAgencies) || got.Services != old.Services {
		t.Error("it says something else")
	}
	if _, err := old.Renew(anew, []consent.Record{old}, given, consent.MaxLife+1, lifeBy); err != nil {
		t.Fatal(err)
	} else if r, _ := old.Renew(anew, []consent.Record{old}, given, consent.MaxLife+1, lifeBy); !errors.Is(r.Check(), consent.ErrTimes) {
		t.Error("it lasts more than 90 days")
	}
}

// TestOnlyWhatWasGivenAndIsNotOverIsRenewed: in each status a record can be in.
func TestOnlyWhatWasGivenAndIsNotOverIsRenewed(t *testing.T) {
	for _, status := range append(posada.Members[posada.ConsentStatus](), "") {
		r := record()
		r.History[0].Status = status
		want := map[bool]error{true: consent.ErrOver, false: consent.ErrNotGiven}[written()[status] == ""]
		if status == posada.ConsentGiven || status == posada.ConsentRenewed {
			want = nil
		}
		if _, err := renew(t, toldNow(), r); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", status, err, want)
		}
	}
	r := record()
	if got, err := r.Renew(toldNow(), []consent.Record{r}, r.Expires.Add(time.Hour), 0, lifeBy); err != nil || !got.Expires.Equal(r.Expires.Add(time.Hour+consent.DefaultLife)) {
		t.Errorf("one that ran out: until %v, %v", got.Expires, err)
	}
}

// TestWhoAgreesMayAgreeToLessAndNotToMore, of a question and of a renewal alike.
func TestWhoAgreesMayAgreeToLessAndNotToMore(t *testing.T) {
	line := func(change func(*consent.Allowance)) []consent.Allowance {
		a := record().Allowances[0]
		a.Onward = []posada.AgencyID{agency(3)}
		change(&a)
		return []consent.Allowance{a}
	}
	for name, c := range map[string]struct {
		change func(*consent.Record)
		want   error
	}{
		"as asked": {func(*consent.Record) {}, nil},
		"one line": {func(r *consent.Record) { r.Allowances = line(func(*consent.Allowance) {}) }, nil},
		"fewer data": {func(r *consent.Record) {
			r.Allowances = line(func(a *consent.Allowance) { a.Categories = posada.SetOf(posada.CategoryNeeds) })
		}, nil},
		"not passed on": {func(r *consent.Record) { r.Allowances = line(func(a *consent.Allowance) { a.Onward = nil }) }, nil},
		"a service":     {func(r *consent.Record) { r.Services = posada.SetOf(posada.ServiceLegalImmigration) }, nil},
		"more data": {func(r *consent.Record) {
			r.Allowances = line(func(a *consent.Allowance) { a.Categories = a.Categories.With(posada.CategoryMedical) })
		}, consent.ErrWider},
		"another agency": {func(r *consent.Record) { r.Allowances = line(func(a *consent.Allowance) { a.To = agency(7) }) }, consent.ErrWider},
		"another purpose": {func(r *consent.Record) {
			r.Allowances = line(func(a *consent.Allowance) { a.Purpose = posada.PurposeShelter })
		}, consent.ErrWider},
		"passed on more": {func(r *consent.Record) {
			r.Allowances = line(func(a *consent.Allowance) { a.Onward = append(a.Onward, agency(7)) })
		}, consent.ErrWider},
		"another service": {func(r *consent.Record) { r.Services = posada.SetOf(posada.ServiceFood) }, consent.ErrWider},
	} {
		anew := toldNow()
		c.change(&anew)
		old := record()
		old.Allowances[0].Onward = []posada.AgencyID{agency(3)}
		if _, err := renew(t, anew, old); !errors.Is(err, c.want) {
			t.Errorf("renewed, %s: %v", name, err)
		}
		question, err := asked().Ask(posada.ConsentRequested, given, lifeBy)
		question.Allowances = old.Allowances
		if err != nil {
			t.Fatal(err)
		}
		if _, err := question.Anew(anew); !errors.Is(err, c.want) {
			t.Errorf("agreed to, %s: %v", name, err)
		}
	}
}

// TestWhatWasAskedForOneUseStaysForOne, whatever is said of it.
func TestWhatWasAskedForOneUseStaysForOne(t *testing.T) {
	anew := toldNow()
	anew.Allowances = record().Allowances
	anew.Allowances[0].SingleUse = false
	got, err := renew(t, anew, record())
	if err != nil || !got.Allowances[0].SingleUse || got.Allowances[1].SingleUse {
		t.Errorf("%v", err)
	}
	if anew.Allowances[0].SingleUse {
		t.Error("what was said was changed")
	}
}

// TestWhomOneExcludesNowIsExcludedAsWell: what was excluded stays excluded.
func TestWhomOneExcludesNowIsExcludedAsWell(t *testing.T) {
	anew := toldNow()
	anew.Excluded, anew.ExcludedAgencies = posada.SetOf(posada.CategoryMedical), []posada.AgencyID{agency(6), agency(4)}
	got, err := renew(t, anew, record())
	if err != nil || got.Excluded != record().Excluded.With(posada.CategoryMedical) || len(got.ExcludedAgencies) != 2 || got.Naming(agency(4)) != posada.Excluded || got.Naming(agency(6)) != posada.Excluded {
		t.Errorf("%v, %d agencies, %v", got.Excluded.List(), len(got.ExcludedAgencies), err)
	}
}

// TestARenewalBringsNothingBack: what she refused, put off, took back, withheld or
// whom she excluded since does not come back because something else is renewed.
func TestARenewalBringsNothingBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old := record()
		old.Allowances[0].Onward = []posada.AgencyID{agency(3)}
		all := []consent.Record{old}
		for i := range rapid.IntRange(0, 4).Draw(t, "records") {
			all = append(all, drawRecord(t, i))
		}
		before := consent.Record{}
		got, err := old.Renew(toldNow(), all, given.Add(100*24*time.Hour), 0, lifeBy)
		if err != nil && !errors.Is(err, consent.ErrOver) {
			t.Fatal(err)
		}
		for _, a := range got.Allowances {
			before = consent.Governing(all, a.To, a.Purpose)
			s := before.Status()
			if s != posada.ConsentGiven && s != posada.ConsentRenewed {
				t.Fatalf("what was last %s came back", s)
			}
			asked, ok := old.Allowance(a.To, a.Purpose)
			newest, _ := before.Allowance(a.To, a.Purpose)
			if !newest.Categories.Covers(a.Categories) || newest.SingleUse && !a.SingleUse || slices.ContainsFunc(a.Onward, func(id posada.AgencyID) bool { return !slices.Contains(newest.Onward, id) }) {
				t.Fatalf("what she narrowed since came back: %v", a.Categories.List())
			}
			if !ok || !asked.Categories.Covers(a.Categories) || !a.Categories.And(before.Excluded).Empty() || !a.Categories.And(old.Excluded).Empty() {
				t.Fatalf("it shares %v of %v", a.Categories.List(), asked.Categories.List())
			}
			for _, id := range a.Onward {
				if s := consent.Governing(all, id, a.Purpose); s.Naming(id) == posada.Named && s.Given.After(old.Given) && s.Status() == posada.ConsentRefused {
					if _, names := s.Allowance(id, a.Purpose); names {
						t.Fatal("it is passed on to whom she said no")
					}
				}
			}
			if before.Naming(a.To) == posada.Excluded || old.Naming(a.To) == posada.Excluded {
				t.Fatal("it names an excluded agency")
			}
		}
		if err == nil {
			got.ID = posada.ConsentID(agency(99))
			if err := got.Check(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// drawRecord is another record of a case: in any status, of any lines.
func drawRecord(t *rapid.T, n int) consent.Record {
	r := record()
	r.ID = posada.ConsentID(agency(byte(100 + n)))
	r.Given = given.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "hours")) * time.Hour)
	r.NotBefore, r.Expires = r.Given, r.Given.Add(consent.DefaultLife)
	r.History = nil
	statuses := posada.Members[posada.ConsentStatus]()
	for range 2 * len(statuses) {
		statuses = append(statuses, posada.ConsentGiven)
	}
	for range rapid.IntRange(0, 3).Draw(t, "steps") {
		r.History = append(r.History, consent.StatusChange{Status: rapid.SampledFrom(statuses).Draw(t, "status"), At: r.Given, By: lifeBy})
	}
	r.Allowances[0].Onward = rapid.SampledFrom([][]posada.AgencyID{{agency(3)}, {}}).Draw(t, "onward")
	if rapid.Bool().Draw(t, "less") {
		r.Allowances[0].Categories = posada.SetOf(posada.CategoryNeeds)
	}
	r.Allowances[0].SingleUse = rapid.Bool().Draw(t, "once")
	r.Allowances = append(r.Allowances, consent.Allowance{To: agency(3), Purpose: posada.PurposeLegal, Categories: posada.SetOf(posada.CategoryNeeds)})
	r.Allowances = slices.DeleteFunc(r.Allowances, func(consent.Allowance) bool { return rapid.Bool().Draw(t, "without") })
	r.Excluded = posada.SetOf(rapid.SliceOfN(rapid.SampledFrom([]posada.Category{posada.CategoryNeeds, posada.CategoryIdentity, posada.CategoryMedical}), 0, 1).Draw(t, "withheld")...)
	r.ExcludedAgencies = rapid.SliceOfN(rapid.SampledFrom([]posada.AgencyID{agency(2), agency(3), agency(5), agency(6), agency(7), agency(8)}), 0, 1).Draw(t, "excluded")
	return r
}
