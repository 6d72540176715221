package posada_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Two instruments are a judge's; whatever is headed otherwise, and every word
// nobody knows, is not.
func TestOnlyWhatAJudgeSignedIsJudicial(t *testing.T) {
	judicial := 0
	for _, i := range posada.Members[posada.Instrument]() {
		if i.Judicial() {
			judicial++
		}
	}
	if judicial != 2 || !posada.InstrumentCourtOrder.Judicial() || !posada.InstrumentSearchWarrant.Judicial() {
		t.Errorf("%d instruments are judicial", judicial)
	}
	for _, i := range []posada.Instrument{"", "warrant", "Court_order", "court_order ", "order"} {
		if i.Judicial() {
			t.Errorf("%q is a judge's", i)
		}
	}
}

func TestADateIsADayOfTheCalendarAndComparesAsText(t *testing.T) {
	for _, wrong := range []string{"", "2026-2-3", "2026-02-30", "2026-13-01", "03/02/2026", "2026-02-03T00:00:00Z", " 2026-02-03"} {
		if _, err := posada.ReadDate(wrong); !errors.Is(err, posada.ErrBadDate) {
			t.Errorf("%q: %v", wrong, err)
		}
		var d posada.Date
		if err := json.Unmarshal([]byte(`"`+wrong+`"`), &d); !errors.Is(err, posada.ErrBadDate) || d != "" {
			t.Errorf("%q: %q, %v", wrong, d, err)
		}
	}
	for day, before := time.Date(2024, 2, 27, 23, 59, 0, 0, time.UTC), posada.Date(""); day.Year() < 2026; day = day.Add(24 * time.Hour) {
		d := posada.DateOf(day)
		if again, err := posada.ReadDate(string(d)); err != nil || again != d || d <= before {
			t.Fatalf("%s after %s, %v", d, before, err)
		}
		before = d
	}
	// It is the day where the moment is told.
	if at := time.Date(2026, 7, 1, 3, 0, 0, 0, time.UTC); posada.DateOf(at.In(time.FixedZone("", -6*3600))) != "2026-06-30" {
		t.Error(posada.DateOf(at))
	}
}

func TestADayOfTheWeekIsTheCalendars(t *testing.T) {
	want := posada.Members[posada.Weekday]()
	for i := range 7 {
		if got := posada.WeekdayOf(time.Date(2026, 3, 2+i, 0, 0, 0, 0, time.UTC).Weekday()); got != want[i] { // a Monday
			t.Errorf("%d is %s", i, got)
		}
	}
}
