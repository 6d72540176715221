package prove

import (
	"context"
	"errors"
	"flag"
	"slices"
	"testing"

	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/policy"
)

// questions is of how many questions of an entry point it is seen; each costs a search.
var questions = flag.Int("questions", 4, "departing questions asked of each entry point")

// TestWhatIsToldToChangeAnAnswerChangesIt: over departures at random, and under an agency's
// own policy too, each way that is told permits by the rules themselves, and none of its
// parts is there for nothing.
func TestWhatIsToldToChangeAnAnswerChangesIt(t *testing.T) {
	shipped, err := pdp.New(t.Context(), policy.Files)
	if err != nil {
		t.Fatal(err)
	}
	own, err := pdp.ReadOwn([]byte(`{"cells": {"legal_aid": {"legal": {"identity": "never", "needs": "consent_cosigned"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	narrowed, err := shipped.Under(t.Context(), own)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, e := range []*pdp.Engine{shipped, narrowed} {
		table, err := readMatrix([]byte(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		told += toldRightly(t, e, disclosureSubject(table, Minors{}), func(in pdp.Disclosure) pdp.Facts { return pdp.Facts{Disclosure: in} })
		told += toldRightly(t, e, receptionSubject(table), func(in pdp.Reception) pdp.Facts { return pdp.Facts{Reception: in} })
		told += toldRightly(t, e, passingSubject(table), func(in pdp.Passing) pdp.Facts { return pdp.Facts{Passing: in} })
		told += toldRightly(t, e, askingSubject(table), func(in pdp.Asking) pdp.Facts { return pdp.Facts{Asking: in} })
	}
	if told < 8**questions {
		t.Fatalf("only %d answers would be changed by anything", told)
	}
}

func toldRightly[T comparable](t *testing.T, e *pdp.Engine, s subject[T], facts func(T) pdp.Facts) (told int) {
	t.Helper()
	random := newRandom()
	for range *questions {
		in := s.base
		for range random.IntN(4) {
			a := s.axes[random.IntN(len(s.axes))]
			a.set(&in, random.IntN(a.size))
		}
		f := facts(in)
		permit, err := e.Decide(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range f.Asked().Minus(permit.Categories()).List() {
			ways, err := Nearest(t.Context(), e, f, c)
			if err != nil {
				t.Fatalf("%s of %+v: %v", c, f, err)
			}
			for _, way := range ways {
				told++
				for i := range way {
					if without := slices.Delete(slices.Clone(way), i, i+1); permittedAfter(t.Context(), t, e, f, c, without) {
						t.Fatalf("%s of %+v: %v is told, and %v is enough", c, f, way, without)
					}
				}
				if !permittedAfter(t.Context(), t, e, f, c, way) {
					t.Fatalf("%s of %+v: after %v it is refused", c, f, way)
				}
			}
		}
	}
	return told
}

// permittedAfter asks the rules after departures, read apart from the search.
func permittedAfter(ctx context.Context, t *testing.T, e *pdp.Engine, f pdp.Facts, c posada.Category, by []Departure) bool {
	t.Helper()
	cells, own := e.Cells(), e.Own()
	for _, d := range by {
		f.Disclosure = departed(f.Disclosure, d, ofDisclosure(c, f.Disclosure))
		f.Reception = departed(f.Reception, d, ofReception(c, f.Reception))
		f.Passing = departed(f.Passing, d, ofPassing(c, f.Passing))
		f.Asking = departed(f.Asking, d, ofAsking())
	}
	said := false
	for _, d := range by {
		switch d.Fact {
		case ofNetwork:
			cells, said = cells.With(f.Cell(c), posada.Mode(d.Word)), true
		case ofOwn:
			own.Cells, said = own.Cells.With(f.Cell(c), posada.Mode(d.Word)), true
		}
	}
	if !said {
		permit, err := e.Decide(ctx, f)
		return err == nil && permit.Categories().Has(c)
	}
	network, err := e.Network().Saying(ctx, cells)
	if errors.Is(err, pdp.ErrMatrix) {
		return false // no steward could write that
	}
	if err != nil {
		t.Fatal(err)
	}
	under, err := network.Under(ctx, own)
	if err != nil {
		t.Fatal(err)
	}
	permit, err := under.Decide(ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	return permit.Categories().Has(c)
}

func departed[T comparable](in T, by Departure, all []departure[T]) T {
	var nothing T
	if in == nothing {
		return in
	}
	for _, d := range all {
		if d.Departure == by {
			return d.set(in)
		}
	}
	return in
}
