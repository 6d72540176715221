package post

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/event"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/vault"
)

// copied is a side's store as it is now.
func (p *pair) copied(s *side) (dir string) {
	p.t.Helper()
	must(p.t, s.vault.Close())
	dir = p.t.TempDir()
	must(p.t, os.CopyFS(dir, os.DirFS(s.dir)))
	s.vault = nil
	p.start(s)
	return dir
}

// restored gives a side a store of before.
func (p *pair) restored(s *side, from string) {
	p.t.Helper()
	must(p.t, s.vault.Close())
	s.vault = nil
	list, err := os.ReadDir(s.dir)
	must(p.t, err)
	for _, f := range list {
		must(p.t, os.RemoveAll(filepath.Join(s.dir, f.Name())))
	}
	must(p.t, os.CopyFS(s.dir, os.DirFS(from)))
	p.start(s)
}

// doubted is what a side says of who is not believed, and why it holds what it does.
func (p *pair) doubted(s *side) (list []Doubted, codes []string) {
	p.t.Helper()
	must(p.t, s.vault.View(func(tx *vault.Tx) error {
		status, err := s.Status(tx)
		must(p.t, err)
		list = status.Doubted
		held, err := s.Quarantine(tx)
		for _, q := range held {
			codes = append(codes, q.Code)
		}
		return err
	}))
	return list, codes
}

// TestAStoreThatWentBackIsToldOf: whichever side's it is, nobody is believed after that,
// and whoever works there is told who, and what is held for it.
func TestAStoreThatWentBackIsToldOf(t *testing.T) {
	for name, ours := range map[string]bool{"the recipient's": true, "the sender's": false} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t)
			p.quiet()
			turns := func() {
				p.to.Ask(p.from.Member.ID)
				for range 3 {
					p.turn(0)
				}
				p.now = p.now.Add(12 * time.Hour)
				p.announce()
			}
			p.says()
			turns()
			back := p.from
			if ours {
				back = p.to
			}
			before := p.copied(back)
			p.says()
			turns()
			p.says()
			turns()
			if list, _ := p.doubted(p.to); len(list) > 0 {
				t.Fatalf("before: %v", list)
			}
			p.restored(back, before)
			p.to.Register(event.TypeMark, wanting{post: p.to.Post})
			turns()
			p.says()
			turns()
			list, codes := p.doubted(p.to)
			want := codeDoubted
			if ours {
				want = codeBehind
			}
			if !slices.Equal(list, []Doubted{{p.from.Member.ID, ours}}) || !slices.Equal(codes, []string{want}) {
				t.Errorf("not believed are %v; held for %v", list, codes)
			}
			if s, _ := p.heardOf(p.to, p.from); s != posada.StalenessStale {
				t.Errorf("it is heard as %s", s)
			}
		})
	}
}

// TestWhatIsKnownNotToBeKnownIsNotHeard: within the hour, whoever contradicts itself
// counts as not heard, and whoever said more than came as no better than within a day.
func TestWhatIsKnownNotToBeKnownIsNotHeard(t *testing.T) {
	p := newPair(t)
	p.quiet()
	p.turn(0)
	p.turn(0)
	for name, c := range map[string]struct {
		change func(*peer)
		want   posada.Staleness
	}{
		"all of it came":          {func(*peer) {}, posada.StalenessLive},
		"it contradicts itself":   {func(o *peer) { o.Broken = true }, posada.StalenessStale},
		"our store is of before":  {func(o *peer) { o.Behind = true }, posada.StalenessStale},
		"a place is missing":      {func(o *peer) { o.Missing = []uint64{1} }, posada.StalenessFresh},
		"it says there is more":   {func(o *peer) { o.Ahead = ahead{Seq: o.InSeq + 1, At: p.now} }, posada.StalenessFresh},
		"more is missing, of old": {func(o *peer) { o.Missing, o.Fresh = []uint64{1}, p.now.Add(-25*time.Hour) }, posada.StalenessStale},
	} {
		must(t, p.to.vault.Update(func(tx *vault.Tx) error {
			before, err := peerOf(tx, p.from.Member.ID)
			must(t, err)
			o := before
			c.change(&o)
			must(t, peers.Put(tx, string(p.from.Member.ID), vault.KeyID{}, o))
			if s, err := p.to.Freshness(tx, p.from.Member.ID); err != nil || s != c.want {
				t.Errorf("%s: %s, %v", name, s, err)
			}
			return peers.Put(tx, string(p.from.Member.ID), vault.KeyID{}, before)
		}))
	}
}

// TestANewNodeVouchesForNothingOfBefore: what its lost node said last may have taken that
// back, and never come.
func TestANewNodeVouchesForNothingOfBefore(t *testing.T) {
	p := newPair(t)
	p.quiet()
	p.turn(0)
	p.turn(0)
	vouches := func(came time.Time) (s posada.Staleness) {
		must(t, p.to.vault.View(func(tx *vault.Tx) (err error) {
			s, err = p.to.Vouches(tx, p.from.Member.ID, came)
			return err
		}))
		return s
	}
	before := p.now
	if s := vouches(before.Add(-time.Hour)); s != posada.StalenessLive {
		t.Errorf("while it is the node that shared it: %s", s)
	}
	p.now = p.now.Add(time.Minute)
	must(t, p.to.vault.Update(func(tx *vault.Tx) error {
		o, err := peerOf(tx, p.from.Member.ID)
		must(t, err)
		o.Identity, o.InSeq, o.Missing = "of the lost node", 3, []uint64{2}
		return peers.Put(tx, string(p.from.Member.ID), vault.KeyID{}, o)
	}))
	p.to.Ask(p.from.Member.ID)
	for range 3 {
		p.now = p.now.Add(time.Minute)
		p.turn(0)
	}
	for came, want := range map[time.Time]posada.Staleness{before: posada.StalenessStale, {}: posada.StalenessStale, p.now: posada.StalenessLive} {
		if s := vouches(came); s != want {
			t.Errorf("of what came at %s, now %s: %s", came, p.now, s)
		}
	}
}
