# METADATA
# scope: package
# title: Who may be on the bus, and on which subjects
# description: |
#   Asked once for each connection, after its key's signature over the server's
#   nonce was verified. Subjects are allow-lists; {route} becomes the caller's
#   own token. A class is no reason to be let on or kept off: what a member can
#   reach is its own mailbox, and what is in it is decided elsewhere.
# schemas:
#   - input: schema.connect
package posada.connect

# METADATA
# title: A member in good standing, whose identity key vouches for its connection key, may use its own four services
# labels: {id: connect.member, kind: permit}
permitted contains "member" if {
	input.kind == "member"
	input.key == "vouched"
	input.standing == "active"
}

# METADATA
# title: A hub service with its own key may use what its work needs
# labels: {id: connect.service, kind: permit}
permitted contains input.kind if {
	input.kind in {"relay", "relay_store", "doorbell", "registry", "registry_store", "follower"}
	input.key == "own"
}

# METADATA
# title: Subjects each kind of connection may publish to
# labels: {id: connect.publish, kind: constant}
publish := {
	"member": {
		"posada.v1.submit.{route}", "posada.v1.collect.{route}",
		"posada.v1.recall.{route}", "posada.v1.sync.{route}",
	},
	# Answers go to the reply subjects the server itself makes for requests
	# that came from the members' account.
	"relay": {"_R_.>"},
	"relay_store": {
		"mail.>", "$JS.API.STREAM.INFO.*", "$JS.API.STREAM.CREATE.*", "$JS.API.STREAM.UPDATE.*",
		"$JS.API.DIRECT.GET.*", "$JS.API.DIRECT.GET.*.>", "$JS.API.STREAM.MSG.DELETE.*",
	},
	"doorbell": {"posada.v1.inbox.*.bell.*"},
	# The hub's own followers ask within its account; their inboxes are there.
	"registry": {"_R_.>", "posada.v1.inbox.*.>"},
	"follower": {"posada.v1.sync.{route}"},
	"registry_store": {
		"registry.>", "$JS.API.STREAM.INFO.registry", "$JS.API.STREAM.CREATE.registry",
		"$JS.API.STREAM.UPDATE.registry", "$JS.API.DIRECT.GET.registry", "$JS.API.DIRECT.GET.registry.>",
		"$JS.API.STREAM.MSG.DELETE.registry",
	},
}

# METADATA
# title: Subjects each kind of connection may subscribe to
# labels: {id: connect.subscribe, kind: constant}
subscribe := {
	"member": {"posada.v1.inbox.{route}.>"},
	"relay": {"posada.v1.submit.*", "posada.v1.collect.*", "posada.v1.recall.*", "$SRV.>"},
	"relay_store": {"posada.v1.inbox.{route}.>"},
	"doorbell": set(),
	"registry": {"posada.v1.sync.*", "$SRV.>"},
	"registry_store": {"posada.v1.inbox.{route}.>"},
	"follower": {"posada.v1.inbox.{route}.>"},
}

# METADATA
# title: Which account the connection lives in
# labels: {id: connect.account, kind: constant}
account := {
	"member": "members", "relay": "hub", "relay_store": "hub", "doorbell": "members",
	"registry": "hub", "registry_store": "hub", "follower": "hub",
}

# METADATA
# title: Who may be on the bus, and on which subjects
# entrypoint: true
# labels: {id: connect, kind: entrypoint}
decision := {
	"allow": count(permitted) == 1,
	"account": account[input.kind],
	"publish": {subject | some role in permitted; some subject in publish[role]},
	"subscribe": {subject | some role in permitted; some subject in subscribe[role]},
}
