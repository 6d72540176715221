package words

import (
	"slices"
	"strings"
	"unicode"

	"github.com/agnivade/levenshtein"
)

const (
	// farthest is how many letters a word that was misheard or mistyped may be
	// from one of the list: of more there is no telling which was meant.
	farthest = 2
	// longest is more letters than any word of a list has, by farthest and some.
	longest = 16
	// most is how many words are listened to.
	most = 32
)

// Heard reads words as somebody wrote down what she was told: numbered or with
// dashes, spelt as they sound. For each it gives the words it can stand for: one
// that is in the list stands for itself; otherwise those nearest to it. far is how
// many letters were wrong in all. ErrUnknown: a word is near to none of the list.
func Heard(text string, l Language) (heard [][]Index, far int, err error) {
	list, err := l.list()
	if err != nil {
		return nil, 0, err
	}
	said := strings.FieldsFunc(plain(text), func(r rune) bool { return !unicode.IsLetter(r) })
	if len(said) > most {
		return nil, 0, ErrUnknown
	}
	letters := make([]string, len(list))
	for i, word := range list {
		letters[i] = plain(word)
	}
	for _, word := range said {
		guesses, off := nearest(letters, word)
		if len(guesses) == 0 {
			return nil, 0, ErrUnknown
		}
		heard, far = append(heard, guesses), far+off
	}
	return heard, far, nil
}

// nearest are the words of the list that are fewest letters from a word, and how
// many those are.
func nearest(list []string, word string) (found []Index, far int) {
	if i := slices.Index(list, word); i >= 0 {
		return []Index{Index(i)}, 0
	}
	if len(word) > longest {
		return nil, 0
	}
	far = farthest
	for i, other := range list {
		d := len(word) - len(other)
		if d > far || -d > far {
			continue
		}
		switch d = levenshtein.ComputeDistance(word, other); {
		case d < far:
			far, found = d, []Index{Index(i)}
		case d == far:
			found = append(found, Index(i))
		}
	}
	return found, far
}
