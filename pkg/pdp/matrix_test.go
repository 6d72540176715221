package pdp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/policy"
)

func shipped(t testing.TB) []byte {
	t.Helper()
	text, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// edited is the shipped table after a change to its JSON.
func edited(t testing.TB, change func(map[string]any)) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(shipped(t), &m); err != nil {
		t.Fatal(err)
	}
	change(m)
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func cell(m map[string]any, class, purpose string) map[string]any {
	return m["cells"].(map[string]any)[class].(map[string]any)[purpose].(map[string]any)
}

func TestWhichPolicyIsWider(t *testing.T) {
	for name, c := range map[string]struct {
		change func(map[string]any)
		wider  bool
	}{
		"the same":                {func(map[string]any) {}, false},
		"another number":          {func(m map[string]any) { m["version"] = 9 }, false},
		"kept for less long":      {func(m map[string]any) { m["limits"].(map[string]any)["retain_days"] = 30 }, false},
		"one cell less":           {func(m map[string]any) { cell(m, "shelter", "shelter")["identity"] = "never" }, false},
		"one cell gone":           {func(m map[string]any) { delete(cell(m, "shelter", "shelter"), "identity") }, false},
		"a stricter form":         {func(m map[string]any) { cell(m, "shelter", "shelter")["identity"] = "consent_cosigned" }, false},
		"a new cell":              {func(m map[string]any) { cell(m, "shelter", "shelter")["documents"] = "consent" }, true},
		"another form":            {func(m map[string]any) { cell(m, "shelter", "shelter")["minor_details"] = "ceremony" }, true},
		"never no longer":         {func(m map[string]any) { cell(m, "shelter", "shelter")["employer"] = "ceremony" }, true},
		"a looser form":           {func(m map[string]any) { cell(m, "shelter", "shelter")["minor_details"] = "consent" }, true},
		"not a table":             {func(m map[string]any) { m["cells"] = 1 }, true},
		"something not known yet": {func(m map[string]any) { m["more"] = true }, true},
	} {
		if got := pdp.Wider(shipped(t), edited(t, c.change)); got != c.wider {
			t.Errorf("%s: wider %v", name, got)
		}
	}
	long, short := shipped(t), edited(t, func(m map[string]any) { m["limits"].(map[string]any)["retain_days"] = 30 })
	if !pdp.Wider(short, long) {
		t.Error("kept for longer is not wider")
	}
}

// TestABrakedCellIsNeverAndNothingElseChanges, whatever cells one steward names.
func TestABrakedCellIsNeverAndNothingElseChanges(t *testing.T) {
	classes, purposes, categories := posada.Members[posada.AgencyClass](), posada.Members[posada.Purpose](), posada.Members[posada.Category]()
	text := shipped(t)
	rapid.Check(t, func(r *rapid.T) {
		cells := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) matrix.Cell {
			return matrix.Cell{
				Class: rapid.SampledFrom(classes).Draw(r, "class"), Purpose: rapid.SampledFrom(purposes).Draw(r, "purpose"),
				Category: rapid.SampledFrom(categories).Draw(r, "category"),
			}
		}), 0, 300).Draw(r, "cells")
		narrowed, err := pdp.Never(text, cells...)
		if err != nil || pdp.Wider(text, narrowed) {
			r.Fatalf("wider than before: %v", err)
		}
		var before, after struct {
			Version uint64
			Limits  any
			View    any
			Cells   map[posada.AgencyClass]map[posada.Purpose]map[posada.Category]string
		}
		if json.Unmarshal(text, &before) != nil || json.Unmarshal(narrowed, &after) != nil || before.Version != after.Version {
			r.Fatal("it does not read")
		}
		for _, c := range cells {
			if before.Cells[c.Class][c.Purpose][c.Category] != "" {
				before.Cells[c.Class][c.Purpose][c.Category] = "never"
			}
		}
		x, _ := json.Marshal(before)
		y, _ := json.Marshal(after)
		if !bytes.Equal(x, y) {
			r.Fatal("another cell changed")
		}
	})
}

func TestAnEngineWithAnotherTableHasTheSameRules(t *testing.T) {
	first, err := pdp.New(t.Context(), policy.Files)
	if err != nil {
		t.Fatal(err)
	}
	again, err := first.With(t.Context(), shipped(t))
	if err != nil || again.Digest() != first.Digest() || again.Version() != first.Version() {
		t.Errorf("%v, %v", again, err)
	}
	other, err := first.With(t.Context(), edited(t, func(m map[string]any) { m["version"] = 7 }))
	if err != nil || other.Digest() == first.Digest() || other.Version() != 7 {
		t.Errorf("%v", err)
	}
	if _, err := first.With(t.Context(), []byte(strings.Replace(string(shipped(t)), `"consent"`, `"always"`, 1))); !errors.Is(err, pdp.ErrMatrix) {
		t.Errorf("a table of another form: %v", err)
	}
}

// TestWhoCouldNewlyHaveWhat: an amended table lists the cells that give more, and no other.
func TestWhoCouldNewlyHaveWhat(t *testing.T) {
	next, err := pdp.Amend(shipped(t), 2, matrix.Cells{
		posada.ClassSchool:   {posada.PurposeEducation: {posada.CategoryNeeds: "consent", posada.CategorySafeContact: "never"}},
		posada.ClassShelter:  {posada.PurposeShelter: {posada.CategoryIdentity: "never", posada.CategoryMinorDetails: "consent"}},
		posada.ClassLegalAid: {posada.PurposeLegal: {posada.CategoryIdentity: "consent"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	changed, err := pdp.Compare(shipped(t), next)
	var got []matrix.Cell
	for _, c := range changed.Opened() {
		got = append(got, c.Cell)
	}
	want := []matrix.Cell{
		{Class: posada.ClassShelter, Purpose: posada.PurposeShelter, Category: posada.CategoryMinorDetails},
		{Class: posada.ClassSchool, Purpose: posada.PurposeEducation, Category: posada.CategoryNeeds},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if version, err := pdp.MatrixVersion(next); err != nil || version != 2 {
		t.Errorf("number %d, %v", version, err)
	}
	for name, text := range map[string][]byte{"no table": []byte("{}"), "none": nil} {
		if _, err := pdp.Compare(shipped(t), text); !errors.Is(err, pdp.ErrMatrix) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := pdp.Amend(text, 2, nil); !errors.Is(err, pdp.ErrMatrix) {
			t.Errorf("%s, amended: %v", name, err)
		}
	}
	// What a proposal says is written as it is said, and refused by whoever is to run it.
	open, err := pdp.Amend(shipped(t), 2, matrix.Cells{posada.ClassProsecution: {posada.PurposeCaseManagement: {posada.CategoryNeeds: "consent"}}})
	if _, refused := pdp.MatrixVersion(open); err != nil || !errors.Is(refused, pdp.ErrMatrix) {
		t.Errorf("it is %v, %v", err, refused)
	}
}
