# METADATA
# scope: package
# title: May these categories be given to this agency for this purpose
# description: |
#   Asked at preview, at send and again at each attempt to deliver. The answer
#   covers every category asked; what one layer does not permit, no other can.
# schemas:
#   - input: schema.disclose
package posada.disclose

# METADATA
# title: Given because every layer permits it
# description: The one rule that permits. Guard and network each list what they permit.
# labels: {id: disclose.permit, kind: permit}
permitted contains category if {
	some category in input.asked
	category in guard_permits
	category in network_permits
}

# METADATA
# title: What each category lacks to be given
# labels: {id: disclose.unmet, kind: explanation}
unmet[category] contains condition if {
	some category in input.asked
	some condition in ((guard_conditions | guard_category_conditions) - (guard_met | guard_met_for(category)))
}

# METADATA
# title: What each category lacks in the network's policy
# labels: {id: disclose.unmet_network, kind: explanation}
unmet[category] contains condition if {
	some category in input.asked
	some condition in (network_conditions - network_met_for(category))
}

# METADATA
# title: The longest the recipient may keep it, in days; never more than 90 (G6)
# labels: {id: disclose.retain, kind: obligation}
retain_days := min({90, data.posada.network.matrix.limits.retain_days})

# METADATA
# title: May these categories be given to this agency for this purpose
# entrypoint: true
# labels: {id: disclose, kind: entrypoint}
decision := {
	"permitted": permitted,
	"unmet": unmet,
	"retain_days": retain_days,
}
