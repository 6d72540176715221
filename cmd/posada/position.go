package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/roster"
	"github.com/posada-exchange/posada/pkg/trust"
)

// position is what the steward's own node has verified to be in force.
type position struct {
	node    *client.Client
	network client.Network
	force   enrol.InForce
	charter trust.Charter
	members roster.Snapshot
}

// position asks the node what is in force.
func (c *cli) position(ctx context.Context) (s position, err error) {
	if s.node, err = c.ask(); err != nil {
		return s, err
	}
	if s.network, err = s.node.Network(ctx); err != nil {
		return s, err
	}
	in := s.network.InForce
	if len(in[string(trust.RoleRoot)].Document) == 0 || len(in[string(trust.RoleRoster)].Document) == 0 {
		return s, errNotForced
	}
	all := map[trust.Role]trust.Proposal{}
	for role, signed := range in {
		all[trust.Role(role)] = trust.Proposal{Document: signed.Document, Target: signed.Target}
	}
	s.force = enrol.On(all)
	if s.charter, err = trust.ReadCharter(s.force.Root); err != nil {
		return s, err
	}
	r, err := roster.Read(s.force.Roster.Target)
	if err != nil {
		return s, fmt.Errorf("read the roster in force: %w", enrol.ErrMalformed)
	}
	s.members = r.Snapshot()
	return s, nil
}

// table is the network's table in force.
func (s position) table() (matrix.Table, error) { return matrix.Read(s.force.Policy.Target) }

// member finds a member by what it is called here, or by how its id begins.
func (s position) member(ctx context.Context, typed string) (posada.AgencyID, error) {
	named, err := s.node.Agencies(ctx)
	if err != nil {
		return "", err
	}
	var all, found []posada.AgencyID
	for _, a := range s.members.Agencies {
		all = append(all, a.ID)
	}
	for _, n := range named {
		if n.Standing == posada.StandingListed { // no member, and can be suspended like one
			all = append(all, n.ID)
		}
	}
	for _, id := range all {
		is := len(typed) >= 4 && strings.HasPrefix(string(id), typed)
		for _, n := range named {
			is = is || n.ID == id && n.Name != "" && strings.EqualFold(n.Name, typed)
		}
		if is {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 0:
		return "", enrol.ErrNoMember
	case 1:
		return found[0], nil
	}
	return "", errManyIDs
}

// asked reads an agency's request, and what is in force to decide it on top of.
func (c *cli) asked(ctx context.Context, path string) (r enrol.Request, s position, err error) {
	if r, err = readFile(c, path, enrol.ReadRequest); err != nil {
		return r, s, err
	}
	s, err = c.position(ctx)
	return r, s, err
}
