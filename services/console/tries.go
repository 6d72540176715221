package console

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// How often an address may try to sign in: this many at once, and one more each so long.
const (
	triesAtOnce = 20
	tryEvery    = 15 * time.Second
)

// tries counts attempts to sign in by address. The node counts them by name.
type tries struct {
	now func() time.Time
	mu  sync.Mutex
	of  map[string]*bucket
}

// bucket is what an address has left.
type bucket struct {
	left float64
	at   time.Time
}

func newTries(now func() time.Time) *tries { return &tries{now: now, of: map[string]*bucket{}} }

// may takes one attempt of an address's, if it has any.
func (t *tries) may(r *http.Request) bool {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for a, b := range t.of {
		if now.Sub(b.at) > triesAtOnce*tryEvery {
			delete(t.of, a) // it has all again
		}
	}
	b := t.of[address]
	if b == nil {
		b = &bucket{left: triesAtOnce, at: now}
		t.of[address] = b
	}
	b.left = min(triesAtOnce, b.left+now.Sub(b.at).Seconds()/tryEvery.Seconds())
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
