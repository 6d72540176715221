# METADATA
# scope: package
# title: May this need, which names nobody, be between who asks for a place and who is asked
# description: |
#   Asked by who asks, of each agency on the list that was read to the person, and
#   again at each attempt to deliver; asked once more by who is asked, of itself,
#   before anything is stored. What goes is needs alone, under a permission to ask.
# schemas:
#   - input: schema.ask
package posada.ask

import data.posada.vocabulary

# METADATA
# title: Every condition on who asks, who is asked, under what and for what
# labels: {id: ask.conditions, kind: constant}
conditions := {
	"A.trust", "A.class", "A.standing", "A.named", "A.asker",
	"A.asker_trust", "A.given", "A.time", "A.places", "A.fresh",
}

# METADATA
# title: Every condition on each category
# labels: {id: ask.category_conditions, kind: constant}
category_conditions := {"A.needs", "A.network"}

# METADATA
# title: Asked because the person's permission to ask names the agency, and every layer permits it
# labels: {id: ask.permit, kind: permit}
permitted contains category if {
	some category in input.asked
	every condition in conditions { condition in met }
	every condition in category_conditions { condition in met_for(category) }
}

# METADATA
# title: What each category lacks to be asked with
# labels: {id: ask.unmet, kind: explanation}
unmet[category] contains condition if {
	some category in input.asked
	some condition in ((conditions | category_conditions) - (met | met_for(category)))
}

# METADATA
# title: No body that people have reason to fear is asked (G1)
# labels: {id: A.trust, kind: condition}
met contains "A.trust" if input.recipient.class in vocabulary.trusted_classes

# METADATA
# title: Who is asked may hold case data at all (G8)
# labels: {id: A.class, kind: condition}
met contains "A.class" if input.recipient.class in vocabulary.receiving_classes

# METADATA
# title: Who is asked is a member in good standing, however lately it joined; a need names nobody
# labels: {id: A.standing, kind: condition}
met contains "A.standing" if input.recipient.standing in {"active", "joining"}

# METADATA
# title: Who is asked is on the list that was read to the person, who did not exclude it (G14)
# labels: {id: A.named, kind: condition}
met contains "A.named" if input.recipient.naming == "named"

# METADATA
# title: Who asks is a member in good standing
# labels: {id: A.asker, kind: condition}
met contains "A.asker" if input.asker.standing == "active"

# METADATA
# title: Who asks is no body that people have reason to fear, and may hold case data; an answer would tell it where beds are (G1)
# labels: {id: A.asker_trust, kind: condition}
met contains "A.asker_trust" if {
	input.asker.class in (vocabulary.trusted_classes & vocabulary.receiving_classes)
}

# METADATA
# title: The permission to ask is given, and not taken back, refused, put off or unknown (G3a)
# labels: {id: A.given, kind: condition}
met contains "A.given" if input.permission.status == "given"

# METADATA
# title: The permission to ask has begun and has not ended
# labels: {id: A.time, kind: condition}
met contains "A.time" if input.permission.window == "within"

# METADATA
# title: A place to be is asked for, and nothing else
# labels: {id: A.places, kind: condition}
met contains "A.places" if {
	some _ in input.services
	every service in input.services { service in vocabulary.placing_services }
}

# METADATA
# title: Members and rules are known as of today
# labels: {id: A.fresh, kind: condition}
met contains "A.fresh" if input.staleness in {"live", "fresh"}

# METADATA
# title: The conditions that hold for one category
# labels: {id: ask.met_for, kind: helper}
met_for(category) := {condition |
	some condition in category_conditions
	holds_for(condition, category)
}

# METADATA
# title: It is what is needed; nothing else ever goes this way
# labels: {id: A.needs, kind: condition}
holds_for("A.needs", category) if category == "needs"

# METADATA
# title: The network lets this class receive the category for shelter by consent alone
# labels: {id: A.network, kind: condition}
holds_for("A.network", category) if {
	data.posada.network.matrix.cells[input.recipient.class].shelter[category] == "consent"
}

# METADATA
# title: Or for immediate safety
# labels: {id: A.network.safety, kind: condition}
holds_for("A.network", category) if {
	data.posada.network.matrix.cells[input.recipient.class].immediate_safety[category] == "consent"
}

# METADATA
# title: May this need, which names nobody, be between who asks for a place and who is asked
# entrypoint: true
# labels: {id: ask, kind: entrypoint}
decision := {
	"permitted": permitted,
	"unmet": unmet,
}
