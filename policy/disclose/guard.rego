package posada.disclose

import data.posada.vocabulary

# Guard: rules no administrator can change. Each condition is a member of
# guard_met when it holds; guard_permits asks that all of them do. A condition
# nobody stated, or whose facts are missing, is not met.

# METADATA
# title: The guard's conditions on who, why and whose word
# labels: {id: guard.conditions, kind: constant}
guard_conditions := {
	"G1", "G2", "G2.joined", "G3.recipient", "G3.status", "G3.time", "G3.use", "G3.purpose",
	"G3.informed", "G3.services", "G5", "G5.law", "G5.purpose", "G8", "G11", "G14",
}

# METADATA
# title: The guard's conditions on each category
# labels: {id: guard.category_conditions, kind: constant}
guard_category_conditions := {"G2.where", "G3.category", "G4", "G14.category", "T22"}

# METADATA
# title: Every condition of the guard holds
# labels: {id: guard.permits, kind: layer}
guard_permits contains category if {
	some category in input.asked
	every condition in guard_conditions { condition in guard_met }
	every condition in guard_category_conditions { condition in guard_met_for(category) }
}

# METADATA
# title: The recipient is not a body survivors have reason to fear
# labels: {id: G1, kind: condition}
guard_met contains "G1" if input.recipient.class in vocabulary.trusted_classes

# METADATA
# title: Or she asked for it herself, with counsel, a day ago, once
# labels: {id: G1.opt_in, kind: condition}
guard_met contains "G1" if {
	input.recipient.class in vocabulary.distrusted_classes
	input.purpose in vocabulary.law_enforcement_purposes
	input.consent.opt_in == "complete"
	input.consent.use == "single_unused"
}

# METADATA
# title: The recipient is a member in good standing, however lately it joined
# labels: {id: G2, kind: condition}
guard_met contains "G2" if input.recipient.standing in {"active", "joining"}

# METADATA
# title: Or it has no node and is nobody's to fear, by a class that stewards signed; it is read to, or given paper
# labels: {id: G2.listed, kind: condition}
guard_met contains "G2" if {
	input.recipient.standing == "listed"
	input.recipient.class in vocabulary.trusted_classes
}

# METADATA
# title: The recipient did not join so lately that members could not object yet (G9); until then it is asked, and given nothing
# labels: {id: G2.joined, kind: condition}
guard_met contains "G2.joined" if input.recipient.standing in {"active", "suspended", "removed", "listed", "unknown"}

# METADATA
# title: Her consent names this agency
# labels: {id: G3.recipient, kind: condition}
guard_met contains "G3.recipient" if input.recipient.naming == "named"

# METADATA
# title: She did not exclude this agency; her exclusion beats everything
# labels: {id: G14, kind: condition}
guard_met contains "G14" if input.recipient.naming in {"named", "unnamed"}

# METADATA
# title: Her consent is given and not withdrawn, refused, put off or unknown
# labels: {id: G3.status, kind: condition}
guard_met contains "G3.status" if input.consent.status in {"given", "renewed"}

# METADATA
# title: Her consent has begun and has not ended
# labels: {id: G3.time, kind: condition}
guard_met contains "G3.time" if input.consent.window == "within"

# METADATA
# title: Her consent is not used up
# labels: {id: G3.use, kind: condition}
guard_met contains "G3.use" if input.consent.use in {"repeated", "single_unused"}

# METADATA
# title: Her consent names this purpose; one purpose never implies another
# labels: {id: G3.purpose, kind: condition}
guard_met contains "G3.purpose" if input.purpose in input.consent.purposes

# METADATA
# title: She was told everything she must be told
# labels: {id: G3.informed, kind: condition}
guard_met contains "G3.informed" if {
	every item in vocabulary.informed_items { item in input.consent.informed }
}

# METADATA
# title: Her consent covers every service asked for
# labels: {id: G3.services, kind: condition}
guard_met contains "G3.services" if {
	every service in input.services { service in input.consent.services }
}

# METADATA
# title: An adult consents for herself, or her legal representative does
# labels: {id: G5.adult, kind: condition}
guard_met contains "G5" if {
	input.consent.age_band in vocabulary.adult_bands
	input.consent.given_by in {"self", "legal_representative"}
}

# METADATA
# title: For a minor a guardian counts only with no conflict found and the minor's own assent
# labels: {id: G5.guardian, kind: condition}
guard_met contains "G5" if {
	input.consent.age_band in vocabulary.minor_bands
	input.consent.given_by == "guardian_and_minor"
	input.consent.conflict == "none_found"
	input.consent.assent == "given"
}

