package trust

import (
	"crypto"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/posada-exchange/posada/pkg/jose"
)

// Sign adds one steward's signature to a proposal. root is the root in force;
// for a first root, the proposal's own; for the targets that come with a new
// root, that one. It signs only what it can read as a document of this network
// with the file it speaks of, and only with a key of the role: nobody is led
// to sign a text they could not have been shown.
func Sign(p Proposal, root []byte, key jose.PrivateKey) (Proposal, error) {
	role, charters, err := examine(p, root)
	if err != nil {
		return Proposal{}, err
	}
	id, _, err := tufKey(key.Public())
	if err != nil {
		return Proposal{}, err
	}
	if !slices.ContainsFunc(charters, func(c Charter) bool { return c.mayOpen(role, id) }) {
		return Proposal{}, fmt.Errorf("sign %s: %w", role, ErrNotSigner)
	}
	text, err := p.Document, error(nil)
	if role == RoleRoot {
		text, err = addSignature[metadata.RootType](role, text, key, id)
	} else {
		text, err = addSignature[metadata.TargetsType](role, text, key, id)
	}
	return Proposal{Document: text, Target: p.Target}, err
}

// examine reads a proposal whole and returns the charters whose stewards may
// sign it: of a new root, the old one's and its own.
func examine(p Proposal, root []byte) (Role, []Charter, error) {
	role, err := roleOf(p.Document)
	if err != nil {
		return "", nil, err
	}
	trusted, charter, err := readRoot(root)
	if err != nil {
		return "", nil, err
	}
	if role == RoleRoot {
		proposed, next, err := readRoot(p.Document)
		if err != nil {
			return "", nil, err
		}
		if err := charter.succeededBy(next); err != nil {
			return "", nil, err
		}
		first := proposed.Signed.Version == 1 && sameSigned(proposed.Signed, trusted.Signed)
		if !first && proposed.Signed.Version != trusted.Signed.Version+1 {
			return "", nil, fmt.Errorf("root %d after %d: %w", proposed.Signed.Version, trusted.Signed.Version, ErrRollback)
		}
		return role, []Charter{charter, next}, nil
	}
	doc, err := read[metadata.TargetsType](role, p.Document)
	if err != nil {
		return "", nil, err
	}
	if role == RoleTargets {
		err = charter.checkTop(doc)
	} else {
		err = charter.checkDelegated(role, doc, p.Target)
	}
	return role, []Charter{charter}, err
}

// mayOpen reports whether a key belongs to a role under this charter.
func (c Charter) mayOpen(role Role, id string) bool {
	ids, _, err := c.keys()
	if err != nil || !slices.Contains(ids, id) {
		return false
	}
	return !role.brake() || role == brakeRole(id)
}

func addSignature[T metadata.Roles](role Role, text []byte, key jose.PrivateKey, id string) ([]byte, error) {
	doc, err := read[T](role, text)
	if err != nil {
		return nil, err
	}
	doc.Signatures = slices.DeleteFunc(doc.Signatures, func(s metadata.Signature) bool { return s.KeyID == id })
	signer, err := signature.LoadSigner(ed25519.NewKeyFromSeed(key.Seed()), crypto.Hash(0))
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", role, ErrNotSigner)
	}
	if _, err := doc.Sign(signer); err != nil {
		return nil, fmt.Errorf("sign %s: %w", role, ErrMalformed)
	}
	slices.SortFunc(doc.Signatures, byKey)
	return write(doc)
}

// Merge joins the signatures of two copies of one proposal, and drops those
// that do not verify: a bad one would keep a good one out. root is as in Sign.
// It refuses copies whose signed bytes, and so their files, differ.
func Merge(root []byte, a, b Proposal) (Proposal, error) {
	role, charters, err := examine(a, root)
	if err != nil {
		return Proposal{}, err
	}
	var text []byte
	if role == RoleRoot {
		text, err = merged[metadata.RootType](role, charters, a.Document, b.Document)
	} else {
		text, err = merged[metadata.TargetsType](role, charters, a.Document, b.Document)
	}
	return Proposal{Document: text, Target: a.Target}, err
}

func merged[T metadata.Roles](role Role, charters []Charter, a, b []byte) ([]byte, error) {
	x, err := read[T](role, a)
	if err != nil {
		return nil, err
	}
	y, err := read[T](role, b)
	if err != nil {
		return nil, err
	}
	if !sameSigned(x.Signed, y.Signed) {
		return nil, fmt.Errorf("merge %s: %w", role, ErrMix)
	}
	all := slices.Concat(x.Signatures, y.Signatures)
	x.Signatures = []metadata.Signature{}
	for _, s := range all {
		alone := &metadata.Metadata[T]{Signed: x.Signed, Signatures: []metadata.Signature{s}}
		good := slices.ContainsFunc(charters, func(c Charter) bool { return len(c.signers(role, alone)) == 1 })
		if good && !slices.ContainsFunc(x.Signatures, func(o metadata.Signature) bool { return o.KeyID == s.KeyID }) {
			x.Signatures = append(x.Signatures, s)
		}
	}
	slices.SortFunc(x.Signatures, byKey)
	return write(x)
}

func byKey(a, b metadata.Signature) int { return strings.Compare(a.KeyID, b.KeyID) }

// Signers lists the stewards whose valid signature a proposal carries; for a
// new root, those of the old and of the new. root is as in Sign.
func Signers(p Proposal, root []byte) ([]Steward, error) {
	role, charters, err := examine(p, root)
	if err != nil {
		return nil, err
	}
	var doc any
	if role == RoleRoot {
		doc, err = read[metadata.RootType](role, p.Document)
	} else {
		doc, err = read[metadata.TargetsType](role, p.Document)
	}
	if err != nil {
		return nil, err
	}
	var all []Steward
	for _, c := range charters {
		for _, s := range c.signers(role, doc) {
			if !slices.ContainsFunc(all, func(o Steward) bool { return o.Key.ID() == s.Key.ID() }) {
				all = append(all, s)
			}
		}
	}
	return all, nil
}

// signers asks go-tuf, for one steward at a time, whether she signed.
func (c Charter) signers(role Role, doc any) []Steward {
	var signed []Steward
	for _, s := range c.Stewards {
		id, key, err := tufKey(s.Key)
		if err != nil {
			continue
		}
		alone := metadata.Root(time.Time{})
		alone.Signed.Keys[id] = key
		alone.Signed.Roles[string(role)] = &metadata.Role{KeyIDs: []string{id}, Threshold: 1}
		if guarded("signer", func() error { return alone.VerifyDelegate(string(role), doc) }) == nil {
			signed = append(signed, s)
		}
	}
	return signed
}
