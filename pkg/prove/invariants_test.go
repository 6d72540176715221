package prove_test

import (
	"math/rand/v2"
	"testing"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
)

// generous is a table that would give everything to everybody: what is still
// refused under it, the guard refuses.
func generous(d pdp.Disclosure) pdp.Disclosure {
	all := posada.SetOf(posada.Members[posada.Category]()...)
	d.Asked, d.Consent.Categories = all, all
	d.Consent.Purposes = posada.SetOf(posada.Members[posada.Purpose]()...)
	d.Consent.OptIn, d.Consent.CoSigned = posada.OptInComplete, posada.SetOf(posada.Members[posada.CoSigner]()...)
	d.Staleness = posada.StalenessLive
	return d
}

// TestTheDistrustedGetNothingForAnyPurposeOfCare asks, for every distrusted
// class and every purpose, for everything, under the widest consent there can
// be.
func TestTheDistrustedGetNothingForAnyPurposeOfCare(t *testing.T) {
	engine, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, class := range append(posada.Members[posada.AgencyClass](), "unheard_of") {
		if !class.Distrusted() && class != posada.ClassCoalition {
			continue
		}
		for _, purpose := range posada.Members[posada.Purpose]() {
			d := generous(prove.PermittedDisclosure())
			d.Recipient.Class, d.Purpose = class, purpose
			permit, err := engine.Disclose(t.Context(), d)
			if err != nil || !permit.Categories().Empty() {
				t.Errorf("%s for %s: %v, %v", class, purpose, permit.Categories().List(), err)
			}
			asked++
		}
	}
	t.Logf("%d pairs of class and purpose, every category of each", asked)
}

func TestFourCategoriesGoToNobody(t *testing.T) {
	engine, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	never := posada.SetOf(posada.CategoryLocationShelter, posada.CategoryLegalStrategy, posada.CategoryPhotoBiometric, posada.CategoryScreeningAnswers)
	for _, class := range posada.Members[posada.AgencyClass]() {
		for _, purpose := range posada.Members[posada.Purpose]() {
			d := generous(prove.PermittedDisclosure())
			d.Recipient.Class, d.Purpose = class, purpose
			permit, err := engine.Disclose(t.Context(), d)
			if err != nil || !permit.Categories().And(never).Empty() {
				t.Fatalf("%s for %s gets %v, %v", class, purpose, permit.Categories().And(never).List(), err)
			}
		}
	}
}

// TestLessConsentNeverGivesMore is G15: taking a word out of what she agreed
// to, or adding one to what she excluded, permits nothing new.
func TestLessConsentNeverGivesMore(t *testing.T) {
	engine, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 14))
	for range 400 {
		d := prove.PermittedDisclosure()
		d.Asked = posada.SetOf(posada.Members[posada.Category]()...)
		d.Consent.Categories = posada.Set[posada.Category](random.Uint32()).And(d.Asked)
		d.Consent.Excluded = posada.Set[posada.Category](random.Uint32() & random.Uint32() & random.Uint32()).And(d.Asked)
		d.Consent.CoSigned = posada.Set[posada.CoSigner](random.Uint32N(4))
		if random.IntN(2) == 0 { // a minor alone, of whom some rows ask for a second signature
			d.Services = posada.SetOf([]posada.ServiceType{posada.ServiceLegalImmigration, posada.ServiceHealthPrimary}[random.IntN(2)])
			d.Consent.Services = d.Services
			d.Consent.GivenBy, d.Consent.AgeBand, d.Consent.Jurisdiction = posada.GivenByMinorAlone, posada.Age16to17, posada.JurisdictionTexas
		}
		less := d
		switch random.IntN(7) {
		case 0:
			less.Consent.Categories = d.Consent.Categories.And(posada.Set[posada.Category](random.Uint32()))
		case 1:
			less.Consent.Excluded |= posada.Set[posada.Category](random.Uint32()).And(d.Asked)
		case 2:
			less.Consent.CoSigned = 0
		case 3:
			less.Consent.Informed = d.Consent.Informed.And(posada.Set[posada.Informed](random.Uint32N(256)))
		case 4:
			less.Consent.Services = 0
		case 5:
			less.Consent.Purposes = 0
		case 6:
			less.Consent.Jurisdiction = ""
		}
		more, err := engine.Disclose(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		fewer, err := engine.Disclose(t.Context(), less)
		if err != nil {
			t.Fatal(err)
		}
		if !more.Categories().Covers(fewer.Categories()) {
			t.Fatalf("less consent gave %v more", fewer.Categories().Minus(more.Categories()).List())
		}
	}
}

// TestWhoJoinedTodayIsAskedAndGivenNothing asks, for every class and a fifth of the purposes
// of each (all of them with -all), for everything under the widest consent and grant there can be, over a table that gives all
// that a table may: whoever joined today is given nothing and passed nothing, whatever is
// asked for; of a need they may hear what any member of their class may.
func TestWhoJoinedTodayIsAskedAndGivenNothing(t *testing.T) {
	engine := openHanded(t)
	given, asked := 0, 0
	for i, class := range append(posada.Members[posada.AgencyClass](), "unheard_of") {
		for j, purpose := range posada.Members[posada.Purpose]() {
			if (i+j)%5 != 0 && !*all { // that the rule reads the standing alone, the proof has seen
				continue
			}
			d := generous(prove.PermittedDisclosure())
			d.Recipient.Class, d.Purpose = class, purpose
			p := prove.PermittedPassing()
			p.Recipient.Class, p.Purpose, p.Grant.Purpose = class, purpose, purpose
			p.Asked, p.Grant.Categories = d.Asked, d.Asked
			before := disclosed(t, engine, d) | passed(t, engine, p)
			d.Recipient.Standing, p.Recipient.Standing = posada.StandingJoining, posada.StandingJoining
			if now := disclosed(t, engine, d) | passed(t, engine, p); !now.Empty() {
				t.Fatalf("%s for %s is given %v", class, purpose, now.List())
			}
			if !before.Empty() {
				given++
			}
		}
		a := prove.PermittedAsking()
		a.Recipient.Class = class
		member := heard(t, engine, a)
		a.Recipient.Standing = posada.StandingJoining
		if today := heard(t, engine, a); today != member {
			t.Errorf("%s hears of a need %v, and of one who joined today %v", class, member.List(), today.List())
		}
		if !member.Empty() {
			asked++
		}
	}
	if given == 0 || asked == 0 {
		t.Errorf("%d pairs given something, %d classes asked: this test sees nothing", given, asked)
	}
	t.Logf("%d pairs of class and purpose that others are given something for, %d classes asked", given, asked)
}

func disclosed(t *testing.T, engine *pdp.Engine, d pdp.Disclosure) posada.Set[posada.Category] {
	t.Helper()
	return categories(t)(engine.Disclose(t.Context(), d))
}

func passed(t *testing.T, engine *pdp.Engine, p pdp.Passing) posada.Set[posada.Category] {
	t.Helper()
	return categories(t)(engine.Onward(t.Context(), p))
}

func heard(t *testing.T, engine *pdp.Engine, a pdp.Asking) posada.Set[posada.Category] {
	t.Helper()
	return categories(t)(engine.Ask(t.Context(), a))
}

func categories(t *testing.T) func(pdp.Permit, error) posada.Set[posada.Category] {
	return func(p pdp.Permit, err error) posada.Set[posada.Category] {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p.Categories()
	}
}
