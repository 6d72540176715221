package directory

import (
	"bytes"
	"testing"
)

// SealAsIs seals a book for those who are distrusted as if it were for them: what a steward
// who means harm would propose. It takes the outside of a true one.
func SealAsIs(t testing.TB, text []byte, b Book, keys Keys) ([]byte, Keys) {
	t.Helper()
	sheet, err := b.Sheet("ngo")
	if err != nil {
		t.Fatal(err)
	}
	aead, err := keys.Others.aead()
	if err != nil {
		t.Fatal(err)
	}
	each := (len(text) - headerBytes) / 2
	out := bytes.Clone(text[:headerBytes+each])
	return aead.Seal(out, once(), sheet, bound(b.Network, text[:headerBytes], 1)), keys
}
