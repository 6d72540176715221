package enrol

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/posada-exchange/posada/pkg/jose"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// Motion is what stewards are asked to sign, together or not at all: one file,
// handed from one to the next. One that founds a network is, once enough have
// signed, the hub's network.json as it stands.
//
// Root and Base are there to be shown and to count by, and are signed by nobody
// in this file: a steward signs what the proposals say, and is shown all of it.
type Motion struct {
	Root      []byte           `json:"root,omitempty"`   // in force; none where a network is founded
	Base      []byte           `json:"base,omitempty"`   // the roster in force
	Policy    []byte           `json:"policy,omitempty"` // the policy in force, where another is proposed
	Hub       string           `json:"hub,omitempty"`    // as in trust.Founding
	Proposals []trust.Proposal `json:"proposals"`

	read []trust.Examined
}

// NewMotion makes a motion of proposals that belong together.
func NewMotion(m Motion) (Motion, error) { return m, m.examine() }

// ReadMotion reads the file. All of it is of one network, and no role is there
// twice.
func ReadMotion(text []byte) (m Motion, err error) {
	if err := read(text, &m); err != nil {
		return Motion{}, fmt.Errorf("read motion: %w", err)
	}
	return m, m.examine()
}

// Write writes the file.
func (m Motion) Write() ([]byte, error) { return write(m) }

func (m *Motion) examine() error {
	m.read = nil
	roles := map[trust.Role]bool{}
	for _, p := range m.Proposals {
		e, err := trust.Examine(p, m.rootOf(p))
		if err != nil {
			return fmt.Errorf("read motion: %w", err)
		}
		if roles[e.Role] {
			return fmt.Errorf("read motion: %s: %w", e.Role, ErrTwice)
		}
		if len(m.read) > 0 && e.Charter.Network != m.read[0].Charter.Network {
			return fmt.Errorf("read motion: %w", ErrNetwork)
		}
		roles[e.Role], m.read = true, append(m.read, e)
	}
	if len(m.read) == 0 {
		return fmt.Errorf("read motion: %w", ErrMalformed)
	}
	return nil
}

// rootOf is the root that a proposal is read under: for all that come with a new
// root, that one; for the new root itself the one in force, or its own.
func (m Motion) rootOf(p trust.Proposal) []byte {
	role, err := p.RoleOf()
	if err != nil || role == trust.RoleRoot && m.Root != nil {
		return m.Root
	}
	if root, ok := m.proposal(trust.RoleRoot); ok {
		return root.Document
	}
	return m.Root
}

func (m Motion) proposal(role trust.Role) (trust.Proposal, bool) {
	i := slices.IndexFunc(m.Proposals, func(p trust.Proposal) bool { is, err := p.RoleOf(); return err == nil && is == role })
	if i < 0 {
		return trust.Proposal{}, false
	}
	return m.Proposals[i], true
}

// Examined is what each proposal says and who signed it, in order.
func (m Motion) Examined() []trust.Examined { return m.read }

// ID names what is asked, whoever has signed it.
func (m Motion) ID() posada.MotionID {
	h := sha256.New()
	for _, e := range m.read {
		h.Write(e.Digest[:])
	}
	return posada.IDFrom[posada.MotionID]([16]byte(h.Sum(nil)))
}

// Charter is the network's, as it would be.
func (m Motion) Charter() trust.Charter { return m.read[0].Charter }

// Founds reports whether a network begins with it.
func (m Motion) Founds() bool {
	return m.Root == nil && slices.ContainsFunc(m.read, func(e trust.Examined) bool { return e.Role == trust.RoleRoot && e.Version == 1 })
}

// Lacks is how many signatures it still needs.
func (m Motion) Lacks() int {
	lacks := 0
	for _, e := range m.read {
		lacks = max(lacks, e.Lacks)
	}
	return lacks
}

// Signed lists the stewards who signed all of it that they have a part in. What is in
// force already and is only signed again has signatures before anybody is asked.
func (m Motion) Signed() []trust.Steward {
	var all []trust.Steward
	for _, e := range m.read {
		for _, s := range e.Signed {
			if !has(all, s) && m.signedBy(s) {
				all = append(all, s)
			}
		}
	}
	return all
}

func (m Motion) signedBy(s trust.Steward) bool {
	before, err := trust.ReadCharter(m.Root)
	return !slices.ContainsFunc(m.read, func(e trust.Examined) bool {
		part := has(e.Charter.Stewards, s) || e.Role == trust.RoleRoot && err == nil && has(before.Stewards, s)
		return part && !has(e.Signed, s)
	})
}

func has(list []trust.Steward, s trust.Steward) bool {
	return slices.ContainsFunc(list, func(o trust.Steward) bool { return o.Key.ID() == s.Key.ID() })
}

