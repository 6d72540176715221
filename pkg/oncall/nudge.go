package oncall

import (
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Told is that somebody was told that something waits; Failed, that it could not be done.
type Told struct {
	Whom   posada.StaffID `json:"whom"`
	At     time.Time      `json:"at"`
	Failed bool           `json:"failed,omitempty"`
}

// Nudge is whom to tell now that something waits: the first of those on call who was not
// told yet, in their order; when all were, the one who was told longest ago. As long as
// the last that could be told was so less than patience ago, it is nobody.
func Nudge(onCall []posada.StaffID, told []Told, patience time.Duration, now time.Time) (whom posada.StaffID, tell bool) {
	last := map[posada.StaffID]time.Time{}
	for _, t := range told {
		if !t.Failed && now.Before(t.At.Add(patience)) {
			return "", false
		}
		if t.At.After(last[t.Whom]) {
			last[t.Whom] = t.At
		}
	}
	if len(onCall) == 0 {
		return "", false
	}
	whom = slices.MinFunc(onCall, func(a, b posada.StaffID) int { return last[a].Compare(last[b]) })
	// Where all failed just now, the next look tries again and not this one.
	return whom, last[whom].IsZero() || !now.Before(last[whom].Add(min(patience, time.Minute)))
}
