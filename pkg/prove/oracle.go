package prove

import (
	"slices"

	"github.com/posada-exchange/posada/pkg/need"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Matrix is the network policy's table, read apart from the rules: class,
// purpose, category, mode. A cell that is not there is never.
type Matrix map[posada.AgencyClass]map[posada.Purpose]map[posada.Category]string

func (m Matrix) mode(c posada.AgencyClass, p posada.Purpose, cat posada.Category) string {
	return m[c][p][cat]
}

// condition is one condition of the rules as this package understands it, for
// an input and a category. A whole one is the same for every category.
type condition[T any] struct {
	id    posada.Condition
	whole bool
	holds func(T, posada.Category) bool
}

func whole[T any](id posada.Condition, holds func(T) bool) condition[T] {
	return condition[T]{id: id, whole: true, holds: func(in T, _ posada.Category) bool { return holds(in) }}
}

func perCategory[T any](id posada.Condition, holds func(T, posada.Category) bool) condition[T] {
	return condition[T]{id: id, holds: holds}
}

// disclosureOracle says again, in Go and from the domain's words alone, what
// the rules of policy/disclose say. It exists for the proof and the tests; no
// decision is made with it.
func disclosureOracle(m Matrix, alone Minors) []condition[pdp.Disclosure] {
	type D = pdp.Disclosure
	return []condition[D]{
		whole("G1", func(d D) bool {
			if !d.Recipient.Class.Distrusted() {
				return true
			}
			return posada.Known(d.Recipient.Class) && d.Purpose.OfLawEnforcement() &&
				d.Consent.OptIn == posada.OptInComplete && d.Consent.Use == posada.UseSingleUnused
		}),
		whole("G2", func(d D) bool {
			return member(d.Recipient.Standing) ||
				d.Recipient.Standing == posada.StandingListed && posada.Known(d.Recipient.Class) && !d.Recipient.Class.Distrusted()
		}),
		whole("G2.joined", func(d D) bool { return settled(d.Recipient.Standing) }),
		perCategory("G2.where", func(d D, c posada.Category) bool {
			return leaves(c) && (c != posada.CategoryLocationCurrent || member(d.Recipient.Standing))
		}),
		whole("G3.recipient", func(d D) bool { return d.Recipient.Naming == posada.Named }),
		whole("G14", func(d D) bool { return posada.Known(d.Recipient.Naming) && d.Recipient.Naming != posada.Excluded }),
		whole("G3.status", func(d D) bool {
			return d.Consent.Status == posada.ConsentGiven || d.Consent.Status == posada.ConsentRenewed
		}),
		whole("G3.time", func(d D) bool { return d.Consent.Window == posada.WindowWithin }),
		whole("G3.use", func(d D) bool { return posada.Known(d.Consent.Use) && d.Consent.Use != posada.UseSingleUsed }),
		whole("G3.purpose", func(d D) bool { return d.Consent.Purposes.Has(d.Purpose) }),
		whole("G3.informed", func(d D) bool { return d.Consent.Informed.Covers(posada.SetOf(posada.Members[posada.Informed]()...)) }),
		whole("G3.services", func(d D) bool { return d.Consent.Services.Covers(d.Services) }),
		whole("G5", mayConsent),
		whole("G5.law", func(d D) bool { return othersConsented(d) || consentedAlone(d) && alone.law(d) }),
		whole("G5.purpose", func(d D) bool { return othersConsented(d) || consentedAlone(d) && alone.purpose(d) }),
		whole("G8", func(d D) bool {
			return posada.Known(d.Recipient.Class) && d.Recipient.Class != posada.ClassCoalition
		}),
		whole("G11", func(d D) bool { return d.Consent.Condition == posada.ServiceNotConditional }),
		perCategory("G3.category", func(d D, c posada.Category) bool { return d.Consent.Categories.Has(c) }),
		perCategory("G4", func(_ D, c posada.Category) bool { return leaves(c) }),
		perCategory("G14.category", func(d D, c posada.Category) bool { return !d.Consent.Excluded.Has(c) }),
		perCategory("T22", func(d D, c posada.Category) bool {
			return leaves(c) && (d.Staleness == posada.StalenessLive ||
				d.Staleness == posada.StalenessFresh && c != posada.CategoryLocationCurrent)
		}),
		perCategory("N1", func(d D, c posada.Category) bool { return permits(m.mode(d.Recipient.Class, d.Purpose, c)) }),
		perCategory("N2", func(d D, c posada.Category) bool {
			switch m.mode(d.Recipient.Class, d.Purpose, c) {
			case "consent":
				return true
			case "consent_cosigned":
				return !d.Consent.CoSigned.Empty()
			case "ceremony":
				return d.Consent.OptIn == posada.OptInComplete
			}
			return false
		}),
	}
}

func receptionOracle(m Matrix) []condition[pdp.Reception] {
	type R = pdp.Reception
	return []condition[R]{
		whole("R.sender", func(r R) bool { return r.Sender.Standing == posada.StandingActive }),
		whole("R.trust", func(r R) bool { return posada.Known(r.Sender.Class) && !r.Sender.Class.Distrusted() }),
		whole("R.self", func(r R) bool { return r.Self.Standing == posada.StandingActive }),
		whole("R.class", func(r R) bool { return posada.Known(r.Self.Class) && r.Self.Class != posada.ClassCoalition }),
		whole("R.grant_time", func(r R) bool { return r.Grant.Window == posada.WindowWithin }),
		whole("R.purpose", func(r R) bool { return r.Purpose == r.Grant.Purpose }),
		whole("R.fresh", func(r R) bool { return today(r.Staleness) }),
		perCategory("R.covered", func(r R, c posada.Category) bool { return r.Grant.Categories.Has(c) }),
		perCategory("R.leaving", func(_ R, c posada.Category) bool { return leaves(c) }),
		perCategory("R.network", func(r R, c posada.Category) bool { return permits(m.mode(r.Self.Class, r.Purpose, c)) }),
		perCategory("R.issuer", func(r R, c posada.Category) bool { return leaves(c) && recent(r.Issuer, c) }),
	}
}

func askingOracle(m Matrix) []condition[pdp.Asking] {
	type A = pdp.Asking
	cares := func(c posada.AgencyClass) bool { return posada.Known(c) && !c.Distrusted() }
	return []condition[A]{
		whole("A.trust", func(a A) bool { return cares(a.Recipient.Class) }),
		whole("A.class", func(a A) bool { return posada.Known(a.Recipient.Class) && a.Recipient.Class != posada.ClassCoalition }),
		whole("A.standing", func(a A) bool { return member(a.Recipient.Standing) }),
		whole("A.named", func(a A) bool { return a.Recipient.Naming == posada.Named }),
		whole("A.asker", func(a A) bool { return a.Asker.Standing == posada.StandingActive }),
		whole("A.asker_trust", func(a A) bool { return cares(a.Asker.Class) && a.Asker.Class != posada.ClassCoalition }),
		whole("A.given", func(a A) bool { return a.Permission.Status == posada.ConsentGiven }),
		whole("A.time", func(a A) bool { return a.Permission.Window == posada.WindowWithin }),
		whole("A.places", func(a A) bool { return !a.Services.Empty() && need.Placing().Covers(a.Services) }),
		whole("A.fresh", func(a A) bool { return today(a.Staleness) }),
		perCategory("A.needs", func(_ A, c posada.Category) bool { return c == posada.CategoryNeeds }),
		perCategory("A.network", func(a A, c posada.Category) bool {
			return m.mode(a.Recipient.Class, posada.PurposeShelter, c) == "consent" ||
				m.mode(a.Recipient.Class, posada.PurposeImmediateSafety, c) == "consent"
		}),
	}
}

func passingOracle(m Matrix) []condition[pdp.Passing] {
	type P = pdp.Passing
	return []condition[P]{
		whole("O.named", func(p P) bool { return p.Recipient.Naming == posada.Named }),
		whole("O.trust", func(p P) bool { return posada.Known(p.Recipient.Class) && !p.Recipient.Class.Distrusted() }),
		whole("O.class", func(p P) bool { return posada.Known(p.Recipient.Class) && p.Recipient.Class != posada.ClassCoalition }),
		whole("O.standing", func(p P) bool { return member(p.Recipient.Standing) }),
		whole("O.joined", func(p P) bool { return settled(p.Recipient.Standing) }),
		whole("O.self", func(p P) bool { return p.Self.Standing == posada.StandingActive }),
		whole("O.grant_time", func(p P) bool { return p.Grant.Window == posada.WindowWithin }),
		whole("O.held", func(p P) bool { return p.Holding == posada.HoldingHeld }),
		whole("O.purpose", func(p P) bool { return p.Purpose == p.Grant.Purpose }),
		perCategory("O.covered", func(p P, c posada.Category) bool { return p.Grant.Categories.Has(c) }),
		perCategory("O.leaving", func(_ P, c posada.Category) bool { return leaves(c) }),
		whole("O.fresh", func(p P) bool { return today(p.Staleness) }),
		whole("O.issuer", func(p P) bool { return today(p.Issuer) }),
		perCategory("O.where", func(_ P, c posada.Category) bool { return c != posada.CategoryLocationCurrent }),
		perCategory("O.network", func(p P, c posada.Category) bool { return m.mode(p.Recipient.Class, p.Purpose, c) == "consent" }),
	}
}

// leaves is G4.
func leaves(c posada.Category) bool {
	return posada.Known(c) && !slices.Contains([]posada.Category{
		posada.CategoryLocationShelter, posada.CategoryLegalStrategy,
		posada.CategoryPhotoBiometric, posada.CategoryScreeningAnswers,
	}, c)
}

// member is a member in good standing, be it since today.
func member(s posada.Standing) bool {
	return s == posada.StandingActive || s == posada.StandingJoining
}

// settled is whoever joined a while ago, or not at all.
func settled(s posada.Standing) bool { return posada.Known(s) && s != posada.StandingJoining }

// today is how lately somebody must have been heard where a day is enough.
func today(s posada.Staleness) bool { return s == posada.StalenessLive || s == posada.StalenessFresh }

// recent is how lately somebody must have been heard: for where she is now within
// the hour, for anything else within a day.
func recent(s posada.Staleness, c posada.Category) bool {
	return s == posada.StalenessLive || s == posada.StalenessFresh && c != posada.CategoryLocationCurrent
}

func permits(mode string) bool {
	return mode == "consent" || mode == "consent_cosigned" || mode == "ceremony"
}

// mayConsent is G5.
func mayConsent(d pdp.Disclosure) bool {
	c := d.Consent
	switch c.AgeBand {
	case posada.Age18to24, posada.Age25to39, posada.Age40to59, posada.Age60plus:
		return c.GivenBy == posada.GivenBySelf || c.GivenBy == posada.GivenByLegalRepresentative
	case posada.Age0to11, posada.Age12to15, posada.Age16to17:
		return c.GivenBy == posada.GivenByLegalRepresentative || c.GivenBy == posada.GivenByMinorAlone ||
			c.GivenBy == posada.GivenByGuardianAndMinor && c.Conflict == posada.ConflictNone && c.Assent == posada.AssentGiven
	}
	return false
}
