package oncall_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func clock(t testing.TB, text string) oncall.Clock {
	t.Helper()
	c, err := oncall.ReadClock(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func hours(t testing.TB, from, until string, days ...posada.Weekday) oncall.Hours {
	t.Helper()
	return oncall.Hours{Days: posada.SetOf(days...), From: clock(t, from), Until: clock(t, until)}
}

func TestATimeOfDayHasOneSpelling(t *testing.T) {
	for m := range 24 * 60 {
		text := fmt.Sprintf("%02d:%02d", m/60, m%60)
		if c := clock(t, text); int(c) != m || c.String() != text {
			t.Fatalf("%s is %d, %s", text, c, c)
		}
	}
	for _, wrong := range []string{"", "6:00", "24:00", "22:60", "22", "22:00:00", "10pm", " 22:00", "22:0"} {
		if _, err := oncall.ReadClock(wrong); !errors.Is(err, oncall.ErrBadClock) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestHoursAreKeptAsTheyAreSaid(t *testing.T) {
	h := hours(t, "22:00", "06:05", posada.Monday, posada.Tuesday)
	text, err := json.Marshal(h)
	if err != nil || string(text) != `{"days":["mon","tue"],"from":"22:00","until":"06:05"}` {
		t.Fatalf("%s, %v", text, err)
	}
	var again oncall.Hours
	if err := json.Unmarshal(text, &again); err != nil || again != h {
		t.Errorf("%+v, %v", again, err)
	}
}

// The cases that nobody gets right by heart, told in the zone's own clock.
func TestHoursMeanTheseMoments(t *testing.T) {
	all := posada.Members[posada.Weekday]()
	for name, c := range map[string]struct {
		zone     string
		list     []oncall.Hours
		from, to string
		want     []string
	}{
		"an evening": {"America/Denver", []oncall.Hours{hours(t, "18:00", "22:00", posada.Saturday)}, "2026-03-14T00:00:00-06:00", "2026-03-15T00:00:00-06:00",
			[]string{"2026-03-14T18:00:00-06:00/2026-03-14T22:00:00-06:00"}},
		"a night crosses midnight": {"America/Denver", []oncall.Hours{hours(t, "22:00", "06:00", posada.Friday)}, "2026-03-13T00:00:00-06:00", "2026-03-15T00:00:00-06:00",
			[]string{"2026-03-13T22:00:00-06:00/2026-03-14T06:00:00-06:00"}},
		"it is still Friday's at five": {"America/Denver", []oncall.Hours{hours(t, "22:00", "06:00", posada.Friday)}, "2026-03-14T05:00:00-06:00", "2026-03-15T00:00:00-06:00",
			[]string{"2026-03-14T05:00:00-06:00/2026-03-14T06:00:00-06:00"}},
		"a night loses its hour in spring": {"America/Denver", []oncall.Hours{hours(t, "22:00", "06:00", posada.Saturday)}, "2026-03-07T00:00:00-07:00", "2026-03-09T00:00:00-06:00",
			[]string{"2026-03-07T22:00:00-07:00/2026-03-08T06:00:00-06:00"}},
		"a night is an hour longer in autumn": {"America/Denver", []oncall.Hours{hours(t, "22:00", "06:00", posada.Saturday)}, "2026-10-31T00:00:00-06:00", "2026-11-02T00:00:00-07:00",
			[]string{"2026-10-31T22:00:00-06:00/2026-11-01T06:00:00-07:00"}},
		"it begins at an hour that is not": {"America/Denver", []oncall.Hours{hours(t, "02:30", "06:00", posada.Sunday)}, "2026-03-08T00:00:00-07:00", "2026-03-09T00:00:00-06:00",
			[]string{"2026-03-08T03:00:00-06:00/2026-03-08T06:00:00-06:00"}},
		"it ends at an hour that is not": {"America/Denver", []oncall.Hours{hours(t, "22:00", "02:30", posada.Saturday)}, "2026-03-07T12:00:00-07:00", "2026-03-09T00:00:00-06:00",
			[]string{"2026-03-07T22:00:00-07:00/2026-03-08T03:00:00-06:00"}},
		"it is all of an hour that is not": {"America/Denver", []oncall.Hours{hours(t, "02:10", "02:50", posada.Sunday)}, "2026-03-08T00:00:00-07:00", "2026-03-09T00:00:00-06:00", nil},
		"it begins and ends in an hour that is twice": {"America/Denver", []oncall.Hours{hours(t, "01:10", "01:50", posada.Sunday)}, "2026-11-01T00:00:00-06:00", "2026-11-02T00:00:00-07:00",
			[]string{"2026-11-01T01:10:00-06:00/2026-11-01T01:50:00-07:00"}},
		"two zones of one street, in winter": {"America/Ciudad_Juarez", []oncall.Hours{hours(t, "22:00", "06:00", posada.Saturday)}, "2026-01-03T00:00:00-07:00", "2026-01-05T00:00:00-07:00",
			[]string{"2026-01-03T22:00:00-07:00/2026-01-04T06:00:00-07:00"}},
		"a day and a night": {"America/Tijuana", []oncall.Hours{hours(t, "08:00", "08:00", posada.Sunday)}, "2026-03-07T00:00:00-08:00", "2026-03-10T00:00:00-07:00",
			[]string{"2026-03-08T08:00:00-07:00/2026-03-09T08:00:00-07:00"}},
		"always is one": {"America/Tijuana", []oncall.Hours{hours(t, "00:00", "00:00", all...)}, "2026-03-07T00:00:00-08:00", "2026-03-10T00:00:00-07:00",
			[]string{"2026-03-07T00:00:00-08:00/2026-03-10T00:00:00-07:00"}},
		"two shifts that meet are one": {"America/Tijuana", []oncall.Hours{hours(t, "18:00", "22:00", posada.Monday), hours(t, "22:00", "23:00", posada.Monday)}, "2026-06-01T00:00:00-07:00", "2026-06-02T00:00:00-07:00",
			[]string{"2026-06-01T18:00:00-07:00/2026-06-01T23:00:00-07:00"}},
		"a day that was never": {"Pacific/Apia", []oncall.Hours{hours(t, "10:00", "12:00", posada.Friday)}, "2011-12-29T12:00:00-10:00", "2011-12-31T12:00:00+14:00", nil},
		"no days, no hours":    {"America/Denver", []oncall.Hours{hours(t, "00:00", "00:00")}, "2026-03-07T00:00:00-07:00", "2026-03-14T00:00:00-06:00", nil},
		"nothing set":          {"America/Denver", nil, "2026-03-07T00:00:00-07:00", "2026-03-14T00:00:00-06:00", nil},
	} {
		from, err := time.Parse(time.RFC3339, c.from)
		if err != nil {
			t.Fatal(err)
		}
		to, err := time.Parse(time.RFC3339, c.to)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range oncall.Spans(c.list, from, to, zone(t, c.zone)) {
			got = append(got, s.From.Format(time.RFC3339)+"/"+s.Until.Format(time.RFC3339))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// reads finds, minute by minute, the first moment a clock shows a reading or
// something later, and the last: what the package says it finds, slowly.
func reads(reading time.Time, zone *time.Location) (first, last time.Time) {
	past := false
	for t := reading.Add(-26 * time.Hour); t.Before(reading.Add(26 * time.Hour)); t = t.Add(time.Minute) {
		_, offset := t.In(zone).Zone()
		shown := t.Add(time.Duration(offset) * time.Second)
		switch {
		case shown.Equal(reading):
			last = t
			if first.IsZero() {
				first = t
			}
		case shown.After(reading) && !past && first.IsZero():
			first, last = t, t // it jumped
		}
		past = past || !shown.Before(reading)
	}
	return first, last
}

// TestShiftsAreAsTheClockOnTheWallShows plays hours around every change of the
// clock, in zones of the border and in those that are hardest, against a clock
// that is looked at each minute.
func TestShiftsAreAsTheClockOnTheWallShows(t *testing.T) {
	type turn struct {
		zone *time.Location
		at   time.Time
	}
	var turns []turn
	for _, name := range []string{"America/Denver", "America/Chicago", "America/Phoenix", "America/Tijuana", "America/Ciudad_Juarez", "America/Ojinaga", "America/Mexico_City", "America/Los_Angeles", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Apia", "Europe/Dublin"} {
		z := zone(t, name)
		for at := time.Date(2011, 1, 1, 0, 0, 0, 0, z); at.Year() < 2027; {
			_, next := at.ZoneBounds()
			if next.IsZero() {
				next = at.AddDate(1, 0, 0)
			}
			turns = append(turns, turn{z, at})
			at = next
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		on := rapid.SampledFrom(turns).Draw(t, "turn")
		day := on.at.AddDate(0, 0, rapid.IntRange(-2, 2).Draw(t, "day"))
		day = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
		h := oncall.Hours{
			Days:  posada.SetOf(posada.WeekdayOf(day.Weekday())),
			From:  oncall.Clock(rapid.OneOf(rapid.IntRange(0, 24*60-1), rapid.IntRange(0, 4*60)).Draw(t, "from")),
			Until: oncall.Clock(rapid.OneOf(rapid.IntRange(0, 24*60-1), rapid.IntRange(0, 4*60)).Draw(t, "until")),
		}
		begins, ends := day.Add(time.Duration(h.From)*time.Minute), day.Add(time.Duration(h.Until)*time.Minute)
		if h.Until <= h.From {
			ends = ends.Add(24 * time.Hour)
		}
		first, _ := reads(begins, on.zone)
		_, last := reads(ends, on.zone)
		got := oncall.Spans([]oncall.Hours{h}, day.Add(-72*time.Hour), day.Add(96*time.Hour), on.zone)
		switch {
		case !first.Before(last):
			if len(got) != 0 {
				t.Fatalf("%s %+v on %s: %v, want none", on.zone, h, day, got)
			}
		case len(got) != 1 || !got[0].From.Equal(first) || !got[0].Until.Equal(last):
			t.Fatalf("%s %+v on %s: %v, want %s until %s", on.zone, h, day, got, first.In(on.zone), last.In(on.zone))
		}
		// It is so at each moment, too.
		for _, at := range []time.Time{first.Add(-time.Second), first, last.Add(-time.Second), last} {
			want := !at.Before(first) && at.Before(last)
			if is := len(oncall.Spans([]oncall.Hours{h}, at, at.Add(1), on.zone)) > 0; is != want {
				t.Fatalf("%s %+v: %s is on call: %v", on.zone, h, at.In(on.zone), !want)
			}
		}
	})
}

// However many hours there are, spans lie apart, in order, inside what was asked.
func TestSpansLieApartAndWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) oncall.Hours {
			return oncall.Hours{
				Days: posada.SetOf(rapid.SliceOf(rapid.SampledFrom(posada.Members[posada.Weekday]())).Draw(t, "days")...),
				From: oncall.Clock(rapid.IntRange(0, 1439).Draw(t, "from")), Until: oncall.Clock(rapid.IntRange(0, 1439).Draw(t, "until")),
			}
		}), 0, 5).Draw(t, "hours")
		from := time.Date(2026, 3, 5, 23, 40, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 400*24*60).Draw(t, "at")) * time.Minute)
		until := from.Add(24 * time.Hour)
		z, err := time.LoadLocation("America/Denver")
		if err != nil {
			t.Fatal(err)
		}
		last := from.Add(-1)
		for _, s := range oncall.Spans(list, from, until, z) {
			if !s.From.After(last) || !s.From.Before(s.Until) || s.Until.After(until) || s.From.Before(from) {
				t.Fatalf("%v between %s and %s", s, from, until)
			}
			last = s.Until
		}
	})
}
