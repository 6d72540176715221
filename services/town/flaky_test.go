package town_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// flaky is a hub that fails every other submission and recall until it is well:
// before it was done, or after.
type flaky struct {
	post.Hub
	well atomic.Bool

	mu     sync.Mutex
	random *rand.Rand
}

func (f *flaky) through(do func() error) error {
	f.mu.Lock()
	before, after := f.random.IntN(4) == 0, f.random.IntN(3) == 0
	f.mu.Unlock()
	if f.well.Load() {
		before, after = false, false
	}
	if before {
		return errFault
	}
	if err := do(); err != nil || !after {
		return err
	}
	return errFault
}

func (f *flaky) Submit(ctx context.Context, e envelope.Envelope) error {
	return f.through(func() error { return f.Hub.Submit(ctx, e) })
}

func (f *flaky) Recall(ctx context.Context, to posada.MailboxID, id posada.MessageID) error {
	return f.through(func() error { return f.Hub.Recall(ctx, to, id) })
}

// TestWhatIsStoppedNeverArrivesAndTheRestDoes stops half of what waits while the
// hub fails at random: of each stopped referral the recipient, who comes when all is
// told, finds nothing; every other one is there; and a void is in the place of each
// that had one, so that it misses nothing.
func TestWhatIsStoppedNeverArrivesAndTheRestDoes(t *testing.T) {
	for seed := range *seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			stopHalf(t, &flaky{random: rand.New(rand.NewPCG(seed, 11))})
		})
	}
}

func stopHalf(t *testing.T, f *flaky) {
	w := start(t, lay(t), town.Options{
		Skip: []string{"legal", "shelter", "police"}, Poll: 50 * time.Millisecond,
		Hub: func(_ string, h post.Hub) post.Hub { f.Hub = h; return f },
	})
	ngo, legal := ask(t, w, "ngo"), newHand(t, w, "legal")
	const count = 10
	stopped := map[posada.ReferralID]bool{}
	for i := range count {
		agreed := agree(t, ngo)
		sent := send(t, ngo, agreed.Case)
		if stopped[sent.ID] = i%2 == 0; !stopped[sent.ID] {
			continue
		}
		if i%4 == 0 { // some are at the hub, some are not
			eventually(t, "something being at the hub", func() bool { s, err := ngo.Status(t.Context()); return err == nil && s.AtHub > 0 })
		}
		if _, err := ngo.AddConsent(t.Context(), narrower(agreed.Case)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "half of them being stopped", func() bool {
		list, err := ngo.Referrals(t.Context())
		expired := 0
		for _, r := range list {
			if r.State == posada.StateExpired {
				expired++
			}
		}
		return err == nil && expired == count/2
	})
	f.well.Store(true)
	eventually(t, "all of it being told", func() bool {
		s, err := ngo.Status(t.Context())
		return err == nil && s.Waiting == 0 && s.AtHub >= count/2
	})
	places, arrived := map[uint64]bool{}, map[posada.ReferralID]map[posada.EventID]bool{}
	for _, s := range legal.take(t) {
		if s.Type().Sequenced() {
			places[s.Place().Seq] = true
		}
		if s.Type() == event.TypeReferral {
			if arrived[s.Subject()] == nil {
				arrived[s.Subject()] = map[posada.EventID]bool{}
			}
			arrived[s.Subject()][s.ID()] = true
		}
	}
	for id, stop := range stopped {
		if want := map[bool]int{false: 1, true: 0}[stop]; len(arrived[id]) != want {
			t.Errorf("stopped %v, and arrived %d times", stop, len(arrived[id]))
		}
	}
	for seq := range uint64(len(places)) {
		if !places[seq+1] {
			t.Errorf("nothing is in place %d of %d", seq+1, len(places))
		}
	}
}
