package prove_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
)

// given is what the rules say of one cell: whether it is disclosed under a consent alone,
// one that is signed too, one after a ceremony, and one with both; taken in; passed on; asked.
type given struct {
	disclosed                [4]bool
	takenIn, passedOn, asked bool
}

func decided(t *rapid.T, engine *pdp.Engine, c matrix.Cell) (g given) {
	ctx, some := t.Context(), posada.SetOf(c.Category)
	for i := range g.disclosed {
		in := prove.PermittedDisclosure()
		in.Recipient.Class, in.Purpose, in.Asked, in.Staleness = c.Class, c.Purpose, some, posada.StalenessLive
		in.Consent.Categories, in.Consent.Purposes = some, posada.SetOf(c.Purpose)
		if i&1 != 0 {
			in.Consent.CoSigned = posada.SetOf(posada.CoSignerChildAdvocate)
		}
		if i&2 != 0 {
			in.Consent.OptIn = posada.OptInComplete
		}
		p, err := engine.Disclose(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		g.disclosed[i] = p.Categories().Has(c.Category)
	}
	reception := prove.PermittedReception()
	reception.Self.Class, reception.Purpose, reception.Carried, reception.Issuer = c.Class, c.Purpose, some, posada.StalenessLive
	reception.Grant.Purpose, reception.Grant.Categories = c.Purpose, some
	admitted, err := engine.Receive(ctx, reception)
	if err != nil {
		t.Fatal(err)
	}
	passing := prove.PermittedPassing()
	passing.Recipient.Class, passing.Purpose, passing.Asked = c.Class, c.Purpose, some
	passing.Grant.Purpose, passing.Grant.Categories = c.Purpose, some
	passed, err := engine.Onward(ctx, passing)
	if err != nil {
		t.Fatal(err)
	}
	asking := prove.PermittedAsking()
	asking.Recipient.Class = c.Class
	asked, err := engine.Ask(ctx, asking)
	if err != nil {
		t.Fatal(err)
	}
	g.takenIn, g.passedOn, g.asked = admitted.Admits(some), passed.Categories().Has(c.Category), asked.Categories().Has(posada.CategoryNeeds)
	return g
}

// TestADifferenceSaysWhatTheRulesDecide: where one table follows another, the rules give
// somebody what they did not exactly where the difference says that a cell opens, and refuse
// what they gave where it says that one shuts; of a cell that is not in it, every entry point
// says what it said.
func TestADifferenceSaysWhatTheRulesDecide(t *testing.T) {
	rules, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	trusting := slices.DeleteFunc(posada.Members[posada.AgencyClass](), func(c posada.AgencyClass) bool { return c == posada.ClassCoalition || c.Distrusted() })
	leaving := slices.DeleteFunc(posada.Members[posada.Category](), func(c posada.Category) bool { return !c.Leaves() })
	opened, shut := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		// Few words, so that the two tables speak of the same cells.
		class, category := rapid.SampledFrom(trusting).Draw(r, "class"), rapid.SampledFrom(leaving).Draw(r, "category")
		purposes := []posada.Purpose{posada.PurposeShelter, posada.PurposeImmediateSafety, rapid.SampledFrom(posada.Members[posada.Purpose]()).Draw(r, "purpose")}
		var cells []matrix.Cell
		for _, purpose := range purposes {
			for _, c := range []posada.Category{category, posada.CategoryNeeds} {
				cells = append(cells, matrix.Cell{Class: class, Purpose: purpose, Category: c})
			}
		}
		var tables [2]matrix.Table
		var engines [2]*pdp.Engine
		for i := range tables {
			tables[i] = matrix.Table{Version: 1, Limits: matrix.Limits{RetainDays: 90}, Cells: matrix.Cells{}}
			for _, c := range cells {
				tables[i].Cells.Set(c, rapid.SampledFrom(posada.Members[posada.Mode]()).Draw(r, "mode"))
			}
			text, err := tables[i].Write()
			if err != nil {
				r.Fatal(err)
			}
			if engines[i], err = rules.With(r.Context(), text); err != nil {
				r.Fatal(err)
			}
		}
		d := matrix.Compare(tables[0], tables[1])
		for _, c := range cells {
			before, after := decided(r, engines[0], c), decided(r, engines[1], c)
			opens, shuts := false, false
			for i := range before.disclosed {
				opens, shuts = opens || after.disclosed[i] && !before.disclosed[i], shuts || before.disclosed[i] && !after.disclosed[i]
			}
			is := func(list []matrix.Change) bool {
				return slices.ContainsFunc(list, func(o matrix.Change) bool { return o.Cell == c })
			}
			if is(d.Opened()) != opens || is(d.Shut()) != shuts {
				r.Fatalf("%+v: the rules say %+v, then %+v; the difference %+v", c, before, after, d)
			}
			if !is(d.Changes) && (before.takenIn != after.takenIn || before.passedOn != after.passedOn) {
				r.Fatalf("%+v: %+v, then %+v, and the difference does not say so", c, before, after)
			}
			if slices.Contains(d.Asked, class) != (after.asked && !before.asked) || slices.Contains(d.Unasked, class) != (before.asked && !after.asked) {
				r.Fatalf("asked %v, then %v; the difference %+v", before.asked, after.asked, d)
			}
			if opens {
				opened++
			}
			if shuts {
				shut++
			}
		}
	})
	if opened == 0 || shut == 0 {
		t.Errorf("%d opened and %d shut: this test sees nothing", opened, shut)
	}
}
