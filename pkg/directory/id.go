package directory

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// ErrID says that a text is no identifier of an entry or a service.
var ErrID = errors.New("not an identifier: want a UUID in small letters (RFC 9562)")

// ID names an entry, or a service of one, wherever it is listed, also outside the
// network: a UUID, 36 characters in small letters. It is not the agency's id in the
// roster, which would tell the hub whose mailbox is whose.
type ID string

// NewID draws an identifier (version 4 of RFC 9562: 122 bits) from random, which must be
// a cryptographic source.
func NewID(random io.Reader) (ID, error) {
	var raw [16]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("draw an identifier: %w", err)
	}
	return IDFrom(raw, 4), nil
}

// IDFrom writes 122 bits as an identifier of a version, 4 for random bits and 8 for
// those of a hash; the other six bits say version and variant.
func IDFrom(raw [16]byte, version byte) ID {
	raw[6] = raw[6]&0x0f | version<<4
	raw[8] = raw[8]&0x3f | 0x80
	text := hex.EncodeToString(raw[:])
	return ID(text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:])
}

// ParseID reads an identifier of any version; what others list has all of them.
func ParseID(text string) (ID, error) {
	if len(text) != 36 {
		return "", ErrID
	}
	for i, c := range []byte(text) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", ErrID
		}
	}
	return ID(text), nil
}

// UnmarshalText reads an identifier strictly.
func (id *ID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseID(string(text))
	return err
}
