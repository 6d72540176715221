package enrol_test

import (
	"errors"
	"testing"

	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

func claim(t testing.TB, agency, n byte) enrol.Claim {
	t.Helper()
	return enrol.Claim{Network: network, Agency: id(agency), Key: key(t, n, 's').Public()}
}

// TestALostKeyIsReplacedByTheOthers: what she had signed, they sign again with it.
func TestALostKeyIsReplacedByTheOthers(t *testing.T) {
	f := inForce(t) // the first two have signed what is in force
	m, err := f.Replace(claim(t, 2, 5), at())
	must(t, err)
	m = copied(t, m)
	if !m.Rotates() || m.Founds() || len(m.Proposals) != 4 || m.Charter().Threshold != 2 {
		t.Fatalf("%d proposals", len(m.Proposals))
	}
	if len(m.Signed()) != 0 {
		t.Error("who signed what is in force has signed that others decide")
	}
	if left := m.Leave(); len(left) != 1 || left[0].Agency != id(2) {
		t.Errorf("%+v", left)
	}
	if !m.Decided(trust.RoleRoster) || !m.Decided(trust.RolePolicy) || m.Decided(trust.RoleDirectory) {
		t.Error("what is in force is taken for a proposal")
	}
	for _, n := range []byte{1, 3} {
		if m.Lacks() == 0 {
			t.Error("one is enough")
		}
		m, err = copied(t, m).Sign(key(t, n, 's'))
		must(t, err)
	}
	if m.Lacks() != 0 {
		t.Errorf("lacks %d", m.Lacks())
	}
	if _, err := f.Replace(claim(t, 2, 2), at()); !errors.Is(err, enrol.ErrUnchanged) {
		t.Error(err)
	}
	if _, err := f.Replace(claim(t, 8, 5), at()); !errors.Is(err, enrol.ErrNoMember) {
		t.Error(err)
	}
	if _, err := f.Replace(claim(t, 2, 1), at()); !errors.Is(err, trust.ErrThreshold) {
		t.Error("two stewards of one key:", err)
	}
	other := claim(t, 2, 5)
	other.Network = another
	if _, err := f.Replace(other, at()); !errors.Is(err, enrol.ErrNetwork) {
		t.Error(err)
	}
}

// TestOtherStewardsAreSignedForByTheOldAndTheNew; every one signs for a member,
// and a directory is not signed again without its file.
func TestOtherStewardsAreSignedForByTheOldAndTheNew(t *testing.T) {
	f := inForce(t)
	m, err := f.Rotate(enrol.Stewardship{Stewards: []enrol.Claim{claim(t, 1, 1), claim(t, 3, 6)}}, at())
	must(t, err)
	if len(m.Leave()) != 2 || m.Lacks() != 2 {
		t.Fatalf("%+v", m.Leave())
	}
	for _, n := range []byte{2, 3, 6} {
		one, err := copied(t, m).Sign(key(t, 1, 's'))
		must(t, err)
		if one, err = one.Sign(key(t, n, 's')); err != nil {
			t.Fatal(err)
		}
		if one.Lacks() == 0 {
			t.Errorf("the first and steward %d are enough of both", n)
		}
	}
	for _, n := range []byte{1, 2, 6} {
		m, err = copied(t, m).Sign(key(t, n, 's'))
		must(t, err)
	}
	if m.Lacks() != 0 {
		t.Errorf("lacks %d", m.Lacks())
	}
	for name, c := range map[string]struct {
		s    enrol.Stewardship
		want error
	}{
		"of no member":          {enrol.Stewardship{Stewards: []enrol.Claim{claim(t, 1, 1), claim(t, 8, 6)}}, enrol.ErrNoAgency},
		"two of one agency":     {enrol.Stewardship{Stewards: []enrol.Claim{claim(t, 1, 1), claim(t, 1, 6)}}, trust.ErrThreshold},
		"more than there are":   {enrol.Stewardship{Stewards: []enrol.Claim{claim(t, 1, 1), claim(t, 2, 2)}, Threshold: 3}, trust.ErrThreshold},
		"fewer than as many do": {enrol.Stewardship{Stewards: []enrol.Claim{claim(t, 1, 1)}}, trust.ErrThreshold},
	} {
		if _, err := f.Rotate(c.s, at()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.Directory = trust.Proposal{Document: f.Policy.Document}
	if _, err := f.Replace(claim(t, 2, 5), at()); !errors.Is(err, enrol.ErrDirectory) {
		t.Error(err)
	}
}

// TestNoStewardSignsWhatMustNotRide, nor that somebody joins for whom nobody speaks.
func TestNoStewardSignsWhatMustNotRide(t *testing.T) {
	f := founding(t)
	f.Members[2].Class = posada.ClassLawEnforcement
	begun, err := enrol.Found(f, at())
	must(t, err)
	for _, n := range []byte{1, 2} {
		begun, err = begun.Sign(key(t, n, 's'))
		must(t, err)
	}
	root := begun.Proposals[0].Document
	motion := func(change func(*roster.Snapshot), policy bool) enrol.Motion {
		t.Helper()
		r, err := roster.Read(begun.Proposals[2].Target)
		must(t, err)
		s := r.Snapshot()
		s.Version++
		change(&s)
		text, err := roster.Write(s)
		must(t, err)
		p, err := trust.Propose(root, trust.RoleRoster, begun.Proposals[2].Document, text, at())
		must(t, err)
		m := enrol.Motion{Root: root, Base: begun.Proposals[2].Target, Proposals: []trust.Proposal{p}}
		if policy {
			p, err = trust.Propose(root, trust.RolePolicy, begun.Proposals[3].Document, []byte(`{"another":true}`), at())
			must(t, err)
			m.Proposals = append(m.Proposals, p)
		}
		m, err = enrol.NewMotion(m)
		must(t, err)
		return m
	}
	free := func(s *roster.Snapshot) { s.Agencies[2].Class = posada.ClassNGO }
	for name, c := range map[string]struct {
		m    enrol.Motion
		want error
	}{
		"the police as an NGO, alone": {motion(free, false), nil},
		"and a policy":                {motion(free, true), trust.ErrRides},
		"and another class":           {motion(func(s *roster.Snapshot) { free(s); s.Agencies[0].Class = posada.ClassShelter }, false), trust.ErrRides},
		"somebody for whom nobody speaks": {motion(func(s *roster.Snapshot) {
			s.Agencies = append(s.Agencies, request(t, 4, network).Member(posada.ClassNGO))
		}, false), trust.ErrSponsors},
		"a policy, and nobody leaves a class": {motion(func(*roster.Snapshot) {}, true), nil},
	} {
		if _, err := copied(t, c.m).Sign(key(t, 1, 's')); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	force := enrol.InForce{Root: root, Roster: begun.Proposals[2]}
	if _, err := force.Admit(request(t, 4, network), posada.ClassNGO, [2]posada.AgencyID{id(1), id(3)}, at()); !errors.Is(err, trust.ErrSponsors) {
		t.Error("proposed with the police to speak for them:", err)
	}
}

// TestANewRootIsSignedByTheOldStewardsAndTheNew: the second steward hands over to
// a fourth.
func TestANewRootIsSignedByTheOldStewardsAndTheNew(t *testing.T) {
	old := found(t, 1, 2)
	next := old.Charter()
	next.Stewards = []trust.Steward{next.Stewards[0], next.Stewards[2], {Agency: id(4), Key: key(t, 4, 's').Public()}}
	for i, s := range next.Stewards {
		if s.Agency == id(2) {
			next.Stewards[i] = trust.Steward{Agency: id(1), Key: key(t, 1, 's').Public()}
		}
	}
	root, targets, err := trust.Rotate(old.Proposals[0].Document, old.Proposals[1].Document, next, at())
	must(t, err)
	m, err := enrol.NewMotion(enrol.Motion{Root: old.Proposals[0].Document, Proposals: []trust.Proposal{root, targets}})
	must(t, err)
	if m.Founds() || m.Lacks() != 2 {
		t.Fatalf("lacks %d", m.Lacks())
	}
	for n, want := range map[byte]error{2: nil, 4: nil, 7: enrol.ErrNotYours} {
		if _, err := copied(t, m).Sign(key(t, n, 's')); !errors.Is(err, want) {
			t.Errorf("steward %d: %v", n, err)
		}
	}
	// The fourth is new: of the old ones one more is wanted than signed.
	for _, n := range []byte{1, 4} {
		m, err = m.Sign(key(t, n, 's'))
		must(t, err)
	}
	if m.Lacks() != 1 {
		t.Errorf("one old steward and a new one are taken for enough: lacks %d", m.Lacks())
	}
	m, err = m.Sign(key(t, 2, 's'))
	must(t, err)
	if m = copied(t, m); m.Lacks() != 0 || len(m.Signed()) != 3 {
		t.Errorf("lacks %d, signed by %d", m.Lacks(), len(m.Signed()))
	}
}
