package trust

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/posada-exchange/posada/pkg/jose"
)

// Limits of what a member gives back, all together.
const (
	MaxGiven  = 16 << 20 // bytes
	maxGiven  = 4096     // files
	putAtOnce = 256 << 10
)

// Lacks returns nil when this registry once signed a timestamp, and what it
// speaks of is further than what the registry has: it lost something. It costs
// one signature to find out, so it is asked before any more is taken.
func (r *Repository) Lacks(ctx context.Context, pulse []byte, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := r.founded(ctx)
	if err != nil {
		return err
	}
	return r.lacks(&f, pulse, now)
}

func (r *Repository) founded(ctx context.Context) (force, error) {
	f, err := r.load(ctx)
	if err == nil && f.root == nil {
		err = fmt.Errorf("restore: no network was founded here: %w", ErrAbsent)
	}
	return f, err
}

// lacks compares how far the chain goes. A root alone, or more signatures, make
// no entry; then the snapshot's version tells.
func (r *Repository) lacks(f *force, pulse []byte, now time.Time) error {
	if len(pulse) > MaxPulse {
		return fmt.Errorf("restore: timestamp: %w", ErrTooLarge)
	}
	doc, err := read[metadata.TimestampType](RoleTimestamp, pulse)
	if err != nil {
		return err
	}
	hub := Charter{Stewards: []Steward{{Key: r.online.Public()}}}
	if len(hub.signers(RoleTimestamp, doc)) != 1 {
		return fmt.Errorf("restore: a timestamp that is not this hub's: %w", ErrNotSigner)
	}
	said, err := marksOf(doc.Signed.UnrecognizedFields, RoleTimestamp)
	if err != nil {
		return err
	}
	snapshot := doc.Signed.Meta[RoleSnapshot.file()]
	switch at := time.Unix(said.SignedAt, 0); {
	case said.Network != f.charter.Network:
		return fmt.Errorf("restore: timestamp: %w", ErrNetwork)
	case said.Chain == nil || said.SignedAt <= 0 || snapshot == nil:
		return fmt.Errorf("restore: timestamp: %w", ErrMalformed)
	case at.Sub(now) > Tolerance:
		return &AheadError{Signed: said.SignedAt}
	}
	ours := f.stand.Ledger.Head
	switch {
	case said.Chain.Length < ours.Length, said.Chain.Length == ours.Length && snapshot.Version <= f.snapshot.Signed.Version:
		return fmt.Errorf("restore: a chain of %d, and here is %d: %w", said.Chain.Length, ours.Length, ErrRollback)
	case said.Chain.Length == ours.Length && *said.Chain != ours:
		return fmt.Errorf("restore: a chain of %d: another head: %w", ours.Length, ErrChain)
	}
	return nil
}

// Restore takes back from a member what this registry published and lost: a
// Client's Files. It believes the member nothing. The files are verified as a
// node would verify them, from the first root of this network, at the moment
// the timestamp among them was signed: that it expired since is why they are
// needed. That the chain is the one this hub made, and ends there, its own
// signature under that timestamp says. The chain must go on from where the
// registry's own ends; one that forked is for people to settle.
//
// After an error nothing counts that did not before. Files that nothing names
// may have been written. What follows is numbered behind what was ever seen.
func (r *Repository) Restore(ctx context.Context, files map[string][]byte, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := inBounds(files); err != nil {
		return err
	}
	f, err := r.founded(ctx)
	if err != nil {
		return err
	}
	if err := r.lacks(&f, files[PulseName], now); err != nil {
		return err
	}
	first, err := r.blobs.Get(ctx, metadataName(RoleRoot, 1))
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	given, err := verify(ctx, files, Pin(first))
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if _, _, err := (ledger{}).follow(f.stand.Ledger.Head, given.page); err != nil {
		return fmt.Errorf("restore: not this registry's chain: %w", err)
	}
	next, err := r.inForce(ctx, &f, given, now)
	if err != nil {
		return err
	}
	return r.takeBack(ctx, next, given, now)
}

func inBounds(files map[string][]byte) error {
	size := 0
	for name, text := range files {
		size += len(name) + len(text)
	}
	if size > MaxGiven || len(files) > maxGiven {
		return fmt.Errorf("restore: %w", ErrTooLarge)
	}
	return nil
}

// given is what was given back and verified: no file among them that was not.
type given struct {
	files map[string][]byte
	seen  seen
}

var (
	_ Fetcher = given{}
	_ Blobs   = given{}
)

