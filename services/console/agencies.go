package console

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/posada"
)

// agencyRow is a member in the list.
type agencyRow struct {
	client.Agency
	Steward bool
	Never   bool // what is of its kind receives nothing, whatever a consent says
}

func agencies(v *visit) (view, error) {
	list, n, cells, err := v.members()
	if err != nil {
		return view{}, err
	}
	var rows []agencyRow
	for _, a := range list {
		rows = append(rows, agencyRow{Agency: a, Steward: slices.Contains(n.Stewards, a.ID), Never: cells != nil && !cells.any(a.Class)})
	}
	return show("agencies", rows), nil
}

// members are the agencies, with what stewards decided of their kinds.
func (v *visit) members() ([]client.Agency, client.Network, allowed, error) {
	list, err := v.node.Agencies(v.ctx())
	if err != nil {
		return nil, client.Network{}, nil, err
	}
	n, err := v.node.Network(v.ctx())
	if err != nil {
		return nil, n, nil, err
	}
	cells, err := allows(n)
	return list, n, cells, err
}

// allowed says what each kind of agency may receive, for what, and what that takes.
type allowed map[posada.AgencyClass]map[posada.Purpose]map[posada.Category]string

// allows reads it from what stewards signed; nil where that is not here yet.
func allows(n client.Network) (allowed, error) {
	signed, ok := n.InForce["policy"]
	if !ok || len(signed.Target) == 0 {
		return nil, nil
	}
	var policy struct {
		Cells allowed `json:"cells"`
	}
	if err := json.Unmarshal(signed.Target, &policy); err != nil {
		return nil, fmt.Errorf("the network's policy: %w", err)
	}
	return policy.Cells, nil
}

// The modes of a cell that let something through.
const (
	modeConsent  = "consent"
	modeCosigned = "consent_cosigned"
	modeCeremony = "ceremony"
)

// any reports whether a kind of agency may receive anything.
func (a allowed) any(class posada.AgencyClass) bool {
	for _, categories := range a[class] {
		for _, mode := range categories {
			if mode == modeConsent || mode == modeCosigned || mode == modeCeremony {
				return true
			}
		}
	}
	return false
}

// agencyPage is one member, and what agencies of its kind may receive.
type agencyPage struct {
	Agency  client.Agency
	Steward bool
	Known   bool // what stewards decided is here
	For     []purposeRow
	Changes bool // another policy begins to run soon
}

// purposeRow is what may be shared for a purpose.
type purposeRow struct {
	Purpose  posada.Purpose
	Consent  []posada.Category
	Cosigned []posada.Category // of a minor: a second signature
	Ceremony []posada.Category // the person asked for it, counsel was there, and a time went by
	Never    []posada.Category
}

func oneAgency(v *visit) (view, error) {
	list, n, cells, err := v.members()
	if err != nil {
		return view{}, err
	}
	i := slices.IndexFunc(list, func(a client.Agency) bool { return string(a.ID) == v.path("id") })
	if i < 0 {
		return view{}, errNothing
	}
	p := agencyPage{Agency: list[i], Steward: slices.Contains(n.Stewards, list[i].ID), Known: cells != nil}
	p.Changes = slices.ContainsFunc(n.Waiting, func(w client.Waiting) bool { return w.Role == "policy" })
	for _, purpose := range posada.Members[posada.Purpose]() {
		if row := rowOf(purpose, cells[p.Agency.Class][purpose]); len(row.Consent)+len(row.Cosigned)+len(row.Ceremony) > 0 {
			p.For = append(p.For, row)
		}
	}
	return show("agency", p).titled(p.Agency.Name), nil
}

func rowOf(purpose posada.Purpose, cells map[posada.Category]string) purposeRow {
	row := purposeRow{Purpose: purpose}
	for _, c := range posada.Members[posada.Category]() {
		switch mode := cells[c]; mode {
		case modeConsent:
			row.Consent = append(row.Consent, c)
		case modeCosigned:
			row.Cosigned = append(row.Cosigned, c)
		case modeCeremony:
			row.Ceremony = append(row.Ceremony, c)
		case "":
		default:
			row.Never = append(row.Never, c)
		}
	}
	return row
}
