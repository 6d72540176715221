package freetext

import (
	"regexp"
	"strconv"
	"sync"
	"time"
)

const (
	month = `(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?` +
		`|enero|ene|febrero|marzo|abril|abr|mayo|junio|julio|agosto|ago|septiembre|setiembre|octubre|noviembre|diciembre|dic)`
	fullDate = `(?:\d{1,2}[-/. ]\d{1,2}[-/. ](?:\d{4}|\d{2})|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}` +
		`|\d{1,2}(?:st|nd|rd|th)?(?: of| de)?[ -/]` + month + `\.?(?:,? | de | del |[-/])\d{4}|` + month + `\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4})`
	// without a year, or nothing but a year: enough of a birthday where it is called one.
	partly = `(?:\d{1,2}(?:st|nd|rd|th)?(?: of| de)? ` + month + `|` + month + `\.? \d{1,2}(?:st|nd|rd|th)?|` + month + `(?: de| del)? \d{4}|\d{1,2}[-/]\d{1,2}|(?:19|20)\d{2})`
)

var (
	bornSaid = sync.OnceValue(func() []form {
		return []form{as(Birth, BirthSaid, `(?i)\b(?:born|dob|d\.o\.b\.?|date of birth|birth ?date|birthday|b-day|bday|nacio|nacida?|nacido|naci|fecha de nacimiento|fecha nac\.?|f\. ?nac\.?|fdn|f\.n\.|nacimiento|cumpleanos|cumple(?: anos)?|cumplio|turn(?:s|ed|ing))\b\.?[^0-9\n]{0,24}?(?:\b\d{1,2} (?:years |anos )?(?:on |el |el dia )?)?\b(`+fullDate+`|`+partly+`)\b`)}
	})
	dates = sync.OnceValue(func() []form { return []form{as(Birth, BirthOld, `(?i)\b`+fullDate+`\b`)} })
	year  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b\d{4}\b`) })
)

// yearsOld is how old a full date is that is taken for a birthday without being called
// one: what a note speaks of is of these days.
const yearsOld = 5

// births finds birthdays: what is called one, and full dates of long ago.
func births(t plain, today time.Time) []span {
	list := t.written(bornSaid())
	if today.IsZero() {
		return list
	}
	for _, s := range t.written(dates()) {
		if y, err := strconv.Atoi(year().FindString(t.text[s.start:s.end])); err == nil && y > 1900 && y+yearsOld <= today.Year() {
			list = append(list, s)
		}
	}
	return list
}
