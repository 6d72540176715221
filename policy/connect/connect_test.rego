package posada.connect_test

import data.posada.connect

member := {"kind": "member", "key": "vouched", "class": "ngo", "standing": "active"}

decide(changes) := answer if {
	answer := connect.decision with input as json.patch(member, changes)
}

replace(path, value) := {"op": "replace", "path": path, "value": value}

test_a_member_uses_its_own_services_and_inbox if {
	decide([]) == {
		"allow": true,
		"account": "members",
		"publish": {
			"posada.v1.submit.{route}", "posada.v1.collect.{route}",
			"posada.v1.recall.{route}", "posada.v1.sync.{route}",
		},
		"subscribe": {"posada.v1.inbox.{route}.>"},
	}
}

test_a_class_changes_nothing_on_the_bus if {
	every class in ["law_enforcement", "shelter", "coalition", "police"] {
		decide([replace("/class", class)]) == decide([])
	}
}

test_others_are_not_let_on if {
	every change in [
		replace("/key", "unknown"), replace("/key", "own"), replace("/standing", "suspended"),
		replace("/standing", "removed"), replace("/standing", "unknown"), replace("/kind", "relay"),
		replace("/kind", "relay_store"), replace("/kind", "doorbell"),
		replace("/kind", "registry"), replace("/kind", "registry_store"),
		{"op": "remove", "path": "/key"}, {"op": "remove", "path": "/standing"},
	] {
		decide([change]).allow == false
	}
}

test_who_is_not_let_on_gets_no_subject if {
	refused := decide([replace("/key", "unknown")])
	refused.publish == set()
	refused.subscribe == set()
}

test_an_unknown_kind_has_no_answer if {
	not decide([replace("/kind", "admin")])
	not decide([{"op": "remove", "path": "/kind"}])
}

test_a_service_uses_only_what_its_work_needs if {
	every kind in ["relay", "relay_store", "doorbell", "registry", "registry_store", "follower"] {
		answer := decide([replace("/kind", kind), replace("/key", "own"), replace("/standing", "unknown")])
		answer.allow
		not ">" in (answer.publish | answer.subscribe)
		not "posada.v1.submit.{route}" in answer.publish
	}
}

test_who_answers_members_touches_no_store if {
	relay := decide([replace("/kind", "relay"), replace("/key", "own")])
	relay.publish == {"_R_.>"}
	store := decide([replace("/kind", "relay_store"), replace("/key", "own")])
	store.subscribe == {"posada.v1.inbox.{route}.>"}
}

# Everything each kind may publish and subscribe to, and in which account, a
# second time.
everything := {
	"relay": {
		"account": "hub", "publish": {"_R_.>"},
		"subscribe": {"posada.v1.submit.*", "posada.v1.collect.*", "posada.v1.recall.*", "$SRV.>"},
	},
	"relay_store": {
		"account": "hub", "subscribe": {"posada.v1.inbox.{route}.>"},
		"publish": {
			"mail.>", "$JS.API.STREAM.INFO.*", "$JS.API.STREAM.CREATE.*", "$JS.API.STREAM.UPDATE.*",
			"$JS.API.DIRECT.GET.*", "$JS.API.DIRECT.GET.*.>", "$JS.API.STREAM.MSG.DELETE.*",
		},
	},
	"doorbell": {"account": "members", "publish": {"posada.v1.inbox.*.bell.*"}, "subscribe": set()},
	"registry": {
		"account": "hub", "publish": {"_R_.>", "posada.v1.inbox.*.>"},
		"subscribe": {"posada.v1.sync.*", "$SRV.>"},
	},
	"registry_store": {
		"account": "hub", "subscribe": {"posada.v1.inbox.{route}.>"},
		"publish": {
			"registry.>", "$JS.API.STREAM.INFO.registry", "$JS.API.STREAM.CREATE.registry",
			"$JS.API.STREAM.UPDATE.registry", "$JS.API.DIRECT.GET.registry", "$JS.API.DIRECT.GET.registry.>",
			"$JS.API.STREAM.MSG.DELETE.registry",
		},
	},
	"follower": {"account": "hub", "publish": {"posada.v1.sync.{route}"}, "subscribe": {"posada.v1.inbox.{route}.>"}},
}

test_each_service_may_do_this_and_nothing_else if {
	every kind, may in everything {
		decide([replace("/kind", kind), replace("/key", "own")]) == object.union(may, {"allow": true})
	}
}
