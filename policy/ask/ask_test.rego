package posada.ask_test

import data.posada.ask

# Everything here is invented: an NGO asks a shelter whether it has a place tonight.
facts := {
	"recipient": {"class": "shelter", "standing": "active", "naming": "named"},
	"asker": {"class": "ngo", "standing": "active"},
	"services": ["shelter_emergency", "hotel_voucher"],
	"asked": ["needs"],
	"permission": {"status": "given", "window": "within"},
	"staleness": "fresh",
}

# A shelter may receive for shelter, an NGO for immediate safety; the others are in
# the table so that it is not the table that keeps them out.
table := {"cells": {
	"shelter": {"shelter": {"needs": "consent", "identity": "consent"}},
	"ngo": {"immediate_safety": {"needs": "consent", "location_current": "consent"}, "shelter": {"needs": "never"}},
	"coalition": {"shelter": {"needs": "consent"}},
	"law_enforcement": {"shelter": {"needs": "consent"}, "survivor_report": {"needs": "ceremony"}},
	"police": {"shelter": {"needs": "consent"}},
	"legal_aid": {"legal": {"needs": "consent"}},
	"health": {"shelter": {"needs": "ceremony"}, "immediate_safety": {"needs": "ceremony"}},
	"child_advocate": {"shelter": {"needs": "consent_cosigned"}, "immediate_safety": {"needs": "consent_cosigned"}},
	"material_aid": {"shelter": {"needs": "never"}, "immediate_safety": {"needs": "never"}},
}}

decide(changes) := answer if {
	answer := ask.decision with input as json.patch(facts, changes)
		with data.posada.network.matrix as table
}

replace(path, value) := {"op": "replace", "path": path, "value": value}

remove(path) := {"op": "remove", "path": path}

may := {"permitted": {"needs"}, "unmet": {}}

test_who_is_on_her_list_is_asked if {
	decide([]) == may
	decide([replace("/staleness", "live")]) == may
}

test_the_network_lets_it_for_shelter_or_for_immediate_safety if {
	decide([replace("/recipient/class", "ngo")]) == may
	every asker in ["shelter", "legal_aid", "school"] {
		decide([replace("/asker/class", asker)]) == may
	}
}

test_who_joined_today_is_asked_and_does_not_ask if {
	decide([replace("/recipient/standing", "joining")]) == may
	decide([replace("/asker/standing", "joining")]) == {"permitted": set(), "unmet": {"needs": {"A.asker"}}}
}

test_every_place_to_be_may_be_asked_for if {
	every service in ["shelter_emergency", "shelter_transitional", "housing_long_term", "hotel_voucher"] {
		decide([replace("/services", [service])]) == may
	}
}

