package main

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/papers"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// alone is what a minor agreed to alone: where, at which age, to which services.
type alone struct {
	by       posada.GivenBy
	where    posada.Jurisdiction
	age      posada.AgeBand
	services posada.Set[posada.ServiceType]
}

// tells are the warnings of the table of minors that concern it, each with the
// services it is about: whom whoever gives them may tell. Of an age that is not known
// all of them are said.
func (a alone) tells() (list []papers.FormTell, err error) {
	if a.by != posada.GivenByMinorAlone {
		return nil, nil
	}
	table, err := pdp.MinorsAlone()
	if err != nil {
		return nil, err
	}
	ages := posada.Members[posada.AgeBand]()
	for _, row := range table {
		services := posada.SetOf(row.Services...).And(a.services)
		young := posada.Known(a.age) && slices.Index(ages, a.age) < slices.Index(ages, row.Youngest)
		if len(row.Tells) > 0 && slices.Contains(row.Jurisdictions, a.where) && !services.Empty() && !young {
			list = append(list, papers.FormTell{Services: services, Says: row.Tells})
		}
	}
	return list, nil
}

// mayTell warns of whom those may tell who help a minor who agreed alone.
func (p *page) mayTell(k client.Consent, age string) {
	list, err := alone{k.GivenBy, k.Jurisdiction, posada.AgeBand(age), posada.SetOf(k.Services...)}.tells()
	if err != nil { // the table is part of this program, and its tests read it
		p.line(err.Error())
	}
	if len(list) == 0 {
		return
	}
	p.heading("minors.tell")
	for _, tell := range list {
		p.line("  " + i18n.Terms(p.Printer, "service", tell.Services.List()) + ": " + tell.Says[string(p.Language())])
	}
}
