package directory

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Errors of what is sealed.
var (
	ErrSealed  = errors.New("not a sealed directory")
	ErrKey     = errors.New("not the key of this sheet of this version")
	ErrNotSame = errors.New("what is sealed is not the directory that its outside says")
	ErrKeys    = errors.New("not the keys of a directory")
)

// A sealed directory is what stewards sign and a hub carries: of one version, the sheet of
// each kind, each under a key of its own. Everybody is given all of it, so nobody sees by
// what is fetched who opens which.
//
//	offset  bytes  field
//	     0      4  PSDB
//	     4      1  version of this form, 1
//	     5      1  which of the sizes a sheet has
//	     6      2  zero
//	     8      8  version of the book, big endian
//	    16     32  what says which key opens the first sheet
//	    48     32  and which the second
//	    80   s+16  the sheet of who is not distrusted, sealed
//	  96+s   s+16  the sheet of who is
//
// A seal that opens could open under two keys to two books, if whoever made it wanted so.
// What the header has of each key binds it: one key, so one book, which is what was signed.
const (
	sealedMagic = "PSDB"
	sealedForm  = 1
	headerBytes = 80
)

// carried is how many of the sizes a sheet may have to be carried: two of the largest fit
// into what a registry takes at once.
const carried = 2

// Key opens one sheet of one version. As text it is 43 characters of base64url; it prints as
// nothing.
type Key [32]byte

// String hides the key.
func (Key) String() string { return "(redacted)" }

// GoString hides the key from %#v.
func (Key) GoString() string { return "(redacted)" }

// MarshalText writes the key.
func (k Key) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, k[:]), nil
}

// UnmarshalText reads what MarshalText writes and nothing else.
func (k *Key) UnmarshalText(text []byte) error {
	raw, err := base64.RawURLEncoding.Strict().AppendDecode(nil, text)
	if err != nil || len(raw) != len(k) || base64.RawURLEncoding.EncodedLen(len(raw)) != len(text) {
		return ErrKeys
	}
	*k = Key(raw)
	return nil
}

// Mark says which key it is, and nothing of it: what a sealed directory has of each.
func (k Key) Mark() [32]byte { return k.derive("posada/directory/mark/v1") }

// derive makes 32 bytes for one use of the key.
func (k Key) derive(use string) [32]byte {
	out, err := hkdf.Key(sha256.New, k[:], nil, use, 32)
	if err != nil {
		panic("directory: 32 bytes of HKDF-SHA-256 there always are")
	}
	return [32]byte(out)
}

// Keys are both keys of one version: what the stewards who read it, and whoever gives it to
// members, have.
type Keys struct {
	Network posada.NetworkID `json:"network"`
	Version uint64           `json:"version"`
	Members Key              `json:"members"` // of who is not distrusted
	Others  Key              `json:"others"`
}

// For is the key that an agency of a class is given. Who nobody knows is given that of who is
// distrusted.
func (k Keys) For(class posada.AgencyClass) Key {
	if class.Distrusted() {
		return k.Others
	}
	return k.Members
}

// WriteKeys writes both keys for a file.
func WriteKeys(k Keys) ([]byte, error) { return json.Marshal(k, jsontext.Multiline(true)) }

// ReadKeys reads the file, strictly.
func ReadKeys(text []byte) (k Keys, err error) {
	if err := json.Unmarshal(text, &k, json.RejectUnknownMembers(true)); err != nil || k.Network == "" || k.Version == 0 || k.Members == k.Others {
		return Keys{}, ErrKeys
	}
	return k, nil
}

// Seal seals both sheets of a book, each under a key that is drawn for it here and is used
// for nothing else.
func (b Book) Seal(random io.Reader) ([]byte, Keys, error) {
	k := Keys{Network: b.Network, Version: b.Version}
	for _, key := range []*Key{&k.Members, &k.Others} {
		if _, err := io.ReadFull(random, key[:]); err != nil {
			return nil, Keys{}, fmt.Errorf("seal a directory: %w", err)
		}
	}
	full, err := b.Sheet(posada.ClassNGO)
	if err != nil {
		return nil, Keys{}, err
	}
	// What is for who is not known is for who is distrusted, too.
	empty, err := b.Sheet("")
	if err != nil {
		return nil, Keys{}, err
	}
	size := sizeOf(len(full))
	if size >= carried {
		return nil, Keys{}, fmt.Errorf("seal a directory: %w", ErrTooLarge)
	}
	sealed := append(make([]byte, 0, headerBytes+2*(len(full)+chacha20poly1305.Overhead)), sealedMagic...)
	sealed = append(sealed, sealedForm, byte(size), 0, 0)
	sealed = binary.BigEndian.AppendUint64(sealed, b.Version)
	for _, key := range []Key{k.Members, k.Others} {
		mark := key.Mark()
		sealed = append(sealed, mark[:]...)
	}
	header := bytes.Clone(sealed)
	for i, sheet := range [][]byte{full, empty} {
		key := []Key{k.Members, k.Others}[i]
		aead, err := key.aead()
		if err != nil {
			return nil, Keys{}, err
		}
		sealed = aead.Seal(sealed, once(), sheet, bound(b.Network, header, i))
	}
	return sealed, k, nil
}

// sizeOf is which of the sizes a length is; as many as there are: none.
func sizeOf(length int) int {
	for i, size := range SheetSizes() {
		if length == size {
			return i
		}
	}
	return len(SheetSizes())
}
