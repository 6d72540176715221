package jose

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/lestrrat-go/jwx/v2/jwk"
)

// ErrBadKey says that a text is not an Ed25519 key in the form we write.
var ErrBadKey = errors.New("not an ed25519 key")

var b64 = base64.RawURLEncoding.Strict()

// KeyID is a key's name: the base64url SHA-256 thumbprint of its JWK (RFC
// 7638, RFC 8037 appendix A.3), 43 characters. It is computed from the key, so
// a key cannot claim another's name.
type KeyID string

// PublicKey is an Ed25519 key that verifies. The zero value verifies nothing.
type PublicKey struct {
	id  KeyID
	key ed25519.PublicKey
}

// PrivateKey is an Ed25519 key that signs. It prints as nothing.
type PrivateKey struct {
	public PublicKey
	key    ed25519.PrivateKey
}

// GenerateKey draws a key from random: 32 bytes of seed.
func GenerateKey(random io.Reader) (PrivateKey, error) {
	var seed [ed25519.SeedSize]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return PrivateKey{}, fmt.Errorf("draw a signing key: %w", err)
	}
	return KeyFromSeed(seed)
}

// KeyFromSeed makes the key of a 32-byte seed (RFC 8032 section 5.1.5).
func KeyFromSeed(seed [ed25519.SeedSize]byte) (PrivateKey, error) {
	private := ed25519.NewKeyFromSeed(seed[:])
	public, err := newPublicKey(private.Public().(ed25519.PublicKey))
	if err != nil {
		return PrivateKey{}, err
	}
	return PrivateKey{public: public, key: private}, nil
}

// Seed is the 32 bytes the key was made from: what a vault keeps.
func (k PrivateKey) Seed() []byte { return k.key.Seed() }

// Public is the key that verifies what k signs.
func (k PrivateKey) Public() PublicKey { return k.public }

// String hides the key from every format verb.
func (PrivateKey) String() string { return "(private key)" }

// GoString hides the key from %#v.
func (PrivateKey) GoString() string { return "(private key)" }

// ID is the key's thumbprint.
func (k PublicKey) ID() KeyID { return k.id }

// MarshalText writes the key as base64url of its 32 bytes (the x of its JWK).
func (k PublicKey) MarshalText() ([]byte, error) {
	if len(k.key) != ed25519.PublicKeySize {
		return nil, ErrBadKey
	}
	return []byte(b64.EncodeToString(k.key)), nil
}

// UnmarshalText reads what MarshalText writes and nothing else.
func (k *PublicKey) UnmarshalText(text []byte) error {
	raw, err := b64.DecodeString(string(text))
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return ErrBadKey
	}
	*k, err = newPublicKey(raw)
	return err
}

func newPublicKey(raw ed25519.PublicKey) (PublicKey, error) {
	key, err := jwk.FromRaw(raw)
	if err != nil {
		return PublicKey{}, ErrBadKey
	}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return PublicKey{}, fmt.Errorf("thumbprint: %w", err)
	}
	return PublicKey{id: KeyID(b64.EncodeToString(thumbprint)), key: raw}, nil
}
