package placed

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/processes"
)

var (
	surge = flag.Int("surge", 8, "needs that are asked at once")
	kills = flag.Int("kills", 2, "nodes that are killed meanwhile")
)

// TestASurgeOnFewBedsWithNodesKilled asks for far more places than there are, at once, from
// two agencies at three shelters, each a process of its own that is killed at random and
// comes back, while people offer, choose and arrive. No bed is held twice; every need
// comes to a known end, at who asked and who was asked.
func TestASurgeOnFewBedsWithNodesKilled(t *testing.T) {
	t.Parallel()
	p := plan(2, 3)
	for i := range p.Agencies {
		p.Agencies[i].Staff[0].Roles = []posada.StaffRole{posada.RoleCoordinator}
	}
	laid := must(town.Lay(t.TempDir(), p, time.Now()))
	processes.Spawn(t, "hub", laid.HubConfig(), "", "")
	s := &surgeon{laid: laid, nodes: map[string]*processes.Process{}, clients: map[string]*client.Client{}}
	for _, a := range p.Agencies {
		s.nodes[a.Key] = processes.Spawn(t, "node", laid.NodeConfig(a.Key), "", "")
		s.clients[a.Key] = processes.Outside(t, laid, a.Key)
	}
	beds := max(1, *surge/10/3)
	for i := range 3 {
		must(s.clients[shelter(i)].DescribePlace(t.Context(), client.NewPlace{Place: "dorm", Services: []string{"shelter_emergency"}, Interpreters: true, Free: &beds}))
	}
	ctx, stop := context.WithCancel(t.Context())
	var people sync.WaitGroup
	defer people.Wait()
	defer stop()
	for i := range 3 {
		people.Go(func() { s.answers(ctx, shelter(i)) })
	}
	for i := range 2 {
		people.Go(func() { s.asks(ctx, fmt.Sprintf("ngo%d", i), *surge/2) })
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for range *kills {
		time.Sleep(time.Duration(500+r.IntN(1500)) * time.Millisecond)
		key := p.Agencies[r.IntN(len(p.Agencies))].Key
		s.nodes[key].Kill()
		s.nodes[key] = processes.Spawn(t, "node", laid.NodeConfig(key), "", "")
	}
	eventually(t, "every need is held or its offers are gone", func() bool { return s.settled(t, beds) })
	s.giveUp(t)
	s.check(t, beds)
}

// surgeon is the people of a surge.
type surgeon struct {
	laid    town.Laid
	nodes   map[string]*processes.Process
	clients map[string]*client.Client
	posted  atomic.Int64
}

// asks posts needs until so many are posted, and chooses the first offer of each. A node
// that is away is asked again.
func (s *surgeon) asks(ctx context.Context, key string, count int) {
	c := s.clients[key]
	for n := 0; ctx.Err() == nil; {
		if n < count {
			p, err := c.PreviewNeed(ctx, client.NewNeed{Priority: "tonight", Services: []string{"shelter_emergency"}})
			if err == nil {
				_, err = c.PostNeed(ctx, client.NewPosting{Digest: p.Digest, Permission: true})
			}
			if err == nil {
				n++
				s.posted.Add(1)
			}
		}
		list, _ := c.Needs(ctx)
		for _, need := range list {
			if need.State == posada.NeedOffersOpen {
				_, _ = c.ChooseOffer(ctx, need.ID, client.NewChoice{Agency: need.Asked[0].Agency.Name})
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// answers offers whatever fits, and says of every second who is expected that they came.
func (s *surgeon) answers(ctx context.Context, key string) {
	c := s.clients[key]
	for ctx.Err() == nil {
		list, _ := c.Placements(ctx, false)
		for i, p := range list {
			switch {
			case p.State == posada.PlacementAsked && len(p.Fits) > 0:
				_, _ = c.Offer(ctx, p.ID, client.NewOffer{Place: "dorm"})
			case p.State == posada.PlacementHeld && i%2 == 0:
				_, _ = c.Arrived(ctx, p.ID)
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// reads asks a node until it answers: it may be coming back.
func reads[T any](t *testing.T, ask func(context.Context) (T, error)) (out T) {
	t.Helper()
	eventually(t, "an answer", func() (ok bool) {
		var err error
		out, err = ask(t.Context())
		if err != nil && !errors.Is(err, client.ErrUnreachable) {
			t.Fatal(err)
		}
		return err == nil
	})
	return out
}

// settled reports whether all that was to be posted is, and every bed is promised.
func (s *surgeon) settled(t *testing.T, beds int) bool {
	t.Helper()
	held := 0
	for i := range 2 {
		for _, n := range reads(t, s.clients[fmt.Sprintf("ngo%d", i)].Needs) {
			if n.State == posada.NeedFilled || slices.ContainsFunc(n.Asked, holds) {
				held++
			}
		}
	}
	return int(s.posted.Load()) >= *surge/2*2 && held == 3*beds
}

// giveUp ends what is not held, until nothing is open but what is: who was just chosen
// may answer that the place is gone, and the need is open again.
func (s *surgeon) giveUp(t *testing.T) {
	t.Helper()
	eventually(t, "nothing is open but what is held", func() bool {
		open := false
		for i := range 2 {
			c := s.clients[fmt.Sprintf("ngo%d", i)]
			for _, n := range reads(t, c.Needs) {
				if n.State.Over() || slices.ContainsFunc(n.Asked, holds) {
					continue
				}
				open = true
				if n.State != posada.NeedOfferSelected {
					_, _ = c.EndNeed(t.Context(), n.ID, client.NewNeedEnd{How: "no_placement_found"})
				}
			}
		}
		return !open
	})
}

func holds(l client.NeedLine) bool { return l.State == posada.AskedHolds }

// check holds both sides against the beds there are, and waits until every need that is
// not held is closed where it was asked.
func (s *surgeon) check(t *testing.T, beds int) {
	t.Helper()
	promised, ended := map[string]int{}, map[posada.NeedState]int{}
	open := map[posada.NeedID]bool{}
	for i := range 2 {
		for _, n := range reads(t, s.clients[fmt.Sprintf("ngo%d", i)].Needs) {
			ended[n.State]++
			for _, l := range n.Asked {
				if l.State == posada.AskedHolds {
					promised[l.Agency.Name]++
					open[n.ID] = true
				}
			}
		}
	}
	for name, n := range promised {
		if n > beds {
			t.Errorf("%s holds %d times what it has %d of", name, n, beds)
		}
	}
	for i := range 3 {
		c := s.clients[shelter(i)]
		eventually(t, "what is over is closed at a shelter", func() bool {
			for _, p := range reads(t, func(ctx context.Context) ([]client.Placement, error) { return c.Placements(ctx, true) }) {
				if !p.State.Over() && !(p.State == posada.PlacementHeld && open[p.ID]) {
					return false
				}
			}
			return true
		})
		for _, p := range reads(t, c.Places) {
			if p.Free < 0 || p.Free+p.Held != beds {
				t.Errorf("of %d beds %d are free and %d held", beds, p.Free, p.Held)
			}
		}
	}
	t.Logf("%d needs on %d beds, %d kills: ended %v, promised %v", s.posted.Load(), 3*beds, *kills, ended, promised)
}
