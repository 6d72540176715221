package need

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Rules are whom one place at a shelter takes. They and what is free are the
// shelter's own: no event, request or report has a field for them, but for how one meets,
// which is told to whom the place is held for.
type Rules struct {
	Services     posada.Set[posada.ServiceType]      `json:"services"`
	Genders      posada.Set[posada.Gender]           `json:"genders"`
	Ages         posada.Set[posada.AgeBand]          `json:"ages"`
	With         posada.Set[posada.HouseholdKind]    `json:"with"`
	Exploitation posada.Set[posada.ExploitationKind] `json:"exploitation"`
	Languages    []Language                          `json:"languages,omitempty"`    // spoken there; none: any
	Interpreters bool                                `json:"interpreters,omitempty"` // there is one by telephone for any other language
	Access       posada.Set[posada.AccessNeed]       `json:"access"`
	Pets         bool                                `json:"pets,omitzero"`
	Regions      []Region                            `json:"regions,omitempty"` // where people are taken from; none: from anywhere
	Longest      posada.Nights                       `json:"longest,omitempty"` // how long somebody may stay; empty: as long as there is need
	Meet         posada.Meeting                      `json:"meet,omitempty"`    // how one meets; empty: as is said on the telephone
}

// Most of what rules list.
const (
	maxSpoken  = 32
	maxRegions = 64
)

// Check holds rules against what can be said of a place. All that is wrong is joined.
func (r Rules) Check() error {
	var wrong []error
	if r.Services.Empty() || !Placing().Covers(r.Services) {
		wrong = append(wrong, fmt.Errorf("services: %w", ErrNoService))
	}
	if r.Longest != "" && !posada.Known(r.Longest) {
		wrong = append(wrong, fmt.Errorf("longest: %w", posada.ErrUnknownWord))
	}
	if r.Meet != "" && !posada.Known(r.Meet) {
		wrong = append(wrong, fmt.Errorf("meet: %w", posada.ErrUnknownWord))
	}
	return errors.Join(append(wrong, listed("languages", r.Languages, maxSpoken, Language.check), listed("regions", r.Regions, maxRegions, Region.check))...)
}

// Fit is how a place answers a profile.
type Fit struct {
	Not posada.Set[posada.DeclineReason] // why it does not; empty: it does
	Ask posada.Set[posada.DeclineReason] // what may still be a reason, and is not said
}

// Fits reports whether anything speaks for offering. A person decides.
func (f Fit) Fits() bool { return f.Not.Empty() }

// Fit holds a profile against the rules and the number of free beds. It says the same
// of the same, keeps nothing, and reaches nothing.
func (r Rules) Fit(p Profile, free int) Fit {
	var f Fit
	// A part that is said is taken or is a reason; one that is not may be one, but
	// where all of its answers are taken.
	says := func(reason posada.DeclineReason, said, taken, all bool) {
		switch {
		case said && !taken:
			f.Not = f.Not.With(reason)
		case !said && !all:
			f.Ask = f.Ask.With(reason)
		}
	}
	says(posada.DeclineOther, true, !p.Services.And(r.Services).Empty(), true)
	says(posada.DeclineEligibilityGender, p.Gender != "", p.Gender != "" && r.Genders.Has(p.Gender), r.Genders.Full())
	says(posada.DeclineEligibilityAge, p.Age != "", p.Age != "" && r.Ages.Has(p.Age), r.Ages.Full())
	says(posada.DeclineEligibilityExploitation, p.Exploitation != "", p.Exploitation != "" && r.Exploitation.Has(p.Exploitation), r.Exploitation.Full())
	says(posada.DeclineEligibilityHousehold, !p.With.Empty(), r.With.Covers(p.With), p.Size == posada.HouseholdOne || r.With.Full())
	says(posada.DeclineEligibilityHousehold, p.Pets, r.Pets, r.Pets)
	says(posada.DeclineLackOfCapacity, true, free > 0 && free >= p.Size.Beds(), true)
	says(posada.DeclineLackOfCapacity, p.Size != "" && p.Size != posada.HouseholdFrom7, true, false)
	longest := cmp.Or(r.Longest, posada.NightsFrom31)
	says(posada.DeclineLackOfCapacity, p.Nights != "", atMost(p.Nights, longest), longest == posada.NightsFrom31)
	any := r.Interpreters || len(r.Languages) == 0
	says(posada.DeclineLanguage, len(p.Languages) > 0, any || slices.ContainsFunc(p.Languages, r.speaks), any)
	says(posada.DeclineAccessibility, !p.Access.Empty(), r.Access.Covers(p.Access), r.Access.Full())
	says(posada.DeclineDistance, p.Region != "", r.from(p.Region), len(r.Regions) == 0)
	return f
}

func (r Rules) speaks(l Language) bool { return slices.Contains(r.Languages, l) }

// from reports whether people are taken from a region: one that is named, a part of
// it, or, where the profile is the coarser, one of which a part is named.
func (r Rules) from(region Region) bool {
	return len(r.Regions) == 0 || slices.ContainsFunc(r.Regions, func(named Region) bool {
		return named.covers(region) || region.covers(named)
	})
}

// atMost reports whether so many nights are no more than the longest.
func atMost(n, longest posada.Nights) bool {
	order := posada.Members[posada.Nights]()
	return slices.Index(order, n) <= slices.Index(order, longest)
}
