//go:build !linux

package node

import "time"

// sinceBoot is not to be had here. A machine that slept for longer than clocks
// may differ disputes its clock until the hub has answered.
func sinceBoot() (time.Duration, bool) { return 0, false }
