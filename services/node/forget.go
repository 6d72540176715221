package node

import (
	"runtime"
	"runtime/debug"
	"sync"
)

// forget overwrites what the closed node left in this process's memory, as far
// as a program of Go can. The collector frees and does not overwrite: what was
// in a freed place stays until something else is put there. So everything
// unreachable is freed, each kind of place is filled once, with zeros, the stacks
// of calls that ended too, and what is whole pages goes back to the system.
//
// Where that stops: places that hold pointers, the stacks of what still runs,
// what libraries still reach, and what was copied into places between the two
// looks. It is done after the lock, which does not wait for it.
func forget() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fillAllStacks(m.StackInuse) // before a collection gives one to what still runs
	// What a pool of the library's keeps for its next user, a connection's buffer
	// with the passphrase in it, is given up at the second collection.
	runtime.GC()
	debug.FreeOSMemory()
	var held [][]byte
	for _, class := range m.BySize {
		if class.Size >= 16 { // smaller ones share places of 16
			held = fill(held, int(class.Size))
		}
	}
	runtime.KeepAlive(held)
	fillAllStacks(m.StackInuse)
	debug.FreeOSMemory()
}

// settle is for before anything is told: a collection halves the stack of what
// waits and uses a fourth of it, into one that may have been another call's. What
// runs as long as the process keeps, after this, the stack that it has.
func settle() {
	for range 8 {
		runtime.GC()
	}
}

// maxSpare bounds what is filled of each size.
const maxSpare = 32 << 20

// fill holds places of a size, all at once so that none is taken twice, until two
// steps in a row found hardly any that was free before: when there is none the
// runtime takes fresh pages. It gives what is held.
func fill(held [][]byte, size int) [][]byte {
	// A step is more than twice what the runtime takes at once, which is 8 KiB for
	// small places and at most 80 KiB for others: so fresh pages do not look like free
	// places.
	step := 192 << 10
	if size <= 1<<10 {
		step = 64 << 10
	}
	before := spare()
	for filled, fresh := 0, 0; filled < maxSpare && fresh < 2; filled += step {
		for range step / size {
			held = append(held, make([]byte, size))
		}
		after := spare()
		if fresh++; before-after >= int64(step/2) {
			fresh = 0
		}
		before = after
	}
	return held
}

// spare is how many bytes are in pages in use, less all that was ever put there: so it
// falls by what is put into free places, whatever a collection frees meanwhile. To
// ask takes the places that each processor had set aside for itself back from it, so
// that they are filled too.
func spare() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse) - int64(m.TotalAlloc)
}

// fillAllStacks leaves zeros on every stack that is free, but for those that are
// whole pages.
func fillAllStacks(inUse uint64) {
	for size := 2 << 10; size <= 16<<10; size *= 2 {
		fillStacks(size, int(min(inUse, maxSpare))/size)
	}
}

// fillStacks has so many stacks of a size in use at once, and then leaves zeros
// on each.
func fillStacks(size, count int) {
	var taken, left sync.WaitGroup
	taken.Add(count)
	for range count {
		left.Go(func() {
			fillStack(0, size, func() { taken.Done(); taken.Wait() })
		})
	}
	left.Wait()
}

// fillStack calls itself until the runtime has given it a larger stack than size,
// with zeros in every frame; on its way, when it cannot do with half of size any
// more and size is still enough, it says so. A frame is from 216 to 256 bytes on
// the processors there are, and a stack's last 928 are kept free by the runtime
// (stackGuard).
//
//go:noinline
func fillStack(depth, size int, taken func()) byte {
	var zeros [176]byte
	if depth == size*5/8/256-2 {
		taken()
	}
	below := fillEnd(depth)
	if depth > size/len(zeros) {
		return below
	}
	return below | fillStack(depth+1, size, taken) | zeros[depth%len(zeros)]
}

// fillEnd leaves zeros below its caller's frame, where a larger stack is not asked
// for.
//
//go:nosplit
//go:noinline
func fillEnd(at int) byte {
	var zeros [512]byte
	return zeros[at%len(zeros)]
}
