package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/pdp"
	"github.com/posada-exchange/posada/pkg/posada"
	"github.com/posada-exchange/posada/pkg/prove"
	"github.com/posada-exchange/posada/policy"
)

// TestEachCellReadsAsItsOwnSentence: what a table says of a cell, and what it said before,
// can be told from the sentence, in each language.
func TestEachCellReadsAsItsOwnSentence(t *testing.T) {
	for _, l := range i18n.Languages() {
		p := &page{Printer: i18n.For(l)}
		read := map[string]matrix.Change{}
		for _, class := range posada.Members[posada.AgencyClass]() {
			for _, purpose := range posada.Members[posada.Purpose]() {
				for _, category := range posada.Members[posada.Category]() {
					for _, mode := range posada.Members[posada.Mode]() {
						c := matrix.Change{Cell: matrix.Cell{Class: class, Purpose: purpose, Category: category}, Before: posada.ModeNever, After: mode}
						sentence := p.group(matrix.Groups([]matrix.Change{c})[0])
						if other, is := read[sentence]; is {
							t.Fatalf("%s: %q is %+v and %+v", l, sentence, c, other)
						}
						read[sentence] = c
					}
				}
			}
		}
		was := map[string]bool{}
		for _, mode := range posada.Members[posada.Mode]() {
			was[p.Text(i18n.Key("matrix.was."+string(mode)))] = true
		}
		if len(was) != len(posada.Members[posada.Mode]()) {
			t.Errorf("%s: two modes of before read alike", l)
		}
	}
}

// TestEachLookReadsAsItsOwnSentence: what a table shows a role, shows it no longer or does not
// show it can be told from the sentence, in each language, and a sentence of several names each.
func TestEachLookReadsAsItsOwnSentence(t *testing.T) {
	for _, l := range i18n.Languages() {
		p := i18n.For(l)
		read := map[string]matrix.Look{}
		for _, says := range []i18n.Key{"view.says", "view.unseen", "view.hidden"} {
			for _, role := range posada.Members[posada.StaffRole]() {
				for _, category := range posada.Members[posada.Category]() {
					look := matrix.Look{Role: role, Category: category}
					sentence := p.Text(says, matrix.Together([]matrix.Look{look})[0].Words(p.Term)...)
					if other, is := read[sentence]; is {
						t.Fatalf("%s: %q is %s of %+v, and of %+v", l, sentence, says, look, other)
					}
					read[sentence] = look
				}
			}
		}
		for _, g := range matrix.Together(matrix.AsShipped().List()) {
			for _, look := range g.Each() {
				if s := p.Text("view.says", g.Words(p.Term)...); !strings.Contains(s, p.Term("role", string(look.Role))) || !strings.Contains(s, p.Term("category", string(look.Category))) {
					t.Errorf("%s: %q does not name %+v", l, s, look)
				}
			}
		}
	}
}

// TestEveryMistakeOfATableHasItsSentence in both languages, and no two the same one.
func TestEveryMistakeOfATableHasItsSentence(t *testing.T) {
	for _, l := range i18n.Languages() {
		p := i18n.For(l)
		seen := map[string]error{}
		for _, why := range matrix.Errors() {
			sentence := p.Text(wrongTable(&matrix.Mistake{Why: why}), "word", "x", "days", matrix.MaxDays)
			if sentence == string(wrongTable(&matrix.Mistake{Why: why})) || seen[sentence] != nil {
				t.Errorf("%s: %v reads %q, as %v does", l, why, sentence, seen[sentence])
			}
			seen[sentence] = why
		}
	}
}

// TestAnotherReleaseIsHeldAgainstWhatWasSaved: of the same rules nothing is decided otherwise,
// and a condition that answers otherwise is told of by what it says to people.
func TestAnotherReleaseIsHeldAgainstWhatWasSaved(t *testing.T) {
	t.Chdir(t.TempDir())
	engine, err := pdp.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	table, err := fs.ReadFile(policy.Files, policy.MatrixFile)
	if err != nil {
		t.Fatal(err)
	}
	c := &cli{Printer: i18n.For(i18n.English)}
	if err := c.saveAnswers("saved.json", engine, table); err != nil {
		t.Fatal(err)
	}
	says := func(want int, args ...string) string {
		t.Helper()
		var out, errOut bytes.Buffer
		if got := run(args, []string{"LANG=C"}, streams{strings.NewReader(""), &out, &errOut}); got != want {
			t.Fatalf("%v: %d, want %d: %s%s", args, got, want, &out, &errOut)
		}
		return out.String() + errOut.String()
	}
	wants(t, says(exitOK, "policy", "upgrade", "saved.json"), "Nothing is decided otherwise")
	saved, err := os.ReadFile("saved.json")
	if err != nil {
		t.Fatal(err)
	}
	var s savedRules
	if err := json.Unmarshal(saved, &s); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(s.Answers.Conditions, func(c prove.ConditionAnswer) bool { return c.Condition == "G8" })
	for b := range s.Answers.Conditions[i].Met {
		s.Answers.Conditions[i].Met[b] = 0 // as if that release had let nobody have anything by it
	}
	saved, err = json.Marshal(s)
	if err != nil || os.WriteFile("other.json", saved, 0o600) != nil {
		t.Fatal(err)
	}
	wants(t, says(exitOK, "policy", "upgrade", "other.json"), "Something may be given that was not. Conditions that answer otherwise: 1; of them wider: 1", "disclose G8: this agency coordinates and may hold no case data")
	wants(t, says(exitOK, "policy", "upgrade", "other.json", "--lang", "es"), "Puede darse algo que no se daba", "esta organización coordina")
	if err := os.WriteFile("none.json", table, 0o600); err != nil {
		t.Fatal(err)
	}
	wants(t, says(exitUsage, "policy", "upgrade", "none.json"), "none.json is no file that posada policy prove --save wrote")
}
