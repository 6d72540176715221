package freetext

import "regexp"

// form is one way in which something is written: a pattern, and what it means. What is
// found is the pattern's group where it has one, else all of it.
type form struct {
	kind  Kind
	why   Reason
	looks *regexp.Regexp
}

func as(kind Kind, why Reason, pattern string) form {
	return form{kind, why, regexp.MustCompile(pattern)}
}

// written finds what is written in one of these forms. Patterns are RE2: whatever the
// text, the time for each grows with its length and not faster.
func (t plain) written(forms []form) (list []span) {
	for _, f := range forms {
		for _, at := range f.looks.FindAllStringSubmatchIndex(t.text, -1) {
			list = append(list, span{f.kind, f.why, at[len(at)-2], at[len(at)-1]})
		}
	}
	return list
}
