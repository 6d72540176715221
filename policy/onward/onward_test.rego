package posada.onward_test

import data.posada.onward

# Everything here is invented: a legal aid passes on to a worker centre's lawyers what
# an NGO shared with it.
facts := {
	"recipient": {"class": "legal_aid", "standing": "active", "naming": "named"},
	"self": {"class": "ngo", "standing": "active"},
	"purpose": "legal",
	"asked": ["needs", "identity"],
	"grant": {"window": "within", "purpose": "legal", "categories": ["needs", "identity", "minor_details", "perpetrator", "medical", "legal_strategy", "location_current"]},
	"holding": "held",
	"staleness": "fresh",
	"issuer": "fresh",
}

table := {"limits": {"retain_days": 60}, "cells": {
	"legal_aid": {"legal": {
		"needs": "consent", "identity": "consent", "minor_details": "consent_cosigned", "perpetrator": "ceremony",
		"medical": "never", "legal_strategy": "consent", "location_current": "consent", "documents": "consent",
	}},
	"coalition": {"legal": {"needs": "consent", "identity": "consent"}},
	"law_enforcement": {"survivor_report": {"needs": "ceremony"}, "legal": {"needs": "consent"}},
}}

decide(changes) := answer if {
	answer := onward.decision with input as json.patch(facts, changes)
		with data.posada.network.matrix as table
}

replace(path, value) := {"op": "replace", "path": path, "value": value}

test_what_the_grant_lets_be_passed_on_is if {
	decide([]) == {"permitted": {"needs", "identity"}, "unmet": {}, "retain_days": 60}
}

refusals := {
	"named by no grant": {"changes": [replace("/recipient/naming", "unnamed")], "lacks": "O.named"},
	"excluded": {"changes": [replace("/recipient/naming", "excluded")], "lacks": "O.named"},
	"feared": {"changes": [replace("/recipient/class", "law_enforcement")], "lacks": "O.trust"},
	"feared, for its own purpose": {"changes": [replace("/recipient/class", "law_enforcement"), replace("/purpose", "survivor_report"), replace("/grant/purpose", "survivor_report")], "lacks": "O.trust"},
	"of no class": {"changes": [replace("/recipient/class", "police")], "lacks": "O.trust"},
	"coordinates only": {"changes": [replace("/recipient/class", "coalition")], "lacks": "O.class"},
	"suspended": {"changes": [replace("/recipient/standing", "suspended")], "lacks": "O.standing"},
	"we are suspended": {"changes": [replace("/self/standing", "suspended")], "lacks": "O.self"},
	"not begun": {"changes": [replace("/grant/window", "before")], "lacks": "O.grant_time"},
	"over": {"changes": [replace("/grant/window", "after")], "lacks": "O.grant_time"},
	"taken back": {"changes": [replace("/holding", "taken_back")], "lacks": "O.held"},
	"may be held no longer": {"changes": [replace("/holding", "over")], "lacks": "O.held"},
	"another purpose": {"changes": [replace("/purpose", "shelter")], "lacks": "O.purpose"},
	"not covered": {"changes": [replace("/grant/categories", ["identity"])], "lacks": "O.covered"},
	"stale": {"changes": [replace("/staleness", "stale")], "lacks": "O.fresh"},
	"whoever shared it was not heard for a day": {"changes": [replace("/issuer", "stale")], "lacks": "O.issuer"},
	"no cell": {"changes": [replace("/recipient/class", "health")], "lacks": "O.network"},
}

test_nothing_is_passed_on_to_whoever_joined_today if {
	today := decide([replace("/recipient/standing", "joining")])
	today.permitted == set()
	today.unmet == {"needs": {"O.joined"}, "identity": {"O.joined"}}
	every standing in ["suspended", "removed", "listed", "unknown"] {
		decide([replace("/recipient/standing", standing)]).unmet.needs == {"O.standing"}
	}
}

test_each_reason_refuses if {
	every _, refusal in refusals {
		refused(refusal)
	}
}

refused(refusal) if {
	answer := decide(refusal.changes)
	not "needs" in answer.permitted
	refusal.lacks in answer.unmet.needs
}

test_a_missing_fact_refuses if {
	every path in [
		"/recipient", "/recipient/class", "/recipient/standing", "/recipient/naming", "/self", "/self/standing", "/purpose",
		"/grant", "/grant/window", "/grant/purpose", "/grant/categories", "/holding", "/staleness", "/issuer", "/asked",
	] {
		decide([{"op": "remove", "path": path}]).permitted == set()
	}
}

test_no_table_no_answer if {
	not onward.decision with input as facts with data.posada.network.matrix as {}
}

test_what_never_leaves_is_not_passed_on if {
	answer := decide([replace("/asked", ["legal_strategy"])])
	answer.permitted == set()
	answer.unmet.legal_strategy == {"O.leaving"}
}

test_one_category_too_many_is_named if {
	answer := decide([replace("/asked", ["needs", "documents"])])
	answer.permitted == {"needs"}
	answer.unmet.documents == {"O.covered"}
}

test_what_takes_more_than_consent_is_not_ours_to_pass_on if {
	every category in ["minor_details", "perpetrator", "medical"] {
		answer := decide([replace("/asked", [category])])
		answer.permitted == set()
		answer.unmet[category] == {"O.network"}
	}
}

test_where_somebody_is_now_is_not_passed_on if {
	answer := decide([
		replace("/asked", ["needs", "location_current"]),
		replace("/staleness", "live"),
		replace("/issuer", "live"),
	])
	answer.permitted == {"needs"}
	answer.unmet == {"location_current": {"O.where"}}
}

test_within_a_day_is_enough_for_the_rest if {
	every recent in ["live", "fresh"] {
		decide([replace("/staleness", recent)]).permitted == {"needs", "identity"}
		decide([replace("/issuer", recent)]).permitted == {"needs", "identity"}
	}
}

test_nothing_is_kept_longer_than_ninety_days if {
	longer := json.patch(table, [replace("/limits/retain_days", 120)])
	answer := onward.decision with input as facts with data.posada.network.matrix as longer
	answer.retain_days == 90
}
