package main

import (
	"testing"

	"github.com/posada-exchange/posada/pkg/i18n"
	"github.com/posada-exchange/posada/pkg/matrix"
	"github.com/posada-exchange/posada/pkg/posada"
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

// TestEveryMistakeOfATableHasItsSentence in both languages, and no two the same one.
func TestEveryMistakeOfATableHasItsSentence(t *testing.T) {
	for _, l := range i18n.Languages() {
		p := i18n.For(l)
		seen := map[string]error{}
		for _, why := range matrix.Errors() {
			sentence := p.Text(wrongTable(why), "word", "x", "days", matrix.MaxDays)
			if sentence == string(wrongTable(why)) || seen[sentence] != nil {
				t.Errorf("%s: %v reads %q, as %v does", l, why, sentence, seen[sentence])
			}
			seen[sentence] = why
		}
	}
}
