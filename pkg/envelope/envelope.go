// Package envelope is the outer wire form: 64 clear bytes and a sealed body,
// in one of four sizes. The hub reads this much and no more.
//
// Guarantee: an Envelope that Parse returned has exactly the size of its
// class and a header in its only spelling, so Parse and Bytes are inverse and
// nothing can hide in the header. Limit: nothing here is authenticated; only
// the recipient, who finds the header's hash inside the seal, learns whether
// it was changed (pkg/seal).
//
//	offset  bytes  field
//	     0      4  magic "PSD1"
//	     4      1  version, 1
//	     5      1  size class, 0 to 3
//	     6      4  epoch, big endian: the day of the recipient's key
//	    10     16  mailbox
//	    26     16  message id, random
//	    42      4  expiry, big endian: the day after which the hub drops it
//	    46     18  zero
//	    64      …  body: one age file
package envelope

import (
	"encoding/binary"
	"errors"

	"github.com/posada-exchange/posada/pkg/posada"
)

// HeaderSize is the length of the clear header in bytes.
const HeaderSize = 64

const (
	magic   = "PSD1"
	version = 1

	atClass   = 5
	atEpoch   = 6
	atMailbox = 10
	atMessage = 26
	atExpiry  = 42
	atZero    = 46
)

// Errors of reading an envelope.
var (
	ErrSize    = errors.New("size is not one of the four classes")
	ErrMagic   = errors.New("does not begin as an envelope")
	ErrVersion = errors.New("envelope of another version")
	ErrHeader  = errors.New("envelope header is not in its only spelling")
)

// Class is a wire size: everything an observer learns of a length is which of
// four it is (two bits).
type Class uint8

// The four classes: 8, 32, 128 and 512 KiB on the wire, header included.
const (
	Class8K Class = iota
	Class32K
	Class128K
	Class512K
)

// Classes lists the classes, smallest first.
func Classes() []Class { return []Class{Class8K, Class32K, Class128K, Class512K} }

// Size is the whole envelope's length in bytes; 0 for an unknown class.
func (c Class) Size() int {
	if c > Class512K {
		return 0
	}
	return 8 << 10 << (2 * c)
}

// BodySize is the length of the sealed body in bytes.
func (c Class) BodySize() int { return max(c.Size()-HeaderSize, 0) }

// MaxSize is the largest envelope in bytes.
const MaxSize = 512 << 10

// Header is what the hub needs to know.
type Header struct {
	Class   Class
	Epoch   posada.Epoch // the day whose recipient key the body is sealed to
	Mailbox posada.MailboxID
	Message posada.MessageID
	Expiry  posada.Epoch // the last day on which anyone still wants it
}

// Marshal writes the 64 bytes.
func (h Header) Marshal() [HeaderSize]byte {
	var out [HeaderSize]byte
	copy(out[:], magic)
	out[len(magic)] = version
	out[atClass] = byte(h.Class)
	binary.BigEndian.PutUint32(out[atEpoch:], uint32(h.Epoch))
	copy(out[atMailbox:], h.Mailbox[:])
	copy(out[atMessage:], h.Message[:])
	binary.BigEndian.PutUint32(out[atExpiry:], uint32(h.Expiry))
	return out
}

// Envelope is a well-formed envelope. The zero value is none.
type Envelope struct {
	header Header
	wire   []byte
}

// New joins a header and a body, whose length must be its class's.
func New(h Header, body []byte) (Envelope, error) {
	if h.Class.Size() == 0 || len(body) != h.Class.BodySize() {
		return Envelope{}, ErrSize
	}
	head := h.Marshal()
	wire := make([]byte, 0, h.Class.Size())
	wire = append(append(wire, head[:]...), body...)
	return Envelope{header: h, wire: wire}, nil
}

// Parse reads an envelope. It keeps wire and looks at nothing behind the
// header.
func Parse(wire []byte) (Envelope, error) {
	h, err := ParseHeader(wire)
	if err != nil {
		return Envelope{}, err
	}
	if len(wire) != h.Class.Size() {
		return Envelope{}, ErrSize
	}
	return Envelope{header: h, wire: wire}, nil
}

// ParseHeader reads the first 64 bytes of wire; there may be more.
func ParseHeader(wire []byte) (Header, error) {
	if len(wire) < HeaderSize {
		return Header{}, ErrSize
	}
	if string(wire[:len(magic)]) != magic {
		return Header{}, ErrMagic
	}
	if wire[len(magic)] != version {
		return Header{}, ErrVersion
	}
	h := Header{
		Class:   Class(wire[atClass]),
		Epoch:   posada.Epoch(binary.BigEndian.Uint32(wire[atEpoch:])),
		Mailbox: posada.MailboxID(wire[atMailbox:atMessage]),
		Message: posada.MessageID(wire[atMessage:atExpiry]),
		Expiry:  posada.Epoch(binary.BigEndian.Uint32(wire[atExpiry:])),
	}
	if h.Class.Size() == 0 {
		return Header{}, ErrSize
	}
	if [HeaderSize - atZero]byte(wire[atZero:HeaderSize]) != [HeaderSize - atZero]byte{} {
		return Header{}, ErrHeader
	}
	return h, nil
}

// Header is the clear part.
func (e Envelope) Header() Header { return e.header }

// Body is the sealed part; it must not be changed.
func (e Envelope) Body() []byte {
	if len(e.wire) < HeaderSize {
		return nil
	}
	return e.wire[HeaderSize:]
}

// Bytes is the whole envelope; it must not be changed.
func (e Envelope) Bytes() []byte { return e.wire }
