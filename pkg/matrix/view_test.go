package matrix_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
)

// TestATableThatSaysNothingOfItIsAsTheShippedOneSays, word for word.
func TestATableThatSaysNothingOfItIsAsTheShippedOneSays(t *testing.T) {
	if says := read(t, shipped(t)).View; !maps.Equal(says, matrix.AsShipped()) {
		t.Errorf("it says %v", says)
	}
	if d := matrix.Compare(matrix.Table{}, matrix.Table{View: matrix.AsShipped()}); d.Label() != matrix.None {
		t.Errorf("%+v", d)
	}
}

// TestADifferenceIsEveryLookThatIsAnother, each once, whichever way it is said; and what a
// role sees that nobody speaks of is nothing.
func TestADifferenceIsEveryLookThatIsAnother(t *testing.T) {
	changed := 0
	rapid.Check(t, func(r *rapid.T) {
		before, after := table(r, "before"), table(r, "after")
		d := matrix.Compare(before, after)
		said := map[bool]map[matrix.Look]bool{true: {}, false: {}}
		for newly, looks := range map[bool][]matrix.Look{true: d.Seen, false: d.Unseen} {
			for _, g := range matrix.Together(looks) {
				for _, l := range g.Each() {
					if said[newly][l] {
						r.Fatalf("said twice: %+v", l)
					}
					said[newly][l] = true
				}
			}
		}
		for _, role := range posada.Members[posada.StaffRole]() {
			for _, category := range posada.Members[posada.Category]() {
				l := matrix.Look{Role: role, Category: category}
				was, is := before.Sees().Shows(l), after.Sees().Shows(l)
				if said[true][l] != (is && !was) || said[false][l] != (was && !is) {
					r.Fatalf("%+v: %v, then %v; said %v", l, was, is, said)
				}
				delete(said[true], l)
				delete(said[false], l)
				if was != is {
					changed++
				}
			}
		}
		if len(said[true])+len(said[false]) > 0 {
			r.Fatalf("said of nothing: %v", said)
		}
	})
	if changed == 0 {
		t.Error("nothing changed: this test sees nothing")
	}
}

// TestAViewIsNotChangedByAnother made of it.
func TestAViewIsNotChangedByAnother(t *testing.T) {
	view, notes := matrix.AsShipped(), matrix.Look{Role: posada.RoleLegal, Category: posada.CategoryLegalStrategy}
	less := view.With(false, notes)
	if less.Shows(notes) || !view.Shows(notes) || !less.With(true, notes).Shows(notes) || len(view.Minus(less)) != 1 {
		t.Errorf("%v, %v", view, less)
	}
	if narrow := view.Least(matrix.View{posada.RoleLegal: 0}); len(narrow[posada.RoleLegal].List()) > 0 || narrow[posada.RoleMedical] != view[posada.RoleMedical] {
		t.Errorf("%v", narrow)
	}
}

// TestEachMistakeOfAViewIsToldWhereItStands.
func TestEachMistakeOfAViewIsToldWhereItStands(t *testing.T) {
	_, err := matrix.Read([]byte(`{
  "version": 1, "limits": {"retain_days": 1}, "cells": {},
  "view": {
    "lawyer": [],
    "steward": ["needs"],
    "legal": ["needs", "notes", "needs", "location_shelter"],
    "medical": ["photo_biometric", 3],
    "advocate": "needs"
  }
}`))
	want := []matrix.Mistake{
		{4, 5, "/view/lawyer", "lawyer", matrix.ErrUnknown},
		{5, 5, "/view/steward", "steward", matrix.ErrGuard},
		{6, 24, "/view/legal/1", "notes", matrix.ErrUnknown},
		{6, 33, "/view/legal/2", "needs", matrix.ErrTwice},
		{6, 42, "/view/legal/3", "location_shelter", matrix.ErrGuard},
		{7, 17, "/view/medical/0", "photo_biometric", matrix.ErrGuard},
		{7, 36, "/view/medical/1", "", matrix.ErrShape},
		{8, 17, "/view/advocate", "", matrix.ErrShape},
	}
	if got := matrix.Mistakes(err); !slices.EqualFunc(got, want, func(m *matrix.Mistake, w matrix.Mistake) bool { return *m == w }) {
		for _, m := range got {
			t.Errorf("%+v", *m)
		}
	}
	for _, text := range []string{`{"version": 1, "limits": {"retain_days": 1}, "cells": {}, "view": {"legal": ["needs"`, `{"version": 1, "limits": {"retain_days": 1}, "cells": {}, "view": {"legal": ["needs",]}}`} {
		if _, err := matrix.Read([]byte(text)); !errors.Is(err, matrix.ErrSyntax) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
