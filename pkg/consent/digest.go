package consent

import (
	"encoding/base64"
	"errors"
)

// ErrBadDigest says that a text is not 32 bytes of base64url.
var ErrBadDigest = errors.New("not a digest: want 43 characters of base64url")

// Digest is 32 bytes: a SHA-256 or a random handle. As text it is 43
// characters of unpadded base64url.
type Digest [32]byte

var b64 = base64.RawURLEncoding.Strict()

// MarshalText writes the digest.
func (d Digest) MarshalText() ([]byte, error) { return b64.AppendEncode(nil, d[:]), nil }

// UnmarshalText reads what MarshalText writes and nothing else.
func (d *Digest) UnmarshalText(text []byte) error {
	raw, err := b64.AppendDecode(nil, text)
	if err != nil || len(raw) != len(d) || b64.EncodedLen(len(raw)) != len(text) {
		return ErrBadDigest
	}
	*d = Digest(raw)
	return nil
}
