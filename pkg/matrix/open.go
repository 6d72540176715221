package matrix

import "github.com/posada-exchange/posada/pkg/posada"

// MayHold reports whether a table can give a class anything: whoever coordinates holds no
// case data (G8).
func MayHold(class posada.AgencyClass) bool {
	return posada.Known(class) && class != posada.ClassCoalition
}

// MayHave reports whether a table can give a class anything for a purpose: a body to be
// feared has something for those of law enforcement alone (G1).
func MayHave(class posada.AgencyClass, purpose posada.Purpose) bool {
	return MayHold(class) && posada.Known(purpose) && (!class.Distrusted() || purpose.OfLawEnforcement())
}

// MayLook reports whether a table can show a role anything of a case: a screener writes down
// and does not read back, and those who sign, audit or run an agency's program hold no case
// (G8).
func MayLook(role posada.StaffRole) bool {
	switch role {
	case posada.RoleAdvocate, posada.RoleCoordinator, posada.RoleLegal, posada.RoleMedical:
		return true
	}
	return false
}

// MayShow reports whether a table can show a role a category: what never leaves its holder
// (G4), only to those whose work it is.
func MayShow(role posada.StaffRole, category posada.Category) bool {
	switch category {
	case posada.CategoryLegalStrategy:
		return role == posada.RoleLegal
	case posada.CategoryLocationShelter:
		return role == posada.RoleAdvocate || role == posada.RoleCoordinator
	case posada.CategoryPhotoBiometric, posada.CategoryScreeningAnswers:
		return MayLook(role) && role != posada.RoleMedical
	}
	return MayLook(role) && posada.Known(category)
}

// Modes are what a cell of a class can say: of a body to be feared, nothing that asks for
// less than a ceremony (G1).
func Modes(class posada.AgencyClass) []posada.Mode {
	if class.Distrusted() {
		return []posada.Mode{posada.ModeNever, posada.ModeCeremony}
	}
	return posada.Members[posada.Mode]()
}
