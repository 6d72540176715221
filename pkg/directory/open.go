package directory

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Sealed is a sealed directory as it was read; nothing of it is open.
type Sealed struct {
	Version uint64 // of the book
	header  []byte
	sheets  [2][]byte
}

// ReadSealed reads a sealed directory's outside.
func ReadSealed(text []byte) (Sealed, error) {
	if len(text) < headerBytes || string(text[:4]) != sealedMagic || text[4] != sealedForm || text[5] >= carried || text[6] != 0 || text[7] != 0 {
		return Sealed{}, ErrSealed
	}
	each := SheetSizes()[text[5]] + chacha20poly1305.Overhead
	s := Sealed{Version: binary.BigEndian.Uint64(text[8:16]), header: text[:headerBytes]}
	if len(text) != headerBytes+2*each || s.Version == 0 {
		return Sealed{}, ErrSealed
	}
	s.sheets = [2][]byte{text[headerBytes : headerBytes+each], text[headerBytes+each:]}
	return s, nil
}

// Mark says which key opens the sheet that an agency of a class is given.
func (s Sealed) Mark(class posada.AgencyClass) [32]byte {
	return [32]byte(s.header[16+32*sheetOf(class):])
}

// sheetOf is which of the two sheets an agency of a class is given.
func sheetOf(class posada.AgencyClass) int {
	if class.Distrusted() {
		return 1
	}
	return 0
}

// Open opens the sheet that an agency of a class is given, and no other: whoever has a key
// that is for somebody else opens nothing with it here. ErrKey: the key is another.
func (s Sealed) Open(network posada.NetworkID, class posada.AgencyClass, key Key) (Book, error) {
	which := sheetOf(class)
	if key.Mark() != s.Mark(class) {
		return Book{}, fmt.Errorf("open a directory: %w", ErrKey)
	}
	aead, err := key.aead()
	if err != nil {
		return Book{}, err
	}
	sheet, err := aead.Open(nil, once(), s.sheets[which], bound(network, s.header, which))
	if err != nil {
		return Book{}, fmt.Errorf("open a directory: %w", ErrSealed)
	}
	b, err := ReadSheet(sheet)
	if err != nil {
		return Book{}, fmt.Errorf("open a directory: %w", err)
	}
	if b.Network != network || b.Version != s.Version {
		return Book{}, fmt.Errorf("open a directory: %w", ErrNotSame)
	}
	return b, nil
}

// Read opens both sheets, for whoever is to sign them or to give them out: that of who is
// distrusted must list nobody.
func (s Sealed) Read(k Keys) (Book, error) {
	if k.Version != s.Version {
		return Book{}, fmt.Errorf("open a directory: %w", ErrKey)
	}
	b, err := s.Open(k.Network, posada.ClassNGO, k.Members)
	if err != nil {
		return Book{}, err
	}
	empty, err := s.Open(k.Network, "", k.Others)
	if err != nil {
		return Book{}, err
	}
	if len(empty.Entries) != 0 {
		return Book{}, fmt.Errorf("open a directory: somebody is listed for who is distrusted: %w", ErrNotSame)
	}
	return b, nil
}

func (k Key) aead() (cipher.AEAD, error) {
	key := k.derive("posada/directory/seal/v1")
	return chacha20poly1305.New(key[:])
}

// once is the nonce of a key that seals one thing.
func once() []byte { return make([]byte, chacha20poly1305.NonceSize) }

// bound is what a sheet is sealed to: its network, its version, both keys, and which of the
// two it is.
func bound(network posada.NetworkID, header []byte, which int) []byte {
	return append(bytes.Join([][]byte{[]byte("posada/directory/sheet/v1"), []byte(network), header}, []byte{0}), byte(which))
}
