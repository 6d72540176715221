package directory

import (
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// How late and how coarse in time availability is told outside.
const (
	ReadingDelay = 6 * time.Hour      // nothing younger is told
	ReadingEvery = 12 * time.Hour     // at 00:00 and 12:00 UTC it is told anew, for everybody
	ReadingLasts = 7 * 24 * time.Hour // what is older is told no more
)

// Reading is how much of a service was free, and when that was. It is no part of a book;
// it has no number.
type Reading struct {
	Service ID                  `json:"service"`
	Free    posada.Availability `json:"free"`
	At      time.Time           `json:"at"`
}

// Told are the readings that may be told outside at a time, at most one a service: the
// newest that was at or before a moment that is the same for everybody, and that moment in
// the place of its own. So between two such moments nothing that is told changes, and a
// bed that is filled within the delay is told of at the earliest six hours later.
func Told(readings []Reading, now time.Time) map[ID]Reading {
	moment := now.UTC().Add(-ReadingDelay).Truncate(ReadingEvery)
	newest := map[ID]Reading{}
	for _, r := range readings {
		if !posada.Known(r.Free) || r.At.After(moment) || r.At.Before(moment.Add(-ReadingLasts)) {
			continue
		}
		if before, is := newest[r.Service]; !is || !r.At.Before(before.At) {
			newest[r.Service] = r
		}
	}
	for id, r := range newest {
		r.At = moment
		newest[id] = r
	}
	return newest
}
