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

// Modes are what a cell of a class can say: of a body to be feared, nothing that asks for
// less than a ceremony (G1).
func Modes(class posada.AgencyClass) []posada.Mode {
	if class.Distrusted() {
		return []posada.Mode{posada.ModeNever, posada.ModeCeremony}
	}
	return posada.Members[posada.Mode]()
}
