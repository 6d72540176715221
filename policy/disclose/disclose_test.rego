package posada.disclose_test

import data.posada.disclose
import data.posada.vocabulary

# Everything here is invented. facts is a case in which all that is asked may
# be given; each test changes one thing.
facts := {
	"recipient": {"class": "legal_aid", "standing": "active", "naming": "named"},
	"purpose": "legal",
	"services": ["legal_immigration"],
	"asked": ["needs", "identity"],
	"staleness": "fresh",
	"consent": {
		"status": "given", "window": "within", "use": "repeated",
		"purposes": ["legal"], "categories": ["needs", "identity"], "excluded": [],
		"services": ["legal_immigration"], "given_by": "self", "age_band": "25-39", "jurisdiction": "us-tx",
		"assent": "not_asked", "conflict": "unchecked", "co_signed": [],
		"opt_in": "none", "method": "written", "condition": "not_conditional",
		"informed": [
			"purpose", "risks", "recipient", "duration",
			"withdrawal", "storage", "not_a_condition", "legal_limits",
		],
	},
}

table := {"version": 1, "limits": {"retain_days": 60}, "cells": {
	"legal_aid": {"legal": {
		"needs": "consent", "identity": "consent", "location_current": "consent",
		"minor_details": "consent_cosigned", "perpetrator": "ceremony", "medical": "never",
		"legal_strategy": "consent",
	}},
	"law_enforcement": {"survivor_report": {"identity": "ceremony"}, "legal": {"needs": "consent"}},
	"coalition": {"legal": {"needs": "consent"}},
}}

# An invented law: of one place, at one age and from one age on, with and
# without a second signature.
law := {
	"serves": {"legal_immigration": ["legal"], "food": ["legal"], "health_primary": ["health"], "mental_health": ["legal"]},
	"rows": [
		{"jurisdictions": ["us-tx", "us-nm"], "services": ["legal_immigration", "health_primary"], "youngest": "16-17", "cosigned": false},
		{"jurisdictions": ["us-tx"], "services": ["food"], "youngest": "12-15", "cosigned": false},
		{"jurisdictions": ["us-tx"], "services": ["mental_health"], "youngest": "12-15", "cosigned": true},
	],
}

decide(changes) := answer if {
	answer := disclose.decision with input as json.patch(facts, changes)
		with data.posada.network.matrix as table
		with data.posada.minors as law
}

replace(path, value) := {"op": "replace", "path": path, "value": value}

lacks(changes, condition) if {
	answer := decide(changes)
	answer.permitted == set()
	condition in answer.unmet.needs
}

test_all_that_was_asked_is_given if {
	answer := decide([])
	answer.permitted == {"needs", "identity"}
	answer.unmet == {}
	answer.retain_days == 60
}

