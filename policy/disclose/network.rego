package posada.disclose

# Network: the rules over what the stewards edit. Who may receive what is a
# table (agency class, purpose, category); a cell that is not there is never.

# METADATA
# title: The network's conditions on each category
# labels: {id: network.conditions, kind: constant}
network_conditions := {"N1", "N2"}

# METADATA
# title: Every condition of the network's policy holds
# labels: {id: network.permits, kind: layer}
network_permits contains category if {
	some category in input.asked
	every condition in network_conditions { condition in network_met_for(category) }
}

# METADATA
# title: The conditions of the network that hold for one category
# labels: {id: network.met_for, kind: helper}
network_met_for(category) := {condition |
	some condition in network_conditions
	network_holds_for(condition, category)
}

# METADATA
# title: What the table says for this class, purpose and category
# labels: {id: network.mode, kind: helper}
mode(category) := data.posada.network.matrix.cells[input.recipient.class][input.purpose][category]

# METADATA
# title: The network lets this class receive this category for this purpose
# labels: {id: N1, kind: condition}
network_holds_for("N1", category) if mode(category) in {"consent", "consent_cosigned", "ceremony"}

# METADATA
# title: Her consent is enough here
# labels: {id: N2.consent, kind: condition}
network_holds_for("N2", category) if mode(category) == "consent"

# METADATA
# title: Her consent was signed too by the child advocate or a legal representative
# labels: {id: N2.cosigned, kind: condition}
network_holds_for("N2", category) if {
	mode(category) == "consent_cosigned"
	signed_too
}

# METADATA
# title: She asked for it herself, with her lawyer, and a day has passed
# labels: {id: N2.ceremony, kind: condition}
network_holds_for("N2", category) if {
	mode(category) == "ceremony"
	input.consent.opt_in == "complete"
}
