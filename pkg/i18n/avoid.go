package i18n

import "regexp"

// avoided are words the field does not use, and why each hurts: they call a
// person a crime, a status or an object of rescue, or call trafficking
// smuggling.
func avoided() map[Language]*regexp.Regexp {
	return map[Language]*regexp.Regexp{
		English: regexp.MustCompile(`(?i)\b(victims?|illegals?|illegal (alien|immigrant|migrant)s?|aliens?|rescue[ds]?|human smuggling)\b`),
		Spanish: regexp.MustCompile(`(?i)\b(v[ií]ctimas?|ilegal(es)?|rescat(e|ar|ada|ado)s?|tr[aá]fico( humano| de personas)?|traficantes?|tú|tu|tus|vosotr[oa]s)\b`),
	}
}

// Avoids finds the first word of a text that the field avoids in a language, or
// nothing. Limit: it knows a list, not a meaning.
func Avoids(l Language, text string) string {
	known, ok := avoided()[l]
	if !ok {
		return ""
	}
	return known.FindString(text)
}
