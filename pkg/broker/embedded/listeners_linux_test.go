package embedded_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheServerHasNoListenerButTheConfiguredOne counts the sockets this
// process listens on, as the kernel has them: no monitoring, websocket, MQTT,
// leaf node or cluster port may be among them.
func TestTheServerHasNoListenerButTheConfiguredOne(t *testing.T) {
	before := listeners(t)
	s, _ := start(t, t.TempDir())
	after := listeners(t)
	if len(after) != len(before)+1 {
		t.Errorf("%d sockets listened before, %d after; want one more", len(before), len(after))
	}
	stopped(t, s)
	if left := listeners(t); len(left) != len(before) {
		t.Errorf("%d sockets listen after it stopped; %d did before", len(left), len(before))
	}
}

// listeners is the inodes of every TCP socket of this process that listens.
func listeners(t *testing.T) map[string]bool {
	t.Helper()
	const listens = "0A" // TCP_LISTEN, include/net/tcp_states.h
	own := map[string]bool{}
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		// A file that was closed since is nobody's socket.
		if target, err := os.Readlink(link); err == nil {
			own[strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]")] = true
		}
	}
	found := map[string]bool{}
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		text, err := os.ReadFile(table)
		if errors.Is(err, fs.ErrNotExist) && table != "/proc/self/net/tcp" {
			continue // a machine without IPv6
		}
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 9 && f[3] == listens && own[f[9]] {
				found[f[9]] = true
			}
		}
	}
	return found
}
