package console

import (
	"fmt"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
)

// week is a picture of who is on call when, a row a day, and the same in words.
type week struct {
	Days   []dayRow
	Key    []letter // which letter is whom
	Height int
	Gaps   int
	Whole  bool // it is the week, and not the next day alone
	Hours  []tick
}

type letter struct{ Sign, Name string }

// dayRow is one day of it.
type dayRow struct {
	Name  string // of the weekday
	Short string
	Date  time.Time
	Y     int
	Bars  []bar
}

// bar is a time in which the same people are on call, or nobody is.
type bar struct {
	X, Width, Middle string
	Sign             string // the letters of those on call
	Hours, Names     string
	Gap, Past        bool
}

// The sizes of the picture: in pixels down, in percent across.
const (
	rowHigh  = 36
	rowTop   = 22
	rowLeft  = 21.0
	rowsWide = 100 - rowLeft
)

// week draws who is on call.
func (v *visit) week(d client.OnCall) week {
	list, from, until := v.shifts(d, v.zoneOf(d))
	w := week{Whole: v.setsHours()}
	for i, s := range list {
		w.Key = append(w.Key, letter{sign(i), s.name})
	}
	for _, hour := range []int{0, 6, 12, 18, 24} {
		anchor := "middle"
		if hour == 24 {
			anchor = "end"
		}
		w.Hours = append(w.Hours, tick{across(60 * hour), fmt.Sprint(hour), anchor})
	}
	for day := midnight(from); day.Before(until); day = day.AddDate(0, 0, 1) {
		row := dayRow{Name: v.Term("console.weekday", weekdayWord(day)), Short: v.weekday(day) + " " + day.Format("2"), Date: day, Y: rowTop + rowHigh*len(w.Days)}
		begins, ends := latest(day, from), earliest(day.AddDate(0, 0, 1), until)
		row.Bars = bars(list, begins, ends, d.At)
		for _, b := range row.Bars {
			if d.Set && b.Gap && !b.Past {
				w.Gaps++
			}
		}
		w.Days = append(w.Days, row)
	}
	w.Height = rowTop + rowHigh*len(w.Days) + 4
	return w
}

// bars cuts a day where somebody comes or goes.
func bars(list []shift, begins, ends, now time.Time) (out []bar) {
	cuts := []time.Time{begins, ends}
	for _, s := range list {
		for _, span := range s.spans {
			for _, t := range []time.Time{span.From, span.Until} {
				if t.After(begins) && t.Before(ends) {
					cuts = append(cuts, t)
				}
			}
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = slices.CompactFunc(cuts, time.Time.Equal)
	since := begins
	for i := range len(cuts) - 1 {
		who, text := names(list, cuts[i], cuts[i+1])
		if i+2 < len(cuts) {
			if _, after := names(list, cuts[i+1], cuts[i+2]); after == text {
				continue // it goes on
			}
		}
		out = append(out, barOf(since, cuts[i+1], now, who, text))
		since = cuts[i+1]
	}
	return out
}

func barOf(from, until, now time.Time, who []int, text string) bar {
	begins, ends := minute(from), minute(until)
	if ends == 0 {
		ends = dayLong
	}
	b := bar{
		X: across(begins), Width: fmt.Sprintf("%.2f%%", float64(ends-begins)*rowsWide/dayLong), Middle: across((begins + ends) / 2),
		Hours: from.Format("15:04") + "–" + fmt.Sprintf("%02d:%02d", ends/60, ends%60), Names: text, Gap: len(who) == 0, Past: !until.After(now),
	}
	for _, w := range who {
		b.Sign += sign(w)
	}
	return b
}

// dayLong is a day in minutes, as a clock on the wall has it.
const dayLong = 24 * 60

func minute(t time.Time) int { return 60*t.Hour() + t.Minute() }

// across is where a minute of the day is in the picture.
func across(minute int) string {
	return fmt.Sprintf("%.2f%%", rowLeft+float64(minute)*rowsWide/dayLong)
}

// sign is the letter somebody has in the picture.
func sign(n int) string {
	if n < 26 {
		return string(rune('A' + n))
	}
	return fmt.Sprint(n + 1)
}

// zoneOf is the zone that hours are told in. A machine's own has no name: then it is the
// console's, where its clock shows what the node's does.
func (v *visit) zoneOf(d client.OnCall) *time.Location {
	if zone, err := time.LoadLocation(d.Zone); err == nil {
		return zone
	}
	_, told := d.At.Zone()
	if _, ours := d.At.In(v.k.c.Zone).Zone(); ours == told {
		return v.k.c.Zone
	}
	return d.At.Location()
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