# One refusal for each reason.
refusals := {
	"distrusted": {"changes": [replace("/recipient/class", "law_enforcement")], "lacks": "G1"},
	"unknown class": {"changes": [replace("/recipient/class", "police")], "lacks": "G1"},
	"coalition": {"changes": [replace("/recipient/class", "coalition")], "lacks": "G8"},
	"suspended": {"changes": [replace("/recipient/standing", "suspended")], "lacks": "G2"},
	"removed": {"changes": [replace("/recipient/standing", "removed")], "lacks": "G2"},
	"of a standing nobody heard of": {"changes": [replace("/recipient/standing", "unheard_of")], "lacks": "G2.joined"},
	"no member": {"changes": [replace("/recipient/standing", "unknown")], "lacks": "G2"},
	"no member, by telephone, to be feared": {
		"changes": [replace("/recipient/standing", "listed"), replace("/recipient/class", "law_enforcement")], "lacks": "G2",
	},
	"no member, by telephone, of no class": {
		"changes": [replace("/recipient/standing", "listed"), replace("/recipient/class", "")], "lacks": "G2",
	},
	"not named": {"changes": [replace("/recipient/naming", "unnamed")], "lacks": "G3.recipient"},
	"excluded": {"changes": [replace("/recipient/naming", "excluded")], "lacks": "G14"},
	"withdrawn": {"changes": [replace("/consent/status", "withdrawn")], "lacks": "G3.status"},
	"refused": {"changes": [replace("/consent/status", "refused")], "lacks": "G3.status"},
	"unknown status": {"changes": [replace("/consent/status", "unknown")], "lacks": "G3.status"},
	"before": {"changes": [replace("/consent/window", "before")], "lacks": "G3.time"},
	"after": {"changes": [replace("/consent/window", "after")], "lacks": "G3.time"},
	"used": {"changes": [replace("/consent/use", "single_used")], "lacks": "G3.use"},
	"other purpose": {"changes": [replace("/consent/purposes", ["shelter"])], "lacks": "G3.purpose"},
	"other category": {"changes": [replace("/consent/categories", ["identity"])], "lacks": "G3.category"},
	"not told": {"changes": [{"op": "remove", "path": "/consent/informed/3"}], "lacks": "G3.informed"},
	"other service": {"changes": [replace("/services", ["legal_immigration", "food"])], "lacks": "G3.services"},
	"minor by self": {"changes": [replace("/consent/age_band", "16-17")], "lacks": "G5"},
	"adult alone": {"changes": [replace("/consent/given_by", "minor_alone")], "lacks": "G5"},
	"no word who": {"changes": [replace("/consent/given_by", "sponsor")], "lacks": "G5.law"},
	"no word who, either": {"changes": [replace("/consent/given_by", "sponsor")], "lacks": "G5.purpose"},
	"adult by guardian, all else as for a minor": {
		"changes": [
			replace("/consent/given_by", "guardian_and_minor"), replace("/consent/conflict", "none_found"), replace("/consent/assent", "given"),
		],
		"lacks": "G5",
	},
	"minor by self, all else as by a guardian": {
		"changes": [
			replace("/consent/age_band", "16-17"), replace("/consent/conflict", "none_found"), replace("/consent/assent", "given"),
		],
		"lacks": "G5",
	},
	"representative, no age": {"changes": [replace("/consent/given_by", "legal_representative"), replace("/consent/age_band", "unheard_of")], "lacks": "G5"},
	"minor by sponsor": {"changes": [replace("/consent/age_band", "16-17"), replace("/consent/given_by", "sponsor")], "lacks": "G5.law"},
	"distrusted, no ceremony": {
		"changes": [
			replace("/recipient/class", "law_enforcement"), replace("/purpose", "survivor_report"), replace("/consent/use", "single_unused"),
		],
		"lacks": "G1",
	},
	"no class, all else a ceremony": {
		"changes": [
			replace("/recipient/class", "police"), replace("/purpose", "survivor_report"), replace("/consent/use", "single_unused"),
			replace("/consent/opt_in", "complete"),
		],
		"lacks": "G1",
	},
	"adult by guardian": {"changes": [replace("/consent/given_by", "guardian_and_minor")], "lacks": "G5"},
	"conditional": {"changes": [replace("/consent/condition", "conditional")], "lacks": "G11"},
	"not attested": {"changes": [replace("/consent/condition", "unattested")], "lacks": "G11"},
	"stale": {"changes": [replace("/staleness", "stale")], "lacks": "T22"},
	"category excluded": {"changes": [replace("/consent/excluded", ["needs", "medical"])], "lacks": "G14.category"},
	"no cell": {"changes": [replace("/purpose", "shelter"), replace("/consent/purposes", ["shelter"])], "lacks": "N1"},
}

# Nothing else is lacking of whoever joined today, and that is lacking of nobody else.
test_who_joined_today_is_given_nothing_about_anybody if {
	asked := [
		replace("/asked", ["needs", "location_current"]), replace("/consent/categories", ["needs", "location_current"]),
		replace("/staleness", "live"),
	]
	today := decide(array.concat(asked, [replace("/recipient/standing", "joining")]))
	today.permitted == set()
	today.unmet == {"needs": {"G2.joined"}, "location_current": {"G2.joined"}}
	decide(array.concat(asked, [replace("/recipient/standing", "active")])).permitted == {"needs", "location_current"}
	every standing in ["suspended", "removed", "unknown"] {
		decide([replace("/recipient/standing", standing)]).unmet.needs == {"G2"}
	}
	decide([replace("/recipient/standing", "listed")]).unmet == {}
}

test_each_reason_refuses if {
	every name, refusal in refusals {
		refused(name, refusal)
	}
}

refused(_, refusal) if {
	answer := decide(refusal.changes)
	not "needs" in answer.permitted
	refusal.lacks in answer.unmet.needs
}

