package freetext

import (
	_ "embed"
	"strings"
	"sync"
)

// sense is what a word may be; a word may be several things.
type sense uint16

const (
	given      sense = 1 << iota // a given name and nothing else; with inProse, with a capital
	givenToo                     // a given name and something else
	surname                      // a surname and nothing else; with inProse, with a capital
	surnameToo                   // a surname and something else
	never                        // with a capital, and no name: the word a sentence begins with, a day, a language
	before                       // what follows is the name of a place or a house: calle, hospital
	behind                       // what stands before is: street, church
	announces                    // a name follows: named, hermano
	kin                          // … also behind a comma: her brother, signed
	inProse                      // an ordinary word, too
)

//go:embed lexicon.txt
var lexiconText string

// words are what words may be, by word.
type words map[string]sense

// lexicon is read once. The file is a part of the program, so what is wrong with it is a
// defect of the build.
var lexicon = sync.OnceValue(func() words {
	list, sections := words{}, map[string]sense{
		"given": given, "given with a capital": given | inProse, "given too": givenToo | inProse, "surname": surname, "surname with a capital": surname | inProse, "surname too": surnameToo | inProse,
		"never": never | inProse, "before": before | never | inProse, "behind": behind | never | inProse, "announces": announces | never | inProse, "kin": announces | kin | never | inProse,
	}
	var now sense
	for line := range strings.Lines(lexiconText) {
		if name, is := strings.CutPrefix(strings.TrimSpace(line), "# "); is {
			if now = sections[name]; now == 0 {
				panic("freetext: the lexicon has no section " + name)
			}
			continue
		}
		for word := range strings.FieldsSeq(line) {
			list[word] |= now
		}
	}
	return list
})

// has reports whether a word may be any of some things.
func (l words) has(word string, any sense) bool { return l[word]&any != 0 }
