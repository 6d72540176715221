package freetext

import (
	"regexp"
	"slices"
	"sync"
)

const (
	// name is one to four words as streets are called, with capitals.
	streetName = `(?:(?:de|del|la|las|los|el|of|the|y|[A-Z0-9][\w'.]*) ){0,4}[A-Z0-9][\w'.]*`
	// kinds of streets that are nothing else, and those that are so with a capital alone.
	streetKind  = `(?i:street|avenue|ave|boulevard|blvd|road|rd|hwy|highway|parkway|pkwy)`
	streetLike  = `(?:St|ST|Drive|Dr|DR|Lane|Ln|LN|Court|Ct|CT|Way|Place|Pl|Circle|Cir|Terrace|Ter|Trail|Trl|Loop|Plaza|Sq|Square|Alley|Row|Path|Expy|Fwy|Freeway)`
	calleKind   = `(?i:calle|avenida|av(?:da?)?|bulevar|boulevard|blvd|calzada|calz|privada|priv|prolongacion|prol|carretera|callejon|andador|cerrada|circuito|paseo|periferico|libramiento|autopista|eje vial)`
	calleNumber = `(?:,? (?i:#|no\.?|num\.?|numero|n\^) ?\d{1,5}|,? \d{1,5})(?:-?[A-Za-z]\b)?`
)

// places are how addresses are written.
var places = sync.OnceValue(func() []form {
	return []form{
		as(Street, StreetNumber, `\b\d{1,6}[A-Za-z]?,? (?:[NSEW]\.? )?(?:[\w'.]+ ){1,4}`+streetKind+`\b\.?(?:,? (?i:apt|apartment|unit|suite|ste|#)\.? ?#?\w+)?`),
		as(Street, StreetNumber, `\b\d{1,6}[A-Za-z]?,? (?:[NSEW]\.? )?(?:[A-Z0-9][\w'.]* ){1,4}`+streetLike+`\b\.?(?:,? (?i:apt|apartment|unit|suite|ste|#)\.? ?#?\w+)?`),
		as(Street, StreetNumber, `(?i)\b\d{1,6} (?:rural route|rr|county road|county rd|cr|fm|farm road|state road|sr) \d+\b`),
		as(Street, StreetNumber, `\b`+calleKind+`\.? (?:\w[\w'.]*,? ){0,5}?\w[\w'.]*`+calleNumber+`\b`),
		as(Street, StreetNamed, `\b`+calleKind+`\.? `+streetName+`(?:,? (?i:esquina con|esq\.? con|esq\.?|casi con|casi esquina con|entre|y) `+streetName+`)*`),
		as(Street, StreetNamed, `\b(?:[A-Z][\w'.]* ){1,3}(?:`+streetKind+`|`+streetLike+`)\b(?: (?i:and|&|at) [A-Z][\w'.]*(?: `+streetKind+`)?)?`),
		as(Street, StreetNamed, `\b(?i:corner of|intersection of|esquina de|cruce de) `+streetName+` (?i:and|&|y|con) `+streetName),
		as(Street, StreetPart, `\b(?:(?i:colonia|fraccionamiento|fracc|ejido|ranchería|rancheria|barrio|unidad habitacional|residencial)|Col|COL)\.? `+streetName),
		as(Street, StreetPart, `(?i)\b(?:p\.?o\.? box|apartado postal|apdo\.? postal) ?#?\d+\b`),
		as(Street, StreetPart, `(?i)\b(?:(?:apt|apartment|depto|departamento)\.? ?(?:#|no\.?|num\.?)? ?\d+[a-z]?|(?:manzana|mza?)\.? ?\d+,? (?:lote|lt)\.? ?\d+|(?:lote|lt)\.? ?\d+,? (?:manzana|mza?)\.? ?\d+)\b`),
		as(Street, StreetPart, `\b(?:(?i:zip(?: code)?|c\.?p\.?|codigo postal) ?:? ?\d{5}(?:-\d{4})?|(?:AL|AZ|CA|CO|FL|GA|IL|LA|NC|NM|NV|NY|OK|OR|TX|UT|WA) \d{5}(?:-\d{4})?|\d{5}-\d{4})\b`),
		as(Street, StreetNamed, `(?i)\bkm\.? ?\d+(?:[.,]\d+)?,? (?:de |of |on )?(?:la )?(?:carretera|autopista|highway|hwy)[^.,;\n]{0,40}`),
	}
})

// streets finds where a street, a house or a part of a town is named.
func streets(t plain) []span {
	return slices.DeleteFunc(t.written(places()), func(s span) bool { return !t.street(s) })
}

// notStreets are words that begin what only looks like a street: a time, a count.
var notStreets = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(?:\d+ )?(?:am|pm|hours?|hrs?|horas?|min|minutes?|minutos?|days?|dias?|nights?|noches?|weeks?|beds?|rooms?|people|kids|children|blocks?|miles?|times?|years?|the|this|that|our|my|her|his|on|off|a|no|every|which|what|cross|next|main road|la|el|los|las|una?|cada|esta|otra)\b`)
})

// street reports whether what looks like an address is one.
func (t plain) street(s span) bool {
	text := t.text[s.start:s.end]
	if s.why != StreetPart && notStreets().MatchString(text) {
		return false
	}
	if s.why == StreetNumber {
		first, _ := slices.BinarySearchFunc(t.words, s.start, func(w word, at int) int { return w.start - at })
		for _, w := range t.words[first:] {
			if w.start >= s.end {
				break
			}
			if !w.capital && !joins(w.low) && lexicon().has(w.low, never) && !lexicon().has(w.low, before|behind) {
				return false // on the street for three nights
			}
		}
	}
	return !t.money(s.start, s.start)
}

// maps are how places on a map are written.
var maps = sync.OnceValue(func() []form {
	return []form{
		as(Coordinates, Position, `[-+]?\b\d{1,2}[.,]\d{3,}\^? ?[NSns]?(?:[,;/ ] ?| y | and )[-+]?\d{1,3}[.,]\d{3,}\^?(?: ?[EWOewo]\b)?`),
		as(Coordinates, Position, `(?i)\b[NS] ?\d{1,2}[.,]\d{3,}\^?,? ?[EWO] ?\d{1,3}[.,]\d{3,}`),
		as(Coordinates, Position, `\b\d{1,3} ?\^ ?\d{1,2}(?:[.,]\d+)? ?'(?: ?\d{1,2}(?:[.,]\d+)? ?(?:"|''))? ?[NSEWO]?`),
		as(Coordinates, Position, `\b\d{1,3}[.,]\d{2,} ?\^ ?[NSEWO]?`),
		as(Coordinates, Position, `(?i)\b(?:lat|latitude?|latitud|lon|long|lng|longitude?|longitud)\b\.?[ :=]{0,3}-?\d{1,3}[.,]\d{2,}`),
		as(Coordinates, Position, `(?i)\b[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3}\b`),
		as(Coordinates, Position, `///[a-z]+\.[a-z]+\.[a-z]+\b`),
		as(Coordinates, Position, `(?i)\b(?:utm )?1[0-9][ ]?[QRST] \d{6} \d{7}\b`),
	}
})

// positions finds degrees and codes that are a place on a map. Degrees of a fever are
// less than a place needs.
func positions(t plain) []span { return t.written(maps()) }
