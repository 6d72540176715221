package posada

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Set is a set of words of one closed vocabulary. It is comparable, so facts
// made of sets can be remembered as map keys, and it always lists its members
// in the vocabulary's declared order, so equal sets have equal bytes. The zero
// value is empty. A vocabulary may hold at most 32 words.
type Set[T word[T]] uint32

// SetOf makes a set. A word outside the vocabulary is left out: it can only
// narrow.
func SetOf[T word[T]](words ...T) Set[T] {
	var s Set[T]
	members := Members[T]()
	for _, w := range words {
		if i := slices.Index(members, w); i >= 0 {
			s |= 1 << i
		}
	}
	return s
}

// Has reports whether w is in the set.
func (s Set[T]) Has(w T) bool { return SetOf(w)&s != 0 }

// With is the set and w.
func (s Set[T]) With(w T) Set[T] { return s | SetOf(w) }

// And is the intersection.
func (s Set[T]) And(o Set[T]) Set[T] { return s & o }

// Or is the union.
func (s Set[T]) Or(o Set[T]) Set[T] { return s | o }

// Minus is what is in s and not in o.
func (s Set[T]) Minus(o Set[T]) Set[T] { return s &^ o }

// Covers reports whether every member of o is in s.
func (s Set[T]) Covers(o Set[T]) bool { return o&^s == 0 }

// Full reports whether every word of the vocabulary is in the set.
func (s Set[T]) Full() bool { return s.Covers(SetOf(Members[T]()...)) }

// Empty reports whether the set has no member.
func (s Set[T]) Empty() bool { return s == 0 }

// List is the members in the vocabulary's order; never nil.
func (s Set[T]) List() []T {
	list := []T{}
	for i, w := range Members[T]() {
		if s&(1<<i) != 0 {
			list = append(list, w)
		}
	}
	return list
}

// MarshalJSON writes an array of words in the vocabulary's order.
func (s Set[T]) MarshalJSON() ([]byte, error) { return json.Marshal(s.List()) }

// UnmarshalJSON reads an array of words; an unknown or a repeated word is an
// error.
func (s *Set[T]) UnmarshalJSON(data []byte) error {
	var texts []string
	if err := json.Unmarshal(data, &texts); err != nil {
		return fmt.Errorf("a set of %s: want an array of words: %w", kind[T](), err)
	}
	var read Set[T]
	for _, text := range texts {
		w, err := Parse[T](text)
		if err != nil {
			return err
		}
		if read.Has(w) {
			return fmt.Errorf("a set of %s names a word twice", kind[T]())
		}
		read = read.With(w)
	}
	*s = read
	return nil
}
