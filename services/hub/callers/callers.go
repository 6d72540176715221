// Package callers tells the hub's services which member asks: on the bus it is
// known by its route.
//
// Holds: nothing but what the roster says at that moment. May reach: nothing; it
// is a lookup within the services that use it. If compromised: one member could
// be taken for another. Who may be on the bus at all was decided when the
// connection was made (connect).
package callers

import (
	"sync"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Callers finds members by their routes. It is safe for concurrent use.
type Callers struct {
	members *roster.Current

	mu      sync.Mutex
	of      *roster.Roster // what the routes were made of
	byRoute map[broker.Route]roster.Agency
}

// New makes a lookup over the roster as it stands.
func New(members *roster.Current) *Callers { return &Callers{members: members} }

// Find is the member in good standing that is known by a route.
func (c *Callers) Find(route broker.Route) (roster.Agency, bool) {
	members := c.members.Get()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of != members {
		c.of, c.byRoute = members, map[broker.Route]roster.Agency{}
		for _, a := range members.Agencies() {
			c.byRoute[broker.RouteOf(string(a.ID))] = a
		}
	}
	member, ok := c.byRoute[route]
	return member, ok && member.Standing == posada.StandingActive
}
