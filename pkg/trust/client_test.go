package trust_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/trust"
)

func TestANodeFollowsWhatStewardsPublish(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	v := w.refresh(n, w.registry)
	if v.Network != w.charter.Network || v.Practice || v.RosterEdition.Version != 1 || len(v.Roster.Agencies) != 3 || string(v.Policy) != string(policyText(1, "first")) {
		t.Fatalf("first view: %+v", v)
	}
	w.later(time.Hour)
	w.publish(w.roster(2, 4), w.propose(trust.RolePacks, []byte("words"), w.keys...))
	v = w.refresh(n, w.registry)
	if v.RosterEdition.Version != 2 || len(v.Roster.Agencies) != 4 || v.RosterEdition.All || string(v.Packs) != "words" || !v.PacksEdition.All || v.Chain.Length != 4 {
		t.Fatalf("second view: %+v", v)
	}
	last, err := n.Last(t.Context())
	if err != nil || last.Chain != v.Chain || !last.SignedAt.Equal(v.SignedAt) {
		t.Fatalf("kept: %v", err)
	}
}

// TestAStewardsNodeHasWhatAProposalIsBasedOn: what was verified, byte for byte.
func TestAStewardsNodeHasWhatAProposalIsBasedOn(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	if in, err := n.InForce(t.Context()); err != nil || len(in) != 0 {
		t.Errorf("before the first refresh: %d, %v", len(in), err)
	}
	w.publish(w.roster(2, 2))
	w.refresh(n, w.registry)
	in, err := n.InForce(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for role, p := range w.current {
		if !bytes.Equal(in[role].Document, p.Document) || !bytes.Equal(in[role].Target, p.Target) {
			t.Errorf("%s is another", role)
		}
	}
	if _, there := in[trust.RolePacks]; there {
		t.Error("packs that nobody published")
	}
}

// TestFaultsAreToldApart: each class of error is itself and no other.
func TestFaultsAreToldApart(t *testing.T) {
	w := newWorld(t, 2, 3)
	w.later(time.Hour)
	w.now = start
	_, err := w.node().Refresh(t.Context(), w.registry, w.now)
	for _, other := range []error{trust.ErrRollback, trust.ErrExpired, trust.ErrThreshold, trust.ErrMix, trust.ErrTooLarge, trust.ErrChain, trust.ErrNetwork, trust.ErrUnreachable, trust.ErrMalformed} {
		if errors.Is(err, other) {
			t.Errorf("%v is also %v", err, other)
		}
	}
	if !errors.Is(err, trust.ErrAhead) {
		t.Error(err)
	}
}

func BenchmarkRefresh(b *testing.B) {
	w := newWorld(b, 3, 5)
	w.publish(w.roster(2, 100))
	b.Run("first contact", func(b *testing.B) {
		for b.Loop() {
			w.refresh(w.node(), w.registry)
		}
	})
	b.Run("nothing new", func(b *testing.B) {
		n := w.node()
		for b.Loop() {
			w.refresh(n, w.registry)
		}
	})
}
