package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// remembers looks for words in the memory of the node that runs alone, as
// whoever takes the machine would: remembers WORD… waits until each is found; ! remembers
// WORD… until there is none.
func (l *lockCommands) remembers(ts *testscript.TestScript, not bool, words []string) {
	if runtime.GOOS != "linux" {
		return
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		found, err := inMemory(l.alone.Process.Pid, words)
		ts.Check(err)
		if !not && len(found) == len(words) || not && len(found) == 0 {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("its memory holds %v of %q", found, words)
		}
	}
}

// inMemory is which words a process has in memory it can write.
func inMemory(pid int, words []string) (map[string]int, error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return nil, err
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return nil, err
	}
	defer memory.Close()
	found := map[string]int{}
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var may string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &may); err != nil || !strings.HasPrefix(may, "rw") {
			continue
		}
		// A word may lie across two reads: they overlap.
		const step, over = 1 << 20, 256
		for ; from < to; from += step {
			text := make([]byte, min(step+over, to-from))
			n, _ := memory.ReadAt(text, from) // what is not there cannot be read
			for _, w := range words {
				if count := bytes.Count(text[:n], []byte(w)); count > 0 {
					found[w] += count
				}
			}
		}
	}
	return found, nil
}
