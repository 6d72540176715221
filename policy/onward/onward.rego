# METADATA
# scope: package
# title: May these categories of what another agency shared be passed on to a third
# description: |
#   Asked at preview, at send and again at each attempt to deliver. Whoever passes
#   on collected no consent: what it may do stands in the grant it holds, and
#   nothing that only the collecting agency can know is taken as given.
# schemas:
#   - input: schema.onward
package posada.onward

import data.posada.vocabulary

# METADATA
# title: Every condition on who would have it, why, and on what is passed on
# labels: {id: onward.conditions, kind: constant}
conditions := {"O.named", "O.trust", "O.class", "O.standing", "O.joined", "O.self", "O.grant_time", "O.held", "O.purpose", "O.fresh", "O.issuer"}

# METADATA
# title: Every condition on each category
# labels: {id: onward.category_conditions, kind: constant}
category_conditions := {"O.covered", "O.leaving", "O.where", "O.network"}

# METADATA
# title: Passed on because the grant names the agency and covers it, and every layer permits it
# labels: {id: onward.permit, kind: permit}
permitted contains category if {
	some category in input.asked
	every condition in conditions { condition in met }
	every condition in category_conditions { condition in met_for(category) }
}

# METADATA
# title: What each category lacks to be passed on
# labels: {id: onward.unmet, kind: explanation}
unmet[category] contains condition if {
	some category in input.asked
	some condition in ((conditions | category_conditions) - (met | met_for(category)))
}

# METADATA
# title: The grant names this agency to pass it on to (G13)
# labels: {id: O.named, kind: condition}
met contains "O.named" if input.recipient.naming == "named"

# METADATA
# title: Nothing is passed on to a body that people have reason to fear, for any purpose (G1)
# labels: {id: O.trust, kind: condition}
met contains "O.trust" if input.recipient.class in vocabulary.trusted_classes

# METADATA
# title: The recipient may hold case data at all (G8)
# labels: {id: O.class, kind: condition}
met contains "O.class" if input.recipient.class in vocabulary.receiving_classes

# METADATA
# title: The recipient is a member in good standing, however lately it joined
# labels: {id: O.standing, kind: condition}
met contains "O.standing" if input.recipient.standing in {"active", "joining"}

# METADATA
# title: The recipient did not join so lately that members could not object yet (G9)
# labels: {id: O.joined, kind: condition}
met contains "O.joined" if input.recipient.standing in {"active", "suspended", "removed", "listed", "unknown"}

# METADATA
# title: We are a member in good standing
# labels: {id: O.self, kind: condition}
met contains "O.self" if input.self.standing == "active"

# METADATA
# title: The grant we hold has begun and has not ended
# labels: {id: O.grant_time, kind: condition}
met contains "O.grant_time" if input.grant.window == "within"

# METADATA
# title: What we were given was not taken back, and we may still hold it (G6)
# labels: {id: O.held, kind: condition}
met contains "O.held" if input.holding == "held"

# METADATA
# title: It goes on for the purpose it came for
# labels: {id: O.purpose, kind: condition}
met contains "O.purpose" if input.purpose == input.grant.purpose

# METADATA
# title: Members, rules and what was taken back are known as of today
# labels: {id: O.fresh, kind: condition}
met contains "O.fresh" if input.staleness in {"live", "fresh"}

# METADATA
# title: Whoever shared it was heard within a day, and nothing it said until then is missing
# labels: {id: O.issuer, kind: condition}
met contains "O.issuer" if input.issuer in {"live", "fresh"}

# METADATA
# title: The conditions that hold for one category
# labels: {id: onward.met_for, kind: helper}
met_for(category) := {condition |
	some condition in category_conditions
	holds_for(condition, category)
}

# METADATA
# title: The grant we hold names the category
# labels: {id: O.covered, kind: condition}
holds_for("O.covered", category) if category in input.grant.categories

# METADATA
# title: The category is not one that never leaves its holder (G4)
# labels: {id: O.leaving, kind: condition}
holds_for("O.leaving", category) if category in vocabulary.leaving_categories

# METADATA
# title: Where the person is now is not passed on; whoever has the person collects a consent of their own
# labels: {id: O.where, kind: condition}
holds_for("O.where", category) if category != "location_current"

# METADATA
# title: The network lets this class receive the category for this purpose by consent alone; a second signature or a ceremony is not ours to know of
# labels: {id: O.network, kind: condition}
holds_for("O.network", category) if {
	data.posada.network.matrix.cells[input.recipient.class][input.purpose][category] == "consent"
}

# METADATA
# title: The longest the recipient may keep it, in days; never more than 90 (G6)
# labels: {id: onward.retain, kind: obligation}
retain_days := min({90, data.posada.network.matrix.limits.retain_days})

# METADATA
# title: May these categories of what another agency shared be passed on to a third
# entrypoint: true
# labels: {id: onward, kind: entrypoint}
decision := {
	"permitted": permitted,
	"unmet": unmet,
	"retain_days": retain_days,
}
