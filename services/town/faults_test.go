package town_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/audit"
	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/sampled"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

var errFault = errors.New("a fault that was put there")

// faulty stands between a post and the hub and lets calls fail: before they
// are made, or after they were carried out.
type faulty struct {
	post.Hub
	mu   sync.Mutex
	next func(call string) (before, after bool)
}

func (f *faulty) faults(call string) (before, after bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.next(call)
}

func (f *faulty) Submit(ctx context.Context, e envelope.Envelope) error {
	before, after := f.faults("submit")
	if before {
		return errFault
	}
	if err := f.Hub.Submit(ctx, e); err != nil || !after {
		return err
	}
	return errFault
}

func (f *faulty) Collect(ctx context.Context, ids []posada.MessageID) ([][]byte, bool, error) {
	before, after := f.faults("collect")
	if before {
		return nil, false, errFault
	}
	list, more, err := f.Hub.Collect(ctx, ids)
	if err == nil && after {
		return nil, false, errFault
	}
	return list, more, err
}

func (f *faulty) Recall(ctx context.Context, to posada.MailboxID, id posada.MessageID) error {
	before, after := f.faults("recall")
	if before {
		return errFault
	}
	if err := f.Hub.Recall(ctx, to, id); err != nil || !after {
		return err
	}
	return errFault
}

// once lets the nth call of one kind fail.
func once(call string, nth int, done bool) func(string) (bool, bool) {
	seen := 0
	return func(c string) (bool, bool) {
		if c != call {
			return false, false
		}
		seen++
		return seen == nth && !done, seen == nth && done
	}
}

// TestEachFaultTwice lets the first calls of each kind fail at each side, once
// not done and once done all the same.
func TestEachFaultTwice(t *testing.T) {
	type fault struct {
		key, call string
		nth       int
		done      bool
	}
	var faults []fault
	for _, key := range []string{"ngo", "legal"} {
		for _, call := range []string{"submit", "collect"} {
			for nth := 1; nth <= 3; nth++ {
				for _, done := range []bool{false, true} {
					faults = append(faults, fault{key, call, nth, done})
				}
			}
		}
	}
	for _, f := range sampled.Of(faults, few(5)) {
		t.Run(fmt.Sprintf("%s %s %d done %v", f.key, f.call, f.nth, f.done), func(t *testing.T) {
			t.Parallel()
			withFaults(t, deployments()["one process"], 2, func(key string) func(string) (bool, bool) {
				if key != f.key {
					return func(string) (bool, bool) { return false, false }
				}
				return once(f.call, f.nth, f.done)
			})
		})
	}
}

// TestManyFaults lets every call fail with some chance, at both sides, however
// the hub is run.
func TestManyFaults(t *testing.T) {
	for name, deployment := range sampled.Rows(deployments(), few(2)) {
		for seed := range *seeds {
			t.Run(fmt.Sprint(name, " seed ", seed), func(t *testing.T) {
				t.Parallel()
				random := rand.New(rand.NewPCG(seed, 7))
				var mu sync.Mutex
				withFaults(t, deployment, 8, func(string) func(string) (bool, bool) {
					left := 12
					return func(string) (bool, bool) {
						mu.Lock()
						defer mu.Unlock()
						if left == 0 || random.IntN(2) == 0 {
							return false, false
						}
						left--
						return random.IntN(2) == 0, true
					}
				})
			})
		}
	}
}

func withFaults(t *testing.T, deployment func(*testing.T, town.Laid) town.Options, sends int, faults func(key string) func(string) (bool, bool)) {
	laid := lay(t)
	o := deployment(t, laid)
	o.Skip, o.Poll = []string{"shelter", "police"}, 50*time.Millisecond
	o.Hub = func(key string, h post.Hub) post.Hub { return &faulty{Hub: h, next: faults(key)} }
	w, err := town.Start(t.Context(), laid, o)
	if err != nil {
		t.Fatal(err)
	}
	ngo, legal := ask(t, w, "ngo"), ask(t, w, "legal")
	consent := agree(t, ngo)
	for range sends {
		send(t, ngo, consent.Case)
	}
	settle(t, ngo, legal, sends)
	if err := w.Stop(); err != nil {
		t.Error(err)
	}
	acts(t, laid, "ngo", map[audit.Act]int{audit.ReferralSent: sends, audit.Delivered: sends})
	acts(t, laid, "legal", map[audit.Act]int{audit.ReferralTaken: sends})
}
