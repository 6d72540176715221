package seal_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/posada-exchange/posada/pkg/seal"
)

// pair is a key pair of somebody's own.
func pair(t *testing.T) (seal.Identity, seal.Recipient) {
	t.Helper()
	i, err := seal.GenerateIdentity()
	if err != nil {
		t.Fatal(err)
	}
	r, err := seal.ParseRecipient(i.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	return i, r
}

// TestALetterIsReadByItsKeyAlone at every size there is, and its length tells
// only which.
func TestALetterIsReadByItsKeyAlone(t *testing.T) {
	mine, to := pair(t)
	others, _ := pair(t)
	lengths := map[int]bool{}
	for _, n := range []int{1, 4092, 4093, 5000, 8188, 65532, 65533, 100_000, seal.MaxLetter} {
		text := bytes.Repeat([]byte{7}, n)
		sealed, err := seal.SealLetter(to, text)
		if err != nil {
			t.Fatal(n, err)
		}
		lengths[len(sealed)] = true
		if got, err := seal.OpenLetter(mine, sealed); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%d bytes: %d, %v", n, len(got), err)
		}
		if got, err := seal.OpenLetter(others, sealed); err == nil || got != nil {
			t.Errorf("%d bytes: another key reads it", n)
		}
		for _, at := range []int{0, len(sealed) / 2, len(sealed) - 1} {
			changed := bytes.Clone(sealed)
			changed[at] ^= 1
			if got, err := seal.OpenLetter(mine, changed); err == nil || got != nil {
				t.Errorf("%d bytes: changed at %d it is read", n, at)
			}
		}
		if got, err := seal.OpenLetter(mine, sealed[:len(sealed)-1]); err == nil || got != nil {
			t.Errorf("%d bytes: cut it is read", n)
		}
	}
	if len(lengths) != 5 {
		t.Errorf("%d lengths", len(lengths))
	}
	for _, n := range []int{0, seal.MaxLetter + 1} {
		if _, err := seal.SealLetter(to, make([]byte, n)); !errors.Is(err, seal.ErrLetterSize) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}
