package matrix_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/silence"
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

func read(t testing.TB, text []byte) matrix.Table {
	t.Helper()
	table, err := matrix.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// cell draws one that a table may name, of a class and for a purpose that may have something.
func cell(r *rapid.T) matrix.Cell {
	c := matrix.Cell{
		Class:    rapid.SampledFrom(slices.DeleteFunc(posada.Members[posada.AgencyClass](), func(c posada.AgencyClass) bool { return c == posada.ClassCoalition })).Draw(r, "class"),
		Category: rapid.SampledFrom(slices.DeleteFunc(posada.Members[posada.Category](), func(c posada.Category) bool { return !c.Leaves() })).Draw(r, "category"),
	}
	c.Purpose = rapid.SampledFrom(slices.DeleteFunc(posada.Members[posada.Purpose](), func(p posada.Purpose) bool {
		return c.Class.Distrusted() && !p.OfLawEnforcement()
	})).Draw(r, "purpose")
	return c
}

func mode(r *rapid.T, c matrix.Cell) posada.Mode {
	modes := posada.Members[posada.Mode]()
	if c.Class.Distrusted() {
		modes = modes[:2]
	}
	return rapid.SampledFrom(modes).Draw(r, "mode")
}

// table draws one that nodes run.
func table(r *rapid.T, name string) matrix.Table {
	t := matrix.Table{Version: rapid.Uint64Range(1, 1<<53-1).Draw(r, name), Cells: matrix.Cells{}}
	t.Limits.RetainDays = rapid.IntRange(1, matrix.MaxDays).Draw(r, "days")
	for range rapid.IntRange(0, 40).Draw(r, "cells") {
		c := cell(r)
		t.Cells.Set(c, mode(r, c))
	}
	if rapid.Bool().Draw(r, "says who sees what") {
		t.View = view(r)
	}
	if rapid.Bool().Draw(r, "silence") {
		t.Silence = silence.Table{posada.PriorityTonight: {posada.Members[posada.SilenceStep]()[0]: rapid.IntRange(1, 30).Draw(r, "minutes")}}
	}
	return t
}

// view draws one that nodes run: of some roles, some of what it may show them.
func view(r *rapid.T) matrix.View {
	v := matrix.View{}
	for _, role := range posada.Members[posada.StaffRole]() {
		if !matrix.MayLook(role) || rapid.IntRange(0, 4).Draw(r, "left out") == 0 {
			continue
		}
		some := posada.Set[posada.Category](rapid.Uint32().Draw(r, string(role)))
		v[role] = posada.SetOf(slices.DeleteFunc(some.List(), func(c posada.Category) bool { return !matrix.MayShow(role, c) })...)
	}
	return v
}

// TestWhatIsWrittenReadsAsItWas, and by what a node holds it against.
func TestWhatIsWrittenReadsAsItWas(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		before := table(r, "version")
		text, err := before.Write()
		if err != nil {
			r.Fatal(err)
		}
		after, err := matrix.Read(text)
		if err != nil {
			r.Fatal(err)
		}
		again, _ := after.Write()
		if string(again) != string(text) || !maps.Equal(before.View, after.View) || len(matrix.Compare(before, after).Changes) > 0 || matrix.Compare(before, after).Label() != matrix.None {
			r.Fatalf("another: %s", again)
		}
		if version, err := pdp.MatrixVersion(text); err != nil || version != before.Version {
			r.Fatalf("a node reads %d, %v", version, err)
		}
	})
}

// TestNothingIsReadThatTheSchemaRefuses breaks a table somewhere, in the ways of a person or
// a program, and asks both: nobody is told that a table is right which no node would run.
func TestNothingIsReadThatTheSchemaRefuses(t *testing.T) {
	refused := 0
	rapid.Check(t, func(r *rapid.T) {
		text, err := table(r, "version").Write()
		if err != nil {
			r.Fatal(err)
		}
		var any map[string]any
		if err := json.Unmarshal(text, &any); err != nil {
			r.Fatal(err)
		}
		broken(r, any, 0)
		text, _ = json.Marshal(any)
		_, bySchema := pdp.MatrixVersion(text)
		_, byReader := matrix.Read(text)
		if (bySchema == nil) != (byReader == nil) {
			r.Fatalf("the node says %v, the reader %v of %s", bySchema, byReader, text)
		}
		if byReader != nil {
			refused++
			if len(matrix.Mistakes(byReader)) == 0 {
				r.Fatalf("it says nowhere what is wrong: %v", byReader)
			}
		}
	})
	if refused == 0 {
		t.Error("nothing was refused: this test sees nothing")
	}
}

