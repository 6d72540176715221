package prove

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// View is which role sees what by the network's table, read apart from the rules.
type View map[posada.StaffRole][]posada.Category

// readView reads what a table says of it; of one that does not say, what it comes to.
func readView(text []byte) (View, error) {
	var file struct {
		View View `json:"view"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("read the view: %w", err)
	}
	if file.View != nil {
		return file.View, nil
	}
	view := View{}
	for _, r := range posada.Members[posada.StaffRole]() {
		for _, c := range posada.Members[posada.Category]() {
			if roleSees(r, c) {
				view[r] = append(view[r], c)
			}
		}
	}
	return view, nil
}

// viewingOracle says again, in Go, what the rules of policy/view say.
func viewingOracle(shown View) []condition[pdp.Viewing] {
	type V = pdp.Viewing
	own := func(v V) bool { return v.Origin == posada.OriginOwn }
	return []condition[V]{
		whole("V.live", func(v V) bool {
			return own(v) || v.Origin == posada.OriginReceived && v.Window == posada.WindowWithin
		}),
		whole("V.purpose", func(v V) bool {
			return own(v) || slices.ContainsFunc(v.Roles.List(), func(r posada.StaffRole) bool { return worksFor(r, v.Purpose) })
		}),
		perCategory("V.guard", func(v V, c posada.Category) bool {
			return slices.ContainsFunc(v.Roles.List(), func(r posada.StaffRole) bool { return maySee(r, c) })
		}),
		perCategory("V.role", func(v V, c posada.Category) bool {
			return slices.ContainsFunc(v.Roles.List(), func(r posada.StaffRole) bool { return slices.Contains(shown[r], c) })
		}),
		perCategory("V.need", func(v V, c posada.Category) bool {
			switch v.Assignment {
			case posada.AssignedToAsker:
				return true
			case posada.AssignedToNobody:
				return firstLook(c) && (v.Roles.Has(posada.RoleCoordinator) || v.Origin == posada.OriginReceived)
			case posada.AssignedToOthers:
				return firstLook(c) && v.Roles.Has(posada.RoleCoordinator)
			}
			return false
		}),
		perCategory("V.issuer", func(v V, c posada.Category) bool {
			return posada.Known(c) && (v.Issuer == posada.StalenessLive || c != posada.CategoryLocationCurrent)
		}),
	}
}

func firstLook(c posada.Category) bool {
	return c == posada.CategoryNeeds || c == posada.CategoryOutcome
}

// maySee is what a table may show a role at most.
func maySee(r posada.StaffRole, c posada.Category) bool {
	switch r {
	case posada.RoleAdvocate, posada.RoleCoordinator, posada.RoleLegal:
		return roleSees(r, c)
	case posada.RoleMedical:
		return leaves(c)
	}
	return false
}

// roleSees is what a role sees where a table does not say.
func roleSees(r posada.StaffRole, c posada.Category) bool {
	switch r {
	case posada.RoleAdvocate, posada.RoleCoordinator:
		return posada.Known(c) && c != posada.CategoryLegalStrategy
	case posada.RoleLegal:
		return posada.Known(c) && c != posada.CategoryLocationShelter
	case posada.RoleMedical:
		switch c {
		case posada.CategoryNeeds, posada.CategorySafeContact, posada.CategoryIdentity, posada.CategoryHousehold,
			posada.CategoryMinorDetails, posada.CategoryMedical, posada.CategoryMentalHealth,
			posada.CategoryReproductiveHealth, posada.CategoryDocuments, posada.CategoryServiceHistory,
			posada.CategoryOutcome, posada.CategorySafetyPlan:
			return true
		}
	}
	return false
}

func worksFor(r posada.StaffRole, p posada.Purpose) bool {
	shared := []posada.Purpose{posada.PurposeCaseManagement, posada.PurposeInterpretation, posada.PurposeImmediateSafety}
	switch r {
	case posada.RoleAdvocate, posada.RoleCoordinator:
		return true
	case posada.RoleLegal:
		return p.OfLawEnforcement() || slices.Contains(append(shared,
			posada.PurposeLegal, posada.PurposeWageRecovery, posada.PurposeImmigrationTVisa, posada.PurposeImmigrationUVisa,
			posada.PurposeImmigrationAsylum, posada.PurposeImmigrationContinuedPresence, posada.PurposeFamilyTracing), p)
	case posada.RoleMedical:
		return slices.Contains(append(shared, posada.PurposeHealth, posada.PurposeMentalHealth), p)
	}
	return false
}
