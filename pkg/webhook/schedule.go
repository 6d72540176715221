package webhook

import "time"

// Overlap is how long a key that was turned over still signs beside the new one.
const Overlap = 24 * time.Hour

// How long an endpoint may take nothing, and at least how often it was tried meanwhile,
// before it is told nothing more; and as long, one message is tried.
const (
	Patience  = 5 * 24 * time.Hour
	LeastOfIt = 10
)

// After is how long after so many failures it is tried again: the steps that the
// specification recommends, each a fifth longer or shorter by jitter, which is from 0
// to 1, so that many that failed together do not come back together.
func After(failures int, jitter float64) time.Duration {
	steps := []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
	step := steps[min(max(failures, 1), len(steps))-1]
	return time.Duration(float64(step) * (0.8 + 0.4*min(max(jitter, 0), 1)))
}
