package trust

import (
	"fmt"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/posada-exchange/posada/pkg/jose"
)

// Examined is what a proposal says and who has signed it, for whoever is asked
// to sign it or to bring it to the hub.
type Examined struct {
	Role    Role
	Version uint64
	Charter Charter   // whose stewards decide; of a new root, its own
	Signed  []Steward // whose valid signature it carries
	Said    *Said     // of a policy: what it comes to; nil where it does not say
	Digest  [32]byte  // SHA-256 of what is signed
	// Lacks is how many signatures are still wanted. Of a new root, those of
	// the old one and those of its own are both wanted; this is the larger.
	Lacks int
}

// Examine reads a proposal whole. root is as in Sign.
func Examine(p Proposal, root []byte) (Examined, error) {
	role, charters, err := examine(p, root)
	if err != nil {
		return Examined{}, err
	}
	e := Examined{Role: role, Charter: charters[len(charters)-1]}
	var doc any
	if role == RoleRoot {
		read, err := read[metadata.RootType](role, p.Document)
		if err != nil {
			return Examined{}, err
		}
		doc, e.Version = read, uint64(read.Signed.Version)
		if e.Digest, err = digestSigned(read.Signed); err != nil {
			return Examined{}, err
		}
	} else {
		read, err := read[metadata.TargetsType](role, p.Document)
		if err != nil {
			return Examined{}, err
		}
		doc, e.Version = read, uint64(read.Signed.Version)
		if e.Digest, err = digestSigned(read.Signed); err != nil {
			return Examined{}, err
		}
		if file := read.Signed.Targets[role.file()]; file != nil {
			e.Said, err = saidOf(role, file)
		}
		if err != nil {
			return Examined{}, err
		}
	}
	for _, c := range charters {
		signed := c.signers(role, doc)
		want := c.Threshold
		if role.brake() {
			want = 1
			signed = slices.DeleteFunc(signed, func(s Steward) bool { own, err := BrakeRole(s); return err != nil || own != role })
		}
		e.Lacks = max(e.Lacks, want-len(signed))
		for _, s := range signed {
			if !slices.ContainsFunc(e.Signed, func(o Steward) bool { return o.Key.ID() == s.Key.ID() }) {
				e.Signed = append(e.Signed, s)
			}
		}
	}
	return e, nil
}

// RoleOf tells what role a proposal says it is of; nothing of it was checked.
func (p Proposal) RoleOf() (Role, error) { return roleOf(p.Document) }

// VersionOf tells what version a document says it is; nothing of it was checked.
func VersionOf(document []byte) (uint64, error) {
	v, err := versionOf(document)
	if err != nil || v < 1 {
		return 0, fmt.Errorf("read a document: %w", ErrMalformed)
	}
	return uint64(v), nil
}

// ReadCharter reads what a root says. Who signed it is not looked at.
func ReadCharter(root []byte) (Charter, error) {
	_, c, err := readRoot(root)
	return c, err
}

// Steward finds the steward a key is of.
func (c Charter) Steward(key jose.PublicKey) (Steward, error) {
	i := slices.IndexFunc(c.Stewards, func(s Steward) bool { return s.Key.ID() == key.ID() })
	if i < 0 {
		return Steward{}, fmt.Errorf("find a steward: %w", ErrNotSigner)
	}
	return c.Stewards[i], nil
}
