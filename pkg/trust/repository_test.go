package trust_test

import (
	"context"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
)

func TestWhatDoesNotFitIsNotPublished(t *testing.T) {
	w := newWorld(t, 2, 3)
	two, before := w.roster(2, 2), w.blobs.Copied()
	other := w.roster(2, 3)
	w.publish(two)
	ahead := w.roster(3, 2)
	w.blobs.Files = before.Copied().Files
	for name, c := range map[string]struct {
		proposals []trust.Proposal
		want      error
	}{
		"one version too far":  {[]trust.Proposal{ahead}, trust.ErrRollback},
		"twice":                {[]trust.Proposal{two, two}, trust.ErrMix},
		"two texts":            {[]trust.Proposal{two, other}, trust.ErrMix},
		"another file":         {[]trust.Proposal{{Document: two.Document, Target: other.Target}}, trust.ErrMix},
		"a policy of no sense": {[]trust.Proposal{w.propose(trust.RolePolicy, []byte("{}"))}, trust.ErrContent},
		"not a document":       {[]trust.Proposal{{Document: []byte("{}")}}, trust.ErrMalformed},
		"good beside bad":      {[]trust.Proposal{two, w.propose(trust.RolePolicy, []byte("{}"))}, trust.ErrContent},
		"a timestamp":          {[]trust.Proposal{{Document: w.blobs.Files["metadata/timestamp.json"]}}, trust.ErrMalformed},
	} {
		if err := w.registry.Publish(t.Context(), w.now, c.proposals...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if !maps.EqualFunc(w.blobs.Files, before.Files, func(a, b []byte) bool { return string(a) == string(b) }) {
			t.Fatalf("%s: something was written", name)
		}
	}
	w.publish(two)
	w.refresh(w.node(), w.registry)
}

func TestANetworkBeginsWhole(t *testing.T) {
	w := newWorld(t, 2, 3)
	all := []trust.Proposal{w.current[trust.RoleRoot], w.current[trust.RoleTargets], w.current[trust.RoleRoster], w.current[trust.RolePolicy]}
	for missing := range all {
		b := invented.NewBlobs()
		some := append(append([]trust.Proposal{}, all[:missing]...), all[missing+1:]...)
		if err := trust.NewRepository(b, w.online, policyFits).Publish(t.Context(), w.now, some...); err == nil || len(b.Files) != 0 {
			t.Errorf("published without %d: %v", missing, err)
		}
	}
	b := invented.NewBlobs()
	if err := trust.NewRepository(b, key(81), policyFits).Publish(t.Context(), w.now, all...); !errors.Is(err, trust.ErrNotSigner) {
		t.Errorf("with a key the root does not name: %v", err)
	}
	if err := trust.NewRepository(b, w.online, policyFits).Renew(t.Context(), w.now); !errors.Is(err, trust.ErrAbsent) {
		t.Errorf("renewed nothing: %v", err)
	}
	if err := trust.NewRepository(b, w.online, policyFits).Publish(t.Context(), w.now, all...); err != nil {
		t.Error(err)
	}
}

// TestMoreSignaturesMayFollow: the same version, now signed by all.
func TestMoreSignaturesMayFollow(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	if v := w.refresh(n, w.registry); v.RosterEdition.All {
		t.Fatal("two of three are all")
	}
	w.publish(w.sign(w.current[trust.RoleRoster], w.root(), w.keys[2]))
	if v := w.refresh(n, w.registry); !v.RosterEdition.All || v.RosterEdition.Version != 1 || v.Chain.Length != 2 {
		t.Errorf("%+v, chain %d", v.RosterEdition, v.Chain.Length)
	}
}

func TestARestoredHubIsNotRefused(t *testing.T) {
	w := newWorld(t, 2, 3)
	backup := w.blobs.Copied()
	n := w.node()
	for range 100 { // renewed more often than seconds pass
		w.later(0)
	}
	w.later(time.Minute)
	w.refresh(n, w.registry)
	w.blobs.Files = backup.Files
	w.later(time.Hour)
	v := w.refresh(n, w.registry)
	if !v.SignedAt.Equal(w.now) {
		t.Errorf("signed at %v", v.SignedAt)
	}
}

func TestRenewingGoesOnForAYear(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	for range 60 {
		w.later(6 * 24 * time.Hour)
		w.refresh(n, w.registry)
	}
	w.later(6 * 24 * time.Hour)
	w.refused(n, w.registry, trust.ErrExpired) // the root itself
}

func TestTheRegistryServesWhatIsPublicOnly(t *testing.T) {
	w := newWorld(t, 2, 3)
	for _, name := range []string{"registry/stand.json", "", "metadata", "../metadata/timestamp.json"} {
		if _, err := w.registry.Fetch(t.Context(), name, 1<<20); !errors.Is(err, trust.ErrAbsent) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := w.registry.Fetch(t.Context(), "metadata/1.root.json", 10); !errors.Is(err, trust.ErrTooLarge) {
		t.Error(err)
	}
}

var errDisk = errors.New("invented disk error")

// failing is a store whose writes fail, done or not done.
type failing struct {
	*blobs
	done bool
}

func (f failing) Put(ctx context.Context, batch map[string][]byte) error {
	if f.done {
		_ = f.blobs.Put(ctx, batch)
	}
	return errDisk
}

func TestAFailedWriteFailedOrWasDone(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	w.refresh(n, w.registry)
	two := w.roster(2, 2)
	for _, done := range []bool{false, true} {
		if err := trust.NewRepository(failing{w.blobs, done}, w.online, policyFits).Publish(t.Context(), w.now, two); !errors.Is(err, errDisk) {
			t.Fatal(err)
		}
		if v := w.refresh(n, w.registry); (v.RosterEdition.Version == 2) != done {
			t.Errorf("done %t: version %d", done, v.RosterEdition.Version)
		}
	}
	w.publish(two) // again: the version in force, and no second entry
	if v := w.refresh(n, w.registry); v.Chain.Length != 3 {
		t.Errorf("%d entries", v.Chain.Length)
	}
}

// forgetful is a client's store whose writes fail.
type forgetful struct{ *store }

func (forgetful) Save(context.Context, map[string][]byte) error { return errDisk }

// silent is a hub that does not answer for one name.
type silent struct {
	trust.Fetcher
	name string
}

func (s silent) Fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	if name == s.name {
		return nil, errDisk
	}
	return s.Fetcher.Fetch(ctx, name, limit)
}

func TestAHubThatDoesNotAnswerChangesNothing(t *testing.T) {
	w := newWorld(t, 2, 3)
	asked := &recorder{Fetcher: w.registry}
	w.refresh(w.node(), asked)
	for _, name := range asked.names {
		w.refused(w.node(), silent{w.registry, name}, trust.ErrUnreachable)
	}
	h := w.hostile()
	for name := range h.Files {
		kept := h.Files[name]
		delete(h.Files, name)
		if name != "registry/stand.json" {
			w.refused(w.node(), h, trust.ErrUnreachable)
		}
		h.Files[name] = kept
	}
	n := w.node()
	if _, err := n.Last(t.Context()); !errors.Is(err, trust.ErrAbsent) {
		t.Errorf("before the first refresh: %v", err)
	}
	n.Client = trust.NewClient(forgetful{n.store}, w.pin, n.dir)
	w.refused(n, w.registry, errDisk)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.node().Refresh(ctx, heeding{w.registry}, w.now); !errors.Is(err, trust.ErrUnreachable) {
		t.Errorf("cancelled: %v", err)
	}
}

// heeding is a fetcher that heeds its context.
type heeding struct{ trust.Fetcher }

func (h heeding) Fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return h.Fetcher.Fetch(ctx, name, limit)
}

