package freetext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// plain is a text as the rules read it: a byte of ASCII for each letter, whatever its
// accents or its script's way to write a figure, so that places in it are places in the
// text. at[i] is where the letter of text[i] begins there; at[len(text)] is its end.
type plain struct {
	text  string
	at    []int
	words []word
}

// word is a run of letters, or of figures.
type word struct {
	start, end int
	low        string // in small letters, without a possessive 's
	figures    bool
	capital    bool // a capital and then small letters: THIS says nothing of being a name
}

const (
	letterElse = '_' // a letter that is none of a to z: Greek, Chinese
	signElse   = '*' // any other sign
)

func plainOf(text string) plain {
	t := plain{at: make([]int, 0, len(text)+1)}
	var b strings.Builder
	b.Grow(len(text))
	for i, r := range text {
		c, shown := ascii(r)
		if !shown {
			continue // it belongs to the letter before it, or to nothing that is seen
		}
		b.WriteByte(c)
		t.at = append(t.at, i)
	}
	t.at = append(t.at, len(text))
	t.text = b.String()
	t.words = wordsOf(t.text)
	return t
}

// ascii is the byte that stands for a letter. Not shown are marks that are set onto
// another letter and characters that nobody sees.
func ascii(r rune) (c byte, shown bool) {
	switch {
	case r < utf8.RuneSelf:
		return byte(r), true
	case r == utf8.RuneError:
		return signElse, true
	case unicode.In(r, unicode.Mn, unicode.Cf):
		return 0, false
	case unicode.IsSpace(r):
		return ' ', true
	case unicode.Is(unicode.Pd, r) || r == '\u2212': // dashes, and the minus sign
		return '-', true
	case strings.ContainsRune("’‘ʼ′´", r):
		return '\'', true
	case strings.ContainsRune("“”″", r):
		return '"', true
	case r == '°' || r == 'º':
		return '^', true // of degrees, and of No.
	}
	if unicode.Is(unicode.Nd, r) {
		return figure(r), true
	}
	if first := []rune(norm.NFKD.String(string(r)))[0]; first < utf8.RuneSelf {
		return byte(first), true
	}
	if unicode.IsLetter(r) {
		return letterElse, true
	}
	return signElse, true
}

// figure is a decimal figure of any script. Unicode keeps the ten of a script together,
// beginning with its nought.
func figure(r rune) byte {
	for _, in := range unicode.Nd.R16 {
		if rune(in.Lo) <= r && r <= rune(in.Hi) {
			return byte('0' + (r-rune(in.Lo))%10)
		}
	}
	for _, in := range unicode.Nd.R32 {
		if rune(in.Lo) <= r && r <= rune(in.Hi) {
			return byte('0' + (r-rune(in.Lo))%10)
		}
	}
	return signElse
}

func wordsOf(text string) (list []word) {
	for i := 0; i < len(text); {
		start := i
		switch {
		case isFigure(text[i]):
			for i < len(text) && isFigure(text[i]) {
				i++
			}
			list = append(list, word{start: start, end: i, low: text[start:i], figures: true})
		case isLetter(text[i]):
			for i < len(text) && (isLetter(text[i]) || text[i] == '\'' && i+1 < len(text) && isLetter(text[i+1])) {
				i++
			}
			list = append(list, wordOf(text, start, i))
		default:
			i++
		}
	}
	return list
}

func wordOf(text string, start, end int) word {
	w := word{start: start, end: end, low: strings.ToLower(text[start:end])}
	if of, cut := strings.CutSuffix(w.low, "'s"); cut && of != "" {
		w.low, w.end = of, end-2
	}
	first, rest := text[start], text[start+1:w.end]
	w.capital = first >= 'A' && first <= 'Z' && (rest == "" || strings.ToUpper(rest) != rest)
	return w
}

// beside reports whether a word stands right behind the one before it: with a space, a
// point and a space, or a hyphen between.
func (t plain) beside(i int) bool {
	if i <= 0 || i >= len(t.words) {
		return false
	}
	switch t.text[t.words[i-1].end:t.words[i].start] {
	case " ", "  ", ". ", "-", "'s ":
		return true
	}
	return false
}

func isFigure(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == letterElse
}
