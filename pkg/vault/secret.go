package vault

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

// Secret is what opens a vault. It prints as nothing.
type Secret struct {
	kind secretKind
	text []byte
}

type secretKind byte

const (
	byPassphrase secretKind = 1
	byKey        secretKind = 2
)

// Passphrase is a secret that people remember; it is stretched with Argon2id.
func Passphrase(text []byte) Secret { return Secret{byPassphrase, text} }

// Key is 32 random bytes, from a service manager's credential: nothing to
// stretch.
func Key(key [32]byte) Secret { return Secret{byKey, key[:]} }

// String hides the secret.
func (Secret) String() string { return "(secret)" }

// GoString hides the secret.
func (Secret) GoString() string { return "(secret)" }

// Argon2id with the second recommended parameters of RFC 9106 section 4: 3
// passes over 64 MiB in 4 lanes.
const (
	argonTime    = 3
	argonMemory  = 64 << 10 // KiB
	argonThreads = 4
)

const (
	keySize   = chacha20poly1305.KeySize
	nonceSize = chacha20poly1305.NonceSizeX
	tagSize   = chacha20poly1305.Overhead
	saltSize  = 16

	headMagic = "PSDV\x01"
	headSize  = len(headMagic) + 1 + saltSize + nonceSize + keySize + tagSize
)

// wrappingKey is what the vault key is wrapped under.
func (s Secret) wrappingKey(salt []byte) ([]byte, error) {
	switch s.kind {
	case byPassphrase:
		if len(s.text) == 0 {
			return nil, ErrSecret
		}
		return argon2.IDKey(s.text, salt, argonTime, argonMemory, argonThreads, keySize), nil
	case byKey:
		return hkdf.Key(sha256.New, s.text, salt, "posada/vault/wrap/v1", keySize)
	}
	return nil, ErrSecret
}

// newHead draws a vault key and wraps it.
func newHead(s Secret, random io.Reader) (head, key []byte, err error) {
	drawn := make([]byte, saltSize+keySize)
	if _, err := io.ReadFull(random, drawn); err != nil {
		return nil, nil, err
	}
	salt, key := drawn[:saltSize], drawn[saltSize:]
	head, err = wrapHead(s, salt, key, random)
	return head, key, err
}

// wrapHead wraps a vault key: magic, kind, salt, nonce, key.
func wrapHead(s Secret, salt, key []byte, random io.Reader) ([]byte, error) {
	wrapping, err := s.wrappingKey(salt)
	if err != nil {
		return nil, err
	}
	defer wipe(wrapping)
	head := append([]byte(headMagic), byte(s.kind))
	head = append(head, salt...)
	return seal(random, wrapping, head, key, head)
}

// openHead unwraps the vault key.
func openHead(head []byte, s Secret) ([]byte, error) {
	clear := len(headMagic) + 1 + saltSize
	if secretKind(head[len(headMagic)]) != s.kind {
		return nil, ErrSecret
	}
	wrapping, err := s.wrappingKey(head[len(headMagic)+1 : clear])
	if err != nil {
		return nil, err
	}
	key, err := open(wrapping, head[clear:], head[:clear])
	wipe(wrapping)
	if err != nil {
		return nil, ErrSecret
	}
	return key, nil
}

// subkeys are the keys that are made from the vault key, one a use.
type subkeys struct {
	records     []byte // seals what belongs to no case
	blinding    []byte // blinds the names records are found by
	generations []byte // wraps the generation keys of the key file
	pseudonyms  []byte // handed out by Pseudonym
}

func derive(vaultKey []byte) (s subkeys, err error) {
	for _, k := range []struct {
		to   *[]byte
		info string
	}{
		{&s.records, "posada/vault/records/v1"},
		{&s.blinding, "posada/vault/blinding/v1"},
		{&s.generations, "posada/vault/generations/v1"},
		{&s.pseudonyms, "posada/vault/pseudonyms/v1"},
	} {
		if *k.to, err = hkdf.Expand(sha256.New, vaultKey, k.info, keySize); err != nil {
			return s, fmt.Errorf("derive keys: %w", err)
		}
	}
	return s, nil
}

// wipe overwrites the keys. Nothing may be sealed with them afterwards.
func (s subkeys) wipe() { wipe(s.records, s.blinding, s.generations, s.pseudonyms) }

func wipe(keys ...[]byte) {
	for _, k := range keys {
		clear(k)
	}
}

// seal appends nonce and sealed text to dst.
func seal(random io.Reader, key, dst, text, bound []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	var nonce [nonceSize]byte
	if _, err := io.ReadFull(random, nonce[:]); err != nil {
		return nil, err
	}
	bound = append([]byte(nil), bound...) // dst may share its array
	return aead.Seal(append(dst, nonce[:]...), nonce[:], text, bound), nil
}

// open undoes seal.
func open(key, sealed, bound []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	if len(sealed) < nonceSize+tagSize {
		return nil, ErrDamaged
	}
	text, err := aead.Open(nil, sealed[:nonceSize], sealed[nonceSize:], bound)
	if err != nil {
		return nil, ErrDamaged
	}
	return text, nil
}

// framed joins parts so that no two lists of parts give the same bytes.
func framed(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = binary.BigEndian.AppendUint32(out, uint32(len(p)))
		out = append(out, p...)
	}
	return out
}
