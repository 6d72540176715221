package main

import (
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/signing"
)

// minorsAlone is the table that this program carries; a node has the same.
func minorsAlone() ([]client.Alone, error) {
	rows, err := pdp.MinorsAlone()
	table := make([]client.Alone, len(rows))
	for i, row := range rows {
		table[i] = client.Alone(row)
	}
	return table, err
}

// mayTell warns of whom those may tell who help a minor who agreed alone.
func (p *page) mayTell(k client.Consent, age string) {
	table, err := minorsAlone()
	if err != nil { // the table is part of this program, and its tests read it
		p.line(err.Error())
	}
	list := signing.Alone{By: k.GivenBy, Where: k.Jurisdiction, Age: posada.AgeBand(age), Services: posada.SetOf(k.Services...)}.Tells(table)
	if len(list) == 0 {
		return
	}
	p.heading("minors.tell")
	for _, tell := range list {
		p.line("  " + i18n.Terms(p.Printer, "service", tell.Services.List()) + ": " + tell.Says[string(p.Language())])
	}
}
