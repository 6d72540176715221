package freetext_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/posada-exchange/posada/pkg/freetext"
)

// marked is a line of the corpus: a text, and what is to be found in it.
type marked struct {
	at    string // file:line
	text  string
	marks []freetext.Find
}

// corpus reads files of testdata. In a line, [kind|what is to be found] is marked.
func corpus(t *testing.T, files ...string) (lines []marked) {
	t.Helper()
	for _, file := range files {
		all, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		nth := 0
		for line := range strings.Lines(string(all)) {
			if nth++; !strings.HasPrefix(line, "#") {
				m := unmark(strings.TrimSuffix(line, "\n"))
				m.at = fmt.Sprintf("%s:%d", file, nth)
				lines = append(lines, m)
			}
		}
	}
	return lines
}

func unmark(line string) (m marked) {
	for {
		before, rest, is := strings.Cut(line, "[")
		m.text += before
		if !is {
			return m
		}
		kind, rest, _ := strings.Cut(rest, "|")
		what, rest, _ := strings.Cut(rest, "]")
		m.marks = append(m.marks, freetext.Find{Kind: freetext.Kind(kind), Start: len(m.text), End: len(m.text) + len(what)})
		m.text, line = m.text+what, rest
	}
}

// known is what is known beside the corpus.
func known() freetext.Known {
	return freetext.Known{
		Shelters: freetext.Shelters("Refugio Mesquite", "Casa Girasol", "Albergue Nopal Azul", "Harbor of the Plains", "Second Dawn House", "Hogar Tres Ríos"),
		Today:    time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	}
}

// tally is what was found of one kind.
type tally struct {
	marks, found int // marked, and of those found as what they are
	seen         int // … or as anything: somebody is warned all the same
	finds, right int // found, and of those what was marked as that
}

func overlap(a, b freetext.Find) bool { return a.Start < b.End && b.Start < a.End }

// measure holds what is found against what is marked. A find and a mark are the same where
// they overlap and are of one kind. quiet are lines without a mark; loud, of those, the ones
// in which something was found.
func measure(t *testing.T, lines []marked, miss func(format string, args ...any)) (by map[freetext.Kind]tally, quiet, loud int) {
	t.Helper()
	by = map[freetext.Kind]tally{}
	for _, line := range lines {
		finds, err := freetext.In(line.text, known())
		if err != nil {
			t.Fatal(err)
		}
		if len(line.marks) == 0 {
			quiet++
			if len(finds) > 0 {
				loud++
			}
		}
		for _, mark := range line.marks {
			n := by[mark.Kind]
			n.marks++
			found, seen := 0, 0
			for _, f := range finds {
				if overlap(f, mark) {
					seen = 1
					if f.Kind == mark.Kind {
						found = 1
					}
				}
			}
			n.found, n.seen = n.found+found, n.seen+seen
			by[mark.Kind] = n
			if found == 0 {
				miss("%s: missed %s %q in %q (seen %d)", line.at, mark.Kind, line.text[mark.Start:mark.End], line.text, seen)
			}
		}
		for _, f := range finds {
			n := by[f.Kind]
			n.finds++
			right := 0
			for _, mark := range line.marks {
				if overlap(f, mark) && f.Kind == mark.Kind {
					right = 1
				}
			}
			n.right += right
			by[f.Kind] = n
			if right == 0 {
				miss("%s: wrongly %s (%s) %q in %q", line.at, f.Kind, f.Why, line.text[f.Start:f.End], line.text)
			}
		}
	}
	return by, quiet, loud
}

// halves are the lines the rules were written with, and those that were held out.
func halves(t *testing.T) (seen, held []marked) {
	t.Helper()
	return corpus(t, "en.txt", "es.txt", "second-en.txt", "second-es.txt"), corpus(t, "held-en.txt", "held-es.txt")
}

// floor is the least share that is found of what is marked, and the least share of finds
// that are right.
type floor struct{ recall, precision float64 }

// TestWhatIsFoundStaysFound holds what is found in invented lines against the least there
// may be of each kind, in the lines the rules were written with and in those held out.
func TestWhatIsFoundStaysFound(t *testing.T) {
	sure := floor{0.99, 0.99}
	floors := map[freetext.Kind][2]floor{
		freetext.Person: {{0.97, 0.92}, {0.90, 0.85}}, freetext.Phone: {sure, sure}, freetext.Email: {sure, sure},
		freetext.Street: {{0.94, 0.99}, {0.90, 0.99}}, freetext.Document: {sure, sure}, freetext.Coordinates: {sure, sure},
		freetext.Birth: {{0.95, 0.99}, sure}, freetext.Link: {sure, sure}, freetext.Shelter: {sure, sure},
	}
	seen, held := halves(t)
	for half, lines := range [][]marked{seen, held} {
		by, quiet, loud := measure(t, lines, t.Logf)
		for _, k := range freetext.Kinds() {
			n, least := by[k], floors[k][half]
			if n.marks < 6 || share(n.found, n.marks) < least.recall {
				t.Errorf("half %d, %s: found %d of %d", half, k, n.found, n.marks)
			}
			if share(n.right, n.finds) < least.precision {
				t.Errorf("half %d, %s: right are %d of %d", half, k, n.right, n.finds)
			}
		}
		if quiet < 60 || share(loud, quiet) > 0.05 {
			t.Errorf("half %d: something is found in %d of %d lines in which there is nothing", half, loud, quiet)
		}
	}
}

func share(part, of int) float64 { return float64(part) / float64(max(of, 1)) }

// TestTheFiguresAreThoseOfToday holds docs/performance.md against what is measured here, and
// the lines that were held out against the ones the figures were published for: who
// changes a rule, or a line, says what it did.
func TestTheFiguresAreThoseOfToday(t *testing.T) {
	doc, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	quietly := func(string, ...any) {}
	seen, held := halves(t)
	a, _, _ := measure(t, seen, quietly)
	b, quiet, loud := measure(t, held, quietly)
	for _, k := range freetext.Kinds() {
		row := fmt.Sprintf("| %s | %d of %d | %d of %d | %d of %d | %d of %d |", k, b[k].found, b[k].marks, b[k].right, b[k].finds, a[k].found, a[k].marks, a[k].right, a[k].finds)
		if !strings.Contains(string(doc), row) {
			t.Errorf("docs/performance.md lacks %q", row)
		}
	}
	sum := sha256.New()
	for _, line := range held {
		fmt.Fprintln(sum, line.text, line.marks)
	}
	for _, said := range []string{
		fmt.Sprintf("%d of the %d lines", loud, quiet), fmt.Sprintf("%x", sum.Sum(nil)[:6]),
		fmt.Sprintf("%d invented lines, English and Spanish, of which %d were held out", len(seen)+len(held), len(held)),
	} {
		if !strings.Contains(string(doc), said) {
			t.Errorf("docs/performance.md lacks %q", said)
		}
	}
}

// TestEveryReasonIsGivenSomewhere: a reason that no line of the corpus leads to would be a
// sentence that nobody ever read.
func TestEveryReasonIsGivenSomewhere(t *testing.T) {
	given := map[freetext.Reason]bool{}
	seen, held := halves(t)
	for _, line := range append(seen, held...) {
		finds, err := freetext.In(line.text, known())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range finds {
			given[f.Why] = true
		}
	}
	for _, why := range freetext.Reasons() {
		if !given[why] {
			t.Errorf("no line leads to %s", why)
		}
	}
	if len(given) != len(freetext.Reasons()) {
		t.Errorf("%d reasons are given, %d are listed", len(given), len(freetext.Reasons()))
	}
}
