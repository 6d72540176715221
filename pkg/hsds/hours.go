package hsds

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/oncall"
	"github.com/posada-exchange/posada/pkg/posada"
)

// hours takes in the schedules of a service that are plain hours of a week. All of an
// agency are told by one clock.
func (f *found) hours(n node, a *agency, s *directory.Service) {
	for _, c := range n.list("schedules", "schedule") {
		h, offset, err := f.week(c)
		if err != nil {
			f.leave(c.path, err, "")
			continue
		}
		zone := f.in.Zone
		if named := c.only(kindZone)[kindZone]; len(named) == 1 {
			zone = directory.Zone(named[0])
		} else if len(named) > 1 {
			f.leave(c.path, ErrSeveral, "")
			continue
		}
		switch {
		case !zone.Known() || !f.shows(zone, offset):
			f.leave(c.path, ErrNoClock, string(zone))
		case a.entry.Zone != "" && a.entry.Zone != zone:
			f.leave(c.path, ErrSeveral, string(zone))
		default:
			a.entry.Zone = zone
			if !slices.Contains(s.Hours, h) {
				s.Hours = append(s.Hours, h)
			}
		}
	}
}

// week reads a schedule, and how far its clock is from UTC, if it says so.
func (f *found) week(c node) (h oncall.Hours, offset string, err error) {
	for _, bounded := range []string{"until", "count", "valid_to", "byweekno", "bymonthday", "byyearday"} {
		if _, is := c.value(bounded); is {
			return h, "", fmt.Errorf("%w (%s)", ErrHours, bounded)
		}
	}
	for _, begins := range []string{"valid_from", "dtstart"} {
		if text := c.text(begins); text != "" {
			if day, err := time.Parse(time.DateOnly, text); err != nil || day.After(f.in.Now) {
				return h, "", fmt.Errorf("%w (%s)", ErrHours, begins)
			}
		}
	}
	every, is := c.number("interval")
	if c.text("freq") != weekly || is && every != 1 {
		return h, "", ErrHours
	}
	c.text("wkst") // it matters only where interval does
	for code := range strings.SplitSeq(c.text("byday"), ",") {
		day, known := weekday(strings.TrimSpace(code))
		if !known {
			return h, "", ErrHours
		}
		h.Days = h.Days.With(day)
	}
	from, opens, ok := timeOfDay(c.text("opens_at"))
	until, closes, also := timeOfDay(c.text("closes_at"))
	if !ok || !also || opens != closes {
		return h, "", ErrHours
	}
	h.From, h.Until = from, until
	if zone, is := c.number("timezone"); is && opens == "" {
		opens = time.Unix(0, 0).In(time.FixedZone("", int(max(-24, min(zone, 24))*3600))).Format("-07:00")
	}
	return h, opens, nil
}

func weekday(code string) (posada.Weekday, bool) {
	for _, d := range posada.Members[posada.Weekday]() {
		if code == strings.ToUpper(string(d[:2])) {
			return d, true
		}
	}
	return "", false
}

// timeOfDay reads HH:MM or HH:MM:00, and what stands behind it: Z, +HH:MM, or nothing.
func timeOfDay(text string) (c oncall.Clock, offset string, ok bool) {
	if len(text) < 5 {
		return 0, "", false
	}
	clock, rest := text[:5], strings.TrimPrefix(text[5:], ":00")
	if rest == "Z" {
		rest = "+00:00"
	}
	if clock == "24:00" {
		clock = "00:00"
	}
	if _, err := time.Parse("-07:00", rest); rest != "" && err != nil {
		return 0, "", false
	}
	c, err := oncall.ReadClock(clock)
	return c, rest, err == nil
}

// shows reports whether a zone's clock is so far from UTC at some time of the year. What
// says nothing of that is believed to be told by the zone's.
func (f *found) shows(zone directory.Zone, offset string) bool {
	if f.in.Locate == nil {
		return false
	}
	at, err := f.in.Locate(string(zone))
	if err != nil {
		return false
	}
	const halfYear = 182 * 24 * time.Hour
	return offset == "" || f.in.Now.In(at).Format("-07:00") == offset || f.in.Now.Add(halfYear).In(at).Format("-07:00") == offset
}
