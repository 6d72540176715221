package posada

// AgencyClass is what kind of body an agency is. Policy speaks of classes,
// never of single agencies.
type AgencyClass string

// The classes that care for people. Coalition is the members' coordinator; it
// may never receive case data.
const (
	ClassNGO           AgencyClass = "ngo"
	ClassShelter       AgencyClass = "shelter"
	ClassLegalAid      AgencyClass = "legal_aid"
	ClassHealth        AgencyClass = "health"
	ClassMentalHealth  AgencyClass = "mental_health"
	ClassWorkerCenter  AgencyClass = "worker_center"
	ClassChildAdvocate AgencyClass = "child_advocate"
	ClassInterpreter   AgencyClass = "interpreter"
	ClassMaterialAid   AgencyClass = "material_aid"
	ClassCoalition     AgencyClass = "coalition"
)

// The classes that start at never in every cell of the network policy.
const (
	ClassLocalGovernment AgencyClass = "local_government"
	ClassSchool          AgencyClass = "school"
	ClassFunder          AgencyClass = "funder"
	ClassResearch        AgencyClass = "research"
)

// The distrusted classes: bodies survivors have reason to fear. A distrusted
// member is treated as an adversary that holds valid credentials.
const (
	ClassLawEnforcement           AgencyClass = "law_enforcement"
	ClassImmigrationEnforcement   AgencyClass = "immigration_enforcement"
	ClassBorder                   AgencyClass = "border"
	ClassProsecution              AgencyClass = "prosecution"
	ClassMilitary                 AgencyClass = "military"
	ClassCentralGovernment        AgencyClass = "central_government"
	ClassConsular                 AgencyClass = "consular"
	ClassMXPublicAuthority        AgencyClass = "mx_public_authority"
	ClassChildProtectionAuthority AgencyClass = "child_protection_authority"
	ClassSponsorOrEmployer        AgencyClass = "sponsor_or_employer"
)

func (AgencyClass) members() []AgencyClass {
	return []AgencyClass{
		ClassNGO, ClassShelter, ClassLegalAid, ClassHealth, ClassMentalHealth, ClassWorkerCenter,
		ClassChildAdvocate, ClassInterpreter, ClassMaterialAid, ClassCoalition,
		ClassLocalGovernment, ClassSchool, ClassFunder, ClassResearch,
		ClassLawEnforcement, ClassImmigrationEnforcement, ClassBorder, ClassProsecution, ClassMilitary,
		ClassCentralGovernment, ClassConsular, ClassMXPublicAuthority, ClassChildProtectionAuthority,
		ClassSponsorOrEmployer,
	}
}

// UnmarshalText reads a class and refuses any other text.
func (c *AgencyClass) UnmarshalText(text []byte) error { return decode(c, text) }

// Distrusted reports whether survivors have reason to fear bodies of this
// class. A class nobody knows is distrusted.
func (c AgencyClass) Distrusted() bool {
	switch c {
	case ClassNGO, ClassShelter, ClassLegalAid, ClassHealth, ClassMentalHealth, ClassWorkerCenter,
		ClassChildAdvocate, ClassInterpreter, ClassMaterialAid, ClassCoalition,
		ClassLocalGovernment, ClassSchool, ClassFunder, ClassResearch:
		return false
	}
	return true
}

// MaxMembers is how many agencies a network may have.
const MaxMembers = 1000

// Standing is an agency's place in the network at a moment.
type Standing string

// Standing values. An agency the roster does not hold is unknown, and listed where it has
// no node and stewards signed which class it is of: nothing is sent to it. One that joins is
// in a roster that stewards signed and that does not run here yet: it is asked, and given
// nothing about anybody. No steward signs either word.
const (
	StandingActive    Standing = "active"
	StandingJoining   Standing = "joining"
	StandingSuspended Standing = "suspended"
	StandingRemoved   Standing = "removed"
	StandingListed    Standing = "listed"
	StandingUnknown   Standing = "unknown"
)

func (Standing) members() []Standing {
	return []Standing{StandingActive, StandingJoining, StandingSuspended, StandingRemoved, StandingListed, StandingUnknown}
}

// UnmarshalText reads a standing and refuses any other text.
func (s *Standing) UnmarshalText(text []byte) error { return decode(s, text) }

// StaffRole is what a person does at her agency; it decides which categories
// she may look at.
type StaffRole string

// Staff roles.
const (
	RoleAdvocate          StaffRole = "advocate"
	RoleLegal             StaffRole = "legal"
	RoleMedical           StaffRole = "medical"
	RoleVolunteerScreener StaffRole = "volunteer_screener"
	RoleCoordinator       StaffRole = "coordinator"
	RoleSteward           StaffRole = "steward"
	RoleAuditor           StaffRole = "auditor"
	RoleAgencyAdmin       StaffRole = "agency_admin"
)

func (StaffRole) members() []StaffRole {
	return []StaffRole{
		RoleAdvocate, RoleLegal, RoleMedical, RoleVolunteerScreener,
		RoleCoordinator, RoleSteward, RoleAuditor, RoleAgencyAdmin,
	}
}

// UnmarshalText reads a role and refuses any other text.
func (r *StaffRole) UnmarshalText(text []byte) error { return decode(r, text) }

// Assignment is whose work a case is, as somebody who asks to look finds it.
type Assignment string

// Assignments.
const (
	AssignedToAsker  Assignment = "asker" // to her, whoever else does it too
	AssignedToOthers Assignment = "others"
	AssignedToNobody Assignment = "nobody"
)

func (Assignment) members() []Assignment {
	return []Assignment{AssignedToAsker, AssignedToOthers, AssignedToNobody}
}

// UnmarshalText reads an assignment and refuses any other text.
func (a *Assignment) UnmarshalText(text []byte) error { return decode(a, text) }

// Holding is how an agency stands to what another shared with it.
type Holding string

// Holdings.
const (
	HoldingHeld      Holding = "held"
	HoldingOver      Holding = "over"       // it may be held no longer
	HoldingTakenBack Holding = "taken_back" // by her, or by whoever sent it
)

func (Holding) members() []Holding { return []Holding{HoldingHeld, HoldingOver, HoldingTakenBack} }

// UnmarshalText reads a holding and refuses any other text.
func (h *Holding) UnmarshalText(text []byte) error { return decode(h, text) }

// Origin is where what somebody looks at comes from.
type Origin string

// Origins.
const (
	OriginOwn      Origin = "own"      // this agency collected it
	OriginReceived Origin = "received" // another shared it, for a purpose and a time
)

func (Origin) members() []Origin { return []Origin{OriginOwn, OriginReceived} }

// UnmarshalText reads an origin and refuses any other text.
func (o *Origin) UnmarshalText(text []byte) error { return decode(o, text) }
