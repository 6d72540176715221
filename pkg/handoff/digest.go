package handoff

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/posada-exchange/posada/pkg/jose"
)

// base is base32, because people paste a digest behind a command, where a leading dash
// would be a flag.
func base() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }

// Digest stands for what was shown to somebody, to be sent by it: SHA-256 over its canonical
// JSON, in base32 and small letters, 52 of them.
func Digest(shown any) (string, error) {
	text, err := jose.Marshal(shown)
	if err != nil {
		return "", fmt.Errorf("digest: %w", err)
	}
	sum := sha256.Sum256(text)
	return strings.ToLower(base().EncodeToString(sum[:])), nil
}

// IsDigest reports whether a text has a digest's form. One that has it and is unknown was
// used or is out of date.
func IsDigest(text string) bool {
	raw, err := base().DecodeString(strings.ToUpper(text))
	return err == nil && len(raw) == sha256.Size && len(text) == 52 && text == strings.ToLower(text) // the library skips line ends
}
