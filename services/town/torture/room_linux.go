package torture

import (
	"os"

	"golang.org/x/sys/unix"
)

const unlimited = unix.RLIM_INFINITY

// roomFor lets a running program write so many bytes of each of its files, and no more: what
// is beyond fails, in the middle of a write too, as on a disk that is full (setrlimit(2),
// RLIMIT_FSIZE; Go programs ignore the signal).
func roomFor(p *os.Process, bytes uint64) error {
	return unix.Prlimit(p.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}, nil)
}
