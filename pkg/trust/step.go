package trust

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/roster"
)

// apartFor is how long a registry keeps a body's leaving a distrusted class and
// anything wider apart: a node looks only so often, and whoever wants to object
// to the one must not have to look for the other.
const apartFor = 2 * waitOfSome

// checkStep holds what is published against what was in force: two members speak
// for everybody who joins, and nobody leaves a distrusted class together with
// anything wider, in one publication or in several that come too close. What a
// network begins with is held against nothing.
func (r *Repository) checkStep(ctx context.Context, f *force, byRole map[Role]Proposal, now time.Time) error {
	if f.snapshot == nil || r.policy.Wider == nil {
		return nil
	}
	before, err := r.rosterOf(ctx, f.stand.Ledger.Last[RoleRoster])
	if err != nil {
		return err
	}
	next := before
	if p, given := byRole[RoleRoster]; given {
		if next, err = readSnapshot(p.Target); err != nil {
			return err
		}
		if err := Sponsored(before, next); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
	}
	if p, given := byRole[RolePolicy]; given {
		if err := r.checkSaid(ctx, f, p); err != nil {
			return err
		}
	}
	then, err := r.asOf(ctx, f, now)
	if err != nil {
		return err
	}
	old, err := r.rosterOf(ctx, then[RoleRoster])
	if err != nil {
		return err
	}
	wider, err := r.widerPolicy(ctx, f, then[RolePolicy], byRole)
	if err != nil {
		return err
	}
	if Rides(old, next, wider) {
		return fmt.Errorf("publish: %w", ErrRides)
	}
	return nil
}

// checkSaid holds what stewards signed of a policy against the one in force. One that
// is only signed again was held against the one before it.
func (r *Repository) checkSaid(ctx context.Context, f *force, p Proposal) error {
	last := f.stand.Ledger.Last[RolePolicy]
	if r.policy.Says == nil || last.Digest == digest(p.Target) {
		return nil
	}
	old, err := r.blobs.Get(ctx, targetName(RolePolicy, last.Digest))
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	said, err := saidOf(RolePolicy, f.docs[RolePolicy].Signed.Targets[RolePolicy.file()])
	if err != nil {
		return err
	}
	if err := r.policy.Says(old, p.Target, said); err != nil {
		return fmt.Errorf("publish policy: what is signed of it: %w", ErrMix)
	}
	return nil
}

func (r *Repository) widerPolicy(ctx context.Context, f *force, then Published, byRole map[Role]Proposal) (bool, error) {
	old, err := r.blobs.Get(ctx, targetName(RolePolicy, then.Digest))
	if err != nil {
		return false, fmt.Errorf("publish: %w", err)
	}
	next := byRole[RolePolicy].Target
	if next == nil {
		if next, err = r.blobs.Get(ctx, targetName(RolePolicy, f.stand.Ledger.Last[RolePolicy].Digest)); err != nil {
			return false, fmt.Errorf("publish: %w", err)
		}
	}
	return r.policy.Wider(old, next), nil
}

// asOf is which roster and which policy were in force two waits ago, or the
// first; in a practice network, where nothing waits, those in force now. One
// whose file this registry lost is passed over for the one after it.
func (r *Repository) asOf(ctx context.Context, f *force, now time.Time) (map[Role]Published, error) {
	since, then, found := now.Add(-apartFor), map[Role]Published{}, map[Role]bool{}
	if f.charter.Practice {
		since = now
	}
	for page := int64(f.stand.Ledger.Head.Length / perPage); page >= 0 && len(found) < 2; page-- {
		lines, err := r.page(ctx, uint64(page))
		if err != nil {
			return nil, err
		}
		for _, e := range slices.Backward(lines) {
			if e.Role != RoleRoster && e.Role != RolePolicy || found[e.Role] {
				continue
			}
			if _, err := r.blobs.Get(ctx, targetName(e.Role, e.Digest)); err == nil {
				then[e.Role] = Published{Version: e.Version, Digest: e.Digest}
			} else if !errors.Is(err, ErrAbsent) {
				return nil, fmt.Errorf("publish: %w", err)
			}
			if !time.Unix(e.Time, 0).After(since) {
				found[e.Role] = true
			}
		}
	}
	return then, nil
}

// page reads a page of the chain; the one that is to begin next has nothing yet.
func (r *Repository) page(ctx context.Context, page uint64) ([]Entry, error) {
	text, err := r.blobs.Get(ctx, pageName(page))
	if errors.Is(err, ErrAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	return readPage(text)
}

func (r *Repository) rosterOf(ctx context.Context, p Published) (roster.Snapshot, error) {
	text, err := r.blobs.Get(ctx, targetName(RoleRoster, p.Digest))
	if err != nil {
		return roster.Snapshot{}, fmt.Errorf("publish: %w", err)
	}
	return readSnapshot(text)
}

func readSnapshot(text []byte) (roster.Snapshot, error) {
	r, err := roster.Read(text)
	if err != nil {
		return roster.Snapshot{}, fmt.Errorf("roster: %w", ErrContent)
	}
	return r.Snapshot(), nil
}
