package trust

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/posada-exchange/posada/pkg/jose"
)

// Publish takes in proposals that have their signatures, together or not at
// all. Each must be the next version of its role, or the version in force with
// more signatures; after it, everything in force must be signed by enough of
// the stewards in force. So a new root comes with its targets and with
// whatever only stewards signed who are no longer there.
func (r *Repository) Publish(ctx context.Context, now time.Time, proposals ...Proposal) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := r.load(ctx)
	if err != nil {
		return err
	}
	batch := map[string][]byte{}
	byRole := map[Role]Proposal{}
	for _, p := range proposals {
		role, err := roleOf(p.Document)
		if err != nil {
			return err
		}
		if _, twice := byRole[role]; twice {
			return fmt.Errorf("publish: %s twice: %w", role, ErrMix)
		}
		byRole[role] = p
	}
	if err := r.takeRoot(&f, byRole, batch); err != nil {
		return err
	}
	meta := map[string]*metadata.MetaFiles{}
	if err := f.takeTop(byRole, batch, meta); err != nil {
		return err
	}
	var entries []Entry
	for _, role := range slices.Sorted(maps.Keys(byRole)) {
		e, err := r.takeDelegated(&f, role, byRole[role], batch, meta, now)
		if err != nil {
			return err
		}
		entries = append(entries, e...)
	}
	if err := r.checkStep(ctx, &f, byRole, now); err != nil {
		return err
	}
	if err := f.check(now); err != nil {
		return err
	}
	if err := r.chain(ctx, &f, entries, batch); err != nil {
		return err
	}
	if err := r.signSnapshot(&f, meta, batch, now); err != nil {
		return err
	}
	if err := r.signPulse(&f, batch, now); err != nil {
		return err
	}
	if batch[standName], err = jose.Marshal(f.stand); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return r.blobs.Put(ctx, batch)
}

// takeRoot takes a new root: signed by enough stewards of the root in force
// and of its own.
func (r *Repository) takeRoot(f *force, byRole map[Role]Proposal, batch map[string][]byte) error {
	p, given := byRole[RoleRoot]
	delete(byRole, RoleRoot)
	if !given {
		if f.root == nil {
			return fmt.Errorf("publish: no root: %w", ErrAbsent)
		}
		return nil
	}
	next, charter, err := readRoot(p.Document)
	if err != nil {
		return err
	}
	before := next
	if f.root != nil {
		if err := f.charter.succeededBy(charter); err != nil {
			return err
		}
		before = f.root
	}
	if next.Signed.Version != f.stand.Root+1 {
		return fmt.Errorf("publish root %d after %d: %w", next.Signed.Version, f.stand.Root, ErrRollback)
	}
	for _, by := range []*metadata.Metadata[metadata.RootType]{before, next} {
		if err := guarded("root", func() error { return by.VerifyDelegate(metadata.ROOT, next) }); err != nil {
			return err
		}
	}
	if charter.Online.ID() != r.online.Public().ID() {
		return fmt.Errorf("publish: the hub's key is another: %w", ErrNotSigner)
	}
	f.root, f.charter, f.stand.Root = next, charter, next.Signed.Version
	batch[metadataName(RoleRoot, next.Signed.Version)] = p.Document
	return nil
}

func (f *force) takeTop(byRole map[Role]Proposal, batch map[string][]byte, meta map[string]*metadata.MetaFiles) error {
	p, given := byRole[RoleTargets]
	delete(byRole, RoleTargets)
	if !given {
		return nil
	}
	next, err := read[metadata.TargetsType](RoleTargets, p.Document)
	if err != nil {
		return err
	}
	if _, err := follows(RoleTargets, f.top, 0, next); err != nil {
		return err
	}
	f.top = next
	batch[metadataName(RoleTargets, next.Signed.Version)] = p.Document
	meta[RoleTargets.file()] = metaOf(next.Signed.Version, p.Document)
	return nil
}

