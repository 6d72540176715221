package jose_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"testing"
)

// signRaw signs any header text with RFC 8037's key: what an attacker who
// holds a valid key could send.
func signRaw(t testing.TB, header, payload string) string {
	t.Helper()
	seed, err := base64.RawURLEncoding.DecodeString(rfc8037Seed)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding
	input := b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload))
	return input + "." + b64.EncodeToString(ed25519.Sign(ed25519.NewKeyFromSeed(seed), []byte(input)))
}
