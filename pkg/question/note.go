package question

import (
	"errors"
	"unicode"
	"unicode/utf8"
)

// MaxNote is the longest note, in characters.
const MaxNote = 280

// Errors of a note. They say nothing of what it says.
var (
	ErrLong    = errors.New("a note has at most 280 characters")
	ErrControl = errors.New("a note is one line of characters that are shown")
)

// Note is a line of free text that goes with a question or an answer.
type Note string

// Check refuses a note that is too long, is no text, or holds what is not shown: a line
// end, or what turns the direction of what stands behind it.
func (n Note) Check() error {
	if !utf8.ValidString(string(n)) {
		return ErrControl
	}
	if utf8.RuneCountInString(string(n)) > MaxNote {
		return ErrLong
	}
	for _, r := range string(n) {
		if !unicode.IsPrint(r) {
			return ErrControl
		}
	}
	return nil
}

// String hides the note from every log line and error.
func (Note) String() string { return "(redacted)" }

// GoString hides the note from %#v.
func (Note) GoString() string { return "(redacted)" }
