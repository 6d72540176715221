package posada

import "slices"

// Purpose is why data is shared. A permit for one purpose never implies
// another.
type Purpose string

// Purposes.
const (
	PurposeShelter                      Purpose = "shelter"
	PurposeLegal                        Purpose = "legal"
	PurposeHealth                       Purpose = "health"
	PurposeMentalHealth                 Purpose = "mental_health"
	PurposeMaterialAid                  Purpose = "material_aid"
	PurposeEducation                    Purpose = "education"
	PurposeLivelihood                   Purpose = "livelihood"
	PurposeInterpretation               Purpose = "interpretation"
	PurposeCaseManagement               Purpose = "case_management"
	PurposeImmediateSafety              Purpose = "immediate_safety"
	PurposeWageRecovery                 Purpose = "wage_recovery"
	PurposeImmigrationTVisa             Purpose = "immigration_t_visa"
	PurposeImmigrationUVisa             Purpose = "immigration_u_visa"
	PurposeImmigrationAsylum            Purpose = "immigration_asylum"
	PurposeImmigrationContinuedPresence Purpose = "immigration_continued_presence"
	PurposeLawEnforcementDeclaration    Purpose = "law_enforcement_declaration"
	PurposeLawEnforcementCertification  Purpose = "law_enforcement_certification"
	PurposeSurvivorReport               Purpose = "survivor_report"
	PurposeProsecutionSupport           Purpose = "prosecution_support"
	PurposeFamilyTracing                Purpose = "family_tracing"
	PurposeStatisticsAggregate          Purpose = "statistics_aggregate"
)

func (Purpose) members() []Purpose {
	return []Purpose{
		PurposeShelter, PurposeLegal, PurposeHealth, PurposeMentalHealth, PurposeMaterialAid,
		PurposeEducation, PurposeLivelihood, PurposeInterpretation, PurposeCaseManagement,
		PurposeImmediateSafety, PurposeWageRecovery, PurposeImmigrationTVisa, PurposeImmigrationUVisa,
		PurposeImmigrationAsylum, PurposeImmigrationContinuedPresence, PurposeLawEnforcementDeclaration,
		PurposeLawEnforcementCertification, PurposeSurvivorReport, PurposeProsecutionSupport,
		PurposeFamilyTracing, PurposeStatisticsAggregate,
	}
}

// OfLawEnforcement reports whether a purpose is one of law enforcement: nothing is
// given for it but after her own opt-in (G1).
func (p Purpose) OfLawEnforcement() bool {
	switch p {
	case PurposeLawEnforcementDeclaration, PurposeLawEnforcementCertification, PurposeSurvivorReport, PurposeProsecutionSupport:
		return true
	}
	return false
}

// UnmarshalText reads a purpose and refuses any other text.
func (p *Purpose) UnmarshalText(text []byte) error { return decode(p, text) }

// Category is a data compartment: what a consent names and a policy decides.
type Category string

// Categories that may leave an agency under a consent.
const (
	CategoryNeeds                 Category = "needs"
	CategorySafeContact           Category = "safe_contact"
	CategoryIdentity              Category = "identity"
	CategoryHousehold             Category = "household"
	CategoryMinorDetails          Category = "minor_details"
	CategoryLocationCurrent       Category = "location_current"
	CategoryLocationHistory       Category = "location_history"
	CategoryImmigrationStatus     Category = "immigration_status"
	CategoryArrestHistory         Category = "arrest_history"
	CategoryExploitationType      Category = "exploitation_type"
	CategoryExploitationNarrative Category = "exploitation_narrative"
	CategoryPerpetrator           Category = "perpetrator"
	CategoryOfficialPerpetrator   Category = "official_perpetrator"
	CategoryEmployer              Category = "employer"
	CategoryWageEvidence          Category = "wage_evidence"
	CategoryMedical               Category = "medical"
	CategoryMentalHealth          Category = "mental_health"
	CategoryReproductiveHealth    Category = "reproductive_health"
	CategoryDocuments             Category = "documents"
	CategoryServiceHistory        Category = "service_history"
	CategoryOutcome               Category = "outcome"
	CategorySafetyPlan            Category = "safety_plan"
)

// Categories that never leave their holder (guard rule G4).
const (
	CategoryLocationShelter  Category = "location_shelter"
	CategoryLegalStrategy    Category = "legal_strategy"
	CategoryPhotoBiometric   Category = "photo_biometric"
	CategoryScreeningAnswers Category = "screening_answers"
)

