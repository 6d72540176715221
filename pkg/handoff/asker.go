package handoff

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/fault"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Asker is the member of staff who asks, as the gateway tells the units of her:
// who she is, and what she does here now. The zero value is nobody.
type Asker struct {
	ID    posada.StaffID
	Roles posada.Set[posada.StaffRole]
	// AfterConfirming are categories that she is shown only when she has shown again who
	// she is: she signed in a while ago, and somebody else may sit there now.
	AfterConfirming posada.Set[posada.Category]
}

// SessionPrefix begins the token of a session, and no other: no other has a point.
const SessionPrefix = "s."

// Unconfirmed is the same person in a session in which nobody showed for some minutes who
// is there: where somebody is now is not shown in it.
func (a Asker) Unconfirmed() Asker {
	a.AfterConfirming = posada.SetOf(posada.CategoryLocationCurrent)
	return a
}

// Confirmed is the same person as if she had shown just now who she is: what she would
// be shown then.
func (a Asker) Confirmed() Asker {
	a.AfterConfirming = 0
	return a
}

// CareRoles are the roles whose work cases are. What of a case each may look at
// is the policy's to say.
func CareRoles() posada.Set[posada.StaffRole] {
	return posada.SetOf(posada.RoleAdvocate, posada.RoleLegal, posada.RoleMedical, posada.RoleCoordinator)
}

// WorksCases reports whether cases can be her work at all.
func (a Asker) WorksCases() bool { return a.ID != "" && !a.Roles.And(CareRoles()).Empty() }

// MayOpenCases reports whether she may begin a case. A volunteer may, and reads
// nothing of it back.
func (a Asker) MayOpenCases() bool {
	return a.WorksCases() || a.ID != "" && a.Roles.Has(posada.RoleVolunteerScreener)
}

// Administers reports whether she says who else works here.
func (a Asker) Administers() bool { return a.ID != "" && a.Roles.Has(posada.RoleAgencyAdmin) }

// AnswersNeeds reports whether she answers what other agencies ask a place for: those
// who work with people, and whoever is on at night. A need names nobody.
func (a Asker) AnswersNeeds() bool { return a.MayOpenCases() }

// KeepsPlaces reports whether she says whom the places here take.
func (a Asker) KeepsPlaces() bool {
	return a.ID != "" && !a.Roles.And(posada.SetOf(posada.RoleCoordinator, posada.RoleAdvocate, posada.RoleAgencyAdmin)).Empty()
}

// Assignment is whose work something is, as she finds it.
func (a Asker) Assignment(assigned []posada.StaffID) posada.Assignment {
	switch {
	case len(assigned) == 0:
		return posada.AssignedToNobody
	case a.ID != "" && slices.Contains(assigned, a.ID):
		return posada.AssignedToAsker
	}
	return posada.AssignedToOthers
}

// LooksAtOwn is her look at what this agency collected itself. What she is shown only
// after confirming is not asked for.
func (a Asker) LooksAtOwn(assigned []posada.StaffID, asked posada.Set[posada.Category]) pdp.Viewing {
	return pdp.Viewing{
		Roles: a.Roles, Assignment: a.Assignment(assigned), Origin: posada.OriginOwn, Window: posada.WindowWithin,
		Issuer: posada.StalenessLive, Asked: asked.Minus(a.AfterConfirming),
	}
}

// Shared is what is known of what another agency shared: for which purpose, whether
// this one may hold it now, and how lately the other was heard.
type Shared struct {
	Purpose posada.Purpose
	Window  posada.Window
	Issuer  posada.Staleness
}

// LooksAtReceived is her look at what another agency shared. What she is shown only after
// confirming is not asked for.
func (a Asker) LooksAtReceived(assigned []posada.StaffID, of Shared, asked posada.Set[posada.Category]) pdp.Viewing {
	return pdp.Viewing{
		Roles: a.Roles, Assignment: a.Assignment(assigned), Origin: posada.OriginReceived, Purpose: of.Purpose, Window: of.Window,
		Issuer: of.Issuer, Asked: asked.Minus(a.AfterConfirming),
	}
}

// NotHers reports whether an error says that a case is not her work, that for her
// there is none, or that it is to be destroyed and is nobody's work any more.
func NotHers(err error) bool {
	key := fault.From(err).Key
	return key == fault.UnknownCase || key == fault.NotAssigned || key == fault.BeingErased
}

// Assign is who does something after by has given it to another: to her as well,
// or instead of by. Whoever gives away what is not hers, as a coordinator does,
// gives it to the other alone.
func Assign(assigned []posada.StaffID, by, to posada.StaffID, instead bool) []posada.StaffID {
	var left []posada.StaffID
	for _, id := range assigned {
		if instead && (id == by || !slices.Contains(assigned, by)) || id == to {
			continue
		}
		left = append(left, id)
	}
	return append(left, to)
}