// Check refuses what no registry takes and no node counts, as far as it can be
// seen beside the roster in force: somebody who joins with nobody to speak for
// them, and a body that leaves a distrusted class together with anything else.
func (m Motion) Check() error {
	base, next, ok := m.Rosters()
	if !ok || m.Founds() {
		return nil
	}
	if err := trust.Sponsored(base, next); err != nil {
		return err
	}
	if _, changes := m.proposal(trust.RolePolicy); trust.Rides(base, next, changes) {
		return fmt.Errorf("motion: %w", trust.ErrRides)
	}
	return nil
}

// Sign signs everything in it that the steward has a part in. What founds a
// network is not signed beyond enough: a network is known by its first root as
// it was published, signatures and all.
func (m Motion) Sign(key jose.PrivateKey) (Motion, error) {
	if m.Founds() && m.Lacks() == 0 {
		return m, fmt.Errorf("sign: %w", ErrSigned)
	}
	if err := m.Check(); err != nil {
		return m, err
	}
	signed, some := slices.Clone(m.Proposals), false
	for i, p := range m.Proposals {
		next, err := trust.Sign(p, m.rootOf(p), key)
		if errors.Is(err, trust.ErrNotSigner) {
			continue // she has no part in this one
		}
		if err != nil {
			return m, err
		}
		signed[i], some = next, true
	}
	if !some {
		return m, fmt.Errorf("sign: %w", ErrNotYours)
	}
	m.Proposals = signed
	return NewMotion(m)
}

// Merge joins the signatures of two copies of one motion.
func (m Motion) Merge(other Motion) (Motion, error) {
	if m.Charter().Network != other.Charter().Network {
		return m, fmt.Errorf("merge: %w", ErrNetwork)
	}
	if m.Founds() && m.Lacks() == 0 {
		return m, fmt.Errorf("merge: %w", ErrSigned)
	}
	if len(m.Proposals) != len(other.Proposals) {
		return m, fmt.Errorf("merge: %w", trust.ErrMix)
	}
	merged := slices.Clone(m.Proposals)
	for i, p := range m.Proposals {
		theirs, ok := other.proposal(m.read[i].Role)
		if !ok {
			return m, fmt.Errorf("merge: %w", trust.ErrMix)
		}
		both, err := trust.Merge(m.rootOf(p), p, theirs)
		if err != nil {
			return m, err
		}
		merged[i] = both
	}
	m.Proposals = merged
	return NewMotion(m)
}

// Rosters are the roster in force, if it was given, and the one that is
// proposed; ok is whether one is.
func (m Motion) Rosters() (base, next roster.Snapshot, ok bool) {
	if r, err := roster.Read(m.Base); err == nil {
		base = r.Snapshot()
	}
	p, ok := m.proposal(trust.RoleRoster)
	if !ok {
		return base, next, false
	}
	r, err := roster.Read(p.Target) // Examine has read it
	if err != nil {
		return base, next, false
	}
	return base, r.Snapshot(), true
}

// Table is the policy that is proposed, with what is signed of it; ok is whether one is,
// and not one that was decided before. It is held against Policy.
func (m Motion) Table() (text []byte, said *trust.Said, ok bool) {
	for i, e := range m.read {
		if e.Role == trust.RolePolicy && e.Version > 1 && !m.Decided(e.Role) {
			return m.Proposals[i].Target, e.Said, true
		}
	}
	return nil, nil, false
}

// Directory is the sealed directory that is proposed and its version; ok is whether one is.
func (m Motion) Directory() (sealed []byte, version uint64, ok bool) {
	for i, e := range m.read {
		if e.Role == trust.RoleDirectory {
			return m.Proposals[i].Target, e.Version, true
		}
	}
	return nil, 0, false
}

// Braked is the brake that is proposed; ok is whether one is.
func (m Motion) Braked() (trust.Brake, bool) {
	for _, p := range m.Proposals {
		if b, err := trust.ReadBrake(p.Target); err == nil {
			return b, true
		}
	}
	return trust.Brake{}, false
}

// Anchor is what a join code says of the network that this founds.
func (m Motion) Anchor() (trust.Anchor, error) {
	root, ok := m.proposal(trust.RoleRoot)
	_, first, members := m.Rosters()
	if !m.Founds() || !ok || !members {
		return trust.Anchor{}, fmt.Errorf("join code: %w", ErrMalformed)
	}
	if m.Lacks() > 0 {
		return trust.Anchor{}, fmt.Errorf("join code: %w", ErrUnsigned)
	}
	c := m.Charter()
	return trust.Anchor{Network: c.Network, Root: trust.Pin(root.Document), Hub: m.Hub, Pins: first.Hub.Pins, Practice: c.Practice}, nil
}

// member finds a member of a snapshot.
func member(s roster.Snapshot, id posada.AgencyID) int {
	return slices.IndexFunc(s.Agencies, func(a roster.Agency) bool { return a.ID == id })
}
