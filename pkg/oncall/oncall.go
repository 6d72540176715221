// Package oncall says who can be reached when: weekly hours, by the clock on the
// wall, and the moments they mean.
//
// Guarantee: a shift begins the first time the clock shows when it begins and ends
// the last time it shows when it ends; where the clock jumps past either, at the
// jump. So where an hour is told twice nobody is missing in it. Limit: it is as
// right as the rules of the zone that are given; a zone's offset changes at most
// once in two days.
package oncall

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// ErrBadClock says that a text is not a time of day.
var ErrBadClock = errors.New("not a time of day: want HH:MM, from 00:00 to 23:59")

// Clock is a time of day, in minutes after midnight; written HH:MM.
type Clock int

// ReadClock reads a time of day.
func ReadClock(text string) (Clock, error) {
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, ErrBadClock
	}
	return Clock(60*t.Hour() + t.Minute()), nil
}

func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c/60, c%60) }

// MarshalText writes a time of day.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a time of day and refuses any other text.
func (c *Clock) UnmarshalText(text []byte) (err error) {
	*c, err = ReadClock(string(text))
	return err
}

// Hours are on call each week: on those days from a time until another, of the
// next day where that is not later. So 22:00 until 06:00 is a night, and 08:00
// until 08:00 a day and a night. Hours compare with ==.
type Hours struct {
	Days  posada.Set[posada.Weekday] `json:"days"`
	From  Clock                      `json:"from"`
	Until Clock                      `json:"until"`
}

// Span is a time on call: from a moment until before another.
type Span struct{ From, Until time.Time }

// Spans are the times on call in a zone that lie between two moments, cut to them,
// in order; what meets is one.
func Spans(list []Hours, from, until time.Time, zone *time.Location) []Span {
	var spans []Span
	for day := dayOf(from.In(zone)).AddDate(0, 0, -1); !day.After(dayOf(until.In(zone))); day = day.AddDate(0, 0, 1) {
		for _, h := range list {
			if !h.Days.Has(posada.WeekdayOf(day.Weekday())) {
				continue
			}
			s := h.on(day, zone)
			if s.From.Before(from) {
				s.From = from.In(zone)
			}
			if s.Until.After(until) {
				s.Until = until.In(zone)
			}
			if s.From.Before(s.Until) {
				spans = append(spans, s)
			}
		}
	}
	return joined(spans)
}

// joined sorts spans and makes one of those that meet.
func joined(spans []Span) (list []Span) {
	slices.SortFunc(spans, func(a, b Span) int { return a.From.Compare(b.From) })
	for _, s := range spans {
		if last := len(list) - 1; last >= 0 && !s.From.After(list[last].Until) {
			if s.Until.After(list[last].Until) {
				list[last].Until = s.Until
			}
			continue
		}
		list = append(list, s)
	}
	return list
}

// dayOf is the day it is there, as a midnight of UTC: days of the calendar have no
// zone, and those of UTC are all 24 hours long.
func dayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// on is the shift that begins on a day.
func (h Hours) on(day time.Time, zone *time.Location) Span {
	begins, ends := day.Add(time.Duration(h.From)*time.Minute), day.Add(time.Duration(h.Until)*time.Minute)
	if h.Until <= h.From {
		ends = ends.AddDate(0, 0, 1)
	}
	first, _ := shown(begins, zone)
	_, last := shown(ends, zone)
	return Span{first, last}
}

// shown is the first and the last moment at which a clock in the zone shows what
// reading shows in UTC; where it jumps past that, the jump.
func shown(reading time.Time, zone *time.Location) (first, last time.Time) {
	const around = 26 * time.Hour // no offset is farther from UTC
	var past time.Time            // where the clock is past the reading already
	for _, near := range []time.Duration{-around, around} {
		_, offset := reading.Add(near).In(zone).Zone()
		t := reading.Add(-time.Duration(offset) * time.Second).In(zone)
		if past.Before(t) {
			past = t
		}
		if _, there := t.Zone(); there != offset {
			continue // it shows another time then
		}
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if last.Before(t) {
			last = t
		}
	}
	if first.IsZero() {
		jump, _ := past.ZoneBounds()
		return jump, jump
	}
	return first, last
}
