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
