package enrol

import (
	"fmt"
	"slices"
	"time"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// Founder is one founding member, in the class it will have.
type Founder struct {
	Request Request
	Class   posada.AgencyClass
}

// Founding is what a network is to begin with.
type Founding struct {
	Draft     Draft
	Hub       Hub
	Stewards  []Claim
	Members   []Founder
	Threshold int    // 0: more than half of the stewards
	Policy    []byte // the network's table, as JSON
}

// Found proposes the network. Every steward signs for a member, and nobody for
// two of them.
func Found(f Founding, now time.Time) (Motion, error) {
	first := roster.Snapshot{
		Network: f.Draft.Network, Version: 1,
		Hub: roster.Hub{Operator: f.Hub.Operator, Receipt: f.Hub.Receipt, Pins: f.Hub.Pins},
	}
	for _, m := range f.Members {
		if m.Request.Network != f.Draft.Network {
			return Motion{}, fmt.Errorf("found: a request: %w", ErrNetwork)
		}
		if member(first, m.Request.Agency) >= 0 {
			return Motion{}, fmt.Errorf("found: a request: %w", ErrTwice)
		}
		first.Agencies = append(first.Agencies, m.Request.Member(m.Class))
	}
	c := trust.Charter{Network: f.Draft.Network, Practice: f.Draft.Practice, Threshold: f.Threshold, Online: f.Hub.Online}
	for _, s := range f.Stewards {
		if s.Network != f.Draft.Network {
			return Motion{}, fmt.Errorf("found: a steward: %w", ErrNetwork)
		}
		if member(first, s.Agency) < 0 {
			return Motion{}, fmt.Errorf("found: %w", ErrNoAgency)
		}
		c.Stewards = append(c.Stewards, trust.Steward{Agency: s.Agency, Key: s.Key})
	}
	if c.Threshold == 0 {
		c.Threshold = len(c.Stewards)/2 + 1
	}
	root, targets, err := trust.Found(c, now)
	if err != nil {
		return Motion{}, err
	}
	text, err := roster.Write(first)
	if err != nil {
		return Motion{}, fmt.Errorf("found: %w", err)
	}
	members, err := trust.Propose(root.Document, trust.RoleRoster, nil, text, now)
	if err != nil {
		return Motion{}, err
	}
	rules, err := trust.Propose(root.Document, trust.RolePolicy, nil, f.Policy, now)
	if err != nil {
		return Motion{}, err
	}
	return NewMotion(Motion{Hub: f.Hub.Address, Proposals: []trust.Proposal{root, targets, members, rules}})
}

// InForce is what stewards signed last: what comes next is proposed on top of.
type InForce struct {
	Root    []byte
	Targets []byte
	Roster  trust.Proposal
	Policy  trust.Proposal
	Packs   trust.Proposal // none: there were never any
	// Directory is the document in force without its file; none: there was never one.
	Directory trust.Proposal
	Brakes    map[trust.Role]trust.Proposal
}

// On is what is in force, of what stewards signed last by role.
func On(signed map[trust.Role]trust.Proposal) InForce {
	return InForce{
		Root: signed[trust.RoleRoot].Document, Targets: signed[trust.RoleTargets].Document, Roster: signed[trust.RoleRoster], Policy: signed[trust.RolePolicy],
		Packs: signed[trust.RolePacks], Directory: signed[trust.RoleDirectory], Brakes: signed,
	}
}

// next proposes the roster in force with a change.
func (f InForce) next(now time.Time, change func(*roster.Snapshot) error) (Motion, error) {
	r, err := roster.Read(f.Roster.Target)
	if err != nil {
		return Motion{}, fmt.Errorf("propose a roster: %w", ErrMalformed)
	}
	s := r.Snapshot()
	s.Version++
	s.Agencies = slices.Clone(s.Agencies)
	if err := change(&s); err != nil {
		return Motion{}, fmt.Errorf("propose a roster: %w", err)
	}
	if _, err := roster.New(s); err != nil {
		return Motion{}, fmt.Errorf("propose a roster: %w: %w", ErrTwice, err)
	}
	text, err := roster.Write(s)
	if err != nil {
		return Motion{}, fmt.Errorf("propose a roster: %w", err)
	}
	p, err := trust.Propose(f.Root, trust.RoleRoster, f.Roster.Document, text, now)
	if err != nil {
		return Motion{}, err
	}
	m, err := NewMotion(Motion{Root: f.Root, Base: f.Roster.Target, Proposals: []trust.Proposal{p}})
	if err != nil {
		return Motion{}, err
	}
	return m, m.Check()
}

// Admit proposes that an agency becomes a member, in a class, for which two
// members speak; of one that is a member already, another class, or that it is
// active again. An id stays with its key: whoever asks under a member's id with
// another key is somebody else, or a member that lost its node, which is for
// Readmit.
func (f InForce) Admit(r Request, class posada.AgencyClass, sponsors [2]posada.AgencyID, now time.Time) (Motion, error) {
	return f.next(now, func(s *roster.Snapshot) error {
		if r.Network != s.Network {
			return ErrNetwork
		}
		joins := r.Member(class)
		joins.Sponsors = sponsors
		switch at := member(*s, r.Agency); {
		case at < 0:
			s.Agencies = append(s.Agencies, joins)
		case sameMember(s.Agencies[at], joins):
			return ErrUnchanged
		case s.Agencies[at].Identity.ID() != joins.Identity.ID():
			return ErrTwice
		default:
			joins.Sponsors = s.Agencies[at].Sponsors // those it joined by
			s.Agencies[at] = joins
		}
		return nil
	})
}

// Readmit proposes that a member whose node was lost goes on under the key of
// its new one, in its class and under its id. Whoever had the old key can speak
// for it no more.
func (f InForce) Readmit(r Request, now time.Time) (Motion, error) {
	return f.next(now, func(s *roster.Snapshot) error {
		if r.Network != s.Network {
			return ErrNetwork
		}
		at := member(*s, r.Agency)
		if at < 0 {
			return ErrNoMember
		}
		if s.Agencies[at].Identity.ID() == r.Identity.ID() {
			return ErrUnchanged
		}
		again := r.Member(s.Agencies[at].Class)
		again.Sponsors = s.Agencies[at].Sponsors
		s.Agencies[at] = again
		return nil
	})
}

// Stand proposes another standing for a member. One that is removed stays
// listed, so that it is told, and what others ask it to take back still counts.
func (f InForce) Stand(id posada.AgencyID, standing posada.Standing, now time.Time) (Motion, error) {
	return f.next(now, func(s *roster.Snapshot) error {
		at := member(*s, id)
		if at < 0 {
			return ErrNoMember
		}
		if s.Agencies[at].Standing == standing {
			return ErrUnchanged
		}
		s.Agencies[at].Standing = standing
		return nil
	})
}

// NextDirectory is the version that the next directory has.
func (f InForce) NextDirectory() (uint64, error) {
	if f.Directory.Document == nil {
		return 1, nil
	}
	before, err := trust.VersionOf(f.Directory.Document)
	return before + 1, err
}

// List proposes a sealed directory, of the next version.
func (f InForce) List(sealed []byte, now time.Time) (Motion, error) {
	p, err := trust.Propose(f.Root, trust.RoleDirectory, f.Directory.Document, sealed, now)
	if err != nil {
		return Motion{}, err
	}
	return NewMotion(Motion{Root: f.Root, Base: f.Roster.Target, Proposals: []trust.Proposal{p}})
}

// NextPolicy is the version that the next policy has.
func (f InForce) NextPolicy() (uint64, error) {
	before, err := trust.VersionOf(f.Policy.Document)
	return before + 1, err
}

// Rule proposes the next policy, with what is signed of it beside it. Whether it is one
// the rules allow is for whoever signs it to see.
func (f InForce) Rule(table []byte, said trust.Said, now time.Time) (Motion, error) {
	p, err := trust.ProposePolicy(f.Root, f.Policy.Document, table, said, now)
	if err != nil {
		return Motion{}, err
	}
	return NewMotion(Motion{Root: f.Root, Base: f.Roster.Target, Policy: f.Policy.Target, Proposals: []trust.Proposal{p}})
}

// Suspend proposes a steward's brake on members.
func (f InForce) Suspend(s trust.Steward, ids []posada.AgencyID, until, now time.Time) (Motion, error) {
	return f.Stop(s, trust.Brake{Suspend: ids, Until: until.Unix()}, now)
}

// Stop proposes a steward's brake. What her brake in force still stops, the new one
// stops too, for as long.
func (f InForce) Stop(s trust.Steward, b trust.Brake, now time.Time) (Motion, error) {
	role, err := trust.BrakeRole(s)
	if err != nil {
		return Motion{}, err
	}
	before := f.Brakes[role]
	if old, err := trust.ReadBrake(before.Target); err == nil && old.Active(now) {
		b.Suspend, b.Never, b.Object = both(b.Suspend, old.Suspend), both(b.Never, old.Never), both(b.Object, old.Object)
		b.Until = max(b.Until, old.Until)
	}
	p, err := trust.ProposeBrake(f.Root, s, before.Document, b, now)
	if err != nil {
		return Motion{}, err
	}
	return NewMotion(Motion{Root: f.Root, Base: f.Roster.Target, Proposals: []trust.Proposal{p}})
}

// both is a list and what of another is not in it yet.
func both[T comparable](list, other []T) []T {
	list = slices.Clone(list)
	for _, x := range other {
		if !slices.Contains(list, x) {
			list = append(list, x)
		}
	}
	return list
}

func sameMember(a, b roster.Agency) bool {
	return a.ID == b.ID && a.Class == b.Class && a.Standing == b.Standing && a.Mailbox == b.Mailbox && a.Identity.ID() == b.Identity.ID()
}

// What a motion changes for one member.
const (
	ChangeNone   = ""
	ChangeJoins  = "joins"
	ChangeKeys   = "keys"
	ChangeClass  = "class"
	ChangeStands = "stands"
)

// Row is one member of a roster that is proposed, and what is new about it.
type Row struct {
	Agency roster.Agency
	Change string
}

// Rows lists all members of the proposed roster: whoever signs, signs all of
// them, and not only what is new.
func Rows(base, next roster.Snapshot) []Row {
	var rows []Row
	for _, a := range next.Agencies {
		row := Row{Agency: a}
		if at := member(base, a.ID); at < 0 {
			row.Change = ChangeJoins
		} else if b := base.Agencies[at]; b.Identity.ID() != a.Identity.ID() || b.Mailbox != a.Mailbox {
			row.Change = ChangeKeys
		} else if b.Class != a.Class {
			row.Change = ChangeClass
		} else if b.Standing != a.Standing {
			row.Change = ChangeStands
		}
		rows = append(rows, row)
	}
	return rows
}

// Gone lists the members of the base that the next has no row for.
func Gone(base, next roster.Snapshot) []roster.Agency {
	var gone []roster.Agency
	for _, a := range base.Agencies {
		if member(next, a.ID) < 0 {
			gone = append(gone, a)
		}
	}
	return gone
}
