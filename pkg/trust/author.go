package trust

import (
	"fmt"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Proposal is a document on its way to enough signatures, with the file it
// speaks of: what stewards hand to each other. It holds nothing secret.
type Proposal struct {
	Document []byte `json:"document"`         // TUF metadata, canonical JSON
	Target   []byte `json:"target,omitempty"` // none for root and targets
}

// Found proposes a network: the first root and its delegations. It takes
// public keys only; every steward makes and keeps her own, and nobody here
// could sign for another.
func Found(c Charter, now time.Time) (root, targets Proposal, err error) {
	return c.propose(1, 1, now)
}

// Rotate proposes the next root for other stewards, another number of them or
// another hub's key. Stewards of the old and of the new root must sign it;
// those of the new one its targets. A network stays the same network, and a
// practice stays a practice.
func Rotate(root, targets []byte, next Charter, now time.Time) (newRoot, newTargets Proposal, err error) {
	old, charter, err := readRoot(root)
	if err != nil {
		return Proposal{}, Proposal{}, err
	}
	top, err := read[metadata.TargetsType](RoleTargets, targets)
	if err != nil {
		return Proposal{}, Proposal{}, err
	}
	if err := charter.succeededBy(next); err != nil {
		return Proposal{}, Proposal{}, err
	}
	return next.propose(old.Signed.Version+1, top.Signed.Version+1, now)
}

func (c Charter) succeededBy(next Charter) error {
	if c.Network != next.Network || c.Practice != next.Practice {
		return fmt.Errorf("root: %w", ErrNetwork)
	}
	return nil
}

func (c Charter) propose(rootVersion, targetsVersion int64, now time.Time) (Proposal, Proposal, error) {
	expires := whole(now.Add(lifeOfStewards))
	root, err := c.root(rootVersion, expires)
	if err != nil {
		return Proposal{}, Proposal{}, err
	}
	targets := metadata.Targets(expires)
	targets.Signed.Version = targetsVersion
	targets.Signed.UnrecognizedFields = marks{Network: c.Network, Role: RoleTargets}.fields()
	if targets.Signed.Delegations, err = c.delegations(); err != nil {
		return Proposal{}, Proposal{}, err
	}
	r, err := write(root)
	if err != nil {
		return Proposal{}, Proposal{}, err
	}
	t, err := write(targets)
	if err != nil {
		return Proposal{}, Proposal{}, err
	}
	return Proposal{Document: r}, Proposal{Document: t}, nil
}

// Propose proposes the next version of a role that stewards share: base is the
// document in force, nil for the first.
func Propose(root []byte, role Role, base, target []byte, now time.Time) (Proposal, error) {
	if role.brake() {
		return Proposal{}, fmt.Errorf("%s is a brake: %w", role, ErrContent)
	}
	return propose(root, role, base, target, nil, now.Add(lifeOfStewards))
}

// ProposePolicy proposes the next policy, and has stewards sign what it comes to.
func ProposePolicy(root, base, target []byte, said Said, now time.Time) (Proposal, error) {
	return propose(root, RolePolicy, base, target, &said, now.Add(lifeOfStewards))
}

// ProposeBrake proposes a steward's next brake; her one signature suffices.
func ProposeBrake(root []byte, s Steward, base []byte, b Brake, now time.Time) (Proposal, error) {
	role, err := BrakeRole(s)
	if err != nil {
		return Proposal{}, err
	}
	if !b.Active(now) {
		return Proposal{}, fmt.Errorf("brake: over before it begins: %w", ErrContent)
	}
	if err := b.inTime(now, 0); err != nil {
		return Proposal{}, err
	}
	target, err := b.Write()
	if err != nil {
		return Proposal{}, err
	}
	// The document outlives the brake: a brake that is over is no reason to
	// refuse what else the hub serves.
	return propose(root, role, base, target, nil, now.Add(lifeOfStewards))
}

func propose(root []byte, role Role, base, target []byte, said *Said, expires time.Time) (Proposal, error) {
	_, charter, err := readRoot(root)
	if err != nil {
		return Proposal{}, err
	}
	version := int64(1)
	if base != nil {
		before, err := read[metadata.TargetsType](role, base)
		if err != nil {
			return Proposal{}, err
		}
		version = before.Signed.Version + 1
	}
	doc := metadata.Targets(whole(expires))
	doc.Signed.Version = version
	doc.Signed.UnrecognizedFields = marks{Network: charter.Network, Role: role}.fields()
	file, err := metadata.TargetFile().FromBytes(role.file(), target, "sha256")
	if err != nil {
		return Proposal{}, fmt.Errorf("propose %s: %w", role, ErrContent)
	}
	if file.Custom, err = said.write(); err != nil {
		return Proposal{}, err
	}
	doc.Signed.Targets[role.file()] = file
	if err := charter.checkDelegated(role, doc, target); err != nil {
		return Proposal{}, err
	}
	text, err := write(doc)
	return Proposal{Document: text, Target: target}, err
}

// whole is the second a moment lies in: TUF's times have no fractions.
func whole(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
