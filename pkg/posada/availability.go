package posada

// Availability is how much of a service is free, as coarsely as it is ever told to
// others than its provider.
type Availability string

// Availabilities.
const (
	AvailabilityNone    Availability = "none"
	AvailabilitySome    Availability = "some"    // one to three
	AvailabilitySeveral Availability = "several" // four or more
)

func (Availability) members() []Availability {
	return []Availability{AvailabilityNone, AvailabilitySome, AvailabilitySeveral}
}

// UnmarshalText reads an availability and refuses any other text.
func (a *Availability) UnmarshalText(text []byte) error { return decode(a, text) }

// AvailabilityOf is a number of free places, made coarse. Fewer than none is none.
func AvailabilityOf(free int) Availability {
	switch {
	case free < 1:
		return AvailabilityNone
	case free < AvailabilitySeveral.Least():
		return AvailabilitySome
	}
	return AvailabilitySeveral
}

// Least is the smallest number of free places of which this is said; zero also of a
// word that is none.
func (a Availability) Least() int {
	switch a {
	case AvailabilitySome:
		return 1
	case AvailabilitySeveral:
		return 4
	}
	return 0
}
