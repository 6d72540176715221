package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// A letter is bytes that a program seals to its own agency while the private
// key is out of reach, to be read when it is there again. It is one age file to
// one hybrid recipient, as an envelope's body is, and nobody signs it: whoever
// has the public half can make one, so what stands in it has to prove itself.
//
// It is here, and not in the vault, because this package alone knows how age is
// to be used: one stanza, hybrid, the whole file authenticated before any of it
// is believed.

// Sizes of a letter's plaintext: a power of two, so that the file tells little
// of what is in it.
const (
	smallestLetter = 4 << 10
	// MaxLetter is the longest text of a letter in bytes.
	MaxLetter = 256<<10 - frameHeader
)

// ErrLetterSize says that a text is too long for a letter, or empty.
var ErrLetterSize = errors.New("a letter holds 1 byte to 256 KiB")

// SealLetter seals a text to a recipient.
func SealLetter(to Recipient, text []byte) ([]byte, error) {
	if len(text) == 0 || len(text) > MaxLetter {
		return nil, ErrLetterSize
	}
	if to.key == nil {
		return nil, ErrBadRecipient
	}
	size := max(smallestLetter, 1<<bits.Len(uint(len(text)+frameHeader-1)))
	plain := frame(text, size)
	defer clear(plain)
	sealed, err := encrypt(to.key, plain, letterSize(size))
	if err != nil {
		return nil, fmt.Errorf("letter: %w", err)
	}
	return sealed, nil
}

// OpenLetter reads what SealLetter wrote.
func OpenLetter(i Identity, sealed []byte) ([]byte, error) {
	for size := smallestLetter; size <= MaxLetter+frameHeader; size *= 2 {
		if letterSize(size) != len(sealed) || i.key == nil {
			continue
		}
		plain, err := unseal(sealed, i.key, size)
		if err != nil {
			return nil, err
		}
		if binary.BigEndian.Uint32(plain) > MaxLetter {
			return nil, ErrFrame
		}
		return unframe(plain)
	}
	return nil, ErrSealed
}

// letterSize is how long the age file of so much plaintext is.
func letterSize(plain int) int {
	return ageHeader + ageNonce + plain + (plain+ageChunk-1)/ageChunk*ageTag
}
