package trust_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
)

// lose is a hub that lost its store and began again with what the network was
// founded with.
func (w *world) lose(founding map[trust.Role]trust.Proposal) {
	w.t.Helper()
	w.blobs = invented.NewBlobs()
	w.registry = trust.NewRepository(w.blobs, w.online, policyFits)
	err := w.registry.Publish(w.t.Context(), w.now, founding[trust.RoleRoot], founding[trust.RoleTargets], founding[trust.RoleRoster], founding[trust.RolePolicy])
	if err != nil {
		w.t.Fatal(err)
	}
}

func (n *node) files(t testing.TB) map[string][]byte {
	t.Helper()
	return must[map[string][]byte](t)(n.Files(t.Context()))
}

func (w *world) restore(files map[string][]byte) {
	w.t.Helper()
	if err := w.registry.Lacks(w.t.Context(), files[trust.PulseName], w.now); err != nil {
		w.t.Fatal(err)
	}
	if err := w.registry.Restore(w.t.Context(), files, w.now); err != nil {
		w.t.Fatal(err)
	}
}

// turnover publishes a root of the same stewards, so that there is more than
// one.
func (w *world) turnover() {
	w.t.Helper()
	root, targets := w.rotation(w.charter)
	root = w.sign(root, w.root(), w.enough()...)
	w.publish(root, w.sign(targets, root.Document, w.enough()...))
}

// TestALostHubIsGivenBack: whatever was lost, one member that saw it is enough
// for all (T8).
func TestALostHubIsGivenBack(t *testing.T) {
	for name, lost := range map[string]func(w *world, founding map[trust.Role]trust.Proposal, backup *blobs){
		"all of it": func(w *world, founding map[trust.Role]trust.Proposal, _ *blobs) { w.lose(founding) },
		"since a backup": func(w *world, _ map[trust.Role]trust.Proposal, backup *blobs) {
			w.blobs.Files = backup.Files
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 2, 3)
			founding := maps.Clone(w.current)
			early, middle, n := w.node(), w.node(), w.node()
			w.refresh(early, w.registry)
			w.later(time.Hour)
			w.publish(w.roster(2, 2), w.propose(trust.RolePacks, []byte("words")))
			backup := w.blobs.Copied()
			w.refresh(middle, w.registry)
			w.turnover()
			w.publish(w.brake(0, suspend(2, w.now.Add(72*time.Hour))))
			w.publish(w.brake(0, suspend(1, w.now.Add(72*time.Hour))))
			w.publish(w.roster(3, 3))
			was := w.refresh(n, w.registry)

			w.now = w.now.Add(30 * time.Hour) // the timestamp is over
			lost(w, founding, backup)
			w.later(time.Minute)
			w.refused(n, w.registry, trust.ErrRollback)
			newcomer := w.node()
			w.refresh(newcomer, w.registry) // somebody who first looks now
			w.restore(n.files(t))
			for name, o := range map[string]*node{"who gave": n, "who was away": early, "who saw some": middle, "who saw the empty hub": newcomer, "new": w.node()} {
				v := w.refresh(o, w.registry)
				if v.Chain != was.Chain || v.Root != 2 || v.RosterEdition != was.RosterEdition || len(v.Brakes) != 2 || string(v.Packs) != "words" || !v.SignedAt.Equal(w.now) {
					t.Errorf("%s: %+v", name, v)
				}
			}
			w.publish(w.roster(4, 2), w.brake(0, suspend(3, w.now.Add(time.Hour))))
			for _, o := range []*node{n, w.node()} {
				if v := w.refresh(o, w.registry); v.RosterEdition.Version != 4 || len(v.Brakes) != 3 {
					t.Errorf("after it: %+v", v)
				}
			}
			// What was given back can be given back again.
			last := w.node()
			v := w.refresh(last, w.registry)
			w.lose(founding)
			w.restore(last.files(t))
			if again := w.refresh(n, w.registry); again.Chain != v.Chain {
				t.Errorf("again: %+v", again.Chain)
			}
		})
	}
}

