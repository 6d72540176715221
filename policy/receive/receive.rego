# METADATA
# scope: package
# title: May this agency take in what it was sent
# description: |
#   Asked once at admission, before anything is stored where people can read
#   it. All or nothing: if one category may not be taken in, the whole
#   statement is put aside and asked about again under the next policy.
# schemas:
#   - input: schema.receive
package posada.receive

import data.posada.vocabulary

# METADATA
# title: Every condition on who sent it, why and under which grant
# labels: {id: receive.conditions, kind: constant}
conditions := {"R.sender", "R.trust", "R.grant_time", "R.purpose", "R.self", "R.class", "R.fresh"}

# METADATA
# title: Every condition on each category
# labels: {id: receive.category_conditions, kind: constant}
category_conditions := {"R.covered", "R.leaving", "R.network", "R.issuer"}

# METADATA
# title: Taken in because the grant covers it and every layer permits it
# labels: {id: receive.permit, kind: permit}
permitted contains category if {
	some category in input.carried
	every condition in conditions { condition in met }
	every condition in category_conditions { condition in met_for(category) }
}

# METADATA
# title: What each category lacks to be taken in
# labels: {id: receive.unmet, kind: explanation}
unmet[category] contains condition if {
	some category in input.carried
	some condition in ((conditions | category_conditions) - (met | met_for(category)))
}

# METADATA
# title: The sender is a member in good standing
# labels: {id: R.sender, kind: condition}
met contains "R.sender" if input.sender.standing == "active"

# METADATA
# title: The sender is not a body that people have reason to fear; an answer would tell it something (G1)
# labels: {id: R.trust, kind: condition}
met contains "R.trust" if input.sender.class in vocabulary.trusted_classes

# METADATA
# title: We are a member in good standing
# labels: {id: R.self, kind: condition}
met contains "R.self" if input.self.standing == "active"

# METADATA
# title: We may hold case data at all (G8)
# labels: {id: R.class, kind: condition}
met contains "R.class" if input.self.class in vocabulary.receiving_classes

# METADATA
# title: The grant has begun and has not ended
# labels: {id: R.grant_time, kind: condition}
met contains "R.grant_time" if input.grant.window == "within"

# METADATA
# title: The data came for the purpose the grant names
# labels: {id: R.purpose, kind: condition}
met contains "R.purpose" if input.purpose == input.grant.purpose

# METADATA
# title: Members and rules are known as of today
# labels: {id: R.fresh, kind: condition}
met contains "R.fresh" if input.staleness in {"live", "fresh"}

# METADATA
# title: The conditions that hold for one category
# labels: {id: receive.met_for, kind: helper}
met_for(category) := {condition |
	some condition in category_conditions
	holds_for(condition, category)
}

# METADATA
# title: The grant names the category
# labels: {id: R.covered, kind: condition}
holds_for("R.covered", category) if category in input.grant.categories

# METADATA
# title: The category is not one that never leaves its holder (G4)
# labels: {id: R.leaving, kind: condition}
holds_for("R.leaving", category) if category in vocabulary.leaving_categories

# METADATA
# title: The network lets our class receive the category for this purpose
# labels: {id: R.network, kind: condition}
holds_for("R.network", category) if {
	data.posada.network.matrix.cells[input.self.class][input.purpose][category] in {"consent", "consent_cosigned", "ceremony"}
}

# METADATA
# title: Whoever gave the grant was heard within the hour, and nothing it said until then is missing
# labels: {id: R.issuer, kind: condition}
holds_for("R.issuer", category) if {
	category in vocabulary.leaving_categories
	input.issuer == "live"
}

# METADATA
# title: Heard within a day is enough, but not for where she is now
# labels: {id: R.issuer.fresh, kind: condition}
holds_for("R.issuer", category) if {
	category in (vocabulary.leaving_categories - {"location_current"})
	input.issuer == "fresh"
}

# METADATA
# title: May this agency take in what it was sent
# entrypoint: true
# labels: {id: receive, kind: entrypoint}
decision := {
	"permitted": permitted,
	"unmet": unmet,
}
