# METADATA
# scope: package
# title: What of a case may this person look at
# description: |
#   Asked at each look, for each category: what her roles may see by the network's
#   table and can be shown at all, whether the case is her work, whether what another agency shared may still be held and is
#   used for what it was shared for, and whether that agency can have taken it back
#   unheard. Whoever is not to know that there is
#   something is answered as if there were nothing.
# schemas:
#   - input: schema.view
package posada.view

import data.posada.vocabulary

# METADATA
# title: Every condition on who looks, and on what was shared with us
# labels: {id: view.conditions, kind: constant}
conditions := {"V.live", "V.purpose"}

# METADATA
# title: Every condition on each category
# labels: {id: view.category_conditions, kind: constant}
category_conditions := {"V.guard", "V.role", "V.need", "V.issuer"}

# METADATA
# title: Roles that may look at something of a case; any other sees nothing (G8), whatever a table says
# labels: {id: view.looking, kind: constant}
looking_roles := {"advocate", "coordinator", "legal", "medical"}

# METADATA
# title: What never leaves its holder (G4), and the only roles that a table may show it to
# labels: {id: view.held, kind: constant}
held_for := {
	"location_shelter": {"advocate", "coordinator"},
	"legal_strategy": {"legal"},
	"photo_biometric": {"advocate", "coordinator", "legal"},
	"screening_answers": {"advocate", "coordinator", "legal"},
}

# METADATA
# title: Enough to decide who takes something on, or to see that it goes on
# labels: {id: view.first_look, kind: constant}
first_look := {"needs", "outcome"}

# METADATA
# title: Purposes of law, which legal staff work for
# labels: {id: view.legal_purposes, kind: constant}
legal_purposes := vocabulary.law_enforcement_purposes | {
	"legal", "wage_recovery", "immigration_t_visa", "immigration_u_visa",
	"immigration_asylum", "immigration_continued_presence",
	"case_management", "interpretation", "immediate_safety", "family_tracing",
}

# METADATA
# title: Purposes of health, which medical staff work for
# labels: {id: view.health_purposes, kind: constant}
health_purposes := {"health", "mental_health", "case_management", "interpretation", "immediate_safety"}

# METADATA
# title: Looked at because her role sees it, she needs it, and it may be used so
# labels: {id: view.permit, kind: permit}
permitted contains category if {
	some category in input.asked
	every condition in conditions { condition in met }
	every condition in category_conditions { condition in met_for(category) }
}

# METADATA
# title: What each category lacks to be looked at
# labels: {id: view.unmet, kind: explanation}
unmet[category] contains condition if {
	some category in input.asked
	some condition in ((conditions | category_conditions) - (met | met_for(category)))
}

# METADATA
# title: What is our own is looked at for as long as we hold it
# labels: {id: V.live.own, kind: condition}
met contains "V.live" if input.origin == "own"

# METADATA
# title: What another shared is looked at while we may hold it (G6)
# labels: {id: V.live, kind: condition}
met contains "V.live" if {
	input.origin == "received"
	input.window == "within"
}

# METADATA
# title: What is our own is looked at for whatever we do for her
# labels: {id: V.purpose.own, kind: condition}
met contains "V.purpose" if input.origin == "own"

# METADATA
# title: Advocates and coordinators work for every purpose
# labels: {id: V.purpose, kind: condition}
met contains "V.purpose" if {
	some role in {"advocate", "coordinator"}
	role in input.roles
}

# METADATA
# title: Legal staff look at what was shared for a purpose of law
# labels: {id: V.purpose.legal, kind: condition}
met contains "V.purpose" if {
	"legal" in input.roles
	input.purpose in legal_purposes
}

# METADATA
# title: Medical staff look at what was shared for a purpose of health
# labels: {id: V.purpose.health, kind: condition}
met contains "V.purpose" if {
	"medical" in input.roles
	input.purpose in health_purposes
}

# METADATA
# title: The conditions that hold for one category
# labels: {id: view.met_for, kind: helper}
met_for(category) := {condition |
	some condition in category_conditions
	holds_for(condition, category)
}

# METADATA
# title: What may leave can be shown to whoever works with a case
# labels: {id: V.guard, kind: condition}
holds_for("V.guard", category) if {
	category in vocabulary.leaving_categories
	some role in looking_roles
	role in input.roles
}

# METADATA
# title: What never leaves its holder (G4) can be shown to those whose work it is
# labels: {id: V.guard.held, kind: condition}
holds_for("V.guard", category) if {
	some role in held_for[category]
	role in input.roles
}

# METADATA
# title: The network's table shows the category to one of her roles
# labels: {id: V.role, kind: condition}
holds_for("V.role", category) if {
	some role, seen in data.posada.network.matrix.view
	role in input.roles
	category in seen
}

# METADATA
# title: It is her work
# labels: {id: V.need, kind: condition}
holds_for("V.need", _) if input.assignment == "asker"

# METADATA
# title: A coordinator sees that there is a need and what became of it, whoever does the work
# labels: {id: V.need.coordinator, kind: condition}
holds_for("V.need", category) if {
	category in first_look
	"coordinator" in input.roles
	input.assignment in {"others", "nobody"}
}

# METADATA
# title: What came in and nobody has taken on is there for whoever could take it on
# labels: {id: V.need.arrived, kind: condition}
holds_for("V.need", category) if {
	category in first_look
	input.origin == "received"
	input.assignment == "nobody"
}

# METADATA
# title: Where she is now is looked at while whoever shared it was heard within the hour
# labels: {id: V.issuer, kind: condition}
holds_for("V.issuer", "location_current") if input.issuer == "live"

# METADATA
# title: Everything else that may leave is looked at however long ago that was
# labels: {id: V.issuer.other, kind: condition}
holds_for("V.issuer", category) if category in (vocabulary.leaving_categories - {"location_current"})

# METADATA
# title: What never leaves is with whoever holds it
# labels: {id: V.issuer.held, kind: condition}
holds_for("V.issuer", category) if held_for[category]

# METADATA
# title: What of a case may this person look at
# entrypoint: true
# labels: {id: view, kind: entrypoint}
decision := {
	"permitted": permitted,
	"unmet": unmet,
}
