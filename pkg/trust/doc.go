// Package trust is how a network decides and how a node learns what it
// decided: who is a member and which policy is in force, by m of n stewards,
// carried by a hub that nobody believes. The Update Framework does the
// verifying (go-tuf); what is ours is who the keys are, what the files must
// be, and what a node does with them.
//
// Guarantee: what Refresh returns was signed by enough stewards of different
// agencies of this very network, is no older than anything this node has seen,
// belongs together, was confirmed by the hub's key within 24 hours, and stands
// at the end of the one chain of publications the node has followed. One
// steward can take away (Brake), never give. After an error nothing has
// changed.
//
// Limits: m stewards together decide anything the guard permits. A hub can
// withhold everything new for up to 24 hours, after which a node stops; within
// them a node notices by what other members say they run (Behind). Whoever can
// change a node's state can roll it back: the state belongs in the vault.
// Times are arguments; Clock says which to trust. It knows no broker, vault,
// logger or goroutine.
package trust
