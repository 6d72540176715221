package hub_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/posada-exchange/posada/services/hub"
)

// TestAMemberMayDoWhatIsItsOwnAndNothingElse is T10 and T11: each member asks,
// of each other, for everything that names it, and for everything that names
// nobody, to publish there and to subscribe to it. The server says of each
// whether it was done.
func TestAMemberMayDoWhatIsItsOwnAndNothingElse(t *testing.T) {
	const count = 50 // the last is suspended, and only named
	b := start(t, count, func(c *hub.Config) { c.PerSecond, c.Burst = 1e6, 1e6 })
	anybody := append(broad(), reserved()...)
	var published, subscribed, granted, pairs atomic.Int64
	least := naming(b.members[1], b.members[0])
	asking := make(chan int)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for n := range asking {
				own := b.members[n]
				w := b.wire(t, n)
				w.holds(t, own, anybody, &published, &subscribed, &granted)
				for i, of := range b.members {
					if i != n {
						pairs.Add(1)
					}
					w.holds(t, own, naming(of, own), &published, &subscribed, &granted)
				}
				_ = w.conn.Close()
			}
		})
	}
	for n := range count - 1 {
		asking <- n
	}
	close(asking)
	all.Wait()
	// Each publishes to its own four; of its own inbox six subjects are asked for,
	// and one beside each other member's name.
	if want := int64(count-1) * (4 + 6 + (count - 1)); granted.Load() != want {
		t.Errorf("%d were granted; want %d", granted.Load(), want)
	}
	if len(least) < 120 || len(reserved()) < 250 {
		t.Errorf("only %d subjects name a member, and %d are the server's", len(least), len(reserved()))
	}
	t.Logf("%d members, %d ordered pairs × %d subjects that name the other, %d that name nobody: %d publications and %d subscriptions asked for, %d granted, all of them one's own",
		count-1, pairs.Load(), len(least), len(anybody), published.Load(), subscribed.Load(), granted.Load())
}

// holds asks to publish and to subscribe to each subject, and holds what the
// server says against what is intended.
func (w *wire) holds(t *testing.T, own member, subjects []string, published, subscribed, granted *atomic.Int64) {
	t.Helper()
	var verbs, asked, said []string
	for i, s := range subjects {
		verbs, asked, said = append(verbs, "PUB"), append(asked, s), append(said, fmt.Sprintf("PUB %s 0\r\n\r\n", s))
		verbs, asked, said = append(verbs, "SUB"), append(asked, s), append(said, fmt.Sprintf("SUB %s %d\r\n", s, i+1))
		if intended(own, "SUB", s) { // it would count against the next
			verbs, asked, said = append(verbs, ""), append(asked, s), append(said, fmt.Sprintf("UNSUB %d\r\n", i+1))
		}
	}
	for i, answer := range w.tell(said...) {
		switch verbs[i] {
		case "":
			continue
		case "PUB":
			published.Add(1)
		case "SUB":
			subscribed.Add(1)
		}
		may := intended(own, verbs[i], asked[i])
		if may {
			granted.Add(1)
		}
		if refused := strings.HasPrefix(answer, "-ERR 'Permissions Violation"); may && answer != "+OK" || !may && !refused {
			t.Errorf("%s: %s %s: %s; intended: %v", own.agency.ID, verbs[i], asked[i], answer, may)
		}
	}
}
