package directory

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/posada-exchange/posada/pkg/posada"
)

// Errors of a sheet.
var (
	ErrTooLarge = errors.New("the directory is larger than a sheet can be")
	ErrSheet    = errors.New("not a sheet of a directory")
)

// A sheet is what is sealed and carried: a length, the JSON of the book, zeros up to one
// of five sizes.
//
//	offset  bytes  field
//	     0      4  n, big endian: the length of the JSON
//	     4      n  the book
//	   4+n      …  zeros
//
// The size is that of the whole book, whomever the sheet is for. So one without entries is
// as long as everybody's of that version, and once it is sealed nothing tells it from
// them. What a length tells of a network is which of five sizes its directory has.
const lengthBytes = 4

// SheetSizes are the lengths of a sheet in bytes, smallest first: 64 KiB to 16 MiB, each
// four times the one before.
func SheetSizes() []int { return []int{64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20} }

// Sheet is the book as an agency of a class is given it, ready to be sealed.
func (b Book) Sheet(class posada.AgencyClass) ([]byte, error) {
	if err := b.Check(); err != nil {
		return nil, fmt.Errorf("write a sheet of the directory: %w", err)
	}
	whole, err := json.Marshal(b, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write a sheet of the directory: %w", err)
	}
	given, err := json.Marshal(b.For(class), json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write a sheet of the directory: %w", err)
	}
	for _, size := range SheetSizes() {
		if lengthBytes+len(whole) <= size {
			sheet := make([]byte, size)
			binary.BigEndian.PutUint32(sheet, uint32(len(given)))
			copy(sheet[lengthBytes:], given)
			return sheet, nil
		}
	}
	return nil, ErrTooLarge
}

// ReadSheet reads a sheet. One that is not of a size, or has anything behind its book,
// is refused.
func ReadSheet(sheet []byte) (Book, error) {
	sized := false
	for _, size := range SheetSizes() {
		sized = sized || len(sheet) == size
	}
	if !sized {
		return Book{}, fmt.Errorf("%w: its length is none of the five", ErrSheet)
	}
	n := int(binary.BigEndian.Uint32(sheet))
	if n > len(sheet)-lengthBytes {
		return Book{}, fmt.Errorf("%w: it says to be longer than it is", ErrSheet)
	}
	for _, c := range sheet[lengthBytes+n:] {
		if c != 0 {
			return Book{}, fmt.Errorf("%w: something stands behind the book", ErrSheet)
		}
	}
	return Read(sheet[lengthBytes : lengthBytes+n])
}
