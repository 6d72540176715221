package trust_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

var start = time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)

func raw(n byte) [16]byte { return [16]byte(bytes.Repeat([]byte{n}, 16)) }

func agency(n byte) posada.AgencyID { return posada.IDFrom[posada.AgencyID](raw(n)) }

func key(n byte) jose.PrivateKey {
	k, err := jose.KeyFromSeed([32]byte(bytes.Repeat([]byte{n}, 32)))
	if err != nil {
		panic(err)
	}
	return k
}

// blobs is a registry's store in memory.
type blobs = invented.Blobs

// store is a client's state in memory.
type store struct {
	state map[string][]byte
	saves int
}

func (s *store) Load(context.Context) (map[string][]byte, error) { return maps.Clone(s.state), nil }

func (s *store) Save(_ context.Context, state map[string][]byte) error {
	s.state, s.saves = maps.Clone(state), s.saves+1
	return nil
}

// world is a network: stewards 1..n, of agencies 1..n, and a hub.
type world struct {
	t        testing.TB
	charter  trust.Charter
	keys     []jose.PrivateKey
	online   jose.PrivateKey
	blobs    *blobs
	registry *trust.Repository
	current  map[trust.Role]trust.Proposal
	now      time.Time
	pin      string
}

func stewards(from, n byte) (list []trust.Steward, keys []jose.PrivateKey) {
	for i := from; i < from+n; i++ {
		list = append(list, trust.Steward{Agency: agency(i), Key: key(i).Public()})
		keys = append(keys, key(i))
	}
	return list, keys
}

func fits(version uint64, text []byte) error {
	var p struct{ Version uint64 }
	if err := json.Unmarshal(text, &p); err != nil || p.Version != version {
		return fmt.Errorf("no policy of version %d", version)
	}
	return nil
}

// policyFits is what the registry of a world is told of its policies: one is
// wider than another if its word is longer.
var policyFits = trust.Policy{Fits: fits, Wider: func(old, next []byte) bool { return len(next) > len(old) }}

func policyText(version uint64, word string) []byte {
	return fmt.Appendf(nil, `{"version":%d,"word":%q}`, version, word)
}

// snapshot is a roster of n members.
func snapshot(network posada.NetworkID, version uint64, n byte) roster.Snapshot {
	s := roster.Snapshot{Network: network, Version: version, Hub: roster.Hub{Operator: "Invented Hub", Receipt: key(99).Public()}}
	for i := byte(1); i <= n; i++ {
		s.Agencies = append(s.Agencies, roster.Agency{
			ID: agency(i), Class: posada.ClassNGO, Standing: posada.StandingActive, Mailbox: raw(100 + i),
			Identity: key(100 + i).Public(),
		})
		if i > 2 {
			s.Agencies[i-1].Sponsors = [2]posada.AgencyID{agency(1), agency(2)}
		}
	}
	return s
}

func rosterText(t testing.TB, s roster.Snapshot) []byte {
	t.Helper()
	text, err := roster.Write(s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// newWorld founds a network of n stewards, m of whom must sign, with a roster
// of three members and a policy.
func newWorld(t testing.TB, m int, n byte) *world {
	t.Helper()
	return foundWorld(t, trust.Charter{Network: posada.NetworkID(agency(90)), Threshold: m}, n)
}

func foundWorld(t testing.TB, c trust.Charter, n byte) *world {
	t.Helper()
	w := &world{t: t, charter: c, online: key(80), now: start, current: map[trust.Role]trust.Proposal{}}
	w.charter.Stewards, w.keys = stewards(1, n)
	w.charter.Online = w.online.Public()
	w.blobs = invented.NewBlobs()
	w.registry = trust.NewRepository(w.blobs, w.online, policyFits)
	root, targets, err := trust.Found(w.charter, w.now)
	if err != nil {
		t.Fatal(err)
	}
	root = w.sign(root, root.Document, w.enough()...)
	targets = w.sign(targets, root.Document, w.enough()...)
	w.current[trust.RoleRoot], w.current[trust.RoleTargets] = root, targets
	w.pin = trust.Pin(root.Document)
	w.publish(root, targets,
		w.propose(trust.RoleRoster, rosterText(t, snapshot(c.Network, 1, 3))),
		w.propose(trust.RolePolicy, policyText(1, "first")))
	return w
}

func (w *world) enough() []jose.PrivateKey { return w.keys[:w.charter.Threshold] }

func (w *world) root() []byte { return w.current[trust.RoleRoot].Document }

// sign has keys sign, each on a copy of its own, and merges what comes back.
func (w *world) sign(p trust.Proposal, root []byte, keys ...jose.PrivateKey) trust.Proposal {
	w.t.Helper()
	all := p
	for _, k := range keys {
		signed, err := trust.Sign(p, root, k)
		if err != nil {
			w.t.Fatal(err)
		}
		if all, err = trust.Merge(root, all, signed); err != nil {
			w.t.Fatal(err)
		}
	}
	return all
}

// propose writes the next version of a role, signed by enough or by keys.
func (w *world) propose(role trust.Role, target []byte, keys ...jose.PrivateKey) trust.Proposal {
	w.t.Helper()
	p, err := trust.Propose(w.root(), role, w.current[role].Document, target, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	if keys == nil {
		keys = w.enough()
	}
	return w.sign(p, w.root(), keys...)
}

func (w *world) brakeRole(i int) trust.Role {
	return must[trust.Role](w.t)(trust.BrakeRole(w.charter.Stewards[i]))
}

// brake is a signed brake of steward i.
func (w *world) brake(i int, b trust.Brake) trust.Proposal {
	w.t.Helper()
	p, err := trust.ProposeBrake(w.root(), w.charter.Stewards[i], w.current[w.brakeRole(i)].Document, b, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.sign(p, w.root(), w.keys[i])
}

func (w *world) publish(proposals ...trust.Proposal) {
	w.t.Helper()
	if err := w.registry.Publish(w.t.Context(), w.now, proposals...); err != nil {
		w.t.Fatal(err)
	}
	for _, p := range proposals {
		w.current[w.roleOf(p)] = p
	}
}

func (w *world) roleOf(p trust.Proposal) trust.Role {
	w.t.Helper()
	var doc struct {
		Signed struct{ Role trust.Role }
	}
	if err := json.Unmarshal(p.Document, &doc); err != nil {
		w.t.Fatal(err)
	}
	return doc.Signed.Role
}

func (w *world) roster(version uint64, n byte) trust.Proposal {
	w.t.Helper()
	return w.propose(trust.RoleRoster, rosterText(w.t, snapshot(w.charter.Network, version, n)))
}

func (w *world) later(d time.Duration) {
	w.t.Helper()
	w.now = w.now.Add(d)
	if err := w.registry.Renew(w.t.Context(), w.now); err != nil {
		w.t.Fatal(err)
	}
}

// node is a client of its own, with its state.
type node struct {
	*trust.Client
	store *store
	dir   string
}

func (w *world) node() *node {
	s, dir := &store{}, w.t.TempDir()
	return &node{trust.NewClient(s, w.pin, dir), s, dir}
}

func (w *world) refresh(n *node, from trust.Fetcher) trust.View {
	w.t.Helper()
	v, err := n.Refresh(w.t.Context(), from, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}
