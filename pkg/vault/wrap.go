package vault

import (
	"fmt"
	"io"
)

// wrapMagic begins what Wrap writes.
const wrapMagic = "PSDW\x01"

const wrapClear = len(wrapMagic) + 1 + saltSize

// Wrap seals a short text under a secret of its own, for what lies in no vault:
// a steward's key is nobody's node's. It is sealed as a vault's key is. bound is
// what stands beside it in clear: if any of it is changed nothing opens.
func Wrap(random io.Reader, s Secret, text, bound []byte) ([]byte, error) {
	var salt [saltSize]byte
	if _, err := io.ReadFull(random, salt[:]); err != nil {
		return nil, fmt.Errorf("wrap: %w", err)
	}
	wrapping, err := s.wrappingKey(salt[:])
	if err != nil {
		return nil, fmt.Errorf("wrap: %w", err)
	}
	defer wipe(wrapping)
	head := append(append([]byte(wrapMagic), byte(s.kind)), salt[:]...)
	return seal(random, wrapping, head, text, framed(head, bound))
}

// Unwrap undoes Wrap. ErrSecret is that the secret is another, or that the text
// or what it is bound to was changed: they cannot be told apart.
func Unwrap(s Secret, wrapped, bound []byte) ([]byte, error) {
	if len(wrapped) < wrapClear+nonceSize+tagSize || string(wrapped[:len(wrapMagic)]) != wrapMagic {
		return nil, fmt.Errorf("unwrap: %w", ErrDamaged)
	}
	head := wrapped[:wrapClear]
	if secretKind(head[len(wrapMagic)]) != s.kind {
		return nil, fmt.Errorf("unwrap: %w", ErrSecret)
	}
	wrapping, err := s.wrappingKey(head[len(wrapMagic)+1:])
	if err != nil {
		return nil, fmt.Errorf("unwrap: %w", err)
	}
	defer wipe(wrapping)
	text, err := open(wrapping, wrapped[wrapClear:], framed(head, bound))
	if err != nil {
		return nil, fmt.Errorf("unwrap: %w", ErrSecret)
	}
	return text, nil
}
