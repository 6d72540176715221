package handoff_test

import (
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/handoff"
	"github.com/posada-exchange/posada/pkg/posada"
)

func staff(n byte) posada.StaffID { return posada.IDFrom[posada.StaffID]([16]byte{n}) }

func TestWhatEachRoleMayDoAtAll(t *testing.T) {
	may := map[posada.StaffRole]struct{ works, opens, administers bool }{
		posada.RoleAdvocate: {true, true, false}, posada.RoleLegal: {true, true, false},
		posada.RoleMedical: {true, true, false}, posada.RoleCoordinator: {true, true, false},
		posada.RoleVolunteerScreener: {false, true, false},
		posada.RoleSteward:           {}, posada.RoleAuditor: {}, posada.RoleAgencyAdmin: {false, false, true},
	}
	for _, role := range posada.Members[posada.StaffRole]() {
		want, decided := may[role]
		a := handoff.Asker{ID: staff(1), Roles: posada.SetOf(role)}
		if !decided || a.WorksCases() != want.works || a.MayOpenCases() != want.opens || a.Administers() != want.administers {
			t.Errorf("%s", role)
		}
		// A role is somebody's.
		if a.ID = ""; a.WorksCases() || a.MayOpenCases() || a.Administers() {
			t.Errorf("nobody, as %s, may something", role)
		}
	}
}

func TestWhoseWorkSomethingIs(t *testing.T) {
	she := handoff.Asker{ID: staff(1)}
	for _, c := range []struct {
		by       handoff.Asker
		assigned []posada.StaffID
		want     posada.Assignment
	}{
		{she, nil, posada.AssignedToNobody},
		{she, []posada.StaffID{staff(2), staff(1)}, posada.AssignedToAsker},
		{she, []posada.StaffID{staff(2)}, posada.AssignedToOthers},
		{handoff.Asker{}, []posada.StaffID{""}, posada.AssignedToOthers},
	} {
		if got := c.by.Assignment(c.assigned); got != c.want {
			t.Errorf("%v: %s", c.assigned, got)
		}
	}
}

func TestWorkIsSharedOrHandedOver(t *testing.T) {
	one, two, three := staff(1), staff(2), staff(3)
	for name, c := range map[string]struct {
		assigned []posada.StaffID
		by, to   posada.StaffID
		instead  bool
		want     []posada.StaffID
	}{
		"the first":                         {nil, one, one, false, []posada.StaffID{one}},
		"another too":                       {[]posada.StaffID{one}, one, two, false, []posada.StaffID{one, two}},
		"one who has it":                    {[]posada.StaffID{one, two}, one, two, false, []posada.StaffID{one, two}},
		"instead of her, not of others":     {[]posada.StaffID{one, three}, one, two, true, []posada.StaffID{three, two}},
		"instead of her, to who has it":     {[]posada.StaffID{one, two}, one, two, true, []posada.StaffID{two}},
		"to herself instead of herself":     {[]posada.StaffID{one}, one, one, true, []posada.StaffID{one}},
		"a coordinator, instead of all":     {[]posada.StaffID{one, three}, two, two, true, []posada.StaffID{two}},
		"a coordinator, of nobody's":        {nil, three, one, true, []posada.StaffID{one}},
		"a coordinator, to one of them all": {[]posada.StaffID{one, three}, two, one, true, []posada.StaffID{one}},
	} {
		before := slices.Clone(c.assigned)
		if got := handoff.Assign(c.assigned, c.by, c.to, c.instead); !slices.Equal(got, c.want) || !slices.Equal(c.assigned, before) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestWhatNeedsConfirmingIsNotAskedForBefore: whichever way she looks.
func TestWhatNeedsConfirmingIsNotAskedForBefore(t *testing.T) {
	all := posada.SetOf(posada.CategoryNeeds, posada.CategoryLocationCurrent, posada.CategoryLocationShelter)
	less := all.Minus(posada.SetOf(posada.CategoryLocationCurrent))
	she := handoff.Asker{ID: staff(1), Roles: posada.SetOf(posada.RoleAdvocate)}
	for _, c := range []struct {
		by   handoff.Asker
		want posada.Set[posada.Category]
	}{{she, all}, {she.Unconfirmed(), less}, {she.Unconfirmed().Confirmed(), all}, {she.Unconfirmed().Unconfirmed(), less}} {
		if own, received := c.by.LooksAtOwn(nil, all).Asked, c.by.LooksAtReceived(nil, handoff.Shared{}, all).Asked; own != c.want || received != c.want {
			t.Errorf("%v is asked of her own, %v of what was shared", own.List(), received.List())
		}
		if c.by.ID != she.ID || c.by.Roles != she.Roles {
			t.Errorf("she is %+v", c.by)
		}
	}
}