func (Category) members() []Category {
	return []Category{
		CategoryNeeds, CategorySafeContact, CategoryIdentity, CategoryHousehold, CategoryMinorDetails,
		CategoryLocationCurrent, CategoryLocationHistory, CategoryImmigrationStatus, CategoryArrestHistory,
		CategoryExploitationType, CategoryExploitationNarrative, CategoryPerpetrator,
		CategoryOfficialPerpetrator, CategoryEmployer, CategoryWageEvidence, CategoryMedical,
		CategoryMentalHealth, CategoryReproductiveHealth, CategoryDocuments, CategoryServiceHistory,
		CategoryOutcome, CategorySafetyPlan,
		CategoryLocationShelter, CategoryLegalStrategy, CategoryPhotoBiometric, CategoryScreeningAnswers,
	}
}

// NeverLeave are the categories that never leave their holder.
func NeverLeave() []Category {
	return []Category{CategoryLocationShelter, CategoryLegalStrategy, CategoryPhotoBiometric, CategoryScreeningAnswers}
}

// Leaving are the categories that may leave their holder, under a consent.
func Leaving() []Category {
	return slices.DeleteFunc(Members[Category](), func(c Category) bool { return !c.Leaves() })
}

// Leaves reports whether a category may leave its holder at all.
func (c Category) Leaves() bool { return Known(c) && !slices.Contains(NeverLeave(), c) }

// UnmarshalText reads a category and refuses any other text.
func (c *Category) UnmarshalText(text []byte) error { return decode(c, text) }

// ServiceType is what a referral or a need asks for.
type ServiceType string

// Service types.
const (
	ServiceShelterEmergency    ServiceType = "shelter_emergency"
	ServiceShelterTransitional ServiceType = "shelter_transitional"
	ServiceHousingLongTerm     ServiceType = "housing_long_term"
	ServiceHotelVoucher        ServiceType = "hotel_voucher"
	ServiceLegalImmigration    ServiceType = "legal_immigration"
	ServiceLegalWageClaim      ServiceType = "legal_wage_claim"
	ServiceLegalDefenseVacatur ServiceType = "legal_defense_vacatur"
	ServiceLegalFamily         ServiceType = "legal_family"
	ServiceHealthUrgent        ServiceType = "health_urgent"
	ServiceHealthPrimary       ServiceType = "health_primary"
	ServiceHealthReproductive  ServiceType = "health_reproductive"
	ServiceMentalHealth        ServiceType = "mental_health"
	ServiceSubstanceUse        ServiceType = "substance_use"
	ServiceFood                ServiceType = "food"
	ServiceCashTransport       ServiceType = "cash_transport"
	ServiceInterpretation      ServiceType = "interpretation"
	ServiceCaseManagement      ServiceType = "case_management"
	ServiceChildProtection     ServiceType = "child_protection"
	ServiceEducationEnrolment  ServiceType = "education_enrolment"
	ServiceLivelihood          ServiceType = "livelihood"
	ServiceDocumentReplacement ServiceType = "document_replacement"
	ServiceFamilyTracing       ServiceType = "family_tracing"
	ServiceSafetyPlanning      ServiceType = "safety_planning"
	ServiceCrossBorderReturn   ServiceType = "cross_border_return"
	ServiceConsularSupport     ServiceType = "consular_support"
)

func (ServiceType) members() []ServiceType {
	return []ServiceType{
		ServiceShelterEmergency, ServiceShelterTransitional, ServiceHousingLongTerm, ServiceHotelVoucher,
		ServiceLegalImmigration, ServiceLegalWageClaim, ServiceLegalDefenseVacatur, ServiceLegalFamily,
		ServiceHealthUrgent, ServiceHealthPrimary, ServiceHealthReproductive, ServiceMentalHealth,
		ServiceSubstanceUse, ServiceFood, ServiceCashTransport, ServiceInterpretation,
		ServiceCaseManagement, ServiceChildProtection, ServiceEducationEnrolment, ServiceLivelihood,
		ServiceDocumentReplacement, ServiceFamilyTracing, ServiceSafetyPlanning,
		ServiceCrossBorderReturn, ServiceConsularSupport,
	}
}

// UnmarshalText reads a service type and refuses any other text.
func (s *ServiceType) UnmarshalText(text []byte) error { return decode(s, text) }
