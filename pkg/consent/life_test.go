package consent_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/posada"
)

var (
	lifeStart = time.Date(2026, 3, 14, 23, 40, 0, 0, time.UTC)
	lifeBy    = posada.IDFrom[posada.StaffID]([16]byte{9})
	lifeTo    = posada.IDFrom[posada.AgencyID]([16]byte{2})
	lifeOther = posada.IDFrom[posada.AgencyID]([16]byte{3})
)

// living is a record that was given for thirty days.
func living(to ...posada.AgencyID) consent.Record {
	r := consent.Record{Given: lifeStart, NotBefore: lifeStart, Expires: lifeStart.Add(consent.DefaultLife)}
	for _, id := range to {
		r.Allowances = append(r.Allowances, consent.Allowance{To: id, Purpose: posada.PurposeLegal})
	}
	r.History = []consent.StatusChange{{Status: posada.ConsentGiven, At: lifeStart, By: lifeBy}}
	return r
}

// From every status by every word: only an ending ends, once, and nothing that
// is over ever permits anything again.
func TestAConsentEndsOnceAndNeverBeginsAgain(t *testing.T) {
	for _, first := range posada.Members[posada.ConsentStatus]() {
		for _, second := range posada.Members[posada.ConsentStatus]() {
			r := living(lifeTo)
			r.History[0].Status = first
			ending, over := slices.Contains(consent.Endings(), second), slices.Contains(append(consent.Endings(), posada.ConsentRefused), first)
			before := slices.Clone(r.History)
			ended, err := r.End(second, lifeStart.Add(time.Hour), lifeBy)
			switch {
			case !ending:
				if !errors.Is(err, consent.ErrNoEnding) {
					t.Errorf("%s by %s: %v", first, second, err)
				}
			case over:
				if !errors.Is(err, consent.ErrOver) {
					t.Errorf("%s by %s: %v", first, second, err)
				}
			default:
				if err != nil || ended.Status() != second || len(ended.History) != 2 || ended.History[1].By != lifeBy {
					t.Errorf("%s by %s: %s, %v", first, second, ended.Status(), err)
				}
				for _, third := range posada.Members[posada.ConsentStatus]() {
					if _, err := ended.End(third, lifeStart.Add(2*time.Hour), lifeBy); err == nil {
						t.Errorf("%s, %s, and then %s", first, second, third)
					}
				}
			}
			if !reflect.DeepEqual(r.History, before) {
				t.Error("the record itself was changed")
			}
		}
	}
}

func TestAConsentRunsOutByItself(t *testing.T) {
	r := living(lifeTo)
	for at, want := range map[time.Duration]posada.ConsentStatus{
		0: posada.ConsentGiven, consent.DefaultLife - 1: posada.ConsentGiven,
		consent.DefaultLife: posada.ConsentExpired, 2 * consent.DefaultLife: posada.ConsentExpired,
	} {
		if got := r.StatusAt(lifeStart.Add(at)); got != want {
			t.Errorf("after %v: %s", at, got)
		}
	}
	ended, err := r.End(posada.ConsentWithdrawn, lifeStart.Add(2*consent.DefaultLife), lifeBy)
	if err != nil || ended.StatusAt(lifeStart.Add(3*consent.DefaultLife)) != posada.ConsentWithdrawn {
		t.Errorf("what ran out cannot be withdrawn: %v", err)
	}
}

func TestItIsTimeToAskAgainSevenDaysBeforeTheEndUnlessSomebodyDid(t *testing.T) {
	r := living(lifeTo, lifeOther)
	soon := r.Expires.Add(-consent.Reminder)
	later := func(to ...posada.AgencyID) consent.Record {
		l := living(to...)
		l.Given = lifeStart.Add(time.Hour)
		return l
	}
	earlier := living(lifeTo, lifeOther)
	earlier.Given = lifeStart.Add(-time.Hour)
	withdrawn, err := r.End(posada.ConsentWithdrawn, lifeStart, lifeBy)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		of   consent.Record
		all  []consent.Record
		at   time.Time
		want bool
	}{
		"a moment before":          {r, []consent.Record{r}, soon.Add(-1), false},
		"seven days before":        {r, []consent.Record{r}, soon, true},
		"the last moment":          {r, []consent.Record{r}, r.Expires.Add(-1), true},
		"over":                     {r, []consent.Record{r}, r.Expires, false},
		"withdrawn":                {withdrawn, []consent.Record{withdrawn}, soon, false},
		"a later one for all":      {r, []consent.Record{r, later(lifeTo, lifeOther)}, soon, false},
		"two later ones for all":   {r, []consent.Record{r, later(lifeTo), later(lifeOther)}, soon, false},
		"a later one for one line": {r, []consent.Record{r, later(lifeTo)}, soon, true},
		"an earlier one for all":   {r, []consent.Record{earlier, r}, soon, true},
	} {
		if got := consent.Due(c.of, c.all, c.at); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