// takeDelegated takes what stewards share or a brake, and the entry it
// gets in the chain; none if only signatures were added.
func (r *Repository) takeDelegated(f *force, role Role, p Proposal, batch map[string][]byte, meta map[string]*metadata.MetaFiles, now time.Time) ([]Entry, error) {
	next, err := read[metadata.TargetsType](role, p.Document)
	if err != nil {
		return nil, err
	}
	if err := f.charter.checkDelegated(role, next, p.Target); err != nil {
		return nil, err
	}
	isNew, err := follows(role, f.docs[role], int64(f.stand.Ledger.Last[role].Version), next)
	if err != nil {
		return nil, err
	}
	version := uint64(next.Signed.Version)
	if role == RolePolicy {
		if err := r.policy.Fits(version, p.Target); err != nil {
			return nil, fmt.Errorf("publish policy %d: %w", version, ErrContent)
		}
	}
	if role.brake() {
		if err := f.braking(role, p.Target, now); err != nil {
			return nil, err
		}
	}
	f.docs[role] = next
	batch[metadataName(role, next.Signed.Version)] = p.Document
	batch[targetName(role, digest(p.Target))] = p.Target
	meta[role.file()] = metaOf(next.Signed.Version, p.Document)
	if !isNew {
		return nil, nil
	}
	return []Entry{{Role: role, Version: version, Digest: digest(p.Target), Time: f.entered(now).Unix()}}, nil
}

// entered is the time that stands in an entry. What a network begins with was
// entered when its root was proposed: a hub that lost everything and begins
// again with the same documents begins the same chain.
func (f *force) entered(now time.Time) time.Time {
	if f.snapshot == nil {
		return f.root.Signed.Expires.Add(-lifeOfStewards)
	}
	return now
}

func (f *force) braking(role Role, target []byte, now time.Time) error {
	b, err := ReadBrake(target)
	if err != nil {
		return err
	}
	if !b.Active(now) {
		return fmt.Errorf("publish %s: it is over: %w", role, ErrExpired)
	}
	if _, ok := f.charter.brakes()[role]; !ok {
		return fmt.Errorf("publish %s: %w", role, ErrNotSigner)
	}
	return b.inTime(now, 0)
}

// follows reports whether next is the next version, or says that it is the
// version in force again. Without the document in force, its version is what
// the chain says.
func follows(role Role, before *metadata.Metadata[metadata.TargetsType], version int64, next *metadata.Metadata[metadata.TargetsType]) (bool, error) {
	if before != nil {
		if sameSigned(before.Signed, next.Signed) {
			return false, nil
		}
		version = before.Signed.Version
	}
	if next.Signed.Version != version+1 {
		return false, fmt.Errorf("publish %s %d after %d: %w", role, next.Signed.Version, version, ErrRollback)
	}
	return true, nil
}

// check holds everything in force against the root in force.
func (f *force) check(now time.Time) error {
	if f.top == nil || f.docs[RoleRoster] == nil || f.docs[RolePolicy] == nil {
		return fmt.Errorf("publish: targets, roster or policy is missing: %w", ErrAbsent)
	}
	if err := guarded("targets", func() error { return f.root.VerifyDelegate(metadata.TARGETS, f.top) }); err != nil {
		return err
	}
	if err := f.charter.checkTop(f.top); err != nil {
		return err
	}
	if f.root.Signed.IsExpired(now) || f.top.Signed.IsExpired(now) {
		return fmt.Errorf("publish: root or targets: %w", ErrExpired)
	}
	brakes := f.charter.brakes()
	for role, doc := range f.docs {
		if _, ok := brakes[role]; role.brake() && !ok {
			continue // of a steward who is no longer one
		}
		if err := guarded(string(role), func() error { return f.top.VerifyDelegate(string(role), doc) }); err != nil {
			return err
		}
		if doc.Signed.IsExpired(now) && !role.spare() {
			return fmt.Errorf("publish: %s: %w", role, ErrExpired)
		}
	}
	return nil
}

// brakes lists the stewards by their brakes.
func (c Charter) brakes() map[Role]Steward {
	brakes := map[Role]Steward{}
	for _, s := range c.Stewards {
		if role, err := BrakeRole(s); err == nil {
			brakes[role] = s
		}
	}
	return brakes
}

// chain appends entries.
func (r *Repository) chain(ctx context.Context, f *force, entries []Entry, batch map[string][]byte) error {
	for _, e := range entries {
		head := f.stand.Ledger.Head
		e.Index, e.Previous = head.Length+1, head.Hash
		next, line, err := f.stand.Ledger.after(e)
		if err != nil {
			return err
		}
		name := pageName(head.Length / perPage)
		if _, begun := batch[name]; !begun {
			page, err := r.blobs.Get(ctx, name)
			if err != nil && !errors.Is(err, ErrAbsent) {
				return fmt.Errorf("publish: %w", err)
			}
			batch[name] = page
		}
		batch[name] = slices.Concat(batch[name], line, []byte("\n"))
		f.stand.Ledger = next
	}
	return nil
}