# One refusal for each missing input.
test_a_missing_fact_refuses if {
	every path in [
		"/recipient/class", "/recipient/standing", "/recipient/naming", "/purpose", "/services", "/staleness",
		"/consent/status", "/consent/window", "/consent/use", "/consent/purposes", "/consent/categories",
		"/consent/excluded", "/consent/services", "/consent/given_by", "/consent/age_band",
		"/consent/informed", "/consent/condition", "/consent",
	] {
		decide([{"op": "remove", "path": path}]).permitted == set()
	}
}

test_nothing_asked_is_nothing_given if {
	decide([replace("/asked", [])]).permitted == set()
	decide([{"op": "remove", "path": "/asked"}]).permitted == set()
}

test_no_table_no_answer if {
	not disclose.decision with input as facts with data.posada.network.matrix as {}
}

test_a_renewed_consent_is_one if {
	decide([replace("/consent/status", "renewed")]).permitted == {"needs", "identity"}
}

test_whom_she_did_not_name_she_did_not_exclude if {
	decide([replace("/recipient/naming", "unnamed")]).unmet.needs == {"G3.recipient"}
}

test_what_she_withheld_withholds_nothing_else if {
	decide([replace("/consent/excluded", ["needs", "medical"])]).permitted == {"identity"}
}

test_a_category_that_never_leaves_does_not_leave if {
	answer := decide([replace("/asked", ["legal_strategy"]), replace("/consent/categories", ["legal_strategy"])])
	answer.permitted == set()
	"G4" in answer.unmet.legal_strategy
}

test_where_she_is_now_needs_a_live_answer if {
	asked := [replace("/asked", ["location_current"]), replace("/consent/categories", ["location_current"])]
	decide(asked).permitted == set()
	decide(array.concat(asked, [replace("/staleness", "live")])).permitted == {"location_current"}
}

test_who_has_no_node_is_read_what_she_agreed_to_and_not_where_she_is if {
	listed := [
		replace("/recipient/standing", "listed"), replace("/staleness", "live"),
		replace("/asked", ["needs", "identity", "location_current"]),
		replace("/consent/categories", ["needs", "identity", "location_current"]),
	]
	answer := decide(listed)
	answer.permitted == {"needs", "identity"}
	answer.unmet == {"location_current": {"G2.where"}}
	decide(array.concat(listed, [replace("/recipient/naming", "unnamed")])).permitted == set()
}

test_who_has_no_node_gets_nothing_by_her_opt_in if {
	decide(array.concat(report, [replace("/recipient/standing", "listed")])).permitted == set()
}

test_a_minors_guardian_counts_only_with_assent_and_no_conflict if {
	minor := [
		replace("/consent/age_band", "12-15"), replace("/consent/given_by", "guardian_and_minor"),
		replace("/consent/conflict", "none_found"), replace("/consent/assent", "given"),
	]
	decide(minor).permitted == {"needs", "identity"}
	every wrong in [
		replace("/consent/conflict", "found"), replace("/consent/conflict", "unchecked"),
		replace("/consent/assent", "not_given"), replace("/consent/assent", "not_asked"),
	] {
		lacks(array.concat(minor, [wrong]), "G5")
	}
}

alone := [
	replace("/consent/given_by", "minor_alone"), replace("/consent/age_band", "16-17"),
	replace("/consent/services", ["legal_immigration", "health_primary", "food", "mental_health", "livelihood"]),
]

test_a_minor_alone_counts_where_the_law_of_the_place_lets_one_of_that_age if {
	every place in ["us-tx", "us-nm"] {
		decide(array.concat(alone, [replace("/consent/jurisdiction", place)])).permitted == {"needs", "identity"}
	}
	every place in ["us-ca", "mx", "elsewhere", ""] {
		lacks(array.concat(alone, [replace("/consent/jurisdiction", place)]), "G5.law")
	}
	lacks(array.concat(alone, [{"op": "remove", "path": "/consent/jurisdiction"}]), "G5.law")
}

test_a_minor_alone_counts_from_the_age_of_the_row_on if {
	every band in ["0-11", "12-15"] {
		lacks(array.concat(alone, [replace("/consent/age_band", band)]), "G5.law")
	}
	food := array.concat(alone, [replace("/services", ["food"])])
	every band in ["12-15", "16-17"] {
		decide(array.concat(food, [replace("/consent/age_band", band)])).permitted == {"needs", "identity"}
	}
	lacks(array.concat(food, [replace("/consent/age_band", "0-11")]), "G5.law")
}

