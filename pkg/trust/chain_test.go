package trust_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
)

// TestAChainThatIsNotTheOneFollowedIsRefused: each of these a hub can sign,
// and go-tuf alone takes.
func TestAChainThatIsNotTheOneFollowedIsRefused(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	w.publish(w.roster(2, 2))
	w.refresh(n, w.registry)
	w.publish(w.roster(3, 3), w.propose(trust.RolePolicy, policyText(2, "second")))
	page := func(h *hub, change func(lines []string) []string) {
		lines := strings.Split(strings.TrimSuffix(string(h.Files["chain/0.jsonl"]), "\n"), "\n")
		h.Files["chain/0.jsonl"] = []byte(strings.Join(change(lines), "\n") + "\n")
	}
	head := func(h *hub, length uint64, hash string) {
		h.pulse(func(s *metadata.TimestampType) {
			chain := maps.Clone(s.UnrecognizedFields["chain"].(map[string]any))
			if length > 0 {
				chain["length"] = length
			}
			if hash != "" {
				chain["hash"] = hash
			}
			s.UnrecognizedFields["chain"] = chain
		})
	}
	for name, attack := range map[string]func(*hub){
		"shortened":         func(h *hub) { head(h, 2, "") },
		"of nothing":        func(h *hub) { head(h, 3, strings.Repeat("0", 64)) },
		"another head":      func(h *hub) { head(h, 0, strings.Repeat("0", 64)) },
		"longer than it is": func(h *hub) { head(h, 9, "") },
		"without its page":  func(h *hub) { delete(h.Files, "chain/0.jsonl") },
		"an entry left out": func(h *hub) { page(h, func(l []string) []string { return slices.Delete(l, 3, 4) }) },
		"entries exchanged": func(h *hub) { page(h, func(l []string) []string { l[3], l[4] = l[4], l[3]; return l }) },
		"an entry changed": func(h *hub) {
			page(h, func(l []string) []string { l[4] = strings.Replace(l[4], `"time":`, `"time":1`, 1); return l })
		},
		"an entry of no role": func(h *hub) {
			page(h, func(l []string) []string { l[4] = strings.Replace(l[4], `"roster"`, `"root"`, 1); return l })
		},
		"an entry with spaces": func(h *hub) {
			page(h, func(l []string) []string { l[4] = strings.Replace(l[4], `,`, `, `, 1); return l })
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := w.hostile()
			attack(h)
			w.refused(n, h, trust.ErrChain)
			accepted(t, h, w.root(), n.store.state, w.now)
		})
	}
	w.refresh(n, w.registry)
}

// TestAChainThatAddsUpIsNotEnough: a hub writes entries to its liking, hashes
// them correctly and signs the head.
func TestAChainThatAddsUpIsNotEnough(t *testing.T) {
	w := newWorld(t, 2, 3)
	n := w.node()
	w.refresh(n, w.registry)
	next := func(e *trust.Entry) {}
	for name, c := range map[string]struct {
		first, second func(*trust.Entry)
		want          error
	}{
		"two that are good":      {next, next, nil},
		"an index left out":      {next, func(e *trust.Entry) { e.Index++ }, trust.ErrChain},
		"an index twice":         {next, func(e *trust.Entry) { e.Index-- }, trust.ErrChain},
		"another beginning":      {func(e *trust.Entry) { e.Previous = strings.Repeat("0", 64) }, next, trust.ErrChain},
		"another way on":         {next, func(e *trust.Entry) { e.Previous = strings.Repeat("0", 64) }, trust.ErrChain},
		"a version twice":        {next, func(e *trust.Entry) { e.Version = 1 }, trust.ErrChain},
		"a version of nothing":   {func(e *trust.Entry) { e.Version = 0 }, next, trust.ErrChain},
		"a role of the hub's":    {next, func(e *trust.Entry) { e.Role = trust.RoleSnapshot }, trust.ErrChain},
		"a digest that is short": {next, func(e *trust.Entry) { e.Digest = "00" }, trust.ErrChain},
	} {
		t.Run(name, func(t *testing.T) {
			h := w.hostile()
			head := timestampOf(t, h.blobs).UnrecognizedFields["chain"].(map[string]any)["hash"].(string)
			length := uint64(2)
			for i, change := range []func(*trust.Entry){c.first, c.second} {
				e := trust.Entry{Index: length + 1, Previous: head, Role: trust.RolePacks, Version: uint64(i + 1), Digest: strings.Repeat("ab", 32), Time: 1}
				change(&e)
				line := must[[]byte](t)(jose.Marshal(e))
				h.Files["chain/0.jsonl"] = slices.Concat(h.Files["chain/0.jsonl"], line, []byte("\n"))
				head, length = fmt.Sprintf("%x", sha256.Sum256(append([]byte("posada/chain/v1\n"), line...))), e.Index
			}
			h.pulse(func(s *metadata.TimestampType) {
				s.UnrecognizedFields["chain"] = map[string]any{"length": length, "hash": head}
			})
			if c.want != nil {
				w.refused(n, h, c.want)
			} else {
				w.refresh(&node{trust.NewClient(&store{state: maps.Clone(n.store.state)}, w.pin, n.dir), nil, ""}, h)
			}
		})
	}
}

