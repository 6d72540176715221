package trust

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/posada-exchange/posada/pkg/jose"
)

// Blobs is where a registry keeps its files, by name.
//
//  1. Get returns the bytes last put under a name, or an error that is
//     ErrAbsent.
//  2. Put writes the whole batch or nothing of it, and it is durable when Put
//     returns. A batch whose error says nothing certain may have been written.
type Blobs interface {
	Get(ctx context.Context, name string) ([]byte, error)
	Put(ctx context.Context, batch map[string][]byte) error
}

// Repository is the registry's side: it takes in what enough stewards signed,
// and signs with the hub's online key that this is the newest. It trusts no
// steward alone, and no node needs to trust it for more than being there.
// Safe for concurrent use; one process at a time may publish to one store.
type Repository struct {
	blobs  Blobs
	online jose.PrivateKey
	policy Policy
	mu     sync.Mutex
}

// Policy is what a registry is told of policies, in which it reads nothing
// itself.
type Policy struct {
	// Fits checks a policy's file against the version of its document.
	Fits func(version uint64, text []byte) error
	// Wider reports whether one allows anything that another did not. A registry
	// that is not told it looks at no step, neither of policies nor of rosters.
	Wider func(old, next []byte) bool
	// Says holds what stewards signed of a policy against it and the one in force;
	// nil: that is looked at by those who sign.
	Says func(old, next []byte, said *Said) error
}

var _ Fetcher = (*Repository)(nil)

// NewRepository makes the registry of a store.
func NewRepository(blobs Blobs, online jose.PrivateKey, policy Policy) *Repository {
	return &Repository{blobs: blobs, online: online, policy: policy}
}

// standName holds what the registry itself remembers; it is not served.
const standName = "registry/stand.json"

// stand is what the registry remembers beside the signed files.
type stand struct {
	Root   int64  `json:"root"` // version
	Ledger ledger `json:"ledger"`
}

// force is everything in force at one moment.
type force struct {
	stand    stand
	charter  Charter
	root     *metadata.Metadata[metadata.RootType]
	top      *metadata.Metadata[metadata.TargetsType]
	docs     map[Role]*metadata.Metadata[metadata.TargetsType]
	snapshot *metadata.Metadata[metadata.SnapshotType] // nil before the first publication
	pulse    *metadata.Metadata[metadata.TimestampType]
}

// Fetch serves one file to a node.
func (r *Repository) Fetch(ctx context.Context, name string, limit int64) ([]byte, error) {
	if !strings.HasPrefix(name, "metadata/") && !strings.HasPrefix(name, "targets/") && !strings.HasPrefix(name, "chain/") {
		return nil, ErrAbsent
	}
	text, err := r.blobs.Get(ctx, name)
	if err == nil && int64(len(text)) > limit {
		return nil, ErrTooLarge
	}
	return text, err
}

// Renew signs a new timestamp: that what is in force was in force at this
// moment. Nodes believe no timestamp for more than 24 hours.
func (r *Repository) Renew(ctx context.Context, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := r.load(ctx)
	if err != nil {
		return err
	}
	if f.root == nil {
		return fmt.Errorf("renew: nothing was published: %w", ErrAbsent)
	}
	batch := map[string][]byte{}
	if f.snapshot.Signed.Expires.Sub(now) < renewSnapshot {
		if err := r.signSnapshot(&f, f.snapshot.Signed.Meta, batch, now); err != nil {
			return err
		}
	}
	if err := r.signPulse(&f, batch, now); err != nil {
		return err
	}
	return r.blobs.Put(ctx, batch)
}

