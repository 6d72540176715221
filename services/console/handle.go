package console

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
)

// handles makes texts into what may stand in a URL: sealed under keys that end with
// this process, each for one person. The nonce is made from the text and the person
// (as in RFC 5297), so that a list has the same links each time; two texts share one
// by chance after 2^48 of them, and nobody but the person sees either.
type handles struct {
	seal  cipher.AEAD
	nonce [32]byte
}

func newHandles(random io.Reader) (handles, error) {
	var h handles
	var key [32]byte
	if _, err := io.ReadFull(random, key[:]); err != nil {
		return h, err
	}
	if _, err := io.ReadFull(random, h.nonce[:]); err != nil {
		return h, err
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return h, err
	}
	h.seal, err = cipher.NewGCM(block)
	return h, err
}

func (h handles) make(of, text string) string {
	mac := hmac.New(sha256.New, h.nonce[:])
	mac.Write([]byte(of))
	mac.Write([]byte{0})
	mac.Write([]byte(text))
	nonce := mac.Sum(nil)[:h.seal.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(h.seal.Seal(nonce, nonce, []byte(text), []byte(of)))
}

func (h handles) read(of, handle string) (string, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(handle)
	if err != nil || len(sealed) < h.seal.NonceSize() {
		return "", errNothing
	}
	text, err := h.seal.Open(nil, sealed[:h.seal.NonceSize()], sealed[h.seal.NonceSize():], []byte(of))
	if err != nil {
		return "", errNothing
	}
	return string(text), nil
}
