package prove

import (
	"cmp"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Supposed is a consent that nobody recorded. What is not said is as it must be for
// something to be given: an adult consented for herself, was told everything, named the
// agency, this purpose and these categories, and nothing has ended.
type Supposed struct {
	Class        posada.AgencyClass
	Standing     posada.Standing
	Purpose      posada.Purpose
	Status       posada.ConsentStatus
	GivenBy      posada.GivenBy
	AgeBand      posada.AgeBand
	Jurisdiction posada.Jurisdiction
	OptIn        posada.OptIn
	CoSigned     posada.CoSigner
	Categories   []posada.Category // none: all that may leave whoever holds it
	Withheld     []posada.Category
	Services     []posada.ServiceType
}

// Disclosure is what the rules are asked.
func (s Supposed) Disclosure() pdp.Disclosure {
	d := PermittedDisclosure()
	d.Recipient.Class, d.Recipient.Standing = s.Class, cmp.Or(s.Standing, d.Recipient.Standing)
	d.Purpose, d.Staleness = s.Purpose, posada.StalenessLive
	d.Services, d.Asked = posada.SetOf(s.Services...), posada.SetOf(s.Categories...)
	if len(s.Categories) == 0 {
		d.Asked = posada.SetOf(posada.Leaving()...)
	}
	c := &d.Consent
	c.Status, c.GivenBy, c.AgeBand = cmp.Or(s.Status, c.Status), cmp.Or(s.GivenBy, c.GivenBy), cmp.Or(s.AgeBand, c.AgeBand)
	c.Jurisdiction, c.OptIn = cmp.Or(s.Jurisdiction, c.Jurisdiction), cmp.Or(s.OptIn, c.OptIn)
	if s.CoSigned != "" {
		c.CoSigned = posada.SetOf(s.CoSigned)
	}
	if c.GivenBy == posada.GivenByGuardianAndMinor {
		c.Assent, c.Conflict = posada.AssentGiven, posada.ConflictNone
	}
	c.Purposes, c.Categories, c.Services, c.Excluded = posada.SetOf(s.Purpose), d.Asked, d.Services, posada.SetOf(s.Withheld...)
	return d
}
