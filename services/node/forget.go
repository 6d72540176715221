package node

import (
	"runtime"
	"runtime/debug"
)

// forget overwrites what the closed node left in this process's memory, as far
// as a program of Go can. The collector frees and does not overwrite: what was
// in a freed place stays until something else is put there. So everything
// unreachable is freed, each kind of place is filled once, with zeros, and what
// is whole pages goes back to the system.
//
// Where that stops: places that hold pointers, stacks, what libraries still
// reach, and what was copied into places between the two looks. It is done
// after the lock, which does not wait for it.
func forget() {
	// What a pool of the library's keeps for its next user, a connection's buffer
	// with the passphrase in it, is given up at the second collection.
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	// All free places together are no more than this.
	spare := min(m.HeapInuse-min(m.HeapInuse, m.HeapAlloc), maxSpare)
	for _, class := range m.BySize {
		if class.Size >= 16 { // smaller ones share places of 16
			fill(int(class.Size), int(spare/uint64(class.Size)))
		}
	}
	debug.FreeOSMemory()
}

// maxSpare bounds what is filled of each size.
const maxSpare = 32 << 20

// fill holds so many places of a size at once, so that none is taken twice.
func fill(size, count int) {
	held := make([][]byte, count)
	for i := range held {
		held[i] = make([]byte, size)
	}
	runtime.KeepAlive(held)
}
