package directory

import (
	"errors"
	"slices"
)

// ErrZone says that hours are told by a clock that is not in the list.
var ErrZone = errors.New("not one of the clocks that hours are told by")

// Zone is the clock that an entry's hours are told by: a name of the IANA time zone
// database.
type Zone string

// Zones lists the clocks. Each is that of a state at least: zones of one town or of a
// strip along the border are left out, since by them a shelter's hours would say where
// it is. Ciudad Juárez shows what Denver shows; Ojinaga and Matamoros what Chicago does.
func Zones() []Zone {
	return []Zone{
		"America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
		"America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico",
		"America/Mexico_City", "America/Cancun", "America/Mazatlan", "America/Hermosillo", "America/Tijuana",
		"America/Guatemala", "America/El_Salvador", "America/Tegucigalpa", "America/Managua", "America/Costa_Rica", "America/Panama",
	}
}

// Known reports whether the zone is in the list.
func (z Zone) Known() bool { return slices.Contains(Zones(), z) }
