package client

import (
	"slices"
	"strings"
)

// Ways puts ways together that differ in the word of one fact alone, the last.
func Ways(ways [][]Departure) (list [][]Fact) {
	for _, way := range ways {
		facts := make([]Fact, len(way))
		for i, d := range way {
			facts[i] = Fact{Fact: d.Fact, Words: []string{d.Word}}
		}
		last := len(facts) - 1
		i := slices.IndexFunc(list, func(o []Fact) bool {
			return len(o) == len(facts) && o[last].Fact == facts[last].Fact &&
				slices.EqualFunc(o[:last], facts[:last], func(a, b Fact) bool { return a.Fact == b.Fact && slices.Equal(a.Words, b.Words) })
		})
		switch {
		case i < 0:
			list = append(list, facts)
		case !slices.Contains(list[i][last].Words, facts[last].Words[0]):
			list[i][last].Words = append(list[i][last].Words, facts[last].Words[0])
		}
	}
	return list
}

// FamilyOf is the family in the catalogues of what a fact says.
func FamilyOf(fact string) string {
	switch fact {
	case "network", "own":
		return "cell"
	case "purpose", "consent.purposes", "grant.purpose":
		return "purpose"
	case "consent.categories", "consent.excluded", "grant.categories":
		return "category"
	}
	if strings.HasSuffix(fact, ".class") {
		return "class"
	}
	return strings.TrimPrefix(fact, "consent.")
}
