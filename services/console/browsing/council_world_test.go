package browsing

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/enrol"
	"github.com/posada-exchange/posada/pkg/invented"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/trust"
	"github.com/posada-exchange/posada/services/console"
	"github.com/posada-exchange/posada/services/town"
	"github.com/posada-exchange/posada/services/town/processes"
)

// council is a network that is no exercise, with one node, where stewards have decided: what
// is wider waits.
type council struct {
	*town.Town
	token string // of a steward at the NGO
	node  *client.Client
}

func newCouncil(t *testing.T) *council {
	t.Helper()
	laid, err := town.Lay(t.TempDir(), town.Plan{Operator: "Invented Hub Cooperative", Stretch: processes.Unstretched, Stewards: []string{"ngo", "legal", "shelter"}, Agencies: []town.Agency{
		{Key: "ngo", Name: "Casa Inventada", Class: posada.ClassNGO, Staff: []town.Person{{Name: "Invented Steward", Roles: []posada.StaffRole{posada.RoleSteward}}}},
		{Key: "legal", Name: "Invented Legal Aid", Class: posada.ClassLegalAid, Staff: []town.Person{{Name: "Invented Lawyer", Roles: []posada.StaffRole{posada.RoleLegal}}}},
		{Key: "shelter", Name: "Invented Shelter", Class: posada.ClassShelter, Staff: []town.Person{{Name: "Invented Host", Roles: []posada.StaffRole{posada.RoleCoordinator}}}},
	}}, time.Now())
	must(t, err)
	c := &council{}
	c.Town, err = town.Start(context.WithoutCancel(t.Context()), laid, town.Options{Poll: time.Second, Skip: []string{"legal", "shelter"}})
	must(t, err)
	t.Cleanup(func() { must(t, c.Stop()) })
	c.token, err = laid.Token("ngo")
	must(t, err)
	c.node = client.New(c.API("ngo"), c.token, "en")
	must(t, eventually(func() bool {
		n, err := c.node.Network(t.Context())
		return err == nil && n.Roster == 1 && n.Policy == 1
	}))
	c.decideAll(t)
	return c
}

// These are what was decided: what is shut runs, and what is opened waits.
var (
	shutCell = matrix.Cell{Class: posada.ClassShelter, Purpose: posada.PurposeShelter, Category: posada.CategoryNeeds}
	openCell = matrix.Cell{Class: posada.ClassSchool, Purpose: posada.PurposeEducation, Category: posada.CategoryNeeds}
)

// decideAll has stewards shut a cell, open another, admit an agency that waits, and one of
// them brake.
func (c *council) decideAll(t *testing.T) {
	t.Helper()
	for _, step := range []struct {
		cell matrix.Cell
		mode posada.Mode
	}{{shutCell, posada.ModeNever}, {openCell, posada.ModeConsent}} {
		p, err := c.Council.Decide(trust.RolePolicy, c.with(t, step.cell, step.mode), time.Now())
		must(t, err)
		c.publish(t, p)
	}
	r, err := c.Decided()
	must(t, err)
	s := r.Snapshot()
	s.Version++
	joins := invented.New(t, 9, time.Now()).Member
	joins.Class, joins.Sponsors = posada.ClassSchool, [2]posada.AgencyID{c.Members["ngo"].ID, c.Members["legal"].ID}
	s.Agencies = append(slices.Clone(s.Agencies), joins)
	p, err := c.Council.Roster(s, time.Now())
	must(t, err)
	c.publish(t, p)
	p, err = c.Council.Brake(0, trust.Brake{
		Suspend: []posada.AgencyID{c.Members["shelter"].ID}, Never: []matrix.Cell{{Class: posada.ClassLegalAid, Purpose: posada.PurposeLegal, Category: posada.CategoryIdentity}},
		Until: time.Now().Add(48 * time.Hour).Unix(),
	}, time.Now())
	must(t, err)
	c.publish(t, p)
}

// with is the table in force with another word in one cell, under the next number.
func (c *council) with(t *testing.T, cell matrix.Cell, mode posada.Mode) []byte {
	t.Helper()
	table, err := matrix.Read(c.Council.InForce[trust.RolePolicy].Target)
	must(t, err)
	edit := matrix.Cells{}
	edit.Set(cell, mode)
	text, err := table.With(table.Version+1, edit).Write()
	must(t, err)
	return text
}

func (c *council) publish(t *testing.T, p trust.Proposal) {
	t.Helper()
	must(t, c.node.Publish(t.Context(), []client.Signed{{Document: p.Document, Target: p.Target}}))
}

// proposes is the file that posada policy propose writes of a table, on top of what is in
// force or of another, signed by so many; lie may change what is signed of it.
func (c *council) proposes(t *testing.T, table []byte, force enrol.InForce, signatures int, lie ...func(*trust.Said)) []byte {
	t.Helper()
	rules, err := pdp.Shipped()
	must(t, err)
	said, err := enrol.Says(t.Context(), rules, force.Policy.Target, table)
	must(t, err)
	for _, change := range lie {
		change(&said)
	}
	m, err := force.Rule(table, said, time.Now())
	must(t, err)
	for _, key := range c.Council.Keys[:signatures] {
		m, err = m.Sign(key)
		must(t, err)
	}
	text, err := m.Write()
	must(t, err)
	return text
}

func (c *council) inForce() enrol.InForce {
	in := c.Council.InForce
	return enrol.InForce{Root: in[trust.RoleRoot].Document, Targets: in[trust.RoleTargets].Document, Roster: in[trust.RoleRoster], Policy: in[trust.RolePolicy]}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// at is somebody at the steward's console, by HTTP alone.
func (c *council) at(t testing.TB) *desk {
	t.Helper()
	d := serve(t, &world{Town: c.Town}, "ngo")
	d.signIn(c.token)
	return d
}

// run serves a console of its own for a browser.
func (c *council) run(t testing.TB) string {
	t.Helper()
	return (&world{Town: c.Town}).run(t, func(*console.Config) {})
}
