package invented

import (
	"bytes"
	"context"
	"maps"
	"sync"

	"github.com/posada-exchange/posada/pkg/trust"
)

// Blobs is a registry's store in memory. Files is for a test to look at, and to
// change while nobody asks: what a hostile hub, or a broken disk, would hold.
type Blobs struct {
	mu    sync.Mutex
	Files map[string][]byte
}

var (
	_ trust.Blobs   = (*Blobs)(nil)
	_ trust.Fetcher = (*Blobs)(nil)
)

// NewBlobs is an empty store.
func NewBlobs() *Blobs { return &Blobs{Files: map[string][]byte{}} }

// Get is what was last put under a name.
func (b *Blobs) Get(_ context.Context, name string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if text, ok := b.Files[name]; ok {
		return bytes.Clone(text), nil
	}
	return nil, trust.ErrAbsent
}

// Put writes the whole batch.
func (b *Blobs) Put(_ context.Context, batch map[string][]byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.Copy(b.Files, batch)
	return nil
}

// Fetch makes the store a hub that serves whatever lies in it.
func (b *Blobs) Fetch(ctx context.Context, name string, _ int64) ([]byte, error) {
	return b.Get(ctx, name)
}

// Copied is the store as it is now, to go back to.
func (b *Blobs) Copied() *Blobs {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &Blobs{Files: maps.Clone(b.Files)}
}
