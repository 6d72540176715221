package trust_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
)

// refused says that a node refuses what a hub serves, with an error of a
// class, and that nothing of it stays behind.
func (w *world) refused(n *node, from trust.Fetcher, want error) {
	w.t.Helper()
	before, saves := maps.Clone(n.store.state), n.store.saves
	_, err := n.Refresh(w.t.Context(), from, w.now)
	if !errors.Is(err, want) {
		w.t.Errorf("refused with %v; want %v", err, want)
	}
	if n.store.saves != saves || len(before) != len(n.store.state) {
		w.t.Error("a refused refresh was kept")
	}
	if left, err := os.ReadDir(n.dir); err != nil || len(left) != 0 {
		w.t.Errorf("a refresh left %v behind: %v", left, err)
	}
}

func signer(k jose.PrivateKey) signature.Signer {
	s, err := signature.LoadSigner(ed25519.NewKeyFromSeed(k.Seed()), crypto.Hash(0))
	if err != nil {
		panic(err)
	}
	return s
}

func metaOf(version int64, text []byte) *metadata.MetaFiles {
	sum := sha256.Sum256(text)
	return &metadata.MetaFiles{Version: version, Length: int64(len(text)), Hashes: metadata.Hashes{"sha256": sum[:]}}
}

// hub is a hostile hub: the store of a registry and the hub's online key.
type hub struct {
	t testing.TB
	*blobs
	key jose.PrivateKey
}

// hostile is a hub that begins with what the registry has now.
func (w *world) hostile() *hub { return &hub{w.t, w.blobs.Copied(), w.online} }

// pulse signs the timestamp again after a change.
func (h *hub) pulse(change func(*metadata.TimestampType)) {
	h.t.Helper()
	doc := must[*metadata.Metadata[metadata.TimestampType]](h.t)(metadata.Timestamp().FromBytes(h.Files["metadata/timestamp.json"]))
	doc.Signed.Version++
	change(&doc.Signed)
	doc.Signatures = nil
	must[*metadata.Signature](h.t)(doc.Sign(signer(h.key)))
	h.Files["metadata/timestamp.json"] = must[[]byte](h.t)(doc.ToBytes(false))
}

// snapshot signs the snapshot and the timestamp again after a change.
func (h *hub) snapshot(change func(meta map[string]*metadata.MetaFiles)) {
	h.t.Helper()
	pulse := must[*metadata.Metadata[metadata.TimestampType]](h.t)(metadata.Timestamp().FromBytes(h.Files["metadata/timestamp.json"]))
	name := func(v int64) string { return fmt.Sprintf("metadata/%d.snapshot.json", v) }
	doc := must[*metadata.Metadata[metadata.SnapshotType]](h.t)(metadata.Snapshot().FromBytes(h.Files[name(pulse.Signed.Meta["snapshot.json"].Version)]))
	doc.Signed.Version++
	change(doc.Signed.Meta)
	doc.Signatures = nil
	must[*metadata.Signature](h.t)(doc.Sign(signer(h.key)))
	text := must[[]byte](h.t)(doc.ToBytes(false))
	h.Files[name(doc.Signed.Version)] = text
	h.pulse(func(s *metadata.TimestampType) { s.Meta["snapshot.json"] = metaOf(doc.Signed.Version, text) })
}

// insert puts a document and its file where a version of a role is looked for,
// and says so in the snapshot.
func (h *hub) insert(role trust.Role, version int64, p trust.Proposal) {
	h.t.Helper()
	h.Files[fmt.Sprintf("metadata/%d.%s.json", version, role)] = p.Document
	h.Files[fmt.Sprintf("targets/%x.%s.json", sha256.Sum256(p.Target), role)] = p.Target
	h.snapshot(func(meta map[string]*metadata.MetaFiles) { meta[string(role)+".json"] = metaOf(version, p.Document) })
}

