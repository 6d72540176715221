// Package connect decides who may be on the bus.
//
// Holds: the roster, and the public keys of the hub's own services.
// May reach: nothing; it answers the broker's question in its process.
// If compromised: it can let strangers on the bus, where they find sealed
// envelopes of fixed sizes; it can read nothing and sign nothing.
package connect

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/broker/embedded"
	"github.com/posada-exchange/posada/pkg/obs"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
)

// Config is what connect needs.
type Config struct {
	Policy  *pdp.Engine
	Members *roster.Current
	Now     func() time.Time
	Own     map[string]pdp.ConnectionKind // public keys of the hub's services
	Count   obs.Counters
}

// Connect is the gate before the bus.
type Connect struct{ c Config }

var _ embedded.Gate = (*Connect)(nil)

// New makes a gate. It has no side effects.
func New(c Config) *Connect { return &Connect{c} }

// Admit verifies that whoever connects holds the key it claims, asks the
// policy, and gives the subjects of exactly that caller, for as long as what
// vouches for it counts.
func (c *Connect) Admit(p embedded.Proof) (embedded.Admission, bool) {
	if !verified(p) {
		c.c.Count.Add("bad proof")
		return embedded.Admission{}, false
	}
	facts, who, until := c.facts(p)
	access, err := c.c.Policy.Connect(context.Background(), facts)
	if err != nil || !access.Allow {
		c.c.Count.Add("refused")
		return embedded.Admission{}, false
	}
	c.c.Count.Add("admitted")
	route := broker.RouteOf(who)
	return embedded.Admission{
		Account: embedded.Account(access.Account), Route: route,
		Publish: routed(access.Publish, route), Subscribe: routed(access.Subscribe, route), Until: until,
	}, true
}

// facts is what is known of a connection, who it is and until when; a service
// of the hub for as long as it will.
func (c *Connect) facts(p embedded.Proof) (facts pdp.Connection, who string, until time.Time) {
	if kind, ok := c.c.Own[p.Key]; ok {
		return pdp.Connection{Kind: kind, Key: pdp.KeyOwn, Standing: posada.StandingUnknown}, p.Key, time.Time{}
	}
	member, until, err := c.c.Members.Get().Connecting(p.Statement, p.Key, c.c.Now())
	if err != nil {
		return pdp.Connection{Kind: pdp.KindMember, Key: pdp.KeyUnknown, Standing: posada.StandingUnknown}, "", time.Time{}
	}
	return pdp.Connection{Kind: pdp.KindMember, Key: pdp.KeyVouched, Class: member.Class, Standing: member.Standing}, string(member.ID), until
}

func verified(p embedded.Proof) bool {
	key, err := nkeys.FromPublicKey(p.Key)
	return err == nil && nkeys.IsValidPublicUserKey(p.Key) && len(p.Nonce) > 0 && key.Verify(p.Nonce, p.Signature) == nil
}

func routed(subjects []string, route broker.Route) []string {
	out := slices.Clone(subjects)
	for i, s := range out {
		out[i] = strings.ReplaceAll(s, "{route}", string(route))
	}
	return out
}
