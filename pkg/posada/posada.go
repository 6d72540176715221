// Package posada is the vocabulary of the exchange: identifiers and closed
// enumerations as named types. Every other package imports it; it imports
// nothing of ours.
//
// Guarantee: a value that was decoded (JSON, YAML, text) is a member of its
// enumeration, or decoding failed and named what was wrong. Limit: a value
// made by conversion in Go is not checked; boundaries decode, they do not
// convert.
package posada

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrUnknownWord says that a text is not in the closed vocabulary it was read
// for. An unknown value is never guessed at: callers deny.
var ErrUnknownWord = errors.New("not in the vocabulary")

// word is a closed enumeration: a named string type that can list its members.
type word[T any] interface {
	~string
	comparable
	members() []T
}

// Members lists a vocabulary in its declared order.
func Members[T word[T]]() []T {
	var zero T
	return zero.members()
}

// Texts is a list of words as they are spelled.
func Texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

// Brief is as much of an id as people read and type: it is enough to tell theirs apart.
func Brief[T ~string](id T) string { return string(id)[:min(len(id), 8)] }

// Known reports whether w is a member of its vocabulary.
func Known[T word[T]](w T) bool { return slices.Contains(w.members(), w) }

// Parse reads one word of a vocabulary, exactly as it is spelled.
func Parse[T word[T]](text string) (T, error) {
	var zero T
	for _, m := range zero.members() {
		if string(m) == text {
			return m, nil
		}
	}
	return zero, fmt.Errorf("%s: %w (one of: %s)", kind[T](), ErrUnknownWord, join(zero.members()))
}

func decode[T word[T]](dst *T, text []byte) error {
	w, err := Parse[T](string(text))
	if err != nil {
		return err
	}
	*dst = w
	return nil
}

func kind[T any]() string {
	name := fmt.Sprintf("%T", *new(T))
	return name[strings.LastIndexByte(name, '.')+1:]
}

func join[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return strings.Join(texts, " ")
}
