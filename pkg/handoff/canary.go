package handoff

import (
	"errors"

	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// ErrCanary says that something that must be refused was not: the rules this node runs
// do not protect anybody, and it must stop.
var ErrCanary = errors.New("the canary was not refused")

// Forbidden are those to whom a unit's canary sings: every member of a distrusted class,
// every coalition, and an agency nobody knows.
func Forbidden(members *roster.Roster) []posada.AgencyID {
	list := []posada.AgencyID{posada.IDFrom[posada.AgencyID]([16]byte{})}
	for _, a := range members.Agencies() {
		if a.Class.Distrusted() || a.Class == posada.ClassCoalition {
			list = append(list, a.ID)
		}
	}
	return list
}