test_a_minor_alone_needs_a_row_for_every_service if {
	decide(array.concat(alone, [replace("/services", ["legal_immigration", "food"])])).permitted == {"needs", "identity"}
	lacks(array.concat(alone, [replace("/services", ["legal_immigration", "livelihood"])]), "G5.law")
	lacks(array.concat(alone, [replace("/services", ["livelihood"])]), "G5.law")
	lacks(array.concat(alone, [replace("/services", [])]), "G5.law")
}

test_a_minor_alone_needs_a_second_signature_where_the_row_says_so if {
	asked := array.concat(alone, [replace("/services", ["mental_health"])])
	lacks(asked, "G5.law")
	every signer in ["child_advocate", "legal_representative"] {
		decide(array.concat(asked, [replace("/consent/co_signed", [signer])])).permitted == {"needs", "identity"}
	}
	lacks(array.concat(asked, [replace("/consent/co_signed", ["sponsor"])]), "G5.law")
}

test_a_minor_alone_consents_to_nothing_the_service_does_not_serve if {
	lacks(array.concat(alone, [replace("/services", ["health_primary"])]), "G5.purpose")
	lacks(array.concat(alone, [replace("/services", ["legal_immigration", "health_primary"])]), "G5.purpose")
	lacks(array.concat(alone, [replace("/services", ["livelihood"])]), "G5.purpose")
}

test_a_place_is_no_matter_where_somebody_else_consents if {
	every place in ["us-ca", "mx", "elsewhere", ""] {
		decide([replace("/consent/jurisdiction", place)]).permitted == {"needs", "identity"}
	}
}

test_a_legal_representative_counts_for_minors_and_adults if {
	every band in vocabulary.minor_bands | vocabulary.adult_bands {
		decide([replace("/consent/age_band", band), replace("/consent/given_by", "legal_representative")]).permitted == {"needs", "identity"}
	}
}

test_a_cosigned_cell_needs_a_second_signature if {
	asked := [replace("/asked", ["minor_details"]), replace("/consent/categories", ["minor_details"])]
	"N2" in decide(asked).unmet.minor_details
	every signer in ["child_advocate", "legal_representative"] {
		decide(array.concat(asked, [replace("/consent/co_signed", [signer])])).permitted == {"minor_details"}
	}
	decide(array.concat(asked, [replace("/consent/co_signed", ["sponsor"])])).permitted == set()
}

test_a_ceremony_cell_needs_the_whole_ceremony if {
	asked := [replace("/asked", ["perpetrator"]), replace("/consent/categories", ["perpetrator"])]
	every state in ["none", "without_counsel", "cooling_off"] {
		"N2" in decide(array.concat(asked, [replace("/consent/opt_in", state)])).unmet.perpetrator
	}
	decide(array.concat(asked, [replace("/consent/opt_in", "complete")])).permitted == {"perpetrator"}
}

test_a_cell_that_says_never_is_never if {
	answer := decide([replace("/asked", ["medical"]), replace("/consent/categories", ["medical"])])
	answer.unmet.medical == {"N1", "N2"}
}

report := [
	replace("/recipient/class", "law_enforcement"), replace("/purpose", "survivor_report"),
	replace("/asked", ["identity"]), replace("/consent/purposes", ["survivor_report"]),
	replace("/consent/opt_in", "complete"), replace("/consent/use", "single_unused"),
]

test_a_distrusted_body_gets_what_she_reports_herself_once if {
	decide(report).permitted == {"identity"}
	every wrong in [
		replace("/consent/use", "repeated"), replace("/consent/use", "single_used"),
		replace("/consent/opt_in", "cooling_off"), replace("/consent/opt_in", "without_counsel"),
		replace("/consent/opt_in", "none"), replace("/purpose", "legal"),
	] {
		decide(array.concat(report, [wrong])).permitted == set()
	}
}

test_a_network_table_cannot_open_what_the_guard_shuts if {
	answer := decide([
		replace("/recipient/class", "law_enforcement"), replace("/consent/opt_in", "complete"),
		replace("/consent/use", "single_unused"), replace("/asked", ["needs"]),
	])
	answer.permitted == set()
	answer.unmet.needs == {"G1"}
}

test_retention_is_never_over_ninety_days if {
	answer := disclose.decision with input as facts
		with data.posada.network.matrix as json.patch(table, [replace("/limits/retain_days", 3650)])
	answer.retain_days == 90
}
