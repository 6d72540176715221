package placed

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// heard is what left of one need: every value that anybody it went to can read, and every
// run of bytes that the hub can.
type heard struct {
	values map[string]bool
	runs   map[[16]byte]bool
}

// both is what two needs have in common that a third, of another person, does not.
func both[K comparable](a, b, other map[K]bool) (list []K) {
	for k := range maps.Keys(a) {
		if b[k] && !other[k] {
			list = append(list, k)
		}
	}
	return list
}

// values are the texts and numbers in a statement, wherever they stand: but for its place
// among all that one agency says to the other, which is of the two and not of a need.
func values(in any, into map[string]bool) {
	switch v := in.(type) {
	case map[string]any:
		for name, part := range v {
			if name != "seq" && name != "prev" {
				values(part, into)
			}
		}
	case []any:
		for _, part := range v {
			values(part, into)
		}
	case string, float64:
		into[fmt.Sprint(v)] = true
	}
}

// overheard sorts what an agency sent to some others by the need it is of. Of anything but
// needs it may send what says nothing of anybody, and no more letters than are wanted.
func overheard(t *testing.T, laid town.Laid, sent []envelope.Envelope, to []node.Credentials, label string, want map[event.Type]int) map[posada.NeedID]heard {
	t.Helper()
	members := must(laid.Decided())
	for _, a := range laid.Announced {
		members = members.With(a)
	}
	of, got, seen := map[posada.NeedID]heard{}, map[event.Type]int{}, map[posada.EventID]bool{}
	for _, reader := range to {
		for _, e := range sent {
			if e.Header().Mailbox != reader.Mailbox {
				continue
			}
			o := must(seal.Open(e, seal.Receiver{
				Agency: reader.Agency, Mailbox: reader.Mailbox, Members: members, Now: time.Now(),
				Identities: func(e posada.Epoch) (seal.Identity, bool) { i, ok := reader.Identities[e]; return i, ok },
			}))
			for _, s := range o.Statements() {
				text := must(json.Marshal(s))
				if strings.Contains(string(text), label) {
					t.Errorf("a %s names the case", s.Type())
				}
				switch s.Type() {
				case event.TypeNeed, event.TypeChosen, event.TypeClosed:
				case event.TypeReceipt, event.TypeAlive, event.TypeFiller, event.TypeDirectory:
					continue
				default:
					t.Errorf("it said a %s", s.Type())
					continue
				}
				if !seen[s.ID()] { // what a hub that is busy did not take is said again
					got[s.Type()]++
				}
				seen[s.ID()] = true
				var about struct{ Need posada.NeedID }
				var whole any
				must(0, json.Unmarshal(s.Data(), &about, json.MatchCaseInsensitiveNames(true)))
				must(0, json.Unmarshal(text, &whole))
				h, is := of[about.Need]
				if !is {
					h = heard{map[string]bool{}, map[[16]byte]bool{}}
					of[about.Need] = h
				}
				values(whole, h.values)
				h.values[fmt.Sprintf("%x", o.Message())], h.values[o.SignedAt().String()] = true, true
				// Its own id, and all behind the words that every envelope to anybody begins with.
				h.runs[[16]byte(o.Message())] = true
				for at := 2 * envelope.HeaderSize; at+16 <= len(e.Bytes()); at++ {
					h.runs[[16]byte(e.Bytes()[at:])] = true
				}
			}
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("what left of needs is %v; want %v", got, want)
	}
	return of
}

// TestNeedsOfOnePersonGoApart: two needs of one case, asked, put in order, chosen and over,
// have nothing in common in anything that leaves, to the second and to sixteen bytes of what
// the hub has, that either has not in common with another person's. Of the order nothing
// leaves.
func TestNeedsOfOnePersonGoApart(t *testing.T) {
	t.Parallel()
	two := plan(1, 2)
	two.Agencies[1].Staff[0].Roles = []posada.StaffRole{posada.RoleCoordinator}
	laid := must(town.Lay(t.TempDir(), two, time.Now()))
	readers := []node.Credentials{must(laid.Credentials(shelter(0), time.Now())), must(laid.Credentials(shelter(1), time.Now()))}
	var mu sync.Mutex
	var source *tap
	w := must(town.Start(t.Context(), laid, town.Options{Poll: 50 * time.Millisecond, Hub: func(key string, h post.Hub) post.Hub {
		mu.Lock()
		defer mu.Unlock()
		if key != "ngo0" {
			return h
		}
		source = &tap{Hub: h}
		return source
	}}))
	t.Cleanup(func() { must(0, w.Stop()) })
	ngo, first, second := ask(t, w, "ngo0"), ask(t, w, shelter(0)), ask(t, w, shelter(1))
	free := 3
	must(first.DescribePlace(t.Context(), client.NewPlace{Place: "dorm", Services: []string{"shelter_emergency"}, Interpreters: true, Free: &free}))
	state := func(c *client.Client, id posada.NeedID) posada.PlacementState {
		p, err := c.Placement(t.Context(), id)
		if err != nil {
			return ""
		}
		return p.State
	}
	// Whoever works on a case does one thing after another, and none in the same second.
	later := func() { time.Sleep(1100 * time.Millisecond) }
	asked := func(in client.NewNeed) client.Need {
		later()
		n := asking(t, ngo, in, "")
		eventually(t, "both have it", func() bool { return state(first, n.ID) != "" && state(second, n.ID) != "" })
		return n
	}
	end := func(id posada.NeedID) {
		later()
		must(ngo.EndNeed(t.Context(), id, client.NewNeedEnd{How: "withdrawn"}))
		eventually(t, "it is closed to both", func() bool {
			return state(first, id) == posada.PlacementClosed && state(second, id) == posada.PlacementClosed
		})
	}
	one := asked(man())
	other := asked(man())
	in := man()
	in.Case = one.Case
	next := asked(in)
	must(ngo.OrderNeeds(t.Context(), client.NewNeedOrder{Case: one.Case, Needs: []posada.NeedID{next.ID}}))
	later()
	must(first.Offer(t.Context(), one.ID, client.NewOffer{Place: "dorm"}))
	eventually(t, "it offers", func() bool { return must(ngo.Need(t.Context(), one.ID)).State == posada.NeedOffersOpen })
	must(ngo.ChooseOffer(t.Context(), one.ID, client.NewChoice{Agency: "Invented Shelter 0"}))
	eventually(t, "it holds, and is closed to the other", func() bool {
		return state(first, one.ID) == posada.PlacementHeld && state(second, one.ID) == posada.PlacementClosed
	})
	end(other.ID)
	end(next.ID)

	source.mu.Lock()
	defer source.mu.Unlock()
	of := overheard(t, laid, source.sent, readers, one.Case, map[event.Type]int{event.TypeNeed: 6, event.TypeChosen: 1, event.TypeClosed: 5})
	a, b, c := of[one.ID], of[next.ID], of[other.ID]
	if len(a.values) < 20 || len(b.values) < 20 || len(c.values) < 20 {
		t.Fatalf("%d, %d and %d values were heard", len(a.values), len(b.values), len(c.values))
	}
	if same := both(a.values, b.values, c.values); len(same) > 0 {
		slices.Sort(same)
		t.Errorf("two needs of one person share %q", same)
	}
	if same := both(a.runs, b.runs, c.runs); len(same) > 0 {
		t.Errorf("the hub sees %d runs of bytes that only two needs of one person share: %x", len(same), same[0])
	}
	t.Logf("%d and %d values, %d and %d runs of bytes; the other person's %d and %d", len(a.values), len(b.values), len(a.runs), len(b.runs), len(c.values), len(c.runs))
}
