package prove

import (
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// axis is one fact of an input with every value it can have.
type axis[T any] struct {
	path string // as the rules name it: input.consent.status
	size int
	set  func(*T, int)
}

// word is an axis over a vocabulary, plus one word that is in none.
func word[T any, W ~string](path string, members []W, field func(*T) *W) axis[T] {
	values := append(members, "unheard_of")
	return axis[T]{path: path, size: len(values), set: func(t *T, i int) { *field(t) = values[i] }}
}

// masks is an axis over sets of n words, given as bits. The rules only ask
// whether a word is in a set; so these values meet every word both ways, with
// and without all others: empty, full, each alone, each missing.
func masks[T any](path string, n int, set func(*T, uint32)) axis[T] {
	full := uint32(1)<<n - 1
	values := []uint32{0, full}
	for i := range n {
		values = append(values, 1<<i, full&^(1<<i))
	}
	return axis[T]{path: path, size: len(values), set: func(t *T, i int) { set(t, values[i]) }}
}

// subsets is an axis over all 2^n sets of n words.
func subsets[T any](path string, n int, set func(*T, uint32)) axis[T] {
	return axis[T]{path: path, size: 1 << n, set: func(t *T, i int) { set(t, uint32(i)) }}
}

// disclosureAxes is the whole domain of a Disclosure, but for asked, which is
// always everything: an answer covers each category by itself.
func disclosureAxes() []axis[pdp.Disclosure] {
	type D = pdp.Disclosure
	categories := len(posada.Members[posada.Category]())
	services := len(posada.Members[posada.ServiceType]())
	return []axis[D]{
		word("input.recipient.class", posada.Members[posada.AgencyClass](), func(d *D) *posada.AgencyClass { return &d.Recipient.Class }),
		word("input.recipient.standing", posada.Members[posada.Standing](), func(d *D) *posada.Standing { return &d.Recipient.Standing }),
		word("input.recipient.naming", posada.Members[posada.Naming](), func(d *D) *posada.Naming { return &d.Recipient.Naming }),
		word("input.purpose", posada.Members[posada.Purpose](), func(d *D) *posada.Purpose { return &d.Purpose }),
		word("input.staleness", posada.Members[posada.Staleness](), func(d *D) *posada.Staleness { return &d.Staleness }),
		word("input.consent.status", posada.Members[posada.ConsentStatus](), func(d *D) *posada.ConsentStatus { return &d.Consent.Status }),
		word("input.consent.window", posada.Members[posada.Window](), func(d *D) *posada.Window { return &d.Consent.Window }),
		word("input.consent.use", posada.Members[posada.Use](), func(d *D) *posada.Use { return &d.Consent.Use }),
		word("input.consent.given_by", posada.Members[posada.GivenBy](), func(d *D) *posada.GivenBy { return &d.Consent.GivenBy }),
		word("input.consent.age_band", posada.Members[posada.AgeBand](), func(d *D) *posada.AgeBand { return &d.Consent.AgeBand }),
		word("input.consent.jurisdiction", posada.Members[posada.Jurisdiction](), func(d *D) *posada.Jurisdiction { return &d.Consent.Jurisdiction }),
		word("input.consent.assent", posada.Members[posada.Assent](), func(d *D) *posada.Assent { return &d.Consent.Assent }),
		word("input.consent.conflict", posada.Members[posada.ConflictCheck](), func(d *D) *posada.ConflictCheck { return &d.Consent.Conflict }),
		word("input.consent.opt_in", posada.Members[posada.OptIn](), func(d *D) *posada.OptIn { return &d.Consent.OptIn }),
		word("input.consent.method", posada.Members[posada.ConsentMethod](), func(d *D) *posada.ConsentMethod { return &d.Consent.Method }),
		word("input.consent.condition", posada.Members[posada.ServiceCondition](), func(d *D) *posada.ServiceCondition { return &d.Consent.Condition }),
		subsets("input.consent.co_signed", 2, func(d *D, m uint32) { d.Consent.CoSigned = posada.Set[posada.CoSigner](m) }),
		subsets("input.consent.informed", 8, func(d *D, m uint32) { d.Consent.Informed = posada.Set[posada.Informed](m) }),
		masks("input.consent.purposes", len(posada.Members[posada.Purpose]()), func(d *D, m uint32) { d.Consent.Purposes = posada.Set[posada.Purpose](m) }),
		masks("input.consent.categories", categories, func(d *D, m uint32) { d.Consent.Categories = posada.Set[posada.Category](m) }),
		masks("input.consent.excluded", categories, func(d *D, m uint32) { d.Consent.Excluded = posada.Set[posada.Category](m) }),
		masks("input.consent.services", services, func(d *D, m uint32) { d.Consent.Services = posada.Set[posada.ServiceType](m) }),
		masks("input.services", services, func(d *D, m uint32) { d.Services = posada.Set[posada.ServiceType](m) }),
	}
}

// receptionAxes is the whole domain of a Reception, but for carried.
func receptionAxes() []axis[pdp.Reception] {
	type R = pdp.Reception
	return []axis[R]{
		word("input.sender.class", posada.Members[posada.AgencyClass](), func(r *R) *posada.AgencyClass { return &r.Sender.Class }),
		word("input.sender.standing", posada.Members[posada.Standing](), func(r *R) *posada.Standing { return &r.Sender.Standing }),
		word("input.self.class", posada.Members[posada.AgencyClass](), func(r *R) *posada.AgencyClass { return &r.Self.Class }),
		word("input.self.standing", posada.Members[posada.Standing](), func(r *R) *posada.Standing { return &r.Self.Standing }),
		word("input.purpose", posada.Members[posada.Purpose](), func(r *R) *posada.Purpose { return &r.Purpose }),
		word("input.grant.purpose", posada.Members[posada.Purpose](), func(r *R) *posada.Purpose { return &r.Grant.Purpose }),
		word("input.grant.window", posada.Members[posada.Window](), func(r *R) *posada.Window { return &r.Grant.Window }),
		word("input.staleness", posada.Members[posada.Staleness](), func(r *R) *posada.Staleness { return &r.Staleness }),
		word("input.issuer", posada.Members[posada.Staleness](), func(r *R) *posada.Staleness { return &r.Issuer }),
		masks("input.grant.categories", len(posada.Members[posada.Category]()), func(r *R, m uint32) { r.Grant.Categories = posada.Set[posada.Category](m) }),
	}
}

// askingAxes is the whole domain of an Asking, but for asked.
func askingAxes() []axis[pdp.Asking] {
	type A = pdp.Asking
	return []axis[A]{
		word("input.recipient.class", posada.Members[posada.AgencyClass](), func(a *A) *posada.AgencyClass { return &a.Recipient.Class }),
		word("input.recipient.standing", posada.Members[posada.Standing](), func(a *A) *posada.Standing { return &a.Recipient.Standing }),
		word("input.recipient.naming", posada.Members[posada.Naming](), func(a *A) *posada.Naming { return &a.Recipient.Naming }),
		word("input.asker.class", posada.Members[posada.AgencyClass](), func(a *A) *posada.AgencyClass { return &a.Asker.Class }),
		word("input.asker.standing", posada.Members[posada.Standing](), func(a *A) *posada.Standing { return &a.Asker.Standing }),
		word("input.permission.status", posada.Members[posada.ConsentStatus](), func(a *A) *posada.ConsentStatus { return &a.Permission.Status }),
		word("input.permission.window", posada.Members[posada.Window](), func(a *A) *posada.Window { return &a.Permission.Window }),
		word("input.staleness", posada.Members[posada.Staleness](), func(a *A) *posada.Staleness { return &a.Staleness }),
		services("input.services", func(a *A) *posada.Set[posada.ServiceType] { return &a.Services }),
	}
}

// services is an axis over sets of services: those of masks, and all sets of those
// that give a place, with and without one that does not.
func services[T any](path string, field func(*T) *posada.Set[posada.ServiceType]) axis[T] {
	all := posada.Members[posada.ServiceType]()
	places, food := 4, posada.SetOf(posada.ServiceFood)
	set := func(t *T, m uint32) { *field(t) = posada.Set[posada.ServiceType](m) }
	each, some := masks(path, len(all), set), subsets(path, places, set)
	return axis[T]{path: path, size: each.size + 2*some.size, set: func(t *T, i int) {
		if i < each.size {
			each.set(t, i)
			return
		}
		i -= each.size
		if some.set(t, i%some.size); i >= some.size {
			*field(t) |= food
		}
	}}
}

// passingAxes is the whole domain of a Passing, but for asked.
func passingAxes() []axis[pdp.Passing] {
	type P = pdp.Passing
	return []axis[P]{
		word("input.recipient.class", posada.Members[posada.AgencyClass](), func(p *P) *posada.AgencyClass { return &p.Recipient.Class }),
		word("input.recipient.standing", posada.Members[posada.Standing](), func(p *P) *posada.Standing { return &p.Recipient.Standing }),
		word("input.recipient.naming", posada.Members[posada.Naming](), func(p *P) *posada.Naming { return &p.Recipient.Naming }),
		word("input.self.standing", posada.Members[posada.Standing](), func(p *P) *posada.Standing { return &p.Self.Standing }),
		word("input.purpose", posada.Members[posada.Purpose](), func(p *P) *posada.Purpose { return &p.Purpose }),
		word("input.grant.purpose", posada.Members[posada.Purpose](), func(p *P) *posada.Purpose { return &p.Grant.Purpose }),
		word("input.grant.window", posada.Members[posada.Window](), func(p *P) *posada.Window { return &p.Grant.Window }),
		word("input.holding", posada.Members[posada.Holding](), func(p *P) *posada.Holding { return &p.Holding }),
		word("input.staleness", posada.Members[posada.Staleness](), func(p *P) *posada.Staleness { return &p.Staleness }),
		word("input.issuer", posada.Members[posada.Staleness](), func(p *P) *posada.Staleness { return &p.Issuer }),
		masks("input.grant.categories", len(posada.Members[posada.Category]()), func(p *P, m uint32) { p.Grant.Categories = posada.Set[posada.Category](m) }),
	}
}

// viewingAxes is the whole domain of a Viewing, but for asked.
func viewingAxes() []axis[pdp.Viewing] {
	type V = pdp.Viewing
	return []axis[V]{
		masks("input.roles", len(posada.Members[posada.StaffRole]()), func(v *V, m uint32) { v.Roles = posada.Set[posada.StaffRole](m) }),
		word("input.assignment", posada.Members[posada.Assignment](), func(v *V) *posada.Assignment { return &v.Assignment }),
		word("input.origin", posada.Members[posada.Origin](), func(v *V) *posada.Origin { return &v.Origin }),
		word("input.purpose", posada.Members[posada.Purpose](), func(v *V) *posada.Purpose { return &v.Purpose }),
		word("input.window", posada.Members[posada.Window](), func(v *V) *posada.Window { return &v.Window }),
		word("input.issuer", posada.Members[posada.Staleness](), func(v *V) *posada.Staleness { return &v.Issuer }),
	}
}
