package town_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/envelope"
	"github.com/posada-exchange/posada/pkg/mail"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/registry"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/seal"
	"github.com/posada-exchange/posada/services/node"
	"github.com/posada-exchange/posada/services/node/post"
	"github.com/posada-exchange/posada/services/town"
)

// delivered waits until a referral's receipt is there.
func delivered(t testing.TB, w *town.Town, r string) {
	t.Helper()
	ngo := ask(t, w, "ngo")
	eventually(t, "the receipt of "+r, func() bool {
		got, err := ngo.Referral(t.Context(), posada.ReferralID(r))
		return err == nil && !got.Delivered.IsZero()
	})
}

// TestMonthsGoByAndEverythingArrives lets months go by, a few days at a
// time, over which every key of both agencies turns over: nobody is asked, and
// each referral arrives.
func TestMonthsGoByAndEverythingArrives(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	laid := lay(t)
	w := start(t, laid, town.Options{
		Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond,
		Clock: func(string) time.Time { return time.Now().Add(time.Duration(later.Load())) },
	})
	ngo := ask(t, w, "ngo")
	for passed := 0; passed < *days; passed += 9 {
		later.Store(int64(passed) * int64(24*time.Hour))
		at := time.Now().AddDate(0, 0, passed-1)
		eventually(t, "both agencies' next announcements", func() bool {
			stranger, err := laid.Credentials("shelter", time.Now().AddDate(0, 0, passed))
			if err != nil {
				t.Fatal(err)
			}
			heard := hear(t, w, stranger)
			return heard["ngo"].After(at) && heard["legal"].After(at)
		})
		long := newConsent()
		long.Days = 90
		agreed, err := ngo.AddConsent(t.Context(), long)
		if err != nil {
			t.Fatal(err)
		}
		r := send(t, ngo, agreed.Case)
		delivered(t, w, string(r.ID))
	}
	if s, err := ngo.Status(t.Context()); err != nil || len(s.Quarantined) > 0 || s.Missing > 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// tap keeps every envelope an agency was given: what a hub that forgets nothing
// has.
type tap struct {
	post.Hub
	mu   sync.Mutex
	wire [][]byte
}

func (p *tap) Collect(ctx context.Context, ids []posada.MessageID) ([][]byte, bool, error) {
	list, more, err := p.Hub.Collect(ctx, ids)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wire = append(p.wire, list...)
	return list, more, err
}

// TestASeizedNodeOpensNothingOfADestroyedEpoch is T6: the disk of a node, the
// secret of its vault, and everything that ever went through the hub. Before
// its epoch is over all of it opens; nine days later nothing does.
func TestASeizedNodeOpensNothingOfADestroyedEpoch(t *testing.T) {
	t.Parallel()
	laid, history := lay(t), &tap{}
	options := func(at time.Time) town.Options {
		begun := time.Now()
		return town.Options{
			Skip: []string{"shelter", "police"}, Poll: 20 * time.Millisecond,
			Clock: func(string) time.Time { return at.Add(time.Since(begun)) },
			Hub: func(key string, h post.Hub) post.Hub {
				if key != "legal" {
					return h
				}
				history.Hub = h
				return history
			},
		}
	}
	today := time.Now()
	w, err := town.Start(t.Context(), laid, options(today))
	if err != nil {
		t.Fatal(err)
	}
	agreed := agree(t, ask(t, w, "ngo"))
	for range 3 {
		delivered(t, w, string(send(t, ask(t, w, "ngo"), agreed.Case).ID))
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	if opened := seize(t, laid, history.wire, today); opened != len(history.wire) || opened == 0 {
		t.Errorf("on the day itself %d of %d envelopes open; want all", opened, len(history.wire))
	}
	nineDays := today.AddDate(0, 0, 9)
	if w, err = town.Start(t.Context(), laid, options(nineDays)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the epochs' end", func() bool {
		s, err := ask(t, w, "legal").Status(t.Context())
		return err == nil && s.Hub == "connected" && !s.Heard.IsZero()
	})
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	if opened := seize(t, laid, history.wire, today); opened != 0 {
		t.Errorf("nine days on %d of %d envelopes open; want none", opened, len(history.wire))
	}
}

// seize counts the envelopes that open with what the legal aid's disk and
// secret give, whatever the clock says.
func seize(t *testing.T, laid town.Laid, history [][]byte, at time.Time) (opened int) {
	t.Helper()
	own, err := laid.Credentials("legal", at)
	if err != nil {
		t.Fatal(err)
	}
	members := decided(t, laid)
	for _, a := range laid.Announced {
		members = members.With(a)
	}
	for _, wire := range history {
		e, err := envelope.Parse(wire)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := seal.Open(e, seal.Receiver{
			Agency: own.Agency, Mailbox: own.Mailbox, Members: members, Now: at.Add(time.Minute),
			Identities: func(epoch posada.Epoch) (seal.Identity, bool) { i, ok := own.Identities[epoch]; return i, ok },
		}); err == nil {
			opened++
		}
	}
	return opened
}

// decided is the roster that the stewards signed last.
func decided(t testing.TB, laid town.Laid) *roster.Roster {
	t.Helper()
	r, err := laid.Decided()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAHubThatLostEverythingIsGivenItBack: a new hub with nothing but the roster
// and its own keys. Members let themselves on, announce again, and what was not
// receipted is submitted anew.
func TestAHubThatLostEverythingIsGivenItBack(t *testing.T) {
	t.Parallel()
	laid := lay(t)
	options := town.Options{Skip: []string{"shelter", "police"}, Poll: 50 * time.Millisecond}
	w, err := town.Start(t.Context(), laid, options)
	if err != nil {
		t.Fatal(err)
	}
	agreed := agree(t, ask(t, w, "ngo"))
	delivered(t, w, string(send(t, ask(t, w, "ngo"), agreed.Case).ID))
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(laid.Dir, "hub", "mail")); err != nil {
		t.Fatal(err)
	}
	w = start(t, laid, options)
	delivered(t, w, string(send(t, ask(t, w, "ngo"), agreed.Case).ID))
	// A third agency, which knew nobody, learns of both from the new hub.
	stranger, err := laid.Credentials("shelter", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "both agencies' announcements", func() bool {
		heard := hear(t, w, stranger)
		return !heard["ngo"].IsZero() && !heard["legal"].IsZero()
	})
}

// hear asks the registry, as a member, for everything it has, and gives when
// each agency announced it.
func hear(t *testing.T, w *town.Town, who node.Credentials) map[string]time.Time {
	t.Helper()
	known := decided(t, w.Laid)
	heard := map[string]time.Time{}
	for _, compact := range announcements(t, w, who) {
		a, err := known.ReadAnnouncement([]byte(compact))
		if err != nil {
			t.Fatal(err)
		}
		for key, member := range w.Members {
			if member.ID == a.Keys().Issuer {
				heard[key] = time.Unix(a.Keys().IssuedAt, 0)
			}
		}
	}
	return heard
}

// announcements is what the hub's registry gives a member that has nothing.
func announcements(t *testing.T, w *town.Town, who node.Credentials) []string {
	t.Helper()
	line := lineOf(t, w, who)
	defer line.Close()
	reply, _, err := registry.New(line).Sync(t.Context(), map[posada.AgencyID]uint64{})
	if errors.Is(err, mail.ErrBusy) {
		return nil // it was asked often
	}
	if err != nil {
		t.Fatal(err)
	}
	return reply.Announced
}