// broken changes something of an object: at this level, or below it.
func broken(r *rapid.T, in map[string]any, depth int) {
	keys := slices.Sorted(maps.Keys(in))
	if len(keys) == 0 || depth > 0 && rapid.IntRange(0, 3).Draw(r, "here") == 0 {
		in[rapid.SampledFrom([]string{"police", "needs", "shelter", "location_shelter", "coalition", "border", "retain_days", "silence", "view", "medical", "steward", ""}).Draw(r, "name")] = value(r)
		return
	}
	key := rapid.SampledFrom(keys).Draw(r, "key")
	if below, is := in[key].(map[string]any); is && rapid.IntRange(0, 3).Draw(r, "below") > 0 {
		broken(r, below, depth+1)
		return
	}
	if rapid.Bool().Draw(r, "gone") {
		delete(in, key)
		return
	}
	in[key] = value(r)
}

func value(r *rapid.T) any {
	return rapid.SampledFrom([]any{
		"consent", "never", "always", "ceremony", 0, 1, 90, 91, -1, 1.5, true, nil, []any{}, map[string]any{},
		map[string]any{"needs": "consent"}, map[string]any{"shelter": map[string]any{"needs": "consent"}}, map[string]any{"survivor_report": map[string]any{"identity": "consent"}},
		map[string]any{"tonight": map[string]any{"reminder": 500}},
		[]any{"needs"}, []any{"needs", "needs"}, []any{"legal_strategy"}, []any{"always"}, []any{1}, map[string]any{"medical": []any{"photo_biometric"}}, map[string]any{"steward": []any{}},
	}).Draw(r, "value")
}

// TestEachMistakeIsToldWhereItStands: all of them, in their order, each with its word.
func TestEachMistakeIsToldWhereItStands(t *testing.T) {
	text := `{
  "version": 0,
  "limits": {"retain_days": 91, "days": 1},
  "silence": {"tonight": {"reminder": 30, "coordinator": 20}, "later": {}},
  "cells": {
    "police": {},
    "coalition": {"shelter": {}},
    "border": {"statistics_aggregate": {}, "survivor_report": {"needs": "consent"}},
    "shelter": {"sheltter": {}, "shelter": {"needs": "yes", "location_shelter": "consent", "identity": 3, "ñame": "never"}}
  },
  "override": true
}`
	_, err := matrix.Read([]byte(text))
	want := []matrix.Mistake{
		{2, 14, "/version", "0", matrix.ErrRange},
		{3, 29, "/limits/retain_days", "91", matrix.ErrRange},
		{3, 33, "/limits/days", "days", matrix.ErrUnknown},
		{4, 15, "/silence/tonight", "", silence.ErrOrder},
		{4, 63, "/silence/later", "later", matrix.ErrUnknown},
		{6, 5, "/cells/police", "police", matrix.ErrUnknown},
		{7, 5, "/cells/coalition", "coalition", matrix.ErrGuard},
		{8, 16, "/cells/border/statistics_aggregate", "statistics_aggregate", matrix.ErrGuard},
		{8, 73, "/cells/border/survivor_report/needs", "consent", matrix.ErrGuard},
		{9, 17, "/cells/shelter/sheltter", "sheltter", matrix.ErrUnknown},
		{9, 54, "/cells/shelter/shelter/needs", "yes", matrix.ErrUnknown},
		{9, 61, "/cells/shelter/shelter/location_shelter", "location_shelter", matrix.ErrGuard},
		{9, 104, "/cells/shelter/shelter/identity", "", matrix.ErrShape},
		{9, 107, "/cells/shelter/shelter/ñame", "ñame", matrix.ErrUnknown},
		{11, 3, "/override", "override", matrix.ErrUnknown},
	}
	got := matrix.Mistakes(err)
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("not told of: %+v", want[i])
		case i >= len(want) || *got[i] != want[i]:
			t.Errorf("%+v", *got[i])
		}
	}
	for text, why := range map[string]error{
		"": matrix.ErrSyntax, "[]": matrix.ErrShape, "{": matrix.ErrSyntax, `{"version": 1,}`: matrix.ErrSyntax, "{} {}": matrix.ErrMissing,
		`{"version": 1, "version": 2, "limits": {"retain_days": 1}, "cells": {}}`: matrix.ErrTwice,
		`{"version": 1, "limits": {"retain_days": 1}, "cells": {}} {}`:            matrix.ErrSyntax,
		`{"version": 1, "limits": {}, "cells": {}}`:                               matrix.ErrMissing,
		`{"version": 1e0, "limits": {"retain_days": 1}, "cells": {}}`:             matrix.ErrRange,
		strings.Repeat(`{"cells":`, 10_001):                                       nil,
	} {
		if _, err := matrix.Read([]byte(text)); err == nil || why != nil && !errors.Is(err, why) {
			t.Errorf("%.60q: %v", text, err)
		}
	}
}

