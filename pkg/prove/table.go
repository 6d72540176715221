package prove

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
)

// Case is a counterexample to a table: somebody whose consent is whole, and does what the
// cell asks for and no more. The table would give; the guard refuses, whatever a table says.
type Case struct {
	Class    posada.AgencyClass
	Purpose  posada.Purpose
	Category posada.Category
	Mode     string // what the cell says
	// Lacks is the guard's conditions that do not hold.
	Lacks []posada.Condition
}

// Refuted looks for a cell of a table that would give what the guard refuses. It says of
// the first, in the order of the vocabularies: a table with none can still be unwise, and
// what of it is no word of a vocabulary is for its schema. The rules and the oracle are both asked, and
// that they differ is ErrDisagreement.
func Refuted(ctx context.Context, engine *pdp.Engine, table []byte) (Case, bool, error) {
	m, err := readMatrix(table)
	if err != nil {
		return Case{}, false, err
	}
	alone, err := readMinors(engine.Minors())
	if err != nil {
		return Case{}, false, err
	}
	guard := slices.DeleteFunc(disclosureOracle(m, alone), func(c condition[pdp.Disclosure]) bool { return ofTable(c.id) })
	for _, class := range posada.Members[posada.AgencyClass]() {
		for _, purpose := range posada.Members[posada.Purpose]() {
			for _, category := range posada.Members[posada.Category]() {
				c := Case{Class: class, Purpose: purpose, Category: category, Mode: m.mode(class, purpose, category)}
				if !permits(c.Mode) {
					continue
				}
				if err := c.refuse(ctx, engine, guard); err != nil || len(c.Lacks) > 0 {
					return c, err == nil, err
				}
			}
		}
	}
	return Case{}, false, nil
}

// ofTable reports whether a condition is the table's own: it holds here by the case.
func ofTable(id posada.Condition) bool { return id == "N1" || id == "N2" }

// refuse finds what the guard lacks.
func (c *Case) refuse(ctx context.Context, engine *pdp.Engine, guard []condition[pdp.Disclosure]) error {
	in := c.facts()
	permit, err := engine.Disclose(ctx, in)
	if err != nil {
		return err
	}
	for _, condition := range guard {
		if !condition.holds(in, c.Category) {
			c.Lacks = append(c.Lacks, condition.id)
		}
	}
	slices.Sort(c.Lacks)
	said := slices.DeleteFunc(slices.Sorted(slices.Values(permit.Unmet(c.Category))), ofTable)
	if !slices.Equal(said, c.Lacks) {
		return fmt.Errorf("%w: %s, %s, %s: the rules lack %v, the oracle %v", ErrDisagreement, c.Class, c.Purpose, c.Category, said, c.Lacks)
	}
	return nil
}

// facts is a consent that names this agency, purpose and category, and what the cell asks
// for beside it.
func (c *Case) facts() pdp.Disclosure {
	in := PermittedDisclosure()
	in.Recipient.Class, in.Purpose, in.Staleness = c.Class, c.Purpose, posada.StalenessLive
	in.Asked = posada.SetOf(c.Category)
	in.Consent.Categories, in.Consent.Purposes = in.Asked, posada.SetOf(c.Purpose)
	switch c.Mode {
	case "consent_cosigned":
		in.Consent.CoSigned = posada.SetOf(posada.CoSignerChildAdvocate)
	case "ceremony":
		in.Consent.OptIn = posada.OptInComplete
	}
	return in
}

// Words are what a sentence about the case takes, in pairs of name and value, each word put
// in a language by term: its family, then the word.
func (c Case) Words(term func(family, word string) string) []any {
	why := make([]string, len(c.Lacks))
	for i, l := range c.Lacks {
		why[i] = term("rule", string(l))
	}
	return []any{
		"class", term("class", string(c.Class)), "purpose", term("purpose", string(c.Purpose)), "category", term("category", string(c.Category)),
		"does", term("proof.does", c.Mode), "why", strings.Join(why, "; "),
	}
}
