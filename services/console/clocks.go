package console

import (
	"fmt"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// dueKind is what is due: each has a shape of its own in the picture.
type dueKind string

const (
	dueAnswer  dueKind = "answer"
	dueConsent dueKind = "consent"
	dueOrder   dueKind = "order"
)

// due is something that is due at a moment.
type due struct {
	at   time.Time
	kind dueKind
}

// strip is a picture of the time ahead, with what is due in it. Places are in percent
// of its width, so that its letters stay as large as they are.
type strip struct {
	Title  string
	Spoken string // what it shows, in words
	Height int
	Base   int // where its line is
	Ticks  []tick
	Marks  []dueMark
	Kinds  []dueKind // those in it
}

type tick struct{ At, Text, Anchor string }

type dueMark struct {
	At   string
	Up   int
	Kind dueKind
}

// The sizes of a strip, in pixels.
const (
	markHigh  = 16
	mostMarks = 6 // above each other
	underLine = 24
)

// strips are the next day by hours and the next week by days, as far as anything is due.
func (v *visit) strips(list []due) []strip {
	now := v.k.c.Now().In(v.k.c.Zone)
	hours := v.strip("console.clocks.day", list, now.Truncate(time.Hour), 24, func(t time.Time, n int) time.Time { return t.Add(time.Duration(n) * time.Hour) },
		func(t time.Time, n int) string {
			if n%6 != 0 {
				return ""
			}
			return t.Format("15:04")
		})
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, v.k.c.Zone)
	days := v.strip("console.clocks.week", list, midnight, 7, func(t time.Time, n int) time.Time { return t.AddDate(0, 0, n) },
		func(t time.Time, _ int) string { return v.weekday(t) })
	var out []strip
	for _, s := range []strip{hours, days} {
		if len(s.Marks) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// strip draws what is due from a moment on, in so many steps. What was due before stands
// in the first.
func (v *visit) strip(title i18n.Key, list []due, from time.Time, steps int, step func(time.Time, int) time.Time, label func(time.Time, int) string) strip {
	s := strip{Title: v.Text(title)}
	var spoken []string
	most := 0
	for n := range steps {
		begins, ends := step(from, n), step(from, n+1)
		count := map[dueKind]int{}
		up := 0
		for _, d := range list {
			if !d.at.Before(ends) || d.at.Before(begins) && n > 0 {
				continue
			}
			count[d.kind]++
			if up < mostMarks {
				s.Marks = append(s.Marks, dueMark{percent(n, steps, 0.5), up, d.kind})
			}
			up++
		}
		most = max(most, min(up, mostMarks))
		if text := label(begins, n); text != "" {
			s.Ticks = append(s.Ticks, tick{percent(n, steps, 0), text, "start"})
		}
		for _, k := range []dueKind{dueAnswer, dueConsent, dueOrder} {
			if count[k] > 0 {
				spoken = append(spoken, v.Text(keyOf("console.clocks.spoken."+string(k)), "count", count[k], "when", v.near(begins)))
			}
		}
	}
	s.finish(most)
	s.Spoken = s.Title + ": " + strings.Join(spoken, "; ")
	return s
}

// finish places what was found above the line.
func (s *strip) finish(most int) {
	s.Base = most*markHigh + 4
	s.Height = s.Base + underLine
	has := map[dueKind]bool{}
	for i := range s.Marks {
		s.Marks[i].Up = s.Base - 8 - s.Marks[i].Up*markHigh
		has[s.Marks[i].Kind] = true
	}
	for _, k := range []dueKind{dueAnswer, dueConsent, dueOrder} {
		if has[k] {
			s.Kinds = append(s.Kinds, k)
		}
	}
}

// weekday is the day of the week, short.
func (v *visit) weekday(t time.Time) string { return v.Term("day", weekdayWord(t)) }

func weekdayWord(t time.Time) string { return string(posada.WeekdayOf(t.Weekday())) }

// percent is a place in a row of steps.
func percent(n, of int, more float64) string {
	return fmt.Sprintf("%.2f%%", 100*(float64(n)+more)/float64(of))
}