// Fetch serves the files to a client.
func (g given) Fetch(ctx context.Context, name string, _ int64) ([]byte, error) {
	return g.Get(ctx, name)
}

// Get is one of the files.
func (g given) Get(_ context.Context, name string) ([]byte, error) {
	text, ok := g.files[name]
	if !ok {
		return nil, ErrAbsent
	}
	return text, nil
}

// Put is not for what was given.
func (g given) Put(context.Context, map[string][]byte) error { return errors.ErrUnsupported }

func (g given) page(name string, _ int64) ([]byte, error) {
	return g.Get(context.Background(), name)
}

// verify has a client that knows nothing but the first root follow the files,
// and gives what it would keep.
func verify(ctx context.Context, files map[string][]byte, pin string) (given, error) {
	doc, err := read[metadata.TimestampType](RoleTimestamp, files[PulseName])
	if err != nil {
		return given{}, err
	}
	said, err := marksOf(doc.Signed.UnrecognizedFields, RoleTimestamp)
	if err != nil {
		return given{}, err
	}
	kept := &Memory{}
	client := NewClient(kept, pin, "")
	if _, err := client.Refresh(ctx, given{files: files}, time.Unix(said.SignedAt, 0)); err != nil {
		return given{}, err
	}
	g := given{}
	if g.files, err = client.Files(ctx); err != nil {
		return given{}, err
	}
	s, err := remembered(kept.state, pin)
	if err != nil {
		return given{}, err
	}
	g.seen = *s
	return g, nil
}

// inForce is what is in force by what was given, at the time now. Numbers go on
// from the higher of the two: those who saw what was signed here since the loss
// must not take what follows for older.
func (r *Repository) inForce(ctx context.Context, ours *force, g given, now time.Time) (force, error) {
	text, err := jose.Marshal(stand{Root: int64(g.seen.View.Root), Ledger: g.seen.Ledger})
	if err != nil {
		return force{}, fmt.Errorf("restore: %w", err)
	}
	g.files[standName] = text
	f, err := NewRepository(g, r.online, r.policy).load(ctx)
	if err != nil {
		return force{}, fmt.Errorf("restore: %w", err)
	}
	if f.charter.Online.ID() != r.online.Public().ID() {
		return force{}, fmt.Errorf("restore: the hub's key is another: %w", ErrNotSigner)
	}
	if f.stand.Root < ours.stand.Root || f.top.Signed.Version < ours.top.Signed.Version {
		return force{}, fmt.Errorf("restore: root %d, and here is %d: %w", f.stand.Root, ours.stand.Root, ErrRollback)
	}
	if err := r.policy.Fits(g.seen.View.PolicyEdition.Version, g.seen.View.Policy); err != nil {
		return force{}, fmt.Errorf("restore policy %d: %w", g.seen.View.PolicyEdition.Version, ErrContent)
	}
	if err := f.check(now); err != nil {
		return force{}, fmt.Errorf("restore: %w", err)
	}
	f.snapshot.Signed.Version = max(f.snapshot.Signed.Version, ours.snapshot.Signed.Version)
	f.pulse.Signed.Version = max(f.pulse.Signed.Version, ours.pulse.Signed.Version)
	return f, nil
}

// takeBack writes it. Files of targets are written before: they may be large,
// their names are their hashes, and nothing names them until all the rest is
// written at once, with a snapshot and a timestamp of now.
func (r *Repository) takeBack(ctx context.Context, f force, g given, now time.Time) error {
	batch, early := map[string][]byte{}, map[string][]byte{}
	size := 0
	for _, name := range slices.Sorted(maps.Keys(g.files)) {
		switch {
		case name == PulseName, strings.HasSuffix(name, "."+RoleSnapshot.file()):
		case strings.HasPrefix(name, "targets/"):
			if size += len(g.files[name]); size > putAtOnce && len(early) > 0 {
				if err := r.blobs.Put(ctx, early); err != nil {
					return fmt.Errorf("restore: %w", err)
				}
				early, size = map[string][]byte{}, len(g.files[name])
			}
			early[name] = g.files[name]
		default:
			batch[name] = g.files[name]
		}
	}
	if err := r.blobs.Put(ctx, early); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := r.signSnapshot(&f, f.snapshot.Signed.Meta, batch, now); err != nil {
		return err
	}
	if err := r.signPulse(&f, batch, now); err != nil {
		return err
	}
	if err := r.blobs.Put(ctx, batch); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}