// goTUF is go-tuf's client alone, without anything of ours: what it accepts
// and a Client refuses is refused by a guard of ours. local is a client's
// state to begin with.
func goTUF(t testing.TB, from trust.Fetcher, root []byte, local map[string][]byte, now time.Time) (rosterText []byte, err error) {
	t.Helper()
	dir := t.TempDir()
	cfg := must[*config.UpdaterConfig](t)(config.New("x:/", root))
	cfg.RemoteMetadataURL, cfg.RemoteTargetsURL = "x:/metadata", "x:/targets"
	cfg.LocalMetadataDir, cfg.LocalTargetsDir = filepath.Join(dir, "metadata"), filepath.Join(dir, "targets")
	cfg.Fetcher = plain{t.Context(), from}
	if err := os.MkdirAll(cfg.LocalMetadataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range local {
		if file, ok := strings.CutPrefix(name, "metadata/"); ok {
			if err := os.WriteFile(filepath.Join(cfg.LocalMetadataDir, file), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if local != nil {
		cfg.LocalTrustedRoot = local["metadata/root.json"]
	}
	u := must[*updater.Updater](t)(updater.New(cfg))
	u.UnsafeSetRefTime(now)
	if err := u.Refresh(); err != nil {
		return nil, err
	}
	info, err := u.GetTargetInfo("roster.json")
	if err != nil {
		return nil, err
	}
	_, text, err := u.DownloadTarget(info, filepath.Join(dir, "roster"), "")
	return text, err
}

type plain struct {
	ctx  context.Context
	from trust.Fetcher
}

func (p plain) DownloadFile(address string, limit int64, _ time.Duration) ([]byte, error) {
	text, err := p.from.Fetch(p.ctx, strings.TrimPrefix(address, "x:/"), limit)
	if errors.Is(err, trust.ErrAbsent) {
		return nil, &metadata.ErrDownloadHTTP{StatusCode: 404}
	}
	return text, err
}

// accepted says that go-tuf alone takes what a Client refused.
func accepted(t testing.TB, from trust.Fetcher, root []byte, local map[string][]byte, now time.Time) []byte {
	t.Helper()
	text, err := goTUF(t, from, root, local, now)
	if err != nil {
		t.Errorf("go-tuf alone refuses it too: %v", err)
	}
	return text
}

func TestAnOlderTimestampIsRefused(t *testing.T) {
	w := newWorld(t, 2, 3)
	old := w.hostile()
	w.later(time.Hour)
	n := w.node()
	w.refresh(n, w.registry)
	w.refused(n, old, trust.ErrRollback)
	w.refresh(w.node(), old) // who has seen nothing is none the wiser
}

// A hub that was set back within the second it last signed in numbers its next
// timestamp like one that was seen.
func TestTwoTimestampsOfOneNumberAreRefused(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	w.refresh(n, w.registry)
	other := w.hostile()
	other.pulse(func(s *metadata.TimestampType) { s.Version--; s.Expires = s.Expires.Add(-time.Second) })
	w.refused(n, other, trust.ErrRollback)
	accepted(t, other, n.store.state["metadata/root.json"], n.store.state, w.now)
	w.refresh(n, w.registry) // the one that was seen may be seen again
}

func TestAnOlderRosterIsRefusedUnderANewTimestamp(t *testing.T) {
	w := newWorld(t, 2, 3)
	old := w.hostile()
	w.publish(w.roster(2, 2))
	n := w.node()
	w.refresh(n, w.registry)
	w.now = w.now.Add(time.Hour)
	if err := trust.NewRepository(old, w.online, policyFits).Renew(t.Context(), w.now); err != nil {
		t.Fatal(err)
	}
	w.refused(n, old, trust.ErrRollback)
	if v := w.refresh(w.node(), old); v.RosterEdition.Version != 1 {
		t.Error("the old roster is not what was served")
	}
}

// TestAnOlderRosterIsRefusedUnderANewHubKey: with a new key for snapshot and
// timestamp TUF forgets what it saw, by design; the chain does not.
func TestAnOlderRosterIsRefusedUnderANewHubKey(t *testing.T) {
	w := newWorld(t, 2, 3)
	old := w.hostile()
	w.publish(w.roster(2, 2))
	n := w.node()
	w.refresh(n, w.registry)
	w.rekey(key(81))
	for name, keepChain := range map[string]bool{"the chain cut": false, "the chain whole": true} {
		h := &hub{t, old.Copied(), key(81)}
		for _, file := range []string{"metadata/2.root.json", "metadata/2.targets.json"} {
			h.Files[file] = w.blobs.Files[file]
		}
		head := timestampOf(t, h.blobs).UnrecognizedFields["chain"]
		if keepChain {
			h.Files["chain/0.jsonl"] = w.blobs.Files["chain/0.jsonl"]
			head = timestampOf(t, w.blobs).UnrecognizedFields["chain"]
		}
		h.snapshot(func(meta map[string]*metadata.MetaFiles) {
			meta["targets.json"] = metaOf(2, h.Files["metadata/2.targets.json"])
		})
		h.pulse(func(s *metadata.TimestampType) { s.UnrecognizedFields["chain"] = head })
		t.Run(name, func(t *testing.T) {
			w.refused(n, h, trust.ErrChain)
			if text := accepted(t, h, nil, n.store.state, w.now); string(text) != string(rosterText(t, snapshot(w.charter.Network, 1, 3))) {
				t.Error("go-tuf was not rolled back")
			}
		})
	}
}

func timestampOf(t testing.TB, b *blobs) metadata.TimestampType {
	t.Helper()
	return must[*metadata.Metadata[metadata.TimestampType]](t)(metadata.Timestamp().FromBytes(b.Files["metadata/timestamp.json"])).Signed
}

// rekey gives the hub another key, by root 2.
func (w *world) rekey(k jose.PrivateKey) {
	w.t.Helper()
	next := w.charter
	next.Online = k.Public()
	root, targets := w.rotation(next)
	root = w.sign(root, w.root(), w.enough()...)
	targets = w.sign(targets, root.Document, w.enough()...)
	w.registry = trust.NewRepository(w.blobs, k, policyFits)
	w.charter, w.online = next, k
	w.publish(root, targets)
}

func (w *world) rotation(next trust.Charter) (root, targets trust.Proposal) {
	w.t.Helper()
	root, targets, err := trust.Rotate(w.root(), w.current[trust.RoleTargets].Document, next, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return root, targets
}

func TestAFrozenHubIsNoticedWithinADay(t *testing.T) {
	w := newWorld(t, 2, 3)
	n, frozen := w.node(), w.hostile()
	w.refresh(n, frozen)
	w.now = w.now.Add(24 * time.Hour)
	w.refresh(n, frozen)
	w.now = w.now.Add(time.Second)
	w.refused(n, frozen, trust.ErrExpired)
	w.refused(w.node(), frozen, trust.ErrExpired)
}

// TestAHubCannotBuyTimeByALaterExpiry: TUF lets the online key choose.
func TestAHubCannotBuyTimeByALaterExpiry(t *testing.T) {
	w := newWorld(t, 2, 3)
	h := w.hostile()
	h.pulse(func(s *metadata.TimestampType) { s.Expires = s.Expires.AddDate(1, 0, 0) })
	w.now = w.now.AddDate(0, 0, 20)
	w.refused(w.node(), h, trust.ErrMalformed)
	accepted(t, h, w.root(), nil, w.now)
}

func TestATimeAheadOfTheClockIsRefusedAndTold(t *testing.T) {
	w := newWorld(t, 2, 3)
	w.later(11 * time.Minute)
	signed := w.now
	w.now = w.now.Add(-11 * time.Minute)
	n := w.node()
	w.refused(n, w.registry, trust.ErrAhead)
	_, err := n.Refresh(t.Context(), w.registry, w.now)
	var ahead *trust.AheadError
	if !errors.As(err, &ahead) || ahead.Signed != signed.Unix() {
		t.Errorf("%v", err)
	}
	accepted(t, w.registry, w.root(), nil, w.now)
	w.now = w.now.Add(time.Minute)
	w.refresh(n, w.registry)
}

// TestPartsOfTwoStatesAreRefused: stewards signed two texts of one version;
// one was published.
func TestPartsOfTwoStatesAreRefused(t *testing.T) {
	w := newWorld(t, 2, 3)
	other := w.roster(2, 3)
	w.publish(w.roster(2, 2))
	h := w.hostile()
	h.Files["metadata/2.roster.json"] = other.Document
	w.refused(w.node(), h, trust.ErrMix)

	// The hub signs a snapshot for it, and another for everybody else.
	h.insert(trust.RoleRoster, 2, other)
	w.refused(w.node(), h, trust.ErrChain)
	if text := accepted(t, h, w.root(), nil, w.now); string(text) != string(other.Target) {
		t.Error("go-tuf was not shown the other text")
	}
}

func TestASwappedFileIsRefused(t *testing.T) {
	w := newWorld(t, 2, 3)
	h := w.hostile()
	for name, text := range h.Files {
		if strings.HasSuffix(name, ".roster.json") && strings.HasPrefix(name, "targets/") {
			h.Files[name] = []byte(strings.Replace(string(text), "active", "actave", 1))
		}
	}
	w.refused(w.node(), h, trust.ErrMix)
	w.refresh(w.node(), w.registry)
}

func TestFewerThanEnoughSignaturesAreNone(t *testing.T) {
	w := newWorld(t, 3, 5)
	lower := foundWorld(t, trust.Charter{Network: w.charter.Network, Threshold: 2}, 5)
	for i := range 5 {
		for j := range i {
			few := w.propose(trust.RoleRoster, rosterText(t, snapshot(w.charter.Network, 2, 2)), w.keys[i], w.keys[j])
			if err := w.registry.Publish(t.Context(), w.now, few); !errors.Is(err, trust.ErrThreshold) {
				t.Errorf("published with %d and %d: %v", i, j, err)
			}
			h := w.hostile()
			h.insert(trust.RoleRoster, 2, few)
			w.refused(w.node(), h, trust.ErrThreshold)
			// Where two are enough, the same document is taken.
			if err := trust.NewRepository(lower.blobs.Copied(), lower.online, policyFits).Publish(t.Context(), w.now, few); err != nil {
				t.Errorf("%d and %d where two suffice: %v", i, j, err)
			}
		}
	}
}

// TestTwoKeysOfOneAgencyAreRefused: TUF counts keys, we count agencies.
func TestTwoKeysOfOneAgencyAreRefused(t *testing.T) {
	w := newWorld(t, 2, 3)
	twice := w.charter
	twice.Stewards = slices.Clone(twice.Stewards)
	twice.Stewards[1].Agency = twice.Stewards[0].Agency
	if _, _, err := trust.Found(twice, w.now); !errors.Is(err, trust.ErrThreshold) {
		t.Errorf("founded: %v", err)
	}
	h := w.hostile()
	root := must[*metadata.Metadata[metadata.RootType]](t)(metadata.Root().FromBytes(w.root()))
	for _, k := range root.Signed.Keys {
		if k.UnrecognizedFields["agency"] != nil {
			k.UnrecognizedFields["agency"] = string(agency(1))
		}
	}
	root.Signatures = nil
	for _, k := range w.keys {
		must[*metadata.Signature](t)(root.Sign(signer(k)))
	}
	h.Files["metadata/1.root.json"] = must[[]byte](t)(root.ToBytes(false))
	n := w.node()
	n.Client = trust.NewClient(n.store, trust.Pin(h.Files["metadata/1.root.json"]), n.dir)
	w.refused(n, h, trust.ErrThreshold)
	accepted(t, h, h.Files["metadata/1.root.json"], nil, w.now)
}

func TestARevokedStewardCountsNoMore(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	w.refresh(n, w.registry)
	by := w.propose(trust.RoleRoster, rosterText(t, snapshot(w.charter.Network, 2, 2)), w.keys[0], w.keys[2])
	before := w.blobs.Copied()
	next := w.charter
	next.Stewards = slices.Clone(next.Stewards)
	next.Stewards[2] = trust.Steward{Agency: agency(4), Key: key(4).Public()}
	root, targets := w.rotation(next)
	root = w.sign(root, w.root(), w.keys[0], w.keys[1])
	targets = w.sign(targets, root.Document, w.keys[0], key(4))
	w.publish(root, targets)
	if err := w.registry.Publish(t.Context(), w.now, by); !errors.Is(err, trust.ErrThreshold) {
		t.Errorf("published: %v", err)
	}
	h := w.hostile()
	h.insert(trust.RoleRoster, 2, by)
	w.refused(n, h, trust.ErrThreshold)
	w.refused(w.node(), h, trust.ErrThreshold)
	if v := w.refresh(n, w.registry); v.Root != 2 || v.Stewards[2].Agency == agency(3) && v.Stewards[1].Agency == agency(3) {
		t.Errorf("the new root: %+v", v.Stewards)
	}
	if err := trust.NewRepository(before, w.online, policyFits).Publish(t.Context(), w.now, by); err != nil {
		t.Errorf("before the new root: %v", err)
	}
}

func TestARevokedHubKeySignsNoMore(t *testing.T) {
	w := newWorld(t, 2, 3)
	n, stolen := w.node(), w.online
	w.refresh(n, w.registry)
	w.rekey(key(81))
	h := w.hostile()
	h.key = stolen
	h.snapshot(func(map[string]*metadata.MetaFiles) {})
	w.refused(n, h, trust.ErrThreshold)
	if v := w.refresh(n, w.registry); v.Root != 2 {
		t.Errorf("root %d", v.Root)
	}
	w.refused(n, h, trust.ErrThreshold)
	h.key = key(81)
	h.snapshot(func(map[string]*metadata.MetaFiles) {})
	w.refresh(n, h)
}

func TestEndlessDataIsRefused(t *testing.T) {
	w := newWorld(t, 2, 3)
	w.publish(w.brake(0, trust.Brake{Suspend: []posada.AgencyID{agency(2)}, Until: w.now.Add(time.Hour).Unix()}))
	asked := &recorder{Fetcher: w.registry}
	w.refresh(w.node(), asked)
	if len(asked.names) != 12 {
		t.Errorf("a first refresh asks for %v", asked.names)
	}
	for _, name := range asked.names {
		w.refused(w.node(), endless{w.registry, name}, trust.ErrTooLarge)
	}
}

// recorder keeps the names that were asked for.
type recorder struct {
	trust.Fetcher
	names []string
	least int64 // limit
}

func (r *recorder) Fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	r.names = append(r.names, name)
	if r.least == 0 || limit < r.least {
		r.least = limit
	}
	return r.Fetcher.Fetch(ctx, name, limit)
}

// endless serves one file without an end: always a byte more than was asked.
type endless struct {
	trust.Fetcher
	name string
}

func (e endless) Fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	if name == e.name {
		return make([]byte, limit+1), nil
	}
	return e.Fetcher.Fetch(ctx, name, limit)
}

func TestAnotherNetworkIsRefused(t *testing.T) {
	w := newWorld(t, 2, 3)
	other := foundWorld(t, trust.Charter{Network: "aaaaaaaaaaaaaaaaaaaaaaaaaa", Practice: true, Threshold: 2}, 3)
	w.refused(w.node(), other.registry, trust.ErrNetwork)
	n := w.node()
	w.refresh(n, w.registry)
	other.later(time.Minute)
	w.now = other.now
	w.refused(n, other.registry, trust.ErrNetwork)

	// The same stewards exercise in a practice network; the hub takes what
	// they signed there for the real one.
	exercise := other.roster(2, 4)
	h := w.hostile()
	h.insert(trust.RoleRoster, 2, exercise)
	w.refused(w.node(), h, trust.ErrNetwork)
	if text := accepted(t, h, w.root(), nil, w.now); string(text) != string(exercise.Target) {
		t.Error("go-tuf was not shown the exercise")
	}
	if err := w.registry.Publish(t.Context(), w.now, exercise); !errors.Is(err, trust.ErrNetwork) {
		t.Errorf("published: %v", err)
	}
}

// TestADocumentOfOneRoleIsNotTakenForAnother: the same keys sign both.
func TestADocumentOfOneRoleIsNotTakenForAnother(t *testing.T) {
	w := newWorld(t, 2, 3)
	p := w.propose(trust.RolePolicy, policyText(2, "second"))
	h := w.hostile()
	h.insert(trust.RoleRoster, 2, p)
	if _, err := w.node().Refresh(t.Context(), h, w.now); err == nil {
		t.Error("a policy was taken for a roster")
	}

	// Stewards who sign with another tool a text that fits two roles.
	doc := must[*metadata.Metadata[metadata.TargetsType]](t)(metadata.Targets().FromBytes(w.roster(2, 2).Document))
	doc.Signed.UnrecognizedFields["role"] = "packs"
	doc.Signatures = nil
	for _, k := range w.keys {
		must[*metadata.Signature](t)(doc.Sign(signer(k)))
	}
	p = trust.Proposal{Document: must[[]byte](t)(doc.ToBytes(false)), Target: w.roster(2, 2).Target}
	h = w.hostile()
	h.insert(trust.RoleRoster, 2, p)
	w.refused(w.node(), h, trust.ErrMalformed)
	accepted(t, h, w.root(), nil, w.now)
}

// TestNobodyIsAskedForLessThanNothing: a hub may sign any length.
func TestNobodyIsAskedForLessThanNothing(t *testing.T) {
	w := newWorld(t, 2, 3)
	h := w.hostile()
	h.snapshot(func(meta map[string]*metadata.MetaFiles) { meta["roster.json"].Length = -1 })
	asked := &recorder{Fetcher: h}
	w.refused(w.node(), asked, trust.ErrTooLarge)
	if asked.least < 1 {
		t.Errorf("asked for %d bytes", asked.least)
	}
}

// TestNullsStopNobody: go-tuf follows what a null leaves empty, partly before
// it has checked a signature.
func TestNullsStopNobody(t *testing.T) {
	w := newWorld(t, 2, 3)
	for name, change := range map[string]func(*hub){
		"a timestamp of nothing": func(h *hub) {
			h.pulse(func(s *metadata.TimestampType) { s.Meta = map[string]*metadata.MetaFiles{} })
		},
		"a snapshot of null": func(h *hub) {
			h.pulse(func(s *metadata.TimestampType) { s.Meta["snapshot.json"] = nil })
		},
		"a file of null, signed by nobody": func(h *hub) {
			h.insert(trust.RoleRoster, 2, trust.Proposal{Document: []byte(`{"signed":{"_type":"targets","targets":{"x":null}},"signatures":[]}`)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := w.hostile()
			change(h)
			w.refused(w.node(), h, trust.ErrMalformed)
			defer func() {
				if recover() == nil {
					t.Error("go-tuf has been mended: the guard may go")
				}
			}()
			_, _ = goTUF(t, h, w.root(), nil, w.now)
		})
	}
}

// TestDelegationsFollowFromTheRoot: m stewards, with another tool, cannot make
// it fewer than m, nor put a file above the roster.
func TestDelegationsFollowFromTheRoot(t *testing.T) {
	w := newWorld(t, 2, 3)
	for name, change := range map[string]func(*metadata.TargetsType){
		"one signs the roster": func(s *metadata.TargetsType) { s.Delegations.Roles[0].Threshold = 1 },
		"a file at the top": func(s *metadata.TargetsType) {
			s.Targets["roster.json"] = must[*metadata.TargetFiles](t)(metadata.TargetFile().FromBytes("roster.json", w.current[trust.RoleRoster].Target))
		},
		"another network": func(s *metadata.TargetsType) { s.UnrecognizedFields["network"] = string(agency(91)) },
	} {
		t.Run(name, func(t *testing.T) {
			doc := must[*metadata.Metadata[metadata.TargetsType]](t)(metadata.Targets().FromBytes(w.current[trust.RoleTargets].Document))
			doc.Signed.Version = 2
			change(&doc.Signed)
			doc.Signatures = nil
			for _, k := range w.keys {
				must[*metadata.Signature](t)(doc.Sign(signer(k)))
			}
			p := trust.Proposal{Document: must[[]byte](t)(doc.ToBytes(false))}
			want := trust.ErrMix
			if name == "another network" {
				want = trust.ErrNetwork
			}
			if err := w.registry.Publish(t.Context(), w.now, p); !errors.Is(err, want) {
				t.Errorf("published: %v", err)
			}
			h := w.hostile()
			h.Files["metadata/2.targets.json"] = p.Document
			h.snapshot(func(meta map[string]*metadata.MetaFiles) { meta["targets.json"] = metaOf(2, p.Document) })
			w.refused(w.node(), h, want)
			accepted(t, h, w.root(), nil, w.now)
		})
	}
}

// TestARootIsTheOneItsCharterMakes: whoever founds a network with another tool
// cannot put one steward, or a stranger, where m belong.
func TestARootIsTheOneItsCharterMakes(t *testing.T) {
	w := newWorld(t, 2, 3)
	stranger := must[*metadata.Key](t)(metadata.KeyFromPublicKey(ed25519.NewKeyFromSeed(key(77).Seed()).Public()))
	for name, change := range map[string]func(*metadata.RootType){
		"one signs the targets":        func(s *metadata.RootType) { s.Roles["targets"].Threshold = 1 },
		"a stranger signs the targets": func(s *metadata.RootType) { _ = s.AddKey(stranger, "targets") },
		"a stranger signs snapshots":   func(s *metadata.RootType) { _ = s.AddKey(stranger, "snapshot") },
		"something unknown":            func(s *metadata.RootType) { s.UnrecognizedFields["run"] = "x" },
		"something unknown of a role":  func(s *metadata.RootType) { s.Roles["root"].UnrecognizedFields = map[string]any{"run": "x"} },
	} {
		t.Run(name, func(t *testing.T) {
			doc := must[*metadata.Metadata[metadata.RootType]](t)(metadata.Root().FromBytes(w.root()))
			change(&doc.Signed)
			doc.Signatures = nil
			for _, k := range w.keys {
				must[*metadata.Signature](t)(doc.Sign(signer(k)))
			}
			h := w.hostile()
			root := must[[]byte](t)(doc.ToBytes(false))
			h.Files["metadata/1.root.json"] = root
			n := w.node()
			n.Client = trust.NewClient(n.store, trust.Pin(root), n.dir)
			w.refused(n, h, trust.ErrMalformed)
			accepted(t, h, root, nil, w.now)
		})
	}
}
