package gateway

import (
	"cmp"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
)

// inbox numbers the needs that wait for an answer here in the order in which they began to,
// so that whoever watches and is cut off goes on behind the last one they were told of.
//
// Guarantee: of what waits, whoever goes on is told of all that they were not told of. Limit:
// the numbers live as long as the vault is open. After that the inbox has another name, an id
// of before is none of its own, and all that waits is told of again.
type inbox struct {
	mu       sync.Mutex
	name     string
	last     uint64
	at       map[posada.NeedID]uint64 // of those that wait now
	watchers map[posada.StaffID]int
}

// numbered is a need that waits, and its place in the inbox.
type numbered struct {
	need.Received
	at uint64
}

// mostWatchers is how many streams one person may have open: a program that forgets to close
// its own does not take all there are.
const mostWatchers = 8

func newInbox() *inbox {
	return &inbox{name: rand.Text(), at: map[posada.NeedID]uint64{}, watchers: map[posada.StaffID]int{}}
}

// behind is what waits and stands behind a number, in order. One that did not wait for a
// while is numbered anew. The list is read while no other is, so that none is older than the
// one before it.
func (b *inbox) behind(after uint64, read func() ([]need.Received, error)) ([]numbered, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list, err := read()
	if err != nil {
		return nil, err
	}
	now, out := make(map[posada.NeedID]uint64, len(list)), []numbered{}
	for _, r := range list {
		if r.State != posada.PlacementAsked {
			continue
		}
		at, known := b.at[r.ID]
		if !known {
			b.last++
			at = b.last
		}
		now[r.ID] = at
		if at > after {
			out = append(out, numbered{r, at})
		}
	}
	b.at = now
	slices.SortFunc(out, func(a, b numbered) int { return cmp.Compare(a.at, b.at) })
	return out, nil
}

// id is a number as an event has it.
func (b *inbox) id(at uint64) string { return b.name + "." + strconv.FormatUint(at, 10) }

// number reads the id of the last event somebody was told of. One that this inbox did not
// give is the beginning: to be told twice is better than not at all.
func (b *inbox) number(id string) uint64 {
	name, text, _ := strings.Cut(id, ".")
	at, err := strconv.ParseUint(text, 10, 64)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil || name != b.name || at > b.last {
		return 0
	}
	return at
}

// enter counts a watcher, unless this person has too many.
func (b *inbox) enter(who posada.StaffID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.watchers[who] >= mostWatchers {
		return false
	}
	b.watchers[who]++
	return true
}

func (b *inbox) leave(who posada.StaffID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.watchers[who]--; b.watchers[who] == 0 {
		delete(b.watchers, who)
	}
}