// TestADifferenceIsEveryCellThatSaysSomethingElse, each once, whichever way it is said.
func TestADifferenceIsEveryCellThatSaysSomethingElse(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		before, after := table(r, "before"), table(r, "after")
		if rapid.Bool().Draw(r, "edited") {
			edits := matrix.Cells{}
			for range rapid.IntRange(0, 5).Draw(r, "edits") {
				c := cell(r)
				edits.Set(c, mode(r, c))
			}
			after = before.With(before.Version+1, edits)
		}
		d := matrix.Compare(before, after)
		said := map[matrix.Change]bool{}
		for _, g := range matrix.Groups(d.Changes) {
			for _, c := range g.Each() {
				if said[c] {
					r.Fatalf("said twice: %+v", c)
				}
				said[c] = true
			}
		}
		wider, stricter := after.Limits.RetainDays > before.Limits.RetainDays, after.Limits.RetainDays < before.Limits.RetainDays
		for _, class := range posada.Members[posada.AgencyClass]() {
			for _, purpose := range posada.Members[posada.Purpose]() {
				for _, category := range posada.Members[posada.Category]() {
					c := matrix.Change{Cell: matrix.Cell{Class: class, Purpose: purpose, Category: category}}
					c.Before, c.After = before.Cells.Mode(c.Cell), after.Cells.Mode(c.Cell)
					if said[c] != (c.Before != c.After) {
						r.Fatalf("%+v is said %v", c, said[c])
					}
					delete(said, c)
					wider, stricter = wider || c.Opens(), stricter || c.Shuts()
				}
			}
		}
		wider, stricter = wider || len(d.Seen) > 0, stricter || len(d.Unseen) > 0
		want := map[[2]bool]matrix.Label{{}: matrix.None, {true, false}: matrix.Wider, {false, true}: matrix.Stricter, {true, true}: matrix.Mixed}[[2]bool{wider, stricter}]
		if len(said) > 0 || d.Label() != want {
			r.Fatalf("said of nothing: %v; %s, not %s", said, d.Label(), want)
		}
	})
}

// TestWhatGoesTogetherIsOneSentence.
func TestWhatGoesTogetherIsOneSentence(t *testing.T) {
	before := read(t, shipped(t))
	edits := matrix.Cells{}
	for _, class := range []posada.AgencyClass{posada.ClassSchool, posada.ClassFunder} {
		for _, purpose := range []posada.Purpose{posada.PurposeEducation, posada.PurposeLivelihood} {
			for _, category := range []posada.Category{posada.CategoryNeeds, posada.CategoryHousehold} {
				edits.Set(matrix.Cell{Class: class, Purpose: purpose, Category: category}, posada.ModeConsent)
			}
		}
	}
	d := matrix.Compare(before, before.With(2, edits))
	if groups := matrix.Groups(d.Opened()); len(d.Changes) != 8 || len(groups) != 1 {
		t.Errorf("%d changes in %+v", len(d.Changes), groups)
	}
}

// TestATableItselfIsNotChangedByAnother made of it.
func TestATableItselfIsNotChangedByAnother(t *testing.T) {
	before := read(t, shipped(t))
	text, _ := before.Write()
	c := matrix.Cell{Class: posada.ClassShelter, Purpose: posada.PurposeShelter, Category: posada.CategoryIdentity}
	if next := before.With(9, matrix.Cells{c.Class: {c.Purpose: {c.Category: posada.ModeNever}}}); next.Cells.Mode(c) != posada.ModeNever || next.Version != 9 {
		t.Errorf("%+v", next.Cells.Mode(c))
	}
	if after, _ := before.Write(); string(after) != string(text) {
		t.Error("it is another")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(shipped(f))
	f.Add([]byte(`{"version":1,"limits":{"retain_days":1},"cells":{"shelter":{"shelter":{"needs":"consent"}}}}`))
	f.Add([]byte(`{"version":1,"limits":{"retain_days":1},"view":{"legal":["needs","legal_strategy"],"medical":[]},"cells":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, byReader := matrix.Read(text)
		_, bySchema := pdp.MatrixVersion(text)
		if (byReader == nil) != (bySchema == nil) {
			t.Fatalf("the reader says %v, a node %v", byReader, bySchema)
		}
	})
}
