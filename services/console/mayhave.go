package console

import (
	"encoding/json"

	"github.com/posada-exchange/posada/pkg/posada"
)

// table is what the network lets each kind of agency have, for which purpose, and what it
// takes. It is shown beside the question; the node decides by its own.
type table struct {
	known bool
	cells map[posada.AgencyClass]map[posada.Purpose]map[posada.Category]string
}

// What a cell takes, besides consent.
const (
	takesConsent  = "consent"
	takesCoSigned = "consent_cosigned" // a second signature
	takesCeremony = "ceremony"         // that the person asked for it, with counsel
)

// mayHave is the table in force, as far as the node shows it.
func (v *visit) mayHave() (table, error) {
	network, err := v.node.Network(v.ctx())
	if err != nil {
		return table{}, err
	}
	var read struct {
		Cells map[posada.AgencyClass]map[posada.Purpose]map[posada.Category]string `json:"cells"`
	}
	text := network.InForce["policy"].Target
	if len(text) == 0 || json.Unmarshal(text, &read) != nil {
		return table{}, nil // nothing is said then, and the node's answer is all there is
	}
	return table{true, read.Cells}, nil
}

// takes is what it takes that a kind of agency has something; empty: it never does.
func (t table) takes(class posada.AgencyClass, purpose posada.Purpose, category posada.Category) string {
	if !t.known {
		return takesConsent
	}
	switch mode := t.cells[class][purpose][category]; mode {
	case takesConsent, takesCoSigned, takesCeremony:
		return mode
	}
	return ""
}

// purposes are those for which a kind of agency may have anything.
func (t table) purposes(class posada.AgencyClass) (list []posada.Purpose) {
	for _, p := range posada.Members[posada.Purpose]() {
		for _, c := range posada.Members[posada.Category]() {
			if t.takes(class, p, c) != "" {
				list = append(list, p)
				break
			}
		}
	}
	return list
}

// categoryGroup is kinds of things that belong together.
type categoryGroup struct {
	name       string // in the catalogues, under console.group
	sensitive  bool   // each is asked about with a sentence of its own
	categories []posada.Category
}

// categoryGroups are all kinds that may be shared at all. Those of guard rule G4 never
// leave whoever has them, and nobody is asked about them.
func categoryGroups() []categoryGroup {
	return []categoryGroup{
		{"help", false, []posada.Category{posada.CategoryNeeds, posada.CategorySafeContact, posada.CategoryServiceHistory, posada.CategoryOutcome, posada.CategoryDocuments, posada.CategorySafetyPlan}},
		{"work", false, []posada.Category{posada.CategoryEmployer, posada.CategoryWageEvidence}},
		{"who", true, []posada.Category{posada.CategoryIdentity, posada.CategoryHousehold, posada.CategoryMinorDetails, posada.CategoryImmigrationStatus, posada.CategoryArrestHistory}},
		{"where", true, []posada.Category{posada.CategoryLocationCurrent, posada.CategoryLocationHistory}},
		{"happened", true, []posada.Category{posada.CategoryExploitationType, posada.CategoryExploitationNarrative, posada.CategoryPerpetrator, posada.CategoryOfficialPerpetrator}},
		{"health", true, []posada.Category{posada.CategoryMedical, posada.CategoryMentalHealth, posada.CategoryReproductiveHealth}},
	}
}
