// Package words writes short binary values as words that people can say to
// each other, in English or in Spanish.
//
// Guarantee: a value's words in one language and in the other decode to the
// same indexes; a word outside the list is refused. Accents and letter case do
// not matter when reading: each list is unambiguous without them. Limit: what
// the words stand for, and whether they carry a check, is the caller's.
//
// The lists are those of BIP-39, 2,048 words each, as data; nothing else of
// that library is used.
package words

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/tyler-smith/go-bip39/wordlists"
	"golang.org/x/text/unicode/norm"

	"github.com/posada-exchange/posada/pkg/jose"
)

// ErrUnknown says that a text is not words of a list.
var ErrUnknown = errors.New("not words of this list")

// Index is a word's place in every list: 11 bits.
type Index uint16

const (
	bitsPerWord = 11
	listed      = 1 << bitsPerWord
)

// Language is a list of words.
type Language string

// The languages there are lists for.
const (
	English Language = "en"
	Spanish Language = "es"
)

func (l Language) list() ([]string, error) {
	list := wordlists.English
	switch l {
	case English:
	case Spanish:
		list = wordlists.Spanish
	default:
		return nil, fmt.Errorf("language: %w", ErrUnknown)
	}
	if len(list) != listed {
		return nil, fmt.Errorf("a list of %d words: %w", len(list), ErrUnknown)
	}
	return list, nil
}

// Write writes indexes as words with a space between.
func Write(indexes []Index, l Language) (string, error) {
	list, err := l.list()
	if err != nil {
		return "", err
	}
	said := make([]string, len(indexes))
	for i, index := range indexes {
		if index >= listed {
			return "", fmt.Errorf("index: %w", ErrUnknown)
		}
		said[i] = norm.NFC.String(list[index])
	}
	return strings.Join(said, " "), nil
}

// Read reads words, however they are spaced, cased and accented.
func Read(text string, l Language) ([]Index, error) {
	list, err := l.list()
	if err != nil {
		return nil, err
	}
	known := make(map[string]Index, listed)
	for i, word := range list {
		known[plain(word)] = Index(i)
	}
	var indexes []Index
	for _, word := range strings.Fields(text) {
		index, ok := known[plain(word)]
		if !ok {
			return nil, fmt.Errorf("word %d: %w", len(indexes)+1, ErrUnknown)
		}
		indexes = append(indexes, index)
	}
	return indexes, nil
}

// plain is a word in lower case without its accents.
func plain(word string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(word))
}

// spoken is how many words a key is said in: 88 bits. Somebody who wants a key
// with given words has to make some 2^88 keys; a value that has to be compared
// by ear gains nothing from being longer than people will read out.
const spoken = 8

// Fingerprint is a key in eight words: the first 88 bits of a SHA-256 that is
// used for nothing else.
func Fingerprint(key jose.PublicKey) ([]Index, error) {
	text, err := key.MarshalText()
	if err != nil {
		return nil, fmt.Errorf("fingerprint: %w", err)
	}
	sum := sha256.Sum256(append([]byte("posada/fingerprint/v1\n"), text...))
	return Split(sum[:], spoken), nil
}

// FingerprintOf is a SHA-256 of something that is no key, a network's root or a
// file, in eight words. A key's words and a digest's are never the same by
// design: each is hashed for its own use.
func FingerprintOf(digest [sha256.Size]byte) []Index {
	sum := sha256.Sum256(append([]byte("posada/fingerprint/digest/v1\n"), digest[:]...))
	return Split(sum[:], spoken)
}

// Split takes n groups of eleven bits from the front of raw.
func Split(raw []byte, n int) []Index {
	indexes := make([]Index, n)
	for bit := range n * bitsPerWord {
		indexes[bit/bitsPerWord] = indexes[bit/bitsPerWord]<<1 | Index(raw[bit/8]>>(7-bit%8)&1)
	}
	return indexes
}

// Join is the bits of indexes, the last byte filled up with zeros: what Split
// took apart.
func Join(indexes []Index) []byte {
	raw := make([]byte, (len(indexes)*bitsPerWord+7)/8)
	for bit := range len(indexes) * bitsPerWord {
		raw[bit/8] |= byte(indexes[bit/bitsPerWord]>>(bitsPerWord-1-bit%bitsPerWord)&1) << (7 - bit%8)
	}
	return raw
}