// TestTwoNodesCannotBeShownTwoHistories: a hub publishes one history to one
// node and another to another; whoever saw the one refuses the other.
func TestTwoNodesCannotBeShownTwoHistories(t *testing.T) {
	w := newWorld(t, 2, 3)
	one, two := w.roster(2, 2), w.roster(2, 3)
	fork := w.hostile()
	w.publish(one)
	n := w.node()
	w.refresh(n, w.registry)
	other := trust.NewRepository(fork, w.online, policyFits)
	w.now = w.now.Add(time.Minute)
	if err := other.Publish(t.Context(), w.now, two); err != nil {
		t.Fatal(err)
	}
	w.refused(n, fork, trust.ErrChain)
	late := w.node()
	w.refresh(late, fork)

	// The other history goes on, and is the longer one.
	w.current[trust.RoleRoster] = two
	if err := other.Publish(t.Context(), w.now, w.roster(3, 3)); err != nil {
		t.Fatal(err)
	}
	w.refused(n, fork, trust.ErrChain)
	w.refresh(late, fork)
}

func TestALongChainIsFollowedInPages(t *testing.T) {
	w := foundWorld(t, trust.Charter{Network: posada.NetworkID(agency(90)), Practice: true, Threshold: 1}, 1)
	early := w.node()
	w.refresh(early, w.registry)
	for v := uint64(2); v <= 300; v++ {
		w.publish(w.roster(v, 2))
		if v == 126 || v == 127 || v == 128 || v == 257 {
			w.refresh(early, w.registry)
		}
	}
	last, late := w.refresh(early, w.registry), w.refresh(w.node(), w.registry)
	if last.Chain != late.Chain || last.Chain.Length != 301 {
		t.Errorf("%v and %v", last.Chain, late.Chain)
	}
	if n := bytes.Count(w.blobs.Files["chain/1.jsonl"], []byte("\n")); n != 128 {
		t.Errorf("the second page has %d entries", n)
	}
}

// FuzzReadEntry: an entry has one text.
func FuzzReadEntry(f *testing.F) {
	f.Add([]byte(`{"digest":"` + strings.Repeat("a", 64) + `","index":1,"previous":"","role":"roster","time":1,"version":1}`))
	f.Add([]byte(`{"index":0}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := trust.ReadEntry(text)
		if err != nil {
			return
		}
		if again, err := jose.Marshal(e); err != nil || !bytes.Equal(again, text) {
			t.Errorf("%q was read and is written %q: %v", text, again, err)
		}
	})
}

// FuzzReadBrake: a brake has one text.
func FuzzReadBrake(f *testing.F) {
	text, err := trust.Brake{
		Suspend: []posada.AgencyID{agency(1)}, Object: []string{strings.Repeat("ab", 32)}, Until: 1,
		Never: []matrix.Cell{{Class: posada.ClassNGO, Purpose: posada.PurposeShelter, Category: posada.CategoryNeeds}},
	}.Write()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"suspend":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := trust.ReadBrake(text)
		if err != nil {
			return
		}
		if again, err := b.Write(); err != nil || !bytes.Equal(again, text) {
			t.Errorf("%q was read and is written %q: %v", text, again, err)
		}
	})
}
