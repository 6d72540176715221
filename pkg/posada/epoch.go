package posada

import (
	"math"
	"time"
)

// Epoch numbers the days of the exchange: whole days since 1970-01-01 UTC. Each
// agency has another recipient key for each.
type Epoch uint32

// ClocksDiffer is how far apart the clocks of honest machines may be.
const ClocksDiffer = 10 * time.Minute

// secondsPerEpoch is one day; Unix time has no leap seconds.
const secondsPerEpoch = 24 * 60 * 60

// EpochAt is the day a moment falls in. Moments that no epoch holds give the
// nearest end, for which nobody has a key.
func EpochAt(t time.Time) Epoch {
	return Epoch(min(max(t.Unix()/secondsPerEpoch, 0), math.MaxUint32))
}

// Start is the epoch's first moment.
func (e Epoch) Start() time.Time { return time.Unix(int64(e)*secondsPerEpoch, 0).UTC() }

// End is the first moment after the epoch.
func (e Epoch) End() time.Time { return time.Unix((int64(e)+1)*secondsPerEpoch, 0).UTC() }
