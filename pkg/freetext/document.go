package freetext

import (
	"regexp"
	"strings"
	"sync"
)

// papers are how numbers of papers are written.
var papers = sync.OnceValue(func() []form {
	return []form{
		as(Document, CURP, `(?i)\b([A-Z]{4}[ -]?\d{6}[ -]?[HMX][A-Z]{5}[A-Z0-9]\d)\b`),
		as(Document, ClaveElector, `(?i)\b([A-Z]{6}[ -]?\d{8}[ -]?[HM]\d{3})\b`),
		as(Document, RFC, `(?i)\b([A-Z&]{3,4}\d{6}(?:[A-Z0-9]{3})?)\b`),
		as(Document, RFC, `\b([A-Z&]{3,4}[ -]\d{6}[ -][A-Z0-9]{3})\b`),
		as(Document, SSN, `\b(\d{3}[-. ]\d{2}[-. ]\d{4})\b`),
		as(Document, SSN, `(?i)\b([x*]{3}-?[x*]{2}-?\d{4})\b`),
		as(Document, ANumber, `\b(A[-#]? ?\d{3}[- ]?\d{3}[- ]?\d{2,3})\b`),
		as(Document, ANumber, `(?i)\b(a[-#]?\d{8,9})\b`),
		as(Document, I94, `(?i)\b(\d{9}[A-Z]\d)\b`),
		as(Document, Receipt, `(?i)\b((?:EAC|WAC|LIN|SRC|MSC|IOE|NBC|YSC)[- ]?\d{10})\b`),
		as(Document, Passport, `(?i)\b([B-Z]-?\d{8})\b`),
		as(Document, OtherPaper, `\b(\d{4}[ -]\d{5}[ -]\d{4}|\d{4}[ -]\d{4}[ -]\d{5}|\d{8}-\d)\b`), // Guatemala, Honduras, El Salvador
		as(Document, OtherPaper, `(?i)\b(IDMEX\d{9,10})\b`),
		as(Document, OtherPaper, `\b([A-Z]-?\d{7})\b`),
		as(Document, LongNumber, `\b(\d{9}|\d{14,40}|(?:\d{4}[ -]){3}\d{4})\b`),
	}
})

// named are numbers behind the name of a paper: at least four figures, whatever stands
// between.
var named = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(passport|pasaporte|visa|i-?94|admission (?:no|number)|ine|ife|credencial|licen[cs]e|licencia|cedula|dpi|dni|dui|matricula(?: consular)?|curp|rfc|ssn|social security|seguro social|nss|imss|alien|a-?number|green card|residen(?:t|ce) card|clave de elector|clave|itin|ead|work permit|birth certificate|acta de nacimiento|folio|id (?:no|number|card)|numero de (?:id|identificacion)|identificacion)\b[^0-9\n]{0,24}?\b([A-Z]{0,4}[- ]?\d[A-Z0-9]*(?:[- ]\d[A-Z0-9]*)*)\b`)
})

const leastNamed = 5 // figures of a number behind a paper's name

// documents finds the numbers of papers.
func documents(t plain) (list []span) {
	for _, s := range t.written(papers()) {
		if s.why = t.paper(s); s.why != "" {
			list = append(list, s)
		}
	}
	for _, at := range named().FindAllStringSubmatchIndex(t.text, -1) {
		s := span{Document, OtherPaper, at[4], at[5]}
		if figuresIn(t.text[s.start:s.end]) < leastNamed {
			continue
		}
		switch strings.ToLower(t.text[at[2]:at[3]]) {
		case "passport", "pasaporte":
			s.why = Passport
		case "ssn", "social security", "itin":
			s.why = SSN
		case "i94", "i-94", "admission no", "admission number":
			s.why = I94
		case "alien", "a-number", "anumber", "green card":
			s.why = ANumber
		}
		list = append(list, s)
	}
	return list
}

// paper is what a number of a paper's form is; empty: it is none.
func (t plain) paper(s span) Reason {
	number := strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(t.text[s.start:s.end]))
	switch s.why {
	case CURP:
		if !dated(number[4:10]) {
			return ""
		}
		if !rightCURP(number) {
			return CURPMistyped
		}
	case ClaveElector:
		if !dated(number[6:12]) {
			return ""
		}
	case RFC:
		letters := strings.IndexFunc(number, func(r rune) bool { return r >= '0' && r <= '9' })
		if !dated(number[letters:letters+6]) || letters == 3 && len(number) == 9 {
			return ""
		}
	case SSN, LongNumber:
		if t.money(s.start, s.end) {
			return ""
		}
	}
	return s.why
}

// dated reports whether six figures are a year, a month and a day.
func dated(figures string) bool {
	month, day := figures[2:4], figures[4:6]
	return month >= "01" && month <= "12" && day >= "01" && day <= "31"
}

// rightCURP holds the last figure of a CURP against the seventeen before it: each is
// worth its place among the figures and letters (of the Spanish alphabet), times how far
// it is from the end, and all of it comes to a multiple of ten. (RENAPO, Instructivo
// normativo para la asignación de la CURP, 2021.)
func rightCURP(number string) bool {
	const worth = "0123456789ABCDEFGHIJKLMN_OPQRSTUVWXYZ" // the low line is Ñ, which no CURP has
	sum := 0
	for i := range len(number) - 1 {
		sum += strings.IndexByte(worth, number[i]) * (len(number) - i)
	}
	return (10-sum%10)%10 == int(number[len(number)-1]-'0')
}

func figuresIn(text string) (n int) {
	for i := range len(text) {
		if isFigure(text[i]) {
			n++
		}
	}
	return n
}
