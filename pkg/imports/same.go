package imports

import (
	"crypto/sha256"
	"errors"
	"io"
)

// ErrChanged says that a source is not what was looked at. Mappings and sources are read by
// people, who mend them meanwhile.
var ErrChanged = errors.New("the source is not what was looked at")

// blockSize is how much of a source is held until it is known to be what it was: a source of
// a gigabyte is remembered in half a megabyte.
const blockSize = 64 << 10

// blocks are the parts of a source, a hash each, in its order.
type blocks [][sha256.Size]byte

// blocking makes blocks of what is written to it.
type blocking struct {
	of   blocks
	part []byte
}

func (b *blocking) Write(p []byte) (int, error) {
	all := len(p)
	for len(p) > 0 {
		n := min(len(p), blockSize-len(b.part))
		b.part, p = append(b.part, p[:n]...), p[n:]
		if len(b.part) == blockSize {
			b.cut()
		}
	}
	return all, nil
}

func (b *blocking) cut() { b.of, b.part = append(b.of, sha256.Sum256(b.part)), b.part[:0] }

// end is all of them. The last is shorter than the others, and may be empty: so where a source
// ends is part of it.
func (b *blocking) end() blocks {
	b.cut()
	return b.of
}

// same gives a source on as far as it is what it was: a block that is another is ErrChanged,
// and none of it is given.
func (b blocks) same(source io.Reader) *sameAs { return &sameAs{source: source, left: b} }

type sameAs struct {
	source  io.Reader
	left    blocks // that are to come
	part    []byte
	rest    []byte // of part, to be given
	changed bool
}

func (s *sameAs) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		if len(s.left) == 0 {
			return 0, io.EOF
		}
		if err := s.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// why is what a reader of rows makes of a source that changed under it, which is that, else
// what it says.
func (s *sameAs) why(err error) error {
	if s.changed {
		return ErrChanged
	}
	return err
}

// next reads the next block. Where the source ends is known by the last one, which is shorter.
func (s *sameAs) next() error {
	if s.part == nil {
		s.part = make([]byte, blockSize)
	}
	n, err := io.ReadFull(s.source, s.part)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if sha256.Sum256(s.part[:n]) != s.left[0] {
		s.changed = true
		return ErrChanged
	}
	s.rest, s.left = s.part[:n], s.left[1:]
	return nil
}