// TestALostRootIsGivenBack: a root makes no entry in the chain.
func TestALostRootIsGivenBack(t *testing.T) {
	w := newWorld(t, 2, 3)
	backup, n := w.blobs.Copied(), w.node()
	w.turnover()
	w.refresh(n, w.registry)
	w.blobs.Files = backup.Files
	w.later(time.Hour)
	w.refused(n, w.registry, trust.ErrRollback)
	w.restore(n.files(t))
	if v := w.refresh(n, w.registry); v.Root != 2 {
		t.Errorf("root %d", v.Root)
	}
}

// TestMembersGiveBackMoreAndMore: who saw less comes first.
func TestMembersGiveBackMoreAndMore(t *testing.T) {
	w := newWorld(t, 2, 3)
	founding := maps.Clone(w.current)
	less, more := w.node(), w.node()
	w.publish(w.roster(2, 2))
	w.refresh(less, w.registry)
	w.publish(w.roster(3, 3))
	w.refresh(more, w.registry)
	w.now = w.now.Add(time.Hour)
	w.lose(founding)
	w.restore(less.files(t))
	w.refused(more, w.registry, trust.ErrChain)
	w.restore(more.files(t))
	w.refresh(more, w.registry)
	w.refresh(less, w.registry)
	if err := w.registry.Lacks(t.Context(), less.files(t)[trust.PulseName], w.now); !errors.Is(err, trust.ErrRollback) {
		t.Errorf("it lacks what it has: %v", err)
	}
}

