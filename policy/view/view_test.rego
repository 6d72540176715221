package posada.view_test

import data.posada.view

facts := {
	"roles": ["advocate"],
	"assignment": "asker",
	"origin": "received",
	"purpose": "shelter",
	"window": "within",
	"issuer": "fresh",
	"asked": ["needs", "identity", "legal_strategy"],
}

decide(changes) := by(seen, changes)

# by decides over a table that shows each role something.
by(table, changes) := answer if {
	answer := view.decision with input as json.patch(facts, changes)
		with data.posada.network.matrix.view as table
}

replace(path, value) := {"op": "replace", "path": path, "value": value}

test_who_is_assigned_sees_what_her_role_sees if {
	decide([]) == {"permitted": {"needs", "identity"}, "unmet": {"legal_strategy": {"V.guard", "V.role"}}}
}

test_legal_strategy_is_for_legal_staff if {
	answer := decide([replace("/roles", ["legal"]), replace("/origin", "own")])
	answer.permitted == {"needs", "identity", "legal_strategy"}
}

test_where_a_shelter_is_is_not_for_legal_staff if {
	asked := [replace("/asked", ["location_shelter"]), replace("/origin", "own")]
	decide(asked).permitted == {"location_shelter"}
	decide(array.concat(asked, [replace("/roles", ["legal"])])).permitted == set()
}

test_a_nurse_sees_health_and_not_what_was_done_to_her if {
	changes := [replace("/roles", ["medical"]), replace("/purpose", "health"), replace("/asked", ["medical", "exploitation_narrative"])]
	decide(changes) == {"permitted": {"medical"}, "unmet": {"exploitation_narrative": {"V.role"}}}
}

test_two_roles_see_what_either_sees if {
	decide([replace("/roles", ["advocate", "legal"])]).permitted == {"needs", "identity", "legal_strategy"}
}

test_other_roles_see_nothing_even_assigned if {
	every role in ["volunteer_screener", "steward", "auditor", "agency_admin", "unheard_of"] {
		decide([replace("/roles", [role])]).permitted == set()
	}
}

test_what_another_shared_is_for_its_purpose if {
	decide([replace("/roles", ["legal"])]).permitted == set()
	decide([replace("/roles", ["legal"]), replace("/purpose", "immigration_t_visa")]).permitted == {"needs", "identity", "legal_strategy"}
	decide([replace("/roles", ["medical"]), replace("/purpose", "legal")]).permitted == set()
	decide([replace("/roles", ["medical"]), replace("/purpose", "mental_health")]).permitted == {"needs", "identity"}
	decide([replace("/roles", ["medical"]), replace("/origin", "own")]).permitted == {"needs", "identity"}
}

test_what_another_shared_is_over_with_its_time if {
	answer := decide([replace("/window", "after")])
	answer.permitted == set()
	"V.live" in answer.unmet.needs
	decide([replace("/window", "before")]).permitted == set()
	decide([replace("/window", "after"), replace("/origin", "own")]).permitted == {"needs", "identity"}
}

test_where_she_is_now_is_shown_while_its_issuer_is_heard if {
	every issuer in ["fresh", "stale", "unheard_of", ""] {
		answer := decide([replace("/asked", ["needs", "location_current"]), replace("/issuer", issuer)])
		answer == {"permitted": {"needs"}, "unmet": {"location_current": {"V.issuer"}}}
	}
	asked := [replace("/asked", ["needs", "location_current"])]
	decide(array.concat(asked, [replace("/issuer", "live")])).permitted == {"needs", "location_current"}
	decide(array.concat(asked, [{"op": "remove", "path": "/issuer"}])).permitted == {"needs"}
}

test_what_came_in_is_seen_by_whoever_could_take_it_on if {
	answer := decide([replace("/assignment", "nobody")])
	answer.permitted == {"needs"}
	answer.unmet.identity == {"V.need"}
}

test_what_others_took_on_is_theirs if {
	decide([replace("/assignment", "others")]).permitted == set()
	decide([replace("/assignment", "nobody"), replace("/origin", "own")]).permitted == set()
}

test_a_coordinator_sees_that_there_is_a_need_and_nothing_more if {
	every origin in ["own", "received"] {
		every assignment in ["others", "nobody"] {
			decide([replace("/roles", ["coordinator"]), replace("/origin", origin), replace("/assignment", assignment)]).permitted == {"needs"}
		}
	}
}

test_a_missing_fact_shows_nothing if {
	every path in ["/roles", "/assignment", "/purpose", "/origin", "/window", "/asked"] {
		decide([replace("/roles", ["legal"]), replace("/purpose", "legal"), {"op": "remove", "path": path}]).permitted == set()
	}
}

