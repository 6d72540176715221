package posada.receive_test

import data.posada.receive

facts := {
	"sender": {"class": "ngo", "standing": "active"},
	"self": {"class": "legal_aid", "standing": "active"},
	"purpose": "legal",
	"carried": ["needs", "identity"],
	"grant": {"window": "within", "purpose": "legal", "categories": ["needs", "identity", "legal_strategy"]},
	"staleness": "fresh",
	"issuer": "fresh",
}

table := {"cells": {
	"legal_aid": {"legal": {"needs": "consent", "identity": "consent_cosigned", "perpetrator": "ceremony", "location_current": "consent", "medical": "never", "legal_strategy": "consent"}},
	"coalition": {"legal": {"needs": "consent", "identity": "consent"}},
}}

decide(changes) := answer if {
	answer := receive.decision with input as json.patch(facts, changes)
		with data.posada.network.matrix as table
}

replace(path, value) := {"op": "replace", "path": path, "value": value}

test_what_the_grant_covers_is_taken_in if {
	decide([]) == {"permitted": {"needs", "identity"}, "unmet": {}}
}

refusals := {
	"suspended sender": {"change": replace("/sender/standing", "suspended"), "lacks": "R.sender"},
	"distrusted sender": {"change": replace("/sender/class", "law_enforcement"), "lacks": "R.trust"},
	"sender of no class": {"change": replace("/sender/class", ""), "lacks": "R.trust"},
	"unknown sender": {"change": replace("/sender/standing", "unknown"), "lacks": "R.sender"},
	"we are suspended": {"change": replace("/self/standing", "suspended"), "lacks": "R.self"},
	"we coordinate only": {"change": replace("/self/class", "coalition"), "lacks": "R.class"},
	"our class is unknown": {"change": replace("/self/class", "police"), "lacks": "R.class"},
	"grant not begun": {"change": replace("/grant/window", "before"), "lacks": "R.grant_time"},
	"grant ended": {"change": replace("/grant/window", "after"), "lacks": "R.grant_time"},
	"other purpose": {"change": replace("/grant/purpose", "shelter"), "lacks": "R.purpose"},
	"not covered": {"change": replace("/grant/categories", ["identity"]), "lacks": "R.covered"},
	"stale": {"change": replace("/staleness", "stale"), "lacks": "R.fresh"},
	"issuer not heard for a day": {"change": replace("/issuer", "stale"), "lacks": "R.issuer"},
	"issuer of an age nobody heard of": {"change": replace("/issuer", "unheard_of"), "lacks": "R.issuer"},
	"no cell": {"change": replace("/self/class", "health"), "lacks": "R.network"},
}

test_each_reason_refuses if {
	every _, refusal in refusals {
		refused(refusal)
	}
}

refused(refusal) if {
	answer := decide([refusal.change])
	not "needs" in answer.permitted
	refusal.lacks in answer.unmet.needs
}

test_a_missing_fact_refuses if {
	every path in [
		"/sender", "/sender/class", "/sender/standing", "/self", "/self/class", "/self/standing", "/purpose",
		"/grant", "/grant/window", "/grant/purpose", "/grant/categories", "/staleness", "/issuer", "/carried",
	] {
		decide([{"op": "remove", "path": path}]).permitted == set()
	}
}

test_what_is_known_this_hour_is_known_today if {
	decide([replace("/staleness", "live")]).permitted == {"needs", "identity"}
	decide([replace("/issuer", "live")]).permitted == {"needs", "identity"}
}

where_she_is_now := [
	replace("/carried", ["needs", "location_current"]),
	replace("/grant/categories", ["needs", "location_current"]),
]

test_where_she_is_now_is_taken_in_while_its_issuer_is_heard if {
	live := decide(array.concat(where_she_is_now, [replace("/issuer", "live")]))
	live.permitted == {"needs", "location_current"}
	fresh := decide(where_she_is_now)
	fresh.permitted == {"needs"}
	fresh.unmet == {"location_current": {"R.issuer"}}
}

test_what_never_leaves_is_not_taken_in if {
	answer := decide([replace("/carried", ["legal_strategy"])])
	answer.permitted == set()
	answer.unmet.legal_strategy == {"R.leaving", "R.issuer"}
	decide([replace("/carried", ["legal_strategy"]), replace("/issuer", "live")]).unmet == answer.unmet
}

test_one_category_too_many_is_named if {
	answer := decide([replace("/carried", ["needs", "medical"])])
	answer.permitted == {"needs"}
	answer.unmet.medical == {"R.covered", "R.network"}
}

test_a_ceremony_was_the_issuers_to_hold if {
	answer := decide([replace("/carried", ["perpetrator"]), replace("/grant/categories", ["perpetrator"])])
	answer.permitted == {"perpetrator"}
}