# METADATA
# title: Or a legal representative consents for the minor
# labels: {id: G5.representative, kind: condition}
guard_met contains "G5" if {
	input.consent.age_band in vocabulary.minor_bands
	input.consent.given_by == "legal_representative"
}

# METADATA
# title: Or the minor alone, where G5.law and G5.purpose say so too
# labels: {id: G5.alone, kind: condition}
guard_met contains "G5" if {
	input.consent.age_band in vocabulary.minor_bands
	input.consent.given_by == "minor_alone"
}

# METADATA
# title: Nobody consented alone who would need a law to
# labels: {id: G5.law.others, kind: condition}
guard_met contains "G5.law" if input.consent.given_by in vocabulary.answered_for

# METADATA
# title: Or the law of the place lets the minor consent alone to every service asked for; to none, if none is
# labels: {id: G5.law, kind: condition}
guard_met contains "G5.law" if {
	input.consent.given_by == "minor_alone"
	some _ in input.services
	every service in input.services { service in alone_services }
}

# METADATA
# title: Services the law of the place lets one of that age consent to alone
# labels: {id: G5.law.services, kind: helper}
alone_services contains service if {
	some row in alone_rows
	row.cosigned == false
	some service in row.services
}

# METADATA
# title: And, where somebody signed too who answers that the law's condition is met, those that ask for it
# labels: {id: G5.law.cosigned, kind: helper}
alone_services contains service if {
	signed_too
	some row in alone_rows
	some service in row.services
}

# METADATA
# title: Rows of the table for the place and the age; an age the row does not reach down to is not in it
# labels: {id: G5.law.rows, kind: helper}
alone_rows contains row if {
	some row in data.posada.minors.rows
	input.consent.jurisdiction in row.jurisdictions
	input.consent.age_band in vocabulary.bands_from[row.youngest]
}

# METADATA
# title: What somebody else consented to has the purpose the consent names
# labels: {id: G5.purpose.others, kind: condition}
guard_met contains "G5.purpose" if input.consent.given_by in vocabulary.answered_for

# METADATA
# title: What a minor consents to alone is for a purpose that every service asked for serves
# labels: {id: G5.purpose, kind: condition}
guard_met contains "G5.purpose" if {
	input.consent.given_by == "minor_alone"
	every service in input.services { input.purpose in data.posada.minors.serves[service] }
}

# METADATA
# title: The child advocate or a legal representative signed too
# labels: {id: signed_too, kind: helper}
signed_too if {
	some signer in input.consent.co_signed
	signer in vocabulary.co_signers
}

# METADATA
# title: The recipient may hold case data at all
# labels: {id: G8, kind: condition}
guard_met contains "G8" if input.recipient.class in vocabulary.receiving_classes

# METADATA
# title: No service was made to depend on her consent
# labels: {id: G11, kind: condition}
guard_met contains "G11" if input.consent.condition == "not_conditional"

# METADATA
# title: The conditions that hold for one category
# labels: {id: guard.met_for, kind: helper}
guard_met_for(category) := {condition |
	some condition in guard_category_conditions
	guard_holds_for(condition, category)
}

# METADATA
# title: Nothing here says where she is now
# labels: {id: G2.where.other, kind: condition}
guard_holds_for("G2.where", category) if category in (vocabulary.leaving_categories - {"location_current"})

# METADATA
# title: Or it goes to a member, whose copy can be destroyed; paper cannot be called back
# labels: {id: G2.where, kind: condition}
guard_holds_for("G2.where", category) if {
	category == "location_current"
	input.recipient.standing in {"active", "joining"}
}

# METADATA
# title: Her consent names this category for this agency and purpose
# labels: {id: G3.category, kind: condition}
guard_holds_for("G3.category", category) if category in input.consent.categories

# METADATA
# title: The category is not one that never leaves its holder
# labels: {id: G4, kind: condition}
guard_holds_for("G4", category) if category in vocabulary.leaving_categories

# METADATA
# title: She did not exclude this category from everybody
# labels: {id: G14.category, kind: condition}
guard_holds_for("G14.category", category) if {
	every excluded in input.consent.excluded { category != excluded }
}

# METADATA
# title: Members and rules are known as of today
# labels: {id: T22, kind: condition}
guard_holds_for("T22", category) if {
	category in vocabulary.leaving_categories
	input.staleness == "live"
}

# METADATA
# title: Within a day is enough, but not for where she is now
# labels: {id: T22.fresh, kind: condition}
guard_holds_for("T22", category) if {
	category in (vocabulary.leaving_categories - {"location_current"})
	input.staleness == "fresh"
}