// TestAHostileMemberGivesNothingBack: whatever is wrong with what it brings has
// a name and changes nothing (T8, T37).
func TestAHostileMemberGivesNothingBack(t *testing.T) {
	w := newWorld(t, 2, 3)
	founding := maps.Clone(w.current)
	early := w.node()
	w.refresh(early, w.registry)
	two, otherTwo := w.roster(2, 2), w.roster(2, 3)
	w.publish(two)
	w.publish(w.brake(0, suspend(2, w.now.Add(time.Hour))))
	w.publish(w.brake(0, suspend(3, w.now.Add(time.Hour))))
	n := w.node()
	w.refresh(n, w.registry)
	good := n.files(t)
	expired := w.now.AddDate(1, 0, 1)

	other := foundWorld(t, trust.Charter{Network: posada.NetworkID(agency(91)), Threshold: 2}, 3)
	other.publish(other.roster(2, 2))
	other.publish(other.roster(3, 2))
	stranger := other.node()
	other.refresh(stranger, other.registry)

	// The hub's key signed another history of as many entries and more.
	w.lose(founding)
	w.publish(otherTwo)
	fork := w.blobs.Copied()
	w.blobs.Files = map[string][]byte{}
	w.lose(founding)

	resigned := func(change func(*hub)) func(map[string][]byte) {
		return func(files map[string][]byte) {
			h := &hub{t, &blobs{Files: files}, w.online}
			change(h)
		}
	}
	rename := func(files map[string][]byte, part string, text func([]byte) []byte) {
		for name := range files {
			if strings.Contains(name, part) {
				if files[name] = text(files[name]); files[name] == nil {
					delete(files, name)
				}
			}
		}
	}
	without := func([]byte) []byte { return nil }
	for name, c := range map[string]struct {
		change func(files map[string][]byte)
		want   error
		at     time.Time // none: now
	}{
		"another network's": {func(f map[string][]byte) { clear(f); maps.Copy(f, stranger.files(t)) }, trust.ErrNetwork, time.Time{}},
		"another network's files under our timestamp": {func(f map[string][]byte) {
			pulse := f[trust.PulseName]
			clear(f)
			maps.Copy(f, stranger.files(t))
			f[trust.PulseName] = pulse
		}, trust.ErrNetwork, time.Time{}},
		"what is there": {func(f map[string][]byte) { clear(f); maps.Copy(f, early.files(t)) }, trust.ErrRollback, time.Time{}},
		"nothing":       {func(f map[string][]byte) { clear(f) }, trust.ErrMalformed, time.Time{}},
		"too large":     {func(f map[string][]byte) { f["targets/x"] = make([]byte, trust.MaxGiven) }, trust.ErrTooLarge, time.Time{}},
		"too many": {func(f map[string][]byte) {
			for i := range 5000 {
				f[fmt.Sprint(i)] = nil
			}
		}, trust.ErrTooLarge, time.Time{}},
		"a timestamp too large": {func(f map[string][]byte) { f[trust.PulseName] = make([]byte, trust.MaxPulse+1) }, trust.ErrTooLarge, time.Time{}},
		"a timestamp of its own": {func(f map[string][]byte) {
			(&hub{t, &blobs{Files: f}, key(7)}).pulse(func(*metadata.TimestampType) {})
		}, trust.ErrNotSigner, time.Time{}},
		"a timestamp of tomorrow": {resigned(func(h *hub) {
			h.pulse(func(s *metadata.TimestampType) {
				s.UnrecognizedFields["signed_at"] = w.now.Add(11 * time.Minute).Unix()
			})
		}), trust.ErrAhead, time.Time{}},
		"a longer head than the chain's": {resigned(func(h *hub) {
			h.pulse(func(s *metadata.TimestampType) {
				s.UnrecognizedFields["chain"] = map[string]any{"length": 6, "hash": strings.Repeat("a", 64)}
			})
		}), trust.ErrChain, time.Time{}},
		"a forged entry": {func(f map[string][]byte) {
			rename(f, "chain/", func(b []byte) []byte { return bytes.Replace(b, []byte(`"time":`), []byte(`"time":1`), 1) })
		}, trust.ErrChain, time.Time{}},
		"a chain cut": {func(f map[string][]byte) {
			rename(f, "chain/", func(b []byte) []byte { return b[:bytes.IndexByte(b, '\n')+1] })
		}, trust.ErrChain, time.Time{}},
		"no chain":           {func(f map[string][]byte) { rename(f, "chain/", without) }, trust.ErrUnreachable, time.Time{}},
		"a swapped document": {func(f map[string][]byte) { f["metadata/2.roster.json"] = otherTwo.Document }, trust.ErrMix, time.Time{}},
		"a swapped file": {func(f map[string][]byte) {
			rename(f, ".roster.json", func(b []byte) []byte { return bytes.Replace(b, []byte("active"), []byte("actave"), 1) })
		}, trust.ErrMix, time.Time{}},
		"no file":               {func(f map[string][]byte) { rename(f, ".policy.json", without) }, trust.ErrUnreachable, time.Time{}},
		"no brake":              {func(f map[string][]byte) { rename(f, "metadata/2.brake-", without) }, trust.ErrUnreachable, time.Time{}},
		"no brake of yesterday": {func(f map[string][]byte) { rename(f, "metadata/1.brake-", without) }, trust.ErrChain, time.Time{}},
		"a snapshot of its own": {func(f map[string][]byte) {
			rename(f, "snapshot", func(b []byte) []byte { return bytes.Replace(b, []byte(`"sig":"`), []byte(`"sig":"0`), 1)[:len(b)] })
		}, trust.ErrMix, time.Time{}},
		"not documents": {func(f map[string][]byte) {
			rename(f, "metadata/1.targets", func([]byte) []byte { return []byte("{}") })
		}, trust.ErrMix, time.Time{}},
		"what expired since":      {func(map[string][]byte) {}, trust.ErrExpired, expired},
		"a fork of what was lost": {func(f map[string][]byte) { clear(f); maps.Copy(f, good) }, trust.ErrChain, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.HasPrefix(name, "a fork") {
				kept := w.blobs.Files
				w.blobs.Files = maps.Clone(fork.Files)
				defer func() { w.blobs.Files = kept }()
			}
			at := w.now
			if !c.at.IsZero() {
				at = c.at
			}
			files, before := maps.Clone(good), w.blobs.Copied()
			c.change(files)
			if err := w.registry.Restore(t.Context(), files, at); !errors.Is(err, c.want) {
				t.Errorf("refused with %v; want %v", err, c.want)
			}
			if !maps.EqualFunc(w.blobs.Files, before.Files, bytes.Equal) {
				t.Error("something was written")
			}
		})
	}
	w.refused(n, w.registry, trust.ErrRollback)
	good["registry/stand.json"], good["metadata/9.root.json"], good["x"] = []byte("{}"), []byte("{}"), []byte("y")
	w.restore(good) // what nothing names is left out
	if _, there := w.blobs.Files["metadata/9.root.json"]; there {
		t.Error("a file that nothing names was written")
	}
	w.refresh(n, w.registry)
}

