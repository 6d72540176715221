package enrol

import (
	"fmt"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// Stewardship is who decides from the next root on.
type Stewardship struct {
	Stewards  []Claim
	Threshold int // 0: as many as now, and no fewer than more than half
}

// Replace proposes a next root in which an agency's steward has another key:
// she lost hers, or somebody else may have it.
func (f InForce) Replace(c Claim, now time.Time) (Motion, error) {
	charter, err := trust.ReadCharter(f.Root)
	if err != nil {
		return Motion{}, err
	}
	if c.Network != charter.Network {
		return Motion{}, fmt.Errorf("replace a steward's key: %w", ErrNetwork)
	}
	at := slices.IndexFunc(charter.Stewards, func(s trust.Steward) bool { return s.Agency == c.Agency })
	if at < 0 {
		return Motion{}, fmt.Errorf("replace a steward's key: %w", ErrNoMember)
	}
	if charter.Stewards[at].Key.ID() == c.Key.ID() {
		return Motion{}, fmt.Errorf("replace a steward's key: %w", ErrUnchanged)
	}
	charter.Stewards[at].Key = c.Key
	return f.rotate(charter, now)
}

// Rotate proposes a next root: other stewards, or another number of them who
// decide. Every steward signs for a member.
func (f InForce) Rotate(s Stewardship, now time.Time) (Motion, error) {
	charter, err := trust.ReadCharter(f.Root)
	if err != nil {
		return Motion{}, err
	}
	r, err := roster.Read(f.Roster.Target)
	if err != nil {
		return Motion{}, fmt.Errorf("rotate: %w", ErrMalformed)
	}
	next := charter
	next.Stewards = nil
	for _, c := range s.Stewards {
		if c.Network != charter.Network {
			return Motion{}, fmt.Errorf("rotate: %w", ErrNetwork)
		}
		if member(r.Snapshot(), c.Agency) < 0 {
			return Motion{}, fmt.Errorf("rotate: %w", ErrNoAgency)
		}
		next.Stewards = append(next.Stewards, trust.Steward{Agency: c.Agency, Key: c.Key})
	}
	if next.Threshold = s.Threshold; next.Threshold == 0 {
		next.Threshold = max(charter.Threshold, len(next.Stewards)/2+1)
	}
	return f.rotate(next, now)
}

// rotate puts beside the next root what stays in force and was signed by too few
// of its stewards: they sign that again, as it is.
func (f InForce) rotate(next trust.Charter, now time.Time) (Motion, error) {
	root, targets, err := trust.Rotate(f.Root, f.Targets, next, now)
	if err != nil {
		return Motion{}, err
	}
	m := Motion{Root: f.Root, Base: f.Roster.Target, Proposals: []trust.Proposal{root, targets}}
	for _, p := range []trust.Proposal{f.Roster, f.Policy, f.Packs, f.Directory} {
		if p.Document == nil {
			continue
		}
		if p.Target == nil {
			return Motion{}, fmt.Errorf("rotate: %w", ErrDirectory)
		}
		e, err := trust.Examine(p, root.Document)
		if err != nil {
			return Motion{}, err
		}
		if e.Lacks > 0 {
			m.Proposals = append(m.Proposals, p)
		}
	}
	return NewMotion(m)
}

// Rotates reports whether it is a next root, for stewards of the one in force
// and of the next to sign.
func (m Motion) Rotates() bool {
	_, is := m.proposal(trust.RoleRoot)
	return is && !m.Founds()
}

// Leave lists the stewards of the root in force whose key decides no more.
func (m Motion) Leave() []trust.Steward {
	before, err := trust.ReadCharter(m.Root)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(before.Stewards, func(s trust.Steward) bool {
		_, err := m.Charter().Steward(s.Key)
		return err == nil
	})
}

// Decided reports whether enough stewards of the root in force signed what a
// role's file says, so that it is only signed again.
func (m Motion) Decided(role trust.Role) bool {
	p, ok := m.proposal(role)
	if !ok || !m.Rotates() {
		return false
	}
	e, err := trust.Examine(p, m.Root)
	return err == nil && e.Lacks == 0
}
