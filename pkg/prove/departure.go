package prove

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Departure is one fact of a question, or a cell of a table, that says something else
// than it does.
type Departure struct {
	Fact string `json:"fact"` // as the rules name it, without input; network and own are cells
	Word string `json:"word"` // what it would say; of a set, what would be in it or not
}

// Departing lists every fact that can depart, and the cells of both tables.
func Departing() []string {
	names := []string{ofNetwork, ofOwn}
	for _, list := range [][]string{
		factsOf(ofDisclosure("", pdp.Disclosure{})), factsOf(ofReception("", pdp.Reception{})), factsOf(ofPassing("", pdp.Passing{})), factsOf(ofAsking()),
	} {
		names = append(names, list...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func factsOf[T comparable](departures []departure[T]) (names []string) {
	for _, d := range departures {
		names = append(names, d.Fact)
	}
	return names
}

// departure is one, and how a question departs by it.
type departure[T comparable] struct {
	Departure
	set func(T) T
}

func to[T comparable, W ~string](fact string, field func(*T) *W, words ...W) (list []departure[T]) {
	for _, w := range words {
		list = append(list, departure[T]{Departure{fact, string(w)}, func(in T) T {
			*field(&in) = w
			return in
		}})
	}
	return list
}

// change is a departure of a set.
func change[T comparable](fact, word string, set func(*T)) []departure[T] {
	return []departure[T]{{Departure{fact, word}, func(in T) T {
		set(&in)
		return in
	}}}
}

func joined[T comparable](lists ...[]departure[T]) (all []departure[T]) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// caring are the classes that something may lawfully be given to without ceremony.
func caring() (list []posada.AgencyClass) {
	for _, c := range posada.Members[posada.AgencyClass]() {
		if !c.Distrusted() {
			list = append(list, c)
		}
	}
	return list
}

// ofDisclosure is what of a disclosure somebody could see to: what stands in a consent,
// to whom it goes and why. How old somebody is, and where, is nobody's to change; nor
// who was excluded.
func ofDisclosure(of posada.Category, asked pdp.Disclosure) []departure[pdp.Disclosure] {
	type D = pdp.Disclosure
	return joined(
		change("consent.categories", string(of), func(d *D) { d.Consent.Categories = d.Consent.Categories.With(of) }),
		change("consent.purposes", string(asked.Purpose), func(d *D) { d.Consent.Purposes = d.Consent.Purposes.With(d.Purpose) }),
		to("recipient.naming", func(d *D) *posada.Naming { return &d.Recipient.Naming }, posada.Named),
		change("consent.services", "", func(d *D) { d.Consent.Services |= d.Services }),
		change("consent.informed", "", func(d *D) { d.Consent.Informed = posada.SetOf(posada.Members[posada.Informed]()...) }),
		to("consent.status", func(d *D) *posada.ConsentStatus { return &d.Consent.Status }, posada.ConsentGiven),
		to("consent.window", func(d *D) *posada.Window { return &d.Consent.Window }, posada.WindowWithin),
		to("consent.use", func(d *D) *posada.Use { return &d.Consent.Use }, posada.UseSingleUnused),
		change("consent.excluded", string(of), func(d *D) { d.Consent.Excluded = d.Consent.Excluded.Minus(posada.SetOf(of)) }),
		to("consent.condition", func(d *D) *posada.ServiceCondition { return &d.Consent.Condition }, posada.ServiceNotConditional),
		change("consent.co_signed", string(posada.CoSignerChildAdvocate), func(d *D) { d.Consent.CoSigned = d.Consent.CoSigned.With(posada.CoSignerChildAdvocate) }),
		to("consent.opt_in", func(d *D) *posada.OptIn { return &d.Consent.OptIn }, posada.OptInComplete),
		to("consent.given_by", func(d *D) *posada.GivenBy { return &d.Consent.GivenBy }, posada.Members[posada.GivenBy]()...),
		to("consent.conflict", func(d *D) *posada.ConflictCheck { return &d.Consent.Conflict }, posada.ConflictNone),
		to("consent.assent", func(d *D) *posada.Assent { return &d.Consent.Assent }, posada.AssentGiven),
		to("staleness", func(d *D) *posada.Staleness { return &d.Staleness }, posada.StalenessFresh, posada.StalenessLive),
		to("recipient.standing", func(d *D) *posada.Standing { return &d.Recipient.Standing }, posada.StandingActive),
		to("purpose", func(d *D) *posada.Purpose { return &d.Purpose }, posada.Members[posada.Purpose]()...),
		to("recipient.class", func(d *D) *posada.AgencyClass { return &d.Recipient.Class }, caring()...),
	)
}

func ofReception(of posada.Category, asked pdp.Reception) []departure[pdp.Reception] {
	type R = pdp.Reception
	return joined(
		change("grant.categories", string(of), func(r *R) { r.Grant.Categories = r.Grant.Categories.With(of) }),
		to("grant.purpose", func(r *R) *posada.Purpose { return &r.Grant.Purpose }, asked.Purpose),
		to("grant.window", func(r *R) *posada.Window { return &r.Grant.Window }, posada.WindowWithin),
		to("issuer", func(r *R) *posada.Staleness { return &r.Issuer }, posada.StalenessFresh, posada.StalenessLive),
		to("staleness", func(r *R) *posada.Staleness { return &r.Staleness }, posada.StalenessFresh, posada.StalenessLive),
		to("sender.standing", func(r *R) *posada.Standing { return &r.Sender.Standing }, posada.StandingActive),
		to("self.standing", func(r *R) *posada.Standing { return &r.Self.Standing }, posada.StandingActive),
		to("sender.class", func(r *R) *posada.AgencyClass { return &r.Sender.Class }, caring()...),
		to("self.class", func(r *R) *posada.AgencyClass { return &r.Self.Class }, caring()...),
	)
}

func ofPassing(of posada.Category, asked pdp.Passing) []departure[pdp.Passing] {
	type P = pdp.Passing
	return joined(
		change("grant.categories", string(of), func(p *P) { p.Grant.Categories = p.Grant.Categories.With(of) }),
		to("recipient.naming", func(p *P) *posada.Naming { return &p.Recipient.Naming }, posada.Named),
		to("grant.purpose", func(p *P) *posada.Purpose { return &p.Grant.Purpose }, asked.Purpose),
		to("grant.window", func(p *P) *posada.Window { return &p.Grant.Window }, posada.WindowWithin),
		to("holding", func(p *P) *posada.Holding { return &p.Holding }, posada.HoldingHeld),
		to("issuer", func(p *P) *posada.Staleness { return &p.Issuer }, posada.StalenessFresh),
		to("staleness", func(p *P) *posada.Staleness { return &p.Staleness }, posada.StalenessFresh),
		to("recipient.standing", func(p *P) *posada.Standing { return &p.Recipient.Standing }, posada.StandingActive),
		to("self.standing", func(p *P) *posada.Standing { return &p.Self.Standing }, posada.StandingActive),
		to("recipient.class", func(p *P) *posada.AgencyClass { return &p.Recipient.Class }, caring()...),
	)
}

func ofAsking() []departure[pdp.Asking] {
	type A = pdp.Asking
	return joined(
		to("recipient.naming", func(a *A) *posada.Naming { return &a.Recipient.Naming }, posada.Named),
		to("permission.status", func(a *A) *posada.ConsentStatus { return &a.Permission.Status }, posada.ConsentGiven),
		to("permission.window", func(a *A) *posada.Window { return &a.Permission.Window }, posada.WindowWithin),
		change("services", string(posada.ServiceShelterEmergency), func(a *A) { a.Services = posada.SetOf(posada.ServiceShelterEmergency) }),
		to("staleness", func(a *A) *posada.Staleness { return &a.Staleness }, posada.StalenessFresh),
		to("recipient.standing", func(a *A) *posada.Standing { return &a.Recipient.Standing }, posada.StandingActive),
		to("asker.standing", func(a *A) *posada.Standing { return &a.Asker.Standing }, posada.StandingActive),
		to("recipient.class", func(a *A) *posada.AgencyClass { return &a.Recipient.Class }, caring()...),
		to("asker.class", func(a *A) *posada.AgencyClass { return &a.Asker.Class }, caring()...),
	)
}
