package prove

import (
	"testing"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/policy"
)

// neverAlone are conditions that refuse nothing that another does not refuse too, with
// why they stand there all the same.
func neverAlone() map[posada.Condition]string {
	const whole = "it is guard: what it says is said of the same categories by what may only narrow it"
	return map[posada.Condition]string{
		"G4": whole, "G2.where": whole, "R.leaving": whole,
		"G14": "whoever is excluded is not named either, and she is told the reason that she gave",
		"N1":  "N2 asks for more of what N1 asks: of what the network never gives, N1 alone is told",
	}
}

// TestEveryConditionDecidesSomethingAlone: for each there is a question that it alone refuses, under
// the shipped table or under one that gives everything, against which guard is there; so none is
// dead. Those for which there is no such question are named, with why they stay.
func TestEveryConditionDecidesSomethingAlone(t *testing.T) {
	engine, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := pdp.ReadMatrix(policy.Files)
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := readMatrix(text)
	if err != nil {
		t.Fatal(err)
	}
	minors, err := readMinors(engine.Minors())
	if err != nil {
		t.Fatal(err)
	}
	view, err := readView(text)
	if err != nil {
		t.Fatal(err)
	}
	alone := map[posada.Condition]bool{}
	for _, m := range []Matrix{shipped, everythingGiven()} {
		decidesAlone(t, engine, askingSubject(m), alone)
		disclosing := disclosureSubject(m, minors)
		disclosing.base.Consent.Purposes = posada.SetOf(posada.Members[posada.Purpose]()...)
		decidesAlone(t, engine, disclosing, alone)
		disclosing.base = byAMinor(disclosing.base, minors)
		decidesAlone(t, engine, disclosing, alone)
		decidesAlone(t, engine, receptionSubject(m), alone)
		decidesAlone(t, engine, passingSubject(m), alone)
	}
	for _, v := range []View{view, everythingSeen()} {
		decidesAlone(t, engine, viewingSubject(v), alone)
	}
	for id, decides := range alone {
		if why := neverAlone()[id]; decides == (why != "") {
			t.Errorf("%s refuses something alone: %t; it is said to stay because %q", id, decides, why)
		}
	}
}

// byAMinor is a disclosure that a minor consented to alone, as the first row of the table of
// minors lets one.
func byAMinor(d pdp.Disclosure, minors Minors) pdp.Disclosure {
	row := minors.Rows[0]
	d.Services, d.Consent.Services = posada.SetOf(row.Services[0]), posada.SetOf(row.Services[0])
	d.Consent.GivenBy, d.Consent.AgeBand, d.Consent.Jurisdiction = posada.GivenByMinorAlone, row.Youngest, row.Jurisdictions[0]
	d.Purpose = minors.Serves[row.Services[0]][0]
	return d
}

func everythingGiven() Matrix {
	m := Matrix{}
	for _, class := range posada.Members[posada.AgencyClass]() {
		m[class] = map[posada.Purpose]map[posada.Category]string{}
		for _, purpose := range posada.Members[posada.Purpose]() {
			m[class][purpose] = map[posada.Category]string{}
			for _, category := range posada.Members[posada.Category]() {
				m[class][purpose][category] = "consent"
			}
		}
	}
	return m
}

func everythingSeen() View {
	v := View{}
	for _, role := range posada.Members[posada.StaffRole]() {
		v[role] = posada.Members[posada.Category]()
	}
	return v
}

// decidesAlone goes through a subject's inputs: those that depart in several facts, and
// those of each condition.
func decidesAlone[T comparable](t *testing.T, engine *pdp.Engine, s subject[T], alone map[posada.Condition]bool) {
	t.Helper()
	read, err := factsRead(engine.Compiler(), s.rules)
	if err != nil {
		t.Fatal(err)
	}
	conditions, err := s.enumerate(read)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range s.oracle {
		if _, known := alone[c.id]; !known {
			alone[c.id] = false
		}
	}
	for _, in := range s.joint() {
		s.refusedAlone(in, alone)
	}
	for _, c := range conditions {
		for _, in := range c.inputs {
			if alone[c.condition.id] {
				break
			}
			s.refusedAlone(in, alone)
		}
	}
}

// refusedAlone notes each condition that is the only one an input lacks, for some category.
func (s subject[T]) refusedAlone(in T, alone map[posada.Condition]bool) {
	for _, category := range posada.Members[posada.Category]() {
		lacks, last := 0, posada.Condition("")
		for _, c := range s.oracle {
			if !c.holds(in, category) {
				if lacks++; lacks > 1 {
					break
				}
				last = c.id
			}
		}
		if lacks == 1 {
			alone[last] = true
		}
	}
}
