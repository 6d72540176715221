package mapping

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encoding is how the letters of a source are written.
type Encoding string

// Encodings. UTF-16 is known by its mark at the beginning; without one the mapping has to
// say which of the two it is.
const (
	UTF8        Encoding = "utf-8"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	Windows1252 Encoding = "windows-1252"
	Latin1      Encoding = "latin-1"
)

// Encodings lists them.
func Encodings() []Encoding { return []Encoding{UTF8, UTF16LE, UTF16BE, Windows1252, Latin1} }

// Errors of a source that cannot be read as text.
var (
	ErrNotUTF8       = errors.New("the text is not UTF-8")
	ErrUTF16         = errors.New("the text is UTF-16 and does not say which")
	ErrOtherEncoding = errors.New("the text is not in the encoding that the mapping names")
)

// looked is how far a source is looked at before it is read, in bytes.
const looked = 64 << 10

// decoded gives a source as UTF-8. What is not is an error where it stands; nothing is
// guessed by letters. Latin-1 cannot be told from other encodings of one byte, so the
// mapping has to name it, and what is UTF-8 all the same is refused.
func decoded(r io.Reader, says Encoding) (io.Reader, error) {
	b := bufio.NewReaderSize(r, looked)
	head, err := b.Peek(looked)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	marked, mark := marks(head)
	if marked != "" {
		if says != "" && says != marked {
			return nil, ErrOtherEncoding
		}
		if _, err := b.Discard(mark); err != nil {
			return nil, err
		}
		says = marked
	}
	switch says {
	case UTF16LE:
		return transform.NewReader(b, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder()), nil
	case UTF16BE:
		return transform.NewReader(b, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder()), nil
	case Windows1252, Latin1:
		return singly(b, head, says)
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, ErrUTF16
	}
	return strict{transform.NewReader(b, encoding.UTF8Validator)}, nil
}

func marks(head []byte) (Encoding, int) {
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return UTF8, 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return UTF16LE, 2
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return UTF16BE, 2
	}
	return "", 0
}

// singly reads an encoding of one byte a letter.
func singly(b *bufio.Reader, head []byte, says Encoding) (io.Reader, error) {
	beyond := bytes.ContainsFunc(head, func(r rune) bool { return r >= utf8.RuneSelf })
	if beyond && utf8.Valid(uncut(head)) || bytes.IndexByte(head, 0) >= 0 {
		return nil, ErrOtherEncoding
	}
	table := charmap.Windows1252
	if says == Latin1 {
		table = charmap.ISO8859_1
	}
	return transform.NewReader(b, table.NewDecoder()), nil
}

// uncut is a text without the letter that its end cuts.
func uncut(text []byte) []byte {
	for i := len(text) - 1; i >= 0 && i > len(text)-utf8.UTFMax; i-- {
		if utf8.RuneStart(text[i]) && !utf8.FullRune(text[i:]) {
			return text[:i]
		}
	}
	return text
}

// strict gives what is not UTF-8 an error of ours.
type strict struct{ r io.Reader }

func (s strict) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if errors.Is(err, encoding.ErrInvalidUTF8) {
		err = ErrNotUTF8
	}
	return n, err
}
