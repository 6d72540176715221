# METADATA
# title: The words the rules decide on
# description: |
#   Closed sets, each written out. A word that is in no set is in nobody's
#   favour: every rule asks whether something is in a set, never whether it is
#   not. A test in Go holds these sets against pkg/posada.
package posada.vocabulary

# METADATA
# title: Classes that care for people, or never were given reason to fear
# labels: {id: V.trusted, kind: constant}
trusted_classes := {
	"ngo", "shelter", "legal_aid", "health", "mental_health", "worker_center",
	"child_advocate", "interpreter", "material_aid", "coalition",
	"local_government", "school", "funder", "research",
}

# METADATA
# title: Classes of bodies that survivors have reason to fear
# labels: {id: V.distrusted, kind: constant}
distrusted_classes := {
	"law_enforcement", "immigration_enforcement", "border", "prosecution",
	"military", "central_government", "consular", "mx_public_authority",
	"child_protection_authority", "sponsor_or_employer",
}

# METADATA
# title: Classes that may hold case data at all; the coalition coordinates and may not
# labels: {id: V.receiving, kind: constant}
receiving_classes := (trusted_classes | distrusted_classes) - {"coalition"}

# METADATA
# title: Purposes for which a distrusted body may be given anything
# labels: {id: V.law_enforcement, kind: constant}
law_enforcement_purposes := {
	"law_enforcement_declaration", "law_enforcement_certification",
	"survivor_report", "prosecution_support",
}

# METADATA
# title: Categories that may leave their holder
# labels: {id: V.leaving, kind: constant}
leaving_categories := {
	"needs", "safe_contact", "identity", "household", "minor_details",
	"location_current", "location_history", "immigration_status",
	"arrest_history", "exploitation_type", "exploitation_narrative",
	"perpetrator", "official_perpetrator", "employer", "wage_evidence",
	"medical", "mental_health", "reproductive_health", "documents",
	"service_history", "outcome", "safety_plan",
}

# METADATA
# title: Services that give a place to be
# labels: {id: V.placing, kind: constant}
placing_services := {"shelter_emergency", "shelter_transitional", "housing_long_term", "hotel_voucher"}

# METADATA
# title: Everything she must have been told
# labels: {id: V.informed, kind: constant}
informed_items := {
	"purpose", "risks", "recipient", "duration",
	"withdrawal", "storage", "not_a_condition", "legal_limits",
}

# METADATA
# title: Age bands of minors
# labels: {id: V.minor, kind: constant}
minor_bands := {"0-11", "12-15", "16-17"}

# METADATA
# title: Age bands of adults
# labels: {id: V.adult, kind: constant}
adult_bands := {"18-24", "25-39", "40-59", "60+"}

# METADATA
# title: Bands from the youngest on of which a law speaks; no law here speaks of those under twelve
# labels: {id: V.bands_from, kind: constant}
bands_from := {"12-15": {"12-15", "16-17"}, "16-17": {"16-17"}}

# METADATA
# title: Whose consent needs no law of the place that lets a minor consent alone
# labels: {id: V.answered_for, kind: constant}
answered_for := {"self", "guardian_and_minor", "legal_representative"}

# METADATA
# title: Who signs too, beside whoever consents
# labels: {id: V.co_signers, kind: constant}
co_signers := {"child_advocate", "legal_representative"}
