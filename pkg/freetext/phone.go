package freetext

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// group is a run of figures with what stands between it and the one before.
type group struct {
	start, end int
	gap        string // of figures that are not beside others: "\n"
}

// shaped reports whether runs of figures of these lengths are how telephone numbers are
// written: in the United States, in Mexico and, of eight figures, in Central America.
func shaped(lengths string) bool {
	switch lengths {
	case "3-3-4", "3-7", "6-4", "10", "3-3-2-2", "3-4-3", "2-4-4", "2-2-2-2-2", "2-8": // ten figures
		return true
	case "1-3-3-4", "1-10", "2-10", "2-3-3-4", "2-2-4-4", "2-3-7", "2-1-3-3-4", "2-1-2-4-4", "2-1-10",
		"3-3-3-4", "3-2-4-4", "3-10", "11", "12", "13": // with a country before them, or the call's kind
		return true
	case "3-4", "4-4", "3-2-2", "7", "8": // without their region
		return true
	}
	return false
}

const (
	mostGroups = 7
	leastPlus  = 8 // figures behind a plus
	mostPlus   = 15
	cueReach   = 28 // bytes in which a word says that a number is to be called
)

// cue is a word that a telephone number follows.
var cue = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:tele|tel|cel|phone|mobile|call|dial|ring|text|whats|wsp|wa|sms|fax|marc|llam|numero|number|num|lada|contact|comunic|habla)\w*\b[^\n]*$`)
})

// coinBefore and coinBehind are what stands beside a sum of money.
var (
	coinBefore = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)(?:[$*]|\b(?:us|usd|mxn|mx|q|hnl|pesos|dollars)\b) ?$`)
	})
	coinBehind = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)^ ?(?:[%]|(?:usd|mxn|pesos|dollars|dolares|quetzales|lempiras|dls)\b)`)
	})
)

// money reports whether what stands from a place to another is a sum.
func (t plain) money(start, end int) bool {
	return coinBefore().MatchString(t.before(start, 6)) || coinBehind().MatchString(t.text[end:min(end+12, len(t.text))])
}

// phones finds telephone numbers by how figures are grouped. A number that is free to call
// for everybody points at nobody.
func phones(t plain) (list []span) {
	groups := t.groups()
	for i := 0; i < len(groups); {
		n := t.phoneAt(groups[i:])
		if n == 0 {
			i++
			continue
		}
		s := span{Phone, PhoneNumber, groups[i].start, groups[i+n-1].end}
		if i += n; freeToCall(t.text[s.start:s.end]) {
			continue
		}
		for _, before := range []byte{'(', '+'} {
			if s.start > 0 && t.text[s.start-1] == before {
				s.start--
			}
		}
		list = append(list, s)
	}
	return list
}

// groups are the runs of figures of a text.
func (t plain) groups() (list []group) {
	for _, w := range t.words {
		if !w.figures || w.start > 0 && isLetter(t.text[w.start-1]) || w.end < len(t.text) && isLetter(t.text[w.end]) {
			continue
		}
		g := group{w.start, w.end, "\n"}
		if n := len(list); n > 0 {
			if gap := t.text[list[n-1].end:w.start]; len(gap) <= 3 && strings.Trim(gap, " ().-/") == "" {
				g.gap = gap
			}
		}
		list = append(list, g)
	}
	return list
}

// phoneAt is of how many groups the longest telephone number at the first is made; 0:
// there is none.
func (t plain) phoneAt(groups []group) (best int) {
	plus := groups[0].start > 0 && t.text[groups[0].start-1] == '+'
	shape, figures := "", ""
	for n, g := range groups[:min(mostGroups, len(groups))] {
		if n > 0 && g.gap == "\n" {
			break
		}
		run := t.text[g.start:g.end]
		shape, figures = strings.TrimPrefix(shape+"-"+length(run), "-"), figures+run
		if len(figures) > mostPlus {
			break
		}
		switch {
		case plus && len(figures) >= leastPlus, !plus && shaped(shape) && t.called(groups[:n+1], shape, figures):
			best = n + 1
		}
	}
	return best
}

func length(run string) string {
	if n := len(run); n < 10 {
		return string(rune('0' + n))
	}
	return [...]string{"10", "11", "12", "13", "14"}[min(len(run), 14)-10]
}

// called reports whether figures of a shape are a telephone number, and not a sum, a
// span of years or of hours, or nobody's.
func (t plain) called(groups []group, shape, figures string) bool {
	start, end := groups[0].start, groups[len(groups)-1].end
	if t.money(start, end) {
		return false
	}
	said := cue().MatchString(t.before(start, cueReach))
	tight := !slices.ContainsFunc(groups[1:], func(g group) bool { return g.gap == " " || strings.Contains(g.gap, "/") })
	switch shape {
	case "7", "8":
		return said
	case "3-4", "3-2-2", "4-4":
		if shape == "4-4" && (years(figures) || hours(figures)) {
			return false
		}
		return said || tight
	case "2-2-2-2-2":
		return said || slices.Contains([]string{"55", "56", "33", "81"}, figures[:2])
	case "11":
		return figures[0] == '1' || said
	case "12":
		return strings.HasPrefix(figures, "52") || strings.HasPrefix(figures, "044") || strings.HasPrefix(figures, "50") || said
	case "13":
		return strings.HasPrefix(figures, "521") || strings.HasPrefix(figures, "044") || strings.HasPrefix(figures, "045") || said
	case "1-3-3-4", "1-10":
		return figures[0] == '1'
	}
	return true
}

// before is the text before a place, as far as reach bytes.
func (t plain) before(place, reach int) string { return t.text[max(0, place-reach):place] }

// freeToCall reports whether a number is one that help lines have. Of the regions that
// are free to call in the United States most are towns in Mexico, so those count with
// their 1 alone.
func freeToCall(number string) bool {
	region, one := strings.CutPrefix(number, "1")
	region = strings.TrimLeft(region, "-. ()")
	free := []string{"800", "888"}
	if one {
		free = append(free, "833", "844", "855", "866", "877")
	}
	return slices.Contains(free, region[:min(3, len(region))])
}

func years(figures string) bool {
	year := func(s string) bool { return s[:2] == "19" || s[:2] == "20" }
	return year(figures[:4]) && year(figures[4:])
}

func hours(figures string) bool {
	hour := func(s string) bool {
		return s[:2] <= "24" && slices.Contains([]string{"00", "15", "30", "45"}, s[2:])
	}
	return hour(figures[:4]) && hour(figures[4:])
}

// leastSpelled is how many figures in words are a number to call.
const leastSpelled = 7

// spelled reports whether a word is a figure.
func spelled(word string) bool {
	switch word {
	case "zero", "oh", "o", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double":
		return true
	case "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "doble":
		return true
	}
	return len(word) == 1 && isFigure(word[0])
}

// spelledPhones finds numbers that are written out figure by figure.
func spelledPhones(t plain) (list []span) {
	run := 0
	for i, w := range t.words {
		if !spelled(w.low) {
			run = 0
			continue
		}
		if run > 0 && strings.Trim(t.text[t.words[i-1].end:w.start], " ,.-") != "" {
			run = 0
		}
		if run++; run == leastSpelled {
			list = append(list, span{Phone, PhoneSpelled, t.words[i-run+1].start, w.end})
		} else if run > leastSpelled {
			list[len(list)-1].end = w.end
		}
	}
	return list
}