// TestAPolicyThatIsNoneIsNotTakenBack: the registry holds it against its rules
// as when it was published.
func TestAPolicyThatIsNoneIsNotTakenBack(t *testing.T) {
	w := newWorld(t, 2, 3)
	founding, n := maps.Clone(w.current), w.node()
	w.publish(w.roster(2, 2))
	w.refresh(n, w.registry)
	w.lose(founding)
	strict := trust.NewRepository(w.blobs, w.online, trust.Policy{Fits: func(uint64, []byte) error { return errors.New("no") }})
	if err := strict.Restore(t.Context(), n.files(t), w.now); !errors.Is(err, trust.ErrContent) {
		t.Error(err)
	}
	otherKey := trust.NewRepository(w.blobs, key(81), policyFits)
	if err := otherKey.Restore(t.Context(), n.files(t), w.now); !errors.Is(err, trust.ErrNotSigner) {
		t.Error(err)
	}
	empty := trust.NewRepository(invented.NewBlobs(), w.online, policyFits)
	if err := empty.Restore(t.Context(), n.files(t), w.now); !errors.Is(err, trust.ErrAbsent) {
		t.Error(err)
	}
	if _, err := w.node().Files(t.Context()); !errors.Is(err, trust.ErrAbsent) {
		t.Errorf("before the first refresh: %v", err)
	}
}

// TestABrakeLongReplacedNeedNotBeThere: members keep no documents of brakes
// that are over, and who was away follows a restored chain all the same.
func TestABrakeLongReplacedNeedNotBeThere(t *testing.T) {
	w := newWorld(t, 2, 3)
	founding := maps.Clone(w.current)
	away, n := w.node(), w.node()
	w.refresh(away, w.registry)
	w.publish(w.brake(0, suspend(2, w.now.Add(time.Hour))))
	w.refresh(n, w.registry)
	w.publish(w.brake(0, suspend(3, w.now.Add(2*time.Hour))))
	first := "metadata/1." + string(w.brakeRole(0)) + ".json"
	w.refresh(n, w.registry)
	if n.files(t)[first] == nil {
		t.Error("a brake that may still hold is not kept")
	}
	w.later(96 * time.Hour)
	w.refresh(n, w.registry)
	if n.files(t)[first] != nil {
		t.Error("a brake that is over is kept")
	}
	w.lose(founding)
	w.restore(n.files(t))
	for _, o := range []*node{n, away, w.node()} {
		if v := w.refresh(o, w.registry); len(v.Brakes) != 0 || v.Chain.Length != 4 {
			t.Errorf("%+v", v)
		}
	}
	w.publish(w.brake(0, suspend(1, w.now.Add(time.Hour)))) // the third
	w.refresh(away, w.registry)
}

// TestAHubCannotDateABrakeBack: a hub that hides a brake and writes in the chain
// that it was long ago is found out by who has looked since.
func TestAHubCannotDateABrakeBack(t *testing.T) {
	w := newWorld(t, 2, 3)
	n, late := w.node(), w.node()
	w.later(10 * time.Hour)
	w.refresh(n, w.registry)
	one := w.brake(0, suspend(2, w.now.Add(30*time.Hour)))
	if err := w.registry.Publish(t.Context(), start.Add(-30*time.Hour), one); err != nil {
		t.Fatal(err)
	}
	w.current[w.brakeRole(0)] = one
	w.publish(w.brake(0, suspend(3, w.now.Add(time.Hour))))
	w.later(33 * time.Hour)
	h := w.hostile()
	delete(h.Files, "metadata/1."+string(w.brakeRole(0))+".json")
	w.refused(n, h, trust.ErrChain)
	w.refresh(late, h) // who never looked cannot tell
}

