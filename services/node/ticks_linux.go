package node

import (
	"time"

	"golang.org/x/sys/unix"
)

// sinceBoot is monotonic time since the machine started, the time it slept
// included: a laptop that was shut for a day is a day later.
func sinceBoot() (time.Duration, bool) {
	var t unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t)
	return time.Duration(t.Nano()), err == nil
}
