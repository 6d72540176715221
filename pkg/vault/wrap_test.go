package vault

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
)

func TestWhatIsWrappedOpensWholeOrNotAtAll(t *testing.T) {
	secret, bound := Key([32]byte{1}), []byte("beside it")
	box, err := Wrap(rand.Reader, secret, []byte("invented"), bound)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := Unwrap(secret, box, bound); err != nil || string(text) != "invented" {
		t.Fatal(text, err)
	}
	for i := range box {
		changed := bytes.Clone(box)
		changed[i] ^= 1
		if _, err := Unwrap(secret, changed, bound); !errors.Is(err, ErrSecret) && !errors.Is(err, ErrDamaged) {
			t.Errorf("byte %d: %v", i, err)
		}
		if _, err := Unwrap(secret, box[:i], bound); err == nil {
			t.Errorf("the first %d bytes open", i)
		}
	}
	for name, c := range map[string]struct {
		secret Secret
		bound  string
	}{
		"another secret": {Key([32]byte{2}), "beside it"}, "a passphrase": {Passphrase([]byte{1}), "beside it"},
		"another thing beside it": {secret, "beside iT"}, "nothing beside it": {secret, ""},
	} {
		if _, err := Unwrap(c.secret, box, []byte(c.bound)); !errors.Is(err, ErrSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Wrap(rand.Reader, Passphrase(nil), nil, nil); !errors.Is(err, ErrSecret) {
		t.Error("under no passphrase:", err)
	}
}