// TestAStateIsOfOneNetwork: a vault that moved to another join code.
func TestAStateIsOfOneNetwork(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	w.refresh(n, w.registry)
	other := foundWorld(t, trust.Charter{Network: posada.NetworkID(agency(91)), Threshold: 2}, 3)
	n.Client = trust.NewClient(n.store, other.pin, n.dir)
	w.refused(n, other.registry, trust.ErrNetwork)
	if _, err := n.Last(t.Context()); !errors.Is(err, trust.ErrNetwork) {
		t.Error(err)
	}
}

// TestASecondRefreshAsksForLittle: what is known is not fetched again.
func TestASecondRefreshAsksForLittle(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	w.refresh(n, w.registry)
	w.later(time.Minute)
	asked := &recorder{Fetcher: w.registry}
	w.refresh(n, asked)
	if len(asked.names) != 2 {
		t.Errorf("asked for %v", asked.names)
	}
}

// TestNothingIsPublishedOverWhatExpired: nodes would refuse all of it.
func TestNothingIsPublishedOverWhatExpired(t *testing.T) {
	for name, c := range map[string]struct {
		root, rest bool // renewed in time
		want       error
	}{
		"all was renewed": {true, true, nil}, "a root expired": {false, true, trust.ErrExpired}, "a policy expired": {true, false, trust.ErrExpired},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 2, 3)
			w.now = start.AddDate(0, 0, 200)
			w.publish(w.roster(2, 2))
			if c.rest {
				w.publish(w.propose(trust.RolePolicy, policyText(2, "again")))
			}
			if c.root {
				root, targets := w.rotation(w.charter)
				root = w.sign(root, w.root(), w.enough()...)
				w.publish(root, w.sign(targets, root.Document, w.enough()...))
			}
			w.now = start.AddDate(1, 0, 1)
			if err := w.registry.Publish(t.Context(), w.now, w.roster(3, 3)); !errors.Is(err, c.want) {
				t.Error(err)
			}
		})
	}
}

func TestRootsAreNumberedWithoutAGap(t *testing.T) {
	w := newWorld(t, 2, 3)
	root, targets := w.rotation(w.charter)
	first := w.current[trust.RoleRoot]
	root = w.sign(root, w.root(), w.enough()...)
	after, _, err := trust.Rotate(root.Document, targets.Document, w.charter, w.now)
	if err != nil {
		t.Fatal(err)
	}
	after = w.sign(after, root.Document, w.enough()...)
	for _, p := range []trust.Proposal{first, after} {
		if err := w.registry.Publish(t.Context(), w.now, p); !errors.Is(err, trust.ErrRollback) {
			t.Errorf("published: %v", err)
		}
	}
	w.publish(root)
	w.publish(after)
	if v := w.refresh(w.node(), w.registry); v.Root != 3 {
		t.Errorf("root %d", v.Root)
	}
}
