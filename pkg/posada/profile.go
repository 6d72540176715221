package posada

// The words of a need profile beside age band, service, priority and region:
// coarse on purpose, and none of them says who somebody is.

// Gender is as the person says it.
type Gender string

// Genders.
const (
	GenderWoman     Gender = "woman"
	GenderMan       Gender = "man"
	GenderNonBinary Gender = "non_binary"
)

func (Gender) members() []Gender { return []Gender{GenderWoman, GenderMan, GenderNonBinary} }

// UnmarshalText reads a gender and refuses any other text.
func (g *Gender) UnmarshalText(text []byte) error { return decode(g, text) }

// HouseholdSize is how many people need a place together.
type HouseholdSize string

// Household sizes.
const (
	HouseholdOne   HouseholdSize = "1"
	HouseholdTwo   HouseholdSize = "2"
	HouseholdTo4   HouseholdSize = "3-4"
	HouseholdTo6   HouseholdSize = "5-6"
	HouseholdFrom7 HouseholdSize = "7+"
)

func (HouseholdSize) members() []HouseholdSize {
	return []HouseholdSize{HouseholdOne, HouseholdTwo, HouseholdTo4, HouseholdTo6, HouseholdFrom7}
}

// UnmarshalText reads a household size and refuses any other text.
func (s *HouseholdSize) UnmarshalText(text []byte) error { return decode(s, text) }

// Beds is the least number of beds that certainly holds a household of this size;
// of the largest, the least that might, and a person asks. Zero where it is not
// said.
func (s HouseholdSize) Beds() int {
	switch s {
	case HouseholdOne:
		return 1
	case HouseholdTwo:
		return 2
	case HouseholdTo4:
		return 4
	case HouseholdTo6:
		return 6
	case HouseholdFrom7:
		return 7
	}
	return 0
}

// HouseholdKind is who is with the person.
type HouseholdKind string

// Household kinds.
const (
	WithYoungChildren HouseholdKind = "young_children" // under 12
	WithTeenageGirls  HouseholdKind = "teenage_girls"
	WithTeenageBoys   HouseholdKind = "teenage_boys" // whom many shelters for women do not take
	WithPartner       HouseholdKind = "partner"
	WithOlderRelative HouseholdKind = "older_relative"
	WithOtherAdult    HouseholdKind = "other_adult"
)

func (HouseholdKind) members() []HouseholdKind {
	return []HouseholdKind{
		WithYoungChildren, WithTeenageGirls, WithTeenageBoys, WithPartner, WithOlderRelative, WithOtherAdult,
	}
}

// UnmarshalText reads a household kind and refuses any other text.
func (k *HouseholdKind) UnmarshalText(text []byte) error { return decode(k, text) }

// ExploitationKind is what a shelter's rules may turn on, and nothing finer.
type ExploitationKind string

// Exploitation kinds.
const (
	ExploitationLabour ExploitationKind = "labour"
	ExploitationSexual ExploitationKind = "sexual"
	ExploitationBoth   ExploitationKind = "labour_and_sexual"
)

func (ExploitationKind) members() []ExploitationKind {
	return []ExploitationKind{ExploitationLabour, ExploitationSexual, ExploitationBoth}
}

// UnmarshalText reads an exploitation kind and refuses any other text.
func (e *ExploitationKind) UnmarshalText(text []byte) error { return decode(e, text) }

// AccessNeed is what somebody cannot do without.
type AccessNeed string

// Access needs.
const (
	AccessStepFree     AccessNeed = "step_free"
	AccessDeafSigning  AccessNeed = "sign_language"
	AccessLowVision    AccessNeed = "low_vision"
	AccessMedicineCold AccessNeed = "medicine_kept_cold"
	AccessCalmRoom     AccessNeed = "calm_room"
	AccessCareAtNight  AccessNeed = "care_at_night"
)

func (AccessNeed) members() []AccessNeed {
	return []AccessNeed{
		AccessStepFree, AccessDeafSigning, AccessLowVision, AccessMedicineCold, AccessCalmRoom, AccessCareAtNight,
	}
}

// UnmarshalText reads an access need and refuses any other text.
func (a *AccessNeed) UnmarshalText(text []byte) error { return decode(a, text) }

// Nights is for how long a place is asked.
type Nights string

// Nights.
const (
	NightsOne    Nights = "1"
	NightsTo3    Nights = "2-3"
	NightsTo7    Nights = "4-7"
	NightsTo30   Nights = "8-30"
	NightsFrom31 Nights = "31+"
)

func (Nights) members() []Nights {
	return []Nights{NightsOne, NightsTo3, NightsTo7, NightsTo30, NightsFrom31}
}

// UnmarshalText reads a number of nights and refuses any other text.
func (n *Nights) UnmarshalText(text []byte) error { return decode(n, text) }

// Wish is what matters to the person about a place. It is no rule: whoever
// offers reads it.
type Wish string

// Wishes.
const (
	WishTogether    Wish = "stay_together"
	WishFarAway     Wish = "far_from_here"
	WishNear        Wish = "near_here"
	WishOwnRoom     Wish = "own_room"
	WishWomenOnly   Wish = "women_only"
	WishOwnLanguage Wish = "own_language"
	WishKeepWorking Wish = "keep_working"
	WishSchool      Wish = "school"
)

func (Wish) members() []Wish {
	return []Wish{
		WishTogether, WishFarAway, WishNear, WishOwnRoom, WishWomenOnly, WishOwnLanguage, WishKeepWorking, WishSchool,
	}
}

// UnmarshalText reads a wish and refuses any other text.
func (w *Wish) UnmarshalText(text []byte) error { return decode(w, text) }