// load reads what is in force; nothing before the first publication.
func (r *Repository) load(ctx context.Context) (force, error) {
	f := force{docs: map[Role]*metadata.Metadata[metadata.TargetsType]{}}
	text, err := r.blobs.Get(ctx, standName)
	if errors.Is(err, ErrAbsent) {
		return f, nil
	}
	if err != nil {
		return f, fmt.Errorf("load: %w", err)
	}
	if err := jose.Unmarshal(text, &f.stand); err != nil {
		return f, fmt.Errorf("load: %w", ErrMalformed)
	}
	if f.root, err = stored[metadata.RootType](ctx, r.blobs, RoleRoot, metadataName(RoleRoot, f.stand.Root)); err != nil {
		return f, err
	}
	if f.charter, err = charterOf(f.root); err != nil {
		return f, err
	}
	if f.pulse, err = stored[metadata.TimestampType](ctx, r.blobs, RoleTimestamp, PulseName); err != nil {
		return f, err
	}
	at := f.pulse.Signed.Meta[RoleSnapshot.file()]
	if at == nil {
		return f, fmt.Errorf("load: %w", ErrMalformed)
	}
	if f.snapshot, err = stored[metadata.SnapshotType](ctx, r.blobs, RoleSnapshot, metadataName(RoleSnapshot, at.Version)); err != nil {
		return f, err
	}
	for name, meta := range f.snapshot.Signed.Meta {
		role := Role(strings.TrimSuffix(name, ".json"))
		doc, err := stored[metadata.TargetsType](ctx, r.blobs, role, metadataName(role, meta.Version))
		if role.spare() && errors.Is(err, ErrAbsent) {
			continue // given back by who had it not: it is long over, or its steward left
		}
		if err != nil {
			return f, err
		}
		if role == RoleTargets {
			f.top = doc
		} else {
			f.docs[role] = doc
		}
	}
	return f, nil
}

func stored[T metadata.Roles](ctx context.Context, blobs Blobs, role Role, name string) (*metadata.Metadata[T], error) {
	text, err := blobs.Get(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", role, err)
	}
	return read[T](role, text)
}

// signSnapshot says which versions belong together. What once stood in a
// snapshot stays: nodes take a role that vanishes for a rollback.
func (r *Repository) signSnapshot(f *force, meta map[string]*metadata.MetaFiles, batch map[string][]byte, now time.Time) error {
	next := metadata.Snapshot(whole(now.Add(lifeOfSnapshot)))
	if f.snapshot != nil {
		next.Signed.Version = f.snapshot.Signed.Version + 1
		next.Signed.Meta = maps.Clone(f.snapshot.Signed.Meta)
	}
	maps.Copy(next.Signed.Meta, meta)
	next.Signed.UnrecognizedFields = marks{Network: f.charter.Network, Role: RoleSnapshot}.fields()
	text, err := r.signed(RoleSnapshot, next)
	if err != nil {
		return err
	}
	f.snapshot = next
	batch[metadataName(RoleSnapshot, next.Signed.Version)] = text
	return nil
}

// signPulse writes the timestamp. Its version is at least the time, so that a
// hub restored from a backup is not taken for one that rolls back.
func (r *Repository) signPulse(f *force, batch map[string][]byte, now time.Time) error {
	next := metadata.Timestamp(whole(now.Add(lifeOfPulse)))
	next.Signed.Version = now.Unix()
	if f.pulse != nil {
		next.Signed.Version = max(f.pulse.Signed.Version+1, now.Unix())
	}
	text, ok := batch[metadataName(RoleSnapshot, f.snapshot.Signed.Version)]
	if ok {
		next.Signed.Meta[RoleSnapshot.file()] = metaOf(f.snapshot.Signed.Version, text)
	} else {
		next.Signed.Meta = f.pulse.Signed.Meta
	}
	next.Signed.UnrecognizedFields = marks{
		Network: f.charter.Network, Role: RoleTimestamp, SignedAt: now.Unix(), Chain: &f.stand.Ledger.Head,
	}.fields()
	text, err := r.signed(RoleTimestamp, next)
	if err != nil {
		return err
	}
	batch[PulseName] = text
	return nil
}

func (r *Repository) signed(role Role, doc any) ([]byte, error) {
	id, _, err := tufKey(r.online.Public())
	if err != nil {
		return nil, err
	}
	text, err := write(doc)
	if err != nil {
		return nil, err
	}
	if role == RoleSnapshot {
		return addSignature[metadata.SnapshotType](role, text, r.online, id)
	}
	return addSignature[metadata.TimestampType](role, text, r.online, id)
}

// metaOf is what a snapshot or a timestamp says of a file.
func metaOf(version int64, text []byte) *metadata.MetaFiles {
	meta := metadata.MetaFile(version)
	meta.Length = int64(len(text))
	meta.Hashes = metadata.Hashes{"sha256": sum(text)}
	return meta
}
