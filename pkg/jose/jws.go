// Package jose signs and verifies: compact JWS (RFC 7515) with Ed25519 (RFC
// 8037) and nothing else of JOSE.
//
// Guarantee: what Verify returns was signed, in these very bytes, by the
// private half of the key it was given, for exactly the type it was given. The
// protected header is compared byte for byte with the only one we could have
// written, so no header parameter is ever interpreted: alg none, crit, b64,
// jku, jwk, x5u, a second alg, white space and duplicate members are all the
// same error. Payloads are canonical JSON (Marshal, Unmarshal).
//
// Limit: whose key it is, and whether it was valid at that time, is
// pkg/roster's. This is the only package that imports jwx (its version 2 no
// longer has maintainers; docs/decisions/0003).
package jose

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// Type says what a signature is for; it stands in the header (RFC 8725 section
// 3.11) so that a text signed for one use is never taken for another.
type Type string

// The types we sign.
const (
	TypeEvent      Type = "posada-event+jws"      // the inside of an envelope, by an agency
	TypeGrant      Type = "posada-grant+jwt"      // what one recipient was granted, by an agency
	TypeKeys       Type = "posada-keys+jws"       // "these are my keys", by an agency's identity key
	TypeConnection Type = "posada-connection+jws" // "this key connects for me", by the same
	TypeRequest    Type = "posada-request+jws"    // "this agency would join", by the same
	TypeSteward    Type = "posada-steward+jws"    // "this is a steward's key", by itself
	TypeHubReceipt Type = "posada-receipt+jws"    // "I hold this envelope", by the hub
)

// Errors of reading a JWS.
var (
	ErrMalformed = errors.New("not a compact jws of ours")
	ErrHeader    = errors.New("jws header is not the one of its type")
	ErrSignature = errors.New("jws signature does not verify")
)

// Lengths in base64url characters.
const (
	signatureChars  = 86 // an Ed25519 signature, 64 bytes
	thumbprintChars = 43 // a SHA-256
)

// header writes the only protected header there is for a type and a key. Its
// members are in JCS order.
func header(t Type, kid KeyID) []byte {
	return fmt.Appendf(nil, `{"alg":"EdDSA","kid":"%s","typ":"%s"}`, kid, t)
}

// Sign signs payload and returns the compact form. Ed25519 is deterministic:
// equal arguments give equal bytes.
func Sign(key PrivateKey, t Type, payload []byte) ([]byte, error) {
	if len(key.key) != ed25519.PrivateKeySize {
		return nil, ErrBadKey
	}
	headers := jws.NewHeaders()
	if err := headers.Set(jws.TypeKey, string(t)); err != nil {
		return nil, fmt.Errorf("set jws type: %w", err)
	}
	if err := headers.Set(jws.KeyIDKey, string(key.public.id)); err != nil {
		return nil, fmt.Errorf("set jws key id: %w", err)
	}
	compact, err := jws.Sign(payload, jws.WithKey(jwa.EdDSA, key.key, jws.WithProtectedHeaders(headers)))
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return compact, nil
}

// CompactSize is the length of the compact form of a payload of n bytes.
func CompactSize(t Type, n int) int {
	h := len(header(t, KeyID(strings.Repeat("A", thumbprintChars))))
	return b64.EncodedLen(h) + 1 + b64.EncodedLen(n) + 1 + signatureChars
}

// Unverified is a well-formed compact JWS of a known type whose signature
// nobody has checked. It tells who claims to have signed, so that the key can
// be looked up, and nothing of its payload.
type Unverified struct {
	t       Type
	kid     KeyID
	compact []byte
}

// Parse reads a compact JWS of type t. It refuses anything but three base64url
// parts, unpadded and canonical, with exactly our header.
func Parse(compact []byte, t Type) (Unverified, error) {
	parts := bytes.Split(compact, []byte{'.'})
	if len(parts) != 3 || len(parts[1]) == 0 || len(parts[2]) != signatureChars {
		return Unverified{}, ErrMalformed
	}
	var decoded [3][]byte
	for i, part := range parts {
		raw, err := b64.AppendDecode(nil, part)
		// The decoder skips CR and LF; encoding again shows them.
		if err != nil || b64.EncodedLen(len(raw)) != len(part) {
			return Unverified{}, ErrMalformed
		}
		decoded[i] = raw
	}
	kid, ok := claimedKey(decoded[0], t)
	if !ok {
		return Unverified{}, ErrHeader
	}
	return Unverified{t: t, kid: kid, compact: compact}, nil
}

// claimedKey reads the key id out of a header by its place, then compares the
// whole header with the one we would have written.
func claimedKey(got []byte, t Type) (KeyID, bool) {
	start := len(`{"alg":"EdDSA","kid":"`)
	if len(got) < start+thumbprintChars {
		return "", false
	}
	kid := KeyID(got[start : start+thumbprintChars])
	if raw, err := b64.DecodeString(string(kid)); err != nil || len(raw) != 32 {
		return "", false
	}
	return kid, bytes.Equal(got, header(t, kid))
}

// KeyID is the key the text claims to be signed with.
func (u Unverified) KeyID() KeyID { return u.kid }

// Verify checks the signature with key, which must be the claimed one, and
// returns the payload.
func (u Unverified) Verify(key PublicKey) ([]byte, error) {
	if len(key.key) != ed25519.PublicKeySize || key.id != u.kid {
		return nil, ErrSignature
	}
	payload, err := jws.Verify(u.compact, jws.WithCompact(), jws.WithKey(jwa.EdDSA, key.key))
	if err != nil {
		return nil, ErrSignature
	}
	return payload, nil
}
