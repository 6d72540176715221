package placed

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// counted tells how many envelopes the hub took of an agency.
type counted struct {
	post.Hub
	taken atomic.Int64
}

func (h *counted) Submit(ctx context.Context, e envelope.Envelope) error {
	err := h.Hub.Submit(ctx, e)
	if err == nil {
		h.taken.Add(1)
	}
	return err
}

// BenchmarkAsking posts needs to so many shelters until the hub has each letter, and holds
// that against sealing as many letters and nothing else, one after another, in the same run.
func BenchmarkAsking(b *testing.B) {
	for _, shelters := range []int{5, 50, 200, 500} {
		b.Run(fmt.Sprintf("shelters=%d", shelters), func(b *testing.B) {
			p := plan(1, shelters)
			laid := must(town.Lay(b.TempDir(), p, time.Now()))
			who := must(laid.Credentials("ngo0", time.Now()))
			hub := &counted{}
			o := town.Options{Hub: func(_ string, h post.Hub) post.Hub { hub.Hub = h; return hub }}
			for i := range shelters {
				o.Skip = append(o.Skip, shelter(i))
			}
			w := must(town.Start(b.Context(), laid, o))
			b.Cleanup(func() { _ = w.Stop() })
			ngo := ask(b, w, "ngo0")
			for hub.taken.Load() < int64(shelters) { // each was told that this one is there
				time.Sleep(10 * time.Millisecond)
			}
			var spent time.Duration
			for b.Loop() {
				preview := must(ngo.PreviewNeed(b.Context(), man()))
				before, begun := hub.taken.Load(), time.Now()
				must(ngo.PostNeed(b.Context(), client.NewPosting{Digest: preview.Digest, Permission: true}))
				for hub.taken.Load()-before < int64(shelters) {
					time.Sleep(time.Millisecond)
				}
				spent += time.Since(begun)
			}
			bare := sealed(b, laid, who, shelters)
			b.ReportMetric(float64(spent.Milliseconds())/float64(b.N), "ms/need")
			b.ReportMetric(float64(spent)/float64(b.N)/float64(bare), "x-of-bare-seals")
		})
	}
}

// sealed is how long it takes to seal one letter to each shelter.
func sealed(b *testing.B, laid town.Laid, who node.Credentials, shelters int) time.Duration {
	b.Helper()
	members := must(laid.Decided())
	for _, a := range laid.Announced {
		members = members.With(a)
	}
	now := time.Now()
	e := must(event.Need(fixed{}, need.Posting{
		Need: posada.IDFrom[posada.NeedID]([16]byte{1}), Until: now.Add(time.Hour),
		Profile: need.Profile{Priority: posada.PriorityTonight, Services: need.Placing()},
	}, now))
	statement := must(e.In(who.Agency, event.Place{Seq: 1}))
	to := make([]seal.Address, shelters)
	for i := range to {
		to[i] = address(members, laid.Members[shelter(i)], now)
	}
	const times = 3
	begun := time.Now()
	for range times {
		for _, a := range to {
			must(seal.Seal(seal.Sender{Network: members.Network(), Agency: who.Agency, Key: who.Signing}, a, posada.MessageID{1}, now, []event.Statement{statement}))
		}
	}
	return time.Since(begun) / times
}

func address(members *roster.Roster, a roster.Agency, now time.Time) seal.Address {
	epoch := posada.EpochAt(now)
	return seal.Address{Agency: a.ID, Mailbox: a.Mailbox, Epoch: epoch, Recipient: must(seal.ParseRecipient(must(members.Recipient(a.ID, epoch))))}
}

// fixed is randomness for what nobody is to be protected by.
type fixed struct{}

func (fixed) Read(p []byte) (int, error) { return len(p), nil }

// BenchmarkFirstOffer is how long it takes from a need's posting until its first offer can be
// chosen, where somebody at a shelter watches and offers at once, beside eleven that do not.
// A watcher's list is read anew each second, which is most of it.
func BenchmarkFirstOffer(b *testing.B) {
	const shelters = 12
	p := plan(1, shelters)
	p.Agencies[1].Staff[0].Roles = []posada.StaffRole{posada.RoleCoordinator}
	o := town.Options{}
	for i := 1; i < shelters; i++ {
		o.Skip = append(o.Skip, shelter(i))
	}
	w := must(town.Start(b.Context(), must(town.Lay(b.TempDir(), p, time.Now())), o))
	b.Cleanup(func() { _ = w.Stop() })
	ngo, other := ask(b, w, "ngo0"), ask(b, w, shelter(0))
	free := 5000
	must(other.DescribePlace(b.Context(), client.NewPlace{Place: "dorm", Services: []string{"shelter_emergency"}, Free: &free}))
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	go func() {
		_ = other.WatchPlacements(ctx, func(p client.Placement) error {
			_, err := other.Offer(ctx, p.ID, client.NewOffer{Place: "dorm"})
			return err
		})
	}()
	var took []time.Duration
	for b.Loop() {
		preview := must(ngo.PreviewNeed(b.Context(), man()))
		begun := time.Now()
		id := must(ngo.PostNeed(b.Context(), client.NewPosting{Digest: preview.Digest, Permission: true})).ID
		for must(ngo.Need(b.Context(), id)).State != posada.NeedOffersOpen {
			time.Sleep(5 * time.Millisecond)
		}
		took = append(took, time.Since(begun))
		must(ngo.EndNeed(b.Context(), id, client.NewNeedEnd{How: "withdrawn"}))
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds(), "p50-x-of-a-watchers-second")
	b.ReportMetric(took[len(took)*99/100].Seconds(), "p99-x-of-a-watchers-second")
}
