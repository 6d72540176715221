package console

import (
	"strings"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
)

// membersPage is who is in the network, who spoke for them, and what waits for them.
type membersPage struct {
	List    uint64 // the number of the list that runs here
	Changes []string
	Members []memberRow
}

// memberRow is one of them. One that joins with the list that waits is no member yet.
type memberRow struct {
	client.Member
	Name     string
	Class    posada.AgencyClass
	Standing string
	Sponsors string
	Joins    bool
}

func members(v *visit) (view, error) {
	n, err := v.node.Network(v.ctx())
	if err != nil {
		return view{}, err
	}
	list, err := v.node.Members(v.ctx())
	if err != nil {
		return view{}, err
	}
	p := membersPage{List: n.Roster}
	for _, m := range list {
		row := v.memberRow(m)
		if m.Change != nil {
			p.Changes = append(p.Changes, v.memberChange(row))
		}
		p.Members = append(p.Members, row)
	}
	return show("network_members", p), nil
}

func (v *visit) memberRow(m client.Member) memberRow {
	row := memberRow{Member: m, Name: v.known(m.Agency), Class: m.Agency.Class, Standing: string(m.Agency.Standing)}
	var speak []string
	for _, s := range m.Sponsors {
		speak = append(speak, v.known(s))
	}
	row.Sponsors = strings.Join(speak, ", ")
	if m.Change != nil && m.Change.Kind == "joins" {
		row.Class, row.Joins = m.Change.Class, true
	}
	return row
}

// known is what an agency is called here; of one that nobody gave a name, how its id begins.
func (v *visit) known(a client.Agency) string {
	if a.Name == "" || a.Name == string(a.ID) {
		return posada.Brief(a.ID)
	}
	return a.Name
}

// memberChange says what waits for a member, in a sentence.
func (v *visit) memberChange(row memberRow) string {
	c := row.Change
	return v.Text(i18n.Key("console.member.change."+c.Kind),
		"agency", row.Name, "class", v.Term("class", string(c.Class)), "standing", v.Term("standing", string(c.Standing)),
		"sponsors", row.Sponsors, "from", v.when(c.From))
}
