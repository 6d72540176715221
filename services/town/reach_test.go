package town_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/node/stewards"
	"github.com/posada-exchange/posada/services/town"
)

var members = flag.Int("members", 6, "members of a network whose table changes")

// TestATableReachesEveryMember: one cell changes, the stewards sign, one member brings it, and
// every node runs exactly that table, to the byte, and no other decides anywhere.
func TestATableReachesEveryMember(t *testing.T) {
	t.Parallel()
	p := plan()
	p.Practice = true // nothing waits a day
	for i := len(p.Agencies); i < *members; i++ {
		p.Agencies = append(p.Agencies, town.Agency{
			Key: fmt.Sprintf("shelter%d", i), Name: fmt.Sprintf("Invented Shelter %d", i), Class: posada.ClassShelter,
			Staff: []town.Person{{Name: "Invented Coordinator", Roles: []posada.StaffRole{posada.RoleCoordinator}}},
		})
	}
	laid, err := town.Lay(t.TempDir(), p, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var asked questions
	w, err := town.Start(t.Context(), laid, town.Options{
		Poll: time.Hour, // they look by themselves at no time in this test
		Hub:  asked.hears, Registry: asked.counts,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Stop() })
	before, err := matrix.Read(w.Council.InForce[trust.RolePolicy].Target)
	if err != nil {
		t.Fatal(err)
	}
	cell := matrix.Cell{Class: posada.ClassSchool, Purpose: posada.PurposeEducation, Category: posada.CategoryNeeds}
	text := sure(before.With(before.Version+1, matrix.Cells{cell.Class: {cell.Purpose: {cell.Category: posada.ModeConsent}}}).Write())
	proposal := sure(w.Council.Decide(trust.RolePolicy, text, time.Now()))
	waits := []string{}
	for _, a := range p.Agencies {
		waits = append(waits, a.Key)
	}
	eventually(t, "the hub knowing every node's bell", func() bool { return asked.heard() == len(waits) })
	asked.anew()
	publish(t, w, "ngo", proposal)
	all, brought := len(waits), time.Now()
	var first, last time.Duration
	eventually(t, "every node running it", func() bool {
		waits = slices.DeleteFunc(waits, func(key string) bool {
			in, err := ask(t, w, key).Network(t.Context())
			is := err == nil && in.Policy == before.Version+1 && string(in.InForce[string(trust.RolePolicy)].Target) == string(text)
			if is && first == 0 {
				first = time.Since(brought)
			}
			return is
		})
		last = time.Since(brought)
		return len(waits) == 0
	})
	t.Logf("%d nodes: the first ran it after %s, the last after %s; %s", all, first.Round(time.Millisecond), last.Round(time.Millisecond), asked.said())
}

// questions counts what nodes ask of the registry's files, and which of them were told what
// waits, and so named their bell.
type questions struct {
	mu            sync.Mutex
	named         map[string]bool
	looks, others map[string]int
	failed        int
}

func (q *questions) anew() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.looks, q.others, q.failed = map[string]int{}, map[string]int{}, 0
}

func (q *questions) heard() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.named)
}

func (q *questions) said() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	looks, others := slices.Sorted(maps.Values(q.looks)), slices.Sorted(maps.Values(q.others))
	return fmt.Sprintf("looks a node %d to %d, other questions %d to %d, not answered %d", looks[0], looks[len(looks)-1], others[0], others[len(others)-1], q.failed)
}

func (q *questions) hears(key string, h post.Hub) post.Hub { return hearing{h, q, key} }

func (q *questions) counts(key string, r stewards.Registry) stewards.Registry {
	return counting{r, q, key}
}

type hearing struct {
	post.Hub
	q   *questions
	key string
}

func (h hearing) Collect(ctx context.Context, done []posada.MessageID) ([][]byte, bool, error) {
	list, more, err := h.Hub.Collect(ctx, done)
	if err == nil {
		h.q.mu.Lock()
		defer h.q.mu.Unlock()
		if h.q.named == nil {
			h.q.named = map[string]bool{}
		}
		h.q.named[h.key] = true
	}
	return list, more, err
}

type counting struct {
	stewards.Registry
	q   *questions
	key string
}

func (c counting) Fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	text, err := c.Registry.Fetch(ctx, name, limit)
	c.q.mu.Lock()
	defer c.q.mu.Unlock()
	switch {
	case c.q.looks == nil:
	case err != nil && !errors.Is(err, trust.ErrAbsent):
		c.q.failed++
	case name == trust.PulseName:
		c.q.looks[c.key]++
	default:
		c.q.others[c.key]++
	}
	return text, err
}