// TestABrakeOfAStewardWhoLeftIsGivenBackOrIsNot: a registry goes on without it.
func TestABrakeOfAStewardWhoLeftIsGivenBackOrIsNot(t *testing.T) {
	w := newWorld(t, 2, 3)
	founding := maps.Clone(w.current)
	w.publish(w.brake(2, suspend(2, w.now.Add(time.Hour))))
	brake, full := "metadata/1."+string(w.brakeRole(2))+".json", w.charter
	next := w.charter
	next.Stewards = next.Stewards[:2:2]
	root, targets := w.rotation(next)
	root = w.sign(root, w.root(), w.keys[0], w.keys[1])
	w.publish(root, w.sign(targets, root.Document, w.keys[0], w.keys[1]))
	n := w.node()
	w.refresh(n, w.registry)
	if n.files(t)[brake] == nil {
		t.Error("it is not kept")
	}
	w.later(96 * time.Hour)
	w.refresh(n, w.registry)
	files := n.files(t)
	delete(files, brake)
	w.lose(founding)
	w.restore(files)
	w.publish(w.roster(2, 2))
	w.refresh(n, w.registry)
	// She is back, and brakes again.
	root, targets = w.rotation(full)
	root = w.sign(root, w.root(), w.keys[0], w.keys[1])
	second := must[trust.Proposal](t)(trust.ProposeBrake(root.Document, full.Stewards[2], w.current[w.brakeRole(2)].Document, suspend(3, w.now.Add(time.Hour)), w.now))
	w.publish(root, w.sign(targets, root.Document, w.keys[0], w.keys[1]), w.sign(second, root.Document, w.keys[2]))
	for _, o := range []*node{n, w.node()} {
		if v := w.refresh(o, w.registry); len(v.Brakes) != 1 {
			t.Errorf("%+v", v.Brakes)
		}
	}
}

// TestTakingBackFailsOrIsDone: at each write, not done and done; the member
// tries again.
func TestTakingBackFailsOrIsDone(t *testing.T) {
	w := newWorld(t, 2, 3)
	founding, n, newcomer := maps.Clone(w.current), w.node(), w.node()
	w.publish(w.roster(2, 2))
	w.refresh(n, w.registry)
	for write := range 2 {
		for _, done := range []bool{false, true} {
			w.lose(founding)
			failing := trust.NewRepository(&failsAt{blobs: w.blobs, write: write, done: done}, w.online, policyFits)
			if err := failing.Restore(t.Context(), n.files(t), w.now); !errors.Is(err, errDisk) {
				t.Fatal(err)
			}
			w.refresh(newcomer, w.registry)
			w.refresh(w.node(), w.registry)
			if write == 1 && done {
				w.refresh(n, w.registry)
				continue
			}
			w.refused(n, w.registry, trust.ErrRollback)
			w.now = w.now.Add(time.Minute)
			w.restore(n.files(t))
			w.refresh(n, w.registry)
			newcomer = w.node()
		}
	}
}

// failsAt is a store of which one write fails, done or not done.
type failsAt struct {
	*blobs
	write int
	done  bool
}

func (f *failsAt) Put(ctx context.Context, batch map[string][]byte) error {
	f.write--
	if f.write >= 0 {
		return f.blobs.Put(ctx, batch)
	}
	if f.done {
		_ = f.blobs.Put(ctx, batch)
	}
	return errDisk
}

// TestNumbersGoOnBehindTheHigher: an emptied hub went on for months before it
// was given back, and who joined then is not left behind.
func TestNumbersGoOnBehindTheHigher(t *testing.T) {
	w := newWorld(t, 2, 3)
	founding, n, newcomer := maps.Clone(w.current), w.node(), w.node()
	w.publish(w.roster(2, 2))
	w.refresh(n, w.registry)
	w.lose(founding)
	for range 4 {
		w.later(21 * 24 * time.Hour)
	}
	w.refresh(newcomer, w.registry)
	w.restore(n.files(t))
	for _, o := range []*node{n, newcomer} {
		if v := w.refresh(o, w.registry); v.RosterEdition.Version != 2 {
			t.Errorf("edition %d", v.RosterEdition.Version)
		}
	}
}
