package imports_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/freetext"
	"github.com/posada-exchange/posada/pkg/imports"
	"github.com/posada-exchange/posada/pkg/mapping"
	"github.com/posada-exchange/posada/pkg/posada"
)

const rules = "posada_mapping: 1\nname: invented\nformat: json\nkey: id\ncolumns:\n  id: {left_out: the key}\n  name: {to: survivor.prs_FirstName}\n  sex: {to: survivor.prs_Gender, values: {f: Feminine}}\n  notes: {to: case.cco_CaseComment}\n"

func read(t *testing.T) mapping.Mapping {
	t.Helper()
	m, err := mapping.Read([]byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// lines are rows of JSON, each as row makes it.
func lines(n int, row func(int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(row(i+1) + "\n")
	}
	return b.String()
}

func good(n int) string { return fmt.Sprintf(`{"id":"%d","name":"Invented %d"}`, n, n) }

// TestAColumnWithoutAPlaceIsSaidHoweverMuchElseIsWrong: what is listed has an end; that
// something may not be brought at all is said all the same, once.
func TestAColumnWithoutAPlaceIsSaidHoweverMuchElseIsWrong(t *testing.T) {
	m, wrong := read(t), 3*imports.MaxListed
	text := lines(wrong, func(n int) string { return fmt.Sprintf(`{"id":"%d","sex":"Xochitl"}`, n) })
	seen, err := imports.Look([]byte(rules), m, strings.NewReader(text), freetext.Known{}, 3)
	if err != nil || !seen.Whole() || seen.Wrong != wrong || len(seen.Problems) != imports.MaxListed || seen.More != wrong-imports.MaxListed {
		t.Errorf("%d wrong, %d listed, %d more, %v", seen.Wrong, len(seen.Problems), seen.More, err)
	}
	text += lines(2, func(n int) string { return fmt.Sprintf(`{"id":"a%d","name":"Invented","shoe":"37"}`, n) })
	seen, err = imports.Look([]byte(rules), m, strings.NewReader(text), freetext.Known{}, 3)
	if err != nil || seen.Whole() || len(seen.Problems) != imports.MaxListed+1 || seen.Rows != wrong+2 {
		t.Errorf("%d listed of %d rows, %v", len(seen.Problems), seen.Rows, err)
	}
}

// TestWhatIsLookedAtIsNamedToTheByte: of the mapping and of the source.
func TestWhatIsLookedAtIsNamedToTheByte(t *testing.T) {
	m, text := read(t), lines(3, good)
	digest := func(rules, text string) string {
		seen, err := imports.Look([]byte(rules), m, strings.NewReader(text), freetext.Known{}, 0)
		plain, wrong := imports.Digest([]byte(rules), strings.NewReader(text))
		if err != nil || wrong != nil || plain != seen.Digest || len(plain) != 52 {
			t.Fatalf("%s, %s, %v, %v", plain, seen.Digest, err, wrong)
		}
		return plain
	}
	is := digest(rules, text)
	for name, other := range map[string]string{"a space behind it": digest(rules, text+" "), "another mapping": digest(rules+"#", text), "moved from one to the other": digest(rules+" ", text[:len(text)-1])} {
		if other == is {
			t.Errorf("%s: the same", name)
		}
	}
}

// looked is a look at a source.
func looked(t *testing.T, text string) imports.Seen {
	t.Helper()
	seen, err := imports.Look([]byte(rules), read(t), strings.NewReader(text), freetext.Known{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// TestWhatChangesBetweenTheTwoReadingsIsNotSaved: a source is read to be looked at and again
// to be saved, and anybody may write to it meanwhile, wherever in it. What is saved is a
// beginning of what was looked at, and the import is not ended.
func TestWhatChangesBetweenTheTwoReadingsIsNotSaved(t *testing.T) {
	text := lines(400, func(n int) string { return good(n) + strings.Repeat(" ", 500) })
	seen := looked(t, text)
	is := client.Import{Digest: seen.Digest}
	rapid.Check(t, func(r *rapid.T) {
		at := rapid.IntRange(0, len(text)-1).Draw(r, "at")
		other := map[string]string{
			"another letter": text[:at] + string(text[at]^1) + text[at+1:],
			"cut":            text[:at],
			"longer":         text + good(401) + "\n",
			"a row more":     text[:at] + text[at+1:] + " ",
			"something else": lines(3, good),
		}[rapid.SampledFrom([]string{"another letter", "cut", "longer", "a row more", "something else"}).Draw(r, "how")]
		n := &node{outcome: "saved"}
		_, err := imports.Save(t.Context(), n, is, seen, strings.NewReader(other), nil)
		if !errors.Is(err, imports.ErrChanged) || n.ended {
			r.Fatalf("%v, ended: %v", err, n.ended)
		}
		row := 0
		for _, b := range n.batches {
			for _, saved := range b.Rows {
				if row++; saved.Key != strconv.Itoa(row) || saved.Records[0].Fields["prs_FirstName"] != fmt.Sprintf("Invented %d", row) {
					r.Fatalf("row %d became %s", row, saved.Key)
				}
			}
		}
	})
	n := &node{outcome: "saved"}
	if _, err := imports.Save(t.Context(), n, client.Import{Digest: "of something else"}, seen, strings.NewReader(text), nil); !errors.Is(err, imports.ErrChanged) || len(n.batches) != 0 {
		t.Errorf("of another digest: %v, %d batches", err, len(n.batches))
	}
	if _, err := imports.Save(t.Context(), n, is, seen, iotest.OneByteReader(strings.NewReader(text)), nil); err != nil || !n.ended {
		t.Errorf("as it was: %v, ended: %v", err, n.ended)
	}
}

// TestWhereASourceEndsIsPartOfIt: also where it ends with a block.
func TestWhereASourceEndsIsPartOfIt(t *testing.T) {
	for _, size := range []int{64<<10 - 1, 64 << 10, 64<<10 + 1, 128 << 10} {
		text := good(1) + "\n"
		text += strings.Repeat(" ", size-len(text))
		seen := looked(t, text)
		save := func(text string) error {
			_, err := imports.Save(t.Context(), &node{outcome: "saved"}, client.Import{Digest: seen.Digest}, seen, strings.NewReader(text), nil)
			return err
		}
		if err := save(text); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		for _, other := range []string{text + " ", text[:size-1]} {
			if err := save(other); !errors.Is(err, imports.ErrChanged) {
				t.Errorf("%d bytes for %d: %v", len(other), size, err)
			}
		}
	}
}

// TestWordsThatPointAtSomebodyAreCountedByColumn: each row once for each kind.
func TestWordsThatPointAtSomebodyAreCountedByColumn(t *testing.T) {
	text := lines(3, good) + lines(2, func(n int) string {
		return fmt.Sprintf(`{"id":"p%d","name":"=Invented","notes":"Call 915-555-0143, or 915-555-0144."}`, n)
	})
	seen, err := imports.Look([]byte(rules), read(t), strings.NewReader(text), freetext.Known{}, 1)
	want := imports.Pointing{Counted: imports.Counted{Column: "notes", Rows: 2}, Kind: freetext.Phone}
	if err != nil || len(seen.Points) != 1 || seen.Points[0] != want || len(seen.Formulas) != 1 || seen.Formulas[0] != (imports.Counted{Column: "name", Rows: 2}) {
		t.Errorf("%+v, %+v, %v", seen.Points, seen.Formulas, err)
	}
}

// node keeps what it is asked, and answers as one does.
type node struct {
	batches []client.NewImportRows
	outcome string
	ended   bool
}

func (n *node) ImportRows(_ context.Context, id posada.ImportID, in client.NewImportRows) (client.ImportedRows, error) {
	n.batches = append(n.batches, in)
	out := client.ImportedRows{Import: client.Import{ID: id, Through: in.Through}}
	for range in.Rows {
		out.Rows = append(out.Rows, client.ImportedRow{Outcome: n.outcome})
	}
	return out, nil
}

func (n *node) EndImport(_ context.Context, id posada.ImportID) (client.Import, error) {
	n.ended = true
	return client.Import{ID: id}, nil
}

// TestRowsGoInBatchesThatFollowEachOther: from behind what the node has, none larger than it
// takes, and each row and each that is wrong in exactly one.
func TestRowsGoInBatchesThatFollowEachOther(t *testing.T) {
	const rows, has = 730, 30
	text := lines(rows, func(n int) string {
		switch {
		case n%10 == 0:
			return fmt.Sprintf(`{"id":"%d","sex":"wrong"}`, n)
		case n > 400:
			return fmt.Sprintf(`{"id":"%d","notes":%q}`, n, strings.Repeat("i", 12000))
		}
		return good(n)
	})
	n, heard, seen := &node{outcome: "differs"}, 0, looked(t, text)
	saved, err := imports.Save(t.Context(), n, client.Import{Through: has, Digest: seen.Digest}, seen, strings.NewReader(text), func(row int) { heard = row })
	if err != nil || !n.ended || heard != rows || len(saved.Kept) != imports.MaxListed || saved.Kept[0].Row != has+1 {
		t.Fatalf("told of %d, %d kept, %v", heard, len(saved.Kept), err)
	}
	after, right, wrong := has, 0, 0
	for _, b := range n.batches {
		size := 0
		for _, row := range b.Rows {
			for _, r := range row.Records {
				size += len(r.Fields["cco_CaseComment"])
			}
		}
		if b.After != after || b.Through <= b.After || len(b.Rows) > client.MaxImportRows || size > 128<<10 {
			t.Errorf("a batch of %d rows and %d bytes, from %d to %d behind %d", len(b.Rows), size, b.After, b.Through, after)
		}
		after, right, wrong = b.Through, right+len(b.Rows), wrong+b.Refused
	}
	if after != rows || right != 630 || wrong != 70 || saved.More != right-imports.MaxListed {
		t.Errorf("to %d, %d right, %d wrong, %d not listed", after, right, wrong, saved.More)
	}
}

// TestWhatIsBrokenIsNotEnded: it can go on.
func TestWhatIsBrokenIsNotEnded(t *testing.T) {
	n, text := &node{outcome: "saved"}, lines(150, good)
	seen := looked(t, text)
	breaks := iotest.TimeoutReader(iotest.HalfReader(strings.NewReader(text)))
	if _, err := imports.Save(t.Context(), n, client.Import{Digest: seen.Digest}, seen, breaks, nil); err == nil || errors.Is(err, imports.ErrChanged) || n.ended {
		t.Errorf("%v, ended: %v, %d batches", err, n.ended, len(n.batches))
	}
}