# Each says all that is lacked and nothing beside it.
refusals := {
	"the police": {"changes": [replace("/recipient/class", "law_enforcement")], "lacks": {"A.trust"}},
	"of no class": {"changes": [replace("/recipient/class", "police")], "lacks": {"A.trust", "A.class"}},
	"coordinates only": {"changes": [replace("/recipient/class", "coalition")], "lacks": {"A.class"}},
	"suspended": {"changes": [replace("/recipient/standing", "suspended")], "lacks": {"A.standing"}},
	"removed": {"changes": [replace("/recipient/standing", "removed")], "lacks": {"A.standing"}},
	"not on the list": {"changes": [replace("/recipient/naming", "unnamed")], "lacks": {"A.named"}},
	"excluded": {"changes": [replace("/recipient/naming", "excluded")], "lacks": {"A.named"}},
	"who asks is suspended": {"changes": [replace("/asker/standing", "suspended")], "lacks": {"A.asker"}},
	"who asks is nobody's member": {"changes": [replace("/asker/standing", "unknown")], "lacks": {"A.asker"}},
	"the police ask": {"changes": [replace("/asker/class", "law_enforcement")], "lacks": {"A.asker_trust"}},
	"an employer asks": {"changes": [replace("/asker/class", "sponsor_or_employer")], "lacks": {"A.asker_trust"}},
	"the coalition asks": {"changes": [replace("/asker/class", "coalition")], "lacks": {"A.asker_trust"}},
	"one of no class asks": {"changes": [replace("/asker/class", "police")], "lacks": {"A.asker_trust"}},
	"taken back": {"changes": [replace("/permission/status", "withdrawn")], "lacks": {"A.given"}},
	"said no": {"changes": [replace("/permission/status", "refused")], "lacks": {"A.given"}},
	"not now": {"changes": [replace("/permission/status", "deferred")], "lacks": {"A.given"}},
	"renewed, which it never is": {"changes": [replace("/permission/status", "renewed")], "lacks": {"A.given"}},
	"not begun": {"changes": [replace("/permission/window", "before")], "lacks": {"A.time"}},
	"over": {"changes": [replace("/permission/window", "after")], "lacks": {"A.time"}},
	"nothing is asked for": {"changes": [replace("/services", [])], "lacks": {"A.places"}},
	"no place is asked for": {"changes": [replace("/services", ["food"])], "lacks": {"A.places"}},
	"more than a place is asked for": {"changes": [replace("/services", ["shelter_emergency", "food"])], "lacks": {"A.places"}},
	"stale": {"changes": [replace("/staleness", "stale")], "lacks": {"A.fresh"}},
	"no cell": {"changes": [replace("/recipient/class", "mental_health")], "lacks": {"A.network"}},
	"for another purpose": {"changes": [replace("/recipient/class", "legal_aid")], "lacks": {"A.network"}},
	"by a ceremony": {"changes": [replace("/recipient/class", "health")], "lacks": {"A.network"}},
	"by a second signature": {"changes": [replace("/recipient/class", "child_advocate")], "lacks": {"A.network"}},
	"never": {"changes": [replace("/recipient/class", "material_aid")], "lacks": {"A.network"}},
	"names her": {"changes": [replace("/asked", ["identity"])], "lacks": {"A.needs"}},
	"says where she is": {"changes": [replace("/recipient/class", "ngo"), replace("/asked", ["location_current"])], "lacks": {"A.needs"}},
	"of what no cell is": {"changes": [replace("/asked", ["medical"])], "lacks": {"A.needs", "A.network"}},
	"no class": {"changes": [remove("/recipient/class")], "lacks": {"A.trust", "A.class", "A.network"}},
	"no standing": {"changes": [remove("/recipient/standing")], "lacks": {"A.standing"}},
	"no naming": {"changes": [remove("/recipient/naming")], "lacks": {"A.named"}},
	"nobody asked": {"changes": [remove("/recipient")], "lacks": {"A.trust", "A.class", "A.standing", "A.named", "A.network"}},
	"no class of who asks": {"changes": [remove("/asker/class")], "lacks": {"A.asker_trust"}},
	"no standing of who asks": {"changes": [remove("/asker/standing")], "lacks": {"A.asker"}},
	"nobody asks": {"changes": [remove("/asker")], "lacks": {"A.asker", "A.asker_trust"}},
	"no services": {"changes": [remove("/services")], "lacks": {"A.places"}},
	"no status": {"changes": [remove("/permission/status")], "lacks": {"A.given"}},
	"no window": {"changes": [remove("/permission/window")], "lacks": {"A.time"}},
	"no permission": {"changes": [remove("/permission")], "lacks": {"A.given", "A.time"}},
	"no staleness": {"changes": [remove("/staleness")], "lacks": {"A.fresh"}},
}

test_each_reason_refuses_and_is_named if {
	every _, refusal in refusals { refused(refusal) }
}

refused(refusal) if {
	answer := decide(refusal.changes)
	answer.permitted == set()
	some category, lacks in answer.unmet
	category == object.get(json.patch(facts, refusal.changes), "asked", [])[0]
	lacks == refusal.lacks
}

# Every condition is the reason of a refusal above.
test_no_condition_is_without_a_refusal if {
	{lack | some refusal in refusals; some lack in refusal.lacks} == ask.conditions | ask.category_conditions
}

test_nothing_asked_nothing_given if {
	decide([remove("/asked")]) == {"permitted": set(), "unmet": {}}
	decide([replace("/asked", [])]) == {"permitted": set(), "unmet": {}}
}

test_no_table_no_permit if {
	answer := ask.decision with input as facts with data.posada.network.matrix as {}
	answer == {"permitted": set(), "unmet": {"needs": {"A.network"}}}
}

test_with_what_is_needed_nothing_else_goes if {
	decide([replace("/asked", ["needs", "identity"])]) == {"permitted": {"needs"}, "unmet": {"identity": {"A.needs"}}}
}
