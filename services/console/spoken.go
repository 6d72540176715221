package console

import (
	"net/http"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/posada-exchange/posada/pkg/client"
	"github.com/posada-exchange/posada/pkg/consent"
	"github.com/posada-exchange/posada/pkg/words"
)

// codeWords is how many words somebody says to take back what was shared about them.
const codeWords = 8

// eightPage hears the eight words. What is typed is in the page and in the request, and
// in nothing that stays.
type eightPage struct {
	Said    string
	Heard   []heardWord
	Count   int
	Wrong   bool // they are not a code: Heard says what of them is no word
	Changed bool // some were a letter or two off
}

// heardWord is one word as it was typed, and as it was understood.
type heardWord struct {
	N           int
	Said, Means string
	Changed     bool // it was a letter or two off
	Unknown     bool
}

// said is what was typed, word by word.
func said(text string) []string {
	return strings.FieldsFunc(norm.NFC.String(text), func(r rune) bool { return !unicode.IsLetter(r) })
}

func wordsForm(v *visit) (view, error) {
	p := eightPage{}
	if v.problem != nil {
		text := v.typed.Get("code")
		p.Said, p.Wrong = text, true
		p.Heard, p.Count = unknownWords(text), len(said(text))
	}
	return show("words", p).titled(v.Text("console.words.title")), nil
}

// wordsHeard shows the words as they were understood, to be read back.
func wordsHeard(v *visit) (view, error) {
	code, err := consent.ReadCode(v.form.Get("code"))
	if err != nil {
		return view{}, trouble{http.StatusUnprocessableEntity, "console.words.not"}
	}
	heard, err := understood(code, v.form.Get("code"))
	if err != nil {
		return view{}, err
	}
	p := eightPage{Heard: heard, Count: codeWords}
	for _, w := range heard {
		p.Said += w.Means + " "
		if w.Changed {
			p.Changed = true
		}
	}
	return show("words_heard", p).titled(v.Text("console.words.read_back")), nil
}

// understood are a code's words in the language they were said in, beside what was typed.
func understood(code consent.Code, text string) (best []heardWord, err error) {
	typed, fewest := said(text), codeWords+1
	for _, l := range []words.Language{words.English, words.Spanish} {
		written, err := code.Words(l)
		if err != nil {
			return nil, err
		}
		var heard []heardWord
		changed := 0
		for i, word := range strings.Fields(written) {
			w := heardWord{N: i + 1, Means: word}
			if i < len(typed) {
				w.Said = typed[i]
			}
			if w.Changed = !same(w.Said, word, l); w.Changed {
				changed++
			}
			heard = append(heard, w)
		}
		if changed < fewest {
			best, fewest = heard, changed
		}
	}
	return best, nil
}

// same reports whether a word was typed as it is in the list, whatever its accents.
func same(typed, word string, l words.Language) bool {
	a, err := words.Read(typed, l)
	b, wrong := words.Read(word, l)
	return err == nil && wrong == nil && len(a) == 1 && len(b) == 1 && a[0] == b[0]
}

// unknownWords are those that are like no word of the list that was meant: the one in
// which most of what was typed is found. The lists are public; nothing is told of codes.
func unknownWords(text string) (best []heardWord) {
	most := -1
	for _, l := range []words.Language{words.English, words.Spanish} {
		var list []heardWord
		known := 0
		for i, s := range said(text) {
			w := heardWord{N: i + 1, Said: s}
			if _, _, err := words.Heard(s, l); err != nil {
				w.Unknown = true
			} else {
				known++
			}
			list = append(list, w)
		}
		if known > most {
			best, most = list, known
		}
	}
	return best
}

// wordsSaid passes the words on. Whether they were anybody's nobody learns, here or on
// the page that follows.
func wordsSaid(v *visit) (view, error) {
	if _, err := v.node.Withdraw(v.ctx(), client.NewWithdrawal{Code: v.form.Get("code")}); err != nil {
		return view{}, err
	}
	return goTo("/withdraw/done", ""), nil
}

// wordsDone says what was done and what follows: the same, whatever was said.
func wordsDone(*visit) (view, error) { return show("words_done", nil), nil }
