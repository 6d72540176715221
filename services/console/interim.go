package console

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"net/http"
)

func aead(secret string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "posada console kept", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
func seal(secret string, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	box, err := aead(secret)
	if err != nil {
		return nil, err
	}
	return box.Seal(nil, nil, text, nil), nil
}
func unseal(secret string, sealed []byte, v any) error {
	box, err := aead(secret)
	if err != nil {
		return err
	}
	text, err := box.Open(nil, nil, sealed, nil)
	if err != nil {
		return err
	}
	defer clear(text)
	return json.NewDecoder(bytes.NewReader(text)).Decode(v)
}
func cookieOf(r *http.Request, name string) (string, bool) {
	c, err := r.Cookie(name)
	if err != nil || c.Value == "" {
		return "", false
	}
	return c.Value, true
}
