package matrix

import (
	"strings"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Words are what a sentence about a group takes, in pairs of name and value, each word put
// in a language by term: its family, then the word.
func (g Group) Words(term func(family, word string) string) []any {
	return []any{
		"classes", said(term, "class", posada.Texts(g.Classes)), "purposes", said(term, "purpose", posada.Texts(g.Purposes)),
		"categories", said(term, "category", posada.Texts(g.Categories)),
	}
}

// Words are what a sentence about a remark takes, as those of a Group.
func (r Remark) Words(term func(family, word string) string) []any {
	return []any{
		"class", term("class", string(r.Class)), "purpose", term("purpose", string(r.Purpose)), "category", term("category", string(r.Category)),
	}
}

// Words are what a sentence about who sees what takes, as those of a Group.
func (v Viewers) Words(term func(family, word string) string) []any {
	return []any{"roles", said(term, "role", posada.Texts(v.Roles)), "categories", said(term, "category", posada.Texts(v.Categories))}
}

func said(term func(family, word string) string, family string, words []string) string {
	for i, w := range words {
		words[i] = term(family, w)
	}
	return strings.Join(words, ", ")
}
