package trust

import (
	"fmt"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/posada-exchange/posada/pkg/roster"
)

// readRoot parses a root and reads its charter.
func readRoot(text []byte) (*metadata.Metadata[metadata.RootType], Charter, error) {
	root, err := read[metadata.RootType](RoleRoot, text)
	if err != nil {
		return nil, Charter{}, err
	}
	charter, err := charterOf(root)
	return root, charter, err
}

// checkTop holds the top-level targets against the charter: its delegations
// are those the charter makes, and it has no file of its own, which would take
// the place of a delegated one.
func (c Charter) checkTop(top *metadata.Metadata[metadata.TargetsType]) error {
	if err := c.marked(top, RoleTargets); err != nil {
		return err
	}
	want, err := c.delegations()
	if err != nil {
		return err
	}
	if len(top.Signed.Targets) != 0 || top.Signed.Delegations == nil || !sameSigned(top.Signed.Delegations, want) {
		return fmt.Errorf("targets: not those of this root: %w", ErrMix)
	}
	return nil
}

func (c Charter) marked(doc *metadata.Metadata[metadata.TargetsType], role Role) error {
	said, err := marksOf(doc.Signed.UnrecognizedFields, role)
	if err != nil {
		return err
	}
	if said.Network != c.Network {
		return fmt.Errorf("%s: %w", role, ErrNetwork)
	}
	return nil
}

// checkDelegated holds a delegated document and its file against its role:
// one file of the role's name, with the digest signed, and a content that fits.
func (c Charter) checkDelegated(role Role, doc *metadata.Metadata[metadata.TargetsType], target []byte) error {
	if err := c.marked(doc, role); err != nil {
		return err
	}
	file := doc.Signed.Targets[role.file()]
	if doc.Signed.Delegations != nil || len(doc.Signed.Targets) != 1 || file == nil || len(file.Hashes["sha256"]) == 0 || len(file.Hashes) != 1 {
		return fmt.Errorf("%s: %w", role, ErrMalformed)
	}
	if _, err := saidOf(role, file); err != nil {
		return err
	}
	if len(target) == 0 {
		return fmt.Errorf("%s: an empty file: %w", role, ErrContent)
	}
	if file.Length > role.maxTarget() || int64(len(target)) > role.maxTarget() {
		return fmt.Errorf("%s: %w", role, ErrTooLarge)
	}
	if err := file.VerifyLengthHashes(target); err != nil {
		return fmt.Errorf("%s: its file: %w", role, ErrMix)
	}
	switch {
	case role == RoleRoster:
		return c.checkRoster(uint64(doc.Signed.Version), target)
	case role.brake():
		_, err := ReadBrake(target)
		return err
	case slices.Contains(shared(), role):
		return nil
	}
	return fmt.Errorf("%s: %w", role, ErrMalformed)
}

// checkRoster refuses a roster that is not of this network or does not carry
// its document's version: what a node says it runs must be what it runs.
func (c Charter) checkRoster(version uint64, target []byte) error {
	r, err := roster.Read(target)
	if err != nil {
		return fmt.Errorf("roster: %w", ErrContent)
	}
	if r.Network() != c.Network {
		return fmt.Errorf("roster: %w", ErrNetwork)
	}
	if r.Version() != version {
		return fmt.Errorf("roster: version %d in document %d: %w", r.Version(), version, ErrContent)
	}
	return nil
}
