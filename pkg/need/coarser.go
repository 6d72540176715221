package need

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Part is a part of a profile that may be said or left out. Priority and services are
// none: without them nobody can answer.
type Part string

// Parts, in the order in which a shelter can best do without them: its rules turn on
// the later ones more often.
const (
	PartWishes       Part = "wishes"
	PartNights       Part = "nights"
	PartPets         Part = "pets"
	PartExploitation Part = "exploitation"
	PartRegion       Part = "region"
	PartLanguages    Part = "languages"
	PartSize         Part = "size"
	PartWith         Part = "with"
	PartAge          Part = "age"
	PartAccess       Part = "access"
	PartGender       Part = "gender"
)

// Parts are all of them, in their order.
func Parts() []Part {
	return []Part{
		PartWishes, PartNights, PartPets, PartExploitation, PartRegion, PartLanguages,
		PartSize, PartWith, PartAge, PartAccess, PartGender,
	}
}

// manyParts is how many parts are many. With five or six answers of some five values
// each there are thousands of profiles, and in a region fewer people than that who
// need a place: the number is a judgement, and no promise about who looks alike.
const manyParts = 5

// Says are the parts that a profile says, in their order.
func (p Profile) Says() (said []Part) {
	is := map[Part]bool{
		PartWishes: len(p.Wishes) > 0, PartNights: p.Nights != "", PartPets: p.Pets, PartExploitation: p.Exploitation != "",
		PartRegion: p.Region != "", PartLanguages: len(p.Languages) > 0 || p.Interpreter, PartSize: p.Size != "",
		PartWith: !p.With.Empty(), PartAge: p.Age != "", PartAccess: !p.Access.Empty(), PartGender: p.Gender != "",
	}
	for _, part := range Parts() {
		if is[part] {
			said = append(said, part)
		}
	}
	return said
}

// Without is a profile that does not say a part.
func (p Profile) Without(part Part) Profile {
	switch part {
	case PartWishes:
		p.Wishes = nil
	case PartNights:
		p.Nights = ""
	case PartPets:
		p.Pets = false
	case PartExploitation:
		p.Exploitation = ""
	case PartRegion:
		p.Region = ""
	case PartLanguages:
		p.Languages, p.Interpreter = nil, false
	case PartSize:
		p.Size = ""
	case PartWith:
		p.With = 0
	case PartAge:
		p.Age = ""
	case PartAccess:
		p.Access = 0
	case PartGender:
		p.Gender = ""
	}
	return p
}

// Warning is what in a profile may point at somebody.
type Warning struct {
	Rare  []Part // parts whose value few people have
	Many  int    // how many parts are said, where those are many; else zero
	Leave []Part // what to leave out, the least needed first, until neither holds
}

// Warn says what may point at somebody and what to leave out for it. Nothing is
// refused: the person knows, and may want it said.
func (p Profile) Warn() Warning {
	var w Warning
	said := p.Says()
	for _, part := range said {
		if p.rare(part) {
			w.Rare = append(w.Rare, part)
		}
	}
	w.Leave = slices.Clone(w.Rare)
	if len(said) > manyParts {
		w.Many = len(said)
	}
	for _, part := range said {
		if len(said)-len(w.Leave) <= manyParts {
			break
		}
		if !slices.Contains(w.Leave, part) {
			w.Leave = append(w.Leave, part)
		}
	}
	return w
}

// rare reports whether few people have what a part says. Which values are rare is a
// judgement: no count is known for those who ask for a place at this border, so what
// is not the everyday answer counts as rare.
func (p Profile) rare(part Part) bool {
	switch part {
	case PartPets:
		return true
	case PartLanguages:
		return slices.ContainsFunc(p.Languages, func(l Language) bool { return l != "spa" && l != "eng" })
	case PartSize:
		return p.Size == posada.HouseholdTo6 || p.Size == posada.HouseholdFrom7
	case PartWith:
		return len(p.With.List()) > 2
	case PartAge:
		return p.Age == posada.Age0to11 || p.Age == posada.Age60plus
	case PartAccess:
		return true
	case PartGender:
		return p.Gender == posada.GenderNonBinary
	}
	return false
}
