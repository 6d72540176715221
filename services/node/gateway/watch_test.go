package gateway

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/directory"
	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// otherPlaces is what of Places no test here asks.
type otherPlaces interface{ Places }

// board is the needs that wait, as a test puts them up and takes them down.
type board struct {
	otherPlaces
	mu   sync.Mutex
	list []need.Received
}

func (b *board) List(handoff.Asker, bool) ([]need.Received, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.list), nil
}

func (b *board) put(ids ...posada.NeedID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids { // the latest first: the order of a list is not that of coming
		b.list = slices.Insert(b.list, 0, need.Received{ID: id, From: posada.IDFrom[posada.AgencyID]([16]byte{1}), State: posada.PlacementAsked})
	}
}

func (b *board) take(id posada.NeedID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = slices.DeleteFunc(b.list, func(r need.Received) bool { return r.ID == id })
}

// noBook knows of no agency.
type noBook struct{ Book }

func (noBook) Class(posada.AgencyID) posada.AgencyClass { return "" }

// watched is a node whose needs are a board.
func watched(b *board) *Gateway {
	g := New(Config{
		Staff: program{}, Places: b, Book: noBook{}, Members: roster.NewCurrent(&roster.Roster{}), Known: func() *directory.Known { return &directory.Known{} },
	})
	g.watchEvery = 2 * time.Millisecond
	return g
}

// cutting stands before a node and cuts each connection after some bytes of what it answers.
func cutting(t *testing.T, node string, after func() int64) (url string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer in.Close()
				out, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(node, "http://"))
				if err != nil {
					return
				}
				defer out.Close()
				go func() { _, _ = io.Copy(out, in) }()
				_, _ = io.CopyN(in, out, after())
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// TestAWatcherThatIsCutAtRandomMissesNothing, and is told of nothing twice: whatever byte a
// stream ends at, the client asks again behind the last event that came whole.
func TestAWatcherThatIsCutAtRandomMissesNothing(t *testing.T) {
	const count = 24
	b := &board{}
	node := httptest.NewServer(watched(b).Handler(noDoor{}))
	defer node.Close()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var mu sync.Mutex
	dice, cuts := rand.New(rand.NewPCG(seed, 1)), 0
	at := cutting(t, node.URL, func() int64 {
		mu.Lock()
		defer mu.Unlock()
		cuts++
		return 400 + dice.Int64N(1500)
	})
	ctx, done := context.WithCancel(t.Context())
	defer done()
	var want, told []posada.NeedID
	for i := range count {
		want = append(want, posada.IDFrom[posada.NeedID]([16]byte{byte(i)}))
	}
	b.put(want[0], want[1])
	for p, err := range client.New(at, "t", "en").PlacementsAsTheyCome(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, p.ID)
		if len(told) == count {
			break
		}
		if len(told) > 1 && len(told) < count { // the next comes when the one before was told of
			b.put(want[len(told)])
		}
	}
	if first := told[:2]; !slices.Contains(first, want[0]) || !slices.Contains(first, want[1]) || !slices.Equal(told[2:], want[2:]) {
		t.Errorf("told of\n%v, not of\n%v", told, want)
	}
	mu.Lock()
	defer mu.Unlock()
	t.Logf("%d connections", cuts)
	if cuts < 3 {
		t.Errorf("only %d connections: nothing was cut", cuts)
	}
}

// TestWhereAWatcherGoesOn: behind the last event it read, if it is one of this inbox, and
// else at the beginning; and what did not wait for a while is told of anew.
func TestWhereAWatcherGoesOn(t *testing.T) {
	b, in := &board{}, newInbox()
	list := func() ([]need.Received, error) { return b.List(handoff.Asker{}, false) }
	tell := func(last string) (ids []posada.NeedID, upTo string) {
		all, err := in.behind(in.number(last), list)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			ids, upTo = append(ids, r.ID), in.id(r.at)
		}
		return ids, upTo
	}
	b.put("a")
	_, first := tell("")
	b.put("b", "c")
	_, third := tell(first)
	for last, want := range map[string]int{
		"": 3, first: 2, third: 0,
		"another." + strings.Repeat("9", 4): 3, newInbox().id(1): 3, in.id(99): 3, in.name: 3, in.name + ".": 3, in.name + ".-1": 3, in.name + ".1.1": 3, "\xff": 3,
	} {
		if ids, _ := tell(last); len(ids) != want {
			t.Errorf("behind %q: %v", last, ids)
		}
	}
	b.take("a")
	if ids, _ := tell(third); len(ids) != 0 {
		t.Errorf("one that waits no more: %v", ids)
	}
	b.put("a")
	if ids, _ := tell(third); !slices.Equal(ids, []posada.NeedID{"a"}) {
		t.Errorf("one that waits anew: %v", ids)
	}
}

// TestOnePersonHasAFewStreams, and those that ended make room.
func TestOnePersonHasAFewStreams(t *testing.T) {
	in := newInbox()
	for range 3 {
		for i := range mostWatchers {
			if !in.enter("a") {
				t.Fatalf("the %d. stream", i+1)
			}
		}
		if in.enter("a") || !in.enter("b") {
			t.Error("one more of the same person, or none of another")
		}
		in.leave("b")
		for range mostWatchers {
			in.leave("a")
		}
	}
	if len(in.watchers) != 0 {
		t.Errorf("%v are counted yet", in.watchers)
	}
}
