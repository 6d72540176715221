package posada

import "time"

// Weekday is a day of the week, as hours are planned by.
type Weekday string

// Days of the week.
const (
	Monday    Weekday = "mon"
	Tuesday   Weekday = "tue"
	Wednesday Weekday = "wed"
	Thursday  Weekday = "thu"
	Friday    Weekday = "fri"
	Saturday  Weekday = "sat"
	Sunday    Weekday = "sun"
)

func (Weekday) members() []Weekday {
	return []Weekday{Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday}
}

// UnmarshalText reads a day of the week and refuses any other text.
func (w *Weekday) UnmarshalText(text []byte) error { return decode(w, text) }

// WeekdayOf is the calendar's day of the week.
func WeekdayOf(d time.Weekday) Weekday {
	return Weekday("").members()[(d+6)%7]
}
