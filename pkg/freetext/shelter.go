package freetext

import (
	"slices"
	"strings"
)

// Names are names of shelters, ready to be looked for. The zero value is of none.
type Names struct {
	by map[string][]called // by the first word
}

// called is one way to call a shelter.
type called struct {
	words []string
	short bool
}

const (
	mostNamed  = 8 // words of a name that are looked at
	leastShort = 4 // letters of a short name
)

// Shelters makes Names of what a directory calls its shelters. Each is looked for whole,
// and, with a capital, by what is left of it without the words many shelters have.
func Shelters(names ...string) Names {
	by := map[string][]called{}
	add := func(words []string, short bool) {
		if len(words) > mostNamed {
			words = words[:mostNamed]
		}
		by[words[0]] = append(by[words[0]], called{slices.Clone(words), short})
	}
	for _, name := range names {
		var all, own []string
		for _, w := range plainOf(name).words {
			all = append(all, w.low)
			if !shelterWord(w.low) && !joins(w.low) {
				own = append(own, w.low)
			}
		}
		if len(all) > 1 || len(all) == 1 && len(all[0]) >= leastShort {
			add(all, false)
		}
		if short := strings.Join(own, ""); len(own) > 0 && len(own) < len(all) && len(short) >= leastShort && (len(own) > 1 || !lexicon().has(own[0], inProse)) {
			add(own, true)
		}
	}
	return Names{by}
}

// in finds the names in a text. A short one counts with a capital.
func (n Names) in(t plain) (list []span) {
	for i, w := range t.words {
		for _, name := range n.by[w.low] {
			if end := t.reads(i, name.words); end > 0 && (!name.short || w.capital) {
				why := ShelterNamed
				if name.short {
					why = ShelterShort
				}
				list = append(list, span{Shelter, why, w.start, end})
			}
		}
	}
	return list
}

// reads is where words end that stand in the text one behind another; 0: they do not.
func (t plain) reads(i int, words []string) int {
	if i+len(words) > len(t.words) {
		return 0
	}
	for j, word := range words {
		w := t.words[i+j]
		if w.low != word || j > 0 && len(t.text[t.words[i+j-1].end:w.start]) > 3 {
			return 0
		}
	}
	return t.words[i+len(words)-1].end
}

// shelterWord is a word that says what kind of house something is, and not which.
func shelterWord(low string) bool {
	switch low {
	case "refugio", "casa", "albergue", "hogar", "centro", "posada", "hotel", "hostal", "fundacion", "mision", "residencia",
		"shelter", "house", "home", "center", "centre", "inn", "mission", "haven", "refuge", "lodge", "place", "program", "foundation",
		"women", "womens", "mujeres", "family", "familia", "familias", "migrante", "migrantes", "san", "santa", "saint", "st":
		return true
	}
	return false
}

// joins is a word between the words of a name.
func joins(low string) bool {
	switch low {
	case "de", "del", "la", "las", "los", "el", "y", "e", "da", "do", "dos", "van", "von", "of", "the", "and", "para", "for":
		return true
	}
	return false
}
