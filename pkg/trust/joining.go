package trust

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Joining is the roster that runs with those who join by the newest, which waits: a need
// names nobody, and goes to them meanwhile. Whatever else the newest says waits. Nobody
// joins so who
//
//   - is known here already, in whatever standing, or has the key or the mailbox of somebody
//     who is: that is a change, not a newcomer;
//   - is of a distrusted class, or not in good standing: there is nothing it could be asked;
//   - has not two members to speak for it whom this node knows (Taken).
func Joining(running, newest roster.Snapshot) roster.Snapshot {
	joined := running
	joined.Agencies = slices.Clone(running.Agencies)
	for _, a := range Taken(running, newest, false).Agencies {
		if a.Standing != posada.StandingActive || a.Class.Distrusted() || len(joined.Agencies) >= posada.MaxMembers {
			continue
		}
		if slices.ContainsFunc(joined.Agencies, func(b roster.Agency) bool { return sameBody(a, b) }) {
			continue
		}
		a.Standing = posada.StandingJoining
		joined.Agencies = append(joined.Agencies, a)
	}
	return joined
}
