package prove

import (
	"math/rand/v2"

	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// newRandom is seeded: a proof finds the same twice.
func newRandom() *rand.Rand { return rand.New(rand.NewPCG(20260314, 2340)) }

func (s subject[T]) asked(in T) posada.Set[posada.Category] {
	switch v := any(in).(type) {
	case pdp.Disclosure:
		return v.Asked
	case pdp.Reception:
		return v.Carried
	case pdp.Asking:
		return v.Asked
	case pdp.Passing:
		return v.Asked
	case pdp.Viewing:
		return v.Asked
	}
	return 0
}

func disclosureSubject(m Matrix, alone Minors) subject[pdp.Disclosure] {
	return subject[pdp.Disclosure]{
		name: "disclose", rules: "data.posada.disclose", axes: disclosureAxes(), oracle: disclosureOracle(m, alone),
		base: PermittedDisclosure(),
		ask: func(d pdp.Disclosure, c posada.Set[posada.Category]) pdp.Disclosure {
			d.Asked = c
			return d
		},
		met:    "data.posada.disclose.guard_met",
		metFor: []string{"data.posada.disclose.guard_holds_for", "data.posada.disclose.network_holds_for"},
	}
}

func receptionSubject(m Matrix) subject[pdp.Reception] {
	return subject[pdp.Reception]{
		name: "receive", rules: "data.posada.receive", axes: receptionAxes(), oracle: receptionOracle(m),
		base: PermittedReception(),
		ask: func(r pdp.Reception, c posada.Set[posada.Category]) pdp.Reception {
			r.Carried = c
			return r
		},
		met:    "data.posada.receive.met",
		metFor: []string{"data.posada.receive.holds_for"},
	}
}

func askingSubject(m Matrix) subject[pdp.Asking] {
	return subject[pdp.Asking]{
		name: "ask", rules: "data.posada.ask", axes: askingAxes(), oracle: askingOracle(m),
		base: PermittedAsking(),
		ask: func(a pdp.Asking, c posada.Set[posada.Category]) pdp.Asking {
			a.Asked = c
			return a
		},
		met:    "data.posada.ask.met",
		metFor: []string{"data.posada.ask.holds_for"},
	}
}

func passingSubject(m Matrix) subject[pdp.Passing] {
	return subject[pdp.Passing]{
		name: "onward", rules: "data.posada.onward", axes: passingAxes(), oracle: passingOracle(m),
		base: PermittedPassing(),
		ask: func(p pdp.Passing, c posada.Set[posada.Category]) pdp.Passing {
			p.Asked = c
			return p
		},
		met:    "data.posada.onward.met",
		metFor: []string{"data.posada.onward.holds_for"},
	}
}

func viewingSubject(v View) subject[pdp.Viewing] {
	return subject[pdp.Viewing]{
		name: "view", rules: "data.posada.view", axes: viewingAxes(), oracle: viewingOracle(v),
		base: PermittedViewing(),
		ask: func(v pdp.Viewing, c posada.Set[posada.Category]) pdp.Viewing {
			v.Asked = c
			return v
		},
		met:    "data.posada.view.met",
		metFor: []string{"data.posada.view.holds_for"},
	}
}

// PermittedDisclosure is an invented case in which identity may go to legal
// aid: what every departure is measured from.
func PermittedDisclosure() pdp.Disclosure {
	some := posada.SetOf(posada.CategoryNeeds, posada.CategoryIdentity)
	return pdp.Disclosure{
		Recipient: pdp.Recipient{Class: posada.ClassLegalAid, Standing: posada.StandingActive, Naming: posada.Named},
		Purpose:   posada.PurposeLegal, Services: posada.SetOf(posada.ServiceLegalImmigration),
		Asked: some, Staleness: posada.StalenessFresh,
		Consent: consent.Facts{
			Status: posada.ConsentGiven, Window: posada.WindowWithin, Use: posada.UseSingleUnused,
			Purposes: posada.SetOf(posada.PurposeLegal), Categories: some,
			Services: posada.SetOf(posada.ServiceLegalImmigration),
			GivenBy:  posada.GivenBySelf, AgeBand: posada.Age25to39, Jurisdiction: posada.JurisdictionElsewhere,
			Assent: posada.AssentNotAsked, Conflict: posada.ConflictUnchecked,
			OptIn: posada.OptInNone, Method: posada.MethodWritten,
			Informed: posada.SetOf(posada.Members[posada.Informed]()...), Condition: posada.ServiceNotConditional,
		},
	}
}

// PermittedReception is the same case as its recipient sees it.
func PermittedReception() pdp.Reception {
	some := posada.SetOf(posada.CategoryNeeds, posada.CategoryIdentity)
	return pdp.Reception{
		Sender:  pdp.Party{Class: posada.ClassNGO, Standing: posada.StandingActive},
		Self:    pdp.Party{Class: posada.ClassLegalAid, Standing: posada.StandingActive},
		Purpose: posada.PurposeLegal, Carried: some,
		Grant:     pdp.GrantFacts{Window: posada.WindowWithin, Purpose: posada.PurposeLegal, Categories: some},
		Staleness: posada.StalenessFresh, Issuer: posada.StalenessFresh,
	}
}

// PermittedAsking is an invented need for a bed, on the way from an NGO to a shelter.
func PermittedAsking() pdp.Asking {
	return pdp.Asking{
		Recipient: pdp.Recipient{Class: posada.ClassShelter, Standing: posada.StandingActive, Naming: posada.Named},
		Asker:     pdp.Party{Class: posada.ClassNGO, Standing: posada.StandingActive},
		Services:  posada.SetOf(posada.ServiceShelterEmergency), Asked: posada.SetOf(posada.CategoryNeeds),
		Permission: pdp.AskFacts{Status: posada.ConsentGiven, Window: posada.WindowWithin},
		Staleness:  posada.StalenessFresh,
	}
}

// PermittedPassing is that case passed on by an NGO that was given it to a legal aid
// that its grant names.
func PermittedPassing() pdp.Passing {
	some := posada.SetOf(posada.CategoryNeeds, posada.CategoryIdentity)
	return pdp.Passing{
		Recipient: pdp.Recipient{Class: posada.ClassLegalAid, Standing: posada.StandingActive, Naming: posada.Named},
		Self:      pdp.Party{Class: posada.ClassNGO, Standing: posada.StandingActive},
		Purpose:   posada.PurposeLegal, Asked: some,
		Grant:   pdp.GrantFacts{Window: posada.WindowWithin, Purpose: posada.PurposeLegal, Categories: some},
		Holding: posada.HoldingHeld, Staleness: posada.StalenessFresh, Issuer: posada.StalenessFresh,
	}
}

// PermittedViewing is that case looked at there by the lawyer whose work it is.
func PermittedViewing() pdp.Viewing {
	return pdp.Viewing{
		Roles: posada.SetOf(posada.RoleLegal), Assignment: posada.AssignedToAsker, Origin: posada.OriginReceived,
		Purpose: posada.PurposeLegal, Window: posada.WindowWithin, Issuer: posada.StalenessFresh,
		Asked: posada.SetOf(posada.CategoryNeeds, posada.CategoryIdentity),
	}
}
