package node

import (
	"os"
	"reflect"
	"runtime"
	"testing"
)

// TestWhatWasFreedIsOverwritten: of many places of every size, with others between
// them that stay, none that was freed holds what was put there.
func TestWhatWasFreedIsOverwritten(t *testing.T) {
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	left := func(at map[uintptr]bool) (count int) {
		word := make([]byte, len(secretWord))
		for address := range at {
			if _, err := memory.ReadAt(word, int64(address)); err == nil && string(word) == secretWord {
				count++
			}
		}
		return count
	}
	for _, each := range []int{64 << 10, 256 << 10} {
		freed, kept := scatter(each)
		if before := left(freed); before < len(freed)*9/10 {
			t.Fatalf("%d of %d hold it before", before, len(freed))
		}
		forget()
		if after := left(freed); after > 0 {
			t.Errorf("%d of %d freed places still hold it", after, len(freed))
		}
		runtime.KeepAlive(kept)
	}
}

const secretWord = "an invented word"

// scatter writes a word into places that nobody holds, so many bytes of each size,
// and gives where they are, and what lies between them.
func scatter(each int) (freed map[uintptr]bool, kept [][]byte) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	freed = map[uintptr]bool{}
	for _, class := range m.BySize {
		size := int(class.Size)
		if size < len(secretWord) {
			continue
		}
		var places [][]byte // so that none is taken twice
		for range max(each/size, 4) {
			place := make([]byte, size)
			copy(place, secretWord)
			places, kept = append(places, place), append(kept, make([]byte, size))
		}
		for _, p := range places {
			freed[reflect.ValueOf(p).Pointer()] = true
		}
	}
	return freed, kept
}
