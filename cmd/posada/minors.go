package main

import (
	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/signing"
)

// mayTell warns of whom those may tell who help a minor who agreed alone.
func (p *page) mayTell(k client.Consent, age string) {
	list, err := signing.Alone{By: k.GivenBy, Where: k.Jurisdiction, Age: posada.AgeBand(age), Services: posada.SetOf(k.Services...)}.Tells()
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
