package matrix

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/posada"
)

// View is what each role at an agency may look at of a case, as people write it. A role that
// is not in it sees nothing. nil is a table that says nothing of it: AsShipped.
type View map[posada.StaffRole]posada.Set[posada.Category]

// Look names one cell of a view.
type Look struct {
	Role     posada.StaffRole `json:"role"`
	Category posada.Category  `json:"category"`
}

// AsShipped is what each role sees where a table does not say: what the table says that this
// program carries.
func AsShipped() View {
	most := posada.SetOf(posada.Members[posada.Category]()...).Minus(posada.SetOf(posada.CategoryLegalStrategy))
	return View{
		posada.RoleAdvocate:    most,
		posada.RoleCoordinator: most,
		posada.RoleLegal:       most.With(posada.CategoryLegalStrategy).Minus(posada.SetOf(posada.CategoryLocationShelter)),
		posada.RoleMedical: posada.SetOf(
			posada.CategoryNeeds, posada.CategorySafeContact, posada.CategoryIdentity, posada.CategoryHousehold, posada.CategoryMinorDetails,
			posada.CategoryMedical, posada.CategoryMentalHealth, posada.CategoryReproductiveHealth,
			posada.CategoryDocuments, posada.CategoryServiceHistory, posada.CategoryOutcome, posada.CategorySafetyPlan,
		),
	}
}

// Sees is what each role may look at by a table, said or not.
func (t Table) Sees() View {
	if t.View == nil {
		return AsShipped()
	}
	return t.View
}

// Shows reports whether a role may look at a category.
func (v View) Shows(l Look) bool { return v[l.Role].Has(l.Category) }

// List is every cell that shows something, in the order of the vocabularies.
func (v View) List() (looks []Look) {
	for _, role := range posada.Members[posada.StaffRole]() {
		for _, category := range v[role].List() {
			looks = append(looks, Look{role, category})
		}
	}
	return looks
}

// With is a copy in which some cells show, or do not.
func (v View) With(shows bool, looks ...Look) View {
	next := View{}
	for role, categories := range v {
		next[role] = categories
	}
	for _, l := range looks {
		one := posada.SetOf(l.Category)
		if next[l.Role] = next[l.Role].Minus(one); shows {
			next[l.Role] = next[l.Role].Or(one)
		}
	}
	return next
}

// Minus is what v shows and o does not.
func (v View) Minus(o View) (looks []Look) {
	return slices.DeleteFunc(v.List(), o.Shows)
}

// Least is what both show, where o speaks of a role; of any other role, what v shows.
func (v View) Least(o View) View {
	least := View{}
	for role, categories := range v {
		if narrower, says := o[role]; says {
			categories = categories.And(narrower)
		}
		least[role] = categories
	}
	return least
}

// Viewers is cells that one sentence says: every one of the roles may look at every one of
// the categories.
type Viewers struct {
	Roles      []posada.StaffRole
	Categories []posada.Category
}

// Together puts cells of a view into a sentence for all roles that have the same categories.
// They say the cells, each once.
func Together(looks []Look) (all []Viewers) {
	for _, role := range posada.Members[posada.StaffRole]() {
		var categories []posada.Category
		for _, l := range looks {
			if l.Role == role {
				categories = append(categories, l.Category)
			}
		}
		if len(categories) == 0 {
			continue
		}
		i := slices.IndexFunc(all, func(o Viewers) bool { return slices.Equal(o.Categories, categories) })
		if i < 0 {
			all = append(all, Viewers{[]posada.StaffRole{role}, categories})
			continue
		}
		all[i].Roles = append(all[i].Roles, role)
	}
	return all
}

// Each gives the cells that a sentence says.
func (v Viewers) Each() (looks []Look) {
	for _, role := range v.Roles {
		for _, category := range v.Categories {
			looks = append(looks, Look{role, category})
		}
	}
	return looks
}
