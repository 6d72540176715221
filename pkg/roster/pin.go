package roster

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
)

// maxPins is how many keys a hub may have announced: the one it uses, the one
// that comes next, and one of each for a second machine.
const maxPins = 4

// ErrPin says that a text is not a pin.
var ErrPin = errors.New("a pin is 43 characters of base64url")

// Pin is a TLS key that a hub may show: the SHA-256 of the key's
// SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7, in DER). It is all that
// members hold a hub's certificate against.
type Pin [sha256.Size]byte

// PinOf is the pin of a key, given as its SubjectPublicKeyInfo.
func PinOf(spki []byte) Pin { return sha256.Sum256(spki) }

// Pinned gives the same pins whenever it is asked.
func Pinned(pins ...Pin) func() []Pin { return func() []Pin { return pins } }

// In reports whether a list holds the pin. It takes the same time for every
// pin; nothing rests on that, since pins are public.
func (p Pin) In(list []Pin) bool {
	found := 0
	for _, q := range list {
		found |= subtle.ConstantTimeCompare(p[:], q[:])
	}
	return found == 1
}

// String is the pin as it is written.
func (p Pin) String() string { return base64.RawURLEncoding.EncodeToString(p[:]) }

// MarshalText writes 43 characters of base64url.
func (p Pin) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText writes, and no other spelling.
func (p *Pin) UnmarshalText(text []byte) error {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(string(text))
	if err != nil || len(raw) != len(p) || len(text) != base64.RawURLEncoding.EncodedLen(len(p)) {
		return ErrPin
	}
	*p = Pin(raw)
	return nil
}

// checkPins refuses a pin that stands twice or is nobody's.
func checkPins(pins []Pin) error {
	if len(pins) > maxPins {
		return errors.New("the hub has more pins than it may")
	}
	for i, p := range pins {
		if p == (Pin{}) || p.In(pins[:i]) {
			return errors.New("a pin of the hub is missing or stands twice")
		}
	}
	return nil
}
