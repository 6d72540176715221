package trust_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/trust"
)

func sealedText(version byte) []byte { return bytes.Repeat([]byte{version}, 300<<10) }

// TestADirectoryIsCarriedAsWhateverStewardsSign: it is nobody's to read here, it arrives
// as it was signed, and it stays out of what is written whenever the hub signs.
func TestADirectoryIsCarriedAsWhateverStewardsSign(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	if v := w.refresh(n, w.registry); v.Directory.Version != 0 {
		t.Fatalf("there is one: %+v", v.Directory)
	}
	for version := byte(1); version <= 2; version++ {
		w.publish(w.propose(trust.RoleDirectory, sealedText(version)))
		v := w.refresh(n, w.registry)
		force, err := n.InForce(t.Context())
		if err != nil || v.Directory.Version != uint64(version) || !bytes.Equal(force[trust.RoleDirectory].Target, sealedText(version)) {
			t.Fatalf("%+v, %v", v.Directory, err)
		}
		if size := len(n.store.state["seen.json"]); size > 64<<10 {
			t.Errorf("a view is %d bytes", size)
		}
	}
	p, err := trust.Propose(w.root(), trust.RoleDirectory, w.current[trust.RoleDirectory].Document, sealedText(3), w.now)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.registry.Publish(t.Context(), w.now, w.sign(p, w.root(), w.keys[0])); !errors.Is(err, trust.ErrThreshold) {
		t.Errorf("one steward alone published a directory: %v", err)
	}
}

// TestADirectoryIsNotSwappedNorTakenBack by the hub that carries it.
func TestADirectoryIsNotSwappedNorTakenBack(t *testing.T) {
	w := newWorld(t, 2, 3)
	w.publish(w.propose(trust.RoleDirectory, sealedText(1)))
	old := w.blobs.Copied()
	w.later(time.Minute)
	w.publish(w.propose(trust.RoleDirectory, sealedText(2)))
	n := w.node()
	w.refresh(n, w.registry)
	if _, err := n.Refresh(t.Context(), old, w.now); !errors.Is(err, trust.ErrRollback) {
		t.Errorf("an older one: %v", err)
	}
	w.later(time.Minute)
	w.publish(w.propose(trust.RoleDirectory, sealedText(3)))
	for name, text := range w.blobs.Files {
		if bytes.Equal(text, sealedText(3)) {
			w.blobs.Files[name] = sealedText(2)
		}
	}
	if _, err := n.Refresh(t.Context(), w.blobs, w.now); !errors.Is(err, trust.ErrMix) {
		t.Errorf("another in its place: %v", err)
	}
	force, err := n.InForce(t.Context())
	if last, wrong := n.Last(t.Context()); err != nil || wrong != nil || last.Directory.Version != 2 || !bytes.Equal(force[trust.RoleDirectory].Target, sealedText(2)) {
		t.Errorf("the last good one is gone: %+v, %v, %v", last.Directory, err, wrong)
	}
}

// TestADirectoryThatIsOverStopsNothing: rosters and policies are published and followed, and
// the next directory comes after the one that is over.
func TestADirectoryThatIsOverStopsNothing(t *testing.T) {
	w := newWorld(t, 2, 3)
	w.publish(w.propose(trust.RoleDirectory, sealedText(1)))
	n := w.node()
	w.refresh(n, w.registry)
	w.now = w.now.Add(300 * 24 * time.Hour)
	root, targets, err := trust.Rotate(w.root(), w.current[trust.RoleTargets].Document, w.charter, w.now)
	if err != nil {
		t.Fatal(err)
	}
	root = w.sign(root, w.root(), w.enough()...)
	targets = w.sign(targets, root.Document, w.enough()...)
	w.publish(root, targets, w.roster(2, 3), w.propose(trust.RolePolicy, policyText(2, "second")))
	w.later(100 * 24 * time.Hour)
	w.publish(w.roster(3, 3))
	for _, follower := range []*node{n, w.node()} {
		if v := w.refresh(follower, w.registry); v.Directory.Version != 0 || v.RosterEdition.Version != 3 {
			t.Errorf("%+v, %+v", v.Directory, v.RosterEdition)
		}
	}
	force, err := n.InForce(t.Context())
	if err != nil || len(force[trust.RoleDirectory].Document) == 0 {
		t.Fatalf("what comes next cannot be proposed: %v", err)
	}
	w.publish(w.propose(trust.RoleDirectory, sealedText(2)))
	if v := w.refresh(n, w.registry); v.Directory.Version != 2 {
		t.Errorf("%+v", v.Directory)
	}
}