# What each role sees, a second time.
advocates := {
	"needs", "safe_contact", "identity", "household", "minor_details", "location_current", "location_history",
	"immigration_status", "arrest_history", "exploitation_type", "exploitation_narrative", "perpetrator",
	"official_perpetrator", "employer", "wage_evidence", "medical", "mental_health", "reproductive_health",
	"documents", "service_history", "outcome", "safety_plan",
	"location_shelter", "photo_biometric", "screening_answers",
}

seen := {
	"advocate": advocates,
	"coordinator": advocates,
	"legal": ((advocates - {"location_shelter"}) | {"legal_strategy"}),
	"medical": {
		"needs", "safe_contact", "identity", "household", "minor_details", "medical", "mental_health",
		"reproductive_health", "documents", "service_history", "outcome", "safety_plan",
	},
}

test_each_role_sees_this_and_nothing_else if {
	every role, categories in seen {
		decide([
			replace("/roles", [role]), replace("/origin", "own"), replace("/issuer", "live"),
			replace("/asked", advocates | {"legal_strategy", "unheard_of"}),
		]).permitted == categories
	}
}

most := advocates | {"legal_strategy"}

everything := {role: most |
	some role in {"advocate", "coordinator", "legal", "medical", "volunteer_screener", "steward", "auditor", "agency_admin"}
}

test_a_table_that_shows_less_is_followed if {
	by({"advocate": {"needs"}}, [replace("/origin", "own")]) == {"permitted": {"needs"}, "unmet": {
		"identity": {"V.role"},
		"legal_strategy": {"V.guard", "V.role"},
	}}
	by({"legal": {"needs"}}, []).permitted == set()
	by({}, []).permitted == set()
}

test_a_table_may_show_medical_staff_more_of_what_may_leave if {
	asked := [replace("/roles", ["medical"]), replace("/origin", "own"), replace("/asked", ["exploitation_narrative"])]
	by({"medical": {"exploitation_narrative"}}, asked).permitted == {"exploitation_narrative"}
}

test_no_table_shows_what_never_leaves_to_others if {
	every role, held in {
		"advocate": {"location_shelter", "photo_biometric", "screening_answers"},
		"coordinator": {"location_shelter", "photo_biometric", "screening_answers"},
		"legal": {"legal_strategy", "photo_biometric", "screening_answers"},
		"medical": set(),
	} {
		answer := by(everything, [replace("/roles", [role]), replace("/origin", "own"), replace("/issuer", "live"), replace("/asked", most)])
		answer.permitted == (most - {"location_shelter", "legal_strategy", "photo_biometric", "screening_answers"}) | held
		every lacks in answer.unmet { lacks == {"V.guard"} }
	}
}

test_no_table_shows_other_roles_anything if {
	every role in ["volunteer_screener", "steward", "auditor", "agency_admin", "unheard_of"] {
		by(everything, [replace("/roles", [role]), replace("/origin", "own"), replace("/asked", most)]).permitted == set()
	}
}

every_purpose := {
	"shelter", "legal", "health", "mental_health", "material_aid", "education", "livelihood", "interpretation",
	"case_management", "immediate_safety", "wage_recovery", "immigration_t_visa", "immigration_u_visa",
	"immigration_asylum", "immigration_continued_presence", "law_enforcement_declaration",
	"law_enforcement_certification", "survivor_report", "prosecution_support", "family_tracing", "statistics_aggregate",
}

# The purposes each role works for, a second time.
works_for := {
	"advocate": every_purpose,
	"coordinator": every_purpose,
	"legal": every_purpose - {
		"shelter", "health", "mental_health", "material_aid", "education", "livelihood", "statistics_aggregate",
	},
	"medical": {"health", "mental_health", "case_management", "interpretation", "immediate_safety"},
}

test_each_role_works_for_these_purposes_and_no_other if {
	every role, purposes in works_for {
		purposes == {purpose |
			some purpose in every_purpose
			"needs" in decide([replace("/roles", [role]), replace("/purpose", purpose)]).permitted
		}
	}
}

test_an_assignment_nobody_heard_of_is_nobodys if {
	decide([replace("/roles", ["coordinator"]), replace("/assignment", "unheard_of")]).permitted == set()
}

test_what_became_of_it_is_a_first_look if {
	decide([replace("/assignment", "nobody"), replace("/asked", ["outcome", "safety_plan"])]).permitted == {"outcome"}
}
